//! Prints the reference of the functions that scripts call, from their declarations.

use super::args;
use super::console::say;
use crate::declare::Function;
use crate::engine::{families, nearest};
use crate::problem::Problem;

/// `drsh doc [NAME]`.
pub fn print(command: &args::Doc) -> Result<u8, Problem> {
    let families = families();
    let chosen: Vec<&'static Function> = families
        .iter()
        .flat_map(|family| family.functions().iter().map(move |function| (family.name(), *function)))
        .filter(|(family, function)| match &command.name {
            Some(name) => name == family || name == function.name(),
            None => true,
        })
        .map(|(_, function)| function)
        .collect();
    if let (Some(name), true) = (&command.name, chosen.is_empty()) {
        let all =
            families.iter().flat_map(|family| family.functions().iter().map(|function| function.name()));
        let problem = Problem::new("usage", format!("there is no function or family called {name}"));
        return Err(match nearest(name, all) {
            Some(near) => problem.hint(format!("did you mean {near}?")),
            None => problem.hint("`drsh doc` lists all of them"),
        });
    }
    let brief = command.name.is_none();
    for function in chosen {
        say(function.signature);
        if brief {
            let first = function.doc.trim().lines().next().unwrap_or_default();
            say(&format!("    {first}"));
        } else {
            say(&format!("\n{}\n\nEffect: {}.\n", function.doc.trim(), function.effect));
        }
    }
    Ok(0)
}
