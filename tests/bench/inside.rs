//! Scripts that run in this process, so that the start of one is not measured with them.

use std::path::Path;
use std::sync::Arc;

use drsh::engine::{Report, Script};
use drsh::environment::Environment;
use drsh::journal::Journal;
use drsh::run::{Beginning, Claim, Deaf, Direction, Listener, Replay, Run};
use tokio::runtime::Runtime;

/// Begins a run in the environment of this text, whose relative paths start in `folder`.
pub fn begin(runtime: &Runtime, environment: &str, folder: &Path) -> Arc<Run> {
    let file = folder.join("environment.toml");
    let environment = Environment::parse(environment, &file).unwrap();
    begin_heard(runtime, environment, None, Box::new(Deaf))
}

/// Begins a run that `listener` hears.
pub fn begin_heard(
    runtime: &Runtime,
    environment: Environment,
    journal: Option<Journal>,
    listener: Box<dyn Listener>,
) -> Arc<Run> {
    Run::begin(Beginning {
        id: "be9cbe9c".to_owned(),
        environment: Arc::new(environment),
        journal,
        replay: Replay::default(),
        direction: Direction::Forward,
        approved: [].into(),
        may_change: true,
        memory: None,
        runtime: runtime.handle().clone(),
        listener,
        asker: None,
        claim: Claim::default(),
        until: None,
    })
}

/// Carries a script out in a run.
pub fn carry_out(run: &Arc<Run>, text: &str) {
    let script = Script::from_text("bench", text);
    let library = Arc::new(script.library(None));
    let ended = script.carry_out(run, &library).map_err(|error| Report::of(&error, &script).render(&script));
    if let Err(report) = ended {
        panic!("{report}");
    }
}
