//! The image `kube-apiserver`: once the last pod of it has stopped, the hosted API answers nobody, and it
//! has done so before the pod is gone from the management cluster.

use std::sync::Arc;

use async_trait::async_trait;
use kube::api::DynamicObject;

use super::HostedApis;
use crate::actors::kubelet::{Image, InitFailure};
use crate::actors::object::{name, namespace, uid};
use crate::containers::Program;
use crate::containers::plain::Plain;

/// What the kubelets of one management cluster run in kube-apiserver pods.
pub(super) struct ApiImage {
    pub(super) management: String,
    pub(super) hosted: HostedApis,
}

#[async_trait]
impl Image for ApiImage {
    async fn start(&self, pod: &DynamicObject) -> Result<Arc<dyn Program>, InitFailure> {
        self.hosted.started(&self.management, namespace(pod), uid(pod));
        Ok(Arc::new(Plain::new(name(pod))))
    }

    async fn stop(&self, pod: &DynamicObject) {
        self.hosted.stopped(&self.management, namespace(pod), uid(pod));
    }
}
