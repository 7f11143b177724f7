//! What the tests of whole worlds share: a lab, and the hands of somebody who moves a hosted cluster.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test whose world is not as it must be has failed"
)]
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use drsh_lab::actors::object::{condition, label, list, name, text};
use drsh_lab::actors::{Cluster, Key, Kind, kinds};
use drsh_lab::scenario::Scenario;
use drsh_lab::world::{Lab, Management};
use kube::api::{Api, AttachParams, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

/// How long a test waits for something that must happen.
pub const LIMIT: Duration = Duration::from_mins(2);

/// The deployments that write into the hosted cluster's etcd, or bring those back that do.
pub const WRITERS: [&str; 4] =
    ["kube-apiserver", "openshift-apiserver", "openshift-oauth-apiserver", "control-plane-operator"];

/// A lab in a folder of its own.
pub struct World {
    pub lab: Lab,
    _folder: tempfile::TempDir,
}

impl World {
    pub async fn start(scenario: Scenario) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lab = Lab::start(scenario, &folder.path().join("lab")).await;
        Self { lab: lab.unwrap_or_else(|error| panic!("{error}")), _folder: folder }
    }

    /// The namespace of the control plane.
    pub fn plane(&self) -> String {
        self.lab.plan().control_plane_namespace()
    }

    /// The namespace of the hosted cluster.
    pub fn home(&self) -> &str {
        &self.lab.plan().namespace
    }

    pub fn hosted_key(&self) -> Key {
        Key::new(self.home(), &self.lab.plan().name)
    }

    /// Pauses the hosted cluster and its node pools on the source, and waits until that is observed.
    pub async fn pause(&self) {
        let source = self.lab.source().cluster();
        let patch = json!({"spec": {"pausedUntil": "true"}});
        merge(source, &kinds::HOSTED_CLUSTER, &self.hosted_key(), patch.clone()).await;
        for pool in &self.lab.plan().node_pools {
            merge(source, &kinds::NODE_POOL, &Key::new(self.home(), &pool.name), patch.clone()).await;
        }
        let is_paused = |one: &DynamicObject| condition(one, "ReconciliationActive") == "False";
        until(source, &kinds::HOSTED_CLUSTER, &self.hosted_key(), is_paused).await;
        let cluster = Key::new(self.plane(), &self.lab.description().hosted_cluster.infra_id);
        until(source, &kinds::CLUSTER, &cluster, |one| one.data["spec"]["paused"] == true).await;
    }

    /// Scales what writes to nothing, and waits until its pods are gone.
    pub async fn stop_writers(&self) {
        let source = self.lab.source().cluster();
        for writer in WRITERS {
            merge(
                source,
                &kinds::DEPLOYMENT,
                &Key::new(self.plane(), writer),
                json!({"spec": {"replicas": 0}}),
            )
            .await;
        }
        self.until_gone(self.lab.source(), &WRITERS).await;
    }

    /// Waits until no pod of these apps is left beside the control plane.
    pub async fn until_gone(&self, management: &Management, apps: &[&str]) {
        until_all(management.cluster(), &kinds::POD, &self.plane(), |pods| {
            !pods.iter().any(|pod| label(pod, "app").is_some_and(|app| apps.contains(&app)))
        })
        .await;
    }

    /// Takes a snapshot in the first etcd pod, and reads it.
    pub async fn snapshot(&self) -> Vec<u8> {
        let certificate = "/etc/etcd/tls/client/etcd-client";
        let save = [
            "env",
            "ETCDCTL_API=3",
            "/usr/bin/etcdctl",
            "--cacert",
            "/etc/etcd/tls/etcd-ca/ca.crt",
            "--cert",
            &format!("{certificate}.crt"),
            "--key",
            &format!("{certificate}.key"),
            "--endpoints=https://localhost:2379",
            "snapshot",
            "save",
            "/var/lib/snapshot.db",
        ];
        self.exec(&save).await;
        let bytes = self.exec(&["cat", "/var/lib/snapshot.db"]).await;
        self.exec(&["rm", "-f", "/var/lib/snapshot.db"]).await;
        bytes
    }

    /// Runs a command in the first etcd pod on the source; it must succeed.
    pub async fn exec(&self, command: &[&str]) -> Vec<u8> {
        let client = self.lab.source().cluster().client();
        let pods: Api<k8s_openapi::api::core::v1::Pod> = Api::namespaced(client, &self.plane());
        let params = AttachParams::default().stdout(true).stderr(true).container("etcd");
        let mut process = pods.exec("etcd-0", command.to_vec(), &params).await.unwrap();
        let (mut stdout, mut stderr) = (Vec::new(), String::new());
        let (mut out, mut err) = (process.stdout().unwrap(), process.stderr().unwrap());
        let status = process.take_status().unwrap();
        let (_, _, status) =
            tokio::join!(out.read_to_end(&mut stdout), err.read_to_string(&mut stderr), status);
        assert_eq!(
            status.and_then(|status| status.status).as_deref(),
            Some("Success"),
            "{command:?}: {stderr}"
        );
        stdout
    }

    /// Puts bytes into the bucket, and returns a URL that gives them to anybody.
    pub async fn upload(&self, key: &str, bytes: Vec<u8>) -> String {
        let aws = &self.lab.description().aws;
        let read = |path: &std::path::Path| std::fs::read_to_string(path).unwrap();
        let trust = TrustStore::empty().with_pem_certificate(read(&aws.ca_file));
        let tls = TlsContext::builder().with_trust_store(trust).build().unwrap();
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls)
            .build_https();
        let profile = read(&aws.credentials_file);
        let field = |name: &str| {
            let line = profile.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_once(" = ").unwrap().1.to_owned()
        };
        let (id, secret) = (field("aws_access_key_id"), field("aws_secret_access_key"));
        let credentials = aws_sdk_s3::config::Credentials::new(id, secret, None, None, "test");
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .region(aws_sdk_s3::config::Region::new(aws.bucket_region.clone()))
            .credentials_provider(credentials)
            .endpoint_url(&aws.s3_endpoint)
            .force_path_style(true)
            .http_client(http)
            .build();
        let s3 = aws_sdk_s3::Client::from_conf(config);
        s3.put_object().bucket(&aws.bucket).key(key).body(bytes.into()).send().await.unwrap();
        let hour = PresigningConfig::expires_in(Duration::from_hours(1)).unwrap();
        s3.get_object().bucket(&aws.bucket).key(key).presigned(hour).await.unwrap().uri().to_owned()
    }

    /// Deletes the routes of the control plane on the source, and waits until the name is free.
    pub async fn free_name(&self) {
        let source = self.lab.source().cluster();
        for route in source.watch(&kinds::ROUTE).within(&self.plane()) {
            remove(source, &kinds::ROUTE, &Key::of(&route)).await;
        }
        let host = self.lab.description().hosted_cluster.api_host.clone();
        let mut changes = self.lab.zone().changes();
        let free = async {
            while !self.lab.zone().records_of(&host).is_empty() {
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(LIMIT, free).await.expect("the record goes with its route");
    }

    /// What is to be restored beside the control plane, as it stands on the source.
    pub fn plane_objects(&self, with_owners: bool) -> Vec<(Kind, Value)> {
        let source = self.lab.source().cluster();
        let order = [
            kinds::SECRET,
            kinds::HOSTED_CONTROL_PLANE,
            kinds::CLUSTER,
            kinds::AWS_CLUSTER,
            kinds::AWS_MACHINE_TEMPLATE,
            kinds::AWS_MACHINE,
            kinds::MACHINE_DEPLOYMENT,
            kinds::MACHINE_SET,
            kinds::MACHINE,
        ];
        let mut all = Vec::new();
        for kind in order {
            let live = source.watch(&kind).within(&self.plane());
            let kept = live.iter().filter(|one| text(one, "/type") != "kubernetes.io/service-account-token");
            all.extend(kept.map(|one| (kind.clone(), bare(one, with_owners))));
        }
        all
    }

    /// What is to be restored beside the hosted cluster; the cluster itself with `url`, its pools last.
    pub fn home_objects(&self, url: &str) -> Vec<(Kind, Value)> {
        let (source, plan) = (self.lab.source().cluster(), self.lab.plan());
        let get = |kind: &Kind, name: &str| {
            let key = Key::new(self.home(), name);
            (
                kind.clone(),
                bare(&source.watch(kind).get(&key).unwrap_or_else(|| panic!("{kind} {key}")), false),
            )
        };
        let secrets = [Some(&plan.pull_secret), Some(&plan.ssh_key), plan.etcd_encryption.as_ref()];
        let mut all: Vec<_> = secrets.into_iter().flatten().map(|name| get(&kinds::SECRET, name)).collect();
        let maps = [plan.trust_bundle.as_ref(), plan.node_pool_config.as_ref()];
        all.extend(maps.into_iter().flatten().map(|name| get(&kinds::CONFIG_MAP, name)));
        let (kind, mut hosted) = get(&kinds::HOSTED_CLUSTER, &plan.name);
        hosted["spec"]["etcd"]["managed"]["storage"]["restoreSnapshotURL"] = json!([url]);
        all.push((kind, hosted));
        all.extend(plan.node_pools.iter().map(|pool| get(&kinds::NODE_POOL, &pool.name)));
        all
    }

    /// Creates objects on the destination, in order, with `url` in the control plane too.
    pub async fn restore(&self, objects: Vec<(Kind, Value)>, url: &str) {
        let client = self.lab.destination().cluster().client();
        for (kind, mut object) in objects {
            let namespace = object["metadata"]["namespace"].as_str().unwrap().to_owned();
            let space = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
            create_any(&kinds::NAMESPACE.api(client.clone(), ""), space).await;
            if kind == kinds::HOSTED_CONTROL_PLANE {
                object["spec"]["etcd"]["managed"]["storage"]["restoreSnapshotURL"] = json!([url]);
            }
            if let Some(spec) = object["spec"].as_object_mut() {
                spec.remove("pausedUntil");
                spec.remove("paused");
            }
            if let Some(marks) = object["metadata"]["annotations"].as_object_mut() {
                marks.remove("cluster.x-k8s.io/paused");
            }
            create_any(&kind.api(client.clone(), &namespace), object).await;
        }
    }
}

/// An object without what its server set.
fn bare(object: &Arc<DynamicObject>, with_owners: bool) -> Value {
    let mut object = serde_json::to_value(&**object).unwrap();
    object.as_object_mut().unwrap().remove("status");
    let metadata = object["metadata"].as_object_mut().unwrap();
    for field in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"] {
        metadata.remove(field);
    }
    if !with_owners {
        metadata.remove("ownerReferences");
    }
    object
}

async fn create_any(api: &Api<DynamicObject>, object: Value) {
    let object: DynamicObject = serde_json::from_value(object).unwrap();
    match api.create(&PostParams::default(), &object).await {
        Err(kube::Error::Api(status)) if status.code == 409 => {}
        other => drop(other.unwrap_or_else(|error| panic!("{}: {error}", name(&object)))),
    }
}

pub async fn merge(cluster: &Cluster, kind: &Kind, key: &Key, patch: Value) {
    let api = kind.api(cluster.client(), &key.namespace);
    api.patch(&key.name, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
}

/// Deletes an object; an API that is away for a while, as a restored one is, is waited for.
pub async fn remove(cluster: &Cluster, kind: &Kind, key: &Key) {
    let api = kind.api(cluster.client(), &key.namespace);
    let remove = async {
        while let Err(kube::Error::Service(_)) = api.delete(&key.name, &DeleteParams::default()).await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, remove).await.expect("the API comes back");
}

/// Waits until an object is there and as it should be.
pub async fn until(cluster: &Cluster, kind: &Kind, key: &Key, holds: impl Fn(&DynamicObject) -> bool) {
    let watched = cluster.watch(kind);
    let found = tokio::time::timeout(LIMIT, watched.wait_for(key, holds)).await;
    assert!(found.is_ok(), "{kind} {key} never got as it should be; last: {:#?}", watched.get(key));
}

/// Waits until the objects of a namespace are as they should be.
pub async fn until_all(
    cluster: &Cluster,
    kind: &Kind,
    namespace: &str,
    holds: impl Fn(&[Arc<DynamicObject>]) -> bool,
) {
    let watched = cluster.watch(kind);
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

/// The URLs that the object asks etcd to be restored from.
pub fn restore_urls(object: &DynamicObject) -> &[Value] {
    list(object, "/spec/etcd/managed/storage/restoreSnapshotURL")
}
