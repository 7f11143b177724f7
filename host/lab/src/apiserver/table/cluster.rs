//! The columns of what a cluster consists of: nodes, namespaces, storage, certificates, rights, definitions.

use serde_json::Value;

use super::age;
use super::column::{AGE, Builtin, CREATED, NAME, Row, number, text, wide};

/// The columns of a node.
pub const NODES: &[Builtin] = &[
    NAME,
    text("Status", |row| node_status(row).into()),
    text("Roles", |row| node_roles(row).into()),
    AGE,
    text("Version", |row| row.at("/status/nodeInfo/kubeletVersion").into()),
    wide("Internal-IP", |row| address(row, "InternalIP")),
    wide("External-IP", |row| address(row, "ExternalIP")),
    wide("OS-Image", |row| row.or("/status/nodeInfo/osImage", "<unknown>")),
    wide("Kernel-Version", |row| row.or("/status/nodeInfo/kernelVersion", "<unknown>")),
    wide("Container-Runtime", |row| row.or("/status/nodeInfo/containerRuntimeVersion", "<unknown>")),
];

/// The columns of a namespace.
pub const NAMESPACES: &[Builtin] = &[NAME, text("Status", |row| row.at("/status/phase").into()), AGE];

/// The columns of a certificate signing request.
pub const SIGNING_REQUESTS: &[Builtin] = &[
    NAME,
    AGE,
    text("SignerName", |row| row.or_none("/spec/signerName")),
    text("Requestor", |row| row.at("/spec/username").into()),
    text("RequestedDuration", |row| {
        match row.object.pointer("/spec/expirationSeconds").and_then(Value::as_i64) {
            Some(seconds) => age::duration(seconds).into(),
            None => "<none>".into(),
        }
    }),
    text("Condition", |row| signing_status(row).into()),
];

/// The columns of a lease.
pub const LEASES: &[Builtin] = &[NAME, text("Holder", |row| row.at("/spec/holderIdentity").into()), AGE];

/// The columns of a persistent volume claim.
pub const VOLUME_CLAIMS: &[Builtin] = &[
    NAME,
    text("Status", |row| match row.at("/metadata/deletionTimestamp") {
        "" => row.at("/status/phase").into(),
        _ => "Terminating".into(),
    }),
    text("Volume", |row| row.at("/spec/volumeName").into()),
    text("Capacity", |row| row.at("/status/capacity/storage").into()),
    text("Access Modes", |row| access_modes(row, "/status/accessModes").into()),
    text("StorageClass", |row| row.at("/spec/storageClassName").into()),
    AGE,
    wide("VolumeMode", |row| row.or("/spec/volumeMode", "<unset>")),
];

/// The columns of a persistent volume.
pub const VOLUMES: &[Builtin] = &[
    NAME,
    text("Capacity", |row| row.at("/spec/capacity/storage").into()),
    text("Access Modes", |row| access_modes(row, "/spec/accessModes").into()),
    text("Reclaim Policy", |row| row.at("/spec/persistentVolumeReclaimPolicy").into()),
    text("Status", |row| match row.at("/metadata/deletionTimestamp") {
        "" => row.at("/status/phase").into(),
        _ => "Terminating".into(),
    }),
    text("Claim", |row| match row.at("/spec/claimRef/name") {
        "" => "".into(),
        name => format!("{}/{name}", row.at("/spec/claimRef/namespace")).into(),
    }),
    text("StorageClass", |row| row.at("/spec/storageClassName").into()),
    text("Reason", |row| row.at("/status/reason").into()),
    AGE,
    wide("VolumeMode", |row| row.or("/spec/volumeMode", "<unset>")),
];

/// The columns of a storage class.
pub const STORAGE_CLASSES: &[Builtin] = &[
    text("Name", |row| {
        let default = "/metadata/annotations/storageclass.kubernetes.io~1is-default-class";
        let mark = if row.at(default) == "true" { " (default)" } else { "" };
        format!("{}{mark}", row.at("/metadata/name")).into()
    }),
    text("Provisioner", |row| row.at("/provisioner").into()),
    text("ReclaimPolicy", |row| row.or("/reclaimPolicy", "Delete")),
    text("VolumeBindingMode", |row| row.or("/volumeBindingMode", "Immediate")),
    text("AllowVolumeExpansion", |row| row.shown("/allowVolumeExpansion", "false").into()),
    AGE,
];

/// The columns of a volume attachment.
pub const VOLUME_ATTACHMENTS: &[Builtin] = &[
    NAME,
    text("Attacher", |row| row.at("/spec/attacher").into()),
    text("PV", |row| row.at("/spec/source/persistentVolumeName").into()),
    text("Node", |row| row.at("/spec/nodeName").into()),
    text("Attached", |row| row.shown("/status/attached", "false").into()),
    AGE,
];

/// The columns of a pod disruption budget.
pub const DISRUPTION_BUDGETS: &[Builtin] = &[
    NAME,
    text("Min Available", |row| row.shown("/spec/minAvailable", "N/A").into()),
    text("Max Unavailable", |row| row.shown("/spec/maxUnavailable", "N/A").into()),
    number("Allowed Disruptions", |row| row.count("/status/disruptionsAllowed").into()),
    AGE,
];

/// The columns of a priority class.
pub const PRIORITY_CLASSES: &[Builtin] = &[
    NAME,
    number("Value", |row| row.count("/value").into()),
    text("Global-Default", |row| row.shown("/globalDefault", "false").into()),
    AGE,
    text("PreemptionPolicy", |row| row.or("/preemptionPolicy", "PreemptLowerPriority")),
];

/// The columns of a role, whether of a namespace or of the cluster.
pub const ROLES: &[Builtin] = &[NAME, CREATED];

/// The columns of a role's binding.
pub const BINDINGS: &[Builtin] = &[
    NAME,
    text("Role", |row| format!("{}/{}", row.at("/roleRef/kind"), row.at("/roleRef/name")).into()),
    AGE,
];

/// The columns of a custom resource definition.
pub const DEFINITIONS: &[Builtin] = &[NAME, CREATED];

fn node_status(row: &Row) -> String {
    let ready = row.list("/status/conditions").iter().find(|condition| condition["type"] == "Ready");
    let status = match ready.and_then(|condition| condition["status"].as_str()) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    };
    let cordoned = if row.object["spec"]["unschedulable"] == true { ",SchedulingDisabled" } else { "" };
    format!("{status}{cordoned}")
}

fn node_roles(row: &Row) -> String {
    let labels = row.object["metadata"]["labels"].as_object();
    let role = |(key, value): (&String, &Value)| match key.as_str() {
        "kubernetes.io/role" => value.as_str().map(str::to_owned),
        key => key.strip_prefix("node-role.kubernetes.io/").map(str::to_owned),
    };
    let mut roles: Vec<_> =
        labels.into_iter().flatten().filter_map(role).filter(|role| !role.is_empty()).collect();
    roles.sort();
    roles.dedup();
    if roles.is_empty() { "<none>".to_owned() } else { roles.join(",") }
}

fn address(row: &Row, kind: &str) -> Value {
    let found = row.list("/status/addresses").iter().find(|address| address["type"] == kind);
    found.and_then(|address| address["address"].as_str()).unwrap_or("<none>").into()
}

fn signing_status(row: &Row) -> String {
    let has = |kind: &str| row.list("/status/conditions").iter().any(|condition| condition["type"] == kind);
    let mut words = Vec::new();
    words.extend(has("Denied").then_some("Denied"));
    words.extend((has("Approved") && !has("Denied")).then_some("Approved"));
    words.extend(has("Failed").then_some("Failed"));
    words.extend((!row.at("/status/certificate").is_empty()).then_some("Issued"));
    if words.is_empty() { "Pending".to_owned() } else { words.join(",") }
}

fn access_modes(row: &Row, pointer: &str) -> String {
    let short = |mode: &Value| match mode.as_str() {
        Some("ReadWriteOnce") => Some("RWO"),
        Some("ReadOnlyMany") => Some("ROX"),
        Some("ReadWriteMany") => Some("RWX"),
        Some("ReadWriteOncePod") => Some("RWOP"),
        _ => None,
    };
    row.list(pointer).iter().filter_map(short).collect::<Vec<_>>().join(",")
}
