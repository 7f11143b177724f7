//! `drsh rehearse SCRIPT`: the very script, against a lab that is made for it.

mod alone;
mod between;
mod on_hosts;
mod struck;

use std::path::{Path, PathBuf};

use drsh_lab::scenario::{Disaster, HostsPlan, Scenario, StandalonePlan, StorageFault};
use tokio::runtime::Runtime;

use super::console::say;
use super::offer::{self, Ended};
use super::state::State;
use super::{args, plan, practice, procedure};
use crate::check;
use crate::engine::Script;
use crate::environment::Environment;
use crate::problem::Problem;
use crate::run::{Direction, clients};

/// What must have happened in the lab before a script makes sense there.
const BEFORE: &[(&str, &[&str])] = &[
    ("restore_hcp", &["backup_hcp"]),
    ("verify_hcp", &["backup_hcp", "restore_hcp"]),
    ("restore_cluster", &["backup_etcd"]),
    ("teardown_hcp", &["backup_hcp", "restore_hcp", "verify_hcp"]),
];

/// The scripts that are about a cluster that stands alone.
const ALONE: &[&str] = &["recover_certificates"];

/// The scripts that are about such a cluster and its hosts.
const ON_HOSTS: &[&str] = &["audit_storage", "backup_etcd", "restore_cluster"];

/// The scripts that are about the persistent storage of such a cluster: everything that can be wrong with it is.
const ABOUT_STORAGE: &[&str] = &["audit_storage"];

/// A script that is rehearsed, with what was asked for.
struct Rehearsal<'a> {
    command: &'a args::Rehearse,
    script: Script,
    folder: PathBuf,
    runtime: Runtime,
}

/// `drsh rehearse`.
pub fn carry_out(command: &args::Rehearse) -> Result<u8, Problem> {
    let script = Script::find(&command.script)?;
    let mut scenario =
        practice::scenario(command.setting.scenario.as_deref(), command.setting.speed, command.setting.seed)?;
    let made = match &command.folder {
        Some(_) => None,
        None => Some(tempfile::tempdir().map_err(|error| {
            Problem::new("lab", format!("no folder for the lab: {error}")).hint("name one with --folder DIR")
        })?),
    };
    let folder = made
        .as_ref()
        .map_or_else(|| command.folder.clone().unwrap_or_default(), |made| made.path().to_owned());
    let folder = practice::folder(&folder)?;
    check::ready(&script, &script.library(command.stdlib.clone()), &[])?;
    let runtime = clients()?;
    let rehearsal = Rehearsal { command, script, folder, runtime };
    rehearsal.choose_world(&mut scenario);
    let done = if scenario.standalone.is_some() {
        alone::carry_out(&rehearsal, scenario)
    } else if scenario.hosts.is_some() {
        on_hosts::carry_out(&rehearsal, scenario)
    } else {
        between::carry_out(&rehearsal, scenario)
    };
    if let Some(made) = made.filter(|_| !matches!(done, Ok(0))) {
        say(&format!("the lab's files and the run are kept in {}", made.keep().display()));
    }
    done
}

impl Rehearsal<'_> {
    /// Sees to it that the world is one that the script is about, where the scenario does not say.
    fn choose_world(&self, scenario: &mut Scenario) {
        let stem = self.stem();
        if scenario.standalone.is_none() && scenario.hosts.is_none() {
            if ALONE.contains(&stem.as_str()) {
                scenario.standalone = Some(StandalonePlan::default());
            } else if ON_HOSTS.contains(&stem.as_str()) {
                let storage = ABOUT_STORAGE.contains(&stem.as_str()).then(|| StorageFault::ALL.to_vec());
                let disaster = if stem == "restore_cluster" { Disaster::DataDeleted } else { Disaster::None };
                scenario.hosts = Some(HostsPlan { disaster, storage, ..HostsPlan::default() });
            }
        }
    }

    fn stem(&self) -> String {
        let name = PathBuf::from(self.script.name());
        name.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned()
    }

    /// Whether the hosted cluster lives on the destination alone when the script is done.
    fn moves(&self) -> bool {
        self.stem() == "migrate_hcp" && !self.command.plan
    }

    /// Whether something must have happened before.
    fn has_forerunner(&self) -> bool {
        let stem = self.stem();
        BEFORE.iter().any(|(known, _)| *known == stem)
    }

    /// Runs what must have happened before; returns the first exit code that is not 0.
    fn prepare(&self, environment: &Path) -> Result<Option<u8>, Problem> {
        let stem = self.stem();
        let before = BEFORE.iter().find(|(known, _)| *known == stem).map_or(&[][..], |(_, before)| before);
        for earlier in before {
            say(&format!("\n== first {earlier}, which this script builds on"));
            let earlier = Script::find(&format!("scripts/{earlier}.rhai"))?;
            let ended = self.carry_out(earlier, Environment::read(environment)?, None)?;
            if ended.code != 0 {
                return Ok(Some(ended.code));
            }
        }
        if !before.is_empty() {
            say(&format!("\n== now {}", self.script.name()));
        }
        Ok(None)
    }

    /// Runs the script itself.
    fn run(&self, environment: &Path) -> Result<u8, Problem> {
        if self.command.plan {
            return plan::carry_out(&plan::Question {
                script: self.script.clone(),
                environment: Environment::read(environment)?,
                approved: Vec::new(),
                stdlib: self.command.stdlib.clone(),
                state: self.state()?,
                all: false,
            });
        }
        self.offer(self.carry_out(self.script.clone(), Environment::read(environment)?, None)?)
    }

    /// Offers the ways on at a terminal, as a run does: the lab lives meanwhile.
    fn offer(&self, ended: Ended) -> Result<u8, Problem> {
        let manner = args::Manner {
            approve: vec!["*".to_owned()],
            means: args::Means {
                stdlib: self.command.stdlib.clone(),
                take_over: false,
                state: self.kept_in(),
            },
            showing: self.command.showing.clone(),
        };
        offer::after(ended, &manner)
    }

    fn carry_out(
        &self,
        script: Script,
        environment: Environment,
        resumed: Option<String>,
    ) -> Result<Ended, Problem> {
        let command = self.command;
        procedure::start(&procedure::Order {
            script,
            environment,
            // Nothing in a lab is lost for good.
            approved: vec!["*".to_owned()],
            stdlib: command.stdlib.clone(),
            state: self.state()?,
            resumed: resumed.map(|id| procedure::Earlier { id, seen: None }),
            direction: Direction::Forward,
            take_over: false,
            again: procedure::Again::default(),
        })
    }

    /// Where its runs are kept.
    fn state(&self) -> Result<State, Problem> {
        State::of(&self.kept_in())
    }

    fn kept_in(&self) -> args::State {
        args::State { folder: self.command.state.clone().or_else(|| Some(self.folder.join("state"))) }
    }
}
