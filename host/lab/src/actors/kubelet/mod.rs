//! The nodes of a cluster: a scheduler that gives pods a node, and kubelets that run and stop them.

pub mod image;
mod pods;
mod scheduler;
mod status;

use std::sync::Arc;

use super::cluster::Cluster;
use crate::containers::Containers;

pub use image::{Image, InitFailure, PlainImage};

/// The images that pods are made of, by the value of their `app` label.
pub type Images = Vec<(String, Arc<dyn Image>)>;

/// Starts the scheduler and the kubelets of `cluster`; their containers run in `containers`.
///
/// A pod whose `app` label is in `images` runs that image, any other one a [`PlainImage`].
/// Behaviours: `kubelet: pods never stop` and `kubelet: <app> pods never stop` keep pods that are asked
/// to go; `kubelet: <app> pods never start` keeps new ones pending.
pub fn spawn(cluster: &Cluster, containers: &Containers, images: Images) {
    spawn_on(cluster, containers, images, |_| true);
}

/// Does as [`spawn`] where a node can fall silent: on one that does not answer, nobody starts or stops pods.
pub fn spawn_on(
    cluster: &Cluster,
    containers: &Containers,
    images: Images,
    answers: impl Fn(&str) -> bool + Send + Sync + 'static,
) {
    cluster.spawn("scheduler", scheduler::live);
    let kubelet = pods::Kubelet::new(containers.clone(), images, answers);
    cluster.spawn("kubelet", move |actor| pods::live(actor, kubelet.clone()));
}
