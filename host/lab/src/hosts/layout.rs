//! The files that a host is installed with.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Setup;
use super::call::program_file;
use super::files::{Errno, Files, View};
use super::programs::PLACES;
use super::roster::Role;
use super::user::User;
use super::version::Version;
use crate::containers::tools::hex;

/// Where programs are looked for.
pub(super) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// The device with the host's address.
pub(super) const DEVICE: &str = "br-ex";
/// The folder that the kubelet follows.
pub(super) const MANIFESTS: &str = "/etc/kubernetes/manifests";
/// Where etcd's data lies.
pub(super) const DATA: &str = "/var/lib/etcd";
/// Where a restore puts what it replaces.
pub(super) const DATA_BACKUP: &str = "/var/lib/etcd-backup";
/// The files that the operators bring to the host.
pub(super) const RESOURCES: &str = "/etc/kubernetes/static-pod-resources";
/// What the scripts read before they begin.
pub(super) const ETCD_SCRIPTS: &str =
    "/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-scripts";
/// The manifest of the pod that restores a snapshot.
pub(super) const RESTORE_POD: &str =
    "/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/restore-etcd-pod/pod.yaml";
/// The manifest of the pod that forms a cluster of the data that is there.
pub(super) const QUORUM_POD: &str =
    "/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/restore-etcd-pod/quorum-restore-pod.yaml";
/// Where the scripts keep manifests that they take away.
pub(super) const STOPPED: &str = "/home/core/assets/manifests-stopped";

/// The variables that let the host's services reach the outside through a proxy.
const PROXY_FILE: &str = "/etc/mco/proxy.env";

/// The revision of each static pod that a cluster starts with.
pub(super) const REVISION: u32 = 7;

/// A static pod: name, namespace, containers.
pub(super) type StaticPod = (&'static str, &'static str, &'static [&'static str]);

/// The static pod that holds the cluster's virtual addresses.
const KEEPALIVED: StaticPod = ("keepalived", "openshift-kni-infra", &["keepalived", "keepalived-monitor"]);

/// The static pods of the control plane: name, namespace, containers.
pub(super) const PODS: &[StaticPod] = &[
    ("etcd", "openshift-etcd", &["etcdctl", "etcd", "etcd-metrics", "etcd-readyz"]),
    (
        "kube-apiserver",
        "openshift-kube-apiserver",
        &["kube-apiserver", "kube-apiserver-cert-syncer", "kube-apiserver-insecure-readyz"],
    ),
    (
        "kube-controller-manager",
        "openshift-kube-controller-manager",
        &["kube-controller-manager", "cluster-policy-controller"],
    ),
    ("kube-scheduler", "openshift-kube-scheduler", &["kube-scheduler", "kube-scheduler-cert-syncer"]),
];

/// Makes the file systems of a new host with all that is on them, but the static pods of the operators.
pub(super) fn install(setup: &Setup, name: &str, role: Role) -> Result<Files, Errno> {
    let files = Files::new("/dev/nvme0n1p4", setup.disks.root);
    let view = files.view(User::Root);
    for (folder, mode) in [
        ("/etc", 0o755),
        ("/home", 0o755),
        ("/root", 0o700),
        ("/tmp", 0o1777),
        ("/run", 0o755),
        (MANIFESTS, 0o755),
        (RESOURCES, 0o755),
        (DATA, 0o700),
        ("/var/lib/kubelet/pki", 0o755),
        ("/var/lib/ovn/etc", 0o755),
        ("/var/lib/ovn-ic/etc", 0o755),
        ("/var/tmp", 0o1777),
        ("/usr/local/bin", 0o755),
        ("/usr/local/sbin", 0o755),
    ] {
        view.make_folders(folder, mode)?;
    }
    view.make_folder("/home/core", 0o700)?;
    view.set_owner("/home/core", User::Core)?;
    view.make_link("/bin", "usr/bin")?;
    view.make_link("/sbin", "usr/sbin")?;
    if let Some(capacity) = setup.disks.tmp {
        files.mount("/tmp", "tmpfs", capacity)?;
    }
    if let Some(capacity) = setup.disks.etcd {
        files.mount(DATA, "/dev/nvme1n1", capacity)?;
    }
    view.write("/etc/hostname", format!("{name}\n").as_bytes())?;
    programs(&view, setup)?;
    if role == Role::ControlPlane {
        resources(&view, setup, name)?;
    }
    identity(&view, setup)?;
    Ok(files)
}

fn programs(view: &View, setup: &Setup) -> Result<(), Errno> {
    let scripts = ("/usr/local/bin", setup.version.scripts());
    for (folder, names) in PLACES.iter().map(|(folder, names)| (*folder, *names)).chain([scripts]) {
        view.make_folders(folder, 0o755)?;
        for name in names {
            let path = format!("{folder}/{name}");
            view.write(&path, &program_file(name))?;
            view.set_mode(&path, 0o755)?;
        }
    }
    Ok(())
}

/// Brings a host the static pods of the control plane, as the operators have done where a cluster is begun with it.
pub(super) fn bring_pods(files: &Files, version: Version, name: &str) -> Result<(), Errno> {
    let view = &files.view(User::Root);
    PODS.iter().try_for_each(|pod| bring_pod(view, (version, name), pod, REVISION, ""))
}

/// Brings a host a revision of a static pod; `does` is what its first container does beyond the usual.
pub(super) fn bring_pod(
    view: &View,
    host: (Version, &str),
    pod: &StaticPod,
    revision: u32,
    does: &str,
) -> Result<(), Errno> {
    let folder = format!("{RESOURCES}/{}-pod-{revision}", pod.0);
    let manifest = format!("{:#}\n", manifest(pod, host, does, &revision.to_string()));
    view.make_folders(&format!("{folder}/secrets"), 0o700)?;
    secret(view, &format!("{folder}/{}-pod.yaml", pod.0), &manifest)?;
    // Whole or not at all: the kubelet passes over names that begin with a dot.
    let part = format!("{MANIFESTS}/.{}-pod.yaml", pod.0);
    secret(view, &part, &manifest)?;
    view.rename(&part, &format!("{MANIFESTS}/{}-pod.yaml", pod.0))
}

fn resources(view: &View, setup: &Setup, name: &str) -> Result<(), Errno> {
    let mut restore = vec![RESTORE_POD];
    if setup.version.scripts().contains(&"quorum-restore.sh") {
        restore.push(QUORUM_POD);
    }
    for path in restore {
        let does = if path == RESTORE_POD { "etcdctl snapshot restore" } else { "etcd --force-new-cluster" };
        let (parent, _) = path.rsplit_once('/').unwrap_or_default();
        view.make_folders(parent, 0o755)?;
        secret(view, path, &format!("{:#}\n", manifest(&PODS[0], (setup.version, name), does, "restore")))?;
    }
    if setup.vips.is_some() {
        let pod = manifest(&KEEPALIVED, (setup.version, name), "", "");
        secret(view, &format!("{MANIFESTS}/keepalived.yaml"), &format!("{pod:#}\n"))?;
    }
    view.make_folders(ETCD_SCRIPTS, 0o755)?;
    view.write(&format!("{ETCD_SCRIPTS}/etcd.env"), format!("export ETCD_NAME=\"{name}\"\n").as_bytes())?;
    view.write(&format!("{ETCD_SCRIPTS}/etcd-common-tools"), b"ETCD_DATA_DIR=\"/var/lib/etcd\"\n")?;
    Ok(())
}

/// What each host has for itself: the kubelet's certificates.
fn identity(view: &View, setup: &Setup) -> Result<(), Errno> {
    for pem in ["kubelet-client-current.pem", "kubelet-server-current.pem"] {
        secret(view, &format!("/var/lib/kubelet/pki/{pem}"), &format!("{}\n", Uuid::new_v4()))?;
    }
    if let Some(proxy) = &setup.proxy {
        view.make_folders("/etc/mco", 0o755)?;
        let text =
            format!("HTTP_PROXY={proxy}\nHTTPS_PROXY={proxy}\nNO_PROXY=.cluster.local,.svc,10.0.0.0/16\n");
        secret(view, PROXY_FILE, &text)?;
    }
    Ok(())
}

fn secret(view: &View, path: &str, text: &str) -> Result<(), Errno> {
    view.write(path, text.as_bytes())?;
    view.set_mode(path, 0o600)
}

/// The labels of a static pod, as its operator gives them.
fn labels(pod: &str, revision: &str) -> Value {
    let (app, own) = match pod {
        "etcd" => ("etcd", "etcd"),
        "kube-apiserver" => ("openshift-kube-apiserver", "apiserver"),
        "kube-scheduler" => ("openshift-kube-scheduler", "scheduler"),
        other => (other, other),
    };
    let mut labels = json!({"app": app, own: "true"});
    if pod == "etcd" {
        labels["k8s-app"] = "etcd".into();
    }
    if !revision.is_empty() {
        labels["revision"] = revision.into();
    }
    labels
}

/// The manifest of a static pod; `does` is what its first container does beyond the usual.
fn manifest(
    (pod, namespace, containers): &StaticPod,
    (version, host): (Version, &str),
    does: &str,
    revision: &str,
) -> Value {
    // All containers of a pod are of one image here; each release has its own.
    let digest = hex(&Sha256::digest(format!("{pod} of {}", version.release())));
    let image = format!("quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:{digest}");
    let containers: Vec<Value> = containers
        .iter()
        .map(|container| json!({"name": container, "image": image, "command": ["/bin/sh", "-c", does]}))
        .collect();
    json!({
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            "name": pod,
            "namespace": namespace,
            "labels": labels(pod, revision),
        },
        "spec": {"hostNetwork": true, "nodeName": host, "containers": containers},
    })
}
