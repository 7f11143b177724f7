//! Reviews: questions about rights and identity, answered and not kept.

use serde_json::{Value, json};

use super::{Attempt, MASTERS, is_allowed, rules};
use crate::apiserver::identity::User;
use crate::apiserver::kinds::Kind;
use crate::apiserver::meta::text;
use crate::apiserver::status::Status;
use crate::apiserver::store::State;

/// Answers the review that `user` posted.
///
/// Errors: 404 for a kind that is no review.
pub fn answer(state: &State, user: &User, kind: &Kind, mut review: Value) -> Result<Value, Status> {
    let status = match kind.kind.as_str() {
        "SelfSubjectAccessReview" => verdict(state, user, &review),
        "SubjectAccessReview" | "LocalSubjectAccessReview" => {
            let groups = review["spec"]["groups"].as_array().into_iter().flatten();
            let groups = groups.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
            let other = User::new(text(&review, "/spec/user"), groups);
            verdict(state, &other, &review)
        }
        "SelfSubjectRulesReview" => own_rules(state, user, text(&review, "/spec/namespace")),
        "SelfSubjectReview" => json!({ "userInfo": { "username": user.name, "groups": user.groups } }),
        _ => return Err(Status::no_such_path()),
    };
    review["kind"] = kind.kind.clone().into();
    review["apiVersion"] = kind.api_version(kind.preferred()).into();
    if review["metadata"].is_null() {
        review["metadata"] = json!({});
    }
    review["status"] = status;
    Ok(review)
}

fn verdict(state: &State, user: &User, review: &Value) -> Value {
    let spec = &review["spec"];
    let master = user.groups.iter().any(|group| group == MASTERS);
    let allowed = if let Some(asked) = spec.get("resourceAttributes") {
        let part = |field: &str| text(asked, &format!("/{field}")).to_owned();
        let attempt = Attempt {
            verb: part("verb"),
            group: part("group"),
            resource: part("resource"),
            subresource: part("subresource"),
            namespace: part("namespace"),
            name: part("name"),
        };
        is_allowed(state, user, &attempt)
    } else {
        // Discovery, versions and health are open to all; other paths to masters.
        let path = text(spec, "/nonResourceAttributes/path");
        let open = ["/api", "/healthz", "/livez", "/openapi", "/readyz", "/version"];
        master || open.iter().any(|prefix| path.starts_with(prefix))
    };
    json!({ "allowed": allowed })
}

fn own_rules(state: &State, user: &User, namespace: &str) -> Value {
    let everything = json!({ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] });
    let list = if user.groups.iter().any(|group| group == MASTERS) {
        vec![everything]
    } else {
        rules(state, user, namespace).into_iter().cloned().collect()
    };
    json!({ "resourceRules": list, "nonResourceRules": [], "incomplete": false })
}
