//! What runs in an etcd pod: etcdctl, etcdutl and the usual tools, on the member's own volume.

use std::sync::Arc;

use async_trait::async_trait;

use super::spec::Spec;
use super::volume::MOUNT;
use super::{Etcd, Seat, certificates, etcdctl};
use crate::apiserver::{ExecRequest, ExitStatus};
use crate::containers::Program;
use crate::containers::files::{Files, Tree};
use crate::containers::tools::{self, Console, Invocation};
use crate::faults::Faults;

/// The size of what a container may write outside its volumes.
const ROOT_SIZE: u64 = 1 << 30;

/// The program of a running etcd pod.
pub struct EtcdProgram {
    etcd: Etcd,
    spec: Spec,
    root: Tree,
    notes: Vec<String>,
    faults: Faults,
}

impl EtcdProgram {
    /// Makes the program of the member that `spec` describes; `notes` is what its start had to say.
    pub fn new(etcd: Etcd, spec: Spec, notes: Vec<String>, faults: Faults) -> Self {
        let root = Tree::new(ROOT_SIZE);
        let hostname = Arc::new(format!("{}\n", spec.pod.name).into_bytes());
        if let Err(error) = root.write("etc/hostname", hostname) {
            tracing::debug!(%error, "no hostname file");
        }
        Self { etcd, spec, root, notes, faults }
    }

    fn files(&self, seat: &Seat) -> Files {
        let files = Files::new(self.root.clone()).mounted(MOUNT, seat.volume.tree.clone());
        certificates::mount(files, &self.spec)
    }
}

#[async_trait]
impl Program for EtcdProgram {
    async fn exec(&self, request: ExecRequest) -> ExitStatus {
        let in_etcd = request.container.as_deref() == Some("etcd");
        let Some(seat) = self.etcd.seat(&self.spec.pod) else {
            return ExitStatus::Failed("container not found (\"etcd\")".to_owned());
        };
        let files = self.files(&seat);
        let (mut console, command) = Console::of(request);
        let options = &self.etcd.options;
        let what = format!("ran {command:?} in {}", self.spec.pod);
        options.log.record(&format!("{}/exec", options.name), what, "a client asked for it");
        let invocation = Invocation::of(&command);
        match invocation.program {
            "etcdctl" | "etcdutl" if in_etcd => {
                etcdctl::run((&self.etcd, &self.faults), &seat, &invocation, &files, &mut console).await
            }
            _ => tools::run(&invocation, &files, &mut console).await,
        }
    }

    fn logs(&self, container: &str) -> String {
        let line = |message: &str| {
            format!("{{\"level\":\"info\",\"caller\":\"etcdserver/server.go\",\"msg\":\"{message}\"}}\n")
        };
        match container {
            "etcd" => line("ready to serve client requests"),
            super::spec::INIT => self.notes.join("\n") + "\n",
            other => format!("{other} started\n"),
        }
    }
}
