//! The columns of pods, whose status is worked out from all of their containers.

use serde_json::Value;

use super::column::{AGE, Builtin, NAME, Row, text, wide};

/// The columns of a pod.
pub const PODS: &[Builtin] = &[
    NAME,
    text("Ready", |row| format!("{}/{}", ready(row), row.list("/spec/containers").len()).into()),
    text("Status", |row| status(row).into()),
    text("Restarts", |row| restarts(row).to_string().into()),
    AGE,
    wide("IP", |row| row.or_none("/status/podIP")),
    wide("Node", |row| row.or_none("/spec/nodeName")),
    wide("Nominated Node", |row| row.or_none("/status/nominatedNodeName")),
    wide("Readiness Gates", |_| "<none>".into()),
];

fn ready(row: &Row) -> usize {
    let is_ready = |status: &&Value| status["ready"] == true && status["state"]["running"].is_object();
    row.list("/status/containerStatuses").iter().filter(is_ready).count()
}

fn restarts(row: &Row) -> i64 {
    row.list("/status/containerStatuses").iter().filter_map(|status| status["restartCount"].as_i64()).sum()
}

fn status(row: &Row) -> String {
    let phase = row.at("/status/phase");
    let reason = row.at("/status/reason");
    if !row.at("/metadata/deletionTimestamp").is_empty() && !matches!(phase, "Succeeded" | "Failed") {
        return if reason == "NodeLost" { "Unknown" } else { "Terminating" }.to_owned();
    }
    if let Some(initial) = initial(row) {
        return initial;
    }
    let statuses = row.list("/status/containerStatuses");
    let troubled = statuses.iter().find_map(trouble);
    let running =
        statuses.iter().any(|status| status["ready"] == true && status["state"]["running"].is_object());
    match troubled {
        // A pod of which a part has done its work still runs.
        Some(done) if done == "Completed" && running => "Running".to_owned(),
        Some(trouble) => trouble,
        None if !reason.is_empty() => reason.to_owned(),
        None if phase.is_empty() => "Unknown".to_owned(),
        None => phase.to_owned(),
    }
}

/// Why a container waits, or how it ended.
fn trouble(status: &Value) -> Option<String> {
    let state = &status["state"];
    let reason = |of: &Value| of["reason"].as_str().filter(|reason| !reason.is_empty()).map(str::to_owned);
    if state["waiting"].is_object() {
        return reason(&state["waiting"]);
    }
    let ended = &state["terminated"];
    ended.is_object().then(|| {
        reason(ended).unwrap_or_else(|| match ended["signal"].as_i64() {
            Some(signal) if signal != 0 => format!("Signal:{signal}"),
            _ => format!("ExitCode:{}", ended["exitCode"]),
        })
    })
}

/// What the first unfinished init container does, if there is one.
fn initial(row: &Row) -> Option<String> {
    let total = row.list("/spec/initContainers").len();
    let statuses = row.list("/status/initContainerStatuses");
    let unfinished =
        |status: &Value| status["state"]["terminated"]["exitCode"] != 0 && status["started"] != true;
    let at = statuses.iter().position(unfinished)?;
    let said = trouble(&statuses[at]).filter(|reason| reason != "PodInitializing");
    Some(said.map_or_else(|| format!("Init:{at}/{total}"), |reason| format!("Init:{reason}")))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    fn shown(object: &Value) -> String {
        status(&Row { object, now: Timestamp::UNIX_EPOCH })
    }

    #[test]
    fn a_container_that_waits_tells_more_than_the_phase() {
        let waiting = json!({ "state": { "waiting": { "reason": "CrashLoopBackOff" } } });
        let pod = json!({ "status": { "phase": "Running", "containerStatuses": [waiting] } });
        assert_eq!(shown(&pod), "CrashLoopBackOff");
    }

    #[test]
    fn a_pod_that_is_deleted_terminates_whatever_its_containers_do() {
        let pod = json!({ "metadata": { "deletionTimestamp": "2026-01-01T00:00:00Z" }, "status": { "phase": "Running" } });
        assert_eq!(shown(&pod), "Terminating");
    }

    #[test]
    fn init_containers_are_counted_until_they_are_done() {
        let done = json!({ "state": { "terminated": { "exitCode": 0, "reason": "Completed" } } });
        let running = json!({ "state": { "running": {} } });
        let pod = json!({
            "spec": { "initContainers": [{}, {}] },
            "status": { "phase": "Pending", "initContainerStatuses": [done, running] },
        });
        assert_eq!(shown(&pod), "Init:1/2");
    }
}
