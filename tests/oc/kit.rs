//! What the tests share: a cluster of the lab, an environment that names it, and scripts carried out in a run.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use drsh::engine::{Library, Script};
use drsh::environment::{ClusterEntry, Environment, Limits, Mode};
use drsh::problem::Problem;
use drsh::run::{Beginning, Direction, Event, Listener, Replay, Run};
use drsh_lab::apiserver::{
    ApiServer, Authority, ExecRequest, ExitStatus, PodRuntime, ServerOptions, Store, User, crds,
};
use drsh_lab::clock::Clock;
use drsh_lab::faults::{Fault, Faults, Rule};
use rhai::Dynamic;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::Runtime;

/// A cluster called `source`, and what scripts need to reach it.
pub struct Kit {
    pub runtime: Runtime,
    pub server: ApiServer,
    pub faults: Faults,
    pub folder: TempDir,
    pub entry: ClusterEntry,
    pub approved: bool,
    pub limits: Limits,
    pub heard: Heard,
}

/// What the run told.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<Event>>>);

impl Heard {
    pub fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }
}

impl Listener for Heard {
    fn hear(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Kit {
    pub fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let faults = Faults::default();
        let server = serve(&runtime, "source", &faults);
        let folder = tempfile::tempdir().unwrap();
        let kubeconfig = folder.path().join("source.kubeconfig");
        std::fs::write(&kubeconfig, server.kubeconfig(&User::admin()).unwrap()).unwrap();
        let entry = ClusterEntry { kubeconfig, ..ClusterEntry::default() };
        let limits = Limits { call_seconds: 30, attempt_seconds: 10 };
        Self { runtime, server, faults, folder, entry, approved: true, limits, heard: Heard::default() }
    }

    pub fn store(&self) -> Store {
        self.server.store()
    }

    pub fn read_only(mut self) -> Self {
        self.entry.mode = Mode::ReadOnly;
        self
    }

    /// Puts an object into the cluster, past the wire.
    pub fn put(&self, resource: &str, namespace: &str, object: Value) -> Value {
        self.store().create(resource, namespace, object).map_err(|status| status.message).unwrap()
    }

    pub fn config_map(&self, name: &str, data: &Value) -> Value {
        let metadata = json!({"name": name, "labels": {"app": name}});
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data});
        self.put("configmaps", "default", object)
    }

    pub fn pod(&self, name: &str) -> Value {
        let container = |name: &str| json!({"name": name, "image": "x:1"});
        let spec = json!({"nodeName": "node-1", "containers": [container("etcd"), container("other")]});
        let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec});
        self.put("pods", "default", object)
    }

    /// Strikes requests whose path and query hold `path`.
    pub fn strike(&self, method: &str, path: &str, fault: Fault, times: u32) {
        let (method, path) = (method.to_owned(), path.to_owned());
        self.faults.arm(Rule { server: "source".into(), method, path, fault, times: Some(times) });
    }

    pub fn memory(&self) -> PathBuf {
        self.folder.path().join("memory")
    }

    /// Begins a run, with a memory of clusters that all runs of the kit share.
    pub fn run(&self) -> Arc<Run> {
        let environment = Environment {
            name: "test".into(),
            clusters: [("source".to_owned(), self.entry.clone())].into(),
            limits: self.limits.clone(),
            file: self.folder.path().join("environment.toml"),
            base: self.folder.path().to_owned(),
            ..Environment::default()
        };
        Run::begin(Beginning {
            id: drsh::run::random_id(),
            environment: Arc::new(environment),
            journal: None,
            replay: Replay::default(),
            direction: Direction::Forward,
            approved: if self.approved { BTreeSet::from(["*".to_owned()]) } else { BTreeSet::new() },
            may_change: true,
            memory: Some(self.memory()),
            runtime: self.runtime.handle().clone(),
            listener: Box::new(self.heard.clone()),
            asker: None,
        })
    }

    /// Carries a script out in a run of its own; `home` is the namespace `default` of `source`.
    pub fn eval(&self, script: &str) -> Dynamic {
        eval_in(&self.run(), script).unwrap_or_else(|problem| panic!("{problem:?}"))
    }

    /// Carries a script out for what it does.
    pub fn carry_out(&self, script: &str) {
        drop(self.eval(script));
    }

    /// Does as [`Kit::eval`], and gives the text that the script ends with.
    pub fn text(&self, script: &str) -> String {
        self.eval(script).into_string().unwrap()
    }

    /// Carries a script out that is to fail.
    pub fn fail(&self, script: &str) -> Problem {
        eval_in(&self.run(), script).expect_err("the script went well")
    }
}

/// Carries a script out in a run that is there already.
pub fn eval_in(run: &Arc<Run>, script: &str) -> Result<Dynamic, Problem> {
    let text =
        format!("let source = cluster(\"source\"); let home = source.namespace(\"default\");\n{script}");
    let library = Arc::new(Library::default());
    Script::from_text("test.rhai", &text)
        .carry_out(run, &library)
        .map_err(|error| Problem::within(&error).unwrap_or_else(|| panic!("not a problem: {error}")))
}

/// Starts an API server with the kinds of a management cluster.
pub fn serve(runtime: &Runtime, name: &str, faults: &Faults) -> ApiServer {
    serve_signed(runtime, name, faults, &Authority::new(name).unwrap())
}

/// Does as [`serve`], with a certificate that `authority` signs.
pub fn serve_signed(runtime: &Runtime, name: &str, faults: &Faults, authority: &Authority) -> ApiServer {
    let store = Store::new();
    crds::install(&store, crds::MANAGEMENT).map_err(|status| status.message).unwrap();
    let options = ServerOptions {
        name: name.to_owned(),
        authority: authority.clone(),
        hostnames: Vec::new(),
        store,
        runtime: Arc::new(Words),
        faults: faults.clone(),
        clock: Clock::new(100.0, 1),
    };
    runtime.block_on(ApiServer::start(options)).unwrap()
}

/// Containers that understand a few words.
struct Words;

#[async_trait]
impl PodRuntime for Words {
    async fn exec(&self, mut request: ExecRequest) -> ExitStatus {
        let words: Vec<&str> = request.command.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["say", out, err] => {
                request.stdout.write_all(out.as_bytes()).await.unwrap();
                request.stderr.write_all(err.as_bytes()).await.unwrap();
                ExitStatus::Success
            }
            ["where"] => {
                let place = format!("{}/{}", request.pod, request.container.unwrap_or_default());
                request.stdout.write_all(place.as_bytes()).await.unwrap();
                ExitStatus::Success
            }
            ["fail", code, why] => {
                request.stdout.write_all(b"some output").await.unwrap();
                request.stderr.write_all(why.as_bytes()).await.unwrap();
                ExitStatus::Code(code.parse().unwrap())
            }
            ["upper"] => {
                let mut text = String::new();
                request.stdin.take().unwrap().read_to_string(&mut text).await.unwrap();
                request.stdout.write_all(text.to_uppercase().as_bytes()).await.unwrap();
                ExitStatus::Success
            }
            ["bytes", count] => {
                let count: usize = count.parse().unwrap();
                let block: Vec<u8> = (0..=255).collect();
                for start in (0..count).step_by(block.len()) {
                    let more = &block[..block.len().min(count - start)];
                    if request.stdout.write_all(more).await.is_err() {
                        return ExitStatus::Code(141);
                    }
                }
                ExitStatus::Success
            }
            _ => ExitStatus::Failed("container not found (\"etcd\")".into()),
        }
    }

    async fn logs(&self, _: &str, pod: &str, container: Option<&str>) -> Result<Vec<u8>, String> {
        Ok(format!("{pod} {} says hello\n", container.unwrap_or_default()).into_bytes())
    }
}
