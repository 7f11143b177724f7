//! Where runs and the identities of clusters are kept, and how a run is found by its id.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::args;
use crate::journal::{self, Line, Record};
use crate::problem::Problem;

/// The folder of state.
#[derive(Debug, Clone)]
pub struct State {
    folder: PathBuf,
}

impl State {
    /// The folder that the operator names, or the usual one.
    ///
    /// Errors: `state` if there is no home folder to keep it in.
    pub fn of(arguments: &args::State) -> Result<Self, Problem> {
        let usual = || {
            let base =
                std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
            // One that is empty or relative would lie wherever drsh is called.
            let home = || std::env::home_dir().filter(|home| home.is_absolute());
            base.or_else(|| Some(home()?.join(".local/state"))).map(|base| base.join("drsh"))
        };
        let folder = arguments.folder.clone().or_else(usual).ok_or_else(|| {
            Problem::new("state", "there is no home folder to keep runs in")
                .hint("name a folder with --state DIR")
        })?;
        if folder.exists() && !folder.is_dir() {
            return Err(Problem::new(
                "state",
                format!("{} is a file, and runs are kept in a folder", folder.display()),
            )
            .hint("name a folder with --state DIR, or look at $DRSH_STATE"));
        }
        Ok(Self { folder })
    }

    /// Looks whether a run can rely on what is kept here: what is done and what is undone hangs on it.
    ///
    /// Errors: `state` if anybody on this machine could change it.
    pub fn check(&self) -> Result<(), Problem> {
        use std::os::unix::fs::PermissionsExt as _;
        for folder in [self.folder.clone(), self.all_runs()] {
            let Ok(found) = std::fs::metadata(&folder) else { continue };
            if found.permissions().mode() & 0o002 != 0 {
                let message =
                    format!("anybody on this machine can change {}, where runs are kept", folder.display());
                return Err(Problem::new("state", message).hint(format!(
                    "take that away with `chmod o-rwx {}`, or name another folder with --state DIR",
                    folder.display()
                )));
            }
        }
        Ok(())
    }

    /// Where the run with this id lies.
    #[must_use]
    pub fn run(&self, id: &str) -> PathBuf {
        self.folder.join("runs").join(id)
    }

    /// Where all runs lie.
    #[must_use]
    pub fn all_runs(&self) -> PathBuf {
        self.folder.join("runs")
    }

    /// Where what was typed in the REPL is kept, a file for each environment.
    #[must_use]
    pub fn history(&self) -> PathBuf {
        self.folder.join("history")
    }

    /// Where identities of clusters are remembered.
    #[must_use]
    pub fn identities(&self) -> PathBuf {
        self.folder.join("identities")
    }

    /// The ids of all runs, oldest first.
    #[must_use]
    pub fn runs(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.join("runs")).into_iter().flatten();
        let mut found: Vec<_> = entries
            .filter_map(|entry| {
                let entry = entry.ok().filter(|entry| entry.path().is_dir())?;
                let made = entry.metadata().ok()?.created().ok();
                Some((made, entry.file_name().into_string().ok()?))
            })
            .collect();
        found.sort();
        found.into_iter().map(|(_, id)| id).collect()
    }

    /// Finds the run whose id begins with `prefix`.
    ///
    /// Errors: `run` if there is none, or more than one, or if nothing is given.
    pub fn find(&self, prefix: &str) -> Result<String, Problem> {
        if prefix.trim().is_empty() {
            return Err(Problem::new("run", "the run's id is empty")
                .hint("if it stands in a variable of the shell, look whether that is set; `drsh runs` lists the runs"));
        }
        if self.run(prefix).is_dir() && !prefix.contains(['/', '.']) {
            return Ok(prefix.to_owned());
        }
        let mut found: Vec<String> = self.runs().into_iter().filter(|id| id.starts_with(prefix)).collect();
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(Problem::new("run", format!("there is no run {prefix} in {}", self.folder.display()))
                .hint("list them with `drsh runs`")),
            count => {
                Err(Problem::new("run", format!("{count} runs begin with {prefix}: {}", found.join(", ")))
                    .hint("type more of the id"))
            }
        }
    }

    /// Reads the lines of a run's journal.
    pub fn lines(&self, id: &str) -> Result<Vec<Line>, Problem> {
        self.journal(id).map(|state| state.lines)
    }

    /// Reads the journal of a run, with how much of it is whole.
    pub fn journal(&self, id: &str) -> Result<journal::State, Problem> {
        let file = self.run(id).join("journal.jsonl");
        if !file.exists() {
            return Err(Problem::new(
                "journal",
                format!("run {id} has no journal: {} is not there", file.display()),
            )
            .hint("look for a copy of it: without it nobody knows what the run did, if it did anything"));
        }
        journal::read(&file)
    }
}

/// What the first record of a run says.
#[derive(Debug, Clone)]
pub struct Header {
    /// The script, as the operator named it.
    pub script: String,
    /// The SHA-256 of its text then.
    pub script_sha256: String,
    /// The environment file.
    pub environment: PathBuf,
    /// The folder whose stdlib modules came before the built-in ones.
    pub stdlib: Option<PathBuf>,
    /// The phases approved in any start of the run.
    pub approved: Vec<String>,
}

impl Header {
    /// Reads it from the lines of a journal.
    ///
    /// Errors: `journal` if the run has no first record.
    pub fn of(lines: &[Line], path: &Path) -> Result<Self, Problem> {
        if lines.is_empty() {
            return Err(Problem::new("journal", format!("the journal of {} is empty", path.display())).hint(
                "the process died before anything was done, or somebody emptied it: look how things stand before you begin a new run",
            ));
        }
        let first = lines.first().map(|line| &line.record);
        let Some(Record::RunStarted { script, script_sha256, environment, stdlib, format, .. }) = first
        else {
            return Err(Problem::new("journal", format!("{} does not begin with a run", path.display()))
                .hint("the process died before anything was done: start a new run"));
        };
        if *format > journal::FORMAT {
            return Err(Problem::new("journal", format!("{} was written by a newer drsh", path.display()))
                .hint("go on with the drsh that wrote it"));
        }
        let approved = lines.iter().filter_map(|line| match &line.record {
            Record::RunStarted { approved, .. } => Some(approved.clone()),
            Record::Approved { phase, .. } => Some(vec![phase.clone()]),
            _ => None,
        });
        Ok(Self {
            script: script.clone(),
            script_sha256: script_sha256.clone(),
            environment: environment.into(),
            stdlib: stdlib.as_ref().map(PathBuf::from),
            // Each start records those of the starts before it too: each counts once, or they double every time.
            approved: approved.flatten().collect::<BTreeSet<_>>().into_iter().collect(),
        })
    }
}
