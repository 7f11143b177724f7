//! What a kubelet does to start and stop an etcd pod on real ground.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use drsh_lab::actors::kubelet::{Image, InitFailure};
use drsh_lab::actors::object::{name, text, uid};
use drsh_lab::actors::{Key, Watched};
use drsh_lab::apiserver::User;
use drsh_lab::clock::Clock;
use drsh_lab::containers::Program;
use drsh_lab::containers::plain::Plain;
use drsh_lab::etcd::spec::{INIT, Restore, Spec};
use drsh_lab::ground::GroundError;
use kube::api::DynamicObject;

use super::health;
use super::members::Members;
use crate::server::Server;
use crate::tools::put_program;

/// How long a kubelet waits for a claim to be bound before it starts over, in life.
const BINDING: Duration = Duration::from_mins(1);

/// How far a restore lifts the revision, so that no client takes what it saw before for current (F59).
const REVISION_BUMP: &str = "1000000000";

/// The image `etcd`, as the kubelets of one cluster start it.
pub(super) struct EtcdImage {
    members: Members,
    claims: Watched,
    clock: Clock,
}

impl EtcdImage {
    pub(super) fn new(members: Members, claims: Watched, clock: Clock) -> Self {
        Self { members, claims, clock }
    }

    async fn claim_uid(&self, spec: &Spec) -> Result<String, String> {
        let bound = |claim: &DynamicObject| text(claim, "/status/phase") == "Bound";
        let claim =
            tokio::time::timeout(self.clock.scaled(BINDING), self.claims.wait_for(&spec.claim, bound));
        let claim = claim.await.map_err(|_| format!("claim {} is not bound", spec.claim))?;
        Ok(uid(&claim).to_owned())
    }

    /// Makes the pod's file system on the volume: tools, certificates, and who is who.
    fn furnish(&self, spec: &Spec, root: &Path) -> Result<(), GroundError> {
        let tools = &self.members.options.tools;
        std::fs::create_dir_all(root.join("var/lib")).map_err(GroundError::of)?;
        // A volume that comes back has them already.
        if !root.join("bin").exists() {
            tools.busybox.install(root).map_err(GroundError::of)?;
            for (program, file) in [("etcdctl", &tools.etcdctl), ("etcdutl", &tools.etcdutl)] {
                put_program(root, &format!("usr/bin/{program}"), file).map_err(GroundError::of)?;
            }
        }
        let authority = self.members.authority(&spec.pod.namespace)?;
        let address = self.members.address(&spec.pod).to_string();
        let names = [
            address.clone(),
            spec.pod.name.clone(),
            format!("etcd-client.{}.svc", spec.pod.namespace),
            format!("{}.etcd-discovery.{}.svc", spec.pod.name, spec.pod.namespace),
        ];
        let server = authority.issue_server("etcd", &names).map_err(GroundError::of)?;
        let client = authority.issue_client(&User::new("etcd-client", [""; 0])).map_err(GroundError::of)?;
        let hosts = format!("{address} localhost {} {}\n", names[1], names[2..].join(" "));
        let files = [
            (format!("/{}", spec.ca_path()), authority.pem().to_owned()),
            ("/etc/etcd/tls/server/server.crt".to_owned(), server.certificate_pem()),
            ("/etc/etcd/tls/server/server.key".to_owned(), server.key_pem()),
            ("/etc/etcd/tls/client/etcd-client.crt".to_owned(), client.certificate_pem()),
            ("/etc/etcd/tls/client/etcd-client.key".to_owned(), client.key_pem()),
            ("/etc/hosts".to_owned(), hosts),
            // Where `df` looks for what is mounted.
            ("/proc/mounts".to_owned(), "/dev/volume / ext4 rw 0 0\n".to_owned()),
        ];
        for (path, text) in files {
            let file = root.join(&path[1..]);
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder).map_err(GroundError::of)?;
            }
            std::fs::write(file, text).map_err(GroundError::of)?;
        }
        Ok(())
    }

    fn initial_cluster(&self, spec: &Spec) -> String {
        let peer = |member: &String| {
            let address = self.members.address(&Key::new(&spec.pod.namespace, member));
            format!("{member}=http://{address}:2380")
        };
        spec.members.iter().map(peer).collect::<Vec<_>>().join(",")
    }

    /// Does what the init container does: download, restore beside the data folder, put it in place.
    async fn restore(&self, spec: &Spec, restore: &Restore, root: &Path) -> Result<(), InitFailure> {
        let failed = |code: i32, message: String| InitFailure { container: INIT.to_owned(), code, message };
        let options = &self.members.options;
        let file = options.downloader.fetch(&restore.url).await;
        let file = file.map_err(|failure| failed(failure.code, failure.message))?;
        let (snapshot, fresh) = (root.join("var/lib/snapshot"), root.join("var/lib/restore"));
        let written = std::fs::write(&snapshot, file).and_then(|()| remove(&fresh));
        written.map_err(|error| failed(1, error.to_string()))?;
        let address = self.members.address(&spec.pod);
        let mut command = tokio::process::Command::new(&options.tools.etcdutl);
        command.args(["snapshot", "restore"]).arg(&snapshot).arg("--data-dir").arg(&fresh);
        if restore.together {
            command
                .args(["--name", &spec.pod.name, "--initial-cluster", &self.initial_cluster(spec)])
                .args(["--initial-advertise-peer-urls", &format!("http://{address}:2380")])
                .args(["--initial-cluster-token", &spec.pod.namespace])
                .args(["--bump-revision", REVISION_BUMP, "--mark-compacted"]);
        }
        let done = command.output().await.map_err(|error| failed(1, error.to_string()))?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            return Err(failed(done.status.code().unwrap_or(1), said));
        }
        let moved =
            std::fs::rename(&fresh, root.join("var/lib/data")).and_then(|()| std::fs::remove_file(&snapshot));
        moved.map_err(|error| failed(1, error.to_string()))?;
        let what = format!("restored etcd member {}", spec.pod);
        options.log.record(&format!("{}/etcd", options.name), what, "its volume was empty");
        Ok(())
    }

    fn launch(&self, spec: &Spec, root: &Path) -> Result<Server, String> {
        let address = self.members.address(&spec.pod);
        let file = |path: &str| root.join(path).display().to_string();
        let mut command = Command::new(&self.members.options.programs.etcd);
        command.args([
            format!("--name={}", spec.pod.name),
            format!("--data-dir={}", file("var/lib/data")),
            format!("--listen-client-urls=https://{address}:2379"),
            format!("--advertise-client-urls=https://{address}:2379"),
            format!("--listen-peer-urls=http://{address}:2380"),
            format!("--initial-advertise-peer-urls=http://{address}:2380"),
            format!("--listen-metrics-urls=http://{address}:{}", health::PORT),
            format!("--initial-cluster={}", self.initial_cluster(spec)),
            format!("--initial-cluster-token={}", spec.pod.namespace),
            format!("--cert-file={}", file("etc/etcd/tls/server/server.crt")),
            format!("--key-file={}", file("etc/etcd/tls/server/server.key")),
            format!("--trusted-ca-file={}", file(spec.ca_path())),
            "--client-cert-auth".to_owned(),
            "--unsafe-no-fsync".to_owned(),
            "--log-level=warn".to_owned(),
        ]);
        let log = self.members.options.folder.join(format!("{}-{}.log", spec.pod.namespace, spec.pod.name));
        Server::start("etcd", &command, &log).map_err(|error| error.to_string())
    }
}

#[async_trait]
impl Image for EtcdImage {
    async fn start(&self, pod: &DynamicObject) -> Result<Arc<dyn Program>, InitFailure> {
        let fail = |container: &str, message: String| InitFailure {
            container: container.to_owned(),
            code: 1,
            message,
        };
        let spec = Spec::of(pod).map_err(|message| fail("etcd", message))?;
        let claim_uid = self.claim_uid(&spec).await.map_err(|message| fail("ensure-dns", message))?;
        let root: PathBuf = self.members.options.folder.join(&claim_uid);
        self.furnish(&spec, &root).map_err(|error| fail("ensure-dns", error.to_string()))?;
        let is_new = is_empty(&root.join("var/lib/data"));
        match &spec.restore {
            Some(restore) if is_new => {
                self.restore(&spec, restore, &root).await?;
                self.members.join(&claim_uid, &spec.pod.namespace, &restore.url);
            }
            _ if is_new => self.members.join(&claim_uid, &spec.pod.namespace, ""),
            _ => {}
        }
        let server = self.launch(&spec, &root).map_err(|message| fail("etcd", message))?;
        let attached =
            self.members.options.kubelet.lend_root((&spec.pod.namespace, &spec.pod.name, "etcd"), &root);
        attached.map_err(|error| fail("etcd", error.to_string()))?;
        self.members.started(&spec.pod, &claim_uid, server);
        Ok(Arc::new(Plain::new(name(pod))))
    }

    async fn stop(&self, pod: &DynamicObject) {
        self.members.stopped(&Key::of(pod));
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
