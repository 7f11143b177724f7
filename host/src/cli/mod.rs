//! What the operator types and sees.

mod args;
mod attach;
mod check;
mod console;
mod doc;
mod env;
mod explain;
mod lab;
mod offer;
mod paper;
mod plan;
pub mod practice;
mod procedure;
mod rehearse;
mod repl;
mod report;
mod runs;
mod state;
mod telemetry;
mod usage;

use std::process::ExitCode;

use clap::Parser as _;

use crate::problem::Problem;

/// Exit codes, as documented in README.
pub mod exit {
    /// The procedure failed; its state is saved and it can be resumed.
    pub const FAILED: u8 = 1;
    /// The usage or the environment is wrong; nothing was touched.
    pub const WRONG: u8 = 2;
    /// Policy or a missing approval refused it.
    pub const REFUSED: u8 = 3;
    /// The operator interrupted it; its state is saved.
    pub const INTERRUPTED: u8 = 130;
}

/// Reads the command line and carries it out.
#[must_use]
pub fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().collect();
    let given = args::with_run(given);
    let arguments = match args::Arguments::try_parse_from(&given) {
        Ok(arguments) => arguments,
        Err(error) => {
            match usage::told(&error, &given) {
                Some(problem) => console::complain(&problem),
                None => drop(error.print()),
            }
            return if error.use_stderr() { exit::WRONG.into() } else { ExitCode::SUCCESS };
        }
    };
    let showing = arguments.command.showing();
    console::choose(&showing);
    telemetry::choose(showing.otel);
    console::start_tracing(arguments.verbose);
    let untouched = untouched(&arguments.command);
    let done = match arguments.command {
        args::Command::Run(command) => procedure::run(&command),
        args::Command::Plan(command) => plan::show(&command),
        args::Command::Resume(command) => procedure::resume(&command),
        args::Command::Undo(command) => procedure::undo(&command),
        args::Command::Runs(command) => runs::list(&command),
        args::Command::Show(command) => runs::show(&command),
        args::Command::Report(command) => report::write(&command),
        args::Command::Repl(command) => repl::carry_out(&command),
        args::Command::Check(command) => check::carry_out(&command),
        args::Command::Env(command) => env::carry_out(&command),
        args::Command::Doc(command) => doc::print(&command),
        args::Command::Explain(command) => explain::carry_out(&command),
        args::Command::Definitions(command) => paper::definitions(&command),
        args::Command::Completions(command) => Ok(paper::completions(&command)),
        args::Command::Man(command) => paper::man(&command),
        args::Command::Rehearse(command) => rehearse::carry_out(&command),
        args::Command::Lab(command) => lab::carry_out(&command),
    };
    let (code, problem) = match done {
        Ok(code) => (code, None),
        Err(problem) => {
            console::complain_with(&problem, untouched);
            (wrong_or(&problem, exit::WRONG), Some(problem))
        }
    };
    console::end(code, problem.as_ref().map(|problem| (problem, untouched)));
    code.into()
}

/// What stands where a command that acts ends before there was a run to act in.
fn untouched(command: &args::Command) -> Option<&'static str> {
    match command {
        args::Command::Run(_) => Some("no run was begun, and nothing was touched"),
        args::Command::Resume(_) | args::Command::Undo(_) => Some("nothing was touched"),
        _ => None,
    }
}

/// The exit code that fits a problem; `otherwise` for those without one of their own.
fn wrong_or(problem: &Problem, otherwise: u8) -> u8 {
    match &*problem.kind {
        "environment" => exit::WRONG,
        "refused" | "wrong_cluster" | "held" => exit::REFUSED,
        "interrupted" => exit::INTERRUPTED,
        _ => otherwise,
    }
}
