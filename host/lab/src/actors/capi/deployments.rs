//! Machine deployments: one machine set for each template, the one of the present template at full size.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::keep::{keep, keep_any};
use super::super::kinds::{MACHINE_DEPLOYMENT, MACHINE_SET};
use super::super::names::short_hash;
use super::super::object::{controlled_by, is_controlled_by, is_dying, name, number, text};
use super::super::{Key, Result};
use super::{Controller, sets};

/// What holds a machine deployment until its sets are gone (newer Cluster API, F99).
const FINALIZER: &str = "cluster.x-k8s.io/machinedeployment";

impl Controller {
    pub(super) async fn keep_deployments(&self, namespace: &str) -> Result<()> {
        for deployment in self.active(&MACHINE_DEPLOYMENT, namespace).await {
            let sets = self.adopted(&deployment, namespace).await?;
            if is_dying(&deployment) {
                for set in &sets {
                    self.doom(&MACHINE_SET, set, "its MachineDeployment is deleted").await?;
                }
                if sets.is_empty() {
                    self.actor.set_finalizer(&MACHINE_DEPLOYMENT, &deployment, FINALIZER, false).await?;
                }
                continue;
            }
            self.actor.set_finalizer(&MACHINE_DEPLOYMENT, &deployment, FINALIZER, true).await?;
            self.keep_present_set(&deployment, &sets).await?;
            self.show_deployment(&deployment, &sets).await?;
        }
        Ok(())
    }

    /// The deployment's sets; one that matches its selector and has no controller becomes its own.
    async fn adopted(
        &self,
        deployment: &DynamicObject,
        namespace: &str,
    ) -> Result<Vec<std::sync::Arc<DynamicObject>>> {
        let mut all = self.active(&MACHINE_SET, namespace).await;
        all.retain(|set| {
            is_controlled_by(set, deployment) || (sets::is_orphan(set) && sets::selects(deployment, set))
        });
        if !is_dying(deployment) {
            for set in all.iter().filter(|set| !is_dying(set)) {
                self.own(&MACHINE_SET, set, controlled_by(&MACHINE_DEPLOYMENT, deployment)).await?;
            }
        }
        Ok(all)
    }

    async fn keep_present_set(
        &self,
        deployment: &DynamicObject,
        sets: &[std::sync::Arc<DynamicObject>],
    ) -> Result<()> {
        let why = format!("MachineDeployment {}", Key::of(deployment));
        let replicas = number(deployment, "/spec/replicas").unwrap_or(1);
        let present = sets.iter().find(|set| !is_dying(set) && is_of_template(set, deployment));
        for old in sets.iter().filter(|set| !is_dying(set) && !is_of_template(set, deployment)) {
            if number(old, "/spec/replicas") != Some(0) {
                let wanted = json!({"metadata": place(old), "spec": {"replicas": 0}});
                keep(&self.actor, &MACHINE_SET, wanted, &format!("{why} has another template")).await?;
            }
        }
        if let Some(set) = present {
            let wanted = json!({"metadata": place(set), "spec": {"replicas": replicas}});
            keep(&self.actor, &MACHINE_SET, wanted, &why).await?;
            return Ok(());
        }
        let template = &deployment.data["spec"]["template"];
        let hash = short_hash(&template["spec"].to_string());
        let labelled = |value: &Value| {
            let mut value = value.clone();
            value["machine-template-hash"] = hash.clone().into();
            value
        };
        let labels = labelled(&template["metadata"]["labels"]);
        let made = json!({
            "metadata": {
                "name": format!("{}-{hash}", name(deployment)),
                "namespace": deployment.metadata.namespace,
                "labels": labels,
                "annotations": deployment.metadata.annotations,
                "ownerReferences": [controlled_by(&MACHINE_DEPLOYMENT, deployment)],
            },
            "spec": {
                "clusterName": text(deployment, "/spec/clusterName"),
                "replicas": replicas,
                "selector": {"matchLabels": labelled(&deployment.data["spec"]["selector"]["matchLabels"])},
                "template": {
                    "metadata": {"labels": labels, "annotations": template["metadata"]["annotations"]},
                    "spec": template["spec"],
                },
            },
        });
        keep_any(&self.actor, &MACHINE_SET, made, &why).await?;
        Ok(())
    }

    async fn show_deployment(
        &self,
        deployment: &DynamicObject,
        sets: &[std::sync::Arc<DynamicObject>],
    ) -> Result<()> {
        let sum = |field: &str| sets.iter().filter_map(|set| number(set, field)).sum::<i64>();
        let wanted = number(deployment, "/spec/replicas").unwrap_or(1);
        let available = sum("/status/availableReplicas");
        let status = json!({
            "observedGeneration": deployment.metadata.generation,
            "replicas": sum("/status/replicas"),
            "readyReplicas": sum("/status/readyReplicas"),
            "availableReplicas": available,
            "updatedReplicas": sum("/status/replicas"),
            "unavailableReplicas": (wanted - available).max(0),
            "phase": if available >= wanted { "Running" } else { "ScalingUp" },
        });
        self.show_if_new(&MACHINE_DEPLOYMENT, deployment, status).await
    }
}

fn place(object: &DynamicObject) -> Value {
    json!({"name": object.metadata.name, "namespace": object.metadata.namespace})
}

/// Whether the set makes machines of the deployment's present template.
fn is_of_template(set: &DynamicObject, deployment: &DynamicObject) -> bool {
    ["/spec/template/spec/infrastructureRef/name", "/spec/template/spec/bootstrap/dataSecretName"]
        .into_iter()
        .all(|at| text(set, at) == text(deployment, at))
}
