//! The targets and parameters that a script comes to, held against an environment.

use std::collections::HashSet;
use std::rc::Rc;

use rhai::{ASTNode, Dynamic, Expr, FnCallExpr, Map, Position, Stmt};

use super::effects::{Target, for_each_node, target};
use super::files::File;
use super::{Check, Finding, paths};
use crate::engine::nearest;
use crate::environment::Environment;
use crate::steps::inputs;

impl Check<'_> {
    /// Looks at every handle and every input that the script can come to, in modules too.
    pub fn check_targets(&mut self, file: &Rc<File>) {
        let Some(environment) = self.environment else { return };
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        self.visit(environment, file, file.statements(), &mut seen, &mut found);
        for function in file.named_functions() {
            self.visit(environment, file, &function.body, &mut seen, &mut found);
        }
        for finding in found {
            self.find(finding);
        }
    }

    fn visit(
        &self,
        environment: &Environment,
        file: &Rc<File>,
        statements: &[Stmt],
        seen: &mut HashSet<(String, String, usize)>,
        found: &mut Vec<Finding>,
    ) {
        let mut beneath: Vec<Target> = Vec::new();
        for_each_node(statements, &mut |node| {
            if let Some((call, position, is_method)) = paths::call(node) {
                beneath.extend(target(self, file, call, is_method));
                if !call.is_qualified() && !is_method {
                    found.extend(handle(environment, file, call, position));
                    found.extend(needs(environment, file, call, position));
                }
            } else if let ASTNode::Expr(made @ Expr::DynamicConstant(..)) = node
                && let Some(name) = paths::closure(made)
                && let Some(closure) = file.called(&name).next()
            {
                beneath.push(Target { elsewhere: None, name, arity: closure.parameters.len() });
            }
        });
        for target in beneath {
            let place = target.elsewhere.clone().unwrap_or_else(|| file.clone());
            if seen.insert((place.name.clone(), target.name.clone(), target.arity))
                && let Some(function) = place.function(&target.name, target.arity)
            {
                self.visit(environment, &place, &function.body, seen, found);
            }
        }
    }
}

/// The table of the environment file that a handle's function looks into, and the names there.
fn table<'a>(environment: &'a Environment, function: &str) -> Option<(&'static str, Vec<&'a str>)> {
    fn names<T>(table: &std::collections::BTreeMap<String, T>) -> Vec<&str> {
        table.keys().map(String::as_str).collect()
    }
    Some(match function {
        "cluster" => ("clusters", names(&environment.clusters)),
        "host" => ("hosts", names(&environment.hosts)),
        "bucket" => ("buckets", names(&environment.buckets)),
        "zone" => ("zones", names(&environment.zones)),
        "folder" => ("folders", names(&environment.folders)),
        _ => return None,
    })
}

fn handle(environment: &Environment, file: &File, call: &FnCallExpr, position: Position) -> Option<Finding> {
    let (table, names) = table(environment, &call.name)?;
    let [Expr::StringConstant(name, at)] = &call.args[..] else { return None };
    if names.contains(&name.as_str()) {
        return None;
    }
    let place = environment.file.display();
    let hint = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"? Otherwise add [{table}.{name}] to {place}"),
        None => format!("add [{table}.{name}] to {place}"),
    };
    let position = if at.is_none() { position } else { *at };
    let message = format!("{place} declares no {} \"{name}\"", call.name);
    Some(Finding::new(&file.name, position, "unknown_target", message, hint))
}

/// What `require` asks for and the environment does not have, each on its own.
fn needs(environment: &Environment, file: &File, call: &FnCallExpr, position: Position) -> Vec<Finding> {
    let [Expr::Map(map, _)] = &call.args[..] else { return Vec::new() };
    if call.name != "require" {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (key, value) in &map.0 {
        // Each entry for itself, so that each finding points at its own line.
        let entries: Vec<(Position, Dynamic)> = match value {
            Expr::Map(inner, _) => inner
                .0
                .iter()
                .filter_map(|(name, kind)| {
                    let kind = kind.get_literal_value(None)?;
                    Some((name.pos, Dynamic::from(Map::from([(name.name.as_str().into(), kind)]))))
                })
                .collect(),
            other => other.get_literal_value(None).map(|value| (key.pos, value)).into_iter().collect(),
        };
        for (at, value) in entries {
            let at = if at.is_none() { position } else { at };
            let needs = Map::from([(key.name.as_str().into(), value)]);
            let place = environment.file.display();
            found.extend(inputs::wrong(environment, &needs).into_iter().map(|line| {
                let hint = format!("mend {place}; scripts/README.md tells what each parameter is for");
                Finding::new(&file.name, at, "environment", line, hint)
            }));
        }
    }
    found
}
