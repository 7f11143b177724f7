//! What happens in a run, as spans: the run holds its phases, they their steps, and those their waits and calls.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use opentelemetry::trace::{SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;

use crate::problem::Problem;
use crate::run::{Event, Listener, step_id};

/// The spans of one run.
pub struct Spans {
    tracer: SdkTracer,
    run: Context,
    open: Mutex<Open>,
}

/// Those that are open now.
#[derive(Default)]
struct Open {
    phase: Option<Context>,
    step: Option<Context>,
    waits: HashMap<u64, Context>,
}

impl Spans {
    /// Begins the span of a run of `script`.
    #[must_use]
    pub fn begin(tracer: SdkTracer, script: &str) -> Self {
        let builder = tracer.span_builder(format!("drsh {script}"));
        let run = Context::new().with_span(tracer.build_with_context(
            builder.with_attributes([KeyValue::new("drsh.script", script.to_owned())]),
            &Context::new(),
        ));
        Self { tracer, run, open: Mutex::default() }
    }

    /// Ends the span of the run, and those within it that are open still.
    pub fn end(&self, run: &str, problem: Option<&Problem>) {
        let mut open = self.open();
        end_within(&mut open, problem);
        if let Some(phase) = open.phase.take() {
            end(&phase, problem);
        }
        self.run.span().set_attribute(KeyValue::new("drsh.run", run.to_owned()));
        end(&self.run, problem);
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, name: String, attributes: Vec<KeyValue>, parent: &Context) -> Context {
        let builder = self.tracer.span_builder(name).with_attributes(attributes);
        parent.with_span(self.tracer.build_with_context(builder, parent))
    }
}

impl Open {
    /// The innermost span that everything else belongs to.
    fn innermost<'a>(&'a self, run: &'a Context) -> &'a Context {
        self.step.as_ref().or(self.phase.as_ref()).unwrap_or(run)
    }
}

fn end(span: &Context, problem: Option<&Problem>) {
    let span = span.span();
    if let Some(problem) = problem {
        span.set_attribute(KeyValue::new("error.type", problem.kind.to_string()));
        span.set_status(Status::error(problem.message.clone()));
    }
    span.end();
}

/// Ends the step, and the waits that its end leaves open.
fn end_within(open: &mut Open, problem: Option<&Problem>) {
    for (_, wait) in open.waits.drain() {
        wait.span().end();
    }
    if let Some(step) = open.step.take() {
        end(&step, problem);
    }
}

fn text(key: &'static str, value: &str) -> KeyValue {
    KeyValue::new(key, value.to_owned())
}

impl Listener for Spans {
    fn hear(&self, event: &Event) {
        let mut open = self.open();
        match event {
            Event::Phase(name) => {
                end_within(&mut open, None);
                if let Some(phase) = open.phase.take() {
                    end(&phase, None);
                }
                open.phase = Some(self.start(format!("phase {name}"), Vec::new(), &self.run));
            }
            Event::StepStarted(step) => {
                end_within(&mut open, None);
                let parent = open.phase.as_ref().unwrap_or(&self.run);
                let begun = self.start(step.clone(), vec![text("drsh.step.id", &step_id(step))], parent);
                open.step = Some(begun);
            }
            Event::StepDone { replayed, .. } => {
                if let Some(step) = &open.step {
                    step.span().set_attribute(KeyValue::new("drsh.step.replayed", *replayed));
                }
                end_within(&mut open, None);
            }
            Event::StepSkipped { because, .. } => {
                if let Some(step) = &open.step {
                    step.span().set_attribute(text("drsh.step.skipped", because));
                }
                end_within(&mut open, None);
            }
            Event::StepFailed { problem, .. } => end_within(&mut open, Some(problem)),
            Event::WaitBegan { number, what, limit } => {
                let limit = KeyValue::new("drsh.wait.limit_seconds", limit.as_secs_f64());
                let begun = self.start(format!("wait for {what}"), vec![limit], open.innermost(&self.run));
                open.waits.insert(*number, begun);
            }
            Event::Waiting { number, seen, .. } => {
                if let Some(wait) = open.waits.get(number) {
                    wait.span().add_event("seen", vec![text("drsh.wait.seen", seen)]);
                }
            }
            Event::WaitEnded { number, .. } => {
                if let Some(wait) = open.waits.remove(number) {
                    wait.span().end();
                }
            }
            Event::Called { function, target, about, effect, took, problem } => {
                let attributes = [
                    text("drsh.target", target),
                    text("drsh.about", about),
                    text("drsh.effect", &effect.to_string()),
                ];
                let now = SystemTime::now();
                let began = now.checked_sub(*took).unwrap_or(now);
                let builder = self.tracer.span_builder(function.clone()).with_kind(SpanKind::Client);
                let builder = builder.with_start_time(began).with_attributes(attributes);
                let parent = open.innermost(&self.run);
                let call = parent.with_span(self.tracer.build_with_context(builder, parent));
                end(&call, problem.as_ref());
            }
            Event::Warned(warning) => {
                open.innermost(&self.run).span().add_event("warning", vec![text("drsh.text", warning)]);
            }
            Event::Planned(_) | Event::Said(_) | Event::Streamed { .. } => {}
        }
    }
}
