//! What a report says of a run. The JSON form is this very structure: times in UTC (RFC 3339), durations in milliseconds.

use jiff::Timestamp;
use serde::Serialize;

use crate::journal::{Outcome, Setting, Sighting, Stopped, Undo};

/// The version of the form. Fields may come to it; it grows where one goes or means something else.
pub const SCHEMA: u32 = 1;

/// The report of one run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The version of this form.
    pub schema: u32,
    /// The run's id.
    pub run: String,
    /// How it stands.
    pub state: State,
    /// The script, as the operator named it.
    pub script: String,
    /// The SHA-256 of the script's text at first, in hex.
    pub script_sha256: String,
    /// The environment file.
    pub environment_file: String,
    /// Where it was begun and by whom; absent in runs of an older drsh.
    pub setting: Option<Setting>,
    /// When it began.
    pub began: Timestamp,
    /// When its last record was written.
    pub last: Timestamp,
    /// The clusters as they were met.
    pub identities: Vec<Identity>,
    /// Each process that carried it out.
    pub starts: Vec<Start>,
    /// Each time that a step was begun, skipped or undone, in order.
    pub steps: Vec<Step>,
    /// What happened outside of steps.
    pub between: Activity,
    /// What the operator approved.
    pub approvals: Vec<Approval>,
    /// The clusters that the run kept others off.
    pub leases: Vec<Lease>,
    /// From when on nothing earlier is undone.
    pub points_of_no_return: Vec<Remark>,
    /// What the operator should look at.
    pub warnings: Vec<Remark>,
    /// What the script kept: proofs, decisions.
    pub notes: Vec<Remark>,
    /// What was measured beside the script.
    pub downtime: Vec<Downtime>,
    /// The checksums of what was saved.
    pub checksums: Vec<Checksum>,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// A process carries it out at present.
    Running,
    /// Its process died: it can be resumed.
    Died,
    /// It ended so.
    #[serde(untagged)]
    Ended(Outcome),
}

/// Which way a process went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// From the beginning.
    First,
    /// On from where it stood.
    Resume,
    /// Back.
    Undo,
}

/// One process that carried the run out.
#[derive(Debug, Clone, Serialize)]
pub struct Start {
    /// Its number, from 1.
    pub number: usize,
    /// Which way it went.
    pub way: Way,
    /// When it began.
    pub began: Timestamp,
    /// When its last record was written.
    pub last: Timestamp,
    /// How it ended; absent where it died or still runs.
    pub outcome: Option<Outcome>,
    /// What stopped it.
    pub error: Option<Stopped>,
    /// Who began it.
    pub operator: Option<String>,
    /// The version of drsh.
    pub version: String,
    /// The SHA-256 of the script's text then.
    pub script_sha256: String,
    /// How many steps it found done in the journal.
    pub from_journal: usize,
    /// The step from which on it did everything again.
    pub started_over_from: Option<String>,
}

/// A cluster as it was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Its name in the environment.
    pub cluster: String,
    /// The UID of its `kube-system` namespace.
    pub uid: String,
    /// Its version.
    pub version: String,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is done.
    Done,
    /// Its own check found it done after an interruption.
    FoundDone,
    /// It stopped on an error.
    Failed,
    /// Its process ended meanwhile.
    Interrupted,
    /// It is under way.
    Running,
    /// The operator went on without it.
    Skipped,
    /// It was undone.
    Undone,
}

/// What a later process made of a step that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Superseded {
    /// It undid it.
    Undone,
    /// It was to do it again.
    StartedOver,
}

/// One time that a step was begun, skipped or undone.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Its id, which stays when the title is edited.
    pub id: String,
    /// Its id and title.
    pub name: String,
    /// The phase that it belongs to.
    pub phase: Option<String>,
    /// The number of the process that did it.
    pub start: usize,
    /// What became of it.
    pub fate: Fate,
    /// What a later process made of it, where it was done.
    pub superseded: Option<Superseded>,
    /// How it can be undone.
    pub undo: Option<Undo>,
    /// When it began.
    pub began: Timestamp,
    /// When it ended, or its process did.
    pub ended: Option<Timestamp>,
    /// How long it took; absent where it has no end.
    pub milliseconds: Option<u64>,
    /// What it stopped on, or why it was skipped.
    pub because: Option<String>,
    /// What happened in it.
    #[serde(flatten)]
    pub activity: Activity,
}

impl Step {
    /// Whether it is done, and no later process changed that.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.fate, Fate::Done | Fate::FoundDone) && self.superseded.is_none()
    }
}

/// What happened in a step, or between steps.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Activity {
    /// What was waited for.
    pub waits: Vec<Wait>,
    /// What was changed.
    pub calls: Vec<Call>,
}

/// A wait.
#[derive(Debug, Clone, Serialize)]
pub struct Wait {
    /// What for.
    pub what: String,
    /// When it began.
    pub began: Timestamp,
    /// How long it took.
    pub milliseconds: u64,
    /// How long it might have taken.
    pub limit: Option<u64>,
    /// Whether it ran out of time.
    pub ran_out: bool,
    /// What was still missing meanwhile: the first of it, and the latest.
    pub seen: Vec<Sighting>,
}

/// A change.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// The function.
    pub function: String,
    /// The target, as `cluster source`.
    pub target: String,
    /// What it is about, as `patch hc/demo in clusters`.
    pub about: String,
    /// Whether it can be changed back.
    pub effect: String,
    /// When it was about to be made.
    pub began: Timestamp,
    /// How long it took; absent where nothing tells whether it was made.
    pub milliseconds: Option<u64>,
    /// What went wrong.
    pub problem: Option<String>,
    /// What became different, a field a line.
    pub changed: Vec<String>,
}

/// An approval.
#[derive(Debug, Clone, Serialize)]
pub struct Approval {
    /// When.
    pub at: Timestamp,
    /// The phase.
    pub phase: String,
    /// By what.
    pub by: String,
}

/// A lease that the run took.
#[derive(Debug, Clone, Serialize)]
pub struct Lease {
    /// When.
    pub at: Timestamp,
    /// The cluster.
    pub cluster: String,
    /// Who had it before.
    pub from: Option<String>,
    /// Why it could be taken from there.
    pub because: Option<String>,
}

/// Words of the script.
#[derive(Debug, Clone, Serialize)]
pub struct Remark {
    /// When.
    pub at: Timestamp,
    /// The step that it was said in.
    pub step: Option<String>,
    /// The words.
    pub text: String,
}

/// What a probe measured.
#[derive(Debug, Clone, Serialize)]
pub struct Downtime {
    /// What was measured.
    pub what: String,
    /// When it was measured.
    pub measured: Vec<Span>,
    /// When it did not answer, while it was measured.
    pub away: Vec<Absence>,
    /// When nothing was measured: between the processes.
    pub gaps: Vec<Gap>,
    /// How long it was measured, all in all.
    pub measured_milliseconds: u64,
    /// How long it did not answer while it was measured.
    pub away_milliseconds: u64,
    /// The same, with the gaps on whose edges it did not answer: it may have been away so long.
    pub at_most_milliseconds: u64,
}

/// A time.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Span {
    /// From when.
    pub from: Timestamp,
    /// To when.
    pub to: Timestamp,
}

/// A time without an answer.
#[derive(Debug, Clone, Serialize)]
pub struct Absence {
    /// When.
    #[serde(flatten)]
    pub span: Span,
    /// Why, as it was said first.
    pub because: String,
    /// Whether it was seen to end.
    pub ended: bool,
}

/// A time that was not measured.
#[derive(Debug, Clone, Serialize)]
pub struct Gap {
    /// When.
    #[serde(flatten)]
    pub span: Span,
    /// Whether it did not answer just before.
    pub away_before: bool,
    /// Whether it did not answer just after.
    pub away_after: bool,
}

/// The checksum of something that was saved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Checksum {
    /// What.
    pub name: String,
    /// Its SHA-256, in hex.
    pub sha256: String,
    /// Its size in bytes, where it is known.
    pub size: Option<u64>,
}
