//! The files of a check, each compiled once: the script and the modules that it leads to.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use rhai::{AST, ASTFlags, ASTNode, Engine, Expr, FnAccess, Position, Stmt};

use super::{Finding, syntax};
use crate::engine::{Library, Origin, Script, engine};
use crate::problem::Problem;

/// A function of a file, a closure among them.
pub struct Routine {
    /// Its name.
    pub name: String,
    /// The names of its parameters; a closure has those that it captured first.
    pub parameters: Vec<String>,
    /// Whether only its own file can call it.
    pub is_private: bool,
    /// What it does.
    pub body: Vec<Stmt>,
}

impl Routine {
    fn all_of(ast: &AST) -> Vec<Self> {
        let signatures: Vec<Signature> =
            ast.iter_functions().map(|function| (function.name.to_owned(), function.params.len())).collect();
        // The engine's own filtering copy keeps every function where it starts empty: this one does not.
        let mut alone = ast.clone();
        alone.clear_statements();
        let mut bodies = HashMap::new();
        find_bodies(&alone, &signatures, &mut bodies);
        let all = ast.iter_functions().map(|function| Self {
            name: function.name.to_owned(),
            parameters: function.params.iter().map(|name| (*name).to_owned()).collect(),
            is_private: function.access == FnAccess::Private,
            body: bodies.get(&(function.name.to_owned(), function.params.len())).cloned().unwrap_or_default(),
        });
        all.collect()
    }
}

/// A function's name and how many parameters it has.
type Signature = (String, usize);

/// Finds the statements of each function of a tree that holds these functions and nothing else: what is left to walk
/// where every other is left out. The tree is halved again and again, so that a function is copied a few times and not
/// once for every other.
fn find_bodies(ast: &AST, functions: &[Signature], found: &mut HashMap<Signature, Vec<Stmt>>) {
    if let [only] = functions {
        let mut statements = Vec::new();
        ast.walk(&mut |path| {
            if let [ASTNode::Stmt(statement)] = path {
                statements.push((*statement).clone());
            }
            true
        });
        found.insert(only.clone(), statements);
        return;
    }
    let (first, second) = functions.split_at(functions.len() / 2);
    for half in [first, second].into_iter().filter(|half| !half.is_empty()) {
        let kept: HashSet<(&str, usize)> = half.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        let mut part = ast.clone();
        part.retain_functions(|_, _, name, count| kept.contains(&(name, count)));
        find_bodies(&part, half, found);
    }
}

/// A file that compiles.
pub struct File {
    /// What findings call it.
    pub name: String,
    /// Whether it came in the binary, where a test holds it to the same rules.
    pub is_built_in: bool,
    ast: AST,
    functions: Vec<Routine>,
    /// Where the functions of a name are among them: a long script has thousands, and each call asks.
    places: HashMap<String, Vec<usize>>,
    imports: HashMap<String, String>,
    exports: Vec<String>,
}

impl File {
    fn new(name: String, is_built_in: bool, ast: AST) -> Self {
        let functions = Routine::all_of(&ast);
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, function) in functions.iter().enumerate() {
            places.entry(function.name.clone()).or_default().push(place);
        }
        let (mut imports, mut exports) = (HashMap::new(), Vec::new());
        for statement in ast.statements() {
            match statement {
                Stmt::Import(import, _) => {
                    if let Expr::StringConstant(module, _) = &import.0 {
                        imports.insert(import.1.name.to_string(), module.to_string());
                    }
                }
                Stmt::Var(declared, flags, _) if flags.contains(ASTFlags::EXPORTED) => {
                    exports.push(declared.0.name.to_string());
                }
                Stmt::Export(names, _) => {
                    let alias = if names.1.name.is_empty() { &names.0.name } else { &names.1.name };
                    exports.push(alias.to_string());
                }
                _ => {}
            }
        }
        Self { name, is_built_in, ast, functions, places, imports, exports }
    }

    /// The file with further modules under their own names.
    fn with(mut self, modules: &[&str]) -> Self {
        for module in modules {
            self.imports.entry((*module).to_owned()).or_insert_with(|| (*module).to_owned());
        }
        self
    }

    /// The file as a tree.
    pub fn ast(&self) -> &AST {
        &self.ast
    }

    /// What stands outside of functions.
    pub fn statements(&self) -> &[Stmt] {
        self.ast.statements()
    }

    /// The module that `alias` stands for.
    pub fn imported(&self, alias: &str) -> Option<&str> {
        self.imports.get(alias).map(String::as_str)
    }

    /// The names by which modules are imported.
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        self.imports.keys().map(String::as_str)
    }

    /// The constants that others may read.
    pub fn exports(&self) -> &[String] {
        &self.exports
    }

    /// Every function, closures among them.
    pub fn functions(&self) -> impl Iterator<Item = &Routine> {
        self.functions.iter()
    }

    /// The functions of this name, a closure's own among them.
    pub fn called<'file>(&'file self, name: &str) -> impl Iterator<Item = &'file Routine> + use<'file> {
        self.places.get(name).into_iter().flatten().filter_map(|place| self.functions.get(*place))
    }

    /// The functions that have a name.
    pub fn named_functions(&self) -> impl Iterator<Item = &Routine> {
        self.functions().filter(|function| !function.name.starts_with("anon$"))
    }

    /// The function called `name` with so many parameters.
    pub fn function(&self, name: &str, arity: usize) -> Option<&Routine> {
        self.called(name).find(|function| function.parameters.len() == arity)
    }
}

/// Compiles and keeps the files.
pub struct Files<'a> {
    engine: Engine,
    library: &'a Library,
    at_hand: Vec<&'static str>,
    modules: RefCell<HashMap<String, Option<Rc<File>>>>,
}

impl<'a> Files<'a> {
    /// Modules come from `library`.
    pub fn new(library: &'a Library) -> Self {
        // Nothing is evaluated here, so that the engine's own resolver is never asked.
        let engine = engine(None, &Arc::new(Library::new(None, None)));
        Self { engine, library, at_hand: Vec::new(), modules: RefCell::default() }
    }

    /// For lines that are typed: their variables are elsewhere, and the modules of the stdlib need no import.
    pub fn with_modules_at_hand(mut self) -> Self {
        self.engine.set_strict_variables(false);
        self.at_hand = known_modules();
        self
    }

    /// The engine that compiles them.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Compiles the script itself. The error is the finding.
    pub fn script(&self, script: &Script) -> Result<Rc<File>, Finding> {
        let is_built_in = matches!(script.origin(), Origin::BuiltIn(_));
        let ast = self.engine.compile(script.text());
        ast.map(|ast| Rc::new(File::new(script.name(), is_built_in, ast).with(&self.at_hand)))
            .map_err(|error| syntax::finding(&script.name(), script.text(), &error))
    }

    /// The module called `module`, if there is one and it compiles.
    pub fn module(&self, module: &str) -> Option<Rc<File>> {
        if let Some(known) = self.modules.borrow().get(module) {
            return known.clone();
        }
        let file = self.compiled(module).ok();
        self.modules.borrow_mut().insert(module.to_owned(), file.clone());
        file
    }

    /// What keeps `module` from being imported at `position` of `importer`.
    pub fn obstacle(&self, module: &str, importer: &str, position: Position) -> Option<Finding> {
        if self.module(module).is_some() {
            return None;
        }
        match self.compiled(module).err()? {
            Obstacle::Absent(problem) => {
                let hint = match crate::engine::nearest(module, known_modules().into_iter()) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => problem.hint.unwrap_or_default(),
                };
                Some(Finding::new(importer, position, "unknown_module", problem.message, hint))
            }
            Obstacle::Syntax(finding) => Some(finding),
        }
    }

    fn compiled(&self, module: &str) -> Result<Rc<File>, Obstacle> {
        let (origin, text) = self.library.module(module).map_err(Obstacle::Absent)?;
        let (name, is_built_in) = match origin {
            Origin::BuiltIn(name) => (name, true),
            Origin::File(path) => (path.display().to_string(), false),
        };
        let ast = self.engine.compile(&text);
        let ast = ast.map_err(|error| Obstacle::Syntax(syntax::finding(&name, &text, &error)))?;
        Ok(Rc::new(File::new(name, is_built_in, ast)))
    }
}

enum Obstacle {
    Absent(Problem),
    Syntax(Finding),
}

/// The modules of the binary.
fn known_modules() -> Vec<&'static str> {
    let all = crate::engine::built_in::FILES.iter();
    all.filter_map(|(name, _)| name.strip_prefix("stdlib/")?.strip_suffix(".rhai")).collect()
}
