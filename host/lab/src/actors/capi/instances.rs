//! The provider for AWS: an instance for each `AWSMachine`, and its end when that is deleted (H21).

use kube::api::DynamicObject;
use serde_json::json;

use super::super::kinds::{AWS_CLUSTER, AWS_MACHINE};
use super::super::object::{flag, is_dying, label, name, text};
use super::super::{Key, Result};
use super::Controller;
use crate::actors::hypershift::CLUSTER_NAME_LABEL;
use crate::cloud::{Cloud, Instance};

/// What holds an `AWSMachine` until its instance is terminated.
const FINALIZER: &str = "awsmachine.infrastructure.cluster.x-k8s.io";
/// What holds an `AWSCluster` until its network is gone.
const CLUSTER_FINALIZER: &str = "awscluster.infrastructure.cluster.x-k8s.io";

impl Controller {
    pub(super) async fn keep_instances(&self, namespace: &str, cloud: &Cloud) -> Result<()> {
        for account in self.active(&AWS_CLUSTER, namespace).await {
            self.actor.set_finalizer(&AWS_CLUSTER, &account, CLUSTER_FINALIZER, !is_dying(&account)).await?;
            if !is_dying(&account) && !flag(&account, "/status/ready") {
                self.actor.patch_status(&AWS_CLUSTER, &Key::of(&account), json!({"ready": true})).await?;
            }
        }
        for machine in self.active(&AWS_MACHINE, namespace).await {
            if is_dying(&machine) {
                cloud.terminate(
                    text(&machine, "/spec/instanceID"),
                    &format!("AWSMachine {} was deleted", Key::of(&machine)),
                );
                self.actor.set_finalizer(&AWS_MACHINE, &machine, FINALIZER, false).await?;
            } else {
                self.actor.set_finalizer(&AWS_MACHINE, &machine, FINALIZER, true).await?;
                self.keep_instance(&machine, cloud).await?;
            }
        }
        Ok(())
    }

    async fn keep_instance(&self, machine: &DynamicObject, cloud: &Cloud) -> Result<()> {
        let infra_id = label(machine, CLUSTER_NAME_LABEL).unwrap_or_default();
        let id = text(machine, "/spec/instanceID");
        let instance = if id.is_empty() {
            let why = format!("AWSMachine {} has none", Key::of(machine));
            let found = cloud.find(infra_id, name(machine));
            let instance = found.unwrap_or_else(|| cloud.launch(infra_id, name(machine), &why));
            let spec = json!({"instanceID": instance.id, "providerID": instance.provider_id()});
            self.actor.patch(&AWS_MACHINE, &Key::of(machine), json!({"spec": spec})).await?;
            Some(instance)
        } else {
            cloud.get(id)
        };
        let is_alive = instance.as_ref().is_some_and(Instance::is_alive);
        let addresses = instance.map(|one| {
            json!([
                {"type": "InternalIP", "address": one.address},
                {"type": "InternalDNS", "address": one.host_name()},
            ])
        });
        let state = if is_alive { "running" } else { "terminated" };
        let status = json!({"ready": is_alive, "instanceState": state, "addresses": addresses});
        self.show_if_new(&AWS_MACHINE, machine, status).await
    }
}
