//! Puts the engine together: one line a family.

use std::sync::Arc;

use rhai::Engine;

use super::library::Library;
use super::{limits, resolver};
use crate::declare::Family;
use crate::run::{Event, Run};
use crate::{files, oc, pki, route53, s3, ssh, steps, text, time, unknown};

/// Every family, in the order in which the reference lists them.
#[must_use]
pub fn families() -> Vec<Family> {
    vec![
        steps::family(),
        oc::family(),
        ssh::family(),
        s3::family(),
        route53::family(),
        pki::family(),
        files::family(),
        time::family(),
        text::family(),
    ]
}

/// Assembles an engine whose functions act in `run`; without one, scripts can be read but reach nothing.
#[must_use]
pub fn engine(run: Option<&Arc<Run>>, library: &Arc<Library>) -> Engine {
    let mut engine = Engine::new();
    limits::apply(&mut engine);
    engine.set_module_resolver(resolver::Jail::new(library.clone()));
    for family in families() {
        engine.register_global_module(family.into_module().into());
    }
    if let Some(run) = run {
        if run.is_planning() {
            unknown::declare(&mut engine);
        }
        engine.set_default_tag(rhai::Dynamic::from(run.clone()));
        let listener = run.clone();
        engine.on_print(move |text| listener.tell(Event::Said(text.to_owned())));
        let cancel = run.cancel().clone();
        engine.on_progress(move |count| {
            (count.trailing_zeros() >= 8 && cancel.is_cancelled())
                .then(|| "interrupted by the operator".into())
        });
    }
    engine
}
