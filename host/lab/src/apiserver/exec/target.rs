//! Which container a request means, and what it asks of it: the parameters of `exec` and `log`.

use axum::extract::Query;
use http::Uri;
use serde_json::Value;

use crate::apiserver::meta;
use crate::apiserver::status::Status;

/// The query of a request; a key may occur more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads the query of a request.
    pub fn of(uri: &Uri) -> Result<Self, Status> {
        Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map(|Query(pairs)| Self(pairs))
            .map_err(|rejection| Status::bad_request(rejection.body_text()))
    }

    /// Every value of `key`, in order.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The first value of `key`.
    pub fn first<'a>(&'a self, key: &'a str) -> Option<&'a str> {
        self.all(key).next()
    }

    /// Whether `key` is there and says yes; clients write `true` or `1`.
    pub fn says(&self, key: &str) -> bool {
        matches!(self.first(key), Some("true" | "1"))
    }

    /// The number at `key`, if it is there.
    pub fn number(&self, key: &str) -> Result<Option<usize>, Status> {
        let parse = |text: &str| {
            text.parse()
                .map_err(|_| Status::bad_request(format!("unable to read {key}: \"{text}\" is no number")))
        };
        self.first(key).filter(|text| !text.is_empty()).map(parse).transpose()
    }
}

/// Finds the container that a request means; a pod with several has no default.
pub fn container_of(pod: &Value, parameters: &Parameters) -> Result<String, Status> {
    let main = names(pod, "/spec/containers");
    let initial = names(pod, "/spec/initContainers");
    let pod = meta::name(pod);
    let wanted = parameters.first("container").unwrap_or_default();
    if !wanted.is_empty() {
        let known = main.contains(&wanted) || initial.contains(&wanted);
        return known
            .then(|| wanted.to_owned())
            .ok_or_else(|| Status::bad_request(format!("container {wanted} is not valid for pod {pod}")));
    }
    match main.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Err(Status::bad_request(format!("a container name must be specified for pod {pod}"))),
        several => {
            let others = if initial.is_empty() {
                String::new()
            } else {
                format!(" or one of the init containers: [{}]", initial.join(" "))
            };
            let message = format!(
                "a container name must be specified for pod {pod}, choose one of: [{}]{others}",
                several.join(" ")
            );
            Err(Status::bad_request(message))
        }
    }
}

fn names<'a>(pod: &'a Value, pointer: &str) -> Vec<&'a str> {
    let containers = pod.pointer(pointer).and_then(Value::as_array);
    containers.into_iter().flatten().filter_map(|container| container["name"].as_str()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find(query: &str, containers: &[&str]) -> Result<String, String> {
        let containers: Vec<_> = containers.iter().map(|name| json!({ "name": name })).collect();
        let pod = json!({
            "metadata": { "name": "etcd-0" },
            "spec": { "containers": containers, "initContainers": [{ "name": "reset" }] },
        });
        let uri = format!("/exec?{query}").parse().unwrap();
        container_of(&pod, &Parameters::of(&uri).unwrap()).map_err(|status| status.message)
    }

    #[test]
    fn the_only_container_is_the_default() {
        assert_eq!(find("command=ls", &["etcd"]).unwrap(), "etcd");
        assert_eq!(find("container=", &["etcd"]).unwrap(), "etcd");
    }

    #[test]
    fn a_container_can_be_named_and_so_can_an_init_container() {
        assert_eq!(find("container=metrics", &["etcd", "metrics"]).unwrap(), "metrics");
        assert_eq!(find("container=reset", &["etcd", "metrics"]).unwrap(), "reset");
    }

    #[test]
    fn several_containers_without_a_name_are_refused_with_the_choice() {
        assert_eq!(
            find("command=ls", &["etcd", "metrics"]).unwrap_err(),
            "a container name must be specified for pod etcd-0, choose one of: [etcd metrics] \
             or one of the init containers: [reset]"
        );
    }

    #[test]
    fn a_container_that_the_pod_has_not_is_refused() {
        assert_eq!(
            find("container=nope", &["etcd"]).unwrap_err(),
            "container nope is not valid for pod etcd-0"
        );
    }

    #[test]
    fn the_words_of_a_command_keep_their_order_and_their_spaces() {
        let uri = "/exec?command=sh&command=-c&stdin=1&command=echo%20a%26b+c".parse().unwrap();
        let parameters = Parameters::of(&uri).unwrap();
        assert_eq!(parameters.all("command").collect::<Vec<_>>(), ["sh", "-c", "echo a&b c"]);
        assert!(parameters.says("stdin"));
        assert!(!parameters.says("stdout"));
    }
}
