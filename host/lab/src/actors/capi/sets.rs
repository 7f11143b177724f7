//! Machine sets: as many machines as they ask for; orphans that match are taken in.

use std::collections::BTreeMap;

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::keep::{keep, keep_any};
use super::super::kinds::{AWS_MACHINE, MACHINE, MACHINE_SET};
use super::super::names::suffix_of;
use super::super::object::{
    condition, controlled_by, is_controlled_by, is_dying, name, namespace, number, text, uid,
};
use super::super::{Key, Kind, Result};
use super::Controller;

/// What holds a machine set until its machines are gone (newer Cluster API, F99).
const FINALIZER: &str = "cluster.x-k8s.io/machineset";

impl Controller {
    pub(super) async fn keep_sets(&self, namespace: &str) -> Result<()> {
        for set in self.active(&MACHINE_SET, namespace).await {
            let mut machines = self.active(&MACHINE, namespace).await;
            machines.retain(|one| is_controlled_by(one, &set) || (is_orphan(one) && selects(&set, one)));
            if is_dying(&set) {
                for machine in &machines {
                    self.doom(&MACHINE, machine, "its MachineSet is deleted").await?;
                }
                if machines.is_empty() {
                    self.actor.set_finalizer(&MACHINE_SET, &set, FINALIZER, false).await?;
                }
                continue;
            }
            self.actor.set_finalizer(&MACHINE_SET, &set, FINALIZER, true).await?;
            machines.retain(|one| !is_dying(one));
            for machine in &machines {
                self.own(&MACHINE, machine, controlled_by(&MACHINE_SET, &set)).await?;
            }
            let wanted = usize::try_from(number(&set, "/spec/replicas").unwrap_or(1)).unwrap_or(0);
            for _ in machines.len()..wanted {
                self.make_machine(&set).await?;
            }
            for machine in machines.iter().skip(wanted) {
                self.doom(&MACHINE, machine, "its MachineSet has too many").await?;
            }
            let ready = machines.iter().filter(|one| condition(one, "NodeHealthy") == "True").count();
            let status = json!({
                "observedGeneration": set.metadata.generation,
                "replicas": machines.len(),
                "fullyLabeledReplicas": machines.len(),
                "readyReplicas": ready,
                "availableReplicas": ready,
            });
            self.show_if_new(&MACHINE_SET, &set, status).await?;
        }
        Ok(())
    }

    async fn make_machine(&self, set: &DynamicObject) -> Result<()> {
        let why = format!("MachineSet {}", Key::of(set));
        let known = self.actor.watch(&MACHINE).await;
        let is_free = |name: &String| known.get(&Key::new(namespace(set), name)).is_none();
        let mut names =
            (0_u32..).map(|n| format!("{}-{}", name(set), suffix_of(&format!("{}/{n}", uid(set)))));
        let Some(machine) = names.find(is_free) else { return Ok(()) };
        let template = &set.data["spec"]["template"];
        let mut spec = template["spec"].clone();
        spec["infrastructureRef"]["kind"] = AWS_MACHINE.kind.into();
        spec["infrastructureRef"]["name"] = machine.clone().into();
        let made = json!({
            "metadata": {
                "name": machine,
                "namespace": namespace(set),
                "labels": template["metadata"]["labels"],
                "annotations": template["metadata"]["annotations"],
                "ownerReferences": [controlled_by(&MACHINE_SET, set)],
            },
            "spec": spec,
        });
        keep_any(&self.actor, &MACHINE, made, &why).await?;
        Ok(())
    }

    /// Makes `owner` the controller of `object`, where it has none.
    pub(super) async fn own(&self, kind: &Kind, object: &DynamicObject, owner: Value) -> Result<()> {
        if is_orphan(object) {
            let wanted = json!({"metadata": {
                "name": name(object), "namespace": namespace(object), "ownerReferences": [owner],
            }});
            keep(&self.actor, kind, wanted, "it had no controller and matches").await?;
        }
        Ok(())
    }

    /// Writes `status` where the object does not say so already.
    pub(super) async fn show_if_new(&self, kind: &Kind, object: &DynamicObject, status: Value) -> Result<()> {
        let before = &object.data["status"];
        let is_new = |(field, value): (&String, &Value)| before[field] != *value;
        if status.as_object().is_some_and(|fields| fields.iter().any(is_new)) {
            self.actor.patch_status(kind, &Key::of(object), status).await?;
        }
        Ok(())
    }
}

/// Whether no owner reference names a controller.
pub(super) fn is_orphan(object: &DynamicObject) -> bool {
    object.metadata.owner_references.iter().flatten().all(|owner| owner.controller != Some(true))
}

/// Whether the labels of `object` match the selector of `owner`, and it is of the same cluster.
pub(super) fn selects(owner: &DynamicObject, object: &DynamicObject) -> bool {
    let none = BTreeMap::new();
    let labels = object.metadata.labels.as_ref().unwrap_or(&none);
    let Some(wanted) = owner.data["spec"]["selector"]["matchLabels"].as_object() else { return false };
    let has = |(key, value): (&String, &Value)| labels.get(key).map(String::as_str) == value.as_str();
    !wanted.is_empty()
        && wanted.iter().all(has)
        && text(owner, "/spec/clusterName") == text(object, "/spec/clusterName")
}
