//! The seat at which an operator types: the functions, modules and targets of scripts, a line at a time.
//!
//! It begins read-only; what is typed after `:arm` goes through the gate into a journal like a script's changes.

mod at_save;
mod command;
mod complete;
mod given;
mod helper;
mod input;
mod live;
mod out;
mod paint;
mod place;
mod secretive;
mod session;
mod shown;
mod variables;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What TAB goes by, for those who measure it.
pub mod completion {
    pub use super::complete::{Completion, Offer};
    pub use super::live::{Live, Wanted};
    pub use super::variables::Variables;
}

use tokio::runtime::Runtime;

use crate::engine::{Library, on_a_deep_stack};
use crate::environment::Environment;
use crate::problem::Problem;
use crate::run::{Asker, Listener, clients};

pub use given::{Given, Source};

use command::Next;
use input::{Input, Typed};
use session::Session;

/// What the journal of a run calls the script where there was none.
pub const SCRIPT: &str = "repl";

/// Where somebody sits down.
pub struct Seat {
    /// The environment.
    pub environment: Arc<Environment>,
    /// Where stdlib modules are taken from first.
    pub stdlib: Option<PathBuf>,
    /// The folder that runs are kept in.
    pub runs: PathBuf,
    /// Where identities of clusters are remembered.
    pub identities: PathBuf,
    /// Where what is typed is kept.
    pub history: PathBuf,
    /// Where modules are found.
    pub library: Arc<Library>,
    /// The variables that are there from the beginning.
    pub given: Vec<Given>,
    /// What the modules are imported by that have a name of their own from the beginning.
    pub imports: BTreeMap<String, String>,
    /// What is said first.
    pub greeting: Vec<String>,
    /// Who is told what a plan says.
    pub planner: Box<dyn Fn() -> Box<dyn Listener> + Send + Sync>,
    /// Who is told what happens.
    pub listener: Box<dyn Fn() -> Box<dyn Listener> + Send + Sync>,
    /// Who is asked; the next line of the input where nobody is there.
    pub asker: Box<dyn Fn() -> Box<dyn Asker> + Send + Sync>,
    /// What armed runs say of themselves to other operators.
    pub holder: String,
    /// Whether clusters that another run holds are taken from it.
    pub take_over: bool,
    /// Whether a person sits there.
    pub is_terminal: bool,
}

/// Lets somebody type until they leave.
///
/// Returns how many lines stopped on an error. Errors: `internal` if there is nothing to type at.
pub fn carry_out(seat: Seat) -> Result<usize, Problem> {
    let runtime = clients()?;
    // Calls of script functions nest deep: the main thread's stack is not made for it.
    let done = on_a_deep_stack("the REPL", || serve(seat, &runtime));
    runtime.shutdown_background();
    done?
}

fn serve(seat: Seat, runtime: &Runtime) -> Result<usize, Problem> {
    let seat = Arc::new(seat);
    let mut session = Session::begin(&seat, runtime);
    let mut input = Input::of(&seat, &session, runtime);
    if seat.is_terminal {
        out::say(&format!(
            "drsh {} in environment {}: read-only until you type :arm; :help tells what there is",
            env!("CARGO_PKG_VERSION"),
            seat.environment.name
        ));
    }
    for line in &seat.greeting {
        out::say(line);
    }
    session.variables_changed();
    let mut stopped = 0;
    loop {
        let typed = match input.next(&session) {
            Typed::Text(typed) => typed,
            Typed::Cancelled => continue,
            Typed::Over => break,
        };
        if typed.trim().is_empty() {
            continue;
        }
        input.keep(&session, &typed);
        let done = match typed.trim().strip_prefix(':') {
            Some(command) => command::carry_out(&mut session, &mut input, command),
            None => session.enter(&typed).map(|value| {
                session.show(&value, input.rows());
                Next::Line
            }),
        };
        match done {
            Ok(Next::Line) => {}
            Ok(Next::Leave) => break,
            Err(problem) => {
                stopped += 1;
                if session.seat.is_terminal && problem.is_interruption() {
                    // The terminal has echoed the key in front of what follows.
                    out::say("");
                }
                out::complain(&problem);
            }
        }
    }
    session.disarm()?;
    Ok(stopped)
}
