//! Lists, makes, removes and hashes what lies in a folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rhai::{Array, Dynamic};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use crate::environment::Folder;
use crate::gate::Permitted;
use crate::journal::hex;
use crate::local;
use crate::local::draft::{self, Draft};
use crate::problem::Problem;
use crate::stream::{ByteSource, Opened};

/// How much of a file is in memory at a time.
const CHUNK: usize = 1 << 18;

pub(in crate::files) fn list(folder: &Permitted<Folder>, path: &str) -> Result<Array, Problem> {
    let fail = |error: std::io::Error| local::trouble(folder, path, "list", &error);
    let mut names = BTreeSet::new();
    let standing = match local::find(folder, path) {
        Err(problem) if problem.kind == "not_found" && is_drafted_folder(folder, path) => None,
        _ if draft::hides(folder, path) && is_drafted_folder(folder, path) => None,
        found => Some(found?),
    };
    if let Some(standing) = standing {
        for entry in fs::read_dir(standing).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name().to_string_lossy().into_owned();
            if !local::is_temporary(&name) {
                names.insert(name);
            }
        }
    }
    draft::amend(folder, path, &mut names);
    Ok(names.into_iter().map(Dynamic::from).collect())
}

fn is_drafted_folder(folder: &Permitted<Folder>, path: &str) -> bool {
    matches!(draft::at(folder, path), Some(Draft::Folder))
}

pub(in crate::files) fn exists(folder: &Permitted<Folder>, path: &str) -> Result<bool, Problem> {
    if let Some(draft) = draft::at(folder, path) {
        return Ok(!matches!(draft, Draft::Gone));
    }
    match local::find(folder, path) {
        Ok(_) => Ok(true),
        Err(problem) if problem.kind == "not_found" => Ok(false),
        Err(problem) => Err(problem),
    }
}

pub(in crate::files) fn make(folder: &Permitted<Folder>, path: &str) -> Result<(), Problem> {
    local::make(folder, path).map(|_| ())
}

pub(in crate::files) fn remove(folder: &Permitted<Folder>, path: &str) -> Result<bool, Problem> {
    // The last name is not followed, so that a link goes and what it leads to stays.
    let plain = Path::new(path);
    let Some(name) = plain.file_name() else {
        return Err(Problem::new("refused", format!("{} itself is not removed", &**folder))
            .hint("name a file or a folder in it"));
    };
    let above = match local::find(folder, plain.parent().and_then(Path::to_str).unwrap_or_default()) {
        Ok(above) => above,
        Err(problem) if problem.kind == "not_found" => return Ok(false),
        Err(problem) => return Err(problem),
    };
    let target = above.join(name);
    let gone = match fs::symlink_metadata(&target) {
        Ok(data) if data.is_dir() => fs::remove_dir_all(&target),
        Ok(_) => fs::remove_file(&target),
        Err(error) => Err(error),
    };
    match gone {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(local::trouble(folder, path, "remove", &error)),
    }
}

pub(in crate::files) fn size(folder: &Permitted<Folder>, path: &str) -> Result<i64, Problem> {
    let fail = |error: std::io::Error| local::trouble(folder, path, "measure", &error);
    if let Some(Draft::Text(text)) = draft::at(folder, path) {
        return Ok(i64::try_from(text.len()).unwrap_or(i64::MAX));
    }
    let size = std::fs::metadata(local::find(folder, path)?).map_err(fail)?.len();
    Ok(i64::try_from(size).unwrap_or(i64::MAX))
}

pub(in crate::files) async fn sha256(folder: Permitted<Folder>, path: &str) -> Result<String, Problem> {
    let fail = |error: std::io::Error| local::trouble(&folder, path, "read", &error);
    if let Some(Draft::Text(text)) = draft::at(&folder, path) {
        return Ok(hex(&Sha256::digest(text.as_bytes())));
    }
    let mut file = tokio::fs::File::open(local::find(&folder, path)?).await.map_err(fail)?;
    let (mut hash, mut chunk) = (Sha256::new(), vec![0; CHUNK]);
    loop {
        let count = file.read(&mut chunk).await.map_err(fail)?;
        if count == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&chunk[..count]);
    }
}

pub(in crate::files) fn source(folder: &Permitted<Folder>, path: &str) -> Result<ByteSource, Problem> {
    // A file that a plan would have written is named all the same: nothing reads it.
    match draft::at(folder, path) {
        Some(Draft::Text(_) | Draft::Document(_) | Draft::Brought) => {}
        _ => drop(local::find(folder, path)?),
    }
    let folder = folder.clone();
    let path = path.to_owned();
    Ok(ByteSource::new(&format!("{path} in {}", &*folder), move || {
        let (folder, path) = (folder.clone(), path.clone());
        Box::pin(async move {
            let found = local::find(&folder, &path)?;
            let file = tokio::fs::File::open(found)
                .await
                .map_err(|error| local::trouble(&folder, &path, "read", &error))?;
            Ok(Opened { reader: Box::new(file), finish: Box::pin(async { Ok(()) }) })
        })
    }))
}
