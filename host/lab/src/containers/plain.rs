//! A pod with nothing to it: the usual tools on files of its own.

use async_trait::async_trait;

use super::Program;
use super::files::{Files, Tree};
use super::tools::{self, Console, Invocation};
use crate::apiserver::{ExecRequest, ExitStatus};

/// The program of a pod that no scenario asks more of.
#[derive(Debug)]
pub struct Plain {
    files: Files,
}

/// The size of a container's own files: nothing that the lab plays writes there.
const ROOT_SIZE: u64 = 64 << 20;

impl Plain {
    /// Makes the program of the pod `name`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let root = Tree::new(ROOT_SIZE);
        let hostname = std::sync::Arc::new(format!("{name}\n").into_bytes());
        if let Err(error) = root.write("etc/hostname", hostname) {
            tracing::debug!(name, %error, "no hostname file");
        }
        Self { files: Files::new(root) }
    }
}

#[async_trait]
impl Program for Plain {
    async fn exec(&self, request: ExecRequest) -> ExitStatus {
        let (mut console, command) = Console::of(request);
        tools::run(&Invocation::of(&command), &self.files, &mut console).await
    }

    fn logs(&self, container: &str) -> String {
        format!("I0101 00:00:00.000000       1 main.go:1] {container} started\n")
    }
}
