//! Finds mistakes in scripts by reading them: nothing is carried out, and nothing is contacted.

mod calls;
mod chain;
mod effects;
mod files;
mod finding;
mod flow;
mod known;
mod loops;
mod modules;
mod outline;
mod paths;
mod ready;
mod syntax;
mod targets;
mod types;

pub use finding::Finding;
pub use outline::{Outlined, outline};
pub use ready::{foreseen, ready};

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use crate::declare::Effect;
use crate::engine::{Library, Script};
use crate::environment::Environment;

use files::Files;
use known::Known;

/// A function by its file, its name and its number of parameters.
type Routed = (String, String, usize);

/// What a check goes by: the functions that there are, the modules, and perhaps the place that the script is for.
struct Check<'a> {
    known: Known,
    files: Files<'a>,
    environment: Option<&'a Environment>,
    findings: BTreeSet<Finding>,
    /// The effects of functions that were asked for, by file, name and number of parameters.
    effects: RefCell<HashMap<Routed, (Effect, String)>>,
}

impl Check<'_> {
    /// Keeps a finding; one that is made twice counts once.
    fn find(&mut self, finding: Finding) {
        self.findings.insert(finding);
    }
}

/// Reads `script` and the modules that it imports from outside of the binary; returns what is wrong, in order of place.
///
/// With an environment, the targets and parameters that the script names are looked for in it.
#[must_use]
pub fn check(script: &Script, library: &Library, environment: Option<&Environment>) -> Vec<Finding> {
    let files = Files::new(library);
    let known = Known::new(files.engine());
    let findings = BTreeSet::new();
    let mut check = Check { known, files, environment, findings, effects: RefCell::default() };
    match check.files.script(script) {
        Err(finding) => check.find(finding),
        Ok(file) => {
            let mut pending = vec![file.clone()];
            let mut read = BTreeSet::new();
            while let Some(file) = pending.pop() {
                if read.insert(file.name.clone()) {
                    pending.extend(check.read(&file));
                }
            }
            check.follow(&file);
        }
    }
    check.findings.into_iter().collect()
}

/// What a line does to the world at the most, for all that can be told by reading it, and the function by which it does.
///
/// Every stdlib module is at hand; `past` is text whose functions the line may call. What does not compile does nothing.
#[must_use]
pub fn effect(line: &str, past: &str, library: &Library) -> (Effect, String) {
    let files = Files::new(library).with_modules_at_hand();
    let known = Known::new(files.engine());
    let check =
        Check { known, files, environment: None, findings: BTreeSet::new(), effects: RefCell::default() };
    let script = Script::from_text("line", &format!("{past}{line}"));
    match check.files.script(&script) {
        Ok(file) => check.effect_within(&file, file.statements()),
        Err(_) => (Effect::None, String::new()),
    }
}
