//! Hosts on loopback, an environment that names them, and scripts that run in it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use drsh::engine::Script;
use drsh::environment::Environment;
use drsh::problem::Problem;
use drsh::run::{Beginning, Claim, Direction, Event, Listener, Replay, Run};
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
        // A line of a command stands as the operator reads it.
        let told = match event {
            Event::Streamed { host, line } => format!("{:?}", format!("{host}: {line}")),
            event => format!("{event:?}"),
        };
        self.0.lock().unwrap().push(told);
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
        let pinned = |name: &str, key: &str| {
            let entry = host(name, port, "key", "no_hosts");
            entry.replace("known_hosts = \"no_hosts\"", &format!("host_key = \"{}\"", key.trim()))
        };
        let other_key = std::fs::read_to_string(self.path("other_host_key.pub")).unwrap();
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
            host("watched", port, "key", "known_hosts") + "keepalive_seconds = 1\n",
            host("behind", port, "key", "known_hosts") + "jump = \"jumped\"\n",
            pinned("pinned", &self.hosts[0].host_key().unwrap()),
            pinned("replaced", &other_key),
        ]
        .concat()
    }

    /// Runs a script.
    pub fn run(&self, script: &str) -> Result<Dynamic, Problem> {
        self.run_in(&self.environment(), script)
    }

    /// Runs a script in another environment than the one that the hosts make now.
    pub fn run_in(&self, environment: &str, script: &str) -> Result<Dynamic, Problem> {
        carry_out(&self.begin(environment), script)
    }

    /// Begins a run, for a test that needs its handle.
    pub fn begin(&self, environment: &str) -> Arc<Run> {
        let environment = Environment::parse(environment, &self.path("environment.toml")).unwrap();
        Run::begin(Beginning {
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
            claim: Claim::default(),
            until: None,
        })
    }

    /// Runs a script, and does `then` once it has made the file `remote/ready`.
    pub fn run_and(&self, run: &Arc<Run>, script: &str, then: impl FnOnce()) -> Result<Dynamic, Problem> {
        std::thread::scope(|scope| {
            let script = scope.spawn(|| carry_out(run, script));
            let ready = self.path("remote/ready");
            until("the script to be ready", || ready.exists() || script.is_finished());
            then();
            script.join().unwrap()
        })
    }

    /// The path of that file, for a script.
    pub fn ready(&self) -> String {
        self.path("remote/ready").display().to_string()
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

/// Carries a script out in a run.
pub fn carry_out(run: &Arc<Run>, script: &str) -> Result<Dynamic, Problem> {
    let script = Script::from_text("test", script);
    let library = Arc::new(script.library(None));
    script
        .carry_out(run, &library)
        .map_err(|error| Problem::within(&error).unwrap_or_else(|| panic!("{error}")))
}

/// Waits until something is so; a minute is far more than it takes.
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < patience, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

/// How many processes have a word in their command line: all hosts are this machine.
pub fn processes(word: &str) -> usize {
    let all = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.split(|byte| *byte == 0).any(|part| part == word.as_bytes())).count()
}

/// A number of seconds that no other process sleeps.
pub fn own_sleep() -> String {
    format!(
        "{}.{}",
        30_000 + std::process::id() % 10_000,
        u32::from_str_radix(&drsh::run::random_id(), 16).unwrap()
    )
}
