//! Loads modules from the library only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;

use rhai::{Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared};

use super::library::{Library, Origin};
use crate::problem::Problem;
use crate::steps;

/// How many modules may be under way of being read at a time.
const DEEPEST: usize = 256;

/// A module resolver that asks the library, and evaluates each module once.
pub struct Jail {
    library: Arc<Library>,
    /// Whether the texts are those of a look at a run.
    is_looking: bool,
    loaded: Mutex<HashMap<String, Shared<Module>>>,
    /// The modules that are being read, each with the thread that reads it: branches read side by side.
    loading: Mutex<Vec<(ThreadId, String)>>,
}

impl Jail {
    /// Makes a resolver for the modules of `library`.
    #[must_use]
    pub fn new(library: Arc<Library>, is_looking: bool) -> Self {
        Self { library, is_looking, loaded: Mutex::default(), loading: Mutex::default() }
    }
}

impl Jail {
    /// Notes that a module is being read, until what is given back is dropped.
    ///
    /// Errors: `module` for one that this thread is reading already: it would go round for ever.
    fn begin(&self, path: &str) -> Result<Loading<'_>, Problem> {
        let mut loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let this = std::thread::current().id();
        let own = loading.iter().filter(|(thread, _)| *thread == this).map(|(_, name)| name.as_str());
        let chain: Vec<&str> = own.skip_while(|name| *name != path).collect();
        if !chain.is_empty() {
            let message = format!("module `{path}` imports itself: {} -> {path}", chain.join(" -> "));
            return Err(Problem::new("module", message).hint("move what both need into a module of its own"));
        }
        if loading.len() >= DEEPEST {
            return Err(Problem::new("module", format!("{DEEPEST} modules import one another in a row"))
                .hint("let the script import what it needs by itself"));
        }
        loading.push((this, path.to_owned()));
        Ok(Loading { jail: self, path: path.to_owned() })
    }
}

/// A module that is being read.
struct Loading<'a> {
    jail: &'a Jail,
    path: String,
}

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        let this = std::thread::current().id();
        let mut loading = self.jail.loading.lock().unwrap_or_else(PoisonError::into_inner);
        loading.retain(|(thread, name)| *thread != this || *name != self.path);
    }
}

impl ModuleResolver for Jail {
    fn resolve(
        &self,
        engine: &Engine,
        _source: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        if let Some(module) = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return Ok(module.clone());
        }
        let _under_way = self.begin(path).map_err(|problem| problem.at(position))?;
        let (origin, text) = self.library.module(path).map_err(|problem| problem.at(position))?;
        self.library.keep(path, &text);
        let text = if self.is_looking { steps::look::text(&text) } else { text };
        let source = match origin {
            Origin::BuiltIn(name) => name,
            Origin::File(path) => path.display().to_string(),
        };
        let in_module = |error: Box<EvalAltResult>| {
            Box::new(EvalAltResult::ErrorInModule(source.clone(), error, position))
        };
        let mut ast = engine.compile(&text).map_err(|error| in_module(error.into()))?;
        ast.set_source(source.as_str());
        let mut module = Module::eval_ast_as_new(Scope::new(), &ast, engine).map_err(in_module)?;
        module.set_id(source.as_str());
        let module: Shared<Module> = module.into();
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), module.clone());
        Ok(module)
    }
}
