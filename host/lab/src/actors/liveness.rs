//! Whether an operator lives: it acts as long as a pod of its own runs, also one that is about to stop.

use super::Watched;
use super::object::{label, text};

/// The label that names what a pod belongs to.
const APP: &str = "app";

/// Says whether a pod of `app` runs in `namespace`, as the watch of pods last told.
#[must_use]
pub fn runs(pods: &Watched, namespace: &str, app: &str) -> bool {
    pods.within(namespace)
        .iter()
        .any(|pod| label(pod, APP) == Some(app) && text(pod, "/status/phase") == "Running")
}

/// The number of pods of `app` in `namespace` that are Ready.
#[must_use]
pub fn ready(pods: &Watched, namespace: &str, app: &str) -> usize {
    let is_ready = |pod: &kube::api::DynamicObject| super::object::condition(pod, "Ready") == "True";
    pods.within(namespace).iter().filter(|pod| label(pod, APP) == Some(app) && is_ready(pod)).count()
}
