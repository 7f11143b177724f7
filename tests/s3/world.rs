//! A bucket on loopback, an environment that names it, and scripts that run in it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use drsh::engine::Script;
use drsh::environment::Environment;
use drsh::problem::Problem;
use drsh::run::{Beginning, Direction, Event, Listener, Replay, Run};
use drsh::stream::ByteSource;
use drsh_lab::apiserver::authority::Authority;
use drsh_lab::aws::s3::{S3Options, S3Server};
use drsh_lab::aws::{Credentials, Keyring};
use drsh_lab::clock::Clock;
use drsh_lab::faults::{Fault, Faults, Rule};
use rhai::{Dynamic, EvalAltResult};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// The bucket's own name.
pub const BUCKET: &str = "etcd-snapshots";
/// The region of the bucket, which the environment does not tell.
pub const REGION: &str = "eu-west-1";
/// The secret key that must be seen nowhere.
pub const SECRET_KEY: &str = "canary/secret+key";

/// Everything that one test has to itself.
pub struct World {
    pub server: S3Server,
    pub faults: Faults,
    pub keyring: Keyring,
    runtime: Runtime,
    cancel: CancellationToken,
    heard: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
}

struct Ear(Arc<Mutex<Vec<String>>>);

impl Listener for Ear {
    fn hear(&self, event: &Event) {
        self.0.lock().unwrap().push(format!("{event:?}"));
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is how the engine gives errors")]
fn within(error: Box<EvalAltResult>) -> Problem {
    Problem::within(&error).unwrap_or_else(|| panic!("{error}"))
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bodies", "backup"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let runtime = Runtime::new().unwrap();
        let (faults, keyring) =
            (Faults::default(), Keyring::new([Credentials::lasting("AKIALAB", SECRET_KEY)]));
        let authority = Authority::new("lab").unwrap();
        let options = S3Options {
            folder: folder.path().join("bodies"),
            keyring: keyring.clone(),
            buckets: vec![(BUCKET.to_owned(), REGION.to_owned())],
            authority: Some(authority.clone()),
            faults: faults.clone(),
            clock: Clock::new(1000.0, 1),
        };
        let server = runtime.block_on(S3Server::start(options)).unwrap();
        let world = Self {
            server,
            faults,
            keyring,
            runtime,
            cancel: CancellationToken::new(),
            heard: Arc::default(),
            folder,
        };
        world.write("ca.pem", authority.pem());
        let keys = format!("aws_access_key_id = AKIALAB\naws_secret_access_key = {SECRET_KEY}\n");
        world.write(
            "credentials",
            format!("[default]\naws_access_key_id = wrong\naws_secret_access_key = wrong\n[lab]\n{keys}"),
        );
        world
    }

    /// Where a file of this world lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Lets the server fail requests from now on.
    pub fn arm(&self, method: &str, path: &str, fault: Fault, times: Option<u32>) {
        let (method, path) = (method.to_owned(), path.to_owned());
        self.faults.arm(Rule { server: "s3".to_owned(), method, path, fault, times });
    }

    /// The environment, in which the bucket has these further lines.
    pub fn environment(&self, more: &str) -> String {
        format!(
            "name = \"lab\"\n[limits]\ncall_seconds = 60\nattempt_seconds = 20\n[folders.backup]\npath = \"backup\"\n\
             [buckets.backup]\nbucket = \"{BUCKET}\"\nendpoint = \"{}\"\nca_file = \"ca.pem\"\npath_style = true\n{more}",
            self.server.endpoint()
        )
    }

    /// Runs a script with the credentials of the lab.
    pub fn run(&self, script: &str) -> Result<Dynamic, Problem> {
        self.run_in(
            &self.environment("credentials = { file = \"credentials\", profile = \"lab\" }\n"),
            script,
        )
    }

    /// Runs a script that must succeed.
    pub fn does(&self, script: &str) {
        let _ = self.run(script).unwrap();
    }

    /// Runs a script in another environment.
    pub fn run_in(&self, environment: &str, script: &str) -> Result<Dynamic, Problem> {
        let run = self.begin(environment);
        let script = Script::from_text("test", script);
        let library = Arc::new(script.library(None));
        script.carry_out(&run, &library).map_err(within)
    }

    /// Runs a script that has `source()` give it this source.
    pub fn run_with(&self, script: &str, source: ByteSource) -> Result<Dynamic, Problem> {
        let run =
            self.begin(&self.environment("credentials = { file = \"credentials\", profile = \"lab\" }\n"));
        let token = self.cancel.clone();
        let interrupted = run.clone();
        let watch = self.runtime.spawn(async move {
            token.cancelled().await;
            interrupted.cancel().cancel();
        });
        let mut engine = drsh::engine::engine(Some(&run), &Arc::new(drsh::engine::Library::default()));
        engine.register_fn("source", move || source.clone());
        let done = engine.eval::<Dynamic>(script).map_err(within);
        watch.abort();
        done
    }

    /// What interrupts a script of [`Self::run_with`].
    pub fn cancel_token(&self) -> CancellationToken {
        self.cancel.clone()
    }

    fn begin(&self, environment: &str) -> Arc<Run> {
        Run::begin(Beginning {
            id: "0000beef".into(),
            environment: Arc::new(Environment::parse(environment, &self.path("environment.toml")).unwrap()),
            journal: None,
            replay: Replay::default(),
            direction: Direction::Forward,
            approved: ["*".to_owned()].into(),
            may_change: true,
            memory: None,
            runtime: self.runtime.handle().clone(),
            listener: Box::new(Ear(self.heard.clone())),
            asker: None,
        })
    }

    /// Runs a script that must succeed, and gives back what it says.
    pub fn says(&self, script: &str) -> String {
        self.run(script).unwrap().to_string()
    }

    /// Every event that was told, as text.
    pub fn told(&self) -> String {
        self.heard.lock().unwrap().join("\n")
    }

    /// Writes a file of `size` bytes that look random into the folder; returns them.
    pub fn snapshot(&self, name: &str, size: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_u32;
        let bytes: Vec<u8> = (0..size)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect();
        self.write(&format!("backup/{name}"), &bytes);
        bytes
    }
}
