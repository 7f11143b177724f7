//! `crictl`: the containers of the host.

use std::fmt::Write as _;

use regex::Regex;
use serde_json::{Value, json};

use super::super::call::{Call, End};
use super::super::pods::Container;
use super::super::user::User;
use super::Options;

pub(super) async fn run(call: Call) -> End {
    if let ["exec", rest @ ..] = &call.words().iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return exec(&call, rest).await;
    }
    let options = Options::of(&call, &["name", "label", "o", "output", "state", "s", "p", "pod"]);
    let words: Vec<&str> = options.words.iter().map(String::as_str).collect();
    if call.view.user() != User::Root {
        let text = "FATA[0000] validate service connection: validate CRI v1 runtime API for endpoint \
                    \"unix:///var/run/crio/crio.sock\": dial unix /var/run/crio/crio.sock: connect: permission denied";
        return Err(call.fail(1, text).await);
    }
    match words.as_slice() {
        ["ps"] => ps(&call, &options).await,
        ["version"] => call.print("Version:  0.1.0\nRuntimeName:  cri-o\nRuntimeApiVersion:  v1\n").await,
        ["logs", id] => {
            let found =
                call.host.pods().containers().into_iter().find(|container| container.id.starts_with(id));
            match found {
                Some(container) => call.print(container.log()).await,
                None => Err(call.fail(1, &format!("FATA[0000] container \"{id}\" not found")).await),
            }
        }
        _ => Err(call.fail(1, &format!("No help topic for '{}'", words.join(" "))).await),
    }
}

/// `crictl exec ID COMMAND`: the clients of etcd, in a container of its pod, with the variables that are set there.
async fn exec(call: &Call, words: &[&str]) -> End {
    if call.view.user() != User::Root {
        return Err(call.fail(1, "FATA[0000] connect: permission denied").await);
    }
    let Some((id, command)) = words.split_first() else {
        return Err(call.fail(1, "FATA[0000] container ID cannot be empty").await);
    };
    let found =
        call.host.pods().containers().into_iter().find(|one| one.id.starts_with(id) && one.is_running());
    let Some(container) = found else {
        return Err(call
            .fail(1, &format!("FATA[0000] execing command in container: container \"{id}\" not found"))
            .await);
    };
    let (unset, command) = match command {
        ["env", "-u", name, command @ ..] => (Some(*name), command),
        command => (None, command),
    };
    let mut inside = call.with(&command.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    inside.env.insert("ETCDCTL_ENDPOINTS".to_owned(), format!("https://{}:2379", call.host.ip()));
    if let Some(name) = unset {
        inside.env.remove(name);
    }
    match command.first() {
        Some(&"etcdctl") if container.label("io.kubernetes.pod.namespace") == Some("openshift-etcd") => {
            super::run("etcdctl", inside).await
        }
        first => {
            let text = format!(
                "FATA[0000] execing command in container: command terminated with exit code 127: {}: not found",
                first.unwrap_or(&"")
            );
            Err(call.fail(1, &text).await)
        }
    }
}

async fn ps(call: &Call, options: &Options) -> End {
    let name = match options.value(&["name"]).map(Regex::new) {
        Some(Err(error)) => {
            return Err(call.fail(1, &format!("FATA[0000] listing containers: {error}")).await);
        }
        Some(Ok(name)) => Some(name),
        None => None,
    };
    let label = options.value(&["label"]).and_then(|label| label.split_once('='));
    let all = options.has(&["a", "all"]);
    let state = options.value(&["state", "s"]).map(str::to_lowercase);
    let fits = |container: &Container| {
        let shown = match state.as_deref() {
            Some(state) => container.state().to_lowercase() == state,
            None => all || container.is_running(),
        };
        let named = name.as_ref().is_none_or(|name| name.is_match(&container.name));
        let labelled = label.is_none_or(|(key, value)| container.label(key) == Some(value));
        shown && named && labelled
    };
    let found: Vec<Container> = call.host.pods().containers().into_iter().filter(fits).collect();
    if options.has(&["q", "quiet"]) {
        let ids = found.iter().fold(String::new(), |text, container| text + &container.id + "\n");
        return call.print(ids).await;
    }
    match options.value(&["o", "output"]) {
        Some("json") => {
            let list: Vec<Value> = found.iter().map(described).collect();
            call.print(format!("{:#}\n", json!({"containers": list}))).await
        }
        Some("table") | None => call.print(table(&found)).await,
        Some(other) => Err(call.fail(1, &format!("FATA[0000] unsupported output format \"{other}\"")).await),
    }
}

fn described(container: &Container) -> Value {
    json!({
        "id": container.id,
        "podSandboxId": container.pod_id,
        "metadata": {"name": container.name, "attempt": container.attempt},
        "image": {"image": container.image},
        "imageRef": container.image,
        "state": format!("CONTAINER_{}", container.state().to_uppercase()),
        "createdAt": container.created.as_nanosecond().to_string(),
        "labels": {
            "io.kubernetes.container.name": container.name,
            "io.kubernetes.pod.name": container.pod,
            "io.kubernetes.pod.namespace": container.namespace,
            "io.kubernetes.pod.uid": container.pod_uid,
        },
    })
}

fn table(found: &[Container]) -> String {
    let mut text = format!(
        "{:<20}{:<70}{:<22}{:<20}{:<30}{:<20}{:<20}{}\n",
        "CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD"
    );
    for one in found {
        let age = jiff::Timestamp::now().as_second() - one.created.as_second();
        let age = if age < 60 { format!("{age} seconds ago") } else { format!("{} minutes ago", age / 60) };
        let (id, pod_id) = (&one.id[..13], &one.pod_id[..13]);
        let _ = writeln!(
            text,
            "{id:<20}{:<70}{age:<22}{:<20}{:<30}{:<20}{pod_id:<20}{}",
            one.image,
            one.state(),
            one.name,
            one.attempt,
            one.pod
        );
    }
    text
}
