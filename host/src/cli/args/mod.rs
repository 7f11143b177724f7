//! The command line's form.

mod paper;
mod places;
mod runs;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use self::paper::{Check, Completions, Definitions, Doc, Explain, Man};
pub use self::places::{Env, EnvCommand, Lab, LabCommand, Rehearse, Seed, Setting};
pub use self::runs::{Manner, Means, Plan, Repl, Resume, Run, Runs, Show, Showing, Undo};

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
    /// Writes the report of a run: timeline, waits, changes, measured downtime, checksums.
    Report(super::report::Report),
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

impl Command {
    /// How what it does is shown, where it can be chosen.
    #[must_use]
    pub fn showing(&self) -> Showing {
        let output = |output: Form| Showing { output, ..Showing::default() };
        match self {
            Self::Run(command) => command.manner.showing.clone(),
            Self::Resume(command) => command.manner.showing.clone(),
            Self::Undo(command) => command.manner.showing.clone(),
            Self::Rehearse(command) => command.showing.clone(),
            Self::Plan(command) => output(command.output),
            Self::Runs(command) => output(command.output),
            Self::Show(command) => output(command.output),
            Self::Env(Env { command: EnvCommand::Check { output: form, .. } }) => output(*form),
            _ => Showing::default(),
        }
    }
}

/// Where drsh keeps runs and identities.
#[derive(Debug, Clone, Args)]
pub struct State {
    /// Keeps runs and the identities of clusters here [default: `$XDG_STATE_HOME/drsh` or `~/.local/state/drsh`].
    #[arg(long = "state", value_name = "DIR", env = "DRSH_STATE")]
    pub folder: Option<PathBuf>,
}

/// For whom something is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For people.
    #[default]
    Text,
    /// For programs: JSON, one object a line.
    Json,
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
