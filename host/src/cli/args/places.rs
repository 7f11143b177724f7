//! The arguments of the commands that are about a place: an environment, or a lab.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Form, Showing};
use crate::cli::usage::times;

/// `drsh env`.
#[derive(Debug, Clone, Args)]
pub struct Env {
    /// What to do.
    #[command(subcommand)]
    pub command: EnvCommand,
}

/// What `drsh env` does.
#[derive(Debug, Clone, Subcommand)]
pub enum EnvCommand {
    /// Turns the documented shell env file into an environment file; nothing in it is executed.
    Import {
        /// The shell env file.
        file: PathBuf,
        /// Writes the environment file here instead of to standard output; an existing file is not overwritten.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Checks an environment file as a whole, then contacts each target and says what it is.
    Check {
        /// The environment file.
        #[arg(long, value_name = "FILE", default_value = "environment.toml", env = "DRSH_ENV")]
        env: PathBuf,
        /// Reads the file only.
        #[arg(long)]
        offline: bool,
        /// For whom: lines for people, or JSON for programs, one target a line.
        #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Text)]
        output: Form,
    },
}

/// What a lab is made of.
#[derive(Debug, Clone, Args)]
pub struct Setting {
    /// A scenario file (JSON); the default scenario where absent.
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// How many times faster than life the lab runs.
    #[arg(long, value_name = "TIMES", value_parser = times)]
    pub speed: Option<f64>,
    /// What durations and keys are drawn from.
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
}

/// What faults are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seed {
    /// This number.
    Given(u64),
    /// A number that is drawn itself.
    Any,
}

impl std::str::FromStr for Seed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "any" => Ok(Self::Any),
            number => number.parse().map(Self::Given).map_err(|_| "a seed is a number".to_owned()),
        }
    }
}

/// `drsh rehearse`.
#[derive(Debug, Clone, Args)]
pub struct Rehearse {
    /// A file, or a built-in script such as `scripts/migrate_hcp.rhai`.
    pub script: String,
    /// Keeps the lab's files, the backup and the run here; a folder that goes away again where absent.
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Takes stdlib modules from here before the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,
    /// Only shows what the script would change in the lab.
    #[arg(long)]
    pub plan: bool,
    /// Keeps runs here; with the lab's files where absent.
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Lets faults strike meanwhile, drawn from this number, or from one that is drawn and told; then resumes.
    #[arg(long, value_name = "SEED", num_args = 0..=1, default_missing_value = "any")]
    pub faults: Option<Seed>,
    /// What the lab is made of.
    #[command(flatten)]
    pub setting: Setting,
    /// How it is shown.
    #[command(flatten)]
    pub showing: Showing,
}

/// `drsh lab`.
#[derive(Debug, Clone, Args)]
pub struct Lab {
    /// What to do.
    #[command(subcommand)]
    pub command: LabCommand,
}

/// What `drsh lab` does.
#[derive(Debug, Clone, Subcommand)]
pub enum LabCommand {
    /// Starts a lab, prints how it is reached, and keeps it running until Ctrl-C.
    Up {
        /// Where its kubeconfigs, credentials and environment file go.
        #[arg(long, value_name = "DIR", default_value = "lab")]
        folder: PathBuf,
        /// What it is made of.
        #[command(flatten)]
        setting: Setting,
    },
}
