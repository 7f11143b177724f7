//! `GET .../pods/{name}/exec`: checks the request, then hands the WebSocket to the channels.

use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;
use http::Uri;
use serde_json::Value;

use super::PodRuntime;
use super::channels::{self, Command, Errors};
use super::target::{Parameters, container_of};
use crate::apiserver::meta;
use crate::apiserver::status::Status;
use crate::apiserver::tls::Connection;

/// The subprotocols, the preferred one first. Only the fifth can close stdin.
const PROTOCOLS: [&str; 2] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

/// What a request for a command comes with, besides what it says.
pub struct Wire {
    /// What runs the command.
    pub runtime: Arc<dyn PodRuntime>,
    /// The connection that the WebSocket is on.
    pub connection: Connection,
    /// Cuts the connection after this many bytes of output.
    pub cut_after: Option<u64>,
}

/// Answers a request to run a command in `pod`.
///
/// Errors: 400 as a real server says it for a missing command, stream, container, host or upgrade.
pub fn exec(
    pod: &Value,
    uri: &Uri,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    wire: Wire,
) -> Result<Response, Status> {
    let parameters = Parameters::of(uri)?;
    let container = container_of(pod, &parameters)?;
    if meta::text(pod, "/spec/nodeName").is_empty() {
        return Err(Status::bad_request(format!("pod {} does not have a host assigned", meta::name(pod))));
    }
    let (tty, stderr) = (parameters.says("tty"), parameters.says("stderr"));
    if tty && stderr {
        return Err(Status::bad_request("tty and stderr cannot both be true"));
    }
    let command = Command {
        namespace: meta::namespace(pod).to_owned(),
        pod: meta::name(pod).to_owned(),
        container,
        words: parameters.all("command").map(str::to_owned).collect(),
        stdin: parameters.says("stdin"),
        stdout: parameters.says("stdout"),
        errors: match (tty, stderr) {
            (true, _) => Errors::WithOutput,
            (false, true) => Errors::Apart,
            (false, false) => Errors::Unwanted,
        },
    };
    check(&command)?;

    let upgrade = upgrade.map_err(|_| Status::bad_request("Upgrade request required"))?;
    let upgrade = upgrade.protocols(PROTOCOLS);
    let protocol = upgrade
        .selected_protocol()
        .and_then(|chosen| PROTOCOLS.into_iter().find(|known| chosen == known))
        .ok_or_else(|| {
            Status::bad_request(format!("unable to negotiate protocol: the server knows {PROTOCOLS:?}"))
        })?;
    let closes_stdin = protocol == PROTOCOLS[0];
    Ok(upgrade.on_upgrade(move |socket| channels::serve(socket, closes_stdin, command, wire)))
}

fn check(command: &Command) -> Result<(), Status> {
    if command.words.is_empty() {
        return Err(Status::bad_request("you must specify at least 1 command for the container"));
    }
    if !(command.stdin || command.stdout || command.errors == Errors::Apart) {
        return Err(Status::bad_request("you must specify at least 1 of stdin, stdout, stderr"));
    }
    Ok(())
}
