//! A lab of a test's own, and the program in a process of its own against it, as an operator runs it.

mod alone;
mod image;
mod moved;
mod on_hosts;
mod program;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use drsh::cli::practice;
use drsh::environment::Environment;
use drsh_lab::apiserver::{Store, User};
use drsh_lab::faults::{Fault, Rule};
use drsh_lab::scenario::Scenario;
use drsh_lab::world::{Description, Lab};
use drsh_real::RealGround;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::PostParams;
use kube::runtime::wait::{await_condition, conditions};
use kube::{Api, Client};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub use self::alone::{Alone, decisions};
#[allow(unused_imports, reason = "the suites share the kit, and this one compares nothing whole")]
pub use self::image::quieten;
pub use self::image::{Image, Objects, names_of, objects_of, own_text};
pub use self::moved::{files_in, moved};
pub use self::on_hosts::{BUCKET, OnHosts, SECRET_KEY};
pub use self::program::{Printed, ended, started, steps_done};

/// How much faster than life the worlds of these tests run.
pub const SPEED: f64 = 600.0;

/// How long an event may stay away before the test is given up.
pub const LONG: Duration = Duration::from_mins(1);

/// The threads that all worlds share.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A world, and the place that an operator works in.
pub struct World {
    lab: Option<Lab>,
    folder: TempDir,
    pub environment: Environment,
    approved: Vec<&'static str>,
    is_hasty: bool,
}

impl World {
    /// Brings up the world of `scenario`; nobody has approved anything yet.
    pub fn of(scenario: Scenario) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scenario = Scenario { speed: SPEED, ..scenario };
        let lab = RUNTIME.block_on(Lab::start(scenario, &folder.path().join("lab"))).unwrap();
        Self::with(lab, folder)
    }

    /// Does as [`World::of`] on real servers; `None`, told in the test's output, where they are not at hand.
    pub fn real(scenario: Scenario) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let ground = RealGround::find("worlds on real servers", folder.path().join("ground"))?;
        let scenario = Scenario { speed: SPEED, ..scenario };
        let lab = RUNTIME.block_on(Lab::start_on(&ground, scenario, &folder.path().join("lab")));
        Some(Self::with(lab.unwrap_or_else(|error| panic!("{error}")), folder))
    }

    fn with(lab: Lab, folder: TempDir) -> Self {
        let mut environment = practice::environment(lab.description());
        environment.limits.call_seconds = 20;
        environment.limits.attempt_seconds = 10;
        Self { lab: Some(lab), folder, environment, approved: Vec::new(), is_hasty: false }
    }

    /// Brings up the smallest world.
    pub fn small() -> Self {
        Self::of(Scenario::small())
    }

    /// Approves a phase beforehand, in every run to come.
    pub fn approving(mut self, phase: &'static str) -> Self {
        self.approve(phase);
        self
    }

    /// Approves a phase beforehand, in every run to come.
    pub fn approve(&mut self, phase: &'static str) {
        self.approved.push(phase);
    }

    /// Approves nothing beforehand any more.
    pub fn disapprove(&mut self) {
        self.approved.clear();
    }

    /// From now on the scripts wait seconds where they would wait minutes: for tests of giving up.
    ///
    /// The operator's own way to change the stdlib is used: a folder of modules that take the place of the shipped.
    pub fn make_hasty(&mut self) {
        write_hasty_stdlib(&self.hasty_stdlib());
        self.is_hasty = true;
    }

    /// Lets the scripts wait as long as they say again.
    pub fn make_patient(&mut self) {
        self.is_hasty = false;
    }

    fn hasty_stdlib(&self) -> PathBuf {
        self.folder.path().join("hasty-stdlib")
    }

    pub fn lab(&self) -> &Lab {
        self.lab.as_ref().unwrap()
    }

    pub fn known(&self) -> &Description {
        self.lab().description()
    }

    pub fn source(&self) -> Store {
        self.lab().source().store().unwrap()
    }

    pub fn destination(&self) -> Store {
        self.lab().destination().store().unwrap()
    }

    /// The namespace of the control plane.
    pub fn plane(&self) -> &str {
        &self.known().hosted_cluster.control_plane_namespace
    }

    /// The `HostedCluster` on one side; `Null` if there is none.
    pub fn hosted_cluster(&self, store: &Store) -> Value {
        let hosted = &self.known().hosted_cluster;
        store
            .get("hostedclusters.hypershift.openshift.io", &hosted.namespace, &hosted.name)
            .unwrap_or_default()
    }

    /// Everything on both sides, and in the cloud, as it is now.
    pub fn image(&self) -> Image {
        Image::of(self.lab())
    }

    /// Strikes the requests to `server` whose path and query hold `path`; `times` of `None` is for ever.
    pub fn strike(&self, server: &str, method: &str, path: &str, fault: Fault, times: Option<u32>) {
        let (server, method, path) = (server.to_owned(), method.to_owned(), path.to_owned());
        self.lab().faults().arm(Rule { server, method, path, fault, times });
    }

    /// Sets a parameter of the environment file.
    pub fn set(&mut self, parameter: &str, value: impl Into<toml::Value>) {
        self.environment.parameters.insert(parameter.to_owned(), value.into());
    }

    /// A file or folder of the backup.
    pub fn backup(&self, path: &str) -> PathBuf {
        self.place().join("backup").join(path)
    }

    /// The folder with the environment file.
    pub fn place(&self) -> &Path {
        self.lab().folder()
    }

    /// A client of the destination that may do everything.
    pub fn client(&self) -> Client {
        self.lab().destination().server().client(&User::admin()).unwrap()
    }

    /// Returns once the destination's garbage collector has dealt with an object made after all others.
    pub async fn collector_has_passed(&self) {
        let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "nobody", "uid": "0-0-0-0"});
        let decoy =
            json!({"metadata": {"name": "decoy", "namespace": "default", "ownerReferences": [owner]}});
        let decoy: ConfigMap = serde_json::from_value(decoy).unwrap();
        let configmaps: Api<ConfigMap> = Api::namespaced(self.client(), "default");
        let decoy = configmaps.create(&PostParams::default(), &decoy).await.unwrap();
        let gone = conditions::is_deleted(decoy.metadata.uid.as_deref().unwrap());
        let waited = tokio::time::timeout(LONG, await_condition(configmaps, "decoy", gone)).await;
        waited.expect("the garbage collector does nothing").unwrap();
    }

    /// How many pods of the deployment `app` the control plane has on the source.
    pub fn replicas(&self, app: &str) -> Option<i64> {
        let found = self.source().get("deployments.apps", self.plane(), app)?;
        found["spec"]["replicas"].as_i64()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(lab) = self.lab.take() {
            RUNTIME.block_on(lab.stop());
        }
    }
}

/// Writes a stdlib that waits seconds where the shipped one waits minutes.
pub fn write_hasty_stdlib(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for (name, text) in drsh::engine::built_in::FILES {
        if let Some(module) = name.strip_prefix("stdlib/") {
            std::fs::write(folder.join(module), text.replace("minutes(", "seconds(")).unwrap();
        }
    }
}
