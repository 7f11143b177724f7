//! One management cluster: its API server, its controllers and kubelets, and HyperShift on it.

use std::sync::Arc;

use kube::api::{DynamicObject, PostParams};
use serde_json::{Value, json};

use super::{LabError, Setting};
use crate::actors::control_plane::components::KUBE_APISERVER;
use crate::actors::hosted_api::{self, HostedApis};
use crate::actors::names::{suffix_of, uuid_of};
use crate::actors::{
    Cluster, Kind, capi, control_plane, defaults, external_dns, garbage, hypershift, kinds, kubelet,
    namespaces, private_link, volumes, workloads,
};
use crate::apiserver::{ApiServer, Authority, ServerOptions, Store, User, crds};
use crate::containers::Containers;
use crate::etcd::{self, Etcd};
use crate::scenario::Scenario;

/// A management cluster of a lab.
pub struct Management {
    name: String,
    server: ApiServer,
    cluster: Cluster,
    etcd: Etcd,
}

impl Management {
    /// Starts the management cluster `name`, with its actors.
    pub(super) async fn start(name: &str, setting: &Setting) -> Result<Self, LabError> {
        let filling = |error: &dyn std::fmt::Display| LabError::Filling(format!("{name}: {error}"));
        let store = Store::new();
        for definition in crds::definitions(crds::MANAGEMENT).map_err(|error| filling(&error))? {
            store.register_crd(definition).map_err(|error| filling(&error))?;
        }
        for (resource, namespace, object) in furniture(name, &setting.scenario) {
            store.create(&resource, &namespace, object).map_err(|error| filling(&error))?;
        }
        let containers = Containers::new();
        let server = ApiServer::start(ServerOptions {
            name: name.to_owned(),
            authority: Authority::new(&format!("{name}-ca"))?,
            hostnames: Vec::new(),
            store,
            runtime: Arc::new(containers.clone()),
            faults: setting.faults.clone(),
            clock: setting.clock.clone(),
        });
        let server = server.await?;
        let client = server.client(&User::admin()).map_err(|error| filling(&error))?;
        let (clock, faults, log) = (setting.clock.clone(), setting.faults.clone(), setting.log.clone());
        let etcd = Etcd::new(etcd::Options {
            name: name.to_owned(),
            clock: clock.clone(),
            log: log.clone(),
            downloader: setting.downloader.clone(),
            padding: setting.scenario.snapshot_padding,
        });
        let cluster = Cluster::new(name, client, clock, faults, log);
        cluster.spawn("namespace-defaults", defaults::live);
        cluster.spawn("namespace-controller", namespaces::live);
        cluster.spawn("garbage-collector", garbage::live);
        cluster.spawn("persistentvolume-binder", volumes::live);
        workloads::spawn(&cluster);
        let images = vec![
            ("etcd".to_owned(), etcd.image(&cluster)),
            (KUBE_APISERVER.to_owned(), hosted_api::image(&cluster, &setting.hosted)),
        ];
        kubelet::spawn(&cluster, &containers, images);
        hypershift::start(&cluster);
        control_plane::start(&cluster, !setting.scenario.members_restore_alone);
        hosted_api::start(&cluster, &etcd, &setting.hosted, &setting.balancers);
        capi::start(&cluster, &setting.hosted, &setting.cloud);
        external_dns::start(&cluster, &setting.zone);
        private_link::start(&cluster, &setting.private_zone);
        Ok(Self { name: name.to_owned(), server, cluster, etcd })
    }

    /// Creates objects as a user does; what is there already stays.
    pub(super) async fn create(&self, objects: &[(Kind, Value)]) -> Result<(), LabError> {
        let client = self.cluster.client();
        let filling = |error: String| LabError::Filling(format!("{}: {error}", self.name));
        for (kind, object) in objects {
            let mut object = object.clone();
            object["apiVersion"] = kind.api_version().into();
            object["kind"] = kind.kind.clone().into();
            let object: DynamicObject =
                serde_json::from_value(object).map_err(|error| filling(error.to_string()))?;
            let namespace = object.metadata.namespace.clone().unwrap_or_default();
            if !namespace.is_empty() {
                self.ensure_namespace(&namespace)?;
            }
            let made = kind.api(client.clone(), &namespace).create(&PostParams::default(), &object).await;
            match made {
                Err(kube::Error::Api(status)) if status.code == 409 => {}
                Err(error) => return Err(filling(format!("{kind}: {error}"))),
                Ok(_) => {}
            }
        }
        Ok(())
    }

    fn ensure_namespace(&self, name: &str) -> Result<(), LabError> {
        let store = self.server.store();
        if store.get("namespaces", "", name).is_none() {
            let made = store.create("namespaces", "", json!({"metadata": {"name": name}}));
            made.map_err(|error| LabError::Filling(format!("{}: namespace {name}: {error}", self.name)))?;
        }
        Ok(())
    }

    /// Its name: `source` or `destination`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its API server.
    #[must_use]
    pub fn server(&self) -> &ApiServer {
        &self.server
    }

    /// Its objects.
    #[must_use]
    pub fn store(&self) -> Store {
        self.server.store()
    }

    /// What its actors live in, and watch.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The etcds of its control planes.
    #[must_use]
    pub fn etcd(&self) -> &Etcd {
        &self.etcd
    }

    pub(super) async fn stop(&self, hosted: &HostedApis) {
        self.cluster.stop().await;
        for one in hosted.of_management(&self.name) {
            hosted.remove(&self.name, &one.namespace);
            one.cluster.stop().await;
            one.server.stop().await;
        }
        self.server.clone().stop().await;
    }
}

/// What stands in a management cluster before any hosted cluster: resource, namespace, object.
fn furniture(name: &str, scenario: &Scenario) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    let mut put = |resource: &str, namespace: &str, object: Value| {
        all.push((resource.to_owned(), namespace.to_owned(), object));
    };
    for namespace in [hypershift::NAMESPACE, "openshift-machine-api", "openshift-config"] {
        put("namespaces", "", json!({"metadata": {"name": namespace}}));
    }
    let infra = format!("{name}-{}", suffix_of(&format!("{}/{name}", scenario.seed)));
    put(
        "infrastructures.config.openshift.io",
        "",
        json!({
            "metadata": {"name": "cluster"},
            "spec": {"platformSpec": {"type": "AWS"}},
            "status": {"infrastructureName": infra, "platform": "AWS", "controlPlaneTopology": "HighlyAvailable"},
        }),
    );
    put(
        "clusterversions.config.openshift.io",
        "",
        json!({
            "metadata": {"name": "version"},
            "spec": {"clusterID": uuid_of(&infra), "channel": "stable-4"},
            "status": {
                "desired": {"image": "quay.io/openshift-release-dev/ocp-release:4.20.4-x86_64", "version": "4.20.4"},
                "history": [{
                    "state": "Completed", "image": "quay.io/openshift-release-dev/ocp-release:4.20.4-x86_64",
                    "version": "4.20.4", "verified": true, "startedTime": crate::actors::object::now(),
                    "completionTime": crate::actors::object::now(),
                }],
                "observedGeneration": 1, "versionHash": "lab", "availableUpdates": null,
            },
        }),
    );
    for number in 1..=3 {
        let node = format!("{infra}-worker-{number}");
        put(
            "nodes",
            "",
            json!({
                "metadata": {"name": node, "labels": {"node-role.kubernetes.io/worker": "", "kubernetes.io/hostname": node}},
                "spec": {"providerID": format!("aws:///{}a/i-{name}{number}", scenario.region)},
                "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}]},
            }),
        );
        put(
            "machines.machine.openshift.io",
            "openshift-machine-api",
            json!({
                "metadata": {"name": node, "namespace": "openshift-machine-api"},
                "spec": {"providerID": format!("aws:///{}a/i-{name}{number}", scenario.region)},
                "status": {"phase": "Running", "nodeRef": {"kind": "Node", "name": node}},
            }),
        );
    }
    put("deployments.apps", hypershift::NAMESPACE, deployment(hypershift::OPERATOR, 2, &[]));
    let owner = format!("--txt-owner-id={}", uuid_of(&format!("{infra}/external-dns")));
    let domain = format!("--domain-filter={}", scenario.domain);
    let arguments = [
        "--source=openshift-route",
        "--provider=aws",
        "--registry=txt",
        "--policy=sync",
        "--interval=1m",
        "--txt-suffix=-external-dns",
        owner.as_str(),
        domain.as_str(),
    ];
    put("deployments.apps", hypershift::NAMESPACE, deployment(external_dns::EXTERNAL_DNS, 1, &arguments));
    all
}

fn deployment(name: &str, replicas: u32, arguments: &[&str]) -> Value {
    let labels = json!({"app": name});
    json!({
        "metadata": {"name": name, "namespace": hypershift::NAMESPACE, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": name, "image": name, "args": arguments}]},
            },
        },
    })
}

/// The kinds whose changes may bring a hosted cluster nearer to rest.
pub(super) const WATCHED: [Kind; 3] = [kinds::HOSTED_CLUSTER, kinds::NODE_POOL, kinds::HOSTED_CONTROL_PLANE];
