//! A migration between two management clusters while faults strike.

use drsh::cli::practice;
use drsh_lab::faults::Schedule;
use drsh_lab::scenario::Scenario;
use drsh_lab::world::Lab;

use crate::campaign::{Ended, RUNTIME, SPEED, Trial};
use crate::program::Desk;

/// Tries the schedule that is drawn from `seed`, every eighth time with etcd in three members and a neighbour.
pub fn trial(seed: u64, trial: &mut Trial) -> Result<Ended, String> {
    let world = if seed % 8 == 3 {
        Scenario { secrets: 30, snapshot_padding: 1 << 16, ..Scenario::default() }
    } else {
        Scenario::small()
    };
    under(Scenario { seed, ..world }, |lab| Schedule::drawn(seed, &lab.places()), trial)
}

/// Carries out a migration while a schedule is played.
pub fn under(
    scenario: Scenario,
    schedule: impl FnOnce(&Lab) -> Schedule,
    trial: &mut Trial,
) -> Result<Ended, String> {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("lab");
    let lab = RUNTIME.block_on(Lab::start(Scenario { speed: SPEED, ..scenario }, &place));
    let lab = lab.map_err(|error| format!("the lab: {error}"))?;
    let ended = migrate(&lab, &Desk::beside(folder.path()), &schedule(&lab), trial);
    RUNTIME.block_on(lab.stop());
    ended
}

fn migrate(lab: &Lab, desk: &Desk, schedule: &Schedule, trial: &mut Trial) -> Result<Ended, String> {
    trial.plan(schedule);
    let environment = practice::environment(lab.description());
    let playing = RUNTIME.block_on(async { lab.play(schedule) });
    let over = || format!("{} of {} had begun", RUNTIME.block_on(playing.end()).len(), schedule.0.len());
    let ended = desk.try_out("scripts/migrate_hcp.rhai", (&environment, lab.folder()), trial, over);
    trial.tell(&format!("requests: {:?}", lab.faults().calls()));
    let moved = ended.is_ok().then(|| RUNTIME.block_on(lab.moved()));
    for entry in lab.log().entries() {
        trial.tell(&format!("{} {}: {} ({})", entry.at, entry.who, entry.what, entry.why));
    }
    // Whatever else went wrong, nothing is worse than this.
    if !lab.overlaps().is_empty() {
        return Err(format!("both sides could write: {:?}", lab.overlaps()));
    }
    let secrets = secrets(lab);
    if trial.tells(&secrets) || desk.keeps(&secrets) {
        return Err("a secret was printed, or is kept with the run".to_owned());
    }
    let ended = ended?;
    match moved {
        Some(moved) if !moved.is_well() => Err(moved.to_string()),
        _ if !has_manifest(lab) => Err("the backup is lost".to_owned()),
        _ => Ok(ended),
    }
}

/// What must stand nowhere, whatever goes wrong: the key of the bucket, and what the pull secret holds.
fn secrets(lab: &Lab) -> Vec<String> {
    let credentials = std::fs::read_to_string(lab.folder().join("aws-credentials")).unwrap();
    let key = credentials.lines().find_map(|line| line.strip_prefix("aws_secret_access_key = ")).unwrap();
    let stores = [lab.source(), lab.destination()].map(|side| side.store().unwrap());
    let pull = stores.iter().filter_map(|store| store.get("secrets", "clusters", "pull-secret"));
    let pull = pull.filter_map(|found| found["data"][".dockerconfigjson"].as_str().map(str::to_owned));
    let all: Vec<String> = pull.chain([key.to_owned()]).collect();
    assert!(all.len() > 1 && all.iter().all(|secret| secret.len() > 20), "there is little to look for");
    all
}

/// Whether the folder of backups holds a whole one, which its manifest says.
fn has_manifest(lab: &Lab) -> bool {
    let mut folders = vec![lab.folder().join("backup")];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            if entry.file_name() == "manifest.json" {
                return true;
            }
            if entry.path().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    false
}
