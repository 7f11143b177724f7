//! A hosted zone on loopback, an environment that names it, and scripts that run in it.

use std::sync::{Arc, Mutex};

use drsh::engine::Script;
use drsh::environment::Environment;
use drsh::problem::Problem;
use drsh::run::{Beginning, Direction, Event, Listener, Replay, Run};
use drsh_lab::apiserver::authority::Authority;
use drsh_lab::aws::route53::{Change, Route53Options, Route53Server, Zone};
use drsh_lab::aws::{Credentials, Keyring};
use drsh_lab::clock::Clock;
use drsh_lab::faults::{Fault, Faults, Rule};
use rhai::Dynamic;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Everything that one test has to itself.
pub struct World {
    server: Route53Server,
    zone: Zone,
    faults: Faults,
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
    pub fn new() -> Self {
        let (folder, runtime) = (tempfile::tempdir().unwrap(), Runtime::new().unwrap());
        let (faults, zone) = (Faults::default(), Zone::new("Z0LAB", "hc.lab"));
        let authority = Authority::new("lab").unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        let keys = "[default]\naws_access_key_id = AKIALAB\naws_secret_access_key = lab/secret\n";
        std::fs::write(folder.path().join("credentials"), keys).unwrap();
        let options = Route53Options {
            keyring: Keyring::new([Credentials::lasting("AKIALAB", "lab/secret")]),
            zones: vec![zone.clone()],
            authority: Some(authority),
            faults: faults.clone(),
            clock: Clock::new(1000.0, 1),
        };
        let server = runtime.block_on(Route53Server::start(options)).unwrap();
        Self { server, zone, faults, runtime, heard: Arc::default(), folder }
    }

    /// Changes the zone, as external-dns would.
    pub fn change(&self, changes: &[Change]) {
        self.zone.change(changes).unwrap();
    }

    /// Lets the server fail requests from now on.
    pub fn arm(&self, fault: Fault, times: Option<u32>) {
        let (server, method, path) = ("route53".to_owned(), String::new(), String::new());
        self.faults.arm(Rule { server, method, path, fault, times });
    }

    /// Runs a script.
    pub fn run(&self, script: &str) -> Result<Dynamic, Problem> {
        let zone = |name: &str, id: &str| {
            format!(
                "[zones.{name}]\nid = \"{id}\"\nendpoint = \"{}\"\nca_file = \"ca.pem\"\ncredentials = {{ file = \"credentials\" }}\n",
                self.server.endpoint()
            )
        };
        let text = format!("name = \"lab\"\n{}{}", zone("dns", "/hostedzone/Z0LAB"), zone("gone", "Z0GONE"));
        let environment = Environment::parse(&text, &self.folder.path().join("environment.toml")).unwrap();
        let run = Run::begin(Beginning {
            id: "0000beef".into(),
            environment: Arc::new(environment),
            journal: None,
            replay: Replay::default(),
            direction: Direction::Forward,
            approved: [].into(),
            may_change: false,
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
