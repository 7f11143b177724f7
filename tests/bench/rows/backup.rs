//! The objects of a hosted cluster, backed up from a real API server: against one `kubectl get` a process, and in
//! requests against the least that pages and kinds allow.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use drsh::cli::practice;
use drsh_lab::scenario::Scenario;
use drsh_lab::world::Lab;
use drsh_real::{RealGround, programs};
use tokio::runtime::Runtime;

use crate::measure;
use crate::place::started_in;
use crate::row::Row;

/// How many objects the documented way is measured on at most; the rest is reckoned.
const SAMPLE: usize = 100;

/// How many objects a page holds.
const PAGE: usize = 500;

/// The objects of B8, by the shipped modules, in a step as the shipped script has it.
pub const SCRIPT: &str = r#"
    import "backup" as backup;
    import "job" as job;
    step("B8 back up the objects").done_when(|| false).no_undo("files are kept").run(|| {
        backup::write_objects(job::from_environment()).len()
    });
"#;

/// With this many secrets beside the control plane's own, drsh must be faster by `reach` times.
pub fn sized(secrets: u32, reach: f64) -> Vec<Row> {
    let what = format!("back up a hosted cluster with {secrets} secrets");
    let (folder, runtime) = (tempfile::tempdir().unwrap(), Runtime::new().unwrap());
    let ground = RealGround::find(&what, folder.path().join("ground"));
    let (Some(ground), Some(kubectl)) = (ground, programs::find("kubectl")) else {
        return vec![Row::absent(&what, "tests/real/build has not built the real servers")];
    };
    let scenario = Scenario { speed: 600.0, secrets, ..Scenario::small() };
    let lab = runtime.block_on(Lab::start_on(&ground, scenario, &folder.path().join("lab"))).unwrap();
    let place = lab.description().folder.clone();
    practice::write_environment(lab.description()).unwrap();
    std::fs::write(place.join("objects.rhai"), SCRIPT).unwrap();
    let kept = place.join("backup");

    let mut own = || {
        // Nothing may be there before: the files are made, not replaced.
        let _ = std::fs::remove_dir_all(&kept);
        measure::run(&mut started_in(&place, folder.path(), &["objects.rhai"]))
    };
    own();
    let namespace = lab.description().hosted_cluster.control_plane_namespace.clone();
    let names = secrets_in(&kept.join("namespaces").join(&namespace));
    let (files, kubeconfig) = (count(&kept), lab.description().source.kubeconfig.clone());
    let copies = folder.path().join("copies");
    std::fs::create_dir(&copies).unwrap();
    let sample = &names[..names.len().min(SAMPLE)];
    let rounds = if secrets > 1000 { 1 } else { 3 };
    let mut theirs = || {
        let begun = Instant::now();
        for name in sample {
            let mut command = Command::new(&kubectl);
            command
                .arg("--kubeconfig")
                .arg(&kubeconfig)
                .args(["get", "secret", name, "-n", &namespace, "-o", "yaml"]);
            let file = File::create(copies.join(name)).unwrap();
            assert!(command.stdin(Stdio::null()).stdout(file).status().unwrap().success());
        }
        begun.elapsed().mul_f64(files as f64 / sample.len() as f64)
    };
    let [own, theirs] = measure::in_turns(rounds, [&mut own, &mut theirs]);
    runtime.block_on(lab.stop());
    let each = if files > sample.len() { format!(", {} measured", sample.len()) } else { String::new() };
    let against = format!("{files} times `kubectl get`{each}");
    vec![Row::ahead(&format!("{what} ({files} objects)"), own, (&against, theirs), reach), requests(secrets)]
}

/// The same on the lab, which counts what it is asked.
fn requests(secrets: u32) -> Row {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), Runtime::new().unwrap());
    let scenario = Scenario { speed: 600.0, secrets, ..Scenario::small() };
    let lab = runtime.block_on(practice::start(scenario, &folder.path().join("lab"))).unwrap();
    let place = lab.description().folder.clone();
    practice::write_environment(lab.description()).unwrap();
    std::fs::write(place.join("objects.rhai"), SCRIPT).unwrap();
    let source = lab.source().name().to_owned();
    let asked = || lab.faults().calls().get(&source).copied().unwrap_or_default();
    let before = asked();
    measure::run(&mut started_in(&place, folder.path(), &["objects.rhai"]));
    let asked = asked() - before;
    let in_plane = lab
        .source()
        .store()
        .unwrap()
        .list("secrets", &lab.description().hosted_cluster.control_plane_namespace);
    let pages = in_plane.len().div_ceil(PAGE) as u64;
    runtime.block_on(lab.stop());
    // Two namespaces, the hosted cluster, its pools, secrets and configmaps at home, nine kinds beside its control plane.
    let least = 2 + 1 + 1 + 2 + 9 + pages;
    Row::counted(&format!("API requests of that, {secrets} secrets"), asked, ("pages and kinds", least), 1.2)
}

/// The names of the secrets among the files of a backup.
fn secrets_in(folder: &Path) -> Vec<String> {
    let files =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    files.filter_map(|name| Some(name.strip_prefix("secret-")?.strip_suffix(".yaml")?.to_owned())).collect()
}

/// How many files lie under a folder.
fn count(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
}

/// How long the program took for the objects of a world, how many there were, and its peak in KiB.
pub fn weigh(scenario: Scenario) -> (Duration, usize, u64) {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), Runtime::new().unwrap());
    let lab = runtime.block_on(practice::start(scenario, &folder.path().join("lab"))).unwrap();
    let place = lab.description().folder.clone();
    practice::write_environment(lab.description()).unwrap();
    std::fs::write(place.join("objects.rhai"), SCRIPT).unwrap();
    let (took, peak) = measure::run_and_weigh(&mut started_in(&place, folder.path(), &["objects.rhai"]));
    runtime.block_on(lab.stop());
    (took, count(&place.join("backup")), peak)
}
