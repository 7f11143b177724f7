//! What a session begins with: variables, and how a script that is saved from it gets them.

use std::fmt::Write as _;

use rhai::{Array, Dynamic, Map};
use serde_json::Value;

use crate::data::{self, BinarySecret};
use crate::run::Run;
use crate::secret::Secret;

/// A variable that a session begins with.
#[derive(Debug, Clone)]
pub struct Given {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Dynamic,
    /// Where it comes from.
    pub source: Source,
}

/// Where a variable comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// It is plain data, which a script that is saved may hold.
    Plain,
    /// It is a variable of a run, whose value is written nowhere.
    Run {
        /// Of which, as `run 1a2b3c4d of migrate_hcp.rhai, "B2 pause the hosted cluster"`.
        told: String,
        /// The call by which the run's script gets it, where that hangs on nothing else.
        had_by: Option<String>,
    },
}

impl Given {
    /// Has `run` keep the secrets in it out of every text.
    pub fn keep_secrets(&self, run: &Run) {
        learn(run, &self.value);
    }

    /// The lines by which a script gets it.
    #[must_use]
    pub fn written(&self) -> String {
        let name = &self.name;
        match &self.source {
            Source::Plain => {
                let literal =
                    data::to_json(&self.value, data::Exposure::Refused).map(|value| literal(&value));
                let literal = literal.unwrap_or_else(|problem| format!("#{{}} /* {problem} */"));
                format!("    let {name} = {literal};\n")
            }
            Source::Run { told, had_by: Some(call) } => {
                format!("    // Of {told}: had anew, as that script gets it.\n    let {name} = {call};\n")
            }
            Source::Run { told, had_by: None } => {
                let mut lines = format!("    // Of {told}: its value is not written down.\n");
                let _ = writeln!(
                    lines,
                    "    let {name} = fail(\"unset\", \"`{name}` came from a run\", \"say in this script how it is had\");"
                );
                lines
            }
        }
    }
}

fn learn(run: &Run, value: &Dynamic) {
    if let Some(map) = value.read_lock::<Map>() {
        map.values().for_each(|value| learn(run, value));
    } else if let Some(list) = value.read_lock::<Array>() {
        list.iter().for_each(|value| learn(run, value));
    } else if let Some(secret) = value.read_lock::<Secret>() {
        run.redactor().learn(secret.expose());
    } else if let Some(secret) = value.read_lock::<BinarySecret>() {
        run.redactor().learn(secret.encoded());
    }
}

/// Plain data as the language writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "()".to_owned(),
        Value::Array(list) => format!("[{}]", list.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let fields =
                map.iter().map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), literal(value)));
            format!("#{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
