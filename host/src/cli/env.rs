//! Imports and checks environment files.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::console::{json, say, say_aside, tell};
use super::{args, exit};
use crate::engine::{Library, Report, Script};
use crate::environment::{Environment, import, shell};
use crate::problem::Problem;
use crate::run::{Beginning, Claim, Deaf, Direction, Replay, Run, clients, random_id};

/// `drsh env`.
pub fn carry_out(command: &args::Env) -> Result<u8, Problem> {
    match &command.command {
        args::EnvCommand::Import { file, output } => import_file(file, output.as_deref()),
        args::EnvCommand::Check { env, offline, .. } => check(env, *offline),
    }
}

fn import_file(file: &Path, output: Option<&Path>) -> Result<u8, Problem> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| {
        Problem::new("environment", format!("{name} cannot be read: {error}"))
            .hint("name the documented env file")
    })?;
    let variables = shell::read(&text, &name, &|name| std::env::var(name).ok())?;
    let imported = import::import(&variables.variables, &name)?;
    for line in variables.warnings.iter().chain(&imported.left_out) {
        say_aside(&format!("note: {line}"));
    }
    let text = imported.environment.to_toml()?;
    let Some(output) = output else {
        say(text.trim_end());
        return Ok(0);
    };
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(output);
    made.and_then(|mut made| made.write_all(text.as_bytes())).map_err(|error| {
        Problem::new("environment", format!("{} cannot be written: {error}", output.display()))
            .hint("an existing file is not overwritten: name another with --output")
    })?;
    say(&format!("{} is written; check it with `drsh env check --env {0}`", output.display()));
    Ok(0)
}

/// What is asked of each kind of target: the text of a script that says what the target is.
fn questions(environment: &Environment) -> Vec<(String, String)> {
    let mut questions = Vec::new();
    let mut ask = |kind: &str, names: Vec<&String>, script: &dyn Fn(&str) -> String| {
        questions
            .extend(names.into_iter().map(|name| (format!("{kind} {name}"), script(&format!("{name:?}")))));
    };
    ask("cluster", environment.clusters.keys().collect(), &|name| {
        format!(
            "let c = cluster({name}); `version ${{oc_version(c).version}}, kube-system ${{oc_get(c, \"namespace/kube-system\").metadata.uid}}`"
        )
    });
    ask("host", environment.hosts.keys().collect(), &|name| {
        format!("`hostname ${{ssh(host({name}), [\"hostname\"], seconds(15), #{{reads: true}}).stdout}}`")
    });
    ask("bucket", environment.buckets.keys().collect(), &|name| {
        format!("`region ${{s3_bucket_region(bucket({name}))}}`")
    });
    ask("zone", environment.zones.keys().collect(), &|name| {
        format!("`${{route53_count(zone({name}))}} record sets`")
    });
    ask("folder", environment.folders.keys().collect(), &|name| {
        format!(
            "if folder_exists(folder({name}), \"\") {{ \"there\" }} else {{ \"not there yet: made when first written to\" }}"
        )
    });
    questions
}

fn check(file: &Path, offline: bool) -> Result<u8, Problem> {
    let environment = Arc::new(Environment::read(file)?);
    say(&format!("{} is of the documented form, environment {}", file.display(), environment.name));
    if offline {
        return Ok(0);
    }
    let runtime = clients()?;
    let mut wrong = 0_usize;
    for (target, question) in questions(&environment) {
        let run = Run::begin(Beginning {
            id: random_id(),
            environment: environment.clone(),
            journal: None,
            replay: Replay::default(),
            direction: Direction::Forward,
            approved: std::collections::BTreeSet::new(),
            may_change: false,
            memory: None,
            runtime: runtime.handle().clone(),
            listener: Box::new(Deaf),
            asker: None,
            claim: Claim::default(),
            until: None,
        });
        let script = Script::from_text(&target, &question);
        match script.carry_out(&run, &Arc::new(Library::default())) {
            Ok(answer) => {
                let fields = || json!({ "target": target, "answer": answer.to_string(), "error": null });
                tell("target", fields, &[format!("  {target:<24} {answer}")]);
            }
            Err(error) => {
                wrong += 1;
                let problem = run.redactor().clean_problem(Report::of(&error, &script).problem);
                let mut lines = vec![format!("  {target:<24} error: {}", problem.message)];
                lines.extend(problem.hint.iter().map(|hint| format!("  {:<24} hint: {hint}", "")));
                let fields = || json!({ "target": target, "answer": null, "error": json::problem(&problem) });
                tell("target", fields, &lines);
            }
        }
    }
    runtime.shutdown_background();
    if wrong == 0 {
        return Ok(0);
    }
    say(&format!("{wrong} of the targets did not answer as they should"));
    Ok(exit::WRONG)
}
