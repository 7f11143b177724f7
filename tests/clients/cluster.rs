//! Two clusters for `kubectl`: one of the lab and a real one, with the same custom kinds.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use async_trait::async_trait;
use drsh_lab::apiserver::{
    ApiServer, Authority, ExecRequest, ExitStatus, PodRuntime, ServerOptions, Store, User, crds,
};
use drsh_lab::clock::Clock;
use drsh_lab::faults::Faults;
use drsh_real::Kubelet;
use drsh_real::plane::{Options, Plane, Programs};
use drsh_real::programs;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::Runtime;

use crate::said::{Said, Step, compare};

/// A cluster, and a `kubectl` that works on it as an administrator.
pub struct Cluster {
    kubectl: PathBuf,
    folder: TempDir,
    server: Server,
    runtime: Runtime,
}

enum Server {
    Lab { _server: ApiServer },
    Real { plane: Arc<Plane> },
}

/// Where `kubectl` is, or a line in the test's output that there is none.
pub fn kubectl() -> Option<PathBuf> {
    programs::all(["kubectl"], "kubectl against the lab").map(|[kubectl]| kubectl)
}

/// Says `steps` to both clusters, in this namespace, which is made first.
pub fn both(namespace: &str, steps: &[Step]) {
    let Some(kubectl) = kubectl() else { return };
    let (lab, real) = (Cluster::lab(&kubectl), Cluster::real(&kubectl));
    let make = |cluster: &Cluster| {
        let made = cluster.run(&["create", "namespace", namespace], "");
        assert_eq!(made.code, Some(0), "{made}");
    };
    make(&lab);
    real.iter().for_each(make);
    let say = |cluster: &Cluster, step: &Step| {
        // A command that waits for what never comes is to fail, instead of the whole test.
        let mut words = ["--request-timeout=30s", "--namespace", namespace].map(str::to_owned).to_vec();
        words.extend(step.words());
        cluster.run(&words, step.input)
    };
    compare(steps, |step| say(&lab, step), real.as_ref().map(|real| move |step: &Step| say(real, step)));
}

impl Cluster {
    /// A cluster of the lab, for one test.
    pub fn lab(kubectl: &Path) -> Self {
        let runtime = Runtime::new().unwrap();
        let authority = Authority::new("lab").unwrap();
        let store = Store::new();
        crds::install(&store, crds::MANAGEMENT).map_err(|status| status.message).unwrap();
        let options = ServerOptions {
            name: "cluster".to_owned(),
            authority,
            hostnames: Vec::new(),
            store,
            runtime: Arc::new(Words),
            faults: Faults::default(),
            clock: Clock::new(100.0, 1),
        };
        let server = runtime.block_on(ApiServer::start(options)).unwrap();
        let kubeconfig = |user: &User| server.kubeconfig(user).unwrap();
        let folder = folder(kubeconfig);
        Self { kubectl: kubectl.to_owned(), folder, server: Server::Lab { _server: server }, runtime }
    }

    /// The real cluster, which the tests of this process share while any of them has it.
    pub fn real(kubectl: &Path) -> Option<Self> {
        static SHARED: Mutex<Weak<Plane>> = Mutex::new(Weak::new());
        let programs = Programs::find("kubectl against a real kube-apiserver")?;
        let runtime = Runtime::new().unwrap();
        // A test that failed while it started the plane does not keep the others from trying.
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let (plane, new) = match shared.upgrade() {
            Some(plane) => (plane, false),
            None => {
                let plane = Plane::start(&programs, Options::new("cluster").unwrap());
                (Arc::new(runtime.block_on(plane).unwrap()), true)
            }
        };
        *shared = Arc::downgrade(&plane);
        let folder = folder(|user| plane.kubeconfig(user).unwrap());
        let kubectl = kubectl.to_owned();
        let cluster = Self { kubectl, folder, server: Server::Real { plane }, runtime };
        if new {
            let definitions = crds::definitions(crds::MANAGEMENT).map_err(|status| status.message).unwrap();
            let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": definitions});
            let made = cluster.run(&["create", "-f", "-"], &list.to_string());
            assert_eq!(made.code, Some(0), "{made}");
            let made = cluster.run(&["wait", "--for=condition=Established", "crd", "--all"], "");
            assert_eq!(made.code, Some(0), "{made}");
        }
        Some(cluster)
    }

    /// Starts a kubelet for a real cluster's node.
    pub fn start_kubelet(&self, program: &Path, node: &str) -> Kubelet {
        let Server::Real { plane } = &self.server else { panic!("the lab has kubelets of its own") };
        self.runtime.block_on(Kubelet::start(program, plane, node)).unwrap()
    }

    /// A `kubectl` with these words, which finds files of its own and nothing of the user's.
    pub fn command<W: AsRef<str>>(&self, words: &[W]) -> Command {
        let mut command = Command::new(&self.kubectl);
        command
            .args(words.iter().map(AsRef::as_ref))
            .current_dir(self.folder.path())
            .env("KUBECONFIG", self.folder.path().join("admin.kubeconfig"))
            .env("HOME", self.folder.path());
        command
    }

    /// Runs `kubectl` with these words.
    pub fn run<W: AsRef<str>>(&self, words: &[W], input: &str) -> Said {
        let _served_meanwhile = self.runtime.enter();
        Said::by(&mut self.command(words), input)
    }
}

fn folder(kubeconfig: impl Fn(&User) -> String) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("admin.kubeconfig"), kubeconfig(&User::admin())).unwrap();
    let nobody = kubeconfig(&User::new("nobody", ["nobodies"]));
    std::fs::write(folder.path().join("nobody.kubeconfig"), nobody).unwrap();
    folder
}

/// Containers that understand a few words.
struct Words;

#[async_trait]
impl PodRuntime for Words {
    async fn exec(&self, mut request: ExecRequest) -> ExitStatus {
        let words: Vec<&str> = request.command.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["echo", words @ ..] => {
                let line = format!("{}\n", words.join(" "));
                request.stdout.write_all(line.as_bytes()).await.unwrap();
                ExitStatus::Success
            }
            ["cat"] => {
                let mut text = Vec::new();
                if let Some(mut stdin) = request.stdin.take() {
                    stdin.read_to_end(&mut text).await.unwrap();
                }
                request.stdout.write_all(&text).await.unwrap();
                ExitStatus::Success
            }
            ["false"] => ExitStatus::Code(1),
            _ => ExitStatus::Code(127),
        }
    }

    async fn logs(&self, _: &str, pod: &str, _: Option<&str>) -> Result<Vec<u8>, String> {
        Ok(format!("{pod} works\n").into_bytes())
    }
}
