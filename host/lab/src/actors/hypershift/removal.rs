//! The end of a `HostedCluster` or `NodePool` by its operator: everything goes, cloud instances too.

use std::time::Duration;

use kube::api::{DeleteParams, DynamicObject};

use super::super::kinds::{
    AWS_CLUSTER, AWS_MACHINE_TEMPLATE, CLUSTER, HOSTED_CLUSTER, HOSTED_CONTROL_PLANE, MACHINE,
    MACHINE_DEPLOYMENT, NAMESPACE, NODE_POOL,
};
use super::super::names::control_plane_namespace;
use super::super::object::{annotation, is_dying, name, namespace, text};
use super::super::{Key, Kind, Next, Result};
use super::{FINALIZER, HyperShift, NODE_POOL_ANNOTATION, specification};

/// How soon the operator looks again at what it waits to see gone, in life.
const AGAIN: Next = Next::After(Duration::from_secs(5));

impl HyperShift {
    /// Takes everything of `hosted` away, in order, and then lets it go.
    pub(super) async fn remove_hosted_cluster(&self, hosted: &DynamicObject) -> Result<Next> {
        let pools = self.node_pools.within(namespace(hosted));
        let pools: Vec<_> =
            pools.iter().filter(|pool| text(pool, "/spec/clusterName") == name(hosted)).collect();
        for pool in &pools {
            self.doom(&NODE_POOL, pool).await?;
        }
        if !pools.is_empty() {
            return Ok(AGAIN);
        }
        let plane = control_plane_namespace(namespace(hosted), name(hosted));
        for kind in [CLUSTER, AWS_CLUSTER, HOSTED_CONTROL_PLANE] {
            let left = self.actor.watch(&kind).await.within(&plane);
            for one in &left {
                self.doom(&kind, one).await?;
            }
            if !left.is_empty() {
                return Ok(AGAIN);
            }
        }
        if let Some(left) = self.actor.watch(&NAMESPACE).await.get(&Key::new("", &plane)) {
            self.doom(&NAMESPACE, &left).await?;
            return Ok(AGAIN);
        }
        self.actor.set_finalizer(&HOSTED_CLUSTER, hosted, FINALIZER, false).await?;
        Ok(Next::Rest)
    }

    /// Takes the machines of `pool` away, and then lets it go.
    pub(super) async fn remove_node_pool(&self, pool: &DynamicObject) -> Result<Next> {
        let plane = control_plane_namespace(namespace(pool), text(pool, "/spec/clusterName"));
        let of_pool = specification::full_name(pool);
        for kind in [MACHINE_DEPLOYMENT, MACHINE, AWS_MACHINE_TEMPLATE] {
            let all = self.actor.watch(&kind).await.within(&plane);
            let left: Vec<_> = all
                .iter()
                .filter(|one| annotation(one, NODE_POOL_ANNOTATION) == Some(of_pool.as_str()))
                .collect();
            if kind != MACHINE {
                for one in &left {
                    self.doom(&kind, one).await?;
                }
            }
            if !left.is_empty() {
                return Ok(AGAIN);
            }
        }
        self.actor.set_finalizer(&NODE_POOL, pool, FINALIZER, false).await?;
        Ok(Next::Rest)
    }

    async fn doom(&self, kind: &Kind, object: &DynamicObject) -> Result<()> {
        if is_dying(object) {
            return Ok(());
        }
        self.actor.record(
            format!("deleted {kind} {}", Key::of(object)),
            "its HostedCluster or NodePool is deleted",
        );
        self.actor.delete(kind, &Key::of(object), &DeleteParams::default()).await
    }
}
