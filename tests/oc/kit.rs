//! What the tests share: a cluster, an environment that names it, and scripts carried out in a run.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use drsh::engine::{Library, Script};
use drsh::environment::{ClusterEntry, Environment, Limits, Mode};
use drsh::journal::Journal;
use drsh::problem::Problem;
use drsh::run::{Beginning, Claim, Direction, Event, Listener, Replay, Run};
use drsh_lab::apiserver::User;
use drsh_lab::faults::{Fault, Rule};
use futures::StreamExt as _;
use rhai::Dynamic;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::cluster::Cluster;
use super::front::Front;
use super::words;

/// A cluster called `source`, and what scripts need to reach it.
pub struct Kit {
    pub runtime: Runtime,
    pub cluster: Cluster,
    pub front: Front,
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
    pub fn new(mut cluster: Cluster) -> Self {
        let runtime = Runtime::new().unwrap();
        cluster.start(runtime.handle());
        let front = Front::open(runtime.handle(), cluster.address());
        let folder = tempfile::tempdir().unwrap();
        let kubeconfig = folder.path().join("source.kubeconfig");
        let entry = ClusterEntry { kubeconfig, ..ClusterEntry::default() };
        let limits = Limits { call_seconds: 30, attempt_seconds: 10 };
        let kit =
            Self { runtime, cluster, front, folder, entry, approved: true, limits, heard: Heard::default() };
        kit.work_as(&User::admin());
        kit
    }

    /// From now on, works as `user`.
    pub fn work_as(&self, user: &User) {
        self.write_kubeconfig(&self.kubeconfig(user));
    }

    /// A kubeconfig for `user`, by way of the front.
    pub fn kubeconfig(&self, user: &User) -> String {
        let kubeconfig = self.cluster.kubeconfig(user);
        kubeconfig.replace(&self.cluster.address().to_string(), &self.front.address.to_string())
    }

    pub fn write_kubeconfig(&self, text: &str) {
        std::fs::write(&self.entry.kubeconfig, text).unwrap();
    }

    pub fn read_only(mut self) -> Self {
        self.entry.mode = Mode::ReadOnly;
        self
    }

    /// The namespace that scripts know as `home`.
    pub fn home(&self) -> &str {
        self.cluster.namespace()
    }

    /// A client for an administrator, past drsh and the front.
    pub fn client(&self) -> kube::Client {
        self.client_of(&self.cluster)
    }

    fn client_of(&self, cluster: &Cluster) -> kube::Client {
        let _within = self.runtime.enter();
        cluster.client()
    }

    /// Puts an object into the cluster; into `home` where it says nothing else.
    pub fn put(&self, resource: &str, object: Value) -> Value {
        self.put_into(&self.cluster, resource, object)
    }

    /// Does as [`Kit::put`], in another cluster.
    pub fn put_into(&self, cluster: &Cluster, resource: &str, mut object: Value) -> Value {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or(self.home()).to_owned();
        object["metadata"]["namespace"] = json!(namespace);
        let group = object["apiVersion"].as_str().unwrap();
        let group = if group == "v1" { "api/v1".to_owned() } else { format!("apis/{group}") };
        let path = format!("/{group}/namespaces/{namespace}/{resource}");
        self.runtime.block_on(create(&self.client_of(cluster), &path, &object)).unwrap()
    }

    pub fn config_map(&self, name: &str, data: &Value) -> Value {
        self.put("configmaps", self.map(name, data))
    }

    /// Puts many at once.
    pub fn config_maps(&self, names: impl Iterator<Item = String>) {
        let client = self.client();
        let path = format!("/api/v1/namespaces/{}/configmaps", self.home());
        let made = names.map(|name| {
            let (client, path, map) = (client.clone(), path.clone(), self.map(&name, &json!({})));
            async move { create(&client, &path, &map).await.map(drop) }
        });
        let made = futures::stream::iter(made).buffer_unordered(16).collect::<Vec<Result<(), kube::Error>>>();
        self.runtime.block_on(made).into_iter().collect::<Result<(), kube::Error>>().unwrap();
    }

    fn map(&self, name: &str, data: &Value) -> Value {
        let labels = json!({"app": name, "test": self.home()});
        let metadata = json!({"name": name, "labels": labels});
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    }

    /// A pod that runs, all but its last container.
    pub fn pod(&self, name: &str) {
        let containers = words::CONTAINERS.map(|name| json!({"name": name, "image": "x:1"}));
        let spec = json!({"nodeName": "node-1", "containers": containers});
        self.put(
            "pods",
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}),
        );
        if let Cluster::Real { shared, .. } = &self.cluster {
            shared.run(self.home(), name);
        }
    }

    /// Defines a kind, and waits until it is served.
    pub fn define(&self, definition: Value) {
        self.runtime.block_on(define(&self.client(), vec![definition]));
    }

    /// An object of the core group in `home`.
    pub fn get(&self, resource: &str, name: &str) -> Option<Value> {
        self.get_at(&format!("/api/v1/namespaces/{}/{resource}/{name}", self.home()))
    }

    /// What is at a path.
    pub fn get_at(&self, path: &str) -> Option<Value> {
        self.get_from(&self.cluster, path)
    }

    /// Does as [`Kit::get_at`], in another cluster.
    pub fn get_from(&self, cluster: &Cluster, path: &str) -> Option<Value> {
        let request = http::Request::get(path).body(Vec::new()).unwrap();
        match self.runtime.block_on(self.client_of(cluster).request(request)) {
            Err(kube::Error::Api(status)) if status.code == 404 => None,
            answer => Some(answer.unwrap()),
        }
    }

    /// Merges `fields` into a configmap.
    pub fn change(&self, name: &str, fields: &Value) {
        let path = format!("/api/v1/namespaces/{}/configmaps/{name}", self.home());
        let request = http::Request::patch(path).header("content-type", "application/merge-patch+json");
        let request = request.body(fields.to_string().into_bytes()).unwrap();
        self.runtime.block_on(self.client().request::<Value>(request)).unwrap();
    }

    pub fn delete_config_map(&self, name: &str) {
        let path = format!("/api/v1/namespaces/{}/configmaps/{name}", self.home());
        let request = http::Request::delete(path).body(Vec::new()).unwrap();
        self.runtime.block_on(self.client().request::<Value>(request)).unwrap();
    }

    /// Strikes requests whose path and query hold `path`.
    pub fn strike(&self, method: &str, path: &str, fault: Fault, times: u32) {
        let (method, path) = (method.to_owned(), path.to_owned());
        self.cluster.faults().arm(Rule { server: "source".into(), method, path, fault, times: Some(times) });
    }

    pub fn memory(&self) -> PathBuf {
        self.folder.path().join("memory")
    }

    /// Begins a run, with a memory of clusters that all runs of the kit share.
    pub fn run(&self) -> Arc<Run> {
        self.begin(None)
    }

    /// Does as [`Kit::run`], with a journal: only such a run keeps others off its clusters.
    pub fn recorded_run(&self) -> Arc<Run> {
        self.begin(Some(Journal::create(&self.folder.path().join("run")).unwrap()))
    }

    fn begin(&self, journal: Option<Journal>) -> Arc<Run> {
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
            journal,
            replay: Replay::default(),
            direction: Direction::Forward,
            approved: if self.approved { BTreeSet::from(["*".to_owned()]) } else { BTreeSet::new() },
            may_change: true,
            memory: Some(self.memory()),
            runtime: self.runtime.handle().clone(),
            listener: Box::new(self.heard.clone()),
            asker: None,
            claim: Claim::default(),
            until: None,
        })
    }

    /// Carries a script out in a run of its own; `home` is the namespace `default` of `source`.
    pub fn eval(&self, script: &str) -> Dynamic {
        self.eval_in(&self.run(), script).unwrap_or_else(|problem| panic!("{problem:?}"))
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
        self.eval_in(&self.run(), script).expect_err("the script went well")
    }

    /// Carries a script out in a run that is there already.
    pub fn eval_in(&self, run: &Arc<Run>, script: &str) -> Result<Dynamic, Problem> {
        let home = self.home();
        let text =
            format!("let source = cluster(\"source\"); let home = source.namespace(\"{home}\");\n{script}");
        let library = Arc::new(Library::default());
        Script::from_text("test.rhai", &text)
            .carry_out(run, &library)
            .map_err(|error| Problem::within(&error).unwrap_or_else(|| panic!("not a problem: {error}")))
    }
}

/// Creates an object.
pub async fn create(client: &kube::Client, path: &str, object: &Value) -> Result<Value, kube::Error> {
    let request = http::Request::post(path).header("content-type", "application/json");
    let request = request.body(object.to_string().into_bytes()).map_err(kube::Error::HttpError)?;
    client.request(request).await
}

/// Defines kinds, and waits until all of them are served and told of in the discovery.
pub async fn define(client: &kube::Client, definitions: Vec<Value>) {
    for definition in &definitions {
        create(client, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition).await.unwrap();
    }
    for definition in definitions {
        let group = definition["spec"]["group"].as_str().unwrap();
        let plural = definition["spec"]["names"]["plural"].as_str().unwrap();
        let told = |list: &Value| {
            let items = list["items"].as_array().into_iter().flatten();
            let of_group = items.filter(|item| item["metadata"]["name"] == group);
            of_group.into_iter().any(|item| item.to_string().contains(&format!("\"resource\":\"{plural}\"")))
        };
        let patience = Instant::now() + Duration::from_mins(1);
        loop {
            let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
            let request = http::Request::get("/apis").header("accept", accept).body(Vec::new()).unwrap();
            if told(&client.request(request).await.unwrap()) {
                break;
            }
            assert!(Instant::now() < patience, "{plural}.{group} is not served");
            tokio::task::yield_now().await;
        }
    }
}
