//! The objects that follow from a `HostedCluster`'s specification.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::kinds::{AWS_CLUSTER, CLUSTER, HOSTED_CONTROL_PLANE};
use super::super::object::{controlled_by, list, name, namespace as home, text};
use super::{CLUSTER_ANNOTATION, CLUSTER_NAME_LABEL, reference};

/// The fields that a `HostedControlPlane` takes over from its `HostedCluster` as they are.
const SHARED_FIELDS: &[&str] = &[
    "autoscaling",
    "auditWebhook",
    "channel",
    "clusterID",
    "configuration",
    "controllerAvailabilityPolicy",
    "dns",
    "etcd",
    "fips",
    "imageContentSources",
    "infraID",
    "infrastructureAvailabilityPolicy",
    "issuerURL",
    "networking",
    "nodeSelector",
    "olmCatalogPlacement",
    "pausedUntil",
    "platform",
    "secretEncryption",
    "services",
    "tolerations",
];

/// The name of the pull secret in the control plane's namespace.
pub(super) const PULL_SECRET: &str = "pull-secret";
/// The name of the SSH key's secret in the control plane's namespace.
pub(super) const SSH_KEY: &str = "ssh-key";
/// The name of the additional trust bundle's configmap in the control plane's namespace.
pub(super) const TRUST_BUNDLE: &str = "user-ca-bundle";

/// The namespace of the control plane.
pub(super) fn namespace(hosted: &DynamicObject, namespace: &str) -> Value {
    json!({"metadata": {
        "name": namespace,
        "labels": {
            "hypershift.openshift.io/hosted-control-plane": "true",
            "pod-security.kubernetes.io/enforce": "restricted",
        },
        "annotations": {CLUSTER_ANNOTATION: full_name(hosted)},
    }})
}

/// The `HostedControlPlane`: most of its specification is that of the `HostedCluster`.
pub(super) fn control_plane(hosted: &DynamicObject, namespace: &str) -> Value {
    let given = &hosted.data["spec"];
    let mut spec = json!({
        "releaseImage": given["release"]["image"],
        "pullSecret": {"name": PULL_SECRET},
        "sshKey": {"name": SSH_KEY},
    });
    for field in SHARED_FIELDS {
        // An absent field is wanted absent: unpausing takes `pausedUntil` away here too.
        spec[*field] = given[*field].clone();
    }
    if given["additionalTrustBundle"].is_object() {
        spec["additionalTrustBundle"] = json!({"name": TRUST_BUNDLE});
    }
    json!({
        "metadata": {"name": name(hosted), "namespace": namespace, "annotations": {CLUSTER_ANNOTATION: full_name(hosted)}},
        "spec": spec,
    })
}

/// The Cluster API cluster. It bears the infrastructure id as its name.
pub(super) fn cluster(hosted: &DynamicObject, namespace: &str) -> Value {
    json!({
        "metadata": {
            "name": text(hosted, "/spec/infraID"),
            "namespace": namespace,
            "annotations": {CLUSTER_ANNOTATION: full_name(hosted)},
        },
        "spec": {
            "paused": null,
            "controlPlaneEndpoint": {"host": api_host(hosted), "port": 443},
            "controlPlaneRef": reference(&HOSTED_CONTROL_PLANE, namespace, name(hosted)),
            "infrastructureRef": reference(&AWS_CLUSTER, namespace, name(hosted)),
        },
    })
}

/// The cluster's part in the cloud account; `owner` is its Cluster API cluster, once there is one.
pub(super) fn aws_cluster(hosted: &DynamicObject, namespace: &str, owner: Option<&DynamicObject>) -> Value {
    let mut wanted = json!({
        "metadata": {
            "name": name(hosted),
            "namespace": namespace,
            "annotations": {
                CLUSTER_ANNOTATION: full_name(hosted),
                "cluster.x-k8s.io/managed-by": "external",
            },
            "labels": {CLUSTER_NAME_LABEL: text(hosted, "/spec/infraID")},
        },
        "spec": {
            "region": text(hosted, "/spec/platform/aws/region"),
            "controlPlaneEndpoint": {"host": api_host(hosted), "port": 443},
        },
    });
    if let Some(owner) = owner {
        let mut owner = controlled_by(&CLUSTER, owner);
        if let Some(fields) = owner.as_object_mut() {
            fields.remove("controller");
            fields.remove("blockOwnerDeletion");
        }
        wanted["metadata"]["ownerReferences"] = json!([owner]);
    }
    wanted
}

/// The host name that `spec.services` gives to the API server, or an empty one.
pub(super) fn api_host(hosted: &DynamicObject) -> String {
    service_host(hosted, "APIServer")
}

/// The host name that `spec.services` gives to `service`, or an empty one.
#[must_use]
pub fn service_host(hosted: &DynamicObject, service: &str) -> String {
    let strategies = list(hosted, "/spec/services").iter().find(|one| one["service"] == service);
    let strategy = strategies.map(|one| &one["servicePublishingStrategy"]);
    let host = |kind: &str| strategy.and_then(|s| s[kind]["hostname"].as_str()).map(str::to_owned);
    host("route").or_else(|| host("loadBalancer")).unwrap_or_default()
}

/// `namespace/name`, as annotations name a hosted cluster.
pub(super) fn full_name(object: &DynamicObject) -> String {
    format!("{}/{}", home(object), name(object))
}
