//! The objects that follow from a `NodePool`'s specification.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::kinds::{AWS_MACHINE_TEMPLATE, CLUSTER};
use super::super::names::short_hash;
use super::super::object::{controlled_by, name, namespace, text, uid};
use super::{CLUSTER_NAME_LABEL, NODE_POOL_ANNOTATION, specification};
use crate::actors::control_plane::{release_of, secrets::opaque};

/// The name of the label and selector that tie machines to their deployment.
const POOL_LABEL: &str = "hypershift.openshift.io/nodePool";

/// What a `NodePool` asks for, beside what it is for.
pub(super) struct Pool<'a> {
    given: &'a DynamicObject,
    cluster: &'a DynamicObject,
    plane: &'a str,
    infra_id: &'a str,
    /// A hash of release and configuration: another one makes new machines.
    config_hash: String,
    /// A hash of the platform's part of the specification.
    template_hash: String,
}

impl<'a> Pool<'a> {
    /// Takes together what the pool's objects follow from; `config` is the text of its configuration.
    pub(super) fn new(
        pool: &'a DynamicObject,
        hosted: &'a DynamicObject,
        cluster: &'a DynamicObject,
        plane: &'a str,
        config: &str,
    ) -> Self {
        let release = text(pool, "/spec/release/image");
        Self {
            given: pool,
            cluster,
            plane,
            infra_id: text(hosted, "/spec/infraID"),
            config_hash: short_hash(&format!("{release}\n{config}")),
            template_hash: short_hash(&pool.data["spec"]["platform"]["aws"].to_string()),
        }
    }

    /// The ignition token and the user data of new machines.
    pub(super) fn secrets(&self) -> [Value; 2] {
        let seed = format!("{}/{}", self.plane, uid(self.given));
        ["token", "user-data"].map(|what| {
            let mut secret = opaque(self.plane, &self.secret_name(what), &[what], &seed);
            secret["metadata"]["annotations"] = self.annotations();
            secret
        })
    }

    /// The template that machines' cloud parts are made from; its name is not the pool's.
    pub(super) fn template(&self) -> Value {
        let aws = &self.given.data["spec"]["platform"]["aws"];
        json!({
            "metadata": {
                "name": self.template_name(),
                "namespace": self.plane,
                "annotations": self.annotations(),
                "ownerReferences": [self.owner()],
            },
            "spec": {"template": {"spec": {
                "instanceType": aws["instanceType"],
                "iamInstanceProfile": aws["instanceProfile"],
                "subnet": aws["subnet"],
                "ami": {"id": "ami-0a1b2c3d4e5f60718"},
                "rootVolume": aws["rootVolume"],
                "uncompressedUserData": true,
            }}},
        })
    }

    /// The machine deployment, which bears the pool's name.
    pub(super) fn deployment(&self) -> Value {
        let spec = &self.given.data["spec"];
        let replicas = match spec["autoScaling"]["min"].as_i64() {
            Some(least) => Some(least),
            None => spec["replicas"].as_i64(),
        };
        let labels = json!({POOL_LABEL: name(self.given), CLUSTER_NAME_LABEL: self.infra_id});
        json!({
            "metadata": {
                "name": name(self.given),
                "namespace": self.plane,
                "labels": {CLUSTER_NAME_LABEL: self.infra_id},
                "annotations": self.annotations(),
                "ownerReferences": [self.owner()],
            },
            "spec": {
                "clusterName": self.infra_id,
                "replicas": replicas.unwrap_or(1),
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels, "annotations": self.annotations()},
                    "spec": {
                        "clusterName": self.infra_id,
                        "version": release_of(text(self.given, "/spec/release/image")),
                        "bootstrap": {"dataSecretName": self.secret_name("user-data")},
                        "infrastructureRef": {
                            "apiVersion": AWS_MACHINE_TEMPLATE.api_version(),
                            "kind": AWS_MACHINE_TEMPLATE.kind,
                            "namespace": self.plane,
                            "name": self.template_name(),
                        },
                    },
                },
            },
        })
    }

    /// What the operator writes on the pool itself.
    pub(super) fn marks(&self) -> Value {
        json!({"metadata": {
            "name": name(self.given),
            "namespace": namespace(self.given),
            "labels": {"hypershift.openshift.io/auto-created-for-infra": self.infra_id},
            "annotations": {
                "hypershift.openshift.io/nodePoolCurrentConfig": self.config_hash,
                "hypershift.openshift.io/nodePoolCurrentConfigVersion": self.config_hash,
                "hypershift.openshift.io/nodePoolPlatformMachineTemplate": self.template_hash,
            },
        }})
    }

    fn template_name(&self) -> String {
        format!("{}-{}", name(self.given), self.template_hash)
    }

    fn secret_name(&self, what: &str) -> String {
        format!("{what}-{}-{}", name(self.given), self.config_hash)
    }

    fn annotations(&self) -> Value {
        json!({NODE_POOL_ANNOTATION: specification::full_name(self.given)})
    }

    fn owner(&self) -> Value {
        let mut owner = controlled_by(&CLUSTER, self.cluster);
        if let Some(fields) = owner.as_object_mut() {
            fields.remove("controller");
            fields.remove("blockOwnerDeletion");
        }
        owner
    }
}
