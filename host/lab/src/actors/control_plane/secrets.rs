//! The secrets of a control plane. Those that are there are kept; a new root certificate authority is made
//! only where none was restored, and then nothing that trusted the old one trusts the new one.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::api::DynamicObject;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::super::object::{namespace, uid};
use super::super::{Error, Result};
use super::network::api_host;
use crate::apiserver::authority::Authority;
use crate::apiserver::identity::User;
use crate::apiserver::kubeconfig::{KubeconfigOptions, kubeconfig};

/// The secret with the certificate authority that the whole control plane hangs on.
pub const ROOT_CA: &str = "root-ca";

/// The kubeconfigs, and how each names the API server.
const KUBECONFIGS: &[&str] = &[
    "admin-kubeconfig",
    "localhost-kubeconfig",
    "service-network-admin-kubeconfig",
    "kube-controller-manager-kubeconfig",
    "kube-scheduler-kubeconfig",
    "bootstrap-kubeconfig",
];

/// Certificate authorities beside the root, which sign one purpose each.
const SIGNERS: &[&str] = &[
    "etcd-signer",
    "etcd-metrics-signer",
    "aggregator-client-signer",
    "cluster-signer-ca",
    "konnectivity-signer",
    "kube-control-plane-signer",
    "kube-apiserver-to-kubelet-signer",
    "customer-system-admin-signer",
    "hosted-cluster-config-operator-signer",
    "ignition-server-ca-cert",
];

/// Certificates of servers and clients.
const CERTIFICATES: &[&str] = &[
    "etcd-client-tls",
    "etcd-peer-tls",
    "etcd-server-tls",
    "etcd-metrics-client-tls",
    "kas-server-crt",
    "kas-server-private-crt",
    "kas-kubelet-client-crt",
    "kas-aggregator-crt",
    "kas-bootstrap-container-client",
    "konnectivity-server",
    "konnectivity-client",
    "konnectivity-cluster",
    "openshift-apiserver-cert",
    "openshift-oauth-apiserver-cert",
    "openshift-controller-manager-cert",
    "oauth-openshift-server-crt",
    "ignition-server-serving-cert",
    "cluster-policy-controller-cert",
    "cluster-version-operator-server-crt",
    "machine-approver-tls",
    "network-node-identity-secret",
    "ovn-control-plane-metrics-cert",
    "system-admin-client",
];

/// Secrets of another form, with their keys.
const OTHERS: &[(&str, &[&str])] = &[
    ("sa-signing-key", &["service-signer.key", "service-signer.pub"]),
    ("kubeadmin-password", &["password"]),
    ("oauth-openshift-session", &["v4-0-config-system-session"]),
    ("kas-auth-token-webhook-config", &["kubeconfig"]),
    ("cloud-controller-creds", &["credentials"]),
    ("node-management-creds", &["credentials"]),
    ("capi-webhooks-tls", &["tls.crt", "tls.key"]),
];

/// The secrets of `plane` that are not there; `get` finds those that are, by name.
pub(super) fn missing(
    plane: &DynamicObject,
    get: impl Fn(&str) -> Option<Arc<DynamicObject>>,
) -> Result<Vec<Value>> {
    let (home, seed) = (namespace(plane), uid(plane));
    let mut made = Vec::new();
    let root = get(ROOT_CA);
    let authority = if let Some(root) = &root {
        authority_of(root)?
    } else {
        let authority = Authority::new(ROOT_CA).map_err(Error::outside)?;
        made.push(secret(home, ROOT_CA, &[("ca.crt", authority.pem()), ("ca.key", &authority.key_pem())]));
        authority
    };
    for name in KUBECONFIGS.iter().filter(|name| get(name).is_none()) {
        let url = format!("https://{}:443", api_host(plane));
        let text = kubeconfig("cluster", &url, &authority, &User::admin(), &KubeconfigOptions::default());
        made.push(secret(home, name, &[("kubeconfig", &text.map_err(Error::outside)?)]));
    }
    let signers = SIGNERS.iter().map(|name| (*name, ["ca.crt", "ca.key"].as_slice()));
    let certificates = CERTIFICATES.iter().map(|name| (*name, ["tls.crt", "tls.key"].as_slice()));
    for (name, keys) in signers.chain(certificates).chain(OTHERS.iter().copied()) {
        if get(name).is_none() {
            made.push(opaque(home, name, keys, seed));
        }
    }
    Ok(made)
}

/// The authority that a `root-ca` secret holds.
pub fn authority_of(root: &DynamicObject) -> Result<Authority> {
    let field = |key: &str| {
        let text = root.data["data"][key].as_str().unwrap_or_default();
        STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    };
    Authority::from_pem(&field("ca.crt"), &field("ca.key")).map_err(Error::outside)
}

/// A secret whose values are random to look at, and follow from `seed`.
#[must_use]
pub fn opaque(namespace: &str, name: &str, keys: &[&str], seed: &str) -> Value {
    let values: Vec<_> = keys
        .iter()
        .map(|key| {
            let hash = Sha256::digest(format!("{seed}/{namespace}/{name}/{key}"));
            (*key, STANDARD.encode(hash))
        })
        .collect();
    let values: Vec<_> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
    secret(namespace, name, &values)
}

fn secret(namespace: &str, name: &str, values: &[(&str, &str)]) -> Value {
    let data: Map<_, _> =
        values.iter().map(|(key, value)| ((*key).to_owned(), STANDARD.encode(value).into())).collect();
    json!({"metadata": {"name": name, "namespace": namespace}, "type": "Opaque", "data": data})
}
