//! Reads the lines of a journal into the model.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::model::{
    Activity, Approval, Call, Fate, Identity, Lease, Remark, Report, SCHEMA, Start, State, Step, Superseded,
    Wait, Way,
};
use super::words::tame;
use super::{checksum, downtime};
use crate::journal::{Line, Outcome, Record, Setting, Sighting, Undo};
use crate::problem::Problem;
use crate::run::step_id;

/// A longer text is cut, in characters: the journal has all of it.
const LONGEST: usize = 2000;

/// Makes the report of the run with these lines; `is_held` says whether a process carries it out at present.
///
/// Errors: `journal` if the lines do not begin with a run.
pub fn gather(lines: &[Line], is_held: bool) -> Result<Report, Problem> {
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Err(nothing()) };
    let Record::RunStarted { run, script, script_sha256, environment, setting, .. } = &first.record else {
        return Err(nothing());
    };
    let mut gatherer = Gatherer::default();
    for line in lines {
        gatherer.take(line);
    }
    gatherer.close(is_held);
    let state = match gatherer.starts.last().and_then(|start| start.outcome) {
        Some(outcome) => State::Ended(outcome),
        None if is_held => State::Running,
        None => State::Died,
    };
    let downtime = downtime::measured(lines, &gatherer.starts);
    Ok(Report {
        schema: SCHEMA,
        run: run.clone(),
        state,
        script: tame(script),
        script_sha256: script_sha256.clone(),
        environment_file: tame(environment),
        setting: setting.clone().map(tamed),
        began: first.at,
        last: last.at,
        identities: gatherer.identities,
        starts: gatherer.starts,
        steps: gatherer.steps,
        between: gatherer.between,
        approvals: gatherer.approvals,
        leases: gatherer.leases,
        points_of_no_return: gatherer.points_of_no_return,
        warnings: gatherer.warnings,
        notes: gatherer.notes,
        downtime,
        checksums: checksum::found(lines),
    })
}

fn tamed(mut setting: Setting) -> Setting {
    setting.environment = tame(&setting.environment);
    setting.operator = tame(&setting.operator);
    for aim in &mut setting.targets {
        aim.place = tame(&aim.place);
        aim.name = tame(&aim.name);
    }
    for (name, value) in &mut setting.parameters {
        (*name, *value) = (tame(name), short(value));
    }
    setting
}

fn nothing() -> Problem {
    Problem::new("journal", "the journal does not begin with a run, so there is nothing to report")
        .hint("the process died before anything was done: start a new run")
}

#[derive(Default)]
struct Gatherer {
    starts: Vec<Start>,
    steps: Vec<Step>,
    between: Activity,
    identities: Vec<Identity>,
    approvals: Vec<Approval>,
    leases: Vec<Lease>,
    points_of_no_return: Vec<Remark>,
    warnings: Vec<Remark>,
    notes: Vec<Remark>,
    phase: Option<String>,
    /// The place of the step under way.
    open: Option<usize>,
    /// The calls that have not ended: where they stand, by the number of their line.
    calls: HashMap<u64, (Option<usize>, usize)>,
}

impl Gatherer {
    fn take(&mut self, line: &Line) {
        let at = line.at;
        if let Record::RunStarted { .. } = &line.record {
            self.close(false);
        }
        match &line.record {
            Record::RunStarted { .. } => self.start(line),
            Record::StartedOver { from, steps } => {
                if let Some(start) = self.starts.last_mut() {
                    start.started_over_from = Some(from.clone());
                }
                self.supersede(Superseded::StartedOver, |step| steps.contains(&step.id));
                let from_journal = self.done();
                if let Some(start) = self.starts.last_mut() {
                    start.from_journal = from_journal;
                }
            }
            Record::Skipped { step, because } => {
                let place = self.begin(step, at, None);
                self.end(place, at, Fate::Skipped, Some(0), Some(because));
            }
            Record::Phase { name } => self.phase = Some(tame(name)),
            Record::StepStarted { step, undo } => {
                self.open = Some(self.begin(step, at, Some(undo.clone())));
            }
            Record::StepDone { step, milliseconds, found_done, .. } => {
                let fate = if *found_done { Fate::FoundDone } else { Fate::Done };
                let place = self.opened(step, earlier(at, *milliseconds));
                self.end(place, at, fate, Some(*milliseconds), None);
            }
            Record::StepFailed { step, message, milliseconds, .. } => {
                let place = self.opened(step, earlier(at, *milliseconds));
                self.end(place, at, Fate::Failed, Some(*milliseconds), Some(message));
            }
            Record::UndoStarted { step } => self.begin_undo(step, at),
            Record::Undone { step, milliseconds } => {
                let id = step_id(step);
                self.supersede(Superseded::Undone, |step| step.id == id);
                let place = self.opened(step, earlier(at, *milliseconds));
                self.end(place, at, Fate::Undone, Some(*milliseconds), None);
            }
            Record::CallIntended { .. } | Record::CallEnded { .. } => self.call(line),
            Record::Waited { what, milliseconds, last_seen, limit, seen } => {
                let mut seen = seen.clone();
                if let (true, Some(text)) = (seen.is_empty(), last_seen) {
                    seen.push(Sighting { after: *milliseconds, text: text.clone() });
                }
                seen.retain(|one| !one.text.is_empty());
                for one in &mut seen {
                    one.text = short(&one.text);
                }
                let (milliseconds, limit) = (*milliseconds, *limit);
                let began = earlier(at, milliseconds);
                let (what, ran_out) = (short(what), last_seen.is_some());
                self.activity().waits.push(Wait { what, began, milliseconds, limit, ran_out, seen });
            }
            Record::Identity { cluster, uid, version } => {
                let met = Identity { cluster: cluster.clone(), uid: uid.clone(), version: version.clone() };
                if !self.identities.contains(&met) {
                    self.identities.push(met);
                }
            }
            Record::LeaseTaken { cluster, from, because } => {
                let (cluster, from, because) = (cluster.clone(), from.clone(), because.clone());
                self.leases.push(Lease { at, cluster, from, because });
            }
            Record::Approved { phase, by } => {
                self.approvals.push(Approval { at, phase: phase.clone(), by: by.clone() });
            }
            Record::PointOfNoReturn { reason } => {
                let remark = self.remark(at, reason);
                if !self.points_of_no_return.iter().any(|one| one.text == remark.text) {
                    self.points_of_no_return.push(remark);
                }
            }
            // What was measured has a place of its own.
            Record::Note { measured: Some(_), .. } => {}
            Record::Note { text, warning, .. } => {
                let remark = self.remark(at, text);
                if *warning { self.warnings.push(remark) } else { self.notes.push(remark) }
            }
            Record::RunEnded { outcome, error } => {
                if let Some(start) = self.starts.last_mut() {
                    start.outcome = Some(*outcome);
                    start.error = error.clone().map(|mut error| {
                        error.message = short(&error.message);
                        error.hint = error.hint.as_deref().map(short);
                        error.at.iter_mut().for_each(|at| *at = tame(at));
                        error
                    });
                    if *outcome == Outcome::Undone {
                        start.way = Way::Undo;
                    }
                }
            }
        }
        if let Some(start) = self.starts.last_mut() {
            start.last = at;
        }
    }

    fn start(&mut self, line: &Line) {
        let Record::RunStarted { resumed, version, script_sha256, setting, .. } = &line.record else {
            return;
        };
        self.phase = None;
        self.starts.push(Start {
            number: self.starts.len() + 1,
            way: if *resumed { Way::Resume } else { Way::First },
            began: line.at,
            last: line.at,
            outcome: None,
            error: None,
            operator: setting.as_ref().map(|setting| setting.operator.clone()),
            version: version.clone(),
            script_sha256: script_sha256.clone(),
            from_journal: self.done(),
            started_over_from: None,
        });
    }

    /// The process ended, or the journal did: what was under way has no end of its own.
    fn close(&mut self, is_held: bool) {
        self.calls.clear();
        let Some(place) = self.open.take() else { return };
        let last = self.starts.last().map(|start| start.last);
        if let Some(step) = self.steps.get_mut(place) {
            step.fate = if is_held { Fate::Running } else { Fate::Interrupted };
            step.ended = if is_held { None } else { last };
        }
    }

    fn begin(&mut self, name: &str, at: Timestamp, undo: Option<Undo>) -> usize {
        let id = step_id(name);
        // A skipped step is recorded by its id alone.
        let known = self.steps.iter().find(|step| step.id == id && step.name.len() > name.len());
        let (name, phase) = match known {
            Some(known) => (known.name.clone(), self.phase.clone().or_else(|| known.phase.clone())),
            None => (tame(name), self.phase.clone()),
        };
        self.steps.push(Step {
            id,
            name,
            phase,
            start: self.starts.len(),
            fate: Fate::Running,
            superseded: None,
            undo,
            began: at,
            ended: None,
            milliseconds: None,
            because: None,
            activity: Activity::default(),
        });
        self.steps.len() - 1
    }

    fn begin_undo(&mut self, step: &str, at: Timestamp) {
        if let Some(start) = self.starts.last_mut() {
            start.way = Way::Undo;
        }
        self.close(false);
        self.phase = Some("undo".to_owned());
        self.open = Some(self.begin(step, at, None));
    }

    /// The step that was begun, or one that came to its end without: its own check found it done.
    fn opened(&mut self, name: &str, began: Timestamp) -> usize {
        let id = step_id(name);
        match self.open.take() {
            Some(place) if self.steps.get(place).is_some_and(|step| step.id == id) => place,
            _ => self.begin(name, began, None),
        }
    }

    fn end(&mut self, place: usize, at: Timestamp, fate: Fate, took: Option<u64>, because: Option<&String>) {
        let Some(step) = self.steps.get_mut(place) else { return };
        step.fate = fate;
        step.ended = Some(at);
        step.milliseconds = took;
        step.because = because.map(|text| short(text));
    }

    /// How many steps are done, and stay so.
    fn done(&self) -> usize {
        self.steps.iter().filter(|step| step.is_done()).count()
    }

    fn supersede(&mut self, how: Superseded, which: impl Fn(&Step) -> bool) {
        self.steps.iter_mut().filter(|step| step.is_done() && which(step)).for_each(|step| {
            step.superseded = Some(how);
        });
    }

    fn activity(&mut self) -> &mut Activity {
        match self.open.and_then(|place| self.steps.get_mut(place)) {
            Some(step) => &mut step.activity,
            None => &mut self.between,
        }
    }

    fn call(&mut self, line: &Line) {
        match &line.record {
            Record::CallIntended { function, target, about, effect } => {
                let call = Call {
                    function: function.clone(),
                    target: target.clone(),
                    about: short(about),
                    effect: effect.clone(),
                    began: line.at,
                    milliseconds: None,
                    problem: None,
                    changed: Vec::new(),
                };
                let open = self.open;
                let calls = &mut self.activity().calls;
                calls.push(call);
                let place = (open, calls.len() - 1);
                self.calls.insert(line.seq, place);
            }
            Record::CallEnded { of, milliseconds, problem, changed } => {
                let Some((step, place)) = self.calls.remove(of) else { return };
                let activity = match step.and_then(|step| self.steps.get_mut(step)) {
                    Some(step) => &mut step.activity,
                    None => &mut self.between,
                };
                if let Some(call) = activity.calls.get_mut(place) {
                    call.milliseconds = Some(*milliseconds);
                    call.problem = problem.as_deref().map(short);
                    call.changed = changed.iter().map(|line| tame(line)).collect();
                }
            }
            _ => {}
        }
    }

    fn remark(&self, at: Timestamp, text: &str) -> Remark {
        let step = self.open.and_then(|place| self.steps.get(place)).map(|step| step.id.clone());
        Remark { at, step, text: short(text) }
    }
}

fn earlier(at: Timestamp, milliseconds: u64) -> Timestamp {
    let back = SignedDuration::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX));
    at.checked_sub(back).unwrap_or(at)
}

/// A text as a page or a terminal may have it: not too long, and nothing in it that steers what shows it.
fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => {
            let left = text[end..].chars().count();
            format!("{} ... and {left} characters more, which `drsh show` has", tame(&text[..end]))
        }
        None => tame(text),
    }
}
