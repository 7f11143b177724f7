//! What the tests of the world share: a cluster with nodes, controllers, kubelets and etcd, and waits.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test whose world is not as it must be has failed")]
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::sync::Arc;
use std::time::Duration;

use drsh_lab::actors::{
    Cluster, Key, Kind, defaults, garbage, kinds, kubelet, namespaces, volumes, workloads,
};
use drsh_lab::apiserver::{ApiServer, Authority, ServerOptions, Store, User};
use drsh_lab::clock::Clock;
use drsh_lab::containers::Containers;
use drsh_lab::etcd::restore::Downloader;
use drsh_lab::etcd::{Etcd, Options};
use drsh_lab::faults::Faults;
use drsh_lab::log::WorldLog;
use kube::api::{Api, DynamicObject};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

/// How long a test waits for something that must happen.
const LIMIT: Duration = Duration::from_mins(1);

/// A management cluster with everything that is not an operator in it.
pub struct Bench {
    pub server: ApiServer,
    pub client: kube::Client,
    pub cluster: Cluster,
    pub etcd: Etcd,
    pub faults: Faults,
    pub log: WorldLog,
    pub authority: Authority,
}

impl Bench {
    pub async fn start() -> Self {
        Self::with(false).await
    }

    /// A bench whose namespaces get their service accounts and CAs, or do not.
    pub async fn with(with_defaults: bool) -> Self {
        let faults = Faults::default();
        let (clock, log) = (Clock::new(1000.0, 7), WorldLog::default());
        let containers = Containers::new();
        let authority = Authority::new("lab").unwrap();
        let server = ApiServer::start(ServerOptions {
            name: "source".to_owned(),
            authority: authority.clone(),
            hostnames: Vec::new(),
            store: Store::new(),
            runtime: Arc::new(containers.clone()),
            faults: faults.clone(),
            clock: clock.clone(),
        })
        .await
        .unwrap();
        let client = server.client(&User::admin()).unwrap();
        let cluster = Cluster::new("source", client.clone(), clock.clone(), faults.clone(), log.clone());
        let etcd = Etcd::new(Options {
            name: "source".to_owned(),
            clock,
            log: log.clone(),
            downloader: Downloader::new([authority.certificate().clone()]).unwrap(),
            padding: 1 << 20,
        });
        let images = vec![("etcd".to_owned(), etcd.image(&cluster))];
        kubelet::spawn(&cluster, &containers, images);
        workloads::spawn(&cluster);
        cluster.spawn("namespace-controller", namespaces::live);
        cluster.spawn("garbage-collector", garbage::live);
        cluster.spawn("volumes", volumes::live);
        if with_defaults {
            cluster.spawn("namespace-defaults", defaults::live);
        }
        let bench = Self { server, client, cluster, etcd, faults, log, authority };
        for number in 0..3 {
            let node = json!({
                "apiVersion": "v1",
                "kind": "Node",
                "metadata": { "name": format!("node-{number}") },
                "status": { "conditions": [{ "type": "Ready", "status": "True" }] },
            });
            bench.server.store().create("nodes", "", node).unwrap();
        }
        bench.create(&kinds::NAMESPACE, json!({ "metadata": { "name": "hcp" } })).await;
        bench
    }

    pub fn api(&self, kind: &Kind, namespace: &str) -> Api<DynamicObject> {
        kind.api(self.client.clone(), namespace)
    }

    pub async fn create(&self, kind: &Kind, mut object: Value) -> DynamicObject {
        object["apiVersion"] = kind.api_version().into();
        object["kind"] = kind.kind.as_ref().into();
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        let namespace = object.metadata.namespace.clone().unwrap_or_default();
        self.api(kind, &namespace).create(&kube::api::PostParams::default(), &object).await.unwrap()
    }

    pub async fn patch(&self, kind: &Kind, key: &Key, patch: Value) {
        let patch = kube::api::Patch::Merge(patch);
        self.api(kind, &key.namespace)
            .patch(&key.name, &kube::api::PatchParams::default(), &patch)
            .await
            .unwrap();
    }

    pub async fn delete(&self, kind: &Kind, key: &Key, params: &kube::api::DeleteParams) {
        self.api(kind, &key.namespace).delete(&key.name, params).await.unwrap();
    }

    /// Waits until an object is there and as it should be.
    pub async fn until(
        &self,
        kind: &Kind,
        key: &Key,
        holds: impl Fn(&DynamicObject) -> bool,
    ) -> DynamicObject {
        let watched = self.cluster.watch(kind);
        let found = tokio::time::timeout(LIMIT, watched.wait_for(key, holds)).await;
        let Ok(object) = found else {
            panic!("{kind} {key} never got as it should be; last: {:#?}", watched.get(key));
        };
        (*object).clone()
    }

    /// Waits until the objects of a namespace are as they should be.
    pub async fn until_all(
        &self,
        kind: &Kind,
        namespace: &str,
        holds: impl Fn(&[Arc<DynamicObject>]) -> bool,
    ) {
        let watched = self.cluster.watch(kind);
        let (sender, mut changes) = tokio::sync::mpsc::unbounded_channel();
        watched.listen(move |_| sender.send(()).is_ok());
        let wait = async {
            while !holds(&watched.within(namespace)) {
                changes.recv().await;
            }
        };
        if tokio::time::timeout(LIMIT, wait).await.is_err() {
            let names: Vec<_> = watched.within(namespace).iter().map(|o| Key::of(o).to_string()).collect();
            panic!("{kind} in {namespace} never got as they should be: {names:?}");
        }
    }

    /// Runs a command in a pod, over the wire.
    pub async fn exec(&self, pod: &Key, container: &str, command: &[&str]) -> Output {
        let api: Api<k8s_openapi::api::core::v1::Pod> = Api::namespaced(self.client.clone(), &pod.namespace);
        let params = kube::api::AttachParams::default().stdout(true).stderr(true);
        let params = params.max_stdout_buf_size(1 << 16).container(container);
        let mut process = api.exec(&pod.name, command.to_vec(), &params).await.unwrap();
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let (mut out, mut err) = (process.stdout().unwrap(), process.stderr().unwrap());
        let status = process.take_status().unwrap();
        let (_, _, status) = tokio::join!(out.read_to_end(&mut stdout), err.read_to_end(&mut stderr), status);
        let status = status.unwrap();
        let code = if status.status.as_deref() == Some("Success") {
            0
        } else {
            let causes = status.details.and_then(|d| d.causes).unwrap_or_default();
            let code = causes.iter().find(|c| c.reason.as_deref() == Some("ExitCode"));
            code.and_then(|c| c.message.as_ref()?.parse().ok()).unwrap_or(-1)
        };
        Output { code, stdout, stderr: String::from_utf8(stderr).unwrap() }
    }
}

/// What a command left.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Output {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

/// A deployment of plain pods.
pub fn deployment(name: &str, replicas: u32) -> Value {
    json!({
        "metadata": { "name": name, "namespace": "hcp" },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": name } },
            "template": {
                "metadata": { "labels": { "app": name } },
                "spec": { "containers": [{ "name": name, "image": "registry.lab/release:4.20.3" }] },
            },
        },
    })
}

/// Whether as many replicas are ready as the status of a workload should say.
pub fn has_ready(count: i64) -> impl Fn(&DynamicObject) -> bool {
    move |object| object.data["status"]["readyReplicas"].as_i64().unwrap_or(0) == count
}
