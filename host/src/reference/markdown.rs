//! The whole reference as one Markdown text.

use std::fmt::Write as _;

use super::modules;
use crate::engine::families;

/// Writes every family with its functions, then every module of the stdlib.
#[must_use]
pub fn markdown() -> String {
    let mut text =
        String::from("# Reference\n\nThe functions that scripts call, then the modules of the stdlib.\n");
    for family in families() {
        let _ = write!(text, "\n## {}\n", family.name());
        for function in family.functions() {
            let _ = write!(
                text,
                "\n### {}\n\n`{}`\n\n{}\n\nEffect: {}.\n",
                function.name(),
                function.signature,
                function.doc.trim(),
                function.effect
            );
        }
    }
    for module in modules() {
        let _ = write!(text, "\n## {} (stdlib)\n\n{}\n", module.name, module.about);
        for one in &module.functions {
            let (name, own) = (&module.name, &one.name);
            let _ =
                write!(text, "\n### {name}::{own}\n\n`{name}::{own}({})`\n\n{}\n", one.parameters, one.doc);
        }
        if !module.values.is_empty() {
            let _ = write!(
                text,
                "\nValues: {}.\n",
                module.values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
            );
        }
    }
    text
}
