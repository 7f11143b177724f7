//! Who a cluster is: the UID of its `kube-system` namespace, pinned at first contact and checked ever after.
//!
//! A kubeconfig that was swapped then stops the run instead of the wrong cluster.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use http::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::request::{Repeat, built, once, send};
use super::{Link, Reached};
use crate::environment::Target;
use crate::journal::Record;
use crate::problem::Problem;
use crate::retry::{self, Setback};

/// How often a cluster that was never met may refuse before it counts as away.
const FIRST_TRIES: u32 = 4;

const WHO: &str = "say who it is";

/// What makes a cluster that very cluster, and what it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// The UID of its `kube-system` namespace. It survives a restore from a snapshot.
    pub uid: String,
    /// Its Kubernetes version.
    pub version: String,
}

/// Meets the cluster once a run: against the environment's `uid`, and against what earlier runs remember.
///
/// Errors: `wrong_cluster`, and those of a request.
pub(super) async fn pin(cluster: &Reached, link: &Link) -> Result<(), Problem> {
    link.identity
        .get_or_try_init(|| async {
            let uid = first_contact(cluster, link).await?;
            let version = ask(cluster, link, "/version", "gitVersion").await?;
            let met = Identity { uid, version };
            if let Some(pinned) = &cluster.declared().entry().uid
                && *pinned != met.uid
            {
                let file = cluster.declared().environment().file.display().to_string();
                return Err(wrong(cluster, link, &met.uid, pinned, &file));
            }
            remember(cluster, link, &met)?;
            let (uid, version) = (met.uid.clone(), met.version.clone());
            cluster.run().record(Record::Identity { cluster: cluster.name().to_owned(), uid, version })?;
            Ok(met)
        })
        .await
        .map(|_| ())
}

/// Asks the cluster again who it is, and compares with the first contact of this run.
///
/// Errors: `wrong_cluster`, and those of a request.
pub(super) async fn check_again(cluster: &Reached, link: &Link) -> Result<(), Problem> {
    let uid = ask(cluster, link, KUBE_SYSTEM, "uid").await?;
    match link.identity.get() {
        Some(pinned) if pinned.uid != uid => {
            Err(wrong(cluster, link, &uid, &pinned.uid, "the first contact of this run"))
        }
        _ => Ok(()),
    }
}

const KUBE_SYSTEM: &str = "/api/v1/namespaces/kube-system";

async fn ask(cluster: &Reached, link: &Link, path: &str, field: &str) -> Result<String, Problem> {
    let answer = send(cluster, link, WHO, Repeat::Freely, || get(path)).await?;
    read(cluster, link, &answer, field)
}

/// Asks a cluster that may well be down: it is given up after a few refusals, where later calls are more patient.
async fn first_contact(cluster: &Reached, link: &Link) -> Result<String, Problem> {
    let what = format!("cluster {}: {WHO}", cluster.name());
    let mut tries = 0;
    let answer = retry::until_deadline(cluster, &what, || {
        tries += 1;
        let last = tries >= FIRST_TRIES;
        async move {
            match once(cluster, link, WHO, get(KUBE_SYSTEM)?).await {
                Ok((body, _)) => Ok(body),
                Err(refusal) if last || !refusal.failure.passing => {
                    Err(Setback::last(refusal.failure.problem))
                }
                Err(refusal) => Err(refusal.into_setback()),
            }
        }
    });
    let answer: Vec<u8> = answer.await?;
    let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
    read(cluster, link, &answer, "uid")
}

fn get(path: &str) -> Result<Request<Vec<u8>>, Problem> {
    let request = Request::get(path).body(Vec::new());
    built(request.map_err(kube::core::request::Error::BuildRequest))
}

fn read(cluster: &Reached, link: &Link, answer: &Value, field: &str) -> Result<String, Problem> {
    let value = answer.get(field).or_else(|| answer.pointer("/metadata")?.get(field));
    value.and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
        Problem::new(
            "unreachable",
            format!("cluster {} does not {WHO}: its answer has no {field}", cluster.name()),
        )
        .hint(format!("what stands at {} may not be an API server", link.server))
    })
}

fn wrong(cluster: &Reached, link: &Link, met: &str, expected: &str, by: &str) -> Problem {
    let name = cluster.name();
    Problem::new(
        "wrong_cluster",
        format!(
            "{} is not the cluster `{name}`: its kube-system has the UID {met}, and {by} says {expected}",
            link.server
        ),
    )
    .hint(format!("look at {}: it may be the kubeconfig of another cluster", link.origin))
}

/// Compares with what earlier runs met under this name, or remembers it for later ones.
fn remember(cluster: &Reached, link: &Link, met: &Identity) -> Result<(), Problem> {
    let Some(memory) = cluster.run().memory() else { return Ok(()) };
    let file = memory_file(memory, &cluster.run().environment().name, cluster.name());
    match std::fs::read_to_string(&file) {
        Ok(text) => {
            let known: Identity = serde_json::from_str(&text).map_err(|error| {
                Problem::new("environment", format!("{} cannot be read: {error}", file.display()))
                    .hint("if it is damaged, remove it: the next run remembers anew")
            })?;
            if known.uid != met.uid {
                let by = format!("an earlier run ({})", file.display());
                let problem = wrong(cluster, link, &met.uid, &known.uid, &by);
                let hint = problem.hint.clone().unwrap_or_default();
                return Err(
                    problem.hint(format!("{hint}; if it was installed anew, remove {}", file.display()))
                );
            }
            Ok(())
        }
        // A plan leaves no trace, not even here; nor does a look at a run.
        Err(error)
            if error.kind() == std::io::ErrorKind::NotFound
                && (cluster.run().is_planning() || cluster.run().is_looking()) =>
        {
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => keep(&file, met).map_err(|error| {
            Problem::new("environment", format!("{} cannot be written: {error}", file.display()))
        }),
        Err(error) => Err(Problem::new("environment", format!("{} cannot be read: {error}", file.display()))),
    }
}

fn keep(file: &Path, met: &Identity) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // Whole or not at all, and for the operator alone.
    let mut part = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut part, met)?;
    part.as_file().sync_all()?;
    part.persist(file)?;
    Ok(())
}

/// One file for each cluster of each environment; what a file name cannot hold is written as `%` and its number.
fn memory_file(memory: &Path, environment: &str, cluster: &str) -> PathBuf {
    let plain = |name: &str| -> String {
        name.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
                _ => format!("%{byte:02x}"),
            })
            .collect()
    };
    memory.join(plain(environment)).join(format!("{}.json", plain(cluster)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cluster_of_each_environment_has_a_file_inside_the_memory() {
        let file = |environment, cluster| memory_file(Path::new("/m"), environment, cluster);
        assert_eq!(file("prod", "source"), Path::new("/m/prod/source.json"));
        assert_eq!(file("../x", "a/b"), Path::new("/m/%2e%2e%2fx/a%2fb.json"));
        assert_ne!(file("a", "b"), file("ab", ""));
    }

    #[test]
    fn what_is_kept_is_read_back_and_is_for_the_operator_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = memory_file(folder.path(), "lab", "source");
        let met = Identity { uid: "u-1".into(), version: "v1.31.0".into() };
        keep(&file, &met).unwrap();
        let read: Identity = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(read, met);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
