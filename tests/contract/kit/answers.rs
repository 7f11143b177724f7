//! What the real server answered: one file a topic, recorded on demand.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::normal::Transcript;

/// The recorded cases of a topic.
pub type AnswerFile = BTreeMap<String, Value>;

static WRITING: Mutex<()> = Mutex::new(());

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/contract/answers")
}

fn read(topic: &str) -> AnswerFile {
    let text = std::fs::read_to_string(folder().join(format!("{topic}.json"))).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// The topics that have a file, with their cases.
pub fn recorded_files() -> BTreeMap<String, AnswerFile> {
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let topic = |file: &PathBuf| file.file_stem().unwrap().to_string_lossy().into_owned();
    files.map(|file| (topic(&file), read(&topic(&file)))).collect()
}

/// What the real server answered in a case.
pub fn recorded(topic: &str, name: &str) -> Option<Transcript> {
    let case = read(topic).remove(name)?;
    let observations = case.as_array()?.iter().filter_map(|seen| seen.as_object()?.iter().next());
    Some(observations.map(|(what, value)| (what.clone(), value.clone())).collect())
}

/// Keeps what the real server answered in a case.
pub fn record(topic: &str, name: &str, transcript: &Transcript) {
    let _one_at_a_time = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut answers = read(topic);
    let case = transcript.iter().map(|(what, value)| json!({ what.as_str(): value })).collect();
    answers.insert(name.to_owned(), case);
    let text = serde_json::to_string_pretty(&answers).unwrap() + "\n";
    std::fs::write(folder().join(format!("{topic}.json")), text).unwrap();
}
