//! The life of a machine: its host is made, joins, and ends with the machine for good.

use kube::api::{DeleteParams, DynamicObject};
use serde_json::{Value, json};

use super::seed::provider_id;
use super::{FINALIZER, MACHINE, host_of, role_of};
use crate::actors::kinds::NODE;
use crate::actors::object::{is_dying, name, text, uid};
use crate::actors::{Actor, Error, Key, Next, Result};
use crate::hosts::{self, Host};

/// How long the cloud takes to find room for an instance, in seconds of life.
const PROVISIONING: (f64, f64) = (60.0, 120.0);
/// How long an instance takes from there until its kubelet speaks.
const BOOTING: (f64, f64) = (180.0, 360.0);
/// How long draining and termination take.
const ENDING: (f64, f64) = (30.0, 90.0);

pub(super) async fn keep(actor: &Actor, hosts: &hosts::Cluster, key: &Key) -> Result<Next> {
    let Some(machine) = actor.watch(&MACHINE).await.get(key) else { return Ok(Next::Rest) };
    if is_dying(&machine) {
        return end(actor, hosts, &machine, key).await;
    }
    actor.set_finalizer(&MACHINE, &machine, FINALIZER, true).await?;
    if let Some(host) = hosts.host(&host_of(&machine)) {
        return joined(actor, &machine, key, &host).await;
    }
    let has_had_one =
        !text(&machine, "/spec/providerID").is_empty() || !text(&machine, "/status/nodeRef/name").is_empty();
    if has_had_one {
        return fail(actor, &machine, key, "UpdateError", "Can't find created instance.").await;
    }
    if !machine.data["spec"]["providerSpec"]["value"].is_object() {
        let why = "providerSpec.value: Required value: a value must be provided";
        return fail(actor, &machine, key, "InvalidConfiguration", why).await;
    }
    make(actor, hosts, &machine, key).await
}

/// Makes the host of a machine that never had one.
async fn make(actor: &Actor, hosts: &hosts::Cluster, machine: &DynamicObject, key: &Key) -> Result<Next> {
    show(actor, machine, key, json!({"phase": "Provisioning"})).await?;
    actor.dither(PROVISIONING.0, PROVISIONING.1).await;
    show(actor, machine, key, json!({"phase": "Provisioned"})).await?;
    actor.dither(BOOTING.0, BOOTING.1).await;
    // It may have been deleted in the meantime: then nothing is to come of it.
    let now = actor.watch(&MACHINE).await.get(key);
    if now.is_none_or(|now| is_dying(&now) || uid(&now) != uid(machine)) {
        return Ok(Next::Rest);
    }
    hosts.add(&key.name, role_of(machine)).map_err(Error::outside)?;
    actor.record(format!("made host {}", key.name), "its Machine is there");
    let id = json!({"spec": {"providerID": provider_id(&format!("{}/{}", key.name, uid(machine)))}});
    actor.patch(&MACHINE, key, id).await?;
    Ok(Next::Rest)
}

/// Shows the host of a machine, and its node as soon as there is one.
async fn joined(actor: &Actor, machine: &DynamicObject, key: &Key, host: &Host) -> Result<Next> {
    let addresses = json!([
        {"type": "InternalIP", "address": host.ip().to_string()},
        {"type": "Hostname", "address": host.name()},
    ]);
    let node = actor.watch(&NODE).await.get(&Key::new("", host.name()));
    let mut status = json!({"addresses": addresses});
    if let Some(node) = node {
        status["phase"] = "Running".into();
        status["nodeRef"] =
            json!({"apiVersion": "v1", "kind": "Node", "name": name(&node), "uid": uid(&node)});
    }
    show(actor, machine, key, status).await?;
    Ok(Next::Rest)
}

/// Ends the host of a machine and takes its node away: also where that host lives (H29).
async fn end(actor: &Actor, hosts: &hosts::Cluster, machine: &DynamicObject, key: &Key) -> Result<Next> {
    show(actor, machine, key, json!({"phase": "Deleting"})).await?;
    actor.dither(ENDING.0, ENDING.1).await;
    let host = host_of(machine);
    let is_alive = hosts.host(&host).is_some_and(|host| host.is_on());
    if hosts.remove(&host) {
        let what =
            if is_alive { format!("ended host {host}, which lived") } else { format!("ended host {host}") };
        actor.record(what, format!("Machine {} was deleted", key.name));
    }
    actor.delete(&NODE, &Key::new("", &host), &DeleteParams::default()).await?;
    let Some(now) = actor.watch(&MACHINE).await.get(key) else { return Ok(Next::Rest) };
    actor.set_finalizer(&MACHINE, &now, FINALIZER, false).await?;
    Ok(Next::Rest)
}

async fn fail(
    actor: &Actor,
    machine: &DynamicObject,
    key: &Key,
    reason: &str,
    message: &str,
) -> Result<Next> {
    let status = json!({"phase": "Failed", "errorReason": reason, "errorMessage": message});
    show(actor, machine, key, status).await?;
    Ok(Next::Rest)
}

/// Writes `status` where the machine does not say so already.
async fn show(actor: &Actor, machine: &DynamicObject, key: &Key, status: Value) -> Result<()> {
    let before = &machine.data["status"];
    let is_new = |(field, value): (&String, &Value)| before[field] != *value;
    if status.as_object().is_some_and(|fields| fields.iter().any(is_new)) {
        match actor.patch_status(&MACHINE, key, status).await {
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
