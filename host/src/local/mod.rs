//! Files of a declared folder: no path leads out of it, and a file appears whole or not at all.

pub mod draft;
pub mod planned;

use std::fs::{DirBuilder, File, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use tempfile::NamedTempFile;

use crate::environment::{Folder, Target};
use crate::gate::Permitted;
use crate::problem::Problem;

/// How the temporary files begin that a crash may leave behind; lists pass over them.
const TEMPORARY: &str = ".drsh-";

/// Finds what is at `path` inside the folder.
///
/// Errors: `outside` if the path, or a symbolic link on it, leads out of the folder; `not_found`; `file`.
pub fn find(folder: &Permitted<Folder>, path: &str) -> Result<PathBuf, Problem> {
    let base = root(folder);
    let wanted = base.join(relative(folder, path)?);
    planned::require_untouched(folder, path)?;
    let found = wanted.canonicalize().map_err(|error| trouble(folder, path, "read", &error))?;
    inside(folder, path, &base, found)
}

/// Finds a folder inside the folder, and makes it and those above it (mode 0700) where they are not there.
///
/// Errors: `outside`, `file`.
pub fn make(folder: &Permitted<Folder>, path: &str) -> Result<PathBuf, Problem> {
    let below = relative(folder, path)?;
    let base = root(folder);
    let wanted = base.join(below);
    let fail = |error: std::io::Error| trouble(folder, path, "make", &error);
    // What is there of the path already must not lead out, before anything is made behind it.
    DirBuilder::new().recursive(true).mode(0o700).create(&base).map_err(fail)?;
    let standing = wanted.ancestors().find(|place| place.symlink_metadata().is_ok()).unwrap_or(&base);
    inside(folder, path, &base, standing.canonicalize().map_err(fail)?)?;
    DirBuilder::new().recursive(true).mode(0o700).create(&wanted).map_err(fail)?;
    inside(folder, path, &base, wanted.canonicalize().map_err(fail)?)
}

/// A file on its way into the folder: unseen under its name until [`NewFile::finish`].
pub struct NewFile {
    folder: Permitted<Folder>,
    path: String,
    target: PathBuf,
    temporary: NamedTempFile,
}

impl NewFile {
    /// Begins the file at `path`, mode 0600, and makes the folders above it where they are not there.
    ///
    /// Errors: `outside`, `file`.
    pub fn begin(folder: &Permitted<Folder>, path: &str) -> Result<Self, Problem> {
        let below = relative(folder, path)?;
        let Some(name) = below.file_name() else {
            return Err(Problem::new("file", format!("a file in {} needs a name", &**folder))
                .hint(format!("its path is relative to {}", root(folder).display())));
        };
        let above = below.parent().and_then(Path::to_str).unwrap_or_default();
        let target = make(folder, above)?.join(name);
        let parent = target.parent().unwrap_or(&target);
        let temporary = tempfile::Builder::new()
            .prefix(TEMPORARY)
            .tempfile_in(parent)
            .map_err(|error| trouble(folder, path, "write", &error))?;
        Ok(Self { folder: folder.clone(), path: path.to_owned(), target, temporary })
    }

    /// Adds bytes at its end. Errors: `file`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.temporary.write_all(bytes).map_err(|error| trouble(&self.folder, &self.path, "write", &error))
    }

    /// Gives it other permissions than 0600. Errors: `file`.
    pub fn set_mode(&mut self, mode: u32) -> Result<(), Problem> {
        let permissions = Permissions::from_mode(mode);
        let set = self.temporary.as_file().set_permissions(permissions);
        set.map_err(|error| trouble(&self.folder, &self.path, "write", &error))
    }

    /// Waits until the disk has it, and puts it in place of whatever was there. Errors: `file`.
    pub fn finish(self) -> Result<(), Problem> {
        let Self { folder, path, target, temporary } = self;
        let place = || {
            temporary.as_file().sync_all()?;
            temporary.persist(&target).map_err(|error| error.error)?;
            // The new name is lasting only once the folder itself is on the disk.
            target.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
        };
        place().map_err(|error| trouble(&folder, &path, "write", &error))
    }
}

/// Writes a whole file at `path`. Errors: `outside`, `file`.
pub fn write(folder: &Permitted<Folder>, path: &str, bytes: &[u8]) -> Result<(), Problem> {
    let mut file = NewFile::begin(folder, path)?;
    file.write(bytes)?;
    file.finish()
}

/// Whether a name is that of a temporary file.
#[must_use]
pub fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY)
}

/// Says what the system did not let happen to the file at `path`.
#[must_use]
pub fn trouble(folder: &Folder, path: &str, what: &str, error: &std::io::Error) -> Problem {
    let base = root(folder);
    if base.exists() && !base.is_dir() {
        return Problem::new("file", format!("{folder} is {}, which is a file", base.display())).hint(
            format!(
                "name a folder as the path of [folders.{}] in {}",
                folder.name(),
                folder.environment().file.display()
            ),
        );
    }
    match error.kind() {
        ErrorKind::NotFound => Problem::new("not_found", format!("{folder} has no {}", said(path)))
            .hint(format!("it lies at {}", root(folder).display())),
        _ => Problem::new("file", format!("cannot {what} {} in {folder}: {error}", said(path)))
            .hint(format!("look at {}", root(folder).join(path).display())),
    }
}

fn said(path: &str) -> &str {
    if path.is_empty() { "such folder" } else { path }
}

/// Where the folder is, symbolic links of the operator's own path followed.
fn root(folder: &Folder) -> PathBuf {
    let declared = folder.environment().resolve(&folder.entry().path);
    declared.canonicalize().unwrap_or(declared)
}

/// Refuses every path that is not made of plain names.
fn relative(folder: &Folder, path: &str) -> Result<PathBuf, Problem> {
    let plain = Path::new(path);
    let only_names = plain.components().all(|part| matches!(part, Component::Normal(_)));
    if only_names && !path.contains('\0') { Ok(plain.to_owned()) } else { Err(outside(folder, path)) }
}

fn inside(folder: &Folder, path: &str, base: &Path, found: PathBuf) -> Result<PathBuf, Problem> {
    if found.starts_with(base) { Ok(found) } else { Err(outside(folder, path)) }
}

fn outside(folder: &Folder, path: &str) -> Problem {
    Problem::new("outside", format!("`{path}` leads out of {folder}")).hint(format!(
        "paths are relative to {}, without `..`; another place needs a folder of its own in {}",
        folder.name(),
        folder.environment().file.display()
    ))
}
