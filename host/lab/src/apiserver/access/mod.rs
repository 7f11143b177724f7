//! Who may do what: role based access control over the roles and bindings in the store.

pub mod reviews;

use serde_json::Value;

use super::identity::User;
use super::kinds::Kind;
use super::status::Status;
use super::store::State;

/// The group whose members may do everything.
const MASTERS: &str = "system:masters";

/// What somebody wants to do to a resource. Empty texts stand for what does not apply.
#[derive(Debug, Clone, Default)]
pub struct Attempt {
    /// The verb, such as `list`.
    pub verb: String,
    /// The API group.
    pub group: String,
    /// The plural.
    pub resource: String,
    /// The subresource.
    pub subresource: String,
    /// The namespace.
    pub namespace: String,
    /// The object.
    pub name: String,
}

impl Attempt {
    /// The resource as rules name it: `pods` or `pods/log`.
    fn qualified(&self) -> String {
        if self.subresource.is_empty() {
            self.resource.clone()
        } else {
            format!("{}/{}", self.resource, self.subresource)
        }
    }
}

/// Refuses an attempt that no rule allows.
///
/// Errors: 403 in the words of a real server.
pub fn check(state: &State, user: &User, kind: &Kind, attempt: &Attempt) -> Result<(), Status> {
    if is_allowed(state, user, attempt) {
        return Ok(());
    }
    let place = if attempt.namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace \"{}\"", attempt.namespace)
    };
    let why = format!(
        "User \"{}\" cannot {} resource \"{}\" in API group \"{}\" {place}",
        user.name,
        attempt.verb,
        attempt.qualified(),
        attempt.group,
    );
    Err(Status::forbidden(kind, &attempt.name, &why))
}

/// Refuses requests in the name of `other`, or with its groups, where no rule allows them.
///
/// Errors: 403 in the words of a real server.
pub fn check_impersonation(state: &State, user: &User, other: &User) -> Result<(), Status> {
    let groups = other.groups.iter().filter(|group| *group != "system:authenticated");
    let wanted = std::iter::once(("users", &other.name)).chain(groups.map(|group| ("groups", group)));
    for (resource, name) in wanted {
        let attempt = Attempt {
            verb: "impersonate".to_owned(),
            resource: resource.to_owned(),
            name: name.clone(),
            ..Attempt::default()
        };
        if !is_allowed(state, user, &attempt) {
            let who = &user.name;
            return Err(Status::new(
                403,
                "Forbidden",
                format!(
                    "{resource} \"{name}\" is forbidden: User \"{who}\" cannot impersonate resource \"{resource}\" \
                     in API group \"\" at the cluster scope"
                ),
            ));
        }
    }
    Ok(())
}

/// Whether a rule lets the user do this.
#[must_use]
pub fn is_allowed(state: &State, user: &User, attempt: &Attempt) -> bool {
    user.groups.iter().any(|group| group == MASTERS)
        || everyone_may(attempt)
        || rules(state, user, &attempt.namespace).iter().any(|rule| allows(rule, attempt))
}

/// Anybody may ask what they may do themselves.
fn everyone_may(attempt: &Attempt) -> bool {
    attempt.verb == "create"
        && matches!(
            (attempt.group.as_str(), attempt.resource.as_str()),
            ("authorization.k8s.io", "selfsubjectaccessreviews" | "selfsubjectrulesreviews")
                | ("authentication.k8s.io", "selfsubjectreviews")
        )
}

/// The rules that hold for the user in a namespace, or in the whole cluster if it is empty.
#[must_use]
pub fn rules<'a>(state: &'a State, user: &User, namespace: &str) -> Vec<&'a Value> {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let role = |namespace: &str, binding: &Value| {
        let reference = &binding["roleRef"];
        let name = reference["name"].as_str().unwrap_or_default().to_owned();
        let (resource, namespace) = match reference["kind"].as_str() {
            Some("Role") => (format!("roles.{GROUP}"), namespace.to_owned()),
            _ => (format!("clusterroles.{GROUP}"), String::new()),
        };
        state.get(&resource, &(namespace, name))
    };
    let mut rules: Vec<&Value> = Vec::new();
    let mut add = |namespace: &str, resource: String| {
        let bound: Vec<_> = state
            .list(&resource, "")
            .filter(|(key, _)| key.0 == namespace)
            .map(|(_, binding)| binding)
            .collect();
        for binding in bound.into_iter().filter(|binding| names(binding, user, namespace)) {
            if let Some(role) = role(namespace, binding) {
                rules.extend(role["rules"].as_array().into_iter().flatten());
            }
        }
    };
    add("", format!("clusterrolebindings.{GROUP}"));
    if !namespace.is_empty() {
        add(namespace, format!("rolebindings.{GROUP}"));
    }
    rules
}

/// Whether a binding names the user, or a group that the user is in.
fn names(binding: &Value, user: &User, namespace: &str) -> bool {
    binding["subjects"].as_array().into_iter().flatten().any(|subject| {
        let name = subject["name"].as_str().unwrap_or_default();
        match subject["kind"].as_str() {
            Some("User") => name == user.name,
            Some("Group") => user.groups.iter().any(|group| group == name),
            Some("ServiceAccount") => {
                let namespace = subject["namespace"].as_str().unwrap_or(namespace);
                user.name == format!("system:serviceaccount:{namespace}:{name}")
            }
            _ => false,
        }
    })
}

fn allows(rule: &Value, attempt: &Attempt) -> bool {
    let list = |field: &str| rule[field].as_array().into_iter().flatten().filter_map(Value::as_str);
    let any = |field: &str, wanted: &str| list(field).any(|item| item == "*" || item == wanted);
    let qualified = attempt.qualified();
    let of_all = format!("*/{}", attempt.subresource);
    let resource = list("resources")
        .any(|item| item == "*" || item == qualified || (!attempt.subresource.is_empty() && item == of_all));
    let names = list("resourceNames").count();
    any("verbs", &attempt.verb)
        && any("apiGroups", &attempt.group)
        && resource
        && (names == 0 || list("resourceNames").any(|name| name == attempt.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apiserver::store::Store;
    use serde_json::json;

    fn attempt(verb: &str, resource: &str, subresource: &str, namespace: &str, name: &str) -> Attempt {
        let [verb, resource, subresource, namespace, name] =
            [verb, resource, subresource, namespace, name].map(str::to_owned);
        Attempt { verb, group: String::new(), resource, subresource, namespace, name }
    }

    #[test]
    fn a_role_counts_in_its_namespace_and_for_its_subjects_alone() {
        let store = Store::new();
        let role = json!({ "metadata": { "name": "r" }, "rules": [
            { "apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"] },
            { "apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"] },
            { "apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["one"] },
        ] });
        store.create("roles.rbac.authorization.k8s.io", "default", role).unwrap();
        let binding = json!({ "metadata": { "name": "b" },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r" },
            "subjects": [{ "kind": "ServiceAccount", "name": "reader", "namespace": "default" }] });
        store.create("rolebindings.rbac.authorization.k8s.io", "default", binding).unwrap();
        let reader = User::service_account("default", "reader");
        let other = User::service_account("default", "other");
        let may = |user: &User, attempt: &Attempt| store.read(|state| is_allowed(state, user, attempt));
        for yes in [
            attempt("list", "pods", "", "default", ""),
            attempt("get", "pods", "log", "default", "p"),
            attempt("get", "secrets", "", "default", "one"),
        ] {
            assert!(may(&reader, &yes), "{yes:?}");
            assert!(!may(&other, &yes), "{yes:?}");
            assert!(may(&User::admin(), &yes), "{yes:?}");
        }
        for no in [
            attempt("list", "pods", "", "kube-system", ""),
            attempt("delete", "pods", "", "default", "p"),
            attempt("create", "pods", "exec", "default", "p"),
            attempt("get", "secrets", "", "default", "two"),
        ] {
            assert!(!may(&reader, &no), "{no:?}");
        }
    }
}
