//! A run that is looked into: what its journal knows, and what its script saw where it stopped.

mod look;
mod script;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use rhai::{Dynamic, Map};

use super::state::{Header, State};
use crate::engine::{Library, Script};
use crate::environment::Environment;
use crate::journal::{self, Line, Outcome, Record};
use crate::problem::Problem;
use crate::repl::{Given, SCRIPT, Source};
use crate::run::{Replay, Sight, step_id};

/// The names that are the session's own.
const OWN: [&str; 3] = ["params", "steps", "last"];

/// A run that is looked into.
pub struct Attached {
    /// Its id.
    pub id: String,
    /// The environment file that it was begun with.
    pub environment: PathBuf,
    /// What its finished steps gave back, by their ids.
    pub steps: Map,
    /// Where its script's modules are found.
    pub library: Arc<Library>,
    /// The folder whose stdlib modules come before the built-in ones.
    pub stdlib: Option<PathBuf>,
    header: Header,
    identities: PathBuf,
    lines: Vec<Line>,
    is_left: bool,
    /// The script, or why it cannot be carried out any more.
    script: Result<Script, String>,
}

/// What a session on the run begins with.
pub struct Seen {
    /// The variables of the script.
    pub variables: Vec<Given>,
    /// What the modules are imported by, under the names that the script gave them.
    pub imports: BTreeMap<String, String>,
    /// What is said first.
    pub told: Vec<String>,
}

impl Attached {
    /// Reads what the run's journal knows. Errors: `run`, `journal`.
    pub fn to(state: &State, run: &str, stdlib: Option<PathBuf>) -> Result<Self, Problem> {
        let id = state.find(run)?;
        let lines = state.lines(&id)?;
        let header = Header::of(&lines, &state.run(&id))?;
        let mut steps = Map::new();
        for line in &lines {
            match &line.record {
                Record::StepDone { step, value, .. } => {
                    steps.insert(step_id(step).into(), journal::decode(value)?);
                }
                Record::Undone { step, .. } => drop(steps.remove(step_id(step).as_str())),
                _ => {}
            }
        }
        let stdlib = stdlib.or_else(|| header.stdlib.clone());
        let script = if header.script == SCRIPT {
            Err("it was typed, and there is no script".to_owned())
        } else {
            Script::find(&header.script).map_err(|problem| problem.message)
        };
        let library = match &script {
            Ok(script) => script.library(stdlib.clone()),
            Err(_) => Library::new(stdlib.clone(), std::env::current_dir().ok()),
        };
        let is_left = journal::is_left(&state.run(&id));
        Ok(Self {
            environment: header.environment.clone(),
            steps,
            library: Arc::new(library),
            stdlib,
            identities: state.identities(),
            id,
            header,
            lines,
            is_left,
            script,
        })
    }

    /// The step that was under way when the run stopped, by its id.
    fn stopped_in(&self) -> Option<String> {
        under_way(&self.lines).map(|(step, _)| step_id(&step))
    }

    /// Follows the script to where the run stopped, for the variables that it had there.
    ///
    /// It is told where that cannot be done: nothing else hangs on it.
    pub fn see(&self, environment: &Arc<Environment>) -> Seen {
        let mut told =
            vec![format!("run {} of {}, in {}", self.id, self.header.script, self.environment.display())];
        told.extend(self.stop());
        told.push(self.steps_line());
        let (mut imports, mut variables) = (BTreeMap::new(), Vec::new());
        let sight = self.script.as_ref().map_err(Clone::clone).and_then(|script| {
            imports.extend(script::imports(script));
            self.without_end()?;
            look::look(self, script, Replay::from_lines(&self.lines), environment)
        });
        match sight {
            Ok(sight) => {
                told.push(self.variables_line(&sight));
                // The file in which the step stands may give a name to another module than the script itself does.
                let scripts_own = imports.clone();
                imports.extend(sight.imports.iter().cloned());
                let means_the_same = |alias: &str| imports.get(alias) == scripts_own.get(alias);
                variables = self.variables(&sight, means_the_same);
            }
            Err(why) => told.push(format!("the script's variables are not at hand: {why}")),
        }
        told.push(self.way_on());
        Seen { variables, imports, told }
    }

    /// Says how a run ended that did not stop anywhere.
    fn without_end(&self) -> Result<(), String> {
        match self.lines.last().map(|line| &line.record) {
            Some(Record::RunEnded { outcome: Outcome::Done, .. }) => Err("the run is done".to_owned()),
            Some(Record::RunEnded { outcome: Outcome::Undone, .. }) => Err("the run is undone".to_owned()),
            _ => Ok(()),
        }
    }

    /// Says where and why it stopped.
    fn stop(&self) -> Option<String> {
        if let Some((step, message)) = under_way(&self.lines) {
            let message = message.map(|message| format!(": {message}")).unwrap_or_default();
            let how = if self.is_at_rest() { "it stopped in" } else { "it is in" };
            return Some(format!("{how} \"{step}\"{message}"));
        }
        match &self.lines.last()?.record {
            Record::RunEnded { error: Some(stopped), .. } => {
                Some(format!("it stopped between steps: {}", stopped.message))
            }
            _ => None,
        }
    }

    fn steps_line(&self) -> String {
        let names: Vec<&str> = self.steps.keys().map(AsRef::as_ref).collect();
        match names.first() {
            None => "no step is done; `params` holds the parameters".to_owned(),
            Some(first) => format!(
                "`steps` holds what {} gave back, as in steps[\"{first}\"]; `params` the parameters",
                names.join(", ")
            ),
        }
    }

    fn variables_line(&self, sight: &Sight) -> String {
        let step = &sight.step;
        let names: Vec<String> = named(sight).map(|(name, _)| format!("`{name}`")).collect();
        let edited = match &self.script {
            Ok(script) if script.sha256() != self.header.script_sha256 => "; the script was edited since",
            _ => "",
        };
        let is_it = self.stopped_in().is_some_and(|stopped| stopped == step_id(step));
        match (names.is_empty(), is_it) {
            (true, _) => format!("\"{step}\" has no variable of the script{edited}"),
            (false, true) => format!("{} as that step saw them{edited}", names.join(", ")),
            (false, false) => format!(
                "{} as \"{step}\" would see them, to which the script comes next{edited}",
                names.join(", ")
            ),
        }
    }

    /// The variables; `means_the_same` tells whether a module's name is that of the script itself.
    fn variables(&self, sight: &Sight, means_the_same: impl Fn(&str) -> bool) -> Vec<Given> {
        let had_by = |name: &str| {
            let call = script::had_by(self.script.as_ref().ok()?, name)?;
            call.split_once("::").is_some_and(|(alias, _)| means_the_same(alias)).then_some(call)
        };
        let told = format!("run {} of {}, \"{}\"", self.id, self.header.script, sight.step);
        let made = named(sight).map(|(name, value)| Given {
            name: name.clone(),
            value: value.clone(),
            source: Source::Run { told: told.clone(), had_by: had_by(name) },
        });
        made.collect()
    }

    /// Whether no process carries it out.
    fn is_at_rest(&self) -> bool {
        self.is_left || self.lines.last().is_some_and(|line| matches!(line.record, Record::RunEnded { .. }))
    }

    fn way_on(&self) -> String {
        if self.is_at_rest() {
            format!("`drsh resume {}` goes on with it", self.id)
        } else {
            "another drsh carries it out at present: this is how it stood just now".to_owned()
        }
    }
}

/// The variables that a session takes over: none that would hide its own, and no closure, which only its script can call.
fn named(sight: &Sight) -> impl Iterator<Item = &(String, Dynamic)> {
    sight.variables.iter().filter(|(name, value)| !OWN.contains(&name.as_str()) && !value.is_fnptr())
}

/// The step that the last start of the run left unfinished, and the error that it stopped on.
fn under_way(lines: &[Line]) -> Option<(String, Option<String>)> {
    let mut begun: Vec<(String, Option<String>)> = Vec::new();
    for line in lines {
        match &line.record {
            Record::RunStarted { .. } => begun.clear(),
            Record::StepStarted { step, .. } => begun.push((step.clone(), None)),
            Record::StepFailed { step, message, .. } => {
                begun.retain(|(known, _)| known != step);
                begun.push((step.clone(), Some(message.clone())));
            }
            Record::StepDone { step, .. } | Record::Undone { step, .. } => {
                begun.retain(|(known, _)| known != step);
            }
            _ => {}
        }
    }
    // Of several side by side, the one that failed stopped the run.
    let failed = begun.iter().rposition(|(_, message)| message.is_some());
    failed.map(|at| begun.swap_remove(at)).or_else(|| begun.pop())
}
