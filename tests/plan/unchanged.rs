//! Nothing changes: every shipped script is planned in a world where it has something to do, and all is compared.

use drsh_lab::scenario::{Disaster, HostsPlan, StandalonePlan, StorageFault};

use super::whole::{self, Whole, differences};
use crate::kit::{Alone, OnHosts, Printed, World};

/// Fails if the plan did not end well, said too little, or anything is not as it was.
fn held(script: &str, printed: Printed, words: &[&str], before: &Whole, after: &Whole) {
    let printed = printed.well();
    for word in words {
        assert!(printed.out.contains(word), "{script} does not say: {word}\n{printed}");
    }
    assert!(printed.out.contains("; nothing was changed"), "{printed}");
    let found = differences(before, after);
    assert!(found.is_empty(), "{script} changed:\n{}\n{printed}", found.join("\n"));
}

fn plan(world: &World, script: &str, words: &[&str]) {
    let before = whole::of_world(world);
    assert!(before.len() > 100, "the world is empty");
    let environment = world.write_environment();
    let printed =
        world.start(vec!["plan".into(), format!("scripts/{script}.rhai"), "--env".into(), environment]);
    held(script, printed, words, &before, &whole::of_world(world));
}

#[test]
fn the_scripts_about_a_hosted_cluster_change_nothing_when_they_are_planned() {
    let world = World::small();
    let backup = [
        "B2 pause the hosted cluster",
        "+ spec.pausedUntil: \"true\"",
        "~ replicas: ",
        "put `cat` in pod etcd-0",
        "write namespaces/",
        "DESTROY  cluster source: delete routes",
    ];
    let to_the_end = [
        "DESTROY  cluster source: delete hostedclusters.hypershift.openshift.io/demo",
        "T8 keep the snapshots",
        "not known to their end, as they build on changes that a plan does not make:\n    R6a wait for etcd and check that its members are one cluster\n",
    ];
    plan(&world, "migrate_hcp", &[&backup[..], &to_the_end].concat());
    plan(&world, "backup_hcp", &backup);
    world.run("backup_hcp").well();
    plan(&world, "restore_hcp", &["apply Namespace/", "R6 restore the hosted cluster", "point of no return"]);
    world.run("restore_hcp").well();
    plan(&world, "verify_hcp", &["DESTROY  cluster hosted: delete pods/ovnkube-node-"]);
    world.run("verify_hcp").well();
    let ask = "here the run asks for approval: phase teardown deletes the objects of hosted cluster";
    plan(&world, "teardown_hcp", &[ask, "T3 delete machines", "DESTROY  cluster source: delete machines"]);
}

fn of_hosts(world: &OnHosts) -> Whole {
    let mut whole = Whole::new();
    whole::add_objects(&mut whole, "cluster", &world.store());
    whole::add_managers(&mut whole, "cluster", &world.store());
    for host in &world.lab().description().hosts {
        whole::add_host(&mut whole, &host.name, &world.files(&host.name));
    }
    whole::add_folder(&mut whole, "backup", &world.backups());
    whole::add_folder(&mut whole, "state", &world.state());
    whole
}

fn plan_on_hosts(world: &OnHosts, script: &str, words: &[&str]) {
    let before = of_hosts(world);
    assert!(before.len() > 100, "the world is empty");
    held(script, world.plan(script), words, &before, &of_hosts(world));
}

#[test]
fn the_scripts_about_hosts_change_nothing_when_they_are_planned() {
    let storage = Some(StorageFault::ALL.to_vec());
    let world = OnHosts::of(HostsPlan { disaster: Disaster::None, storage, ..HostsPlan::default() });
    plan_on_hosts(&world, "audit_storage", &["S1 find volumes", "0 changes"]);
    plan_on_hosts(&world, "backup_etcd", &["[\"/usr/local/bin/cluster-backup.sh\","]);
    world.run().well();
    let restore = [
        "here the run asks for approval: phase restore replaces the data of the whole cluster",
        "put etcd_",
        "as root, mode 0600",
        "start job restore-",
        "+ spec.unsupportedConfigOverrides.",
    ];
    plan_on_hosts(&world, "restore_cluster", &restore);
}

#[test]
fn recover_certificates_changes_nothing_when_it_is_planned() {
    let world = Alone::of(StandalonePlan::default());
    let of = || {
        let mut whole = Whole::new();
        whole::add_objects(&mut whole, "cluster", &world.lab().store().unwrap());
        whole::add_managers(&mut whole, "cluster", &world.lab().store().unwrap());
        whole::add_folder(&mut whole, "state", &world.state());
        whole
    };
    let before = of();
    let words =
        ["approve certificate signing request csr-", "+ status.conditions[Approved].status: \"True\""];
    held("recover_certificates", world.plan(), &words, &before, &of());
}
