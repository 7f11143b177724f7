//! The files that a host is installed with.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Setup;
use super::call::program_file;
use super::files::{Errno, Files, View};
use super::programs::PLACES;
use super::roster::Role;
use super::user::User;

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

/// The revision of each static pod that a cluster starts with.
pub(super) const REVISION: u32 = 7;

/// The static pods of the control plane: name, namespace, containers.
pub(super) const PODS: &[(&str, &str, &[&str])] = &[
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
    identity(&view)?;
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
pub(super) fn bring_pods(files: &Files, name: &str) -> Result<(), Errno> {
    let view = &files.view(User::Root);
    for (pod, namespace, containers) in PODS {
        let folder = format!("{RESOURCES}/{pod}-pod-{REVISION}");
        let manifest = format!("{:#}\n", manifest(pod, namespace, containers, name, ""));
        view.make_folders(&format!("{folder}/secrets"), 0o700)?;
        secret(view, &format!("{folder}/{pod}-pod.yaml"), &manifest)?;
        secret(view, &format!("{MANIFESTS}/{pod}-pod.yaml"), &manifest)?;
    }
    Ok(())
}

fn resources(view: &View, setup: &Setup, name: &str) -> Result<(), Errno> {
    let (_, namespace, containers) = PODS[0];
    let mut restore = vec![RESTORE_POD];
    if setup.version.scripts().contains(&"quorum-restore.sh") {
        restore.push(QUORUM_POD);
    }
    for path in restore {
        let does = if path == RESTORE_POD { "etcdctl snapshot restore" } else { "etcd --force-new-cluster" };
        let (parent, _) = path.rsplit_once('/').unwrap_or_default();
        view.make_folders(parent, 0o755)?;
        secret(view, path, &format!("{:#}\n", manifest("etcd", namespace, containers, name, does)))?;
    }
    if setup.vips.is_some() {
        let pod =
            manifest("keepalived", "openshift-kni-infra", &["keepalived", "keepalived-monitor"], name, "");
        secret(view, &format!("{MANIFESTS}/keepalived.yaml"), &format!("{pod:#}\n"))?;
    }
    view.make_folders(ETCD_SCRIPTS, 0o755)?;
    view.write(&format!("{ETCD_SCRIPTS}/etcd.env"), format!("export ETCD_NAME=\"{name}\"\n").as_bytes())?;
    view.write(&format!("{ETCD_SCRIPTS}/etcd-common-tools"), b"ETCD_DATA_DIR=\"/var/lib/etcd\"\n")?;
    Ok(())
}

/// What each host has for itself: the kubelet's certificates.
fn identity(view: &View) -> Result<(), Errno> {
    for pem in ["kubelet-client-current.pem", "kubelet-server-current.pem"] {
        secret(view, &format!("/var/lib/kubelet/pki/{pem}"), &format!("{}\n", Uuid::new_v4()))?;
    }
    Ok(())
}

fn secret(view: &View, path: &str, text: &str) -> Result<(), Errno> {
    view.write(path, text.as_bytes())?;
    view.set_mode(path, 0o600)
}

/// The manifest of a static pod; `does` is what its first container does beyond the usual.
fn manifest(pod: &str, namespace: &str, containers: &[&str], host: &str, does: &str) -> Value {
    let image =
        |container: &str| format!("quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:{container}");
    let containers: Vec<Value> = containers
        .iter()
        .map(|container| json!({"name": container, "image": image(container), "command": ["/bin/sh", "-c", does]}))
        .collect();
    json!({
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            "name": pod,
            "namespace": namespace,
            "labels": {"app": pod, "k8s-app": pod, "revision": REVISION.to_string()},
        },
        "spec": {"hostNetwork": true, "nodeName": host, "containers": containers},
    })
}
