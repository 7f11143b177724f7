//! Asks a cluster which kinds it serves: in two requests where it can say so at once, else group by group.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream;
use http::Request;
use http::header::ACCEPT;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{APIGroupList, APIResourceList};
use kube::core::discovery::v2::{APIGroupDiscovery, APIGroupDiscoveryList, APIResourceDiscovery};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::request::{Repeat, built, send};
use super::{Link, Reached};
use crate::environment::Target;
use crate::oc::kinds::{Kind, Kinds};
use crate::problem::Problem;

/// Asks for everything at once (Kubernetes 1.27), and takes the short answer of an older server too.
const AT_ONCE: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                       application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,\
                       application/json";

/// How many groups are asked side by side.
const ABREAST: usize = 8;

const WHICH: &str = "say which kinds it serves";

/// Asks the cluster which kinds it serves.
pub(super) async fn discover(cluster: &Reached, link: &Link) -> Result<Kinds, Problem> {
    let mut kinds = Kinds::default();
    for root in ["/api", "/apis"] {
        let answer = get(cluster, link, root, AT_ONCE).await?;
        if answer["kind"] == "APIGroupDiscoveryList" {
            let list: APIGroupDiscoveryList = parse(cluster, link, answer)?;
            list.items.iter().for_each(|group| add_group(&mut kinds, group));
        } else if root == "/api" {
            add_one_by_one(cluster, link, &mut kinds, vec![(String::new(), "v1".into())]).await;
        } else {
            let list: APIGroupList = parse(cluster, link, answer)?;
            add_one_by_one(cluster, link, &mut kinds, versions(list)).await;
        }
    }
    Ok(kinds)
}

/// Every group with its versions, the preferred one first.
fn versions(list: APIGroupList) -> Vec<(String, String)> {
    let of_group = |group: k8s_openapi::apimachinery::pkg::apis::meta::v1::APIGroup| {
        let preferred = group.preferred_version.map(|version| version.version);
        let rest = group.versions.into_iter().map(|version| version.version);
        let rest: Vec<String> = rest.filter(|version| Some(version) != preferred.as_ref()).collect();
        let name = group.name;
        preferred.into_iter().chain(rest).map(move |version| (name.clone(), version))
    };
    list.groups.into_iter().flat_map(of_group).collect()
}

fn add_group(kinds: &mut Kinds, group: &APIGroupDiscovery) {
    let name = group.metadata.as_ref().and_then(|metadata| metadata.name.clone()).unwrap_or_default();
    for version in &group.versions {
        let label = version.version.clone().unwrap_or_default();
        if version.freshness.as_deref() == Some("Stale") && version.resources.is_empty() {
            kinds.missing.push(name.clone());
        }
        let made = version.resources.iter().filter_map(|resource| make(&name, &label, resource));
        kinds.all.extend(made.map(Arc::new));
    }
}

fn make(group: &str, version: &str, resource: &APIResourceDiscovery) -> Option<Kind> {
    let response = resource.response_kind.as_ref();
    Some(Kind {
        group: group.to_owned(),
        version: version.to_owned(),
        plural: resource.resource.clone()?,
        singular: resource.singular_resource.clone().unwrap_or_default(),
        kind: response.and_then(|response| response.kind.clone()).unwrap_or_default(),
        short_names: resource.short_names.clone(),
        namespaced: resource.scope.as_deref() == Some("Namespaced"),
        verbs: resource.verbs.clone(),
        subresources: resource.subresources.iter().filter_map(|sub| sub.subresource.clone()).collect(),
    })
}

/// The older way. A group that does not answer is noted, and hides no other.
async fn add_one_by_one(cluster: &Reached, link: &Link, kinds: &mut Kinds, wanted: Vec<(String, String)>) {
    let mut answers = stream::iter(wanted)
        .map(|(group, version)| async move {
            let path = match group.as_str() {
                "" => format!("/api/{version}"),
                group => format!("/apis/{group}/{version}"),
            };
            let list = match get(cluster, link, &path, "application/json").await {
                Ok(answer) => parse::<APIResourceList>(cluster, link, answer),
                Err(problem) => Err(problem),
            };
            (group, version, list)
        })
        .buffered(ABREAST);
    while let Some((group, version, list)) = answers.next().await {
        match list {
            Ok(list) => add_version(kinds, &group, &version, list),
            Err(_) => kinds.missing.push(group),
        }
    }
}

fn add_version(kinds: &mut Kinds, group: &str, version: &str, list: APIResourceList) {
    let (subresources, resources): (Vec<_>, Vec<_>) =
        list.resources.into_iter().partition(|resource| resource.name.contains('/'));
    for resource in resources {
        let own = format!("{}/", resource.name);
        let subresources = subresources.iter().filter_map(|sub| sub.name.strip_prefix(&own));
        kinds.all.push(Arc::new(Kind {
            group: group.to_owned(),
            version: version.to_owned(),
            singular: resource.singular_name,
            kind: resource.kind,
            short_names: resource.short_names.unwrap_or_default(),
            namespaced: resource.namespaced,
            verbs: resource.verbs,
            subresources: subresources.map(str::to_owned).collect(),
            plural: resource.name,
        }));
    }
}

async fn get(cluster: &Reached, link: &Link, path: &str, accept: &str) -> Result<Value, Problem> {
    let build = || {
        let request = Request::get(path).header(ACCEPT, accept).body(Vec::new());
        built(request.map_err(kube::core::request::Error::BuildRequest))
    };
    send(cluster, link, WHICH, Repeat::Freely, build).await
}

fn parse<T: DeserializeOwned>(cluster: &Reached, link: &Link, answer: Value) -> Result<T, Problem> {
    serde_json::from_value(answer).map_err(|error| {
        let message = format!("cluster {} does not {WHICH} in a known form: {error}", cluster.name());
        Problem::new("unreachable", message)
            .hint(format!("what stands at {} may not be an API server", link.server))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_answer_to_everything_at_once_tells_all_of_a_kind() {
        let group: APIGroupDiscovery = serde_json::from_value(json!({
            "metadata": {"name": "cluster.x-k8s.io"},
            "versions": [
                {"version": "v1beta2", "freshness": "Current", "resources": [{
                    "resource": "machines", "singularResource": "machine", "scope": "Namespaced",
                    "responseKind": {"group": "", "version": "", "kind": "Machine"}, "shortNames": ["ma"],
                    "verbs": ["get"], "subresources": [{"subresource": "status"}],
                }]},
                {"version": "v1beta1", "freshness": "Stale", "resources": []},
            ],
        }))
        .unwrap();
        let mut kinds = Kinds::default();
        add_group(&mut kinds, &group);
        let machine = kinds.resolve("ma").unwrap();
        assert_eq!((machine.kind.as_str(), machine.version.as_str()), ("Machine", "v1beta2"));
        assert!(machine.namespaced && machine.subresources == ["status"]);
        assert_eq!(kinds.missing, ["cluster.x-k8s.io"]);
    }

    #[test]
    fn the_older_answers_tell_the_same() {
        let groups: APIGroupList = serde_json::from_value(json!({"groups": [{
            "name": "apps",
            "versions": [{"groupVersion": "apps/v1beta1", "version": "v1beta1"}, {"groupVersion": "apps/v1", "version": "v1"}],
            "preferredVersion": {"groupVersion": "apps/v1", "version": "v1"},
        }]}))
        .unwrap();
        let wanted = [("apps".to_owned(), "v1".to_owned()), ("apps".to_owned(), "v1beta1".to_owned())];
        assert_eq!(versions(groups), wanted);
        let resource = |name: &str, kind: &str| json!({"name": name, "singularName": "deployment", "namespaced": true, "kind": kind, "verbs": ["get"]});
        let list: APIResourceList = serde_json::from_value(json!({
            "groupVersion": "apps/v1",
            "resources": [resource("deployments", "Deployment"), resource("deployments/scale", "Scale")],
        }))
        .unwrap();
        let mut kinds = Kinds::default();
        add_version(&mut kinds, "apps", "v1", list);
        let deployment = kinds.resolve("deployment").unwrap();
        assert_eq!((kinds.all.len(), deployment.subresources.as_slice()), (1, &["scale".to_owned()][..]));
    }
}
