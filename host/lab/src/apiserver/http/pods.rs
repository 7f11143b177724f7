//! The subresources of pods: commands, logs, binding to a node, eviction.

use axum::extract::{ConnectInfo, FromRequestParts, WebSocketUpgrade};
use axum::response::Response;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::view::answer;
use super::write::options;
use super::{Request, body};
use crate::apiserver::exec::{Wire, exec};
use crate::apiserver::kinds::Kind;
use crate::apiserver::logs::logs;
use crate::apiserver::registry::{self, DeleteOptions, Part};
use crate::apiserver::selectors::object_selector_matches;
use crate::apiserver::status::{Cause, Status};
use crate::apiserver::store::State;
use crate::apiserver::tls::Connection;
use crate::apiserver::{identity, meta};
use crate::faults::Fault;

/// Answers a request to a subresource of a pod.
pub async fn handle(asked: &Request, request: axum::extract::Request) -> Result<Response, Status> {
    let method = request.method().clone();
    match (method, asked.path.subresource.as_str()) {
        (Method::GET | Method::POST, "exec") => run(asked, request).await,
        (Method::GET, "log") => logs(asked.context.runtime.as_ref(), &pod(asked)?, request.uri()).await,
        (Method::POST, "binding") => bind(asked, &body::read(request).await?.object()?),
        (Method::POST, "eviction") => evict(asked, &body::read(request).await?.object()?),
        _ => Err(Status::method_not_allowed()),
    }
}

fn pod(asked: &Request) -> Result<Value, Status> {
    let target = asked.target(Part::Whole);
    asked.context.store.read(|state| target.current(state))
}

async fn run(asked: &Request, request: axum::extract::Request) -> Result<Response, Status> {
    let pod = pod(asked)?;
    let (mut parts, _) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let connection = parts.extensions.get::<ConnectInfo<Connection>>().map(|info| info.0.clone());
    let cut_after = match parts.extensions.get::<Fault>() {
        Some(Fault::CutAfter(bytes)) => Some(*bytes),
        _ => None,
    };
    let wire = Wire {
        runtime: asked.context.runtime.clone(),
        connection: connection.unwrap_or_else(|| Connection::of(identity::Peer::Unknown)),
        cut_after,
    };
    exec(&pod, &parts.uri, upgrade, wire)
}

fn success() -> Response {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201,
    });
    answer(StatusCode::CREATED, &body)
}

/// Gives the pod to a node. A pod is bound once.
fn bind(asked: &Request, binding: &Value) -> Result<Response, Status> {
    let target = asked.target(Part::Everything);
    let node = meta::text(binding, "/target/name").to_owned();
    if node.is_empty() {
        return Err(Status::bad_request("target.name is missing"));
    }
    let options = options(asked, "CreateOptions")?;
    asked.context.store.write(|state| {
        registry::update(state, &target, &options, |pod| {
            let bound = meta::text(pod, "/spec/nodeName");
            if !bound.is_empty() {
                let why = format!("pod {} is already assigned to node \"{bound}\"", target.name);
                let binding = Kind { plural: "pods/binding".to_owned(), ..Kind::default() };
                return Err(Status::conflict(&binding, &target.name, &why));
            }
            let mut pod = pod.clone();
            meta::set(&mut pod, "spec", "nodeName", node.into());
            Ok(pod)
        })
    })?;
    Ok(success())
}

/// Deletes the pod, unless a disruption budget needs it.
fn evict(asked: &Request, eviction: &Value) -> Result<Response, Status> {
    let target = asked.target(Part::Whole);
    let options: DeleteOptions = match eviction.get("deleteOptions") {
        Some(options) => serde_json::from_value(options.clone())
            .map_err(|error| Status::bad_request(format!("deleteOptions: {error}")))?,
        None => DeleteOptions::default(),
    };
    asked.context.store.write(|state| {
        let pod = target.current(state)?;
        check_budgets(state, &pod)?;
        registry::delete(state, &target, &options)
    })?;
    Ok(success())
}

fn check_budgets(state: &State, pod: &Value) -> Result<(), Status> {
    let resource = "poddisruptionbudgets.policy";
    for (key, budget) in state.list(resource, meta::namespace(pod)) {
        let selects = object_selector_matches(&budget["spec"]["selector"], &pod["metadata"]["labels"]);
        let allowed = budget["status"]["disruptionsAllowed"].as_i64().unwrap_or(0);
        if selects && allowed < 1 {
            let message = format!("The disruption budget {} does not allow evicting pods currently", key.1);
            let cause = Cause::new("DisruptionBudget", "", message);
            let why = "Cannot evict pod as it would violate the pod's disruption budget.";
            return Err(Status::new(429, "TooManyRequests", why).with_causes(&[cause]));
        }
    }
    Ok(())
}
