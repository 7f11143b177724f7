//! The clean-up of local volumes whose device is gone: what it takes away, what it leaves, undone, and resumed (S4).

use drsh_lab::apiserver::Store;
use drsh_lab::scenario::{HostsPlan, StorageFault};
use serde_json::{Value, json};

use crate::kit::{OnHosts, steps_done};

const SCRIPT: &str = "scripts/audit_storage.rhai";
const LINKS: &str = "/mnt/local-storage/localblock";
const DEVICES: &str = "/dev/disk/by-id";
const FAULTS: [StorageFault; 3] =
    [StorageFault::DeviceGone, StorageFault::ClaimedDeviceGone, StorageFault::LinkGone];

/// A cluster whose clean-up is asked for, and approved or not.
fn with(faults: &[StorageFault], approved: bool) -> OnHosts {
    let plan = HostsPlan { control_plane: 1, storage: Some(faults.to_vec()), ..HostsPlan::default() };
    let mut world = OnHosts::with(plan, SCRIPT);
    world.environment.parameters.insert("clean_up".to_owned(), true.into());
    if approved {
        world.approved = vec!["clean_up"];
    }
    world
}

fn store(world: &OnHosts) -> Store {
    world.lab().hosts().serving().remove(0).1
}

/// The local volumes, by name, each with its specification.
fn volumes(world: &OnHosts) -> Vec<(String, Value)> {
    let all = store(world).list("persistentvolumes", "");
    let local = all.into_iter().filter(|one| one["spec"]["local"].is_object());
    local.map(|one| (one["metadata"]["name"].as_str().unwrap().to_owned(), one["spec"].clone())).collect()
}

fn names(world: &OnHosts) -> Vec<String> {
    volumes(world).into_iter().map(|(name, _)| name).collect()
}

/// The links on a host.
fn links(world: &OnHosts, host: &str) -> Vec<String> {
    world.files(host).list(LINKS).unwrap().into_iter().map(|(name, _)| name).collect()
}

/// The devices that the `LocalVolume` names.
fn paths(world: &OnHosts) -> Vec<String> {
    let local = store(world).list("localvolumes.local.storage.openshift.io", "").remove(0);
    let paths = local["spec"]["storageClassDevices"][0]["devicePaths"].as_array().unwrap().clone();
    let short = |path: Value| path.as_str().unwrap().strip_prefix("/dev/disk/by-id/").unwrap().to_owned();
    paths.into_iter().map(short).collect()
}

fn set_paths(world: &OnHosts, names: &[&str]) {
    let paths: Vec<String> = names.iter().map(|name| format!("{DEVICES}/{name}")).collect();
    let change = |one: &mut Value| one["spec"]["storageClassDevices"][0]["devicePaths"] = json!(paths);
    let store = store(world);
    store
        .change("localvolumes.local.storage.openshift.io", "openshift-local-storage", "disks", change)
        .unwrap();
}

const ALL: [&str; 6] = [
    "local-pv-cache",
    "local-pv-cache0",
    "local-pv-dead",
    "local-pv-dead0",
    "local-pv-set-unlinked",
    "local-pv-set-unlinked0",
];
const LEFT: [&str; 4] = ["local-pv-cache", "local-pv-cache0", "local-pv-dead0", "local-pv-set-unlinked0"];

/// Checks that what named the devices that are gone is gone, and all else is there.
fn assert_clean(world: &OnHosts) {
    assert_eq!(names(world), LEFT);
    assert_eq!(links(world, "worker-0"), ["cache", "cache0", "dead0"]);
    assert_eq!(links(world, "worker-1"), ["set-unlinked0"]);
    assert_eq!(paths(world), ["dead0", "cache0", "cache"]);
}

/// Checks that nothing was taken away.
fn assert_untouched(world: &OnHosts) {
    assert_eq!(names(world), ALL);
    assert_eq!(links(world, "worker-0"), ["cache", "cache0", "dead", "dead0"]);
    assert_eq!(paths(world), ["dead0", "cache0", "dead", "cache"]);
}

#[test]
fn without_approval_nothing_is_taken_away() {
    let world = with(&FAULTS, false);
    world.run().stopped(3, &["clean_up"]);
    assert_untouched(&world);
}

#[test]
fn what_names_a_device_that_is_gone_is_taken_away_unless_a_claim_holds_it() {
    let world = with(&FAULTS, true);
    let printed = world.run().well();
    assert_clean(&world);
    let journal = world.journal(&printed);
    let steps = steps_done(&journal);
    assert_eq!(steps[5..], ["S4a", "S4b", "S4c", "S4a"], "{printed}");
    assert!(
        printed
            .out
            .contains("LocalVolumeSet openshift-local-storage/disks, which local-pv-set-unlinked comes from")
    );
    // There is nothing more to do, and nothing more to approve.
    let mut again = world;
    again.approved.clear();
    again.run().well();
    assert_clean(&again);
}

#[test]
fn what_was_taken_away_is_put_back() {
    let world = with(&FAULTS, true);
    let before = volumes(&world);
    let printed = world.run().well();
    world.go_back(&printed.run).well();
    assert_eq!(volumes(&world), before);
    let target = world.files("worker-0").link_meta(&format!("{LINKS}/dead")).unwrap().kind;
    assert!(format!("{target:?}").contains("/dev/disk/by-id/dead"), "{target:?}");
    assert_eq!(paths(&world), ["dead0", "cache0", "cache", "dead"]);
    assert_eq!(links(&world, "worker-1"), ["set-unlinked0"], "a link was made that was not there before");
}

#[test]
fn a_clean_up_that_was_killed_goes_on() {
    let steps = [
        "S4a delete the volume: local-pv-dead",
        "S4b remove the link on the host: local-pv-dead",
        "S4c take the device out of its LocalVolume: local-pv-dead",
    ];
    for step in steps {
        let world = with(&FAULTS, true);
        let run = world.kill_after(step);
        world.resume(&run).well();
        assert_clean(&world);
    }
}

/// The approval may come hours after the look.
#[test]
fn a_device_that_is_back_when_the_approval_comes_keeps_its_volume() {
    let mut world = with(&[StorageFault::DeviceGone], false);
    let printed = world.run().stopped(3, &["clean_up"]);
    world.files("worker-0").write(&format!("{DEVICES}/dead"), b"").unwrap();
    world.approved = vec!["clean_up"];
    let words = ["/mnt/local-storage/localblock/dead on worker-0 leads to a device again", "audit anew"];
    world.resume(&printed.run).stopped(1, &words);
    assert!(names(&world).contains(&"local-pv-dead".to_owned()));
    assert!(links(&world, "worker-0").contains(&"dead".to_owned()));
}

#[test]
fn a_volume_that_was_claimed_when_the_approval_comes_stays() {
    let mut world = with(&[StorageFault::DeviceGone], false);
    let printed = world.run().stopped(3, &["clean_up"]);
    let bind = |one: &mut Value| one["status"]["phase"] = json!("Bound");
    store(&world).change("persistentvolumes", "", "local-pv-dead", bind).unwrap();
    world.approved = vec!["clean_up"];
    world.resume(&printed.run).stopped(1, &["PersistentVolume local-pv-dead is bound again"]);
    assert!(names(&world).contains(&"local-pv-dead".to_owned()));
}

/// Nodes of one `LocalVolume` can have devices of the same path.
#[test]
fn the_path_of_a_device_stays_while_another_node_has_it() {
    let world = with(&[StorageFault::DeviceGone], true);
    let mut twin = store(&world).get("persistentvolumes", "", "local-pv-dead0").unwrap();
    twin["metadata"] = json!({"name": "local-pv-twin", "labels": twin["metadata"]["labels"]});
    twin["spec"]["local"]["path"] = json!(format!("{LINKS}/twin"));
    let rule = &mut twin["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0];
    rule["values"] = json!(["worker-1"]);
    store(&world).create("persistentvolumes", "", twin).unwrap();
    let files = world.files("worker-1");
    files.write(&format!("{DEVICES}/dead"), b"").unwrap();
    files.make_link(&format!("{LINKS}/twin"), &format!("{DEVICES}/dead")).unwrap();
    let printed = world.run().well();
    assert!(!names(&world).contains(&"local-pv-dead".to_owned()), "{printed}");
    assert!(links(&world, "worker-1").contains(&"twin".to_owned()));
    assert!(paths(&world).contains(&"dead".to_owned()), "{printed}");
}

#[test]
fn the_path_of_a_device_stays_while_a_node_was_not_looked_at() {
    let mut world = with(&[StorageFault::DeviceGone], true);
    world.environment.parameters.insert("node_hosts".to_owned(), vec!["worker-0"].into());
    let mut far = store(&world).get("persistentvolumes", "", "local-pv-set-unlinked0").unwrap();
    far["metadata"] = json!({"name": "local-pv-far", "labels": far["metadata"]["labels"]});
    far["metadata"]["labels"]["storage.openshift.com/owner-kind"] = json!("LocalVolume");
    store(&world).create("persistentvolumes", "", far).unwrap();
    let printed = world.run().well();
    assert!(!names(&world).contains(&"local-pv-dead".to_owned()), "{printed}");
    assert!(paths(&world).contains(&"dead".to_owned()), "{printed}");
}

#[test]
fn a_local_volume_that_names_nothing_else_is_left_to_a_person() {
    let world = with(&[StorageFault::DeviceGone], true);
    set_paths(&world, &["dead"]);
    let printed = world.run().well();
    assert!(
        printed
            .out
            .contains("LocalVolume openshift-local-storage/disks names no device but /dev/disk/by-id/dead")
    );
    assert_eq!(paths(&world), ["dead"]);
    assert_eq!(names(&world), ["local-pv-cache0", "local-pv-dead0", "local-pv-set-unlinked0"]);
}
