//! The scripts and stdlib modules: those in the binary, and those of the user's that take their place.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::problem::Problem;

/// Where a text came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// From the binary, under this name.
    BuiltIn(String),
    /// From a file.
    File(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::BuiltIn(name) => write!(f, "{name} (built in)"),
            Origin::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Finds scripts and modules.
#[derive(Debug, Default)]
pub struct Library {
    stdlib: Option<PathBuf>,
    beside: Option<PathBuf>,
    overridden: Mutex<BTreeSet<String>>,
    kept: OnceLock<PathBuf>,
}

impl Library {
    /// Makes a library. Modules are looked for in the folder `stdlib`, then in the binary, then `beside` the script.
    #[must_use]
    pub fn new(stdlib: Option<PathBuf>, beside: Option<PathBuf>) -> Self {
        Self { stdlib, beside, overridden: Mutex::default(), kept: OnceLock::new() }
    }

    /// Finds the script that the operator names: a file, else one in the binary (`scripts/migrate_hcp.rhai`).
    ///
    /// Errors: `script` with the built-in scripts listed.
    pub fn script(name: &str) -> Result<(Origin, String), Problem> {
        let path = Path::new(name);
        if path.is_file() {
            return read(path).map(|text| (Origin::File(path.to_owned()), text));
        }
        let plain = name.trim_start_matches("./");
        if let Some((name, text)) = super::library::built_in::find(plain) {
            return Ok((Origin::BuiltIn(name.to_owned()), text.to_owned()));
        }
        let known: Vec<&str> = built_in::FILES
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| name.starts_with("scripts/"))
            .collect();
        let stem = |name: &str| Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let wanted = stem(plain).unwrap_or_default();
        let like = known.iter().find(|name| {
            let distance = strsim::damerau_levenshtein(&stem(name).unwrap_or_default(), &wanted);
            distance <= wanted.chars().count() / 5
        });
        let problem = if path.is_dir() {
            Problem::new("script", format!("{name} is a folder, and no script"))
        } else {
            Problem::new("script", format!("there is no script {name}: no such file, and none built in"))
        };
        Err(problem.hint(match like {
            Some(like) => format!("did you mean {like}?"),
            None => format!("the built-in scripts are {}", known.join(", ")),
        }))
    }

    /// Finds the module that a script imports as `name`.
    ///
    /// Errors: `module` if the name leads outside or nothing has it.
    pub fn module(&self, name: &str) -> Result<(Origin, String), Problem> {
        let relative = Path::new(name);
        let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
        if !plain || name.is_empty() {
            return Err(Problem::new(
                "module",
                format!("the module name `{name}` leads outside the library"),
            )
            .hint("import a module by its bare name, as in `import \"hcp\" as hcp;`"));
        }
        let file = relative.with_extension("rhai");
        let built_in = built_in::find(&format!("stdlib/{}", file.display()));
        if let Some(found) = self.stdlib.as_deref().and_then(|folder| within(folder, &file)) {
            if built_in.is_some() {
                let line = format!("{name} from {}", found.display());
                self.overridden.lock().unwrap_or_else(PoisonError::into_inner).insert(line);
            }
            return read(&found).map(|text| (Origin::File(found), text));
        }
        if let Some((name, text)) = built_in {
            return Ok((Origin::BuiltIn(name.to_owned()), text.to_owned()));
        }
        if let Some(found) = self.beside.as_deref().and_then(|folder| within(folder, &file)) {
            return read(&found).map(|text| (Origin::File(found), text));
        }
        if self.beside.is_none()
            && let Some((name, text)) = built_in::find(&format!("scripts/{}", file.display()))
        {
            return Ok((Origin::BuiltIn(name.to_owned()), text.to_owned()));
        }
        let stdlib = built_in::FILES
            .iter()
            .filter_map(|(file, _)| file.strip_prefix("stdlib/")?.strip_suffix(".rhai"));
        Err(Problem::new("module", format!("there is no module `{name}`")).hint(
            match super::nearest(name, stdlib) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "modules are the files of stdlib and those beside the script".to_owned(),
            },
        ))
    }

    /// From now on, leaves each text that is used in `folder`: a later start of the run tells what was edited since.
    pub fn keep_in(&self, folder: &Path) {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        if made.is_ok() {
            let _ = self.kept.set(folder.to_owned());
        }
    }

    /// Leaves the text of `name` in the folder, if there is one.
    pub fn keep(&self, name: &str, text: &str) {
        let Some(folder) = self.kept.get().filter(|_| !name.contains('/')) else { return };
        let file = folder.join(format!("{name}.rhai"));
        let mut options = OpenOptions::new();
        let open = options.write(true).create(true).truncate(true).mode(0o600).open(file);
        // It serves a notice only: that it cannot be written stops no procedure.
        if let Err(error) = open.and_then(|mut file| file.write_all(text.as_bytes())) {
            tracing::debug!(name, %error, "a text was not kept");
        }
    }

    /// The built-in modules that files of the user's took the place of.
    #[must_use]
    pub fn overridden(&self) -> Vec<String> {
        self.overridden.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// The file inside of `folder`, unless a symbolic link leads out of it.
fn within(folder: &Path, file: &Path) -> Option<PathBuf> {
    let found = folder.join(file);
    let real = found.canonicalize().ok()?;
    let root = folder.canonicalize().ok()?;
    (real.starts_with(root) && real.is_file()).then_some(found)
}

fn read(path: &Path) -> Result<String, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::InvalidData => "save it in UTF-8, as editors do by themselves",
            std::io::ErrorKind::PermissionDenied => "look at its permissions with `ls -l`",
            _ => "look whether it is the file that you mean",
        };
        Problem::new("script", format!("{} cannot be read: {error}", path.display())).hint(hint)
    })?;
    Ok(readable(text))
}

/// Takes away what some editors put in front of a text, and what a shell reads of it.
fn readable(text: String) -> String {
    match text.strip_prefix('\u{feff}').unwrap_or(&text) {
        // The line stays one, so that every other keeps its number.
        start if start.starts_with("#!") => format!("//{}", &start[2..]),
        start if start.len() < text.len() => start.to_owned(),
        _ => text,
    }
}

/// The files in the binary.
pub mod built_in {
    include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

    /// Finds a file by its name in the project, such as `stdlib/hcp.rhai`.
    #[must_use]
    pub fn find(name: &str) -> Option<(&'static str, &'static str)> {
        FILES.iter().find(|(known, _)| *known == name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_name_cannot_lead_out() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.rhai"), "fn leak() {}").unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.rhai"), folder.path().join("file.rhai"))
            .unwrap();
        let library = Library::new(Some(folder.path().to_owned()), Some(folder.path().to_owned()));
        for name in ["../secret", "/etc/passwd", "link/secret", "file", "a/../../secret", "", "."] {
            assert_eq!(library.module(name).unwrap_err().kind, "module", "{name}");
        }
    }

    #[test]
    fn a_file_of_the_users_takes_the_place_of_a_built_in_module_visibly() {
        let Some((name, _)) = built_in::FILES.iter().find(|(name, _)| name.starts_with("stdlib/")) else {
            return;
        };
        let bare = name.trim_start_matches("stdlib/");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(bare), "fn mine() {}").unwrap();
        let library = Library::new(Some(folder.path().to_owned()), None);
        assert_eq!(library.module(bare.trim_end_matches(".rhai")).unwrap().1, "fn mine() {}");
        assert_eq!(library.overridden().len(), 1);
    }
}
