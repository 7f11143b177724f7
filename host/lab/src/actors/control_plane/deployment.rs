//! The deployment of one component of a control plane.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::object::text;
use super::availability_of;
use super::components::Component;

/// The label on the pods of control planes that says which component they are.
const COMPONENT_LABEL: &str = "hypershift.openshift.io/control-plane-component";

/// The deployment of `component` in `namespace`, for the `HostedCluster` or `HostedControlPlane` `plane`.
#[must_use]
pub fn of(component: &Component, plane: &DynamicObject, namespace: &str, owner: Option<Value>) -> Value {
    let labels = json!({"app": component.name});
    let mut pod_labels = labels.clone();
    pod_labels[COMPONENT_LABEL] = component.name.into();
    pod_labels["hypershift.openshift.io/hosted-control-plane"] = namespace.into();
    let mut made = json!({
        "metadata": {"name": component.name, "namespace": namespace, "labels": pod_labels},
        "spec": {
            "replicas": component.replicas(availability_of(plane)),
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": pod_labels},
                "spec": {"containers": component.containers(release_image(plane))},
            },
        },
    });
    if let Some(owner) = owner {
        made["metadata"]["ownerReferences"] = json!([owner]);
    }
    made
}

/// The release image of a `HostedCluster` or `HostedControlPlane`.
pub(super) fn release_image(plane: &DynamicObject) -> &str {
    match text(plane, "/spec/releaseImage") {
        "" => text(plane, "/spec/release/image"),
        image => image,
    }
}
