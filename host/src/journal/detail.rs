//! Details that records may carry for a report. An older program passes over them: each is an optional field of a
//! record that it knows.

use serde::{Deserialize, Serialize};

/// More texts than these are not kept of one wait: the first, and the last before its end.
const MOST_SIGHTINGS: usize = 12;

/// A longer text is cut, in characters.
const LONGEST: usize = 400;

/// What a wait saw, when it was new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// How long after the wait began, in milliseconds.
    pub after: u64,
    /// What was still missing.
    pub text: String,
}

/// Adds what a wait saw to what it saw before. There are never more than a few: the first of them, and the latest.
pub fn sight(seen: &mut Vec<Sighting>, after: u64, text: &str) {
    if seen.len() == MOST_SIGHTINGS {
        seen.remove(MOST_SIGHTINGS / 2);
    }
    seen.push(Sighting { after, text: cut(text) });
}

/// A change of what a probe measures beside the script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// What is measured: `API of cluster hosted at api.example.com`.
    pub what: String,
    /// Whether it answers from now on.
    pub answers: bool,
    /// How long before this record it began to be so, in milliseconds.
    pub ago: u64,
    /// Why it does not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// An error that ended the run, in the parts that the operator read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Its word.
    pub kind: String,
    /// What failed.
    pub message: String,
    /// Where: `FILE:LINE`, the script's own line first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<String>,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What a start of the run began with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// What the environment calls itself.
    pub environment: String,
    /// Who began it: `root@bastion`.
    pub operator: String,
    /// The declared targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Aim>,
    /// The parameters by name; without secrets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<(String, String)>,
}

/// One declared target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aim {
    /// What it is: `cluster`, `host`, `bucket`, `zone`, `folder`.
    pub kind: String,
    /// Its name in the environment.
    pub name: String,
    /// What the environment says of where it is.
    pub place: String,
    /// Whether it may only be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
}

/// A text that is short enough for a record.
#[must_use]
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_wait_the_first_and_the_latest_sightings_are_kept() {
        let mut seen = Vec::new();
        for number in 0..1000 {
            sight(&mut seen, number, &format!("{number} {}", "x".repeat(5000)));
        }
        let kept: Vec<u64> = seen.iter().map(|one| one.after).collect();
        assert_eq!(kept, [0, 1, 2, 3, 4, 5, 994, 995, 996, 997, 998, 999]);
        assert!(seen.iter().all(|one| one.text.chars().count() <= LONGEST + 3));
    }
}
