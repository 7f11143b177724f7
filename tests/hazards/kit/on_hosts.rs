//! A cluster that stands alone on hosts of its own, and the program against it.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Instant;

use drsh::cli::practice;
use drsh::environment::{BucketEntry, CredentialsEntry, Environment};
use drsh_lab::apiserver::Store;
use drsh_lab::aws::s3::{S3Options, S3Server};
use drsh_lab::aws::{Credentials, Keyring};
use drsh_lab::hosts::files::View;
use drsh_lab::hosts::{Host, User, Version};
use drsh_lab::scenario::{HostsPlan, Scenario};
use drsh_lab::world;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::program::{ended, journal_in, killed_after, report_of, started, started_with, written};
use super::{LONG, Printed, RUNTIME, SPEED};

/// The script that most of this is about.
const SCRIPT: &str = "scripts/backup_etcd.rhai";

/// The bucket of [`OnHosts::give_bucket`], and who may use it.
pub const BUCKET: &str = "drsh-offsite";
const ACCESS_KEY: &str = "AKIALABLABLABLABLAB2";
pub const SECRET_KEY: &str = "secret-key-canary-of-the-bucket";

const RESTORE: &str = "scripts/restore_cluster.rhai";

/// A cluster with its hosts, and the place that an operator works in.
pub struct OnHosts {
    lab: world::OnHosts,
    folder: TempDir,
    pub environment: Environment,
    script: &'static str,
    /// A folder of modules that take the place of the shipped ones.
    stdlib: Option<PathBuf>,
    /// The phases that are approved from the start.
    pub approved: Vec<&'static str>,
}

impl OnHosts {
    /// Brings up the cluster of `plan`.
    pub fn of(plan: HostsPlan) -> Self {
        Self::with(plan, SCRIPT)
    }

    /// Brings up the cluster of `plan` for another script.
    pub fn with(plan: HostsPlan, script: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scenario =
            Scenario { speed: SPEED, hosts: Some(plan), snapshot_padding: 0, ..Scenario::default() };
        let lab = RUNTIME.block_on(world::OnHosts::start(scenario, &folder.path().join("lab"))).unwrap();
        let mut environment = practice::environment_on_hosts(lab.description());
        environment.limits.call_seconds = 20;
        environment.limits.attempt_seconds = 10;
        Self { lab, folder, environment, script, stdlib: None, approved: Vec::new() }
    }

    /// A cluster with a backup, from which data (`stock`) was deleted since, and to which other data (`later`) came.
    pub fn backed_up(release: Version) -> Self {
        let world = Self::of(HostsPlan { release, workers: 1, ..HostsPlan::default() });
        world.make("stock");
        world.run().well();
        world.store().delete("configmaps", "stock", "prices").unwrap();
        world.make("later");
        world
    }

    pub fn lab(&self) -> &world::OnHosts {
        &self.lab
    }

    pub fn host(&self, name: &str) -> Host {
        self.lab.hosts().host(name).unwrap()
    }

    /// The files of a host, as root sees them.
    pub fn files(&self, host: &str) -> View {
        self.host(host).files().view(User::Root)
    }

    /// What lies under the folder of backups on a host: the folders, and what is in each.
    pub fn kept_on(&self, host: &str) -> Vec<(String, Vec<String>)> {
        const HOME: &str = "/home/core/assets/backup";
        let names = |path: &str| -> Vec<String> {
            let found = self.files(host).list(path).unwrap_or_default();
            found.into_iter().map(|(name, _)| name).collect()
        };
        names(HOME).into_iter().map(|name| (name.clone(), names(&format!("{HOME}/{name}")))).collect()
    }

    /// The folder of backups that the environment names.
    pub fn backups(&self) -> PathBuf {
        self.place().join("backup")
    }

    /// The only backup that was fetched, with its manifest.
    pub fn only_backup(&self) -> (PathBuf, Value) {
        let names: Vec<PathBuf> =
            std::fs::read_dir(self.backups()).unwrap().map(|entry| entry.unwrap().path()).collect();
        let [folder] = &names[..] else { panic!("{names:?}") };
        let manifest = std::fs::read(folder.join("backup.json")).unwrap();
        (folder.clone(), serde_json::from_slice(&manifest).unwrap())
    }

    /// Carries the script out.
    pub fn run(&self) -> Printed {
        let environment = self.write_environment();
        ended(self.start(&[&[self.script, "--env", &environment, "-vv"], &self.approvals()[..]].concat()))
    }

    /// Carries the script out until it reports that `step` is done, and kills the program at that moment.
    ///
    /// Returns the run.
    pub fn kill_after(&self, step: &str) -> String {
        let environment = self.write_environment();
        let arguments = [&[self.script, "--env", &environment], &self.approvals()[..]].concat();
        killed_after(self.start(&arguments), step).run
    }

    /// Lets the scripts wait as long as they say again.
    pub fn make_patient(&mut self) {
        self.stdlib = None;
    }

    /// Carries out a script of the test's own.
    pub fn run_text(&self, text: &str) -> Printed {
        let (file, environment) = (self.place().join("of-the-test.rhai"), self.write_environment());
        std::fs::write(&file, text).unwrap();
        ended(self.start(&[&file.display().to_string(), "--env", &environment]))
    }

    /// Plans a shipped script.
    pub fn plan(&self, script: &str) -> Printed {
        let (script, environment) = (format!("scripts/{script}.rhai"), self.write_environment());
        ended(self.start(&["plan", &script, "--env", &environment]))
    }

    /// Restores the cluster, with every phase approved.
    pub fn restore(&self) -> Printed {
        let environment = self.write_environment();
        ended(self.start(&[RESTORE, "--env", &environment, "--approve", "*", "-vv"]))
    }

    /// Does as [`OnHosts::restore`], and kills the program when it reports that `step` is done. Returns the run.
    pub fn kill_restore_after(&self, step: &str) -> String {
        let environment = self.write_environment();
        let printed = killed_after(self.start(&[RESTORE, "--env", &environment, "--approve", "*"]), step);
        assert!(printed.out.contains(&format!("\n{}", report_of(step))), "{step} was not done\n{printed}");
        printed.run
    }

    /// Does as [`OnHosts::restore`], in a process with these variables besides.
    pub fn restore_killed(&self, variables: &[(&str, String)]) -> Printed {
        let environment = self.write_environment();
        let arguments = [RESTORE, "--env", &environment, "--approve", "*"];
        ended(started_with(&arguments, self.place(), &self.state(), variables))
    }

    /// The objects of the one etcd cluster that the API answers from.
    pub fn store(&self) -> Store {
        let mut serving = self.lab.hosts().serving();
        assert_eq!(serving.len(), 1, "{:?}", serving.iter().map(|(id, _)| id).collect::<Vec<_>>());
        serving.remove(0).1
    }

    /// Makes a namespace with a config map in it.
    pub fn make(&self, name: &str) {
        let store = self.store();
        store.create("namespaces", "", json!({"metadata": {"name": name}})).unwrap();
        store
            .create("configmaps", name, json!({"metadata": {"name": "prices"}, "data": {"tea": "3"}}))
            .unwrap();
    }

    /// Whether what [`OnHosts::make`] made is there.
    pub fn has(&self, name: &str) -> bool {
        self.store().get("configmaps", name, "prices").is_some()
    }

    /// Returns once these nodes are Ready, as an operator sees to it who installed their hosts.
    pub fn until_ready(&self, nodes: &[&str]) {
        let is_ready = |name: &&str| {
            let node = self.store().get("nodes", "", name).unwrap_or_default();
            let conditions = node["status"]["conditions"].as_array().cloned().unwrap_or_default();
            conditions.iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
        };
        let began = Instant::now();
        while !nodes.iter().all(is_ready) {
            assert!(began.elapsed() < LONG, "{nodes:?} are not Ready");
            std::thread::yield_now();
        }
    }

    /// Goes on with a run that stopped.
    pub fn resume(&self, run: &str) -> Printed {
        self.write_environment();
        ended(self.start(&[&["resume", run], &self.approvals()[..]].concat()))
    }

    /// Goes on with a run, and kills the program when it reports that `step` is done.
    ///
    /// Returns whether that step was reported.
    pub fn kill_resumed_after(&self, run: &str, step: &str) -> bool {
        self.write_environment();
        let printed = killed_after(self.start(&["resume", run]), step);
        printed.out.lines().any(|line| line.starts_with(&report_of(step)))
    }

    /// Undoes what a run did.
    pub fn go_back(&self, run: &str) -> Printed {
        self.write_environment();
        ended(self.start(&["undo", run]))
    }

    /// The journal of a run, record by record.
    pub fn journal(&self, printed: &Printed) -> Vec<Value> {
        journal_in(&self.state(), printed)
    }

    /// What the first step of a run returned.
    pub fn first_value(&self, run: &str) -> Value {
        let file = self.state().join("runs").join(run).join("journal.jsonl");
        let text = std::fs::read_to_string(file).unwrap();
        let mut records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        records.find(|one| one["record"]["type"] == "step-done").unwrap()["record"]["value"].take()
    }

    /// Where runs are kept.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn approvals(&self) -> Vec<&str> {
        self.approved.iter().flat_map(|phase| ["--approve", phase]).collect()
    }

    /// Gives the environment a bucket, which the scripts copy backups to and take them from.
    pub fn give_bucket(&mut self) -> S3Server {
        let setup = self.lab.hosts().setup();
        let bodies = self.folder.path().join("bodies");
        std::fs::create_dir_all(&bodies).unwrap();
        let options = S3Options {
            folder: bodies,
            keyring: Keyring::new([Credentials::lasting(ACCESS_KEY, SECRET_KEY)]),
            buckets: vec![(BUCKET.to_owned(), "us-east-1".to_owned())],
            authority: None,
            faults: setup.faults.clone(),
            clock: setup.clock.clone(),
        };
        let server = RUNTIME.block_on(S3Server::start(options)).unwrap();
        let login =
            format!("[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n");
        std::fs::write(self.place().join("aws-credentials"), login).unwrap();
        let entry = BucketEntry {
            bucket: BUCKET.to_owned(),
            region: Some("us-east-1".to_owned()),
            endpoint: Some(server.plain_endpoint()),
            path_style: true,
            credentials: CredentialsEntry {
                file: Some("aws-credentials".into()),
                ..CredentialsEntry::default()
            },
            ..BucketEntry::default()
        };
        self.environment.buckets.insert("offsite".to_owned(), entry);
        self.environment.parameters.insert("backup_bucket".to_owned(), "offsite".into());
        server
    }

    /// From now on the module `name` of the stdlib says `to` where it says `from`, such as seconds for minutes.
    pub fn hasten(&mut self, name: &str, from: &str, to: &str) {
        let folder = self.folder.path().join("stdlib");
        if self.stdlib.is_none() {
            std::fs::create_dir_all(&folder).unwrap();
            for (name, text) in drsh::engine::built_in::FILES {
                if let Some(module) = name.strip_prefix("stdlib/") {
                    std::fs::write(folder.join(module), text).unwrap();
                }
            }
        }
        let file = folder.join(format!("{name}.rhai"));
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{name} does not say {from}");
        std::fs::write(&file, text.replace(from, to)).unwrap();
        self.stdlib = Some(folder);
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let stdlib = self.stdlib.as_ref().map(|folder| folder.display().to_string());
        let further = stdlib.iter().flat_map(|folder| ["--stdlib", folder]);
        let arguments: Vec<&str> = arguments.iter().copied().chain(further).collect();
        started(&arguments, self.place(), &self.state())
    }

    fn write_environment(&self) -> String {
        written(&self.environment, self.place())
    }

    fn place(&self) -> &Path {
        &self.lab.description().folder
    }
}
