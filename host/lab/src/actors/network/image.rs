//! What the pods of OVN-Kubernetes do on a host: they run there, and those that hold the databases make what is missing.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kube::api::DynamicObject;

use crate::actors::kubelet::{Image, InitFailure};
use crate::actors::object::{list, name, namespace, text, uid};
use crate::containers::Program;
use crate::containers::plain::Plain;
use crate::hosts;

/// How long a pod takes until it is ready, in life.
const STARTING: (Duration, Duration) = (Duration::from_mins(1), Duration::from_mins(3));

/// The image of these pods.
pub(super) struct Ovn {
    hosts: hosts::Cluster,
    holds_databases: bool,
}

impl Ovn {
    pub(super) fn new(hosts: hosts::Cluster, holds_databases: bool) -> Arc<dyn Image> {
        Arc::new(Self { hosts, holds_databases })
    }
}

#[async_trait]
impl Image for Ovn {
    async fn start(&self, pod: &DynamicObject) -> Result<Arc<dyn Program>, InitFailure> {
        let started: Arc<dyn Program> = Arc::new(Plain::new(name(pod)));
        let failed =
            |message: String| InitFailure { container: "wait-for-host".to_owned(), code: 1, message };
        let node = text(pod, "/spec/nodeName");
        let host = self.hosts.host(node).ok_or_else(|| failed(format!("there is no host {node}")))?;
        // It went on while the API did not answer: it holds the files that it opened when it began.
        if host.pods().has(uid(pod)) {
            return Ok(started);
        }
        host.clock().sleep_between(STARTING.0, STARTING.1).await;
        if self.holds_databases {
            let [(cluster, _)] = self.hosts.serving()[..] else {
                return Err(failed("the API does not answer".to_owned()));
            };
            host.make_ovn_databases(cluster).map_err(|error| failed(format!("ovsdb-server: {error}")))?;
        }
        let word = |container: &serde_json::Value, field: &str| {
            container[field].as_str().unwrap_or_default().to_owned()
        };
        let containers: Vec<_> = list(pod, "/spec/containers")
            .iter()
            .map(|container| (word(container, "name"), word(container, "image")))
            .collect();
        host.pods().run((namespace(pod), name(pod), uid(pod)), &containers);
        Ok(started)
    }

    async fn stop(&self, pod: &DynamicObject) {
        if let Some(host) = self.hosts.host(text(pod, "/spec/nodeName")) {
            host.pods().end(uid(pod));
        }
    }
}
