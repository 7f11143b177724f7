//! A cluster that stands alone, its kubelets' certificates expired, and the program against it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Child;

use drsh::cli::practice;
use drsh_lab::actors::kinds::CERTIFICATE_SIGNING_REQUEST as REQUEST;
use drsh_lab::actors::object::{condition, list, name};
use drsh_lab::apiserver::User;
use drsh_lab::faults::{Fault, Rule};
use drsh_lab::scenario::{Forgery, Scenario, StandalonePlan};
use drsh_lab::world::Standalone;
use drsh_real::RealGround;
use kube::api::{DynamicObject, ListParams};
use serde_json::Value;
use tempfile::TempDir;

use super::program::{ended, journal_in, started, written};
use super::{LONG, Printed, RUNTIME, SPEED, write_hasty_stdlib};

/// The script that all of this is about.
const SCRIPT: &str = "scripts/recover_certificates.rhai";

/// A cluster, and the place that an operator works in.
pub struct Alone {
    lab: Option<Standalone>,
    folder: TempDir,
    stdlib: Option<PathBuf>,
}

impl Alone {
    /// Brings up the cluster of `plan`.
    pub fn of(plan: StandalonePlan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scenario = Scenario { speed: SPEED, standalone: Some(plan), ..Scenario::default() };
        let lab = RUNTIME.block_on(Standalone::start(scenario, &folder.path().join("lab")));
        Self { lab: Some(lab.unwrap_or_else(|error| panic!("{error}"))), folder, stdlib: None }
    }

    /// Does as [`Alone::of`] on a real API server; `None`, told in the test's output, where there is none.
    pub fn real(plan: StandalonePlan) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let ground = RealGround::find("certificates on a real API server", folder.path().join("ground"))?;
        let scenario = Scenario { speed: SPEED, standalone: Some(plan), ..Scenario::default() };
        let lab = RUNTIME.block_on(Standalone::start_on(&ground, scenario, &folder.path().join("lab")));
        Some(Self { lab: Some(lab.unwrap_or_else(|error| panic!("{error}"))), folder, stdlib: None })
    }

    pub fn lab(&self) -> &Standalone {
        self.lab.as_ref().unwrap()
    }

    /// From now on the script waits seconds where it would wait minutes.
    pub fn make_hasty(&mut self) {
        let folder = self.folder.path().join("hasty-stdlib");
        write_hasty_stdlib(&folder);
        let file = folder.join("csr.rhai");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("seconds(60)", "seconds(15)")).unwrap();
        self.stdlib = Some(folder);
    }

    /// From now on the program works as another user.
    pub fn work_as(&self, user: &User) {
        let text = self.lab().server().kubeconfig(user).unwrap();
        std::fs::write(&self.lab().description().cluster.kubeconfig, text).unwrap();
    }

    /// Carries the script out.
    pub fn run(&self) -> Printed {
        ended(self.spawn())
    }

    /// Plans the script.
    pub fn plan(&self) -> Printed {
        let environment = self.write_environment();
        ended(self.start(&["plan", SCRIPT, "--env", &environment]))
    }

    /// Goes on with a run that stopped.
    pub fn resume(&self, run: &str) -> Printed {
        self.write_environment();
        ended(self.start(&["resume", run]))
    }

    /// Starts the script, and does not wait for its end.
    pub fn spawn(&self) -> Child {
        let environment = self.write_environment();
        self.start(&[SCRIPT, "--env", &environment])
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let mut arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        if let Some(stdlib) = &self.stdlib {
            arguments.extend([OsStr::new("--stdlib"), stdlib.as_os_str()]);
        }
        started(&arguments, self.place(), &self.state())
    }

    fn write_environment(&self) -> String {
        let mut environment = practice::environment_alone(self.lab().description());
        environment.limits.call_seconds = 20;
        environment.limits.attempt_seconds = 10;
        written(&environment, self.place())
    }

    fn place(&self) -> &Path {
        &self.lab().description().folder
    }

    /// Where runs are kept.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The only run that there is.
    pub fn only_run(&self) -> String {
        let runs = std::fs::read_dir(self.state().join("runs")).unwrap();
        let names: Vec<String> = runs.map(|run| run.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(names.len(), 1, "{names:?}");
        names.into_iter().next().unwrap()
    }

    /// The journal of a run, record by record.
    pub fn journal(&self, printed: &Printed) -> Vec<Value> {
        journal_in(&self.state(), printed)
    }

    /// Strikes the requests to the API whose path and query hold `path`; `times` of `None` is for ever.
    pub fn strike(&self, method: &str, path: &str, fault: Fault, times: Option<u32>) {
        let (server, method, path) = ("cluster".to_owned(), method.to_owned(), path.to_owned());
        self.lab().faults().arm(Rule { server, method, path, fault, times });
    }

    /// Every request, as the server has it now.
    pub fn requests(&self) -> Vec<DynamicObject> {
        let lab = self.lab();
        RUNTIME.block_on(async {
            let client = lab.server().client(&User::admin()).unwrap();
            REQUEST.api(client, "").list(&ListParams::default()).await.unwrap().items
        })
    }

    /// The approved requests, by name.
    pub fn approved(&self) -> Vec<DynamicObject> {
        self.requests().into_iter().filter(|one| condition(one, "Approved") == "True").collect()
    }

    /// Returns once some request is approved.
    pub fn until_one_is_approved(&self) {
        let watched = self.lab().cluster().watch(&REQUEST);
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        watched
            .listen(move |change| condition(&change.object, "Approved") != "True" || sender.send(()).is_ok());
        let waited = async { tokio::time::timeout(LONG, receiver.recv()).await };
        RUNTIME.block_on(waited).expect("nothing was approved").unwrap();
    }

    /// The name of the request that was planted for `forgery`.
    pub fn forged(&self, forgery: Forgery) -> &str {
        let planted = self.lab().forged().iter().find(|one| one.forgery == forgery);
        &planted.unwrap_or_else(|| panic!("{forgery:?} was not planted")).name
    }
}

/// Name and number of decisions of a request.
pub fn decisions(request: &DynamicObject) -> (String, usize) {
    (name(request).to_owned(), list(request, "/status/conditions").len())
}

impl Drop for Alone {
    fn drop(&mut self) {
        if let Some(lab) = self.lab.take() {
            RUNTIME.block_on(lab.stop());
        }
    }
}
