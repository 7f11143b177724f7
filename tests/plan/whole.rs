//! Everything that a plan could have changed, as text by name: two of them are compared line by line.

use std::collections::BTreeMap;
use std::path::Path;

use drsh_lab::apiserver::Store;
use drsh_lab::hosts::files::View;
use serde_json::Value;

use crate::kit::{Image, World, files_in, objects_of, quieten};

/// Everything, by a name that says where it is.
pub type Whole = BTreeMap<String, String>;

/// The names of objects begin so.
const OBJECT: &str = "object of ";

/// The objects of a store. What the actors write all the time is left out: leases, events, and states, but for that of
/// requests, which approvals are written to.
pub fn add_objects(whole: &mut Whole, cluster: &str, store: &Store) {
    for ((kind, namespace, name), mut object) in objects_of(store) {
        if kind.starts_with("Lease.") || kind.starts_with("Event") {
            continue;
        }
        quieten(&mut object, &RESTLESS);
        if let Some(fields) =
            object.as_object_mut().filter(|_| !kind.starts_with("CertificateSigningRequest"))
        {
            fields.remove("status");
        }
        whole.insert(format!("{OBJECT}{cluster}: {kind} {namespace}/{name}"), object.to_string());
    }
}

/// The times at which somebody looked, and the versions and notes of ownership that change with them.
const RESTLESS: [&str; 6] = [
    "lastHeartbeatTime",
    "lastProbeTime",
    "lastUpdateTime",
    "lastTransitionTime",
    "resourceVersion",
    "managedFields",
];

/// The managers that hold fields anywhere, so that a write that left all as it was is seen, too.
pub fn add_managers(whole: &mut Whole, cluster: &str, store: &Store) {
    for ((kind, namespace, name), object) in objects_of(store) {
        let Some(held) = object["metadata"]["managedFields"].as_array() else { continue };
        let by_drsh: Vec<&Value> = held.iter().filter(|one| one["manager"] == "drsh").collect();
        if !by_drsh.is_empty() {
            whole.insert(
                format!("{cluster}: held by drsh: {kind} {namespace}/{name}"),
                format!("{by_drsh:?}"),
            );
        }
    }
}

/// The files below a folder of this machine.
pub fn add_folder(whole: &mut Whole, what: &str, folder: &Path) {
    if !folder.exists() {
        return;
    }
    whole.insert(format!("{what}: it is there"), String::new());
    for (name, (mode, bytes)) in files_in(folder) {
        whole.insert(format!("{what}: {name}"), format!("{mode:o} {}", String::from_utf8_lossy(&bytes)));
    }
}

/// The files of a host; of the database, which lives, the names only.
pub fn add_host(whole: &mut Whole, host: &str, files: &View) {
    for (path, meta) in files.walk("/").unwrap() {
        if path.starts_with("/proc") || path.starts_with("/sys") || path.starts_with("/run") {
            continue;
        }
        let lives = path.starts_with("/var/lib/etcd/member") || path.starts_with("/var/log");
        let content = if meta.is_file() && !lives {
            String::from_utf8_lossy(&files.read(&path).unwrap_or_default()).into_owned()
        } else {
            String::new()
        };
        whole.insert(
            format!("{host}: {path}"),
            format!("{:?} {:o} {:?} {content}", meta.kind, meta.mode, meta.owner),
        );
    }
}

/// Everything of the world of a hosted cluster.
pub fn of_world(world: &World) -> Whole {
    let mut whole = Whole::new();
    add_objects(&mut whole, "source", &world.source());
    add_managers(&mut whole, "source", &world.source());
    add_objects(&mut whole, "destination", &world.destination());
    add_managers(&mut whole, "destination", &world.destination());
    let known = world.known().clone();
    for side in ["source", "destination"] {
        let hosted = world.lab().hosted().get(side, &known.hosted_cluster.control_plane_namespace);
        if let Some(own) =
            hosted.and_then(|found| found.server.own().map(drsh_lab::apiserver::ApiServer::store))
        {
            add_objects(&mut whole, &format!("hosted on {side}"), &own);
            add_managers(&mut whole, &format!("hosted on {side}"), &own);
        }
    }
    let image: Image = world.image();
    for record in image.records {
        whole.insert(format!("zone: {record}"), String::new());
    }
    for instance in image.instances {
        whole.insert(format!("cloud: {instance:?}"), String::new());
    }
    let s3 = world.lab().s3().unwrap();
    for key in s3.keys(&known.aws.bucket) {
        let facts = s3.facts(&known.aws.bucket, &key);
        whole.insert(format!("bucket: {key}"), format!("{facts:?}"));
    }
    whole.insert("bucket: uploads".to_owned(), s3.open_uploads(&known.aws.bucket).to_string());
    add_folder(&mut whole, "backup", &world.backup(""));
    add_folder(&mut whole, "state", &world.state());
    whole
}

/// Says what is not the same.
pub fn differences(before: &Whole, after: &Whole) -> Vec<String> {
    let mut said = Vec::new();
    for (name, was) in before {
        match after.get(name) {
            None => said.push(format!("gone: {name}")),
            Some(is) if is != was => said.push(format!("changed: {name}\n  was {was}\n  is  {is}")),
            Some(_) => {}
        }
    }
    // An object that drsh makes is held by it, which is an entry of its own; the actors make others at any time.
    let new = after.keys().filter(|name| !before.contains_key(*name) && !name.starts_with(OBJECT));
    said.extend(new.map(|name| format!("new: {name}")));
    said
}
