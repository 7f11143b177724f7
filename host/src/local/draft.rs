//! In a plan: the files that it would have written, and what is not there any more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rhai::Dynamic;
use zeroize::Zeroizing;

use crate::environment::{Folder, Target};
use crate::gate::Permitted;

/// What would lie at a path.
#[derive(Clone)]
pub enum Draft {
    /// A file, of which every byte is known.
    Text(Arc<Zeroizing<String>>),
    /// A document with parts that are not known.
    Document(Dynamic),
    /// A file that would be brought from elsewhere: nothing of it is known.
    Brought,
    /// A folder.
    Folder,
    /// Nothing: what lies there now would be removed.
    Gone,
}

impl Draft {
    /// A file of this text.
    #[must_use]
    pub fn text(text: String) -> Self {
        Self::Text(Arc::new(Zeroizing::new(text)))
    }
}

/// Where a draft is: the folder's name, and the path in it.
type Place = (String, String);

/// The drafts of one plan.
#[derive(Default)]
struct Drafts {
    inner: Mutex<BTreeMap<Place, Draft>>,
}

impl Drafts {
    fn of(folder: &Permitted<Folder>) -> Arc<Self> {
        folder.run().connections().of::<Self>()
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<Place, Draft>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps what would lie at `path`.
pub fn keep(folder: &Permitted<Folder>, path: &str, draft: Draft) {
    let Some(path) = plain(path) else { return };
    let drafts = Drafts::of(folder);
    let mut entries = drafts.entries();
    if matches!(draft, Draft::Gone) {
        // With a folder goes all that lies in it.
        let inside: Vec<String> =
            below(&entries, folder, &path).map(|(inside, _)| inside.to_owned()).collect();
        for inside in inside {
            entries.remove(&place(folder, &format!("{}{inside}", prefix(&path))));
        }
    }
    entries.insert(place(folder, &path), draft);
}

/// What would lie at `path`; `None` where no change was shown that has to do with it.
#[must_use]
pub fn at(folder: &Permitted<Folder>, path: &str) -> Option<Draft> {
    let path = plain(path).filter(|_| folder.run().is_planning())?;
    let drafts = Drafts::of(folder);
    let entries = drafts.entries();
    let own = |path: &str| entries.get(&place(folder, path));
    match own(&path) {
        // A folder that was removed lives again in what is written into it.
        None | Some(Draft::Gone)
            if below(&entries, folder, &path).any(|(_, draft)| !matches!(draft, Draft::Gone)) =>
        {
            Some(Draft::Folder)
        }
        Some(draft) => Some(draft.clone()),
        None => is_within_gone(&entries, folder, &path).then_some(Draft::Gone),
    }
}

/// Whether what lies at `path` now would be gone, whatever lies there by then.
#[must_use]
pub fn hides(folder: &Permitted<Folder>, path: &str) -> bool {
    let Some(path) = plain(path).filter(|_| folder.run().is_planning()) else { return false };
    let drafts = Drafts::of(folder);
    is_within_gone(&drafts.entries(), folder, &path)
}

fn is_within_gone(entries: &BTreeMap<Place, Draft>, folder: &Folder, path: &str) -> bool {
    let mut above = Path::new(path).ancestors().filter_map(Path::to_str);
    above.any(|above| matches!(entries.get(&place(folder, above)), Some(Draft::Gone)))
}

/// Adds the names that would be in the folder at `path` to `names`, and takes off those that would not.
pub fn amend(folder: &Permitted<Folder>, path: &str, names: &mut BTreeSet<String>) {
    let Some(path) = plain(path).filter(|_| folder.run().is_planning()) else { return };
    let drafts = Drafts::of(folder);
    let entries = drafts.entries();
    for (inside, draft) in below(&entries, folder, &path) {
        let is_gone = matches!(draft, Draft::Gone);
        match inside.split_once('/') {
            None if is_gone => drop(names.remove(inside)),
            Some(_) if is_gone => {}
            None => drop(names.insert(inside.to_owned())),
            Some((first, _)) => drop(names.insert(first.to_owned())),
        }
    }
}

/// The drafts of what lies in the folder at `path`, by their paths from there.
fn below<'a>(
    entries: &'a BTreeMap<Place, Draft>,
    folder: &Folder,
    path: &str,
) -> impl Iterator<Item = (&'a str, &'a Draft)> {
    let (name, prefix) = place(folder, &prefix(path));
    let from = entries.range((name.clone(), prefix.clone())..);
    from.map_while(move |((own, other), draft)| {
        let inside = other.strip_prefix(&prefix).filter(|_| *own == name)?;
        Some((inside, draft))
    })
    .filter(|(inside, _)| !inside.is_empty())
}

fn place(folder: &Folder, path: &str) -> Place {
    (folder.name().to_owned(), path.to_owned())
}

/// How the paths begin of what lies in the folder at `path`.
fn prefix(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}/") }
}

/// A path by its names alone: `a//b/` and `a/b` are the same place. `None` for one that may lead out of the folder.
fn plain(path: &str) -> Option<String> {
    let names = Path::new(path).components().map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    names.collect::<Option<Vec<_>>>().map(|names| names.join("/"))
}
