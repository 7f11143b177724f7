//! What the journal records.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::detail::{Measured, Setting, Sighting, Stopped};

/// The version of the form; a later program reads every earlier one.
///
/// 2 knows who had a cluster before, and where a resume began and what it skipped.
pub const FORMAT: u32 = 2;

/// How a finished step can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undo {
    /// By its undo function, with the recorded value.
    Possible,
    /// It cannot be, for the reason given.
    Impossible(String),
    /// There is nothing to undo: the step only looks.
    Nothing,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every step of the script is done.
    Done,
    /// A step failed; the run can be resumed.
    Failed,
    /// Policy or a missing approval refused a step; the run can be resumed.
    Refused,
    /// The operator interrupted it; the run can be resumed.
    Interrupted,
    /// What could be undone is undone.
    Undone,
}

/// One record. Secrets never stand in one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Record {
    /// A process began to carry the run out: the first time, or again.
    RunStarted {
        /// The version of this form.
        format: u32,
        /// The version of the program.
        version: String,
        /// The run's id.
        run: String,
        /// The script, as the operator named it.
        script: String,
        /// The SHA-256 of its text, in hex.
        script_sha256: String,
        /// The environment file.
        environment: String,
        /// The folder whose stdlib modules come before the built-in ones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stdlib: Option<String>,
        /// The phases approved beforehand.
        approved: Vec<String>,
        /// Whether it goes on with an earlier start.
        resumed: bool,
        /// Where it is carried out, and by whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        setting: Option<Setting>,
    },
    /// The operator asked to do steps again that were done: they count as never begun.
    StartedOver {
        /// The first of them, as the operator named it.
        from: String,
        /// Their ids, oldest first.
        steps: Vec<String>,
    },
    /// The operator asked to go on without a step.
    Skipped {
        /// Its id.
        step: String,
        /// The reason that was given.
        because: String,
    },
    /// A phase of the script began.
    Phase {
        /// Its name.
        name: String,
    },
    /// A step is about to act.
    StepStarted {
        /// Its id and title.
        step: String,
        /// How it can be undone.
        undo: Undo,
    },
    /// A step is done.
    StepDone {
        /// Its id and title.
        step: String,
        /// What it gave back, encoded.
        value: Value,
        /// How long it took.
        milliseconds: u64,
        /// Whether its own check said so after an interruption, instead of its run.
        found_done: bool,
    },
    /// A step stopped on an error.
    StepFailed {
        /// Its id and title.
        step: String,
        /// The error's word.
        kind: String,
        /// The error.
        message: String,
        /// How long it took.
        milliseconds: u64,
    },
    /// A step is about to be undone.
    UndoStarted {
        /// Its id and title.
        step: String,
    },
    /// A step is undone: a later start of the run does it again.
    Undone {
        /// Its id and title.
        step: String,
        /// How long it took.
        milliseconds: u64,
    },
    /// A call that changes something is about to be made.
    CallIntended {
        /// The function.
        function: String,
        /// The target, as `cluster source`.
        target: String,
        /// What it is about.
        about: String,
        /// Its effect.
        effect: String,
    },
    /// The call of the line `of` ended.
    CallEnded {
        /// The sequence number of the intent.
        of: u64,
        /// How long it took.
        milliseconds: u64,
        /// What went wrong, if something did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
        /// What became different, a field a line; secrets masked.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changed: Vec<String>,
    },
    /// A wait ended.
    Waited {
        /// What for.
        what: String,
        /// How long it took.
        milliseconds: u64,
        /// What was seen last, where it ran out of time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_seen: Option<String>,
        /// How long it might have taken, in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<u64>,
        /// What was still missing meanwhile.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seen: Vec<Sighting>,
    },
    /// A cluster was contacted for the first time in this run.
    Identity {
        /// Its name in the environment.
        cluster: String,
        /// The UID of its `kube-system` namespace.
        uid: String,
        /// Its version.
        version: String,
    },
    /// The run took the lease that keeps other operators off a cluster.
    LeaseTaken {
        /// The cluster's name in the environment.
        cluster: String,
        /// Who had it before, where somebody had.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// Why it could be taken from there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<String>,
    },
    /// The operator approved a phase.
    Approved {
        /// Its name.
        phase: String,
        /// By what: an approval given before, or what was typed.
        by: String,
    },
    /// From here on, nothing earlier is undone.
    PointOfNoReturn {
        /// Why.
        reason: String,
    },
    /// Something that the script wants kept: a proof, a checksum, a decision.
    Note {
        /// The words.
        text: String,
        /// Whether the operator should look at it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        warning: bool,
        /// What a probe measured, where the words say that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        measured: Option<Measured>,
    },
    /// The process ended the run.
    RunEnded {
        /// How.
        outcome: Outcome,
        /// What stopped it, where something did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<Stopped>,
    },
}

impl Record {
    /// Words that are kept.
    #[must_use]
    pub fn note(text: impl Into<String>) -> Self {
        Self::Note { text: text.into(), warning: false, measured: None }
    }
}
