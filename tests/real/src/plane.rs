//! A real control plane: etcd, kube-apiserver, kube-controller-manager.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use drsh_lab::apiserver::authority::AuthorityError;
use drsh_lab::apiserver::{Authority, ClientError, User};
use tempfile::TempDir;

use crate::access::Access;
use crate::etcd::Etcd;
use crate::programs;
use crate::server::{Server, ServerError, free_port};

const LOOPBACK: &str = "127.0.0.1";

/// The controllers that a plane runs unless it is told otherwise: what every cluster needs to come to rest.
pub const CONTROLLERS: &str = "namespace-controller,garbage-collector-controller";

/// Why a control plane is not there.
#[derive(Debug, thiserror::Error)]
pub enum PlaneError {
    /// A server did not come up.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A file could not be written.
    #[error("a file of the control plane: {0}")]
    Io(#[from] io::Error),
    /// A certificate could not be made.
    #[error(transparent)]
    Certificate(#[from] AuthorityError),
    /// A client could not be made.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// The programs of a control plane.
#[derive(Debug, Clone)]
pub struct Programs {
    pub(crate) etcd: PathBuf,
    apiserver: PathBuf,
    controllers: PathBuf,
}

impl Programs {
    /// Finds them, or says in the test's output that `what` is not tested.
    #[must_use]
    pub fn find(what: &str) -> Option<Self> {
        let names = ["etcd", "kube-apiserver", "kube-controller-manager"];
        let [etcd, apiserver, controllers] = programs::all(names, what)?;
        Some(Self { etcd, apiserver, controllers })
    }
}

/// What differs between control planes.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name, for kubeconfigs and certificates.
    pub name: String,
    /// Who signs the certificates of the server and of its users.
    pub authority: Authority,
    /// Names besides loopback that the server's certificate is good for.
    pub hostnames: Vec<String>,
    /// The controllers that run.
    pub controllers: String,
    /// The endpoints of an etcd that runs already, with the arguments that reach it; none starts one.
    pub etcd: Option<Vec<String>>,
    /// Arguments of kube-apiserver beside those that every plane has.
    pub arguments: Vec<String>,
    /// The key that service accounts' tokens are signed with and a certificate for it (PEM); none makes them.
    pub signing_key: Option<String>,
    /// The port of the API server; none takes a free one.
    pub port: Option<u16>,
}

impl Options {
    /// A plane of its own etcd and authority.
    pub fn new(name: &str) -> Result<Self, AuthorityError> {
        Ok(Self {
            name: name.to_owned(),
            authority: Authority::new(&format!("{name}-ca"))?,
            hostnames: Vec::new(),
            controllers: CONTROLLERS.to_owned(),
            etcd: None,
            arguments: Vec::new(),
            signing_key: None,
            port: None,
        })
    }
}

/// A running control plane. Its servers end when it is dropped, in the order of the fields: each would fill its log
/// with complaints if what it works on went first.
#[derive(Debug)]
pub struct Plane {
    programs: Programs,
    options: Options,
    access: Access,
    controllers: Option<Server>,
    apiserver: Server,
    /// Held for as long as the API server needs it.
    _etcd: Option<Etcd>,
    folder: TempDir,
}

impl Plane {
    /// Starts etcd and kube-apiserver, and waits until the API answers. Controllers do not run yet.
    pub async fn start(programs: &Programs, options: Options) -> Result<Self, PlaneError> {
        let folder = tempfile::Builder::new().prefix("drsh-real-").tempdir()?;
        let (etcd, reach) = if let Some(reach) = &options.etcd {
            (None, reach.clone())
        } else {
            let etcd = Etcd::start(programs).await?;
            let reach = etcd.reach();
            (Some(etcd), reach)
        };
        let port = options.port.map_or_else(|| free_port(LOOPBACK), Ok)?;
        let access = Access { name: options.name.clone(), port, authority: options.authority.clone() };
        let apiserver = start_apiserver(programs, &options, &reach, port, folder.path())?;
        let programs = programs.clone();
        let plane = Self { programs, options, access, controllers: None, apiserver, _etcd: etcd, folder };
        let client = plane.client(&User::admin())?;
        plane.apiserver.wait_until(|| is_ready(client.clone())).await?;
        Ok(plane)
    }

    /// Starts the controllers. Kinds that are defined by now are collected and cleaned up from the start; later
    /// ones within half a minute.
    pub fn start_controllers(&mut self) -> Result<(), PlaneError> {
        let kubeconfig = self.file("controllers.kubeconfig");
        std::fs::write(&kubeconfig, self.kubeconfig(&User::admin())?)?;
        let mut command = Command::new(&self.programs.controllers);
        command.args([
            &format!("--kubeconfig={}", kubeconfig.display()),
            &format!("--controllers={}", self.options.controllers),
            &format!("--service-account-private-key-file={}", self.file("signing.key").display()),
            &format!("--root-ca-file={}", self.file("ca.crt").display()),
            "--secure-port=0",
            "--leader-elect=false",
            "--kube-api-qps=1000",
            "--kube-api-burst=2000",
            "--concurrent-gc-syncs=5",
        ]);
        let log = self.file("kube-controller-manager.log");
        self.controllers = Some(Server::start("kube-controller-manager", &command, &log)?);
        Ok(())
    }

    /// How it is reached.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// What it was started with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The URL of the API.
    #[must_use]
    pub fn url(&self) -> String {
        self.access.url()
    }

    /// The port of the API.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.access.port
    }

    /// Who signs the certificates of the server and of its users.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.access.authority
    }

    /// A kubeconfig (YAML) for `user`.
    pub fn kubeconfig(&self, user: &User) -> Result<String, AuthorityError> {
        self.access.kubeconfig(user)
    }

    /// A client that works as `user`. It does not retry by itself.
    pub fn client(&self, user: &User) -> Result<kube::Client, PlaneError> {
        Ok(self.access.client(user)?)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn start_apiserver(
    programs: &Programs,
    options: &Options,
    reach: &[String],
    port: u16,
    folder: &Path,
) -> Result<Server, PlaneError> {
    let authority = &options.authority;
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::write(&file, text).map(|()| file.display().to_string())
    };
    let certificate = authority.issue_server(&options.name, &options.hostnames)?;
    let kubelet_client = authority.issue_client(&User::new("kube-apiserver", ["system:masters"]))?;
    let signing_key = if let Some(key) = &options.signing_key {
        key.clone()
    } else {
        // The certificate is there for its public key: the server does not draw one from a key of this form.
        let made = authority.issue_server("service-accounts", &[])?;
        made.key_pem() + &made.certificate_pem()
    };
    let ca = write("ca.crt", authority.pem())?;
    let (crt, key) =
        (write("tls.crt", &certificate.certificate_pem())?, write("tls.key", &certificate.key_pem())?);
    let signing = write("signing.key", &signing_key)?;
    let kubelet_crt = write("kubelet-client.crt", &kubelet_client.certificate_pem())?;
    let kubelet_key = write("kubelet-client.key", &kubelet_client.key_pem())?;
    let mut command = Command::new(&programs.apiserver);
    command.args(reach).args(&options.arguments).args([
        format!("--bind-address={LOOPBACK}"),
        format!("--secure-port={port}"),
        format!("--client-ca-file={ca}"),
        format!("--tls-cert-file={crt}"),
        format!("--tls-private-key-file={key}"),
        format!("--service-account-key-file={signing}"),
        format!("--service-account-signing-key-file={signing}"),
        format!("--kubelet-client-certificate={kubelet_crt}"),
        format!("--kubelet-client-key={kubelet_key}"),
        format!("--kubelet-certificate-authority={ca}"),
        "--kubelet-preferred-address-types=InternalIP".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
        "--authorization-mode=RBAC".to_owned(),
        // Loopback is no address that endpoints may have, and nothing here gives pods their tokens.
        "--endpoint-reconciler-type=none".to_owned(),
        "--disable-admission-plugins=ServiceAccount".to_owned(),
        "--allow-privileged=true".to_owned(),
    ]);
    Ok(Server::start_in(folder, "kube-apiserver.log", "kube-apiserver", &command)?)
}

async fn is_ready(client: kube::Client) -> bool {
    let request = http::Request::get("/readyz").body(Vec::new());
    match request {
        Ok(request) => client.request_text(request).await.is_ok_and(|text| text == "ok"),
        Err(_) => false,
    }
}
