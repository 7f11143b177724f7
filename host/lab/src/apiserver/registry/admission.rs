//! Admission webhooks, as far as they can stand in the way: one that nothing answers for refuses what it is asked about.
//!
//! None is ever really called: one whose service has somebody behind it, or that has a URL, lets everything pass.

use serde_json::{Value, json};

use super::{Part, Target, WriteOptions};
use crate::apiserver::meta;
use crate::apiserver::selectors::object_selector_matches;
use crate::apiserver::status::Status;
use crate::apiserver::store::State;

/// What a request does to an object, in the words of a webhook's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// A new object.
    Create,
    /// A change.
    Update,
    /// A deletion.
    Delete,
}

impl Operation {
    fn word(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// The webhooks in the order in which a server asks them.
const CONFIGURATIONS: [&str; 2] = [
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
];

/// Asks every webhook that is to be asked about `object`, under the subresource that `options` and target tell.
///
/// Errors: 500 in the words of a real server where one cannot be asked whose failure policy is `Fail`.
pub(super) fn admit(
    state: &State,
    target: &Target,
    operation: Operation,
    options: &WriteOptions,
    object: &Value,
) -> Result<(), Status> {
    // Whoever could lock himself out by a webhook must be able to take it away.
    let is_webhook = CONFIGURATIONS.contains(&target.kind.resource().as_str());
    if is_webhook || target.part == Part::Everything {
        return Ok(());
    }
    for resource in CONFIGURATIONS {
        for (_, configuration) in state.list(resource, "") {
            for webhook in configuration["webhooks"].as_array().into_iter().flatten() {
                let subresource = subresource(target, options);
                if concerns(state, webhook, target, operation, subresource, object)
                    && webhook["failurePolicy"] != "Ignore"
                {
                    reach(state, webhook).map_err(Status::internal)?;
                }
            }
        }
    }
    Ok(())
}

fn subresource(target: &Target, options: &WriteOptions) -> &'static str {
    match target.part {
        Part::Status => "status",
        Part::Approval => "approval",
        Part::Finalize => "finalize",
        Part::Whole | Part::Everything => options.subresource,
    }
}

fn concerns(
    state: &State,
    webhook: &Value,
    target: &Target,
    operation: Operation,
    subresource: &str,
    object: &Value,
) -> bool {
    let rules = webhook["rules"].as_array().into_iter().flatten();
    let is_ruled = rules.into_iter().any(|rule| rules_over(rule, target, operation, subresource));
    is_ruled
        && object_selector_matches(&webhook["objectSelector"], &object["metadata"]["labels"])
        && object_selector_matches(&webhook["namespaceSelector"], &namespace_labels(state, target, object))
}

/// The labels that a namespace selector is held against: those of the namespace, or of a namespace itself.
fn namespace_labels(state: &State, target: &Target, object: &Value) -> Value {
    if target.kind.resource() == "namespaces" {
        return object["metadata"]["labels"].clone();
    }
    let namespace = state.get("namespaces", &(String::new(), target.namespace.clone()));
    namespace.map_or_else(|| json!({}), |found| found["metadata"]["labels"].clone())
}

fn rules_over(rule: &Value, target: &Target, operation: Operation, subresource: &str) -> bool {
    let any = |field: &str, fits: &dyn Fn(&str) -> bool| {
        let values = rule[field].as_array().into_iter().flatten();
        values.filter_map(Value::as_str).any(|value| value == "*" || fits(value))
    };
    let kind = &target.kind;
    let has_scope = match meta::text(rule, "/scope") {
        "Namespaced" => kind.namespaced,
        "Cluster" => !kind.namespaced,
        _ => true,
    };
    let resources = rule["resources"].as_array().into_iter().flatten();
    let has_resource = resources.filter_map(Value::as_str).any(|wanted| {
        let (resource, part) = wanted.split_once('/').unwrap_or((wanted, ""));
        (resource == "*" || resource == kind.plural) && (part == "*" || part == subresource)
    });
    has_scope
        && has_resource
        && any("apiGroups", &|group| group == kind.group)
        // A request in another version of the kind is translated for the webhook.
        && any("apiVersions", &|version| kind.versions.iter().any(|known| known == version))
        && any("operations", &|wanted| wanted == operation.word())
}

/// Says in the API server's words why nobody answers for a webhook.
fn reach(state: &State, webhook: &Value) -> Result<(), String> {
    let service = &webhook["clientConfig"]["service"];
    if !service.is_object() {
        return Ok(());
    }
    let (namespace, name) = (meta::text(service, "/namespace"), meta::text(service, "/name"));
    let key = (namespace.to_owned(), name.to_owned());
    let why = match state.get("services", &key) {
        None => format!("service \"{name}\" not found"),
        Some(known) if has_endpoints(state, namespace, name, known) => return Ok(()),
        Some(_) => format!("no endpoints available for service \"{name}\""),
    };
    let port = service["port"].as_u64().unwrap_or(443);
    let path = meta::text(service, "/path");
    let limit = webhook["timeoutSeconds"].as_u64().unwrap_or(10);
    let webhook = meta::text(webhook, "/name");
    Err(format!(
        "Internal error occurred: failed calling webhook \"{webhook}\": failed to call webhook: \
         Post \"https://{name}.{namespace}.svc:{port}{path}?timeout={limit}s\": {why}"
    ))
}

/// Whether anybody stands behind a service: as its endpoints say, or as a ready pod that it selects.
fn has_endpoints(state: &State, namespace: &str, name: &str, service: &Value) -> bool {
    let is_filled = |list: &Value| list.as_array().is_some_and(|items| !items.is_empty());
    let own = state.get("endpoints", &(namespace.to_owned(), name.to_owned()));
    let in_endpoints = own.is_some_and(|endpoints| {
        let subsets = endpoints["subsets"].as_array().into_iter().flatten();
        subsets.into_iter().any(|subset| is_filled(&subset["addresses"]))
    });
    let in_slice = |slice: &Value| {
        let endpoints = slice["endpoints"].as_array().into_iter().flatten();
        slice["metadata"]["labels"]["kubernetes.io/service-name"] == name
            && endpoints
                .into_iter()
                .any(|one| is_filled(&one["addresses"]) && one["conditions"]["ready"] != false)
    };
    let selector = &service["spec"]["selector"];
    let is_selected = |pod: &Value| {
        let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
        selector.as_object().is_some_and(|labels| !labels.is_empty())
            && object_selector_matches(&json!({ "matchLabels": selector }), &pod["metadata"]["labels"])
            && !meta::is_terminating(pod)
            && conditions.into_iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
    };
    in_endpoints
        || state.list("endpointslices.discovery.k8s.io", namespace).any(|(_, slice)| in_slice(slice))
        || state.list("pods", namespace).any(|(_, pod)| is_selected(pod))
}
