//! In a plan: changes of files that are shown instead of made, each kept as a draft for what reads them later.

use rhai::Dynamic;

use super::draft::{self, Draft};
use super::{inside, relative, root};
use crate::environment::Folder;
use crate::gate::{Call, Permitted, Preview};
use crate::problem::{Problem, Reply};
use crate::run::Trace;

/// Shows that `draft` would lie at `path`; `what` says what it is, such as `5 bytes`. Errors: `outside`.
pub fn write(folder: &Permitted<Folder>, path: &str, what: &str, draft: Draft) -> Result<Preview, Problem> {
    let line = match would_write(folder, path)? {
        Some(before) => format!("{what}, in place of a file of {before} bytes"),
        None => format!("{what}, a new file"),
    };
    draft::keep(folder, path, draft);
    Ok(Preview::new(vec![line], ()).leaves(Trace::Makes(thing(folder, path))))
}

/// Shows that a file would be brought to `path`, and gives back `value`. Errors: `outside`.
pub fn bring(
    call: &Call,
    folder: &Folder,
    path: &str,
    about: &str,
    value: impl Into<Dynamic>,
) -> Reply<Dynamic> {
    call.through_or_show(
        folder,
        about,
        async |_| Ok(()),
        async |permitted| {
            would_write(&permitted, path)?;
            draft::keep(&permitted, path, Draft::Brought);
            Ok(Preview::new(Vec::new(), value).leaves(Trace::Makes(thing(&permitted, path))))
        },
    )
}

/// Shows that there would be a folder at `path`, which is there already or not.
#[must_use]
pub fn make(folder: &Permitted<Folder>, path: &str, there: bool) -> Preview {
    if there {
        return Preview::new(vec!["it is there already".to_owned()], ()).leaves(Trace::Nothing);
    }
    draft::keep(folder, path, Draft::Folder);
    Preview::new(Vec::new(), ())
}

/// Shows that nothing would be left at `path`, where something is or not.
#[must_use]
pub fn remove(folder: &Permitted<Folder>, path: &str, there: bool) -> Preview {
    if !there {
        return Preview::new(vec!["nothing is there".to_owned()], false).leaves(Trace::Nothing);
    }
    draft::keep(folder, path, Draft::Gone);
    Preview::new(Vec::new(), true).leaves(Trace::Removes(thing(folder, path)))
}

/// Refuses to take what lies at `path` now for what would lie there. Errors: `unknown`; `not_found`.
pub(super) fn require_untouched(folder: &Permitted<Folder>, path: &str) -> Result<(), Problem> {
    match draft::at(folder, path) {
        None | Some(Draft::Folder) => Ok(()),
        Some(Draft::Gone) => Err(gone(folder, path)),
        Some(Draft::Text(_) | Draft::Document(_) | Draft::Brought) => Err(not_known(folder, path)),
    }
}

/// Says that the file at `path` would be another, and is not known. Its kind is `unknown`.
#[must_use]
pub fn not_known(folder: &Folder, path: &str) -> Problem {
    let message = format!("{} would be written before, and a plan does not write it", thing(folder, path));
    Problem::new("unknown", message)
}

/// Says that the file at `path` would not be there any more.
#[must_use]
pub fn gone(folder: &Folder, path: &str) -> Problem {
    let message = format!("{} would not be there any more: it is removed before", thing(folder, path));
    Problem::new("not_found", message)
}

/// Sees that `path` could be written. Gives the size of what stands there now. Errors: `outside`.
fn would_write(folder: &Permitted<Folder>, path: &str) -> Result<Option<u64>, Problem> {
    let base = root(folder);
    let wanted = base.join(relative(folder, path)?);
    if let Some(standing) = wanted.ancestors().find(|place| place.symlink_metadata().is_ok())
        && let Ok(found) = standing.canonicalize()
        && base.exists()
    {
        inside(folder, path, &base, found)?;
    }
    Ok(wanted.metadata().ok().filter(std::fs::Metadata::is_file).map(|data| data.len()))
}

/// The name of a file, by which a plan keeps in mind that it would be another.
fn thing(folder: &Folder, path: &str) -> String {
    format!("{path} in {folder}")
}
