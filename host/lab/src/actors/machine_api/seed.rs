//! What the Machine API begins with: the infrastructure, a machine for each host, and the workers' set.

use serde_json::{Value, json};

use super::{FINALIZER, INFRASTRUCTURE, MACHINE, MACHINE_SET, NAMESPACE, OWNER, ROLE, SET};
use crate::actors::keep::keep_any;
use crate::actors::names::{short_hash, suffix_of};
use crate::actors::object::controlled_by;
use crate::actors::{Actor, Key, Result, kinds};
use crate::hosts::{self, Host, Role};

/// Makes what is there from the start, once in the cluster's life: what was deleted later stays so.
pub(super) async fn begin(actor: &Actor, hosts: &hosts::Cluster, has_machines: bool) -> Result<()> {
    // The infrastructure comes last, and says that the rest was made.
    let begun = actor.watch(&INFRASTRUCTURE).await.get(&Key::new("", "cluster"));
    if begun.is_some_and(|object| object.data["status"]["platform"].is_string()) {
        return Ok(());
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
    let platform = if has_machines { "AWS" } else { "None" };
    let topology = if hosts.setup().hosts == 1 { "SingleReplica" } else { "HighlyAvailable" };
    let object = json!({"metadata": {"name": "cluster"}, "spec": {"platformSpec": {"type": platform}}});
    keep_any(actor, &INFRASTRUCTURE, object, why).await?;
    let status = json!({
        "infrastructureName": infra, "platform": platform, "platformStatus": {"type": platform},
        "controlPlaneTopology": topology, "infrastructureTopology": "HighlyAvailable",
    });
    actor.patch_status(&INFRASTRUCTURE, &Key::new("", "cluster"), status).await?;
    Ok(())
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
