//! Certificates of nodes: kubelets that ask for them, the controller that signs what was approved, and the machine
//! approver where there are machines.

mod approver;
pub(super) mod kubelet;
pub mod request;
mod signer;

use std::sync::Arc;

use rcgen::KeyPair;

use super::Cluster;
use crate::apiserver::{Authority, ClientError, User};
use crate::ground::Plane;

pub use self::kubelet::Way;
pub use self::request::{Ask, CLIENT_SIGNER, SERVING_SIGNER};

/// Where the account lives that nodes without a certificate work as.
pub const BOOTSTRAP_NAMESPACE: &str = "openshift-machine-config-operator";
/// The name of that account.
pub const BOOTSTRAPPER: &str = "node-bootstrapper";

/// A node whose certificates have expired.
pub struct ExpiredNode {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// The key of its first request.
    pub key: KeyPair,
}

/// The user that nodes without a certificate work as.
#[must_use]
pub fn bootstrapper() -> User {
    User::service_account(BOOTSTRAP_NAMESPACE, BOOTSTRAPPER)
}

/// The user that a node with a certificate is.
#[must_use]
pub fn node_user(node: &str) -> User {
    User::new(format!("system:node:{node}"), ["system:nodes"])
}

/// Starts the signer, and the machine approver where `with_approver`.
pub fn start(cluster: &Cluster, authority: &Authority, with_approver: bool) {
    let authority = authority.clone();
    cluster.spawn("csr-signer", move |actor| signer::live(actor, authority.clone()));
    if with_approver {
        cluster.spawn("machine-approver", approver::live);
    }
}

/// Starts the kubelet of a node whose certificates have expired.
///
/// Errors: the node has no way to the API.
pub fn start_kubelet(
    cluster: &Cluster,
    plane: &Arc<dyn Plane>,
    authority: &Authority,
    node: ExpiredNode,
) -> Result<(), ClientError> {
    let way = kubelet::Way {
        bootstrap: plane.client(&bootstrapper())?,
        address: plane.address(),
        authority: authority.clone(),
    };
    let actor = super::Actor::new(cluster.clone(), &format!("kubelet/{}", node.name));
    cluster.run(kubelet::live(actor, way, node));
    Ok(())
}
