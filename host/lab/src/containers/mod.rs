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
    /// The init containers, which have ended: only their logs are left.
    ended: Vec<String>,
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

    /// Starts the containers of a pod, after its init containers have `ended`; `uid` tells it from an earlier pod of the same name.
    pub fn start(
        &self,
        pod: &Key,
        uid: &str,
        containers: Vec<String>,
        ended: Vec<String>,
        program: Arc<dyn Program>,
    ) {
        self.lock().insert(pod.clone(), Running { uid: uid.to_owned(), containers, ended, program });
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

    /// The running pod, with the container meant: the first one where none is named.
    fn find(&self, namespace: &str, pod: &str, container: Option<&str>) -> Result<(Running, String), String> {
        let running = self.lock().get(&Key::new(namespace, pod)).cloned();
        let running = running.ok_or_else(|| not_found(container.unwrap_or_default()))?;
        let first = running.containers.first().map(String::as_str).unwrap_or_default();
        let meant = container.unwrap_or(first).to_owned();
        Ok((running, meant))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Running>> {
        self.pods.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl PodRuntime for Containers {
    async fn exec(&self, mut request: ExecRequest) -> ExitStatus {
        let found = self.find(&request.namespace, &request.pod, request.container.as_deref());
        match found {
            Ok((running, container)) if running.containers.contains(&container) => {
                request.container = Some(container);
                running.program.exec(request).await
            }
            Ok((_, container)) => ExitStatus::Failed(not_found(&container)),
            Err(reason) => ExitStatus::Failed(reason),
        }
    }

    async fn logs(&self, namespace: &str, pod: &str, container: Option<&str>) -> Result<Vec<u8>, String> {
        let (running, container) = self.find(namespace, pod, container)?;
        if !running.containers.iter().chain(&running.ended).any(|name| *name == container) {
            return Err(not_found(&container));
        }
        Ok(running.program.logs(&container).into_bytes())
    }
}

fn not_found(container: &str) -> String {
    format!("container not found (\"{container}\")")
}
