//! The texts of a record, each changed: what its form needs to be read back stays as it is.

use serde_json::Value;

use super::detail::{Aim, Measured, Setting, Sighting, Stopped};
use super::record::{Record, Undo};
use super::value::tag;

/// The fields of a value.
type Fields = serde_json::Map<String, Value>;

impl Record {
    /// The same with each of its texts changed. The words that make its form are no texts: a secret that happens to be
    /// one of them, such as `approved`, leaves them alone.
    #[must_use]
    pub fn map_text(self, change: &impl Fn(String) -> String) -> Self {
        let all = |texts: Vec<String>| texts.into_iter().map(change).collect();
        let some = |text: Option<String>| text.map(change);
        match self {
            Self::RunStarted {
                format,
                version,
                run,
                script,
                script_sha256,
                environment,
                stdlib,
                approved,
                resumed,
                setting,
            } => Self::RunStarted {
                format,
                version,
                run,
                script: change(script),
                script_sha256,
                environment: change(environment),
                stdlib: some(stdlib),
                approved: all(approved),
                resumed,
                setting: setting.map(|setting| setting.map_text(change)),
            },
            Self::StartedOver { from, steps } => Self::StartedOver { from: change(from), steps: all(steps) },
            Self::Skipped { step, because } => Self::Skipped { step: change(step), because: change(because) },
            Self::Phase { name } => Self::Phase { name: change(name) },
            Self::StepStarted { step, undo } => {
                Self::StepStarted { step: change(step), undo: undo.map_text(change) }
            }
            Self::StepDone { step, value, milliseconds, found_done } => Self::StepDone {
                step: change(step),
                value: map_value(value, change),
                milliseconds,
                found_done,
            },
            Self::StepFailed { step, kind, message, milliseconds } => Self::StepFailed {
                step: change(step),
                kind: change(kind),
                message: change(message),
                milliseconds,
            },
            Self::UndoStarted { step } => Self::UndoStarted { step: change(step) },
            Self::Undone { step, milliseconds } => Self::Undone { step: change(step), milliseconds },
            Self::CallIntended { function, target, about, effect } => {
                Self::CallIntended { function, target: change(target), about: change(about), effect }
            }
            Self::CallEnded { of, milliseconds, problem, changed } => {
                Self::CallEnded { of, milliseconds, problem: some(problem), changed: all(changed) }
            }
            Self::Waited { what, milliseconds, last_seen, limit, seen } => {
                let seen = seen.into_iter().map(|seen| Sighting { text: change(seen.text), ..seen });
                Self::Waited {
                    what: change(what),
                    milliseconds,
                    last_seen: some(last_seen),
                    limit,
                    seen: seen.collect(),
                }
            }
            Self::Identity { cluster, uid, version } => {
                Self::Identity { cluster: change(cluster), uid: change(uid), version: change(version) }
            }
            Self::LeaseTaken { cluster, from, because } => {
                Self::LeaseTaken { cluster: change(cluster), from: some(from), because: some(because) }
            }
            Self::Approved { phase, by } => Self::Approved { phase: change(phase), by: change(by) },
            Self::PointOfNoReturn { reason } => Self::PointOfNoReturn { reason: change(reason) },
            Self::Note { text, warning, measured } => {
                let measured = measured.map(|measured| Measured {
                    what: change(measured.what),
                    because: some(measured.because),
                    ..measured
                });
                Self::Note { text: change(text), warning, measured }
            }
            Self::RunEnded { outcome, error } => {
                let error = error.map(|error| Stopped {
                    kind: change(error.kind),
                    message: change(error.message),
                    at: all(error.at),
                    hint: some(error.hint),
                });
                Self::RunEnded { outcome, error }
            }
        }
    }
}

impl Undo {
    fn map_text(self, change: &impl Fn(String) -> String) -> Self {
        match self {
            Self::Impossible(reason) => Self::Impossible(change(reason)),
            Self::Possible | Self::Nothing => self,
        }
    }
}

impl Setting {
    fn map_text(self, change: &impl Fn(String) -> String) -> Self {
        let aim = |aim: Aim| Aim { name: change(aim.name), place: change(aim.place), ..aim };
        let both = |(name, value): (String, String)| (change(name), change(value));
        Self {
            environment: change(self.environment),
            operator: change(self.operator),
            targets: self.targets.into_iter().map(aim).collect(),
            parameters: self.parameters.into_iter().map(both).collect(),
        }
    }
}

/// Changes the texts of a value and the names of its fields, but none of the tags that its encoding puts there.
fn map_value(value: Value, change: &impl Fn(String) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(list) => list.into_iter().map(|item| map_value(item, change)).collect(),
        Value::Object(fields) => match tag(&fields) {
            Some(tag) => {
                fields.into_iter().map(|(name, value)| (name, map_tagged(&tag, value, change))).collect()
            }
            None => map_fields(fields, change),
        },
        other => other,
    }
}

/// What is beneath a tag: a map there looks like a tag and is none.
fn map_tagged(tag: &str, value: Value, change: &impl Fn(String) -> String) -> Value {
    match value {
        Value::Object(fields) if tag == "$map" => map_fields(fields, change),
        other => map_value(other, change),
    }
}

fn map_fields(fields: Fields, change: &impl Fn(String) -> String) -> Value {
    fields.into_iter().map(|(name, value)| (change(name), map_value(value, change))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// One record of each kind, each text of which holds `canary`.
    fn all() -> Vec<Record> {
        let canary = || "a canary".to_owned();
        let setting = Setting {
            environment: canary(),
            operator: canary(),
            targets: vec![Aim { kind: "host".into(), name: canary(), place: canary(), read_only: true }],
            parameters: vec![(canary(), canary())],
        };
        let measured = Measured { what: canary(), answers: false, ago: 1, because: Some(canary()) };
        let stopped = Stopped { kind: canary(), message: canary(), at: vec![canary()], hint: Some(canary()) };
        vec![
            Record::RunStarted {
                format: 2,
                version: "1".into(),
                run: "0000beef".into(),
                script: canary(),
                script_sha256: "ab".into(),
                environment: canary(),
                stdlib: Some(canary()),
                approved: vec![canary()],
                resumed: true,
                setting: Some(setting),
            },
            Record::StartedOver { from: canary(), steps: vec![canary()] },
            Record::Skipped { step: canary(), because: canary() },
            Record::Phase { name: canary() },
            Record::StepStarted { step: canary(), undo: Undo::Impossible(canary()) },
            Record::StepDone {
                step: canary(),
                value: json!({"a canary": ["a canary", 1, {"b": "a canary", "$c": 1}, {"$map": {"$canary": "a canary"}}]}),
                milliseconds: 1,
                found_done: true,
            },
            Record::StepFailed { step: canary(), kind: canary(), message: canary(), milliseconds: 1 },
            Record::UndoStarted { step: canary() },
            Record::Undone { step: canary(), milliseconds: 1 },
            Record::CallIntended {
                function: "ssh".into(),
                target: canary(),
                about: canary(),
                effect: "change".into(),
            },
            Record::CallEnded { of: 1, milliseconds: 1, problem: Some(canary()), changed: vec![canary()] },
            Record::Waited {
                what: canary(),
                milliseconds: 1,
                last_seen: Some(canary()),
                limit: Some(1),
                seen: vec![Sighting { after: 1, text: canary() }],
            },
            Record::Identity { cluster: canary(), uid: canary(), version: canary() },
            Record::LeaseTaken { cluster: canary(), from: Some(canary()), because: Some(canary()) },
            Record::Approved { phase: canary(), by: canary() },
            Record::PointOfNoReturn { reason: canary() },
            Record::Note { text: canary(), warning: true, measured: Some(measured) },
            Record::RunEnded { outcome: super::super::Outcome::Failed, error: Some(stopped) },
        ]
    }

    #[test]
    fn every_text_of_every_record_is_changed_and_nothing_else() {
        for record in all() {
            let before = serde_json::to_string(&record).unwrap();
            let after =
                serde_json::to_string(&record.map_text(&|text| text.replace("canary", "song"))).unwrap();
            assert_eq!(after, before.replace("canary", "song"));
            assert!(before.contains("canary"));
        }
    }

    #[test]
    fn a_word_of_the_form_stays_whatever_is_changed() {
        for record in all() {
            let changed = serde_json::to_string(&record.map_text(&|_| "•••".to_owned())).unwrap();
            serde_json::from_str::<Record>(&changed).unwrap();
        }
        let tagged = json!([{"$char": "a"}, {"$map": {"$a": 1}}]);
        let mask = |text: String| text.replace("ap", "•••").replace("har", "•••");
        assert_eq!(map_value(tagged.clone(), &mask), tagged);
    }
}
