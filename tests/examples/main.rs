//! Every example of the reference runs, against the lab.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

use std::path::Path;
use std::sync::Arc;

use drsh::cli::practice;
use drsh::engine::{Library, Report, Script, families};
use drsh::environment::Environment;
use drsh::run::{Beginning, Claim, Deaf, Direction, Replay, Run, random_id};
use drsh_lab::scenario::Scenario;
use tokio::runtime::Runtime;

#[test]
fn every_example_of_the_reference_runs() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let lab = runtime.block_on(practice::start(Scenario::default(), folder.path())).unwrap();
    let file = practice::write_environment(lab.description()).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for family in families() {
        for function in family.functions() {
            for example in examples(function.doc) {
                count += 1;
                let script = Script::from_text(function.name(), &example);
                let run = begin(&runtime, &file);
                if let Err(error) = script.carry_out(&run, &Arc::new(Library::default())) {
                    wrong.push(Report::of(&error, &script).render(&script));
                }
            }
        }
    }
    runtime.block_on(lab.stop());
    assert!(count > 40, "only {count} examples were found");
    assert!(wrong.is_empty(), "{} of {count} examples stop:\n{}", wrong.len(), wrong.join("\n"));
}

/// The examples in the `rhai` fences of a documentation.
fn examples(doc: &str) -> Vec<String> {
    doc.split("```rhai\n").skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

fn begin(runtime: &Runtime, file: &Path) -> Arc<Run> {
    Run::begin(Beginning {
        id: random_id(),
        environment: Arc::new(Environment::read(file).unwrap()),
        journal: None,
        replay: Replay::default(),
        direction: Direction::Forward,
        approved: ["*".to_owned()].into(),
        may_change: true,
        memory: None,
        runtime: runtime.handle().clone(),
        listener: Box::new(Deaf),
        asker: None,
        claim: Claim::default(),
        until: None,
    })
}
