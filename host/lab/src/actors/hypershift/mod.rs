//! The HyperShift operator of a management cluster: from `HostedCluster` and `NodePool` to control planes
//! and Cluster API objects. It acts for every hosted cluster alike, as long as a pod of it runs.

mod hosted_cluster;
mod node_pool;
mod pool_objects;
mod references;
mod removal;
mod specification;
mod status;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use self::specification::service_host;
use super::control_plane::components::{CONTROL_PLANE_OPERATOR, Keeper, kept_by};
use super::kinds::{
    AWS_CLUSTER, CLUSTER, CONFIG_MAP, DEPLOYMENT, HOSTED_CLUSTER, HOSTED_CONTROL_PLANE, MACHINE,
    MACHINE_DEPLOYMENT, MACHINE_SET, NODE_POOL, POD, SECRET,
};
use super::names::control_plane_namespace;
use super::object::{annotation, label, name, namespace, text};
use super::pause::Pause;
use super::{Actor, Change, Cluster, Key, Kind, Next, Result, Watched, Work, liveness};

/// The namespace of the operator.
pub const NAMESPACE: &str = "hypershift";
/// The name of its deployment, and the `app` label of its pods.
pub const OPERATOR: &str = "operator";
/// What holds its objects until it has cleaned up behind them.
pub const FINALIZER: &str = "hypershift.openshift.io/finalizer";
/// On objects in a control plane's namespace: the `HostedCluster` they are for, as `namespace/name`.
pub const CLUSTER_ANNOTATION: &str = "hypershift.openshift.io/cluster";
/// On objects in a control plane's namespace: the `NodePool` they are for, as `namespace/name`.
pub const NODE_POOL_ANNOTATION: &str = "hypershift.openshift.io/nodePool";
/// On Cluster API objects: their controllers leave them alone.
pub const PAUSED_ANNOTATION: &str = "cluster.x-k8s.io/paused";
/// On Cluster API objects: the cluster they belong to.
pub const CLUSTER_NAME_LABEL: &str = "cluster.x-k8s.io/cluster-name";

/// The names of what the operator copies into a control plane's namespace, and out of it.
const BESIDE: &[&str] = &[
    specification::PULL_SECRET,
    specification::SSH_KEY,
    specification::TRUST_BUNDLE,
    "admin-kubeconfig",
    "kubeadmin-password",
];

/// Starts the operator on `cluster`.
pub fn start(cluster: &Cluster) {
    cluster.spawn("hypershift", live);
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Item {
    HostedCluster(Key),
    NodePool(Key),
}

struct HyperShift {
    actor: Actor,
    hosted_clusters: Watched,
    node_pools: Watched,
    control_planes: Watched,
    clusters: Watched,
    pods: Watched,
}

async fn live(actor: Actor) -> Result<()> {
    let work = Work::new();
    let operator = Arc::new(HyperShift {
        hosted_clusters: actor.watch(&HOSTED_CLUSTER).await,
        node_pools: actor.watch(&NODE_POOL).await,
        control_planes: actor.watch(&HOSTED_CONTROL_PLANE).await,
        clusters: actor.watch(&CLUSTER).await,
        pods: actor.watch(&POD).await,
        actor: actor.clone(),
    });
    let behind = operator.clone();
    work.follow(&operator.hosted_clusters, move |change| {
        // Its pools go by what it says of itself.
        let pools = behind.pools_of(&change.object);
        std::iter::once(Item::HostedCluster(Key::of(&change.object))).chain(pools).collect::<Vec<_>>()
    });
    work.follow(&operator.node_pools, |change| {
        let key = Key::of(&change.object);
        let owner = Key::new(key.namespace.clone(), text(&change.object, "/spec/clusterName"));
        [Item::NodePool(key), Item::HostedCluster(owner)]
    });
    for kind in [HOSTED_CONTROL_PLANE, CLUSTER, AWS_CLUSTER] {
        work.follow(&actor.watch(&kind).await, |change| {
            annotated(change, CLUSTER_ANNOTATION, Item::HostedCluster)
        });
    }
    for kind in [MACHINE_DEPLOYMENT, MACHINE_SET, MACHINE] {
        work.follow(&actor.watch(&kind).await, |change| {
            annotated(change, NODE_POOL_ANNOTATION, Item::NodePool)
        });
    }
    for kind in [DEPLOYMENT, SECRET, CONFIG_MAP] {
        let (operator, watched) = (operator.clone(), actor.watch(&kind).await);
        work.follow(&watched, move |change| operator.of_object(&change.object));
    }
    // Its own pods come and go: when it begins to live, it looks at everything.
    let (sender, behind) = (work.sender(), operator.clone());
    operator.pods.listen(move |change| {
        let is_own = label(&change.object, "app") == Some(OPERATOR);
        let is_controller = label(&change.object, "app") == Some(CONTROL_PLANE_OPERATOR);
        !(is_own || is_controller) || behind.everything().into_iter().all(|item| sender.send(item).is_ok())
    });
    work.run(actor.clock(), |item| {
        let operator = operator.clone();
        async move { operator.look(item).await }
    })
    .await
}

impl HyperShift {
    async fn look(&self, item: Item) -> Result<Next> {
        self.actor.dither(2.0, 15.0).await;
        if !liveness::runs(&self.pods, NAMESPACE, OPERATOR) {
            return Ok(Next::Rest);
        }
        match item {
            Item::HostedCluster(key) => self.hosted_cluster(&key).await,
            Item::NodePool(key) => self.node_pool(&key).await,
        }
    }

    /// Everything that there is to look at.
    fn everything(&self) -> Vec<Item> {
        let clusters = self.hosted_clusters.all().into_iter().map(|one| Item::HostedCluster(Key::of(&one)));
        clusters.chain(self.node_pools.all().into_iter().map(|one| Item::NodePool(Key::of(&one)))).collect()
    }

    /// The node pools of a hosted cluster.
    fn pools_of(&self, hosted: &kube::api::DynamicObject) -> Vec<Item> {
        let all = self.node_pools.within(namespace(hosted));
        let own = all.iter().filter(|pool| text(pool, "/spec/clusterName") == name(hosted));
        own.map(|pool| Item::NodePool(Key::of(pool))).collect()
    }

    /// The hosted clusters and node pools that an object of theirs is of interest to: one that they may
    /// refer to, or one beside the control plane that the operator keeps or copies.
    fn of_object(&self, object: &kube::api::DynamicObject) -> Vec<Item> {
        let (namespace, name) = (namespace(object), name(object));
        let mut items = Vec::new();
        for one in self.hosted_clusters.all() {
            let key = Key::of(&one);
            let is_home = key.namespace == namespace;
            let is_beside = BESIDE.contains(&name) || kept_by(Keeper::HyperShift).any(|one| one.name == name);
            if is_home || (is_beside && control_plane_namespace(&key.namespace, &key.name) == namespace) {
                items.push(Item::HostedCluster(key));
            }
            if is_home {
                items.extend(
                    self.node_pools.within(namespace).iter().map(|pool| Item::NodePool(Key::of(pool))),
                );
            }
        }
        items
    }

    /// What to do after a look at something that is paused like this.
    fn after(&self, pause: Pause) -> Next {
        match pause {
            // `Next::After` is in life, the pause on the machine's clock.
            Pause::For(left) => {
                Next::After(left.mul_f64(self.actor.clock().speed()) + Duration::from_millis(1))
            }
            Pause::No | Pause::Forever => Next::Rest,
        }
    }
}

fn pause_of(object: &kube::api::DynamicObject) -> Pause {
    Pause::read(text(object, "/spec/pausedUntil"), Timestamp::now())
}

/// The item that an annotation of the form `namespace/name` points to.
fn annotated(change: &Change, key: &str, item: fn(Key) -> Item) -> Option<Item> {
    let (namespace, name) = annotation(&change.object, key)?.split_once('/')?;
    Some(item(Key::new(namespace, name)))
}

/// Where a kind's objects of a control plane are and who they are for, as `metadata` begins.
fn reference(kind: &Kind, namespace: &str, name: &str) -> serde_json::Value {
    serde_json::json!({
        "apiVersion": kind.api_version(), "kind": kind.kind, "namespace": namespace, "name": name,
    })
}
