//! What a kubelet starts: the images of pods, and how their init containers can fail.

use std::sync::Arc;

use async_trait::async_trait;
use kube::api::DynamicObject;

use crate::actors::object::name;
use crate::containers::{Program, plain::Plain};

/// Why a pod could not start: an init container ended badly. The kubelet tries again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitFailure {
    /// The init container.
    pub container: String,
    /// Its exit code.
    pub code: i32,
    /// The last that it wrote.
    pub message: String,
}

/// What a kind of pod does when it starts and stops.
#[async_trait]
pub trait Image: Send + Sync {
    /// Runs the pod's init containers, then its containers.
    async fn start(&self, pod: &DynamicObject) -> Result<Arc<dyn Program>, InitFailure>;

    /// Ends what [`Image::start`] began; the pod's containers are down after it.
    async fn stop(&self, pod: &DynamicObject);
}

/// The image of pods that only have to be there.
#[derive(Debug, Clone, Copy)]
pub struct PlainImage;

#[async_trait]
impl Image for PlainImage {
    async fn start(&self, pod: &DynamicObject) -> Result<Arc<dyn Program>, InitFailure> {
        Ok(Arc::new(Plain::new(name(pod))))
    }

    async fn stop(&self, _pod: &DynamicObject) {}
}
