//! Cluster API in a control plane's namespace: `cluster-api` keeps machines, `capi-provider` their
//! instances in the cloud. Each lives as long as a pod of its deployment runs; at none, finalizers hold.

mod cluster;
mod deployments;
mod instances;
mod machines;
mod sets;

use std::sync::Arc;

use kube::api::{DeleteParams, DynamicObject};

use super::control_plane::components::{CAPI_PROVIDER, CLUSTER_API};
use super::hypershift::PAUSED_ANNOTATION;
use super::kinds::{
    AWS_CLUSTER, AWS_MACHINE, AWS_MACHINE_TEMPLATE, CLUSTER, MACHINE, MACHINE_DEPLOYMENT, MACHINE_SET, POD,
};
use super::object::{annotation, flag, is_dying, label, namespace};
use super::{Actor, Cluster, Key, Kind, Next, Result, Watched, Work, liveness};
use crate::actors::hosted_api::HostedApis;
use crate::cloud::Cloud;

/// Starts the Cluster API controllers of all control planes of `management`.
///
/// They find the hosted clusters' nodes through `hosted`, and their instances in `cloud`.
pub fn start(management: &Cluster, hosted: &HostedApis, cloud: &Cloud) {
    let hosted = hosted.clone();
    management.spawn("cluster-api", move |actor| live(actor, Part::Machines(hosted.clone())));
    let cloud = cloud.clone();
    management.spawn("capi-provider", move |actor| live(actor, Part::Instances(cloud.clone())));
}

/// Which of the two controllers an actor is.
#[derive(Clone)]
enum Part {
    Machines(HostedApis),
    Instances(Cloud),
}

impl Part {
    fn app(&self) -> &'static str {
        match self {
            Self::Machines(_) => CLUSTER_API,
            Self::Instances(_) => CAPI_PROVIDER,
        }
    }

    fn kinds(&self) -> Vec<Kind> {
        match self {
            Self::Machines(_) => {
                vec![CLUSTER, MACHINE_DEPLOYMENT, MACHINE_SET, MACHINE, AWS_MACHINE, AWS_MACHINE_TEMPLATE]
            }
            Self::Instances(_) => vec![CLUSTER, AWS_CLUSTER, AWS_MACHINE],
        }
    }
}

struct Controller {
    actor: Actor,
    clusters: Watched,
    pods: Watched,
    part: Part,
}

async fn live(actor: Actor, part: Part) -> Result<()> {
    let work = Work::new();
    let app = part.app();
    for kind in part.kinds() {
        work.follow(&actor.watch(&kind).await, |change| [namespace(&change.object).to_owned()]);
    }
    let pods = actor.watch(&POD).await;
    work.follow(&pods, move |change| {
        (label(&change.object, "app") == Some(app)).then(|| namespace(&change.object).to_owned())
    });
    if let Part::Machines(hosted) = &part {
        let sender = work.sender();
        hosted.on_change(actor.cluster(), move |namespace| sender.send(namespace).is_ok());
    }
    let clusters = actor.watch(&CLUSTER).await;
    let controller = Arc::new(Controller { clusters, pods, part, actor: actor.clone() });
    work.run(actor.clock(), |namespace: String| {
        let controller = controller.clone();
        async move { controller.look(&namespace).await }
    })
    .await
}

impl Controller {
    async fn look(&self, namespace: &str) -> Result<Next> {
        if !liveness::runs(&self.pods, namespace, self.part.app()) {
            return Ok(Next::Rest);
        }
        self.actor.dither(5.0, 60.0).await;
        if !liveness::runs(&self.pods, namespace, self.part.app()) {
            return Ok(Next::Rest);
        }
        // A paused cluster is left alone with all that belongs to it, also what is being deleted.
        let clusters = self.clusters.within(namespace);
        if clusters.iter().any(|cluster| flag(cluster, "/spec/paused")) {
            return Ok(Next::Rest);
        }
        match &self.part {
            Part::Machines(hosted) => {
                self.keep_clusters(namespace).await?;
                self.keep_deployments(namespace).await?;
                self.keep_sets(namespace).await?;
                self.keep_machines(namespace, hosted).await?;
            }
            Part::Instances(cloud) => self.keep_instances(namespace, cloud).await?,
        }
        Ok(Next::Rest)
    }

    /// The objects of `kind` that are not paused one by one.
    async fn active(&self, kind: &Kind, namespace: &str) -> Vec<Arc<DynamicObject>> {
        let mut all = self.actor.watch(kind).await.within(namespace);
        all.retain(|one| annotation(one, PAUSED_ANNOTATION).is_none());
        all
    }

    /// Deletes `object` if nobody has yet.
    async fn doom(&self, kind: &Kind, object: &DynamicObject, why: &str) -> Result<()> {
        if is_dying(object) {
            return Ok(());
        }
        self.actor.record(format!("deleted {kind} {}", Key::of(object)), why);
        self.actor.delete(kind, &Key::of(object), &DeleteParams::default()).await
    }
}
