//! What the Machine API begins with: the infrastructure, a machine for each host, and the workers' set.

use serde_json::{Value, json};

use super::{FINALIZER, INFRASTRUCTURE, MACHINE, MACHINE_SET, NAMESPACE, OWNER, ROLE, SET};
use crate::actors::keep::keep_any;
use crate::actors::names::{short_hash, suffix_of};
use crate::actors::object::{controlled_by, text};
use crate::actors::{Actor, Key, Result, kinds};
use crate::hosts::{self, Host, Role};

/// The platform of a cluster whose hosts the Machine API makes.
const PLATFORM: &str = "AWS";

/// Makes what is there from the start, once in the cluster's life: what was deleted later stays so.
///
/// On a platform of its own, such as bare metal, the cluster has no machines whatever was asked for.
/// Answers whether it has any.
pub(super) async fn begin(actor: &Actor, hosts: &hosts::Cluster, asked: bool) -> Result<bool> {
    let cluster = Key::new("", "cluster");
    let known = actor.watch(&INFRASTRUCTURE).await.wait_for(&cluster, |_| true).await;
    let platform = text(&known, "/status/platform");
    let has_machines = asked && matches!(platform, "None" | PLATFORM);
    // The name comes last, and says that the rest was made.
    if !text(&known, "/status/infrastructureName").is_empty() {
        return Ok(has_machines);
    }
    let why = "the installer made it";
    let infra = format!("{}-{}", hosts.setup().name, suffix_of(&hosts.setup().name));
    keep_any(actor, &kinds::NAMESPACE, json!({"metadata": {"name": NAMESPACE}}), why).await?;
    if has_machines {
        let workers = hosts.hosts().iter().filter(|host| host.role() == Role::Worker).count();
        keep_any(actor, &MACHINE_SET, set(&infra, workers), why).await?;
        let key = Key::new(NAMESPACE, set_name(&infra));
        let set = actor.watch(&MACHINE_SET).await.wait_for(&key, |_| true).await;
        for host in hosts.hosts() {
            let mut machine = machine(&infra, &host);
            if host.role() == Role::Worker {
                machine["metadata"]["labels"][SET] = key.name.clone().into();
                machine["metadata"]["ownerReferences"] = json!([controlled_by(&MACHINE_SET, &set)]);
            }
            let key = Key::new(NAMESPACE, format!("{infra}-{}", host.name()));
            keep_any(actor, &MACHINE, machine, why).await?;
            let node = json!({"nodeRef": {"apiVersion": "v1", "kind": "Node", "name": host.name()}});
            actor.patch_status(&MACHINE, &key, node).await?;
        }
    }
    let mut status = json!({"infrastructureName": infra});
    if has_machines {
        let spec = json!({"spec": {"platformSpec": {"type": PLATFORM}}});
        actor.patch(&INFRASTRUCTURE, &cluster, spec).await?;
        status["platform"] = PLATFORM.into();
        status["platformStatus"] = json!({"type": PLATFORM});
    }
    actor.patch_status(&INFRASTRUCTURE, &cluster, status).await?;
    Ok(has_machines)
}

fn set_name(infra: &str) -> String {
    format!("{infra}-worker-lab-1a")
}

/// The id that the cloud gives the instance of a machine.
pub(super) fn provider_id(machine: &str) -> String {
    format!("aws:///lab-1a/i-{}", short_hash(machine))
}

fn labels(infra: &str, role: Role) -> Value {
    json!({
        OWNER: infra, ROLE: role.label(),
        "machine.openshift.io/cluster-api-machine-type": role.label(),
    })
}

fn provider(role: Role) -> Value {
    json!({"value": {
        "apiVersion": "machine.openshift.io/v1beta1", "kind": "AWSMachineProviderConfig",
        "ami": {"id": "ami-lab"}, "instanceType": "m6i.xlarge",
        "placement": {"availabilityZone": "lab-1a", "region": "lab-1"},
        "userDataSecret": {"name": format!("{}-user-data", role.label())},
    }})
}

fn machine(infra: &str, host: &Host) -> Value {
    let name = format!("{infra}-{}", host.name());
    json!({
        "metadata": {
            "name": name, "namespace": NAMESPACE, "labels": labels(infra, host.role()), "finalizers": [FINALIZER],
        },
        "spec": {"providerSpec": provider(host.role()), "providerID": provider_id(&name)},
    })
}

fn set(infra: &str, replicas: usize) -> Value {
    let name = set_name(infra);
    let mut labels = labels(infra, Role::Worker);
    labels[SET] = name.clone().into();
    json!({
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {OWNER: infra}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {OWNER: infra, SET: name}},
            "template": {"metadata": {"labels": labels}, "spec": {"providerSpec": provider(Role::Worker)}},
        },
    })
}
