//! A backup as the documented bash lays it out: raw objects, no manifest, nothing that it forgets.

use std::fs;

use crate::kit::{World, objects_of};
use drsh_lab::scenario::{HostedClusterPlan, Scenario};
use serde_json::Value;

/// The prefix of each kind's files, and where they lie.
const FILES: [(&str, &str, &str); 11] = [
    ("HostedCluster.hypershift.openshift.io", "clusters", "hc"),
    ("NodePool.hypershift.openshift.io", "clusters", "np"),
    ("Secret", "clusters", "secret"),
    ("Secret", "clusters-demo", "secret"),
    ("HostedControlPlane.hypershift.openshift.io", "clusters-demo", "hcp"),
    ("AWSMachineTemplate.infrastructure.cluster.x-k8s.io", "clusters-demo", "awsmt"),
    ("AWSMachine.infrastructure.cluster.x-k8s.io", "clusters-demo", "awsm"),
    ("MachineDeployment.cluster.x-k8s.io", "clusters-demo", "machinedeployment"),
    ("MachineSet.cluster.x-k8s.io", "clusters-demo", "machineset"),
    ("Machine.cluster.x-k8s.io", "clusters-demo", "machine"),
    ("Route.route.openshift.io", "clusters-demo", ""),
];

/// A world whose secrets have the names that the bash finds by their prefix.
fn prefixed() -> World {
    let small = Scenario::small();
    let hosted_cluster = HostedClusterPlan {
        pull_secret: "demo-pull-secret".to_owned(),
        ssh_key: "demo-ssh-key".to_owned(),
        etcd_encryption: Some("demo-etcd-key".to_owned()),
        trust_bundle: None,
        node_pool_config: None,
        ..small.hosted_cluster
    };
    World::of(Scenario { hosted_cluster, ..small })
}

/// Puts the objects of the source into the backup folder as `oc get -o yaml` prints them.
fn lay_out(world: &World) {
    fs::remove_dir_all(world.backup("")).unwrap();
    let write = |namespace: &str, name: &str, object: &Value| {
        let folder = world.backup(&format!("namespaces/{namespace}"));
        fs::create_dir_all(&folder).unwrap();
        assert!(object["metadata"]["uid"].is_string(), "not raw: {name}");
        fs::write(folder.join(format!("{name}.yaml")), serde_saphyr::to_string(object).unwrap()).unwrap();
    };
    for ((kind, namespace, name), object) in objects_of(&world.source()) {
        let known = FILES.iter().find(|(its, place, _)| *its == kind && *place == namespace);
        match (&*kind, known) {
            ("Cluster.cluster.x-k8s.io", _) => write(&namespace, "cl-demo", &object),
            ("AWSCluster.infrastructure.cluster.x-k8s.io", _) => write(&namespace, "awscl-demo", &object),
            ("Secret", Some(_)) if object["type"] == "kubernetes.io/service-account-token" => {}
            ("Secret", Some(_)) if namespace == "clusters" && !name.starts_with("demo") => {}
            (_, Some((_, _, prefix))) if !prefix.is_empty() => {
                write(&namespace, &format!("{prefix}-{name}"), &object);
            }
            _ => {}
        }
    }
}

/// The documented restore applies UIDs, statuses and dead owners, and adds its block again on every run
/// (F33, F98, H16, F54, F55).
#[test]
fn a_backup_of_the_bash_restores_with_the_override_and_a_rerun_adds_nothing() {
    let mut world = prefixed();
    world.run("backup_hcp").well();
    lay_out(&world);
    world.run("restore_hcp").stopped(1, &["no manifest.json", "set accept_unmanifested_backup = true"]);
    assert_eq!(world.hosted_cluster(&world.destination()), Value::Null);

    world.set("accept_unmanifested_backup", true);
    let printed = world.run("restore_hcp").well();
    assert!(printed.out.contains("whether it is whole was not checked"), "{printed}");
    let restored = world.hosted_cluster(&world.destination());
    let urls = |hosted: &Value| hosted["spec"]["etcd"]["managed"]["storage"]["restoreSnapshotURL"].clone();
    assert_eq!(urls(&restored).as_array().unwrap().len(), 1);
    world.run("verify_hcp").well();

    world.run("restore_hcp").well();
    let again = world.hosted_cluster(&world.destination());
    assert_eq!(again["metadata"]["uid"], restored["metadata"]["uid"]);
    assert_eq!(urls(&again), urls(&restored));
    assert_eq!(again["spec"], restored["spec"]);
}
