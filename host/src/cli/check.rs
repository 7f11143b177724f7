//! `drsh check`: finds mistakes in scripts by reading them.

use super::args::{self, Form};
use super::console::say;
use super::exit;
use crate::check::{Finding, check};
use crate::engine::Script;
use crate::environment::Environment;
use crate::problem::Problem;

/// `drsh check`.
pub fn carry_out(command: &args::Check) -> Result<u8, Problem> {
    let environment = command.env.as_deref().map(Environment::read).transpose()?;
    let mut findings = Vec::new();
    for name in &command.scripts {
        let script = Script::find(name)?;
        let library = script.library(command.stdlib.clone());
        findings.extend(check(&script, &library, environment.as_ref()));
    }
    // A module that two scripts import is read for each of them.
    findings.sort();
    findings.dedup();
    for finding in &findings {
        say(&written(finding, command.output));
    }
    if command.output == Form::Text {
        say(&summary(findings.len(), command.scripts.len()));
    }
    Ok(if findings.is_empty() { 0 } else { exit::WRONG })
}

fn written(finding: &Finding, form: Form) -> String {
    match form {
        Form::Text => finding.to_string(),
        Form::Json => finding.to_json().to_string(),
    }
}

fn summary(found: usize, scripts: usize) -> String {
    let scripts = if scripts == 1 { "1 script".to_owned() } else { format!("{scripts} scripts") };
    match found {
        0 => format!("{scripts} read, nothing found"),
        1 => format!("{scripts} read, 1 mistake found"),
        count => format!("{scripts} read, {count} mistakes found"),
    }
}
