//! The kubelets: pods on a node start, get ready, and go when they are asked to.

use std::sync::Arc;
use std::time::Duration;

use kube::api::{DeleteParams, DynamicObject, Preconditions};

use super::image::{Image, PlainImage};
use super::{Images, status};
use crate::actors::object::{MIRROR, annotation, condition, is_dying, label, list, text, uid};
use crate::actors::{Actor, Key, Next, Result, Watched, Work, kinds};
use crate::containers::Containers;

/// What the kubelets of a cluster share.
#[derive(Clone)]
pub struct Kubelet {
    containers: Containers,
    images: Arc<Images>,
    /// Whether the kubelet of a node is there to do anything.
    answers: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

/// How soon a kubelet looks again at a pod that it cannot stop, or whose init container failed.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

impl Kubelet {
    /// Makes the kubelets' shared state.
    pub fn new(
        containers: Containers,
        images: Images,
        answers: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { containers, images: Arc::new(images), answers: Arc::new(answers) }
    }

    fn image(&self, pod: &DynamicObject) -> Arc<dyn Image> {
        let app = app(pod);
        let found = self.images.iter().find(|(name, _)| name == app);
        found.map_or_else(|| Arc::new(PlainImage) as Arc<dyn Image>, |(_, image)| image.clone())
    }
}

/// Keeps every pod of the cluster.
pub async fn live(actor: Actor, kubelet: Kubelet) -> Result<()> {
    let pods = actor.watch(&kinds::POD).await;
    let nodes = actor.watch(&kinds::NODE).await;
    let work = Work::new();
    work.follow(&pods, |change| [Key::of(&change.object)]);
    let last = last_words(&actor, kubelet.clone());
    pods.listen(move |change| !change.gone || last.send(change.object.clone()).is_ok());
    work.run(actor.clock(), |key| keep(actor.clone(), kubelet.clone(), pods.clone(), nodes.clone(), key))
        .await
}

/// Stops what ran in pods that are gone, such as those that were deleted by force.
///
/// The object goes along: once a pod is gone, nothing else tells what ran in it.
fn last_words(actor: &Actor, kubelet: Kubelet) -> tokio::sync::mpsc::UnboundedSender<Arc<DynamicObject>> {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel::<Arc<DynamicObject>>();
    actor.cluster().run(async move {
        while let Some(pod) = receiver.recv().await {
            kubelet.stop(&pod).await;
        }
    });
    sender
}

impl Kubelet {
    async fn stop(&self, pod: &DynamicObject) {
        let key = Key::of(pod);
        if self.containers.running(&key).as_deref() == Some(uid(pod)) {
            self.containers.stop(&key, uid(pod));
            self.image(pod).stop(pod).await;
        }
    }
}

fn app(pod: &DynamicObject) -> &str {
    label(pod, "app").unwrap_or_default()
}

async fn keep(actor: Actor, kubelet: Kubelet, pods: Watched, nodes: Watched, key: Key) -> Result<Next> {
    let Some(pod) = pods.get(&key) else { return Ok(Next::Rest) };
    if annotation(&pod, MIRROR).is_some() {
        // It only shows a static pod, which its host runs.
        return Ok(Next::Rest);
    }
    let node = text(&pod, "/spec/nodeName");
    if node.is_empty() {
        return Ok(Next::Rest);
    }
    if !(kubelet.answers)(node) {
        return Ok(Next::After(LOOK_AGAIN));
    }
    let node = nodes.get(&Key::new("", node));
    // Nobody runs or stops pods on a node that is not there or does not answer.
    if node.is_none_or(|node| condition(&node, "Ready") != "True") {
        return Ok(Next::After(LOOK_AGAIN));
    }
    if is_dying(&pod) {
        return stop(&actor, &kubelet, &pod, &key).await;
    }
    let runs = kubelet.containers.running(&key).as_deref() == Some(uid(&pod));
    if runs && condition(&pod, "Ready") == "True" {
        return Ok(Next::Rest);
    }
    start(&actor, &kubelet, &pods, &pod, &key, runs).await
}

async fn start(
    actor: &Actor,
    kubelet: &Kubelet,
    pods: &Watched,
    pod: &DynamicObject,
    key: &Key,
    runs: bool,
) -> Result<Next> {
    if actor.is_on(&format!("kubelet: {} pods never start", app(pod))) {
        return Ok(Next::After(LOOK_AGAIN));
    }
    if !runs {
        actor.dither(2.0, 10.0).await;
        match kubelet.image(pod).start(pod).await {
            Ok(program) => {
                let names = |pointer: &str| -> Vec<String> {
                    list(pod, pointer).iter().filter_map(|c| c["name"].as_str()).map(str::to_owned).collect()
                };
                let (containers, ended) = (names("/spec/containers"), names("/spec/initContainers"));
                kubelet.containers.start(key, uid(pod), containers, ended, program);
            }
            Err(failure) => {
                actor.record(format!("could not start pod {key}"), failure.message.clone());
                gone_is_done(actor.patch_status(&kinds::POD, key, status::failing(pod, &failure)).await)?;
                return Ok(Next::After(LOOK_AGAIN));
            }
        }
    }
    // The pod may have been deleted while it started; what began must end.
    if pods.get(key).is_none_or(|now| uid(&now) != uid(pod)) {
        kubelet.stop(pod).await;
        return Ok(Next::Rest);
    }
    gone_is_done(actor.patch_status(&kinds::POD, key, status::running(pod)).await)?;
    Ok(Next::Rest)
}

async fn stop(actor: &Actor, kubelet: &Kubelet, pod: &DynamicObject, key: &Key) -> Result<Next> {
    let stuck = format!("kubelet: {} pods never stop", app(pod));
    if actor.is_on("kubelet: pods never stop") || actor.is_on(&stuck) {
        return Ok(Next::After(LOOK_AGAIN));
    }
    // An API server goes on serving for a while, so that load balancers see it leave.
    let (least, most) = if app(pod) == "kube-apiserver" { (30.0, 70.0) } else { (2.0, 30.0) };
    if pod.metadata.deletion_grace_period_seconds != Some(0) {
        actor.dither(least, most).await;
    }
    kubelet.stop(pod).await;
    let precondition = Preconditions { uid: Some(uid(pod).to_owned()), resource_version: None };
    let params =
        DeleteParams { preconditions: Some(precondition), ..DeleteParams::default().grace_period(0) };
    match actor.delete(&kinds::POD, key, &params).await {
        Ok(()) => actor.record(format!("stopped pod {key}"), "it was deleted"),
        Err(error) if error.is_conflict() => {}
        Err(error) => return Err(error),
    }
    Ok(Next::Rest)
}

fn gone_is_done(result: Result<DynamicObject>) -> Result<()> {
    match result {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}
