//! One `HostedCluster`: its control plane's namespace, secrets, operators and Cluster API objects.

use kube::api::DynamicObject;
use serde_json::json;

use super::super::control_plane::components::{Keeper, kept_by};
use super::super::control_plane::deployment;
use super::super::keep::keep;
use super::super::kinds::{
    AWS_CLUSTER, CLUSTER, DEPLOYMENT, HOSTED_CLUSTER, HOSTED_CONTROL_PLANE, NAMESPACE,
};
use super::super::names::control_plane_namespace;
use super::super::object::{Condition, is_dying, name, namespace, text};
use super::super::pause::Pause;
use super::super::{Error, Key, Next, Result};
use super::{FINALIZER, HyperShift, pause_of, specification};

impl HyperShift {
    pub(super) async fn hosted_cluster(&self, key: &Key) -> Result<Next> {
        let Some(hosted) = self.hosted_clusters.get(key) else { return Ok(Next::Rest) };
        if is_dying(&hosted) {
            return self.remove_hosted_cluster(&hosted).await;
        }
        self.actor.set_finalizer(&HOSTED_CLUSTER, &hosted, FINALIZER, true).await?;
        let pause = pause_of(&hosted);
        if pause.is_on() {
            self.carry_pause(&hosted).await?;
            self.show(&hosted, &[reconciling(&hosted, pause)]).await?;
            return Ok(self.after(pause));
        }
        let outcome = self.reconcile(&hosted).await;
        self.show_state(&hosted, outcome.as_ref().err()).await?;
        match outcome {
            // What people must mend is in the conditions; the watches tell when they have.
            Ok(()) | Err(Error::Malformed { .. }) => Ok(Next::Rest),
            Err(error) => Err(error),
        }
    }

    /// Tells the control plane and Cluster API that their hosted cluster is paused.
    async fn carry_pause(&self, hosted: &DynamicObject) -> Result<()> {
        let namespace = control_plane_namespace(namespace(hosted), name(hosted));
        let why = format!("HostedCluster {} is paused", name(hosted));
        let until = text(hosted, "/spec/pausedUntil");
        let plane = Key::new(&namespace, name(hosted));
        if self.control_planes.get(&plane).is_some() {
            let wanted = json!({"metadata": plane_metadata(&plane), "spec": {"pausedUntil": until}});
            keep(&self.actor, &HOSTED_CONTROL_PLANE, wanted, &why).await?;
        }
        let cluster = Key::new(&namespace, text(hosted, "/spec/infraID"));
        if self.clusters.get(&cluster).is_some() {
            let wanted = json!({"metadata": plane_metadata(&cluster), "spec": {"paused": true}});
            keep(&self.actor, &CLUSTER, wanted, &why).await?;
        }
        Ok(())
    }

    async fn reconcile(&self, hosted: &DynamicObject) -> Result<()> {
        let why = format!("HostedCluster {}", Key::of(hosted));
        let namespace = control_plane_namespace(namespace(hosted), name(hosted));
        keep(&self.actor, &NAMESPACE, specification::namespace(hosted, &namespace), &why).await?;
        self.copy_references(hosted, &namespace).await?;
        let plane = specification::control_plane(hosted, &namespace);
        keep(&self.actor, &HOSTED_CONTROL_PLANE, plane, &why).await?;
        let cluster = specification::cluster(hosted, &namespace);
        keep(&self.actor, &CLUSTER, cluster, &why).await?;
        let owner = self.clusters.get(&Key::new(&namespace, text(hosted, "/spec/infraID")));
        let account = specification::aws_cluster(hosted, &namespace, owner.as_deref());
        keep(&self.actor, &AWS_CLUSTER, account, &why).await?;
        for component in kept_by(Keeper::HyperShift) {
            let wanted = deployment::of(component, hosted, &namespace, None);
            keep(&self.actor, &DEPLOYMENT, wanted, &why).await?;
        }
        Ok(())
    }
}

fn plane_metadata(key: &Key) -> serde_json::Value {
    json!({"namespace": key.namespace, "name": key.name})
}

/// The condition that says whether the operator works on `hosted`.
pub(super) fn reconciling(hosted: &DynamicObject, pause: Pause) -> Condition {
    let until = text(hosted, "/spec/pausedUntil");
    match pause {
        Pause::No => {
            Condition::new("ReconciliationActive", true, "AsExpected", "Reconciliation active on resource")
        }
        Pause::Forever => {
            let message = "Reconciliation paused until field removed";
            Condition::new("ReconciliationActive", false, "ReconciliationPaused", message)
        }
        Pause::For(_) => {
            let message = format!("Reconciliation paused until: {until}");
            Condition::new("ReconciliationActive", false, "ReconciliationPaused", message)
        }
    }
}
