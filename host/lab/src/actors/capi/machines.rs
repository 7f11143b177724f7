//! Machines: each has a part in the cloud and, once that has joined, a node in the hosted cluster.

use std::sync::Arc;

use kube::api::{DeleteParams, DynamicObject};
use serde_json::{Value, json};

use super::super::keep::keep_any;
use super::super::kinds::{AWS_MACHINE, AWS_MACHINE_TEMPLATE, MACHINE, NODE};
use super::super::object::{
    Condition, condition, controlled_by, flag, is_dying, name, text, with_conditions,
};
use super::super::{Key, Result};
use super::Controller;
use crate::actors::hosted_api::HostedApis;

/// What holds a machine until its part in the cloud is gone.
const FINALIZER: &str = "machine.cluster.x-k8s.io";

impl Controller {
    pub(super) async fn keep_machines(&self, namespace: &str, hosted: &HostedApis) -> Result<()> {
        let parts = self.actor.watch(&AWS_MACHINE).await;
        for machine in self.active(&MACHINE, namespace).await {
            let part = Key::new(namespace, text(&machine, "/spec/infrastructureRef/name"));
            let part = parts.get(&part);
            if is_dying(&machine) {
                self.end_machine(&machine, part, namespace, hosted).await?;
                continue;
            }
            self.actor.set_finalizer(&MACHINE, &machine, FINALIZER, true).await?;
            let Some(part) = part else {
                self.make_part(&machine).await?;
                continue;
            };
            self.own(&AWS_MACHINE, &part, controlled_by(&MACHINE, &machine)).await?;
            let provider_id = text(&part, "/spec/providerID");
            if !provider_id.is_empty() && text(&machine, "/spec/providerID") != provider_id {
                let patch = json!({"spec": {"providerID": provider_id}});
                self.actor.patch(&MACHINE, &Key::of(&machine), patch).await?;
            }
            let node = hosted.node(self.actor.cluster().name(), namespace, provider_id);
            self.show_machine(&machine, &part, node.as_deref()).await?;
        }
        Ok(())
    }

    async fn end_machine(
        &self,
        machine: &DynamicObject,
        part: Option<Arc<DynamicObject>>,
        namespace: &str,
        hosted: &HostedApis,
    ) -> Result<()> {
        if let Some(part) = part {
            return self.doom(&AWS_MACHINE, &part, &format!("Machine {} is deleted", name(machine))).await;
        }
        let provider_id = text(machine, "/spec/providerID");
        let here = self.actor.cluster().name();
        if let (Some(node), Some(cluster)) =
            (hosted.node(here, namespace, provider_id), hosted.cluster(here, namespace))
        {
            let api = NODE.api(cluster.client(), "");
            // The node may be gone, and the API too: neither holds the machine.
            if let Err(error) = api.delete(name(&node), &DeleteParams::default()).await {
                tracing::debug!(%error, node = name(&node), "the node of a deleted machine stays");
            }
        }
        self.actor.set_finalizer(&MACHINE, machine, FINALIZER, false).await
    }

    /// Makes the machine's part in the cloud from the template of its set.
    async fn make_part(&self, machine: &DynamicObject) -> Result<()> {
        let namespace = machine.metadata.namespace.clone().unwrap_or_default();
        let sets = self.actor.watch(&super::MACHINE_SET).await;
        let set = super::super::object::controller_name(machine, &super::MACHINE_SET);
        let Some(set) = set.and_then(|set| sets.get(&Key::new(&namespace, set))) else { return Ok(()) };
        let template = text(&set, "/spec/template/spec/infrastructureRef/name");
        let template = self.actor.watch(&AWS_MACHINE_TEMPLATE).await.get(&Key::new(&namespace, template));
        let Some(template) = template else { return Ok(()) };
        let mut annotations = json!(machine.metadata.annotations);
        annotations["cluster.x-k8s.io/cloned-from-name"] = name(&template).into();
        annotations["cluster.x-k8s.io/cloned-from-groupkind"] =
            "AWSMachineTemplate.infrastructure.cluster.x-k8s.io".into();
        let made = json!({
            "metadata": {
                "name": text(machine, "/spec/infrastructureRef/name"),
                "namespace": namespace,
                "labels": machine.metadata.labels,
                "annotations": annotations,
                "ownerReferences": [controlled_by(&MACHINE, machine)],
            },
            "spec": template.data["spec"]["template"]["spec"],
        });
        keep_any(&self.actor, &AWS_MACHINE, made, &format!("Machine {}", Key::of(machine))).await?;
        Ok(())
    }

    async fn show_machine(
        &self,
        machine: &DynamicObject,
        part: &DynamicObject,
        node: Option<&DynamicObject>,
    ) -> Result<()> {
        let has_instance = flag(part, "/status/ready");
        let phase = match (has_instance, node) {
            (true, None) if text(machine, "/status/nodeRef/name").is_empty() => "Provisioned",
            (true, _) => "Running",
            (false, _) => "Provisioning",
        };
        let healthy = node.is_some_and(|node| condition(node, "Ready") == "True");
        let conditions = [
            Condition::new(
                "InfrastructureReady",
                has_instance,
                if has_instance { "Ready" } else { "WaitingForInfrastructure" },
                "",
            ),
            Condition::new(
                "NodeHealthy",
                healthy,
                if healthy { "Healthy" } else { "NodeConditionsFailed" },
                "",
            ),
            Condition::new("Ready", has_instance && healthy, if healthy { "Ready" } else { "NotReady" }, ""),
        ];
        let mut status = json!({
            "phase": phase,
            "bootstrapReady": true,
            "infrastructureReady": has_instance,
            "addresses": part.data["status"]["addresses"],
        });
        if let Some(node) = node {
            status["nodeRef"] =
                json!({"apiVersion": "v1", "kind": "Node", "name": name(node), "uid": node.metadata.uid});
        }
        if let Some(mut all) = with_conditions(machine, &conditions) {
            // Cluster API has no condition say nothing: an empty message is left out.
            for one in all.iter_mut().filter_map(Value::as_object_mut) {
                one.retain(|_, value| *value != "");
            }
            status["conditions"] = Value::Array(all);
        }
        self.show_if_new(&MACHINE, machine, status).await
    }
}
