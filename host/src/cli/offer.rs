//! What an operator at a terminal is offered when a script has stopped.

use super::console::{Terminal, complain, is_json, say_aside};
use super::{args, exit, procedure, repl, runs};
use crate::problem::Problem;
use crate::run::{Asker, step_id};

/// How a start of a run ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The exit code.
    pub code: u8,
    /// The run's id.
    pub run: String,
    /// The step that it stopped in.
    pub step: Option<String>,
}

/// The ways on, in the order in which they are numbered.
const WAYS: [&str; 6] = ["show", "retry", "repl", "skip", "undo", "stop"];

/// Offers the ways on until the run is done, or the operator leaves it; returns the exit code.
///
/// Whoever interrupted it wanted it to stop; where nobody is there, or a program reads, nothing is offered.
pub fn after(mut ended: Ended, manner: &args::Manner) -> Result<u8, Problem> {
    let asker = if is_json() { None } else { Terminal::present() };
    let Some(asker) = asker else { return Ok(ended.code) };
    while matches!(ended.code, exit::FAILED | exit::REFUSED) {
        let question = "1 show its journal   2 retry the step   3 REPL on it   4 skip the step   5 undo   6 stop here\nWhat now? [6] ";
        let typed = asker.ask(question).unwrap_or_default();
        let done = match way(typed.trim()) {
            Some("show") => runs::show(&journal(&ended, manner)).map(drop),
            Some("retry") => procedure::go_on(&resume(&ended, manner)).map(|next| ended = next),
            Some("repl") => repl::carry_out(&seat(&ended, manner)).map(drop),
            Some("skip") => {
                skip(&*asker, &ended, manner).map(|next| ended = next.unwrap_or_else(|| ended.clone()))
            }
            Some("undo") => {
                let back = args::Undo { run: ended.run.clone(), to: None, manner: manner.clone() };
                return procedure::undo(&back);
            }
            Some(_) => break,
            None => {
                say_aside("type one of the numbers or words");
                Ok(())
            }
        };
        if let Err(problem) = done {
            complain(&problem);
        }
    }
    Ok(ended.code)
}

/// The way that was typed: its number, its word, or nothing for the last.
fn way(typed: &str) -> Option<&'static str> {
    if typed.is_empty() {
        return Some("stop");
    }
    let numbered = typed.parse::<usize>().ok().and_then(|number| WAYS.get(number.checked_sub(1)?));
    numbered.or_else(|| WAYS.iter().find(|way| way.eq_ignore_ascii_case(typed))).copied()
}

fn journal(ended: &Ended, manner: &args::Manner) -> args::Show {
    args::Show { run: ended.run.clone(), output: args::Form::Text, state: manner.means.state.clone() }
}

fn resume(ended: &Ended, manner: &args::Manner) -> args::Resume {
    args::Resume {
        run: ended.run.clone(),
        from: None,
        skip: Vec::new(),
        because: None,
        manner: manner.clone(),
    }
}

fn seat(ended: &Ended, manner: &args::Manner) -> args::Repl {
    args::Repl { run: Some(ended.run.clone()), env: "environment.toml".into(), means: manner.means.clone() }
}

/// Goes on without the step, for a reason that is recorded; `None` if no reason is given.
fn skip(asker: &dyn Asker, ended: &Ended, manner: &args::Manner) -> Result<Option<Ended>, Problem> {
    let Some(step) = &ended.step else {
        return Err(Problem::new("usage", "it stopped between steps: there is none to skip")
            .hint("retry it, or stop"));
    };
    let reason =
        asker.ask(&format!("Why may {step} be left out? It is kept in the journal; nothing leaves it in: "));
    let reason = reason.unwrap_or_default().trim().to_owned();
    if reason.is_empty() {
        return Ok(None);
    }
    let with = args::Resume { skip: vec![step_id(step)], because: Some(reason), ..resume(ended, manner) };
    procedure::go_on(&with).map(Some)
}

#[cfg(test)]
mod tests {
    use super::way;

    #[test]
    fn a_way_is_named_by_its_number_or_its_word() {
        let named: Vec<_> =
            ["1", "retry", "REPL", "6", "", "0", "7", "what"].iter().map(|typed| way(typed)).collect();
        assert_eq!(
            named,
            [Some("show"), Some("retry"), Some("repl"), Some("stop"), Some("stop"), None, None, None]
        );
    }
}
