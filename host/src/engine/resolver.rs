//! Loads modules from the library only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared};

use super::library::{Library, Origin};

/// A module resolver that asks the library, and evaluates each module once.
pub struct Jail {
    library: Arc<Library>,
    loaded: Mutex<HashMap<String, Shared<Module>>>,
}

impl Jail {
    /// Makes a resolver for the modules of `library`.
    #[must_use]
    pub fn new(library: Arc<Library>) -> Self {
        Self { library, loaded: Mutex::default() }
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
        let (origin, text) = self.library.module(path).map_err(|problem| problem.at(position))?;
        self.library.keep(path, &text);
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
