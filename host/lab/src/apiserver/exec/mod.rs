//! Commands in containers: what runs them, and the endpoint that clients reach them through.

mod channels;
mod endpoint;
mod target;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite};

pub use endpoint::{Wire, exec};
pub(super) use target::{Parameters, container_of};

/// What runs behind pods.
#[async_trait]
pub trait PodRuntime: Send + Sync {
    /// Runs a command in a container to its end. Dropping the future is how the command learns that the client left.
    async fn exec(&self, request: ExecRequest) -> ExitStatus;

    /// What a container has printed; an error is a sentence such as `container not found ("etcd")`.
    async fn logs(&self, namespace: &str, pod: &str, container: Option<&str>) -> Result<Vec<u8>, String>;
}

/// A command for a container, with its streams. A stream that ends has been dropped.
pub struct ExecRequest {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container; the server always names one.
    pub container: Option<String>,
    /// Program and arguments.
    pub command: Vec<String>,
    /// What the command reads, if the client asked for it.
    pub stdin: Option<Box<dyn AsyncRead + Send + Unpin>>,
    /// What the command prints.
    pub stdout: Box<dyn AsyncWrite + Send + Unpin>,
    /// What the command complains about.
    pub stderr: Box<dyn AsyncWrite + Send + Unpin>,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExitStatus {
    /// It exited with 0.
    Success,
    /// It exited with this code.
    Code(i32),
    /// It never ran, for this reason, such as `container not found ("etcd")`.
    Failed(String),
}

impl ExitStatus {
    /// The `Status` object that ends the session.
    fn body(&self) -> serde_json::Value {
        match self {
            Self::Success | Self::Code(0) => serde_json::json!({ "metadata": {}, "status": "Success" }),
            Self::Code(code) => serde_json::json!({
                "metadata": {},
                "status": "Failure",
                "message": format!("command terminated with non-zero exit code: exit status {code}"),
                "reason": "NonZeroExitCode",
                "details": { "causes": [{ "reason": "ExitCode", "message": code.to_string() }] },
            }),
            Self::Failed(why) => serde_json::json!({
                "metadata": {},
                "status": "Failure",
                "message": format!("Internal error occurred: {why}"),
                "reason": "InternalError",
                "details": { "causes": [{ "message": why }] },
                "code": 500,
            }),
        }
    }
}
