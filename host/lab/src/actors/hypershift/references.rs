//! What a `HostedCluster` refers to in its own namespace, and its copies beside the control plane.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::keep::keep;
use super::super::kinds::{CONFIG_MAP, SECRET};
use super::super::object::{namespace as home, text};
use super::super::{Error, Key, Kind, Result};
use super::{HyperShift, specification};

impl HyperShift {
    /// Copies what the specification refers to; fails, naming it, where something is not there.
    pub(super) async fn copy_references(&self, hosted: &DynamicObject, namespace: &str) -> Result<()> {
        let encryption = text(hosted, "/spec/secretEncryption/aescbc/activeKey/name");
        let wanted = [
            (&SECRET, text(hosted, "/spec/pullSecret/name"), specification::PULL_SECRET),
            (&SECRET, text(hosted, "/spec/sshKey/name"), specification::SSH_KEY),
            (&SECRET, encryption, encryption),
            (&CONFIG_MAP, text(hosted, "/spec/additionalTrustBundle/name"), specification::TRUST_BUNDLE),
        ];
        for (kind, from, to) in wanted {
            if !from.is_empty() {
                self.copy(hosted, kind, from, &Key::new(namespace, to)).await?;
            }
        }
        Ok(())
    }

    async fn copy(&self, hosted: &DynamicObject, kind: &Kind, from: &str, to: &Key) -> Result<()> {
        let source = Key::new(home(hosted), from);
        let Some(original) = self.actor.watch(kind).await.get(&source) else {
            let reason = format!("the {} {source} that it refers to does not exist", kind.kind);
            return Err(Error::Malformed { key: Key::of(hosted), reason });
        };
        let mut copy = json!({
            "metadata": {"name": to.name, "namespace": to.namespace},
            "data": original.data["data"],
        });
        if let Some(kind) = original.data.get("type").and_then(Value::as_str) {
            copy["type"] = kind.into();
        }
        keep(&self.actor, kind, copy, &format!("HostedCluster {}", Key::of(hosted))).await?;
        Ok(())
    }
}
