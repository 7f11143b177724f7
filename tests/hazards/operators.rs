//! One operator at a time: who changes a cluster holds it, and others are told who.

use std::sync::mpsc;
use std::time::Instant;

use drsh_lab::faults::Fault;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::kit::{LONG, Printed, World, ended, started};

/// A script that changes the source once, and ends when the test lets it.
const HOLDS: &str = r#"fn main() {
    let source = cluster("source").namespace("default");
    step("X1 change").no_undo("an example").run(|| {
        oc_create(source, #{ apiVersion: "v1", kind: "ConfigMap", metadata: #{ name: "mine" } }).metadata.name
    });
    step("X2 wait").reads().run(|| {
        oc_wait(source, "configmap/enough", "is there", minutes(5), |object| object != ()); "enough"
    });
}"#;

fn lease(world: &World) -> Option<Value> {
    world.source().get("leases.coordination.k8s.io", "kube-system", "drsh")
}

/// Somebody else's lease, renewed so many seconds ago.
fn held_by(world: &World, holder: &str, seconds_ago: i64) {
    let renewed = Timestamp::now() - SignedDuration::from_secs(seconds_ago);
    let lease = json!({
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": { "name": "drsh", "namespace": "kube-system" },
        "spec": {
            "holderIdentity": holder,
            "leaseDurationSeconds": 60,
            "renewTime": format!("{renewed:.6}"),
        },
    });
    world.source().create("leases.coordination.k8s.io", "kube-system", lease).unwrap();
}

/// The bash of two operators runs side by side, and each undoes what the other does.
#[test]
fn a_migration_that_another_operator_carries_out_is_not_begun_a_second_time() {
    let world = World::small();
    held_by(&world, "0badcafe migrate_hcp.rhai by anna@bastion", 5);
    let before = world.image();
    let words = [
        "cluster source is held by run 0badcafe migrate_hcp.rhai by anna@bastion, which renewed its lease ",
        "resume it where it was begun (`drsh resume 0badcafe`)",
        "--take-over",
    ];
    let printed = world.run("backup_hcp").stopped(3, &words);
    let after = world.image();
    assert_eq!(before.records, after.records, "{printed}");
    assert_eq!(world.hosted_cluster(&world.source())["spec"].get("pausedUntil"), None, "{printed}");
}

#[test]
fn a_cluster_is_taken_over_by_explicit_word_which_is_recorded_and_given_back_at_the_end() {
    let world = World::small();
    held_by(&world, "0badcafe migrate_hcp.rhai by anna@bastion", 5);
    let printed = world.run_with("backup_hcp", &["--take-over"]).well();
    let taken: Vec<Value> = world
        .journal(&printed)
        .into_iter()
        .filter(|record| record["type"] == "lease-taken" && record["cluster"] == "source")
        .collect();
    assert_eq!(taken[0]["from"], "0badcafe migrate_hcp.rhai by anna@bastion");
    assert_eq!(taken[0]["because"], "the operator asked to take it over");
    assert!(printed.out.contains("cluster source was taken over from run 0badcafe"), "{printed}");
    assert_eq!(lease(&world), None, "the lease was not given back");
}

/// Whoever is thought dead and is not must not go on beside who took over, nor after.
#[test]
fn a_run_whose_cluster_was_taken_over_changes_nothing_there_any_more() {
    let world = World::small();
    let file = world.place().join("holds.rhai");
    let more = r#"    step("X3 change again").no_undo("an example").done_when(|| oc_find(source, "configmap/late") != ()).run(|| {
        oc_create(source, #{ apiVersion: "v1", kind: "ConfigMap", metadata: #{ name: "late" } }).metadata.name
    });
}"#;
    std::fs::write(&file, format!("{}{more}", HOLDS.strip_suffix('}').unwrap())).unwrap();
    let arguments = [file.display().to_string(), "--env".to_owned(), world.write_environment()];
    let first = started(&arguments, world.place(), &world.state());
    until("the first run to have changed something", || has(&world, "mine"));

    // The state of another machine: nobody there can see that the first run lives.
    let taker = world.place().join("takes.rhai");
    std::fs::write(&taker, HOLDS.replace("mine", "others").replace("\"X2 wait\"", "\"X2 look\"")).unwrap();
    let second = started(
        &[taker.display().to_string(), "--env".to_owned(), arguments[2].clone(), "--take-over".to_owned()],
        world.place(),
        &world.place().join("state-of-another"),
    );
    until("the second run to have changed something", || has(&world, "others"));
    let enough = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "enough", "namespace": "default"}});
    world.source().create("configmaps", "default", enough).unwrap();
    let (first, second) = (ended(first), ended(second));
    assert_eq!(second.code, 0, "{second}");
    let words =
        ["cluster source is held by run ", "it was taken from this run", "look at what the other run did"];
    let first = first.stopped(3, &words);
    assert!(!has(&world, "late"), "{first}");
    // The operator looks, and decides that it is still wanted.
    world.resume(&first).well();
    assert!(has(&world, "late"));
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let patience = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < patience, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

fn has(world: &World, name: &str) -> bool {
    world.source().get("configmaps", "default", name).is_some()
}

#[test]
fn a_lease_that_expired_long_ago_keeps_nobody_off() {
    let world = World::small();
    held_by(&world, "0badcafe migrate_hcp.rhai by anna@bastion", 3600);
    let printed = world.run("backup_hcp").well();
    assert!(printed.out.contains("by anna@bastion: it had expired"), "{printed}");
}

/// After a crash nobody should have to wait for a lease to expire: on the same machine it shows that nobody is there.
#[test]
fn a_run_that_was_killed_keeps_neither_its_own_resume_nor_a_new_run_off() {
    let world = World::small();
    let killed = world.kill_after("backup_hcp", "B2 pause the hosted cluster");
    let holder = lease(&world).unwrap()["spec"]["holderIdentity"].clone();
    assert!(holder.as_str().unwrap().starts_with(&killed.run), "{holder}");
    let other = world.run_text(r#"fn main() {
        let source = cluster("source").namespace("default");
        step("X1 change").no_undo("an example").run(|| {
            oc_create(source, #{ apiVersion: "v1", kind: "ConfigMap", metadata: #{ name: "mine" } }).metadata.name
        });
    }"#);
    let other = other.well();
    assert!(other.out.contains("nobody carries that run out any more"), "{other}");
    world.resume(&killed).well();
}

/// Who may not have a lease must be able to rescue a cluster nevertheless.
#[test]
fn an_account_that_may_have_no_lease_is_told_so_and_goes_on() {
    let world = World::small();
    world.strike("source", "", "/leases/drsh", Fault::Status(403), None);
    let printed = world.run("backup_hcp").well();
    assert_eq!(printed.out.matches("nobody else is kept off cluster source").count(), 1, "{printed}");
}

/// A webhook that nobody answers for refuses every object, and the lease with them: that must not stop a rescue.
#[test]
fn a_server_that_writes_no_lease_does_not_stop_a_run() {
    let world = World::small();
    world.strike("source", "POST", "/leases", Fault::Status(500), None);
    let printed = world.run("backup_hcp").well();
    assert_eq!(printed.out.matches("nobody else is kept off cluster source").count(), 1, "{printed}");
}

/// A hundred start the same at the same moment: one works, the others say who does.
#[test]
fn of_a_hundred_who_start_at_once_one_works_and_the_others_say_who() {
    let world = World::small();
    let file = world.place().join("holds.rhai");
    std::fs::write(&file, HOLDS).unwrap();
    let environment = world.write_environment();
    let arguments = [file.display().to_string(), "--env".to_owned(), environment];
    let (ends, ended_ones) = mpsc::channel();
    for _ in 0..100 {
        let (child, ends) = (started(&arguments, world.place(), &world.state()), ends.clone());
        std::thread::spawn(move || ends.send(ended(child)));
    }
    let refused: Vec<Printed> = ended_ones.iter().take(99).collect();
    let winner = lease(&world).unwrap()["spec"]["holderIdentity"].as_str().unwrap().to_owned();
    let enough = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "enough", "namespace": "default" } });
    world.source().create("configmaps", "default", enough).unwrap();
    let last = ended_ones.recv().unwrap().well();
    assert_eq!(winner.split_whitespace().next(), Some(last.run.as_str()));
    for printed in refused {
        printed.stopped(3, &[&format!("cluster source is held by run {winner}, which renewed its lease ")]);
    }
}
