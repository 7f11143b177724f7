//! The storage of a cluster after a restore: each fault is found and nothing else, and nothing is changed (S1 to S5, F96).

use std::collections::BTreeSet;

use drsh::environment::Mode;
use drsh_lab::apiserver::Store;
use drsh_lab::hosts::files::Meta;
use drsh_lab::scenario::{HostsPlan, StorageFault};
use serde_json::{Value, json};

use crate::kit::{OnHosts, Printed, steps_done};

const SCRIPT: &str = "scripts/audit_storage.rhai";
const CANARY: &str = "storage-password-canary";
const NOT_LOOKED_AT: &str = "S5 not_looked_at: workloads";

/// What is said of each fault, in the order of the faults: step, kind, place.
const FINDINGS: [(StorageFault, &[&str]); 12] = [
    (StorageFault::VolumeGone, &["S1 volume_gone: PersistentVolume pvc-gone"]),
    (StorageFault::AttachedElsewhere, &["S1 attached_elsewhere: PersistentVolume pvc-moved"]),
    (StorageFault::UnknownVolume, &["S1 unknown_volume: volume vol-0stranger"]),
    (StorageFault::AttachmentNodeGone, &["S1 node_gone: VolumeAttachment csi-left"]),
    (StorageFault::MultiAttach, &["S2 held_elsewhere: Pod shop/held"]),
    (
        StorageFault::CredentialsRejected,
        &[
            "S3 credentials: CSIDriver csi.trident.netapp.io",
            "S3 credentials: Pod trident/trident-controller",
        ],
    ),
    (
        StorageFault::CredentialsNotGranted,
        &["S3 credentials: CredentialsRequest openshift-cloud-credential-operator/aws-ebs-csi-driver"],
    ),
    (StorageFault::OperatorDegraded, &["S3 operator: ClusterOperator storage"]),
    (StorageFault::DriverMissing, &["S3 driver_missing: CSIDriver driver.longhorn.io"]),
    (StorageFault::DeviceGone, &["S4 device_gone: PersistentVolume local-pv-dead"]),
    (StorageFault::ClaimedDeviceGone, &["S4 device_gone: PersistentVolume local-pv-cache"]),
    (StorageFault::LinkGone, &["S4 link_gone: PersistentVolume local-pv-set-unlinked"]),
];

fn with(faults: &[StorageFault]) -> OnHosts {
    let plan = HostsPlan { control_plane: 1, storage: Some(faults.to_vec()), ..HostsPlan::default() };
    OnHosts::with(plan, SCRIPT)
}

fn store(world: &OnHosts) -> Store {
    world.lab().hosts().serving().remove(0).1
}

fn set(world: &mut OnHosts, parameter: &str, value: impl Into<toml::Value>) {
    world.environment.parameters.insert(parameter.to_owned(), value.into());
}

/// What was found, as the journal has it: step, kind, place.
fn found(world: &OnHosts, printed: &Printed) -> Vec<String> {
    let journal = world.journal(printed);
    let notes = journal.iter().filter(|one| one["type"] == "note").map(|one| one["text"].as_str().unwrap());
    let mut found: Vec<String> = notes
        .filter(|text| ["S1 ", "S2 ", "S3 ", "S4 ", "S5 "].iter().any(|id| text.starts_with(id)))
        .map(|text| text.splitn(3, ": ").take(2).collect::<Vec<_>>().join(": "))
        .collect();
    found.sort();
    found
}

/// What must be found of these faults, where no inventory is given.
fn expected(faults: &[StorageFault]) -> Vec<String> {
    let of_faults = FINDINGS.iter().filter(|(fault, _)| faults.contains(fault)).flat_map(|(_, said)| *said);
    let mut all: Vec<String> = of_faults.copied().chain([NOT_LOOKED_AT]).map(str::to_owned).collect();
    all.sort();
    all
}

/// Everything that storage consists of, in the API and on the hosts; not what controllers keep writing into pods and
/// workloads, nor what the control plane does by itself.
fn everything(world: &OnHosts) -> (Vec<Value>, Vec<(String, Meta)>) {
    const KINDS: [&str; 14] = [
        "persistentvolumes",
        "persistentvolumeclaims",
        "volumeattachments.storage.k8s.io",
        "storageclasses.storage.k8s.io",
        "csidrivers.storage.k8s.io",
        "csinodes.storage.k8s.io",
        "localvolumes.local.storage.openshift.io",
        "credentialsrequests.cloudcredential.openshift.io",
        "deployments.apps",
        "statefulsets.apps",
        "daemonsets.apps",
        "pods",
        "events",
        "secrets",
    ];
    const NAMESPACES: [&str; 5] = [
        "shop",
        "trident",
        "openshift-cluster-csi-drivers",
        "openshift-local-storage",
        "openshift-cloud-credential-operator",
    ];
    let store = store(world);
    let is_of_storage = |one: &Value| {
        one["metadata"]["namespace"].as_str().is_none_or(|namespace| NAMESPACES.contains(&namespace))
    };
    let all = KINDS.iter().flat_map(|kind| store.list(kind, ""));
    let mut objects: Vec<Value> = all.filter(is_of_storage).collect();
    for object in &mut objects {
        if ["Deployment", "StatefulSet", "DaemonSet", "Pod"].contains(&object["kind"].as_str().unwrap()) {
            object["status"] = Value::Null;
            object["metadata"]["resourceVersion"] = Value::Null;
            object["metadata"]["managedFields"] = Value::Null;
        }
    }
    let mut files = Vec::new();
    for host in ["worker-0", "worker-1"] {
        for folder in ["/mnt", "/dev", "/etc", "/home", "/var"] {
            files.extend(world.files(host).walk(folder).unwrap_or_default());
        }
    }
    (objects, files)
}

/// Checks that nothing was made, changed or taken away.
fn assert_same(before: &(Vec<Value>, Vec<(String, Meta)>), after: &(Vec<Value>, Vec<(String, Meta)>)) {
    let objects = before.0.iter().filter(|one| !after.0.contains(one));
    let new = after.0.iter().filter(|one| !before.0.contains(one));
    assert_eq!(objects.chain(new).map(Value::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    let files = before.1.iter().filter(|one| !after.1.contains(one));
    let new = after.1.iter().filter(|one| !before.1.contains(one));
    assert_eq!(files.chain(new).collect::<Vec<_>>(), Vec::<&(String, Meta)>::new());
}

/// The words with which a place was told.
fn told<'a>(printed: &'a Printed, place: &str) -> &'a str {
    let mark = format!(": {place}: ");
    let line = printed.out.lines().find(|line| line.contains(&mark));
    line.unwrap_or_else(|| panic!("nothing is said of {place}\n{printed}"))
}

#[test]
fn where_nothing_is_wrong_nothing_is_found() {
    let world = with(&[]);
    let printed = world.run().well();
    assert_eq!(found(&world, &printed), [NOT_LOOKED_AT], "{printed}");
    assert!(printed.out.contains("0 findings: S1 0, S2 0, S3 0, S4 0, S5 0; not looked at: 1"), "{printed}");
    assert_eq!(steps_done(&world.journal(&printed)), ["S1", "S2", "S3", "S4", "S5"]);
}

#[test]
fn each_fault_alone_is_found_and_nothing_else() {
    assert_eq!(FINDINGS.map(|(fault, _)| fault), StorageFault::ALL);
    for fault in StorageFault::ALL {
        let world = with(&[fault]);
        let printed = world.run().well();
        assert_eq!(found(&world, &printed), expected(&[fault]), "{fault:?}\n{printed}");
        for (planted, objects) in world.lab().storage_faults() {
            assert!(objects.iter().all(|object| !told(&printed, object).is_empty()), "{planted:?}");
        }
    }
}

/// With targets that let nothing be changed, so that an attempt would stop it; and beside that by comparison.
#[test]
fn all_faults_together_are_found_and_nothing_is_changed() {
    let mut world = with(&StorageFault::ALL);
    world.environment.clusters.get_mut("cluster").unwrap().mode = Mode::ReadOnly;
    for host in world.environment.hosts.values_mut() {
        host.mode = Mode::ReadOnly;
    }
    set(&mut world, "clean_up", false);
    let before = everything(&world);
    let printed = world.run().well();
    assert_eq!(found(&world, &printed), expected(&StorageFault::ALL), "{printed}");
    assert_same(&before, &everything(&world));
    assert!(!world.backups().exists());
}

#[test]
fn a_finding_says_what_where_why_and_what_to_do() {
    let world = with(&StorageFault::ALL);
    let printed = world.run().well();
    for (place, words) in [
        (
            "PersistentVolume pvc-gone",
            "vol-0gone, claimed by shop/gone, is gone: VolumeAttachment csi-gone for node worker-0 says \"rpc error",
        ),
        (
            "PersistentVolume pvc-moved",
            "attached to worker-1 by the node's own status, and VolumeAttachment csi-moved says worker-0; make sure",
        ),
        (
            "volume vol-0stranger",
            "worker-1 has it attached through ebs.csi.aws.com, and no PersistentVolume names it",
        ),
        ("VolumeAttachment csi-left", "attaches pvc-left to worker-00, and there is no such node"),
        (
            "Pod shop/held",
            "on worker-1 it waits for claim shop/held, volume pvc-held (vol-0held); node worker-0 has it (VolumeAttachment csi-held)",
        ),
        (
            "CSIDriver csi.trident.netapp.io",
            "is refused with code = Unauthenticated (2 complaints); its credentials are not accepted",
        ),
        ("ClusterOperator storage", "Degraded is True: \"AWSEBSCSIDriverOperatorCRDegraded"),
        ("CSIDriver driver.longhorn.io", "no node has it, and it is needed by pvc-legacy"),
        (
            "PersistentVolume local-pv-dead",
            "on worker-0 its path /mnt/local-storage/localblock/dead leads to /dev/disk/by-id/dead, which is gone",
        ),
        ("PersistentVolume local-pv-cache", "delete the claim shop/cache first"),
    ] {
        assert!(told(&printed, place).contains(words), "{place}: {words}\n{printed}");
    }
    assert!(printed.out.contains("13 findings: S1 4, S2 1, S3 5, S4 3, S5 0; not looked at: 1"), "{printed}");
}

/// Drivers repeat passwords in what they say; of such words the audit repeats only the one that it knows.
#[test]
fn what_drivers_say_of_their_credentials_is_not_repeated() {
    let world = with(&[StorageFault::CredentialsRejected]);
    let Printed { out, err, run, seen, .. } = world.run().well();
    let journal =
        std::fs::read_to_string(world.state().join("runs").join(run).join("journal.jsonl")).unwrap();
    for text in seen.iter().chain([&out, &err, &journal]) {
        assert!(!text.contains(CANARY), "the driver's password is in\n{text}");
    }
}

#[test]
fn volumes_of_nodes_whose_host_is_not_declared_or_does_not_answer_are_named_and_not_called_good() {
    let mut world = with(&[StorageFault::DeviceGone, StorageFault::LinkGone]);
    set(&mut world, "node_hosts", vec!["worker-1"]);
    let printed = world.run().well();
    let unseen: Vec<String> = ["cache0", "dead", "dead0"]
        .map(|name| format!("S4 not_looked_at: PersistentVolume local-pv-{name}"))
        .to_vec();
    let here = "S4 link_gone: PersistentVolume local-pv-set-unlinked".to_owned();
    let all: BTreeSet<String> = unseen.into_iter().chain([here, NOT_LOOKED_AT.to_owned()]).collect();
    assert_eq!(found(&world, &printed).into_iter().collect::<BTreeSet<_>>(), all, "{printed}");
    assert!(told(&printed, "PersistentVolume local-pv-dead").contains("no declared host is node worker-0"));
    assert!(printed.out.contains("1 findings") && printed.out.contains("not looked at: 4"), "{printed}");

    set(&mut world, "node_hosts", vec!["worker-0", "worker-1"]);
    world.host("worker-0").turn_off();
    let printed = world.run().well();
    assert_eq!(found(&world, &printed).into_iter().collect::<BTreeSet<_>>(), all, "{printed}");
    let words = "no declared host is node worker-0 (answers: worker-1, without an answer: worker-0: ";
    assert!(told(&printed, "PersistentVolume local-pv-dead").contains(words), "{printed}");
}

/// A list cannot mix hosts up: what counts is the name that a host gives itself.
#[test]
fn a_declared_host_is_asked_which_node_it_is() {
    let mut world = with(&[StorageFault::DeviceGone]);
    let hosts = &mut world.environment.hosts;
    let (one, other) = (hosts.remove("worker-0").unwrap(), hosts.remove("worker-1").unwrap());
    hosts.insert("worker-0".to_owned(), other);
    hosts.insert("worker-1".to_owned(), one);
    let printed = world.run().well();
    assert_eq!(found(&world, &printed), expected(&[StorageFault::DeviceGone]), "{printed}");
    assert!(told(&printed, "PersistentVolume local-pv-dead").contains("on worker-1 its path"), "{printed}");
}

fn attach_error(world: &OnHosts, name: &str, message: &str) {
    let error = json!({"time": "2026-01-01T00:00:00Z", "message": message});
    let status = json!({"attached": false, "attachError": error});
    let change = |one: &mut Value| one["status"] = status;
    store(world).change("volumeattachments.storage.k8s.io", "", name, change).unwrap();
}

/// A missing machine, and a missing volume whose identifier begins the same, are not this volume.
#[test]
fn a_volume_counts_as_gone_only_if_the_very_one_is_named() {
    let world = with(&[]);
    attach_error(
        &world,
        "csi-orders",
        "could not attach volume \"vol-0orders\" to node \"i-1\": InvalidInstanceID.NotFound: The instance ID 'i-1' does not exist",
    );
    attach_error(&world, "csi-moved0", "rpc error: code = NotFound desc = volume vol-0moved01 not found");
    attach_error(&world, "csi-held0", "rpc error: code = NotFound desc = volume vol-0held0 not found");
    let printed = world.run().well();
    let wanted = [
        "S1 cannot_attach: VolumeAttachment csi-moved0",
        "S1 cannot_attach: VolumeAttachment csi-orders",
        "S1 volume_gone: PersistentVolume pvc-held0",
        NOT_LOOKED_AT,
    ];
    assert_eq!(found(&world, &printed), wanted, "{printed}");
}

fn waiting_pod(world: &OnHosts, name: &str, claim: &str, message: &str) {
    world.lab().hosts().setup().faults.switch_on(&format!("kubelet: {name} pods never start"));
    let pod = json!({
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "nodeName": "worker-1", "containers": [{"name": "app", "image": "registry.lab/app:1"}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}],
        },
        "status": {"phase": "Pending"},
    });
    let pod = store(world).create("pods", "shop", pod).unwrap();
    let event = json!({
        "metadata": {"name": format!("{name}.1")}, "type": "Warning", "reason": "FailedMount", "message": message,
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": name, "uid": pod["metadata"]["uid"]},
    });
    store(world).create("events", "shop", event).unwrap();
}

#[test]
fn a_pod_that_is_told_nothing_but_that_time_is_up_is_judged_by_who_has_its_volume() {
    const LATE: &str =
        "Unable to attach or mount volumes: unmounted volumes=[data]: timed out waiting for the condition";
    let world = with(&[]);
    // worker-0 has both; what several nodes may have at a time is not withheld by it.
    let several = |one: &mut Value| one["spec"]["accessModes"] = json!(["ReadWriteMany"]);
    store(&world).change("persistentvolumes", "", "pvc-moved0", several).unwrap();
    // A container that was made got its volumes; that this one was told so is over.
    waiting_pod(&world, "over", "gone0", LATE);
    let begun = |one: &mut Value| {
        one["status"]["initContainerStatuses"] = json!([{"name": "first", "ready": false, "restartCount": 0,
            "image": "", "imageID": "", "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}]);
    };
    store(&world).change("pods", "shop", "over", begun).unwrap();
    // What an earlier pod of the same name was told.
    waiting_pod(&world, "quiet", "held0", LATE);
    let of_another = |one: &mut Value| one["involvedObject"]["uid"] = json!("4711");
    store(&world).change("events", "shop", "quiet.1", of_another).unwrap();
    waiting_pod(&world, "late", "orders", LATE);
    waiting_pod(&world, "unclear", "moved0", LATE);
    let printed = world.run().well();
    let wanted = ["S2 held_elsewhere: Pod shop/late", "S2 waits: Pod shop/unclear", NOT_LOOKED_AT];
    assert_eq!(found(&world, &printed), wanted, "{printed}");
}

#[test]
fn an_inventory_from_before_tells_what_came_back_and_what_was_lost() {
    let mut world = with(&[]);
    set(&mut world, "inventory", "before.json");
    set(&mut world, "take_inventory", true);
    let before = everything(&world);
    let printed = world.run().well();
    assert_eq!(steps_done(&world.journal(&printed)), ["S5a", "S5b"]);
    assert_same(&before, &everything(&world));
    world.run().stopped(1, &["the backup folder holds before.json already", "no inventory is overwritten"]);

    set(&mut world, "take_inventory", false);
    // What the cluster's own operators make meanwhile is none of the users'.
    let of_users = |found: Vec<String>| -> Vec<String> {
        found.into_iter().filter(|one| one.contains(" shop/")).collect()
    };
    let printed = world.run().well();
    assert!(of_users(found(&world, &printed)).is_empty(), "{printed}");

    let store = store(&world);
    store.delete("deployments.apps", "shop", "shelf").unwrap();
    store.delete("persistentvolumeclaims", "shop", "legacy0").unwrap();
    let mut set_of_two = store.get("statefulsets.apps", "shop", "db").unwrap();
    set_of_two["metadata"] = json!({"name": "db0"});
    set_of_two["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]);
    store.create("statefulsets.apps", "shop", set_of_two).unwrap();
    // The one belongs to the stateful set; the other only looks like it.
    for name in ["data-db0-0", "data-db0-x"] {
        let claim = json!({"metadata": {"name": name}, "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
        store.create("persistentvolumeclaims", "shop", claim).unwrap();
    }
    let printed = world.run().well();
    let wanted = [
        "S5 came_back: PersistentVolumeClaim shop/data-db0-x",
        "S5 came_back: StatefulSet shop/db0",
        "S5 lost: Deployment shop/shelf",
        "S5 lost: PersistentVolumeClaim shop/legacy0",
    ];
    assert_eq!(of_users(found(&world, &printed)), wanted, "{printed}");
}

#[test]
fn the_inventory_of_another_cluster_is_refused() {
    let (mut one, mut other) = (with(&[]), with(&[]));
    for world in [&mut one, &mut other] {
        set(world, "inventory", "before.json");
        set(world, "take_inventory", true);
    }
    one.run().well();
    std::fs::create_dir_all(other.backups()).unwrap();
    std::fs::copy(one.backups().join("before.json"), other.backups().join("before.json")).unwrap();
    set(&mut other, "take_inventory", false);
    other.run().stopped(3, &["before.json is the inventory of another cluster"]);
    std::fs::write(other.backups().join("before.json"), "[]").unwrap();
    other.run().stopped(1, &["before.json is no inventory"]);
}
