//! Moto as S3, Route53 and STS: a server that is not the lab's, over https.
//!
//! It verifies who asks: signatures in `Authorization` headers itself, those of presigned URLs (with their end) in the
//! gate before it (`aws_server.py`), which has botocore compute them. What it does not verify: the region that a
//! request is signed for, the time of a request, the hash of its body, and the end of temporary credentials.

use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Weak};

use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::error::{DisplayErrorContext, SdkError};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_smithy_types::DateTime;
use drsh_lab::apiserver::Authority;
use drsh_lab::apiserver::authority::AuthorityError;
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::aws::{self, Access, AccessError};
use crate::programs;
use crate::server::{Server, ServerError, free_port};

const LOOPBACK: &str = "127.0.0.1";
const SERVER: &str = include_str!("../aws_server.py");
/// The role that temporary credentials are those of; the server's program makes it.
const ROLE: &str = "arn:aws:iam::123456789012:role/lab";

/// Why moto is not there, or did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum MotoError {
    /// The server did not come up.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A file could not be written.
    #[error("a file of moto: {0}")]
    Io(#[from] io::Error),
    /// A certificate could not be made.
    #[error(transparent)]
    Certificate(#[from] AuthorityError),
    /// A client could not be made.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A request was refused.
    #[error("moto: {0}")]
    Request(String),
}

/// Where moto is installed: the interpreter of the Python environment that `tests/real/build` makes.
#[derive(Debug, Clone)]
pub struct Programs {
    python: PathBuf,
}

impl Programs {
    /// Finds it, or says in the test's output that `what` is not tested.
    #[must_use]
    pub fn find(what: &str) -> Option<Self> {
        let environment = programs::cache().join("venv");
        // The mark is written when everything is installed.
        if environment.join("made-of").is_file() {
            return Some(Self { python: environment.join("bin/python") });
        }
        programs::absent(&format!("{what}: moto not found (tests/real/build makes it)"));
        None
    }
}

/// What differs between servers.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who signs the server's certificate.
    pub authority: Authority,
    /// The access key of the one user.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
}

impl Options {
    /// An authority of its own, and a key that is as good as any.
    pub fn new() -> Result<Self, AuthorityError> {
        Ok(Self {
            authority: Authority::new("moto-ca")?,
            access_key: "AKIALAB".to_owned(),
            secret_key: "lab/secret+key".to_owned(),
        })
    }
}

/// A running moto, empty at first. It ends when it is dropped.
#[derive(Debug)]
pub struct Moto {
    options: Options,
    port: u16,
    _server: Server,
    _folder: TempDir,
}

impl Moto {
    /// Starts it, and waits until it answers.
    pub async fn start(programs: &Programs, options: Options) -> Result<Self, MotoError> {
        let folder = tempfile::Builder::new().prefix("drsh-real-").tempdir()?;
        let certificate = options.authority.issue_server("moto", &[])?;
        let write = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).map(|()| file)
        };
        let program = write("aws_server.py", SERVER)?;
        let crt = write("tls.crt", &certificate.certificate_pem())?;
        let key = write("tls.key", &certificate.key_pem())?;
        let port = free_port(LOOPBACK)?;
        let mut command = Command::new(&programs.python);
        command
            .arg(program)
            .args([LOOPBACK, &port.to_string()])
            .args([crt, key])
            .env("MOTO_USER_ACCESS_KEY", &options.access_key)
            .env("MOTO_USER_SECRET_KEY", &options.secret_key)
            .env("MOTO_PORT", port.to_string())
            // Signatures are verified from the first request on.
            .env("INITIAL_NO_AUTH_ACTION_COUNT", "0");
        let server = Server::start_in(folder.path(), "moto.log", "moto", &command)?;
        server.wait_for_port(LOOPBACK, port).await?;
        Ok(Self { options, port, _server: server, _folder: folder })
    }

    /// The one that the tests of this process share while any of them has it; the first one's `options` make it.
    pub async fn shared(programs: &Programs, options: Options) -> Result<Arc<Self>, MotoError> {
        static SHARED: Mutex<Weak<Moto>> = Mutex::const_new(Weak::new());
        let mut shared = SHARED.lock().await;
        if let Some(moto) = shared.upgrade() {
            return Ok(moto);
        }
        let moto = Arc::new(Self::start(programs, options).await?);
        *shared = Arc::downgrade(&moto);
        Ok(moto)
    }

    /// The URL of S3, Route53 and STS.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("https://{LOOPBACK}:{}", self.port)
    }

    /// The certificate (PEM) that clients trust.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        self.options.authority.pem()
    }

    /// The access key of the user, who may do everything.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.options.access_key
    }

    /// The secret of the access key.
    #[must_use]
    pub fn secret_key(&self) -> &str {
        &self.options.secret_key
    }

    /// What AWS's clients need to work as the user in `region`.
    #[must_use]
    pub fn access(&self, region: &str) -> Access {
        let (key, secret) = (self.access_key(), self.secret_key());
        Access {
            endpoint: self.endpoint(),
            ca_pem: self.ca_pem().to_owned(),
            region: region.to_owned(),
            credentials: Credentials::new(key, secret, None, None, "test"),
        }
    }

    /// Makes a bucket in `region`.
    pub async fn create_bucket(&self, name: &str, region: &str) -> Result<(), MotoError> {
        let mut request = self.access(region).s3()?.create_bucket().bucket(name);
        // The first region is the one that cannot be named.
        if region != "us-east-1" {
            let place = BucketLocationConstraint::from(region);
            let configuration = CreateBucketConfiguration::builder().location_constraint(place).build();
            request = request.create_bucket_configuration(configuration);
        }
        request.send().await.map_err(refused)?;
        Ok(())
    }

    /// Makes a public hosted zone, and returns its id, without `/hostedzone/`. Two zones may have the same name.
    pub async fn create_zone(&self, name: &str) -> Result<String, MotoError> {
        let client = self.access("us-east-1").route53()?;
        // Two requests with one reference are one request to Route53.
        let reference = tempfile::Builder::new().rand_bytes(20).make(|_| Ok(()))?;
        let reference = reference.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let made = client.create_hosted_zone().name(name).caller_reference(reference).send().await;
        let zone = made.map_err(refused)?.hosted_zone;
        let id = zone.map(|zone| zone.id).unwrap_or_default();
        Ok(id.trim_start_matches("/hostedzone/").to_owned())
    }

    /// Asks for temporary credentials that say to live for `seconds`: from 15 minutes to 12 hours.
    pub async fn temporary(&self, seconds: i32) -> Result<(Credentials, DateTime), MotoError> {
        let client = self.access("us-east-1").sts()?;
        let request = client.assume_role().role_arn(ROLE).role_session_name("test").duration_seconds(seconds);
        let given = request.send().await.map_err(refused)?.credentials;
        let given = given.ok_or_else(|| MotoError::Request("no credentials came".to_owned()))?;
        let token = Some(given.session_token);
        let credentials = Credentials::new(given.access_key_id, given.secret_access_key, token, None, "test");
        Ok((credentials, given.expiration))
    }

    /// Forgets everything but the user.
    pub async fn reset(&self) -> Result<(), MotoError> {
        let url = format!("{}/moto-api/reset", self.endpoint());
        let (status, _) = aws::fetch("POST", &url, self.ca_pem(), Vec::new()).await?;
        if status == 200 {
            Ok(())
        } else {
            Err(MotoError::Request(format!("the reset was answered {status}")))
        }
    }
}

fn refused<E, R>(error: SdkError<E, R>) -> MotoError
where
    SdkError<E, R>: std::error::Error + Send + Sync + 'static,
{
    MotoError::Request(DisplayErrorContext(error).to_string())
}
