//! `drsh explain`: what a script does, step by step, as its text tells.

use super::args;
use super::console::say;
use crate::check::{Outlined, outline};
use crate::engine::{Script, nearest};
use crate::problem::Problem;
use crate::reference::{Module, modules, words};
use crate::run::step_id;

/// `drsh explain SCRIPT [STEP]`.
pub fn carry_out(command: &args::Explain) -> Result<u8, Problem> {
    let script = Script::find(&command.script)?;
    let library = script.library(command.stdlib.clone());
    let steps = outline(&script, &library).map_err(|finding| {
        Problem::new("script", finding.to_string()).hint("`drsh check` tells all that is wrong")
    })?;
    let modules = modules();
    match &command.step {
        None => whole(&script, &steps, &modules),
        Some(wanted) => {
            let found: Vec<&Outlined> = steps.iter().filter(|step| is_called(step, wanted)).collect();
            if found.is_empty() {
                return Err(unknown(&script, &steps, wanted));
            }
            for step in found {
                tell(&script, step, &modules);
            }
        }
    }
    Ok(0)
}

fn whole(script: &Script, steps: &[Outlined], modules: &[Module]) {
    for line in words(script.text(), "//!") {
        say(&line);
    }
    let mut phase = None;
    for step in steps {
        if step.phase != phase {
            phase.clone_from(&step.phase);
            say(&format!("\nphase {}", phase.as_deref().unwrap_or_default()));
        }
        tell(script, step, modules);
    }
    if steps.is_empty() {
        let text = script.text();
        let led: Vec<&str> = text
            .lines()
            .filter_map(|line| line.trim().split_once("::steps("))
            .map(|(alias, _)| alias)
            .collect();
        if !led.is_empty() {
            say(&format!(
                "\nIts steps are those of {}: explain the scripts of their imports.",
                led.join(", ")
            ));
        }
    }
}

fn tell(script: &Script, step: &Outlined, modules: &[Module]) {
    say(&format!("\n{}   ({}:{})", step.name, script.name(), step.line));
    if !step.comment.is_empty() {
        say(&format!("    {}", step.comment));
    }
    for call in &step.calls {
        let member = call
            .split_once("::")
            .and_then(|(module, name)| modules.iter().find(|known| known.name == module)?.function(name));
        say(&format!(
            "    does   {call}{}",
            member.map(|member| format!(": {}", member.summary())).unwrap_or_default()
        ));
    }
    say(&format!("    undo   {}", step.undo));
    if step.is_checked {
        say("    check  after an interruption, its own check decides whether it is done");
    }
}

fn is_called(step: &Outlined, wanted: &str) -> bool {
    step_id(&step.name).split(':').next() == Some(wanted) || step.name == wanted
}

fn unknown(script: &Script, steps: &[Outlined], wanted: &str) -> Problem {
    let ids: Vec<String> = steps.iter().map(|step| step_id(&step.name)).collect();
    let hint = match nearest(wanted, ids.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}?"),
        None if ids.is_empty() => "it has no steps of its own".to_owned(),
        None => format!("its steps are {}", ids.join(", ")),
    };
    Problem::new("usage", format!("{} has no step {wanted}", script.name())).hint(hint)
}
