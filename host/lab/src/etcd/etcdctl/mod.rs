//! `etcdctl` and `etcdutl` as they are in an etcd pod: the commands that backups and checks use.

mod cluster;
mod flags;
mod print;
mod snapshots;

use super::{Etcd, Seat, certificates};
use crate::apiserver::ExitStatus;
use crate::containers::files::Files;
use crate::containers::tools::{Console, Invocation};
use crate::faults::Faults;

use self::flags::Flags;

/// The exit codes of etcdctl.
const ERROR: i32 = 1;
const BAD_ARGUMENTS: i32 = 128;

/// A command with all that it works on.
struct Call<'a> {
    etcd: &'a Etcd,
    faults: &'a Faults,
    seat: &'a Seat,
    files: &'a Files,
    flags: Flags,
}

/// What a command prints when it ends well, or how it fails.
type Outcome = Result<String, Failure>;

/// How a command fails.
struct Failure {
    code: i32,
    message: String,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self { code: ERROR, message: message.into() }
    }
}

/// Runs `etcdctl` or `etcdutl` in the pod of `seat`.
pub async fn run(
    (etcd, faults): (&Etcd, &Faults),
    seat: &Seat,
    invocation: &Invocation<'_>,
    files: &Files,
    console: &mut Console,
) -> ExitStatus {
    let flags = match Flags::parse(invocation) {
        Ok(flags) => flags,
        Err(message) => return console.fail(BAD_ARGUMENTS, &format!("Error: {message}")).await,
    };
    let call = Call { etcd, faults, seat, files, flags };
    let outcome = if invocation.program == "etcdutl" { call.etcdutl() } else { call.etcdctl(console).await };
    match outcome {
        Ok(text) => match console.print(text.as_bytes()).await {
            Ok(()) => ExitStatus::Success,
            Err(gone) => gone,
        },
        Err(failure) => console.fail(failure.code, &failure.message).await,
    }
}

impl Call<'_> {
    async fn etcdctl(&self, console: &mut Console) -> Outcome {
        let words: Vec<&str> = self.flags.words.iter().map(String::as_str).collect();
        let version = self.seat.spec.etcd_version();
        match words.as_slice() {
            ["version"] => Ok(format!("etcdctl version: {version}\nAPI version: {}\n", short(version))),
            ["snapshot", "save", path] => {
                self.connect()?;
                self.save(path, console).await
            }
            ["snapshot", "status", path] if self.seat.spec.has_old_etcdctl() => self.status(path),
            ["snapshot", ..] => Ok(snapshots::usage(&self.seat.spec)),
            ["member", "list"] => {
                self.connect()?;
                self.need_quorum()?;
                Ok(self.member_list())
            }
            ["member", "remove", id] => {
                self.connect()?;
                self.need_quorum()?;
                self.member_remove(id)
            }
            ["member", "add", name] => {
                self.connect()?;
                self.need_quorum()?;
                Ok(self.member_add(name))
            }
            ["endpoint", "status"] => {
                self.connect()?;
                self.endpoint_status()
            }
            ["endpoint", "health"] => {
                self.connect()?;
                self.endpoint_health()
            }
            [] => Ok("NAME:\n\tetcdctl - A simple command line client for etcd3.\n".to_owned()),
            [other, ..] => Err(Failure::new(format!("Error: unknown command \"{other}\" for \"etcdctl\""))),
        }
    }

    fn etcdutl(&self) -> Outcome {
        let words: Vec<&str> = self.flags.words.iter().map(String::as_str).collect();
        let version = self.seat.spec.etcd_version();
        match words.as_slice() {
            ["version"] => Ok(format!("etcdutl version: {version}\nAPI version: {}\n", short(version))),
            ["snapshot", "status", path] => self.status(path),
            ["snapshot", ..] => Ok(snapshots::usage(&self.seat.spec)),
            [] => Ok("Usage:\n  etcdutl [command]\n".to_owned()),
            [other, ..] => Err(Failure::new(format!("Error: unknown command \"{other}\" for \"etcdutl\""))),
        }
    }

    /// Checks what a connection to the member needs: files that are there, and certificates that fit.
    fn connect(&self) -> Result<(), Failure> {
        let flags = &self.flags;
        for path in [&flags.cert, &flags.key, &flags.cacert].into_iter().flatten() {
            if self.files.read(path).is_none() {
                let message = format!("Error: open {path}: no such file or directory");
                return Err(Failure { code: BAD_ARGUMENTS, message });
            }
        }
        let shown = (flags.cert.as_deref(), flags.key.as_deref());
        let is_pair = certificates::PAIRS.iter().any(|(cert, key)| shown == (Some(*cert), Some(*key)));
        let trusts = flags
            .cacert
            .as_deref()
            .is_some_and(|path| path.trim_start_matches('/') == self.seat.spec.ca_path());
        let secure = flags.endpoints.iter().all(|endpoint| endpoint.starts_with("https://"));
        let reached = flags.endpoints.iter().all(|endpoint| self.reaches(endpoint));
        // A member that has only just started may have found no leader yet, though its pod is Ready.
        let alone = self.faults.strike("etcd", "connect", &self.seat.spec.pod.name).is_some();
        if is_pair && trusts && secure && reached && !alone {
            return Ok(());
        }
        let warning = "{\"level\":\"warn\",\"logger\":\"etcd-client\",\"caller\":\"retry_interceptor.go\",\
                       \"msg\":\"retrying of unary invoker failed\",\"attempt\":0,\
                       \"error\":\"rpc error: code = DeadlineExceeded desc = latest balancer error\"}";
        Err(Failure::new(format!("{warning}\nError: context deadline exceeded")))
    }

    /// Whether an endpoint leads to this member: by its loopback address, its name, or the client service.
    fn reaches(&self, endpoint: &str) -> bool {
        let address = endpoint.trim_start_matches("https://").trim_start_matches("http://");
        let Some((host, port)) = address.rsplit_once(':') else { return false };
        let pod = &self.seat.spec.pod;
        let local = ["localhost", "127.0.0.1", "[::1]", pod.name.as_str()].contains(&host);
        let service = host.split('.').next() == Some("etcd-client");
        let own = host.starts_with(&format!("{}.etcd-discovery", pod.name));
        port == "2379" && (local || service || own)
    }

    fn need_quorum(&self) -> Result<(), Failure> {
        if self.seat.has_quorum {
            return Ok(());
        }
        Err(Failure::new("Error: etcdserver: request timed out"))
    }
}

/// `3.5` of `3.5.21`.
fn short(version: &str) -> &str {
    version.rsplit_once('.').map_or(version, |(short, _)| short)
}
