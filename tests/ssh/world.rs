//! Hosts on loopback, an environment that names them, and scripts that run in it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use drsh::engine::Script;
use drsh::environment::Environment;
use drsh::problem::Problem;
use drsh::run::{Beginning, Direction, Event, Listener, Replay, Run};
use drsh_real::{Sshd, sshd};
use rhai::Dynamic;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Everything that one test has to itself.
pub struct World {
    pub hosts: Vec<Sshd>,
    runtime: Runtime,
    heard: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
}

struct Ear(Arc<Mutex<Vec<String>>>);

impl Listener for Ear {
    fn hear(&self, event: &Event) {
        self.0.lock().unwrap().push(format!("{event:?}"));
    }
}

impl World {
    /// Makes one with the host `one`; `None` where no SSH server is installed.
    pub fn new() -> Option<Self> {
        Self::of(&["one"])
    }

    /// Makes one with these hosts.
    pub fn of(names: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        for name in ["backup", "remote"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let runtime = Runtime::new().unwrap();
        let hosts = runtime.block_on(sshd::start(folder.path(), names)).unwrap()?;
        Some(Self { hosts, runtime, heard: Arc::default(), folder })
    }

    /// Where a file of this world lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The environment: the hosts, and others that are the first of them with something wrong.
    pub fn environment(&self) -> String {
        let user =
            std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "root".to_owned());
        let host = |name: &str, port: u16, key: &str, known: &str| {
            format!(
                "[hosts.{name}]\naddress = \"127.0.0.1\"\nport = {port}\nuser = \"{user}\"\nidentity_file = \"{key}\"\nknown_hosts = \"{known}\"\n"
            )
        };
        let port = self.hosts[0].port();
        let hosts: String =
            self.hosts.iter().map(|one| host(one.name(), one.port(), "key", "known_hosts")).collect();
        [
            "name = \"lab\"\n[limits]\ncall_seconds = 60\nattempt_seconds = 20\n[folders.backup]\npath = \"backup\"\n".to_owned(),
            hosts,
            host("read", port, "key", "known_hosts") + "mode = \"read-only\"\n",
            host("jumped", port, "key", "known_hosts") + format!("jump = \"{user}@127.0.0.1:{port}\"\n").as_str(),
            host("stranger", port, "other_key", "known_hosts"),
            host("unknown", port, "key", "no_hosts"),
            host("changed", port, "key", "changed_hosts"),
            host("down", 9, "key", "known_hosts"),
        ]
        .concat()
    }

    /// Runs a script.
    pub fn run(&self, script: &str) -> Result<Dynamic, Problem> {
        self.run_in(&self.environment(), script)
    }

    /// Runs a script in another environment than the one that the hosts make now.
    pub fn run_in(&self, environment: &str, script: &str) -> Result<Dynamic, Problem> {
        let environment = Environment::parse(environment, &self.path("environment.toml")).unwrap();
        let run = Run::begin(Beginning {
            id: "0000beef".into(),
            environment: Arc::new(environment),
            journal: None,
            replay: Replay::default(),
            direction: Direction::Forward,
            approved: [].into(),
            may_change: true,
            memory: None,
            runtime: self.runtime.handle().clone(),
            listener: Box::new(Ear(self.heard.clone())),
            asker: None,
        });
        let script = Script::from_text("test", script);
        let library = Arc::new(script.library(None));
        script
            .carry_out(&run, &library)
            .map_err(|error| Problem::within(&error).unwrap_or_else(|| panic!("{error}")))
    }

    /// Runs a script that must succeed, and gives back what it says.
    pub fn says(&self, script: &str) -> String {
        self.run(script).unwrap().to_string()
    }

    /// Every event that was told, as text.
    pub fn told(&self) -> String {
        self.heard.lock().unwrap().join("\n")
    }
}
