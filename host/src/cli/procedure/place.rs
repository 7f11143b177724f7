//! In which environment a run was begun, kept beside its journal: a resume elsewhere is a mistake, an edited one is told.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::environment::{Environment, is_secretive};
use crate::journal::hex;
use crate::problem::Problem;

const FILE: &str = "environment.json";

/// What is kept: hashes of what the entries say, which are compared and nothing else.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    name: String,
    entries: BTreeMap<String, String>,
}

impl Kept {
    fn of(environment: &Environment) -> Self {
        let mut entries = BTreeMap::new();
        if let Ok(toml::Value::Table(tables)) = toml::Value::try_from(environment) {
            for (table, value) in tables {
                let toml::Value::Table(within) = value else { continue };
                // From the hash of a short secret it could be guessed.
                for (name, entry) in within.into_iter().filter(|(name, _)| !is_secretive(name)) {
                    let hash = hex(&Sha256::digest(entry.to_string()));
                    entries.insert(format!("{table}.{name}"), hash);
                }
            }
        }
        Self { name: environment.name.clone(), entries }
    }
}

/// Leaves the present environment in the run's `folder`.
pub(super) fn keep(folder: &Path, environment: &Environment) {
    let Ok(text) = serde_json::to_vec(&Kept::of(environment)) else { return };
    let mut options = OpenOptions::new();
    let open = options.write(true).create(true).truncate(true).mode(0o600).open(folder.join(FILE));
    // It serves a comparison only: that it cannot be written stops no procedure.
    if let Err(error) = open.and_then(|mut file| file.write_all(&text)) {
        tracing::debug!(%error, "the environment was not kept");
    }
}

/// Says which entries are other than when the run was last started.
///
/// Errors: `environment` if the file is now that of another place.
pub(super) fn since(folder: &Path, run: &str, environment: &Environment) -> Result<Vec<String>, Problem> {
    let kept = std::fs::read(folder.join(FILE)).ok().and_then(|text| serde_json::from_slice(&text).ok());
    let Some(before) = kept else { return Ok(Vec::new()) };
    let (before, now): (Kept, _) = (before, Kept::of(environment));
    let file = environment.file.display();
    if before.name != now.name {
        let message = format!(
            "run {run} belongs to environment `{}`, and {file} is now that of `{}`",
            before.name, now.name
        );
        return Err(Problem::new("environment", message).hint(format!(
            "put the file of `{}` back there; for `{}`, begin a run of its own",
            before.name, now.name
        )));
    }
    let names = before.entries.keys().chain(now.entries.keys());
    let mut edited: Vec<&str> = names
        .filter(|name| before.entries.get(*name) != now.entries.get(*name))
        .map(String::as_str)
        .collect();
    edited.sort_unstable();
    edited.dedup();
    Ok((!edited.is_empty()).then(|| format!("edited in {file}: {}", edited.join(", "))).into_iter().collect())
}
