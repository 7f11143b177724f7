//! The command line's form.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::usage::{reason, times};

/// Carries out OpenShift disaster recovery runbooks.
#[derive(Debug, Parser)]
#[command(name = "drsh", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "`drsh SCRIPT` is short for `drsh run SCRIPT`.\n\
    Exit codes: 0 done, 1 the procedure failed (saved, resumable), 2 usage or environment wrong (nothing touched), \
    3 refused by policy or approval, 130 interrupted (saved).")]
pub struct Arguments {
    /// Says more on standard error: -v what is called, -vv what the clients do.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What drsh does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Carries out a script.
    Run(Run),
    /// Shows what a script would change, and changes nothing.
    Plan(Plan),
    /// Goes on with a run that stopped: finished steps are not repeated.
    Resume(Resume),
    /// Undoes the finished steps of a run, newest first, up to its point of no return.
    Undo(Undo),
    /// Lists the runs.
    Runs(Runs),
    /// Shows what a run's journal holds.
    Show(Show),
    /// Lets you type what scripts say, a line at a time; read-only until armed.
    ///
    /// Plain `drsh` does the same on a terminal, where there is an environment file. Where standard input is no
    /// terminal, lines are read from it without a prompt; the exit code is then 1 if one of them stopped.
    Repl(Repl),
    /// Finds mistakes in scripts by reading them: nothing is contacted.
    ///
    /// Exit codes: 0 where nothing was found, 2 where something was.
    Check(Check),
    /// Imports or checks an environment file.
    Env(Env),
    /// Prints the reference: the functions that scripts call, and the modules of the stdlib.
    Doc(Doc),
    /// Tells what a script does, step by step, as its text says.
    Explain(Explain),
    /// Writes definition files, by which an editor knows the functions and the stdlib.
    Definitions(Definitions),
    /// Prints what a shell needs to complete drsh's arguments.
    Completions(Completions),
    /// Prints the manual page.
    Man(Man),
    /// Carries a script out against a lab that is made for it.
    Rehearse(Rehearse),
    /// Keeps a lab running.
    Lab(Lab),
}

/// Where drsh keeps runs and identities.
#[derive(Debug, Clone, Args)]
pub struct State {
    /// Keeps runs and the identities of clusters here [default: `$XDG_STATE_HOME/drsh` or `~/.local/state/drsh`].
    #[arg(long = "state", value_name = "DIR", env = "DRSH_STATE")]
    pub folder: Option<PathBuf>,
}

/// How a script is carried out.
#[derive(Debug, Clone, Args)]
pub struct Manner {
    /// Approves a phase beforehand; may be given several times.
    #[arg(long = "approve", value_name = "PHASE")]
    pub approve: Vec<String>,
    /// Takes stdlib modules from here before the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,
    /// Takes clusters that another run holds away from it: only where that run surely works no more.
    #[arg(long)]
    pub take_over: bool,
    /// Where state is kept.
    #[command(flatten)]
    pub state: State,
}

/// `drsh run`.
#[derive(Debug, Clone, Args)]
pub struct Run {
    /// A file, or a built-in script such as `scripts/migrate_hcp.rhai`.
    pub script: String,
    /// The environment file.
    #[arg(long, value_name = "FILE", default_value = "environment.toml", env = "DRSH_ENV")]
    pub env: PathBuf,
    /// How.
    #[command(flatten)]
    pub manner: Manner,
}

/// `drsh plan`.
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// A file, or a built-in script such as `scripts/migrate_hcp.rhai`.
    pub script: String,
    /// The environment file.
    #[arg(long, value_name = "FILE", default_value = "environment.toml", env = "DRSH_ENV")]
    pub env: PathBuf,
    /// Takes a phase as approved already; may be given several times.
    #[arg(long = "approve", value_name = "PHASE")]
    pub approve: Vec<String>,
    /// Takes stdlib modules from here before the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,
    /// Shows each of the changes that are alike.
    #[arg(long)]
    pub all: bool,
    /// Where state is kept: the identities of clusters are compared with what earlier runs met.
    #[command(flatten)]
    pub state: State,
}

/// `drsh resume`.
#[derive(Debug, Clone, Args)]
pub struct Resume {
    /// The run's id, or the beginning of it.
    pub run: String,
    /// Does this step again, and those that came after it, though they were done.
    #[arg(long, value_name = "STEP")]
    pub from: Option<String>,
    /// Goes on without this step, such as `T7`; may be given several times.
    #[arg(long, value_name = "STEP", requires = "because")]
    pub skip: Vec<String>,
    /// Why steps are skipped; it is kept in the run's journal.
    #[arg(long, value_name = "REASON", requires = "skip", value_parser = reason)]
    pub because: Option<String>,
    /// How.
    #[command(flatten)]
    pub manner: Manner,
}

/// `drsh undo`.
#[derive(Debug, Clone, Args)]
pub struct Undo {
    /// The run's id, or the beginning of it.
    pub run: String,
    /// Goes back to before this step, and no further.
    #[arg(long, value_name = "STEP")]
    pub to: Option<String>,
    /// How.
    #[command(flatten)]
    pub manner: Manner,
}

/// `drsh runs`.
#[derive(Debug, Clone, Args)]
pub struct Runs {
    /// Where state is kept.
    #[command(flatten)]
    pub state: State,
}

/// `drsh show`.
#[derive(Debug, Clone, Args)]
pub struct Show {
    /// The run's id, or the beginning of it.
    pub run: String,
    /// Where state is kept.
    #[command(flatten)]
    pub state: State,
}

/// `drsh repl`.
#[derive(Debug, Clone, Args)]
pub struct Repl {
    /// Looks into a run: its environment, and what its finished steps gave back, as `steps`.
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// The environment file.
    #[arg(long, value_name = "FILE", default_value = "environment.toml", env = "DRSH_ENV")]
    pub env: PathBuf,
    /// Takes stdlib modules from here before the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,
    /// Once armed, takes clusters that another run holds from it.
    #[arg(long)]
    pub take_over: bool,
    /// Where state is kept.
    #[command(flatten)]
    pub state: State,
}

/// `drsh check`.
#[derive(Debug, Clone, Args)]
pub struct Check {
    /// Files, or built-in scripts such as `scripts/migrate_hcp.rhai`.
    #[arg(required = true, value_name = "SCRIPT")]
    pub scripts: Vec<String>,
    /// Looks for the targets and parameters that they name in this environment file.
    #[arg(long, value_name = "FILE", env = "DRSH_ENV")]
    pub env: Option<PathBuf>,
    /// Takes stdlib modules from here before the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,
    /// How findings are printed: for people, or as JSON, one object a line, for editors.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Text)]
    pub output: Form,
}

/// For whom something is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For people.
    Text,
    /// For programs: JSON, one object a line.
    Json,
}

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
    },
}

/// `drsh doc`.
#[derive(Debug, Clone, Args)]
pub struct Doc {
    /// A function, a family, a module, or `module::function`; a list of everything where absent.
    #[arg(conflicts_with_all = ["markdown", "html"])]
    pub name: Option<String>,
    /// Prints the whole reference as Markdown.
    #[arg(long)]
    pub markdown: bool,
    /// Prints the whole reference as one HTML page.
    #[arg(long, conflicts_with = "markdown")]
    pub html: bool,
}

/// `drsh explain`.
#[derive(Debug, Clone, Args)]
pub struct Explain {
    /// A file, or a built-in script such as `scripts/migrate_hcp.rhai`.
    pub script: String,
    /// A step's id, such as `B4`; all steps where absent.
    pub step: Option<String>,
    /// Takes stdlib modules from here before the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,
}

/// `drsh definitions`.
#[derive(Debug, Clone, Args)]
pub struct Definitions {
    /// Where the files go.
    #[arg(long, value_name = "DIR", default_value = "definitions")]
    pub output: PathBuf,
}

/// `drsh completions`.
#[derive(Debug, Clone, Args)]
pub struct Completions {
    /// The shell.
    pub shell: clap_complete::Shell,
}

/// `drsh man`.
#[derive(Debug, Clone, Args)]
pub struct Man {
    /// Writes a page for each command into this folder instead.
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
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

/// Puts `run` before a script that is named without it.
pub fn with_run(mut given: Vec<String>) -> Vec<String> {
    let is_script = given
        .get(1)
        .is_some_and(|first| std::path::Path::new(first).extension().is_some_and(|ending| ending == "rhai"));
    if is_script {
        given.insert(1, "run".to_owned());
    } else if super::repl::is_meant_by(&given) {
        given.push("repl".to_owned());
    }
    given
}
