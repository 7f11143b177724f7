//! A hosted zone on loopback, the lab's or moto's, an environment that names it, and scripts that run in it.

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType,
};
use drsh::engine::Script;
use drsh::environment::Environment;
use drsh::problem::Problem;
use drsh::run::{Beginning, Claim, Direction, Event, Listener, Replay, Run};
use drsh_lab::apiserver::authority::Authority;
use drsh_lab::aws::Keyring;
use drsh_lab::aws::route53::{Route53Options, Route53Server, Zone};
use drsh_lab::clock::Clock;
use drsh_lab::faults::{Fault, Faults, Rule};
use drsh_real::aws::Access;
use drsh_real::moto::{self, Moto};
use rhai::Dynamic;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const ACCESS_KEY: &str = "AKIALAB";
const SECRET_KEY: &str = "lab/secret";
/// The name of the zone.
const ZONE: &str = "hc.lab";

/// Everything that one test has to itself.
pub struct World {
    _server: Server,
    zone: String,
    access: Access,
    runtime: Runtime,
    heard: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
}

/// What serves the zone.
enum Server {
    Lab { _server: Route53Server },
    Moto { _server: Arc<Moto> },
}

struct Ear(Arc<Mutex<Vec<String>>>);

impl Listener for Ear {
    fn hear(&self, event: &Event) {
        self.0.lock().unwrap().push(format!("{event:?}"));
    }
}

/// The lab's Route53, which can be told to fail.
pub struct Lab {
    world: World,
    faults: Faults,
}

impl Deref for Lab {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Lab {
    pub fn new() -> Self {
        let (runtime, faults) = (Runtime::new().unwrap(), Faults::default());
        let authority = Authority::new("lab").unwrap();
        let options = Route53Options {
            keyring: Keyring::new([drsh_lab::aws::Credentials::lasting(ACCESS_KEY, SECRET_KEY)]),
            zones: vec![Zone::new("Z0LAB", ZONE)],
            authority: Some(authority.clone()),
            faults: faults.clone(),
            clock: Clock::new(1000.0, 1),
        };
        let server = runtime.block_on(Route53Server::start(options)).unwrap();
        let access = Access {
            endpoint: server.endpoint(),
            ca_pem: authority.pem().to_owned(),
            region: "us-east-1".to_owned(),
            credentials: Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test"),
        };
        let server = Server::Lab { _server: server };
        Self { world: World::around(server, "Z0LAB".to_owned(), access, runtime), faults }
    }

    /// Lets the server fail requests from now on.
    pub fn arm(&self, fault: Fault, times: Option<u32>) {
        let (server, method, path) = ("route53".to_owned(), String::new(), String::new());
        self.faults.arm(Rule { server, method, path, fault, times });
    }
}

/// A record set of `A` that is an alias of a load balancer's name.
pub fn alias(name: &str, target: &str) -> ResourceRecordSet {
    let target = AliasTarget::builder().hosted_zone_id("Z35SXDOTRQ7X7K").dns_name(target);
    let target = target.evaluate_target_health(false).build().unwrap();
    ResourceRecordSet::builder().name(name).r#type(RrType::A).alias_target(target).build().unwrap()
}

/// A record set of one value.
pub fn record(name: &str, kind: RrType, ttl: i64, value: &str) -> ResourceRecordSet {
    let value = ResourceRecord::builder().value(value).build().unwrap();
    ResourceRecordSet::builder().name(name).r#type(kind).ttl(ttl).resource_records(value).build().unwrap()
}

impl World {
    /// A zone of the lab.
    pub fn lab() -> Self {
        Lab::new().world
    }

    /// A zone of moto, where that is installed.
    pub fn moto() -> Option<Self> {
        let programs = moto::Programs::find("Route53 that is not the lab's")?;
        let runtime = Runtime::new().unwrap();
        let options = moto::Options {
            authority: Authority::new("moto").unwrap(),
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
        };
        let moto = runtime.block_on(Moto::shared(&programs, options)).unwrap();
        let zone = runtime.block_on(moto.create_zone(ZONE)).unwrap();
        let access = moto.access("us-east-1");
        Some(Self::around(Server::Moto { _server: moto }, zone, access, runtime))
    }

    fn around(server: Server, zone: String, access: Access, runtime: Runtime) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), &access.ca_pem).unwrap();
        let keys =
            format!("[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n");
        std::fs::write(folder.path().join("credentials"), keys).unwrap();
        Self { _server: server, zone, access, runtime, heard: Arc::default(), folder }
    }

    /// Adds record sets to the zone, as external-dns would.
    pub fn create(&self, records: impl IntoIterator<Item = ResourceRecordSet>) {
        let changes = records.into_iter().map(|record| {
            Change::builder().action(ChangeAction::Create).resource_record_set(record).build().unwrap()
        });
        let batch = ChangeBatch::builder().set_changes(Some(changes.collect())).build().unwrap();
        let done = self.runtime.block_on(async {
            let client = self.access.route53().unwrap();
            client.change_resource_record_sets().hosted_zone_id(&self.zone).change_batch(batch).send().await
        });
        let _ = done.unwrap();
    }

    /// Runs a script.
    pub fn run(&self, script: &str) -> Result<Dynamic, Problem> {
        let zone = |name: &str, id: &str| {
            format!(
                "[zones.{name}]\nid = \"{id}\"\nendpoint = \"{}\"\nca_file = \"ca.pem\"\ncredentials = {{ file = \"credentials\" }}\n",
                self.access.endpoint
            )
        };
        let text = format!(
            "name = \"lab\"\n{}{}",
            zone("dns", &format!("/hostedzone/{}", self.zone)),
            zone("gone", "Z0GONE")
        );
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
            claim: Claim::default(),
            until: None,
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
