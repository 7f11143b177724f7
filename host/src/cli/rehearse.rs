//! `drsh rehearse SCRIPT`: the very script, against a lab that is made for it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use drsh_lab::scenario::Scenario;
use drsh_lab::world::Lab;
use tokio::runtime::Runtime;

use super::console::say;
use super::state::State;
use super::{args, exit, practice, procedure};
use crate::engine::Script;
use crate::environment::Environment;
use crate::problem::Problem;
use crate::run::{Direction, spoken};

/// What must have happened in the lab before a script makes sense there.
const BEFORE: &[(&str, &[&str])] = &[
    ("restore_hcp", &["backup_hcp"]),
    ("verify_hcp", &["backup_hcp", "restore_hcp"]),
    ("teardown_hcp", &["backup_hcp", "restore_hcp", "verify_hcp"]),
];

/// The scripts that are about a cluster that stands alone.
const ALONE: &[&str] = &["recover_certificates"];

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
    let folder = std::path::absolute(&folder)
        .map_err(|error| Problem::new("lab", format!("{} is no folder: {error}", folder.display())))?;
    let runtime = Runtime::new().map_err(|error| Problem::new("internal", format!("no threads: {error}")))?;
    if ALONE.contains(&stem_of(&script).as_str()) {
        scenario.standalone.get_or_insert_default();
    }
    let done = if scenario.standalone.is_some() {
        in_a_cluster_alone(command, &script, scenario, &folder, &runtime)
    } else {
        between_clusters(command, &script, scenario, &folder, &runtime)
    };
    if let Some(made) = made.filter(|_| !matches!(done, Ok(0))) {
        say(&format!("the lab's files and the run are kept in {}", made.keep().display()));
    }
    done
}

fn in_a_cluster_alone(
    command: &args::Rehearse,
    script: &Script,
    scenario: Scenario,
    folder: &Path,
    runtime: &Runtime,
) -> Result<u8, Problem> {
    let began = Instant::now();
    let lab = runtime.block_on(practice::start_alone(scenario, folder))?;
    let nodes = lab.description().nodes;
    say(&format!("lab: a cluster with {nodes} nodes, up after {}", spoken(began.elapsed())));
    let done = practice::write_environment_alone(lab.description())
        .and_then(|file| run(command, script.clone(), &file, folder));
    say(&format!("\nthe lab says: {} of {nodes} nodes are Ready", lab.ready_nodes().len()));
    runtime.block_on(lab.stop());
    done
}

fn between_clusters(
    command: &args::Rehearse,
    script: &Script,
    scenario: Scenario,
    folder: &Path,
    runtime: &Runtime,
) -> Result<u8, Problem> {
    let began = Instant::now();
    let lab = runtime.block_on(practice::start(scenario, folder))?;
    let hosted = &lab.description().hosted_cluster;
    say(&format!(
        "lab: hosted cluster {}/{} with {} nodes on source, up after {}",
        hosted.namespace,
        hosted.name,
        hosted.replicas,
        spoken(began.elapsed())
    ));
    let done = rehearse(command, script, &lab, folder);
    runtime.block_on(lab.stop());
    done
}

fn rehearse(command: &args::Rehearse, script: &Script, lab: &Lab, folder: &Path) -> Result<u8, Problem> {
    let file = practice::write_environment(lab.description())?;
    for earlier in before(script) {
        say(&format!("\n== first {earlier}, which this script builds on"));
        let code = run(command, Script::find(&format!("scripts/{earlier}.rhai"))?, &file, folder)?;
        if code != 0 {
            return Ok(code);
        }
    }
    if !before(script).is_empty() {
        say(&format!("\n== now {}", script.name()));
    }
    let code = run(command, script.clone(), &file, folder)?;
    // A script that ends well while both sides could write has not done well.
    Ok(if judge(lab) { code } else { code.max(exit::FAILED) })
}

fn before(script: &Script) -> &'static [&'static str] {
    let stem = stem_of(script);
    BEFORE.iter().find(|(known, _)| *known == stem).map_or(&[], |(_, before)| before)
}

fn stem_of(script: &Script) -> String {
    let name = PathBuf::from(script.name());
    name.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned()
}

fn run(command: &args::Rehearse, script: Script, file: &Path, folder: &Path) -> Result<u8, Problem> {
    let state = args::State { folder: command.state.clone().or_else(|| Some(folder.join("state"))) };
    procedure::carry_out(&procedure::Plan {
        script,
        environment: Environment::read(file)?,
        // Nothing in a lab is lost for good.
        approved: vec!["*".to_owned()],
        stdlib: command.stdlib.clone(),
        state: State::of(&state)?,
        resumed: None,
        direction: Direction::Forward,
    })
}

/// Says how the world looks to one who knows nothing of the script; returns whether only one side could ever write.
fn judge(lab: &Lab) -> bool {
    let hosted = &lab.description().hosted_cluster;
    let alive = lab.instances_alive(&hosted.infra_id).len();
    let overlaps = lab.overlaps().len();
    let writers = match overlaps {
        0 => "at no time could both sides write".to_owned(),
        1 => "BOTH SIDES COULD WRITE once".to_owned(),
        count => format!("BOTH SIDES COULD WRITE {count} times"),
    };
    say(&format!("\nthe lab says: {alive} of {} cloud instances live; {writers}", hosted.replicas));
    overlaps == 0
}
