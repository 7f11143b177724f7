//! Begins a run: its journal, what is recorded and said first.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tokio::runtime::Runtime;

use super::{Order, edits, place};
use crate::cli::console::{Terminal, say, tell};
use crate::engine::{Library, Script};
use crate::environment::setting;
use crate::journal::{FORMAT, Journal, Record};
use crate::problem::Problem;
use crate::run::{Beginning, Claim, Direction, Listener, Replay, Run, random_id};

/// Begins the run of an order: its journal, what the operator is told first, and the run itself.
pub(super) fn begin(
    order: &Order,
    library: &Library,
    runtime: &Runtime,
    listener: Box<dyn Listener>,
) -> Result<Arc<Run>, Problem> {
    let id = order.resumed.as_ref().map_or_else(random_id, |earlier| earlier.id.clone());
    let folder = order.state.run(&id);
    order.state.check()?;
    let mut edited = Vec::new();
    let (journal, mut replay) = if let Some(earlier) = &order.resumed {
        edited.extend(place::since(&folder, &id, &order.environment)?);
        let (journal, state) = Journal::open(&folder, earlier.seen.as_ref())?;
        if state.torn_bytes > 0 {
            say("note: the journal's last record was torn by a crash and is left out");
        }
        let replay = Replay::from_lines(&state.lines);
        // Before anything is recorded: a mistake must leave the run as it was.
        order.again.look(&replay)?;
        (journal, replay)
    } else {
        (Journal::create(&folder)?, Replay::default())
    };
    let file =
        std::path::absolute(&order.environment.file).unwrap_or_else(|_| order.environment.file.clone());
    journal.append(Record::RunStarted {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        run: id.clone(),
        script: absolute(&order.script),
        script_sha256: order.script.sha256(),
        environment: file.display().to_string(),
        stdlib: order.stdlib.as_ref().map(|folder| {
            std::path::absolute(folder).unwrap_or_else(|_| folder.clone()).display().to_string()
        }),
        approved: order.approved.clone(),
        resumed: order.resumed.is_some(),
        setting: Some(setting(&order.environment, &operator())),
    })?;
    for record in order.again.records(&replay)? {
        replay.take(&record);
        journal.append(record)?;
    }
    announce(order, &id);
    if order.again.from.is_some() {
        say(
            "note: what those steps recorded is recorded anew: an undo goes back to how things are now, not to before",
        );
    }
    let texts = folder.join("texts");
    edited.extend(edits::since(&texts, &order.script, library));
    for line in edited {
        say(&format!("note: {line}"));
    }
    place::keep(&folder, &order.environment);
    library.keep_in(&texts);
    library.keep(edits::SCRIPT, order.script.text());
    Ok(Run::begin(Beginning {
        id,
        environment: Arc::new(order.environment.clone()),
        journal: Some(journal),
        replay,
        direction: order.direction,
        until: order.again.to.clone(),
        approved: order.approved.iter().cloned().collect(),
        may_change: true,
        memory: Some(order.state.identities()),
        runtime: runtime.handle().clone(),
        listener,
        asker: Terminal::present(),
        claim: Claim { description: description(&order.script), take_over: order.take_over },
    }))
}

/// Tells what begins.
fn announce(order: &Order, id: &str) {
    let (verb, command) = match (order.direction, &order.resumed) {
        (Direction::Forward, None) => ("carries out", "run"),
        (Direction::Forward, Some(_)) => ("resumes", "resume"),
        (Direction::Planning, _) => ("plans", "plan"),
        (Direction::Gathering | Direction::Back, _) => ("undoes", "undo"),
        (Direction::Looking, _) => ("looks at", "repl"),
    };
    let (script, place) = (order.script.origin(), &order.environment.name);
    let file = order.environment.file.display();
    let text = format!("drsh {verb} {script} in environment {place} ({file}), run {id}");
    let fields = || {
        json!({
            "command": command, "run": id, "script": order.script.name(), "environment": place,
            "environment_file": file.to_string(), "version": env!("CARGO_PKG_VERSION"),
        })
    };
    tell("run_started", fields, &[text]);
}

/// What the run says of itself to other operators: `migrate_hcp.rhai by root@bastion`.
fn description(script: &Script) -> String {
    let name = script.name();
    let file = Path::new(&name).file_name().map_or(name.clone(), |file| file.to_string_lossy().into_owned());
    format!("{file} by {}", operator())
}

/// Who carries it out, and where: `root@bastion`.
fn operator() -> String {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "?".to_owned());
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{user}@{}", machine.trim())
}

/// A script file is recorded by its absolute path, so that a resume from another folder finds it.
fn absolute(script: &Script) -> String {
    let name = script.name();
    if !Path::new(&name).is_file() {
        return name;
    }
    std::path::absolute(&name).map_or(name, |path| path.display().to_string())
}
