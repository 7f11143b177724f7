//! What a call does to the world at the least, through the functions of scripts and modules that it goes through.

use std::collections::HashSet;
use std::rc::Rc;

use rhai::{ASTNode, Expr, FnCallExpr, Stmt};

use super::files::File;
use super::{Check, paths};
use crate::declare::Effect;

/// A function of a script or module, and the file that it stands in.
pub struct Target {
    /// The file; `None` for the one that the call stands in.
    pub elsewhere: Option<Rc<File>>,
    /// The function's name.
    pub name: String,
    /// How many parameters it has.
    pub arity: usize,
}

/// The function of a script or module that a call means; `None` for one of the program's or of the language.
pub fn target(check: &Check<'_>, file: &File, call: &FnCallExpr, is_method: bool) -> Option<Target> {
    let (name, arity) = (call.name.to_string(), call.args.len());
    if !call.is_qualified() {
        let with_receiver = arity + usize::from(is_method);
        let arity =
            [with_receiver, arity].into_iter().find(|count| file.function(&name, *count).is_some())?;
        return Some(Target { elsewhere: None, name, arity });
    }
    let alias = call.namespace.path.first().map_or("", |first| first.name.as_str());
    let module = check.files.module(file.imported(alias)?)?;
    module.function(&name, arity)?;
    Some(Target { elsewhere: Some(module), name, arity })
}

impl Check<'_> {
    /// The effect of one call of a declared function. Where options decide, it is the lesser one.
    pub fn effect_of_declared(&self, call: &FnCallExpr, is_method: bool) -> Effect {
        let Some(declared) = self.known.declared(&call.name) else { return Effect::None };
        let effect = declared.function.effect;
        let count = call.args.len() + usize::from(is_method);
        let has_options =
            declared.signature.parameters.get(count.wrapping_sub(1)).is_some_and(|last| last.optional);
        let may_only_look = ["ssh", "ssh_all", "oc_exec", "oc_exec_stream"].contains(&&*call.name);
        if has_options && may_only_look { Effect::Read } else { effect }
    }

    /// The effect of everything beneath some statements, and the word for what makes it so.
    pub fn effect_within(&self, file: &File, statements: &[Stmt]) -> (Effect, String) {
        let mut worst = (Effect::None, String::new());
        self.gather(file, statements, &mut HashSet::new(), &mut worst);
        worst
    }

    /// The effect of a function of a script or module.
    pub fn effect_of(&self, file: &File, name: &str, arity: usize) -> (Effect, String) {
        let key = (file.name.clone(), name.to_owned(), arity);
        if let Some(known) = self.effects.borrow().get(&key) {
            return known.clone();
        }
        let found = file
            .function(name, arity)
            .map_or((Effect::None, String::new()), |function| self.effect_within(file, &function.body));
        self.effects.borrow_mut().insert(key, found.clone());
        found
    }

    fn gather(
        &self,
        file: &File,
        statements: &[Stmt],
        seen: &mut HashSet<(String, String, usize)>,
        worst: &mut (Effect, String),
    ) {
        let mut beneath: Vec<Target> = Vec::new();
        for_each_node(statements, &mut |node| {
            if let Some((call, _, is_method)) = paths::call(node) {
                if let Some(target) = target(self, file, call, is_method) {
                    beneath.push(target);
                } else if !call.is_qualified() {
                    let effect = self.effect_of_declared(call, is_method);
                    if effect > worst.0 {
                        *worst = (effect, call.name.to_string());
                    }
                }
            } else if let ASTNode::Expr(made @ Expr::DynamicConstant(..)) = node
                && let Some(name) = paths::closure(made)
                && let Some(closure) = file.called(&name).next()
            {
                beneath.push(Target { elsewhere: None, name, arity: closure.parameters.len() });
            }
        });
        for target in beneath {
            let place = target.elsewhere.as_deref().unwrap_or(file);
            if seen.insert((place.name.clone(), target.name.clone(), target.arity))
                && let Some(function) = place.function(&target.name, target.arity)
            {
                self.gather(place, &function.body, seen, worst);
            }
        }
    }
}

/// Shows each node beneath some statements.
pub fn for_each_node(statements: &[Stmt], show: &mut impl FnMut(&ASTNode<'_>)) {
    let mut path = Vec::new();
    for statement in statements {
        statement.walk(&mut path, &mut |path: &[ASTNode<'_>]| {
            if let Some(node) = path.last() {
                show(node);
            }
            true
        });
        path.clear();
    }
}
