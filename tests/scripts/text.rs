//! Every script and stdlib module compiles, imports what exists, and says what the style asks it to say.

use std::sync::Arc;

use drsh::engine::{Library, engine};
use rhai::{Engine, Module, Scope};

/// The shipped files of one folder, name and text.
fn files(folder: &str) -> Vec<(&'static str, &'static str)> {
    let all = drsh::engine::built_in::FILES.iter().copied();
    all.filter(|(name, _)| name.starts_with(folder)).collect()
}

fn an_engine() -> Engine {
    engine(None, &Arc::new(Library::new(None, None)))
}

#[test]
fn every_script_and_module_compiles_and_finds_its_imports() {
    let engine = an_engine();
    let mut wrong = Vec::new();
    for (name, text) in files("stdlib/").into_iter().chain(files("scripts/")) {
        let evaluated = engine
            .compile(text)
            .map_err(Into::into)
            .and_then(|ast| Module::eval_ast_as_new(Scope::new(), &ast, &engine));
        if let Err(error) = evaluated {
            wrong.push(format!("{name}: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
