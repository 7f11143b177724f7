//! The objects that a control plane operator makes for etcd: stateful set, services, configuration.

use serde_json::{Value, json};

use super::spec::{INIT, INITIAL_CLUSTER, RELEASE_IMAGE, RESTORE_URL};

/// What an operator wants etcd to be.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The namespace of the control plane.
    pub namespace: &'a str,
    /// How many members: 1 or 3.
    pub replicas: u32,
    /// The release image, with its number as tag.
    pub release_image: &'a str,
    /// The size of each member's volume, such as `8Gi`.
    pub volume: &'a str,
    /// The snapshot that empty volumes are filled from, until it is restored.
    pub restore_url: Option<&'a str>,
    /// Whether the operator restores all members into one cluster; an old one does not (F58).
    pub restores_together: bool,
    /// Owner references of everything.
    pub owners: Value,
}

impl Wanted<'_> {
    /// The stateful set `etcd`.
    #[must_use]
    pub fn stateful_set(&self) -> Value {
        let labels = json!({ "app": "etcd", "hypershift.openshift.io/control-plane-component": "etcd" });
        json!({
            "metadata": {
                "name": "etcd",
                "namespace": self.namespace,
                "labels": labels,
                "ownerReferences": self.owners,
            },
            "spec": {
                "replicas": self.replicas,
                "serviceName": "etcd-discovery",
                "podManagementPolicy": "Parallel",
                "revisionHistoryLimit": 10,
                "persistentVolumeClaimRetentionPolicy": { "whenDeleted": "Retain", "whenScaled": "Retain" },
                "selector": { "matchLabels": { "app": "etcd" } },
                "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "partition": 0 } },
                "template": {
                    "metadata": { "labels": labels, "annotations": { RELEASE_IMAGE: self.release_image } },
                    "spec": self.pod(),
                },
                "volumeClaimTemplates": [{
                    "metadata": { "name": "data" },
                    "spec": {
                        "accessModes": ["ReadWriteOnce"],
                        "resources": { "requests": { "storage": self.volume } },
                        "volumeMode": "Filesystem",
                    },
                }],
            },
        })
    }

    /// The services `etcd-client` and `etcd-discovery`.
    #[must_use]
    pub fn services(&self) -> [Value; 2] {
        let service = |name: &str, port: u16, early: bool| {
            json!({
                "metadata": { "name": name, "namespace": self.namespace, "ownerReferences": self.owners },
                "spec": {
                    "clusterIP": "None",
                    "publishNotReadyAddresses": early,
                    "selector": { "app": "etcd" },
                    "ports": [{ "name": name, "port": port, "protocol": "TCP", "targetPort": port }],
                },
            })
        };
        [service("etcd-client", 2379, false), service("etcd-discovery", 2380, true)]
    }

    fn initial_cluster(&self) -> String {
        let member = |number| {
            format!("etcd-{number}=https://etcd-{number}.etcd-discovery.{}.svc:2380", self.namespace)
        };
        (0..self.replicas).map(member).collect::<Vec<_>>().join(",")
    }

    fn pod(&self) -> Value {
        let mount = |name: &str, path: &str| json!({ "name": name, "mountPath": path });
        let etcd = json!({
            "name": "etcd",
            "image": "etcd",
            "command": ["/bin/sh", "-c", "/usr/bin/etcd"],
            "env": [
                { "name": "ETCD_DATA_DIR", "value": "/var/lib/data" },
                { "name": INITIAL_CLUSTER, "value": self.initial_cluster() },
                { "name": "ETCD_QUOTA_BACKEND_BYTES", "value": "8589934592" },
            ],
            "volumeMounts": [
                mount("data", "/var/lib"),
                mount("client-tls", "/etc/etcd/tls/client"),
                mount("etcd-ca", "/etc/etcd/tls/etcd-ca"),
            ],
        });
        let mut init = vec![
            json!({ "name": "ensure-dns", "image": "controlplane-operator" }),
            json!({ "name": "reset-member", "image": "etcd", "volumeMounts": [mount("data", "/var/lib")] }),
        ];
        if let Some(url) = self.restore_url {
            let mut env = vec![json!({ "name": RESTORE_URL, "value": url })];
            if self.restores_together {
                env.push(json!({ "name": INITIAL_CLUSTER, "value": self.initial_cluster() }));
            }
            let volume = [mount("data", "/var/lib")];
            init.push(json!({ "name": INIT, "image": "etcd", "env": env, "volumeMounts": volume }));
        }
        json!({
            "initContainers": init,
            "containers": [
                etcd,
                { "name": "etcd-metrics", "image": "etcd" },
                { "name": "healthz", "image": "cluster-etcd-operator" },
            ],
            "priorityClassName": "hypershift-etcd",
            "terminationGracePeriodSeconds": 30,
            "volumes": [
                { "name": "client-tls", "secret": { "secretName": "etcd-client-tls" } },
                { "name": "etcd-ca", "configMap": { "name": "etcd-ca" } },
            ],
        })
    }
}
