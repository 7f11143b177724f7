//! The statuses that a kubelet gives its pods.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::image::InitFailure;
use crate::actors::object::{Condition, list, now, text, uid, with_conditions};

/// The status of a pod whose containers run and answer.
pub fn running(pod: &DynamicObject) -> Value {
    let since = now();
    let up = json!({ "running": { "startedAt": since } });
    let done = json!({ "terminated": { "exitCode": 0, "reason": "Completed", "startedAt": since, "finishedAt": since } });
    json!({
        "phase": "Running",
        "hostIP": "10.0.0.10",
        "podIP": address(pod),
        "podIPs": [{ "ip": address(pod) }],
        "startTime": since,
        "conditions": conditions(pod, true, true, "", ""),
        "initContainerStatuses": containers(pod, "/spec/initContainers", true, &done),
        "containerStatuses": containers(pod, "/spec/containers", true, &up),
    })
}

/// The status of a pod that an init container keeps from running.
pub fn failing(pod: &DynamicObject, failure: &InitFailure) -> Value {
    let at = now();
    let ended =
        json!({ "exitCode": failure.code, "reason": "Error", "message": failure.message, "finishedAt": at });
    let waiting = json!({ "waiting": { "reason": "PodInitializing" } });
    let message = format!("back-off restarting failed container={}", failure.container);
    let mut init = containers(pod, "/spec/initContainers", false, &waiting);
    for status in init.iter_mut().filter(|status| status["name"] == failure.container.as_str()) {
        let restarts = known(pod, &failure.container)["restartCount"].as_i64().unwrap_or(-1) + 1;
        status["restartCount"] = restarts.into();
        status["state"] = json!({ "waiting": { "reason": "CrashLoopBackOff", "message": message } });
        status["lastState"] = json!({ "terminated": ended });
    }
    json!({
        "phase": "Pending",
        "hostIP": "10.0.0.10",
        "startTime": at,
        "conditions": conditions(pod, false, false, "ContainersNotInitialized", &message),
        "initContainerStatuses": init,
        "containerStatuses": containers(pod, "/spec/containers", false, &waiting),
    })
}

fn conditions(
    pod: &DynamicObject,
    initialized: bool,
    ready: bool,
    reason: &str,
    message: &str,
) -> Vec<Value> {
    let all = [
        Condition::new("PodScheduled", true, "", ""),
        Condition::new("Initialized", initialized, reason, message),
        Condition::new("ContainersReady", ready, reason, message),
        Condition::new("Ready", ready, reason, message),
    ];
    with_conditions(pod, &all).unwrap_or_else(|| list(pod, "/status/conditions").to_vec())
}

fn containers(pod: &DynamicObject, pointer: &str, ready: bool, state: &Value) -> Vec<Value> {
    let status = |container: &Value| {
        let name = container["name"].as_str().unwrap_or_default();
        json!({
            "name": name,
            "image": container["image"],
            "imageID": "",
            "containerID": format!("cri-o://{}", uid(pod).replace('-', "")),
            "ready": ready,
            "started": ready,
            "restartCount": known(pod, name)["restartCount"].as_i64().unwrap_or(0),
            "state": state,
        })
    };
    list(pod, pointer).iter().map(status).collect()
}

fn known<'a>(pod: &'a DynamicObject, container: &str) -> &'a Value {
    let all = list(pod, "/status/initContainerStatuses").iter().chain(list(pod, "/status/containerStatuses"));
    all.into_iter().find(|status| status["name"] == container).unwrap_or(&Value::Null)
}

/// An address that a pod keeps for its life: made of its UID, as good as any.
fn address(pod: &DynamicObject) -> String {
    let known = text(pod, "/status/podIP");
    if !known.is_empty() {
        return known.to_owned();
    }
    let sum = uid(pod).bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let [_, a, b, c] = sum.to_be_bytes();
    format!("10.{}.{b}.{}", 128 + a % 4, c.max(2))
}
