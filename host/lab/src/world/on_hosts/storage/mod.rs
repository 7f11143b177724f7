//! The persistent storage of a cluster on hosts: what controllers, drivers and kubelets wrote into its API, and the
//! links of local volumes on its hosts. Beside everything faulty stands something sound whose name begins the same.

mod fault;
mod local;
mod object;

use serde_json::{Value, json};

use super::super::LabError;
use crate::apiserver::{Store, crds};
use crate::faults::Faults;
use crate::hosts::{Cluster, Host};
use crate::scenario::StorageFault;
pub(super) use fault::shown_by;

/// The driver of the cluster's cloud.
const CLOUD: &str = "ebs.csi.aws.com";
/// The driver of a vendor.
const VENDOR: &str = "csi.trident.netapp.io";
/// Where OpenShift's own drivers run.
const DRIVERS: &str = "openshift-cluster-csi-drivers";
/// Where the Local Storage Operator keeps its objects.
const LOCAL: &str = "openshift-local-storage";
/// The namespace of what uses the storage.
const USERS: &str = "shop";
/// The node that most volumes are attached to.
const HERE: &str = "worker-0";
/// Another one.
const THERE: &str = "worker-1";

/// What is furnished: the API and the hosts.
struct Place {
    store: Store,
    hosts: Vec<Host>,
    faults: Faults,
}

impl Place {
    /// Creates an object.
    fn put(&self, resource: &str, namespace: &str, object: Value) -> Result<Value, LabError> {
        let created = self.store.create(resource, namespace, object);
        created.map_err(|status| LabError::Filling(format!("{resource}: {}", status.message)))
    }

    /// The volume called `handle` is attached to a node and in use there, by the node's own status.
    fn hold(&self, node: &str, driver: &str, handle: &str) -> Result<(), LabError> {
        let name = format!("kubernetes.io/csi/{driver}^{handle}");
        let changed = self.store.change("nodes", "", node, |node| {
            push(node, "volumesAttached", json!({"name": name, "devicePath": ""}));
            push(node, "volumesInUse", json!(name));
        });
        changed.map(drop).map_err(|status| LabError::Filling(format!("nodes: {}", status.message)))
    }

    /// The pods of an app stay as they are: no kubelet gets them to run.
    fn never_starts(&self, app: &str) {
        self.faults.switch_on(&format!("kubelet: {app} pods never start"));
    }

    /// The host of a node.
    fn host(&self, node: &str) -> Result<&Host, LabError> {
        let found = self.hosts.iter().find(|host| host.name() == node);
        found.ok_or_else(|| LabError::Filling(format!("there is no host {node}")))
    }
}

fn push(node: &mut Value, list: &str, item: Value) {
    match node["status"][list].as_array_mut() {
        Some(items) => items.push(item),
        None => node["status"][list] = json!([item]),
    }
}

/// Gives a cluster persistent storage with these faults.
///
/// Errors: [`LabError::Filling`] with what could not be made.
pub(super) fn furnish(hosts: &Cluster, faults: &[StorageFault]) -> Result<(), LabError> {
    for (_, store) in hosts.serving() {
        let place = Place { store, hosts: hosts.hosts(), faults: hosts.setup().faults.clone() };
        crds::install(&place.store, crds::STORAGE).map_err(|status| LabError::Filling(status.message))?;
        ground(&place)?;
        sound(&place)?;
        for fault in faults {
            fault::plant(&place, *fault)?;
        }
        local::owner(&place, faults)?;
    }
    Ok(())
}

/// What there is before any volume: namespaces, drivers, classes, the operator.
fn ground(place: &Place) -> Result<(), LabError> {
    for namespace in [DRIVERS, LOCAL, USERS, "trident", "openshift-cloud-credential-operator"] {
        if place.store.get("namespaces", "", namespace).is_none() {
            place.put("namespaces", "", json!({"metadata": {"name": namespace}}))?;
        }
    }
    for (class, driver) in [("gp3-csi", CLOUD), ("trident-block", VENDOR), ("localblock", local::PROVISIONER)]
    {
        place.put("storageclasses.storage.k8s.io", "", object::class(class, driver))?;
    }
    for driver in [CLOUD, VENDOR] {
        let object =
            json!({"metadata": {"name": driver}, "spec": {"attachRequired": true, "podInfoOnMount": false}});
        place.put("csidrivers.storage.k8s.io", "", object)?;
    }
    for host in &place.hosts {
        let driver =
            |name: &str| json!({"name": name, "nodeID": format!("i-{}", host.name()), "topologyKeys": []});
        let object =
            json!({"metadata": {"name": host.name()}, "spec": {"drivers": [driver(CLOUD), driver(VENDOR)]}});
        place.put("csinodes.storage.k8s.io", "", object)?;
    }
    let waits = [("Available", "True"), ("Progressing", "False"), ("Degraded", "False")];
    object::operator(place, "storage", &waits.map(|(kind, status)| (kind, status, "")))?;
    object::request(place, "aws-ebs-csi-driver-operator", "ebs-cloud-credentials", false)
}

/// What is well: one of each, and a neighbour for everything that can be faulty.
fn sound(place: &Place) -> Result<(), LabError> {
    for name in ["orders", "gone0", "moved0", "stranger0", "left0", "held0", "legacy0"] {
        object::volume(place, name, CLOUD, "Bound")?;
        object::attachment(place, name, CLOUD, HERE, None)?;
        place.hold(HERE, CLOUD, &object::handle(name))?;
        object::running(place, name, HERE)?;
    }
    object::volume(place, "refused0", VENDOR, "Bound")?;
    object::attachment(place, "refused0", VENDOR, THERE, None)?;
    place.hold(THERE, VENDOR, &object::handle("refused0"))?;
    object::running(place, "refused0", THERE)?;
    // What was made before there was CSI, and goes by another name on its node.
    let old = json!({
        "metadata": {"name": "pvc-old"},
        "spec": {
            "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "gp2",
            "persistentVolumeReclaimPolicy": "Delete",
            "awsElasticBlockStore": {"volumeID": format!("aws://eu-west-1a/{}", object::handle("old"))},
            "claimRef": {"kind": "PersistentVolumeClaim", "namespace": USERS, "name": "old", "uid": "0"},
        },
        "status": {"phase": "Bound"},
    });
    place.put("persistentvolumes", "", old)?;
    object::attachment(place, "old", CLOUD, HERE, None)?;
    place.hold(HERE, CLOUD, &object::handle("old"))?;
    // What the pod of the same name before this one was told.
    object::event(
        place,
        ("Pod", USERS, "held0", "4711"),
        "FailedAttachVolume",
        &fault::multi_attach("held0"),
    )?;
    for (namespace, name) in [(DRIVERS, "aws-ebs-csi-driver-controller"), ("trident", "trident-controller0")]
    {
        object::driver_pod(place, namespace, name, None)?;
    }
    object::workloads(place)?;
    local::sound(place)
}
