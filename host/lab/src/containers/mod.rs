//! What runs in pods: which containers are up, what they answer to exec, what they log.
//!
//! A kubelet starts and stops [`Program`]s here; the API server hands exec and logs over.

pub mod files;
pub mod plain;
pub mod tools;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::actors::Key;
use crate::apiserver::{ExecRequest, ExitStatus, PodRuntime};

/// What the containers of one pod do.
#[async_trait]
pub trait Program: Send + Sync {
    /// Runs a command in the pod; the container that it names exists.
    async fn exec(&self, request: ExecRequest) -> ExitStatus;

    /// What the container has logged.
    fn logs(&self, container: &str) -> String;
}

/// A pod whose containers run.
#[derive(Clone)]
struct Running {
    uid: String,
    containers: Vec<String>,
    program: Arc<dyn Program>,
}

/// The containers that run in one cluster. Clones share them.
#[derive(Clone, Default)]
pub struct Containers {
    pods: Arc<Mutex<HashMap<Key, Running>>>,
}

impl Containers {
    /// Makes a cluster in which nothing runs yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts the containers of a pod; `uid` tells it from an earlier pod of the same name.
    pub fn start(&self, pod: &Key, uid: &str, containers: Vec<String>, program: Arc<dyn Program>) {
        self.lock().insert(pod.clone(), Running { uid: uid.to_owned(), containers, program });
    }

    /// Stops the containers of the pod with this UID.
    pub fn stop(&self, pod: &Key, uid: &str) {
        let mut pods = self.lock();
        if pods.get(pod).is_some_and(|running| running.uid == uid) {
            pods.remove(pod);
        }
    }

    /// The UID of the pod whose containers run under this name.
    #[must_use]
    pub fn running(&self, pod: &Key) -> Option<String> {
        self.lock().get(pod).map(|running| running.uid.clone())
    }

    fn find(&self, namespace: &str, pod: &str, container: Option<&str>) -> Result<(Running, String), String> {
        let running = self.lock().get(&Key::new(namespace, pod)).cloned();
        let named = container.unwrap_or_default();
        let Some(running) = running else {
            return Err(format!("container not found (\"{named}\")"));
        };
        let first = running.containers.first().cloned().unwrap_or_default();
        match container {
            Some(name) if !running.containers.iter().any(|c| c == name) => {
                Err(format!("container {name} is not valid for pod {pod}"))
            }
            Some(name) => Ok((running, name.to_owned())),
            None => Ok((running, first)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Running>> {
        self.pods.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl PodRuntime for Containers {
    async fn exec(&self, mut request: ExecRequest) -> ExitStatus {
        match self.find(&request.namespace, &request.pod, request.container.as_deref()) {
            Ok((running, container)) => {
                request.container = Some(container);
                running.program.exec(request).await
            }
            Err(reason) => ExitStatus::Failed(reason),
        }
    }

    async fn logs(&self, namespace: &str, pod: &str, container: Option<&str>) -> Result<Vec<u8>, String> {
        let (running, container) = self.find(namespace, pod, container)?;
        Ok(running.program.logs(&container).into_bytes())
    }
}
