//! The deployments of a hosted control plane: which there are, who makes them, how many copies run.

use serde_json::{Value, json};

use crate::scenario::Availability;

/// Who makes and keeps a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    /// The HyperShift operator, from the `HostedCluster`.
    HyperShift,
    /// The control plane operator, from the `HostedControlPlane`.
    ControlPlane,
}

/// A deployment of a hosted control plane.
#[derive(Debug, Clone, Copy)]
pub struct Component {
    /// Its name, which is also that of its main container and its `app` label.
    pub name: &'static str,
    /// Who keeps it.
    pub keeper: Keeper,
    /// The copies with `HighlyAvailable`; with `SingleReplica` it is one.
    replicas: u32,
    /// The containers beside the main one.
    sidecars: &'static [&'static str],
}

impl Component {
    /// How many copies run with this availability.
    #[must_use]
    pub fn replicas(&self, availability: Availability) -> u32 {
        match availability {
            Availability::HighlyAvailable => self.replicas,
            Availability::SingleReplica => 1,
        }
    }

    /// Its containers, the main one first.
    #[must_use]
    pub fn containers(&self, image: &str) -> Vec<Value> {
        let names = std::iter::once(&self.name).chain(self.sidecars);
        let container = |name| json!({"name": name, "image": image, "imagePullPolicy": "IfNotPresent"});
        names.map(|name| restricted(container(name))).collect()
    }
}

/// Gives up what the namespaces of control planes let no container have.
#[must_use]
pub fn restricted(mut container: Value) -> Value {
    container["securityContext"] = json!({
        "allowPrivilegeEscalation": false,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": true,
        "seccompProfile": {"type": "RuntimeDefault"},
    });
    container
}

const fn kept(
    name: &'static str,
    keeper: Keeper,
    replicas: u32,
    sidecars: &'static [&'static str],
) -> Component {
    Component { name, keeper, replicas, sidecars }
}

/// The deployment of the control plane operator itself.
pub const CONTROL_PLANE_OPERATOR: &str = "control-plane-operator";
/// The deployment of the Cluster API controllers.
pub const CLUSTER_API: &str = "cluster-api";
/// The deployment of the Cluster API provider for AWS.
pub const CAPI_PROVIDER: &str = "capi-provider";
/// The deployment of the hosted cluster's API server.
pub const KUBE_APISERVER: &str = "kube-apiserver";

/// Every deployment of a hosted control plane.
pub const COMPONENTS: &[Component] = &[
    kept(CONTROL_PLANE_OPERATOR, Keeper::HyperShift, 1, &[]),
    kept(CLUSTER_API, Keeper::HyperShift, 1, &[]),
    kept(CAPI_PROVIDER, Keeper::HyperShift, 1, &["token-minter"]),
    kept(KUBE_APISERVER, Keeper::ControlPlane, 3, &["apply-bootstrap", "konnectivity-server"]),
    kept("kube-controller-manager", Keeper::ControlPlane, 3, &[]),
    kept("kube-scheduler", Keeper::ControlPlane, 3, &[]),
    kept("openshift-apiserver", Keeper::ControlPlane, 3, &["konnectivity-proxy"]),
    kept("openshift-oauth-apiserver", Keeper::ControlPlane, 3, &[]),
    kept("oauth-openshift", Keeper::ControlPlane, 3, &["socks5-proxy", "http-proxy"]),
    kept("openshift-controller-manager", Keeper::ControlPlane, 3, &[]),
    kept("ovnkube-control-plane", Keeper::ControlPlane, 3, &["socks-proxy"]),
    kept("router", Keeper::ControlPlane, 2, &[]),
    kept("ignition-server", Keeper::ControlPlane, 3, &[]),
    kept("cluster-autoscaler", Keeper::ControlPlane, 1, &[]),
    kept("cluster-network-operator", Keeper::ControlPlane, 1, &["konnectivity-proxy"]),
    kept("cluster-version-operator", Keeper::ControlPlane, 1, &[]),
    kept("hosted-cluster-config-operator", Keeper::ControlPlane, 1, &[]),
    kept("machine-approver", Keeper::ControlPlane, 1, &[]),
];

/// The components that `keeper` makes.
pub fn kept_by(keeper: Keeper) -> impl Iterator<Item = &'static Component> {
    COMPONENTS.iter().filter(move |component| component.keeper == keeper)
}
