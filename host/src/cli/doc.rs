//! Prints the reference: the functions that scripts call, from their declarations, and the modules of the stdlib; and
//! what programs are told.

use super::args;
use super::console::say;
use crate::engine::families;
use crate::problem::Problem;
use crate::reference::{about, html, markdown, modules};

/// What `--output json` prints.
const EVENTS: &str = include_str!("console/EVENTS.md");

/// `drsh doc [NAME]`.
pub fn print(command: &args::Doc) -> Result<u8, Problem> {
    if command.markdown {
        say(markdown().trim_end());
    } else if command.html {
        say(html().trim_end());
    } else if command.name.as_deref() == Some("events") {
        say(EVENTS.trim_end());
    } else if let Some(name) = &command.name {
        say(&about(name)?);
    } else {
        list();
    }
    Ok(0)
}

/// Everything, with its first sentence.
fn list() {
    for function in families().iter().flat_map(|family| family.functions().to_vec()) {
        say(function.signature);
        say(&format!("    {}", function.doc.trim().lines().next().unwrap_or_default()));
    }
    say("\n`drsh doc events` tells what --output json prints");
    say("\nmodules of the stdlib; `drsh doc MODULE` lists what one has");
    for module in modules() {
        say(&format!("{:<22} {}", module.name, module.about.lines().next().unwrap_or_default()));
    }
}
