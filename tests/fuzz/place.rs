//! A run in a folder of its own, with few limits and nobody who listens.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use drsh::engine::{Report, Script};
use drsh::environment::Environment;
use drsh::problem::Problem;
use drsh::run::{Beginning, Claim, Deaf, Direction, Replay, Run, random_id};
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Carries a script out; gives what stopped it.
pub fn carry_out(folder: &Path, environment: &str, script: &Script) -> Result<(), Problem> {
    let environment = Environment::parse(environment, &folder.join("environment.toml")).unwrap();
    let run = Run::begin(Beginning {
        id: random_id(),
        environment: Arc::new(environment),
        journal: None,
        replay: Replay::default(),
        direction: Direction::Forward,
        approved: ["*".to_owned()].into(),
        may_change: false,
        memory: None,
        runtime: RUNTIME.handle().clone(),
        listener: Box::new(Deaf),
        asker: None,
        claim: Claim::default(),
        until: None,
    });
    let library = Arc::new(script.library(None));
    let done = script.carry_out(&run, &library);
    done.map(drop).map_err(|error| Report::of(&error, script).problem)
}
