//! Carries the script of a run out once more, reading only, for the variables that the step saw in which it stopped.

use std::io::IsTerminal as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::Attached;
use crate::cli::console::say_aside;
use crate::engine::{Report, Script};
use crate::environment::Environment;
use crate::run::{Beginning, Claim, Deaf, Direction, Replay, Run, Sight, clients, spoken};

/// How long all of it may take: somebody waits for the prompt.
const LIMIT: Duration = Duration::from_secs(20);

/// What somebody who waits is told.
const NOTICE: &str =
    "the script is followed to where the run stopped, for its variables; Ctrl-C leaves that out";

/// When it is told.
const SILENCE: Duration = Duration::from_secs(1);

/// Looks at what the step sees in which the run stopped, or that comes next; else says why that cannot be seen.
pub(super) fn look(
    attached: &Attached,
    script: &Script,
    replay: Replay,
    environment: &Arc<Environment>,
) -> Result<Sight, String> {
    let runtime = clients().map_err(|problem| problem.message)?;
    let run = Run::begin(Beginning {
        id: attached.id.clone(),
        environment: environment.clone(),
        journal: None,
        replay,
        approved: std::collections::BTreeSet::new(),
        may_change: false,
        direction: Direction::Looking,
        until: attached.stopped_in(),
        memory: Some(attached.identities.clone()),
        runtime: runtime.handle().clone(),
        listener: Box::new(Deaf),
        asker: None,
        claim: Claim::default(),
    });
    let ended = end_early(&runtime, &run);
    let done = script.carry_out(&run, &attached.library);
    run.end();
    let sight = run.way().sight.take();
    runtime.shutdown_background();
    match (sight, done) {
        (Some(sight), _) => Ok(sight),
        (None, Ok(_)) => Err(match attached.stopped_in() {
            Some(step) => format!("{} does not come to {step} any more", script.name()),
            None => format!("{} comes to its end without a further step", script.name()),
        }),
        (None, Err(error)) => Err(ended.get().cloned().unwrap_or_else(|| {
            let report = Report::of(&error, script);
            let problem = run.redactor().clean_problem(report.problem);
            let message = problem.message.lines().next().unwrap_or_default();
            let at = report.frames.last().map(|frame| format!(" ({}:{})", frame.source, frame.line));
            format!("the script stops before that: {message}{}", at.unwrap_or_default())
        })),
    }
}

/// Ends the look when the operator does, or when it takes too long; what is given back says so then.
fn end_early(runtime: &Runtime, run: &Arc<Run>) -> Arc<OnceLock<String>> {
    let ended: Arc<OnceLock<String>> = Arc::default();
    let (kept, cancel) = (ended.clone(), run.cancel());
    let _inside = runtime.enter();
    let interrupts = signal(SignalKind::interrupt());
    runtime.spawn(async move {
        let pressed = async {
            match interrupts {
                Ok(mut interrupts) => drop(interrupts.recv().await),
                Err(_) => std::future::pending().await,
            }
        };
        let too_long = async {
            tokio::time::sleep(SILENCE).await;
            if std::io::stdin().is_terminal() {
                say_aside(NOTICE);
            }
            tokio::time::sleep(LIMIT.saturating_sub(SILENCE)).await;
        };
        let why = tokio::select! {
            () = pressed => "you did not wait for them".to_owned(),
            () = too_long => format!("the script did not come there within {}", spoken(LIMIT)),
        };
        let _ = kept.set(why);
        cancel.cancel();
    });
    ended
}
