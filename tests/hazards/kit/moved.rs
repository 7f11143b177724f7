//! One whole migration that many tests look back on: the hosted cluster has three node pools and neighbours on
//! both sides. It is carried out once; what is kept of it is plain data.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::LazyLock;

use drsh_lab::log::Entry;
use drsh_lab::scenario::{Availability, HostedClusterPlan, NodePoolPlan, Scenario};
use drsh_lab::world::Overlap;
use serde_json::Value;

use super::image::{Image, Objects, objects_of};
use super::program::Printed;
use super::{RUNTIME, World};

/// Files by their paths, each with its mode and content.
pub type Files = BTreeMap<String, (u32, Vec<u8>)>;

/// What a migration left behind, and what was there before.
pub struct Moved {
    pub printed: Printed,
    pub journal: Vec<Value>,
    pub before: Image,
    pub after: Image,
    /// The hosted cluster's own objects, before and after.
    pub hosted_before: Objects,
    pub hosted_after: Objects,
    pub overlaps: Vec<Overlap>,
    pub log: Vec<Entry>,
    /// The files of the backup.
    pub backup: Files,
    /// The snapshots in the bucket, by key.
    pub snapshots: BTreeMap<String, Vec<u8>>,
    /// The files that the operator gave: kubeconfigs and the like, before and after.
    pub given: (Files, Files),
    /// Everything under the state folder.
    pub state: Files,
}

static MOVED: LazyLock<Moved> = LazyLock::new(migrate);

/// The migration, carried out when first asked for.
pub fn moved() -> &'static Moved {
    &MOVED
}

fn scenario() -> Scenario {
    let gpu = NodePoolPlan { autoscaling: Some(3), ..NodePoolPlan::new("gpu", 1) };
    let pools = vec![NodePoolPlan::new("demo-a", 2), NodePoolPlan::new("demo-workers", 1), gpu];
    let billing = HostedClusterPlan {
        name: "billing".to_owned(),
        availability: Availability::SingleReplica,
        node_pools: vec![NodePoolPlan::new("billing-a", 1)],
        pull_secret: "billing-pull-secret".to_owned(),
        ssh_key: "billing-ssh-key".to_owned(),
        etcd_encryption: None,
        trust_bundle: None,
        node_pool_config: None,
        ..HostedClusterPlan::default()
    };
    Scenario {
        hosted_cluster: HostedClusterPlan { node_pools: pools, ..HostedClusterPlan::default() },
        destination_neighbours: vec![billing],
        secrets: 40,
        snapshot_padding: 1 << 16,
        ..Scenario::default()
    }
}

fn migrate() -> Moved {
    let world = World::of(scenario()).approving("teardown");
    let known = world.known().clone();
    let plane = known.hosted_cluster.control_plane_namespace.clone();
    let hosted = |side: &str| {
        let found = world.lab().hosted().get(side, &plane).expect("the hosted API is there");
        objects_of(&found.server.own().unwrap().store())
    };
    let (before, hosted_before) = (world.image(), hosted("source"));
    let given = operators_files(world.place());
    let printed = world.run_with("migrate_hcp", &["-vv"]).well();
    RUNTIME.block_on(world.collector_has_passed());
    let keys = world.lab().s3().unwrap().keys(&known.aws.bucket);
    let read = |key: String| (key.clone(), world.lab().s3().unwrap().read(&known.aws.bucket, &key).unwrap());
    Moved {
        journal: world.journal(&printed),
        before,
        after: world.image(),
        hosted_before,
        hosted_after: hosted("destination"),
        overlaps: world.lab().overlaps(),
        log: world.lab().log().entries(),
        backup: files_in(&world.backup("")),
        snapshots: keys.into_iter().map(read).collect(),
        given: (given, operators_files(world.place())),
        state: files_in(&world.state()),
        printed,
    }
}

/// The files that lie beside the environment file.
fn operators_files(place: &Path) -> Files {
    let mut files = files_in(place);
    files.retain(|name, _| !name.contains('/') && name != "environment.toml");
    files
}

/// Every file below `folder`, by its path there, with its mode.
pub fn files_in(folder: &Path) -> Files {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mode = path.metadata().unwrap().permissions().mode() & 0o777;
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            found.insert(name, (mode, std::fs::read(&path).unwrap()));
        }
    }
    found
}

impl Moved {
    /// An object on the source before the migration.
    pub fn was(&self, kind: &str, namespace: &str, name: &str) -> &Value {
        object(&self.before.source, kind, namespace, name)
    }

    /// An object on the destination after the migration.
    pub fn is(&self, kind: &str, namespace: &str, name: &str) -> &Value {
        object(&self.after.destination, kind, namespace, name)
    }
}

fn object<'a>(objects: &'a Objects, kind: &str, namespace: &str, name: &str) -> &'a Value {
    let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
    objects.get(&key).unwrap_or_else(|| panic!("there is no {kind} {namespace}/{name}"))
}
