//! The status of a `HostedCluster`: what its control plane says of itself, and what the operator adds.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::keep::keep;
use super::super::kinds::{HOSTED_CLUSTER, SECRET};
use super::super::names::control_plane_namespace;
use super::super::object::{Condition, condition, list, name, namespace, now, with_conditions};
use super::super::pause::Pause;
use super::super::{Error, Key, Result};
use super::{HyperShift, hosted_cluster, specification};

/// The conditions that a `HostedCluster` takes over from its control plane.
const BUBBLED: &[&str] = &[
    "EtcdAvailable",
    "EtcdSnapshotRestored",
    "KubeAPIServerAvailable",
    "InfrastructureReady",
    "Degraded",
    "ValidHostedControlPlaneConfiguration",
    "ClusterVersionAvailable",
    "ClusterVersionSucceeding",
];

impl HyperShift {
    /// Writes conditions into the status of `hosted`, where they are news.
    pub(super) async fn show(&self, hosted: &DynamicObject, conditions: &[Condition]) -> Result<()> {
        if let Some(all) = with_conditions(hosted, conditions) {
            self.actor.patch_status(&HOSTED_CLUSTER, &Key::of(hosted), json!({"conditions": all})).await?;
        }
        Ok(())
    }

    /// Writes the whole status of `hosted` after a look at it that ended with `failure`, if it failed.
    pub(super) async fn show_state(&self, hosted: &DynamicObject, failure: Option<&Error>) -> Result<()> {
        // The generation may have moved by the finalizer: conditions speak of what was looked at.
        let key = Key::of(hosted);
        let plane_namespace = control_plane_namespace(namespace(hosted), name(hosted));
        let plane = self.control_planes.get(&Key::new(&plane_namespace, name(hosted)));
        let mut conditions =
            vec![hosted_cluster::reconciling(hosted, Pause::No), validity(failure), success(failure)];
        conditions.extend(plane.iter().flat_map(|plane| bubbled(plane)));
        conditions.push(availability(plane.as_deref()));
        let mut status = json!({});
        if let Some(all) = with_conditions(hosted, &conditions) {
            status["conditions"] = all.into();
        }
        if let Some(plane) = &plane {
            self.copy_kubeconfig(hosted, plane).await?;
            for (field, value) in facts(hosted, plane) {
                if hosted.data["status"][field] != value {
                    status[field] = value;
                }
            }
        }
        if status.as_object().is_some_and(|changed| !changed.is_empty()) {
            self.actor.patch_status(&HOSTED_CLUSTER, &key, status).await?;
        }
        Ok(())
    }

    /// The administrator's kubeconfig and password stand beside the `HostedCluster` too.
    async fn copy_kubeconfig(&self, hosted: &DynamicObject, plane: &DynamicObject) -> Result<()> {
        let secrets = self.actor.watch(&SECRET).await;
        for (from, to) in
            [("admin-kubeconfig", "admin-kubeconfig"), ("kubeadmin-password", "kubeadmin-password")]
        {
            let Some(original) = secrets.get(&Key::new(namespace(plane), from)) else { continue };
            let copy = json!({
                "metadata": {"name": format!("{}-{to}", name(hosted)), "namespace": namespace(hosted)},
                "type": "Opaque",
                "data": original.data["data"],
            });
            keep(&self.actor, &SECRET, copy, &format!("HostedCluster {}", Key::of(hosted))).await?;
        }
        Ok(())
    }
}

fn validity(failure: Option<&Error>) -> Condition {
    match failure {
        Some(error @ Error::Malformed { .. }) => {
            Condition::new("ValidConfiguration", false, "InvalidConfiguration", error.to_string())
        }
        _ => Condition::new("ValidConfiguration", true, "AsExpected", "Configuration passes validation"),
    }
}

fn success(failure: Option<&Error>) -> Condition {
    match failure {
        Some(error) => {
            Condition::new("ReconciliationSucceeded", false, "ReconciliationError", error.to_string())
        }
        None => Condition::new(
            "ReconciliationSucceeded",
            true,
            "ReconciliatonSucceeded",
            "Reconciliation completed successfully",
        ),
    }
}

fn bubbled(plane: &DynamicObject) -> Vec<Condition> {
    let told = list(plane, "/status/conditions").iter();
    let wanted = told.filter(|one| one["type"].as_str().is_some_and(|kind| BUBBLED.contains(&kind)));
    let field = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    wanted
        .map(|one| Condition {
            kind: field(one, "type"),
            status: field(one, "status"),
            reason: field(one, "reason"),
            message: field(one, "message"),
        })
        .collect()
}

fn availability(plane: Option<&DynamicObject>) -> Condition {
    let Some(plane) = plane else {
        return Condition::new(
            "Available",
            false,
            "HostedControlPlaneNotFound",
            "the hosted control plane is not found",
        );
    };
    if condition(plane, "Available") == "True" {
        return Condition::new("Available", true, "AsExpected", "The hosted control plane is available");
    }
    let told = list(plane, "/status/conditions").iter().find(|one| one["type"] == "Available");
    let message =
        told.and_then(|one| one["message"].as_str()).unwrap_or("the hosted control plane is not ready");
    Condition::new("Available", false, "HostedControlPlaneNotAvailable", message)
}

/// The fields of the status that are not conditions, as far as they are known.
fn facts(hosted: &DynamicObject, plane: &DynamicObject) -> Vec<(&'static str, Value)> {
    let given = &hosted.data["spec"];
    let mut facts = vec![
        ("kubeconfig", json!({"name": format!("{}-admin-kubeconfig", name(hosted))})),
        ("kubeadminPassword", json!({"name": format!("{}-kubeadmin-password", name(hosted))})),
        ("ignitionEndpoint", specification::service_host(hosted, "Ignition").into()),
    ];
    if plane.data["status"]["controlPlaneEndpoint"].is_object() {
        facts.push(("controlPlaneEndpoint", plane.data["status"]["controlPlaneEndpoint"].clone()));
    }
    let before = &hosted.data["status"]["version"];
    let done = condition(plane, "Available") == "True" || before["history"][0]["state"] == "Completed";
    let image = &given["release"]["image"];
    let version = image.as_str().and_then(|image| image.rsplit(':').next()).unwrap_or_default();
    let number = version.split('-').next().unwrap_or_default();
    let started = before["history"][0]["startedTime"].as_str().map_or_else(now, str::to_owned);
    let completed = before["history"][0]["completionTime"].as_str().map_or_else(now, str::to_owned);
    let entry = json!({
        "state": "Completed", "image": image, "version": number, "verified": false,
        "startedTime": started, "completionTime": completed,
    });
    // An entry without an end has to say so by a null, which a merge patch takes for "remove".
    let history = if done { vec![entry] } else { Vec::new() };
    facts.push((
        "version",
        json!({
            "desired": {"image": image, "version": number},
            "observedGeneration": hosted.metadata.generation,
            "availableUpdates": [],
            "history": history,
        }),
    ));
    facts
}
