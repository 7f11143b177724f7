//! A kubelet for a control plane: exec and logs of containers that are folders, whose commands are real programs.
//!
//! It runs no pods: whoever makes a pod makes its containers' folders, names the node in the pod, and says in its
//! status that it runs.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use drsh_lab::apiserver::User;
use drsh_lab::apiserver::authority::AuthorityError;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::access::Access;
use crate::plane::{Plane, PlaneError};
use crate::programs;
use crate::server::{Server, ServerError, free_port};

const LOOPBACK: &str = "127.0.0.1";

/// Why a kubelet is not there.
#[derive(Debug, thiserror::Error)]
pub enum KubeletError {
    /// It did not come up.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A file of it could not be written.
    #[error("a file of the kubelet: {0}")]
    Io(#[from] io::Error),
    /// Its certificate could not be made.
    #[error(transparent)]
    Certificate(#[from] AuthorityError),
    /// No client of its plane could be made.
    #[error(transparent)]
    Plane(#[from] PlaneError),
    /// Its node could not be registered.
    #[error("the kubelet's node: {0}")]
    Node(#[from] kube::Error),
}

/// A running kubelet. It ends when it is dropped, and with it every command that runs in its containers.
#[derive(Debug)]
pub struct Kubelet {
    server: Server,
    port: u16,
    node: String,
    folder: TempDir,
}

impl Kubelet {
    /// Finds the program, or says in the test's output that `what` is not tested.
    #[must_use]
    pub fn find(what: &str) -> Option<PathBuf> {
        programs::all(["kubelet-stand-in"], what).map(|[program]| program)
    }

    /// Starts one for `plane` and registers its first node, `node`.
    pub async fn start(program: &Path, plane: &Plane, node: &str) -> Result<Self, KubeletError> {
        let kubelet = Self::launch(program, plane.access(), node).await?;
        kubelet.register(&plane.client(&User::admin())?, node).await?;
        Ok(kubelet)
    }

    /// Starts one that nobody knows yet: a node leads to it once [`Kubelet::node_status`] is in its status.
    pub async fn launch(program: &Path, plane: &Access, node: &str) -> Result<Self, KubeletError> {
        let folder = tempfile::Builder::new().prefix("drsh-kubelet-").tempdir()?;
        let write = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).map(|()| file.display().to_string())
        };
        let certificate = plane.authority.issue_server(node, &[])?;
        let containers = folder.path().join("containers");
        std::fs::create_dir(&containers)?;
        let port = free_port(LOOPBACK)?;
        let mut command = Command::new(program);
        command.args([
            format!("--root={}", containers.display()),
            format!("--address={LOOPBACK}"),
            format!("--port={port}"),
            format!("--tls-cert-file={}", write("tls.crt", &certificate.certificate_pem())?),
            format!("--tls-private-key-file={}", write("tls.key", &certificate.key_pem())?),
            format!("--client-ca-file={}", write("ca.crt", plane.authority.pem())?),
        ]);
        let server = Server::start_in(folder.path(), "kubelet.log", "the stand-in kubelet", &command)?;
        server.wait_for_port(LOOPBACK, port).await?;
        Ok(Self { server, port, node: node.to_owned(), folder })
    }

    /// What the status of a node that leads to this kubelet says, beside its conditions.
    #[must_use]
    pub fn node_status(&self) -> Value {
        json!({
            "addresses": [{"type": "InternalIP", "address": LOOPBACK}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self.port}},
        })
    }

    /// Registers a node that leads to this kubelet, ready: a new one, or one that is there already. Every node of a
    /// cluster may lead to the same kubelet, as containers are told apart by their pods' names.
    pub async fn register(&self, client: &kube::Client, node: &str) -> Result<(), KubeletError> {
        let path = format!("/api/v1/nodes/{node}");
        let applied = "fieldManager=kubelet&force=true";
        let object = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}});
        let made =
            send(client, &format!("{path}?{applied}"), "application/apply-patch+yaml", &object).await?;
        let ready = json!({
            "type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status",
        });
        let mut status = json!({
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": node}, "status": self.node_status(),
        });
        status["status"]["conditions"] = json!([ready]);
        send(client, &format!("{path}/status?{applied}"), "application/apply-patch+yaml", &status).await?;
        // The API server marks every new node; the controller that takes the mark from a ready one does not run.
        let taints = made["spec"]["taints"].as_array().cloned().unwrap_or_default();
        let others: Vec<&Value> =
            taints.iter().filter(|taint| taint["key"] != "node.kubernetes.io/not-ready").collect();
        if others.len() != taints.len() {
            let without = json!({"spec": {"taints": others}});
            send(client, &path, "application/merge-patch+json", &without).await?;
        }
        Ok(())
    }

    /// The name of its first node.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.node
    }

    /// The port that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The root of a container's file system, empty at first (see [`crate::Tools`]). From then on the container runs,
    /// as far as the kubelet is concerned.
    pub fn container_root(&self, namespace: &str, pod: &str, container: &str) -> io::Result<PathBuf> {
        let root = self.container(namespace, pod, container).join("root");
        std::fs::create_dir_all(&root)?;
        Ok(root)
    }

    /// Lends a container a root that lies elsewhere, such as on a volume. From then on it runs, as far as the
    /// kubelet is concerned.
    pub fn lend_root(&self, (namespace, pod, container): (&str, &str, &str), root: &Path) -> io::Result<()> {
        self.remove_pod(namespace, pod)?;
        let folder = self.container(namespace, pod, container);
        std::fs::create_dir_all(&folder)?;
        std::os::unix::fs::symlink(root, folder.join("root"))
    }

    /// Sets the environment of the commands that run in a container from now on, beside `PATH`, `HOME` and `HOSTNAME`.
    pub fn set_environment(
        &self,
        (namespace, pod, container): (&str, &str, &str),
        variables: &[(&str, &str)],
    ) -> io::Result<()> {
        self.container_root(namespace, pod, container)?;
        let lines: Vec<String> = variables.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
        std::fs::write(self.container(namespace, pod, container).join("environment"), lines.concat())
    }

    /// Sets what a container has written so far.
    pub fn set_log(
        &self,
        (namespace, pod, container): (&str, &str, &str),
        text: impl AsRef<[u8]>,
    ) -> io::Result<()> {
        self.container_root(namespace, pod, container)?;
        std::fs::write(self.container(namespace, pod, container).join("log"), text)
    }

    /// Takes a pod's containers away, with their files.
    pub fn remove_pod(&self, namespace: &str, pod: &str) -> io::Result<()> {
        match std::fs::remove_dir_all(self.folder.path().join("containers").join(namespace).join(pod)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn container(&self, namespace: &str, pod: &str, container: &str) -> PathBuf {
        self.folder.path().join("containers").join(namespace).join(pod).join(container)
    }
}

async fn send(client: &kube::Client, path: &str, kind: &str, body: &Value) -> Result<Value, KubeletError> {
    let request = http::Request::patch(path)
        .header(http::header::CONTENT_TYPE, kind)
        .body(body.to_string().into_bytes())
        .map_err(kube::Error::HttpError)?;
    Ok(client.request(request).await?)
}
