//! What the journal keeps of a run: each record is a wait for the disk, so that there may be no more than are needed.

use crate::kit::World;

/// The types of the records of a script's run, in their order.
fn records(world: &World, script: &str) -> Vec<String> {
    let printed = world.run_text(script).well();
    let journal = world.journal(&printed);
    journal.iter().map(|record| record["type"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_step_leaves_two_records_and_a_read_none_but_who_the_cluster_is() {
    let world = World::small();
    let script = r#"
        let home = cluster("source").namespace("clusters");
        for number in 0..5 {
            step(`X${number} look`).reads().run(|| oc_get(home, "hc/demo").metadata.name);
        }
    "#;
    let found = records(&world, script);
    let count = |kind: &str| found.iter().filter(|one| *one == kind).count();
    assert_eq!((count("step-started"), count("step-done")), (5, 5), "{found:?}");
    assert_eq!(count("identity"), 1, "who the cluster is, is kept once: {found:?}");
    assert_eq!(found.len(), 2 + 1 + 5 * 2, "beside the run's beginning and end: {found:?}");
}

#[test]
fn a_change_leaves_two_records_besides() {
    let world = World::small();
    let script = r#"
        step("X1 write").done_when(|| false).no_undo("it does no harm").run(|| {
            for number in 0..3 { folder_write_text(folder("backup"), `file-${number}`, "text"); }
        });
    "#;
    let found = records(&world, script);
    let count = |kind: &str| found.iter().filter(|one| *one == kind).count();
    assert_eq!(count("call-intended"), count("call-ended"), "{found:?}");
    assert!(count("call-intended") <= 3, "{found:?}");
    assert_eq!(found.len(), 2 + 2 + 2 * count("call-intended"), "{found:?}");
}
