//! A bucket on loopback, the lab's or moto's, an environment that names it, and scripts that run in it.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use drsh::engine::Script;
use drsh::environment::Environment;
use drsh::problem::Problem;
use drsh::run::{Beginning, Claim, Direction, Event, Listener, Replay, Run};
use drsh::stream::ByteSource;
use drsh_lab::apiserver::authority::Authority;
use drsh_lab::aws::Keyring;
use drsh_lab::aws::s3::{S3Options, S3Server};
use drsh_lab::clock::Clock;
use drsh_lab::faults::{Fault, Faults, Rule};
use drsh_real::aws::Access;
use drsh_real::moto::{self, Moto};
use rhai::{Dynamic, EvalAltResult};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// How the bucket's own name begins.
pub const BUCKET: &str = "etcd-snapshots";
/// The region of the bucket, which the environment does not tell.
pub const REGION: &str = "eu-west-1";
/// The access key that the bucket's owner has.
const ACCESS_KEY: &str = "AKIALAB";
/// The secret key that must be seen nowhere.
pub const SECRET_KEY: &str = "canary/secret+key";

/// Everything that one test has to itself.
pub struct World {
    server: Server,
    bucket: String,
    access: Access,
    runtime: Runtime,
    cancel: CancellationToken,
    heard: Arc<Mutex<Vec<String>>>,
    breaks_at: Arc<Mutex<Option<String>>>,
    folder: TempDir,
}

/// What serves the bucket.
enum Server {
    Lab { _server: S3Server, keyring: Keyring },
    Moto(Arc<Moto>),
}

/// What the server has under a key.
pub struct Facts {
    pub size: u64,
    pub sha256: Option<String>,
}

struct Ear {
    heard: Arc<Mutex<Vec<String>>>,
    breaks_at: Arc<Mutex<Option<String>>>,
}

impl Listener for Ear {
    fn hear(&self, event: &Event) {
        let told = format!("{event:?}");
        let breaks = self.breaks_at.lock().unwrap().take_if(|word| told.contains(&**word)).is_some();
        self.heard.lock().unwrap().push(told);
        assert!(!breaks, "the listener breaks, as it was told to");
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is how the engine gives errors")]
fn within(error: Box<EvalAltResult>) -> Problem {
    Problem::within(&error).unwrap_or_else(|| panic!("{error}"))
}

/// The lab's S3, which can be told to fail.
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
        let (folder, runtime) = (folder(), Runtime::new().unwrap());
        let faults = Faults::default();
        let keyring = Keyring::new([drsh_lab::aws::Credentials::lasting(ACCESS_KEY, SECRET_KEY)]);
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
        let access = Access {
            endpoint: server.endpoint(),
            ca_pem: authority.pem().to_owned(),
            region: REGION.to_owned(),
            credentials: Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test"),
        };
        let server = Server::Lab { _server: server, keyring };
        Self { world: World::around(server, BUCKET.to_owned(), access, runtime, folder), faults }
    }

    /// Lets the server fail requests from now on.
    pub fn arm(&self, method: &str, path: &str, fault: Fault, times: Option<u32>) {
        let (method, path) = (method.to_owned(), path.to_owned());
        self.faults.arm(Rule { server: "s3".to_owned(), method, path, fault, times });
    }
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["bodies", "backup"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    folder
}

impl World {
    /// A bucket of the lab.
    pub fn lab() -> Self {
        Lab::new().world
    }

    /// A bucket of moto, where that is installed.
    pub fn moto() -> Option<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let programs = moto::Programs::find("S3 that is not the lab's")?;
        let runtime = Runtime::new().unwrap();
        let options = moto::Options {
            authority: Authority::new("moto").unwrap(),
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
        };
        let moto = runtime.block_on(Moto::shared(&programs, options)).unwrap();
        let bucket = format!("{BUCKET}-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        runtime.block_on(moto.create_bucket(&bucket, REGION)).unwrap();
        let access = moto.access(REGION);
        Some(Self::around(Server::Moto(moto), bucket, access, runtime, folder()))
    }

    fn around(server: Server, bucket: String, access: Access, runtime: Runtime, folder: TempDir) -> Self {
        let (cancel, heard, breaks_at) = (CancellationToken::new(), Arc::default(), Arc::default());
        let world = Self { server, bucket, access, runtime, cancel, heard, breaks_at, folder };
        world.write("ca.pem", &world.access.ca_pem);
        let keys = format!("aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n");
        world.write(
            "credentials",
            format!("[default]\naws_access_key_id = wrong\naws_secret_access_key = wrong\n[lab]\n{keys}"),
        );
        world
    }

    /// The URL of S3.
    pub fn endpoint(&self) -> String {
        self.access.endpoint.clone()
    }

    /// The bucket's own name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Temporary credentials that end in 90 minutes, and when.
    pub fn temporary(&self) -> (Credentials, jiff::Timestamp) {
        match &self.server {
            Server::Lab { keyring, .. } => {
                let end = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(90);
                let (key, token) = ("ASIALAB", "canary-token");
                keyring.add(drsh_lab::aws::Credentials::temporary(key, SECRET_KEY, token, end));
                (Credentials::new(key, SECRET_KEY, Some(token.to_owned()), None, "test"), end)
            }
            Server::Moto(moto) => {
                let (credentials, end) = self.runtime.block_on(moto.temporary(90 * 60)).unwrap();
                (credentials, jiff::Timestamp::from_second(end.secs()).unwrap())
            }
        }
    }

    /// What is stored under `key`, as anybody else's client sees it.
    pub fn facts(&self, key: &str) -> Option<Facts> {
        let request = self.client().head_object().bucket(&self.bucket).key(key);
        match self.runtime.block_on(request.send()) {
            Ok(found) => Some(Facts {
                size: found.content_length.unwrap_or_default().try_into().unwrap(),
                sha256: found.metadata.unwrap_or_default().remove("sha256"),
            }),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(aws_sdk_s3::operation::head_object::HeadObjectError::is_not_found) =>
            {
                None
            }
            Err(error) => panic!("{error:?}"),
        }
    }

    /// The bytes that are stored under `key`.
    pub fn read(&self, key: &str) -> Vec<u8> {
        let request = self.client().get_object().bucket(&self.bucket).key(key);
        self.runtime.block_on(async { request.send().await.unwrap().body.collect().await.unwrap().to_vec() })
    }

    /// How many uploads in parts were begun and neither completed nor aborted.
    pub fn open_uploads(&self) -> usize {
        let request = self.client().list_multipart_uploads().bucket(&self.bucket);
        self.runtime.block_on(request.send()).unwrap().uploads().len()
    }

    /// The status of the answer to a request for `url` that anybody who holds it could make.
    pub fn status(&self, method: &str, url: &str) -> u16 {
        let answer = drsh_real::aws::fetch(method, url, &self.access.ca_pem, Vec::new());
        self.runtime.block_on(answer).unwrap().0
    }

    fn client(&self) -> aws_sdk_s3::Client {
        let _within = self.runtime.enter();
        self.access.s3().unwrap()
    }

    /// Where a file of this world lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// The environment, in which the bucket has these further lines.
    pub fn environment(&self, more: &str) -> String {
        format!(
            "name = \"lab\"\n[limits]\ncall_seconds = 60\nattempt_seconds = 20\n[folders.backup]\npath = \"backup\"\n\
             [buckets.backup]\nbucket = \"{}\"\nendpoint = \"{}\"\nca_file = \"ca.pem\"\npath_style = true\n{more}",
            self.bucket, self.access.endpoint
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
        let lines = "credentials = { file = \"credentials\", profile = \"lab\" }\n";
        self.run_with_in(&self.environment(lines), script, source)
    }

    /// Does the same in another environment.
    pub fn run_with_in(
        &self,
        environment: &str,
        script: &str,
        source: ByteSource,
    ) -> Result<Dynamic, Problem> {
        let run = self.begin(environment);
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
            listener: Box::new(Ear { heard: self.heard.clone(), breaks_at: self.breaks_at.clone() }),
            asker: None,
            claim: Claim::default(),
            until: None,
        })
    }

    /// Runs a script that must succeed, and gives back what it says.
    pub fn says(&self, script: &str) -> String {
        self.run(script).unwrap().to_string()
    }

    /// Lets the listener panic once, when it is told an event with this text.
    pub fn break_at(&self, text: &str) {
        *self.breaks_at.lock().unwrap() = Some(text.to_owned());
    }

    /// Stores an object as anybody else's client does, which says what it likes of its SHA-256.
    pub fn keep(&self, key: &str, bytes: &[u8], sha256: Option<&str>) {
        let request = self.client().put_object().bucket(&self.bucket).key(key).body(bytes.to_vec().into());
        let request =
            request.set_metadata(sha256.map(|hash| [("sha256".to_owned(), hash.to_owned())].into()));
        let _ = self.runtime.block_on(request.send()).unwrap();
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
