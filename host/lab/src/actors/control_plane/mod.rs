//! The control plane operator: it keeps what a `HostedControlPlane` asks for in its namespace, and puts
//! back what others change, as long as its own pod runs and the control plane is not paused.

pub mod components;
pub mod deployment;
mod etcd;
pub mod network;
pub mod secrets;
mod status;

use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use kube::api::DynamicObject;
use serde_json::{Value, json};

use self::components::{CONTROL_PLANE_OPERATOR, Keeper, kept_by};
use super::hypershift::FINALIZER;
use super::keep::keep;
use super::kinds::{
    AWS_ENDPOINT_SERVICE, DEPLOYMENT, HOSTED_CONTROL_PLANE, POD, ROUTE, SECRET, SERVICE, STATEFUL_SET,
};
use super::object::{controlled_by, is_dying, label, namespace, text};
use super::pause::Pause;
use super::{Actor, Cluster, Key, Kind, Next, Result, Watched, Work, liveness};
use crate::scenario::Availability;

/// Starts the operators of all control planes of `cluster`.
///
/// Old ones restore each etcd member alone (F58); `restores_together` says that these are not.
pub fn start(cluster: &Cluster, restores_together: bool) {
    cluster.spawn("control-plane-operator", move |actor| live(actor, restores_together));
}

/// How many requests an operator has under way at once.
const AT_ONCE: usize = 8;

struct ControlPlanes {
    actor: Actor,
    restores_together: bool,
    planes: Watched,
    pods: Watched,
}

async fn live(actor: Actor, restores_together: bool) -> Result<()> {
    let work = Work::new();
    let operator = Arc::new(ControlPlanes {
        planes: actor.watch(&HOSTED_CONTROL_PLANE).await,
        pods: actor.watch(&POD).await,
        actor: actor.clone(),
        restores_together,
    });
    for kind in [HOSTED_CONTROL_PLANE, DEPLOYMENT, STATEFUL_SET, SERVICE, ROUTE] {
        work.follow(&actor.watch(&kind).await, |change| [namespace(&change.object).to_owned()]);
    }
    // Of the secrets only the loss is of interest: they are made once, and kept as they are.
    work.follow(&actor.watch(&SECRET).await, |change| {
        change.gone.then(|| namespace(&change.object).to_owned())
    });
    work.follow(&operator.pods, |change| {
        let counts = matches!(label(&change.object, "app"), Some(CONTROL_PLANE_OPERATOR | etcd::NAME));
        counts.then(|| namespace(&change.object).to_owned())
    });
    work.run(actor.clock(), |namespace: String| {
        let operator = operator.clone();
        async move { operator.look(&namespace).await }
    })
    .await
}

impl ControlPlanes {
    async fn look(&self, namespace: &str) -> Result<Next> {
        if self.planes.within(namespace).is_empty() {
            return Ok(Next::Rest);
        }
        self.actor.dither(5.0, 30.0).await;
        let Some(plane) = self.planes.within(namespace).first().cloned() else { return Ok(Next::Rest) };
        if !liveness::runs(&self.pods, namespace, CONTROL_PLANE_OPERATOR) {
            return Ok(Next::Rest);
        }
        if is_dying(&plane) {
            self.actor.set_finalizer(&HOSTED_CONTROL_PLANE, &plane, FINALIZER, false).await?;
            return Ok(Next::Rest);
        }
        self.actor.set_finalizer(&HOSTED_CONTROL_PLANE, &plane, FINALIZER, true).await?;
        // A pause that ends by itself is carried here by the HyperShift operator, which takes it away then.
        if Pause::read(text(&plane, "/spec/pausedUntil"), Timestamp::now()).is_on() {
            return Ok(Next::Rest);
        }
        self.reconcile(&plane).await?;
        self.show(&plane).await?;
        Ok(Next::Rest)
    }

    /// Keeps objects that do not depend on one another.
    async fn keep_all(&self, kind: &Kind, wanted: Vec<Value>, why: &str) -> Result<()> {
        let kept =
            stream::iter(wanted).map(|one| keep(&self.actor, kind, one, why)).buffer_unordered(AT_ONCE);
        kept.try_for_each(|_| async { Ok(()) }).await
    }

    async fn reconcile(&self, plane: &DynamicObject) -> Result<()> {
        let (actor, namespace) = (&self.actor, namespace(plane));
        let why = format!("HostedControlPlane {}", Key::of(plane));
        let owner = controlled_by(&HOSTED_CONTROL_PLANE, plane);
        let have = actor.watch(&SECRET).await;
        let made = secrets::missing(plane, |name| have.get(&Key::new(namespace, name)))?;
        let all = |objects: Vec<Value>| objects.into_iter().map(|one| owned(one, &owner)).collect::<Vec<_>>();
        self.keep_all(&SECRET, all(made), &why).await?;
        self.keep_all(&SERVICE, all(network::services(plane)), &why).await?;
        self.keep_all(&AWS_ENDPOINT_SERVICE, all(network::endpoint_services(plane)), &why).await?;
        let wanted = etcd::stateful_set(plane, status::is_restored(plane), self.restores_together);
        keep(actor, &STATEFUL_SET, owned(wanted, &owner), &why).await?;
        let deployments = kept_by(Keeper::ControlPlane);
        let deployments = deployments.map(|one| deployment::of(one, plane, namespace, Some(owner.clone())));
        self.keep_all(&DEPLOYMENT, deployments.collect(), &why).await?;
        self.keep_all(&ROUTE, all(network::routes(plane)), &why).await?;
        self.admit_routes(namespace).await
    }
}

fn owned(mut object: Value, owner: &Value) -> Value {
    object["metadata"]["ownerReferences"] = json!([owner]);
    object
}

/// The availability that a `HostedCluster` or `HostedControlPlane` asks for.
#[must_use]
pub fn availability_of(object: &DynamicObject) -> Availability {
    match text(object, "/spec/controllerAvailabilityPolicy") {
        "HighlyAvailable" => Availability::HighlyAvailable,
        _ => Availability::SingleReplica,
    }
}

/// The version in a release image's tag: `4.20.3` of `.../ocp-release:4.20.3-x86_64`.
#[must_use]
pub fn release_of(image: &str) -> &str {
    let tag = image.rsplit(':').next().unwrap_or_default();
    tag.rsplit_once('-').map_or(tag, |(version, _)| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_the_tag_without_its_architecture() {
        assert_eq!(release_of("quay.io/openshift-release-dev/ocp-release:4.20.3-x86_64"), "4.20.3");
        assert_eq!(release_of("quay.io/openshift-release-dev/ocp-release:4.21.0-rc.1-x86_64"), "4.21.0-rc.1");
    }
}
