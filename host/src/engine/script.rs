//! A script: its text, where it came from, and how it is carried out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, Scope};
use sha2::{Digest as _, Sha256};

use super::library::{Library, Origin};
use super::{engine, on_a_deep_stack};
use crate::problem::Problem;
use crate::run::Run;
use crate::steps;

/// A script that was found and read.
#[derive(Debug, Clone)]
pub struct Script {
    origin: Origin,
    text: String,
}

impl Script {
    /// Finds the script that the operator names.
    ///
    /// Errors: `script` if there is none.
    pub fn find(name: &str) -> Result<Self, Problem> {
        Library::script(name).map(|(origin, text)| Self { origin, text })
    }

    /// A script given as text, such as an example of the reference.
    #[must_use]
    pub fn from_text(name: &str, text: &str) -> Self {
        Self { origin: Origin::BuiltIn(name.to_owned()), text: text.to_owned() }
    }

    /// What messages call it: its file, or its name in the binary.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.origin {
            Origin::BuiltIn(name) => name.clone(),
            Origin::File(path) => path.display().to_string(),
        }
    }

    /// Where it came from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The SHA-256 of its text, in hex.
    #[must_use]
    pub fn sha256(&self) -> String {
        crate::journal::hex(&Sha256::digest(&self.text))
    }

    /// The library that its imports are looked for in; `stdlib` takes the place of the built-in modules.
    #[must_use]
    pub fn library(&self, stdlib: Option<PathBuf>) -> Library {
        let beside = match &self.origin {
            Origin::BuiltIn(_) => None,
            Origin::File(path) => Some(folder_of(path)),
        };
        Library::new(stdlib, beside)
    }

    /// Carries the script out in `run`, on a thread of its own with a stack that nested calls fit in.
    ///
    /// The statements outside of functions run first, then `main()`, if the script has one.
    /// Returns what `main` returned. Must not be called from a thread of the runtime.
    pub fn carry_out(&self, run: &Arc<Run>, library: &Arc<Library>) -> Result<Dynamic, Box<EvalAltResult>> {
        let work = || {
            let engine = engine(Some(run), library);
            let seeing = run.is_looking().then(|| steps::look::text(&self.text));
            let mut ast = engine.compile(seeing.as_deref().unwrap_or(&self.text))?;
            ast.set_source(self.name());
            if run.is_gathering() { go_back(&engine, &ast) } else { evaluate(&engine, &ast) }
        };
        on_a_deep_stack("the script", work).unwrap_or_else(|problem| Err(problem.at(rhai::Position::NONE)))
    }

    /// Compiles it.
    pub fn compile(&self, engine: &Engine) -> Result<AST, Box<EvalAltResult>> {
        let mut ast = engine.compile(&self.text)?;
        ast.set_source(self.name());
        Ok(ast)
    }
}

fn evaluate(engine: &Engine, ast: &AST) -> Result<Dynamic, Box<EvalAltResult>> {
    if has_main(ast) {
        let options = CallFnOptions::new().eval_ast(true).rewind_scope(true);
        return engine.call_fn_with_options(options, &mut Scope::new(), ast, "main", ());
    }
    engine.eval_ast(ast)
}

/// Carries the script out up to what has not happened, then undoes what was gathered on the way.
fn go_back(engine: &Engine, ast: &AST) -> Result<Dynamic, Box<EvalAltResult>> {
    if !has_main(ast) {
        return Err(Problem::new("script", "only a script with a function `main` can be undone")
            .hint("put its steps into `fn main() { .. }`")
            .at(rhai::Position::NONE));
    }
    let last = format!(
        "let ended = (); try {{ main(); }} catch (end) {{ ended = end; }} {}(ended);",
        crate::steps::undo::LAST_CALL
    );
    engine.eval_ast(&ast.merge(&engine.compile(last)?))
}

fn has_main(ast: &AST) -> bool {
    ast.iter_functions().any(|function| function.name == "main" && function.params.is_empty())
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use crate::environment::Environment;
    use crate::run::{Beginning, Claim, Direction, Event, Listener, Replay};

    use super::*;

    /// A listener with a fault in it.
    struct Broken;

    impl Listener for Broken {
        fn hear(&self, event: &Event) {
            assert!(!matches!(event, Event::Said(_)), "the listener breaks");
        }
    }

    #[test]
    fn a_fault_of_the_program_while_a_script_runs_is_an_error_of_the_script() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let environment = Environment::parse("name = \"here\"\n", Path::new("environment.toml")).unwrap();
        let run = Run::begin(Beginning {
            id: "0000beef".into(),
            environment: Arc::new(environment),
            journal: None,
            replay: Replay::default(),
            direction: Direction::Forward,
            approved: [].into(),
            may_change: false,
            memory: None,
            runtime: runtime.handle().clone(),
            listener: Box::new(Broken),
            asker: None,
            claim: Claim::default(),
            until: None,
        });
        let script = Script::from_text("test", "log(\"told\");");
        let error = script.carry_out(&run, &Arc::new(Library::default())).unwrap_err();
        let problem = Problem::within(&error).unwrap();
        assert_eq!(problem.kind, "internal");
        assert_eq!(problem.message, "the script ended by a fault of drsh itself");
        assert!(problem.hint.unwrap().contains("report what was printed above"));
    }
}
