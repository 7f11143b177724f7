//! One thing of the reference, by its name: a function, a family, a module, or a function of a module.

use super::{Module, modules};
use crate::declare::Function;
use crate::engine::{families, nearest};
use crate::problem::Problem;

/// Tells all that is written of `name`: `oc_get`, `oc`, `hcp` or `hcp::pause`.
///
/// Errors: `usage` with the nearest name.
pub fn about(name: &str) -> Result<String, Problem> {
    let families = families();
    let functions: Vec<&'static Function> =
        families.iter().flat_map(|family| family.functions().to_vec()).collect();
    if let Some(function) = functions.iter().find(|function| function.name() == name) {
        return Ok(whole(function));
    }
    let modules = modules();
    let (module, member) = match name.split_once("::") {
        Some((module, member)) => (module, Some(member)),
        None => (name, None),
    };
    let family = families.iter().find(|family| family.name() == name);
    let found = modules.iter().find(|known| known.name == module);
    match (family, found, member) {
        (_, Some(found), Some(member)) => of_member(found, member),
        (None, None, _) => {
            let all: Vec<String> = (modules.iter().map(|module| module.name.clone()))
                .chain(functions.iter().map(|function| function.name().to_owned()))
                .chain(families.iter().map(|family| family.name().to_owned()))
                .collect();
            let hint = nearest(name, all.iter().map(String::as_str)).map_or_else(
                || "`drsh doc` lists everything".to_owned(),
                |near| format!("did you mean {near}?"),
            );
            Err(Problem::new("usage", format!("nothing in the reference is called {name}")).hint(hint))
        }
        // A family and a module may have one name: both are told.
        (family, found, _) => {
            let own = family.into_iter().flat_map(|family| family.functions().iter().map(|one| whole(one)));
            Ok(own.chain(found.map(of_module)).collect::<Vec<_>>().join("\n\n"))
        }
    }
}

fn whole(function: &Function) -> String {
    format!("{}\n\n{}\n\nEffect: {}.", function.signature, function.doc.trim(), function.effect)
}

fn of_module(module: &Module) -> String {
    let name = &module.name;
    let functions = module.functions.iter();
    let lines =
        functions.map(|one| format!("  {name}::{}({})\n      {}", one.name, one.parameters, one.summary()));
    let values = module.values.iter().map(|value| format!("  {name}::{value}"));
    format!("{}\n\n{}", module.about, lines.chain(values).collect::<Vec<_>>().join("\n"))
}

fn of_member(module: &Module, member: &str) -> Result<String, Problem> {
    let name = &module.name;
    if let Some(one) = module.function(member) {
        return Ok(format!("{name}::{}({})\n\n{}", one.name, one.parameters, one.doc));
    }
    let near = nearest(member, module.functions.iter().map(|one| one.name.as_str()));
    let hint = near.map_or_else(
        || format!("`drsh doc {name}` lists what it has"),
        |near| format!("did you mean {name}::{near}?"),
    );
    Err(Problem::new("usage", format!("`{name}` has no function `{member}`")).hint(hint))
}
