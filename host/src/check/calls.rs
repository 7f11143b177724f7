//! Calls: whether there is such a function, whether it takes so many arguments, and whether they can be of its types.

use std::collections::BTreeSet;

use rhai::{FnCallExpr, Position};

use super::files::{File, Routine};
use super::known::Declared;
use super::{Check, Finding, paths, types};
use crate::engine::nearest;

impl Check<'_> {
    /// Looks at one call; with a dot before it, what stands there is the first argument.
    pub fn read_call(
        &self,
        file: &File,
        call: &FnCallExpr,
        position: Position,
        is_method: bool,
    ) -> Option<Finding> {
        // What a closure is made of, and operators, nobody wrote as a call.
        if call.is_operator_call() || call.name.starts_with("anon$") {
            return None;
        }
        let position = paths::place(call, position);
        if call.is_qualified() {
            return self.read_member(file, call, position);
        }
        let count = call.args.len() + usize::from(is_method);
        let own: Vec<&Routine> = file.called(&call.name).collect();
        // A function of the script can also be called with a dot, what stands before it being `this`.
        if own.iter().any(|function| [count, call.args.len()].contains(&function.parameters.len())) {
            return None;
        }
        let wrong = |word, message: String, hint: String| {
            Some(Finding::new(&file.name, position, word, message, hint))
        };
        let Some(counts) = self.known.counts(&call.name) else {
            if !own.is_empty() {
                return wrong("wrong_arguments", counted(&call.name, count, false), signatures(&own, ""));
            }
            let names =
                self.known.names().chain(file.named_functions().map(|function| function.name.as_str()));
            let hint = match nearest(&call.name, names) {
                Some(near) => {
                    let signature = self.known.declared(near).map(|declared| declared.function.signature);
                    format!("did you mean {}?", signature.unwrap_or(near))
                }
                None => self.home_of(&call.name).unwrap_or_else(|| {
                    "`drsh doc` lists all functions; those of a module are called as module::function".into()
                }),
            };
            return wrong("unknown_function", format!("there is no function `{}`", call.name), hint);
        };
        let declared = self.known.declared(&call.name);
        if !counts.contains(&count) {
            let hint = match declared {
                Some(declared) => format!("its signature is {}", declared.function.signature),
                None => format!("it takes {}", listed(&counts)),
            };
            let word = if is_wait_without_limit(declared, count) { "no_limit" } else { "wrong_arguments" };
            let message = match word {
                "no_limit" => format!("`{}` has no limit", call.name),
                _ => counted(&call.name, count, is_method),
            };
            return wrong(word, message, hint);
        }
        self.read_types(file, call, declared?, is_method)
    }

    /// A call that names its module.
    fn read_member(&self, file: &File, call: &FnCallExpr, position: Position) -> Option<Finding> {
        let alias = call.namespace.path.first().map_or("", |first| first.name.as_str());
        if alias == "global" {
            return None;
        }
        let module = match self.module_of(file, alias, position) {
            Ok(module) => module?,
            Err(finding) => return Some(finding),
        };
        let shared = || module.named_functions().filter(|function| !function.is_private);
        let named: Vec<&Routine> =
            module.called(&call.name).filter(|function| !function.is_private).collect();
        if named.iter().any(|function| function.parameters.len() == call.args.len()) {
            return None;
        }
        if !named.is_empty() {
            let name = format!("{alias}::{}", call.name);
            return Some(Finding::new(
                &file.name,
                position,
                "wrong_arguments",
                counted(&name, call.args.len(), false),
                signatures(&named, &format!("{alias}::")),
            ));
        }
        let hint = match nearest(&call.name, shared().map(|function| function.name.as_str())) {
            Some(near) => {
                let near: Vec<&Routine> = shared().filter(|function| function.name == near).collect();
                format!("did you mean {}?", written(near.first(), &format!("{alias}::")))
            }
            None => format!("`drsh doc {alias}` lists what it has"),
        };
        let message = format!("`{alias}` has no function `{}`", call.name);
        Some(Finding::new(&file.name, position, "unknown_member", message, hint))
    }

    fn read_types(
        &self,
        file: &File,
        call: &FnCallExpr,
        declared: &Declared,
        is_method: bool,
    ) -> Option<Finding> {
        let parameters = declared.signature.parameters.iter().skip(usize::from(is_method));
        for (argument, parameter) in call.args.iter().zip(parameters) {
            let Some(given) = types::of(&self.known, argument) else { continue };
            if types::fits(&given, &parameter.kind) {
                continue;
            }
            let name = &call.name;
            let is_limit = parameter.kind == "Duration";
            let hint = if is_limit && given == "int" {
                "a number alone has no unit: write seconds(5) or minutes(5)".to_owned()
            } else {
                format!("its signature is {}", declared.function.signature)
            };
            let message =
                format!("`{name}` wants {} for `{}`, and gets {given}", parameter.kind, parameter.name);
            let word = if is_limit && given == "()" { "no_limit" } else { "wrong_type" };
            return Some(Finding::new(&file.name, argument.start_position(), word, message, hint));
        }
        None
    }

    /// The module that has a function of this name, which the caller left out.
    fn home_of(&self, name: &str) -> Option<String> {
        let files = crate::engine::built_in::FILES.iter();
        let modules = files.filter_map(|(file, _)| file.strip_prefix("stdlib/")?.strip_suffix(".rhai"));
        modules
            .filter_map(|module| Some((module, self.files.module(module)?)))
            .find(|(_, file)| file.named_functions().any(|function| function.name == name))
            .map(|(module, _)| {
                format!("did you mean {module}::{name}? Then `import \"{module}\" as {module};`")
            })
    }
}

fn is_wait_without_limit(declared: Option<&Declared>, count: usize) -> bool {
    let Some(declared) = declared else { return false };
    let has_limit = declared.signature.parameters.iter().any(|parameter| parameter.name == "limit");
    has_limit && count + 1 == *declared.signature.arity().start()
}

fn counted(name: &str, count: usize, is_method: bool) -> String {
    let count = count - usize::from(is_method);
    let arguments = if count == 1 { "argument" } else { "arguments" };
    let how = if is_method { " in brackets" } else { "" };
    format!("`{name}` does not take {count} {arguments}{how}")
}

fn listed(counts: &BTreeSet<usize>) -> String {
    let counts: Vec<String> = counts.iter().map(usize::to_string).collect();
    format!("{} of them, what stands before the dot counted", counts.join(" or "))
}

fn signatures(functions: &[&Routine], prefix: &str) -> String {
    format!("its signature is {}", written(functions.first(), prefix))
}

fn written(function: Option<&&Routine>, prefix: &str) -> String {
    function.map_or_else(String::new, |function| {
        format!("{prefix}{}({})", function.name, function.parameters.join(", "))
    })
}
