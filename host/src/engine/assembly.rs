//! Puts the engine together: one line a family.

use std::sync::Arc;

use rhai::{Engine, EvalAltResult};

use super::library::Library;
use super::{Report, Script, limits, resolver};
use crate::declare::Family;
use crate::problem::Problem;
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
    let is_looking = run.is_some_and(|run| run.is_looking());
    engine.set_module_resolver(resolver::Jail::new(library.clone(), is_looking));
    for family in families() {
        engine.register_global_module(family.into_module().into());
    }
    if let Some(run) = run {
        if run.is_planning() {
            unknown::declare(&mut engine);
        }
        if is_looking {
            steps::look::declare(&mut engine);
        }
        engine.set_default_tag(rhai::Dynamic::from(run.clone()));
        let listener = run.clone();
        engine.on_print(move |text| listener.tell(Event::Said(text.to_owned())));
        let listener = run.clone();
        engine.on_progress(move |count| {
            (count.trailing_zeros() >= 8 && listener.cancel().is_cancelled())
                .then(|| "interrupted by the operator".into())
        });
    }
    engine
}

/// Puts every stdlib module at hand by its name, without an import: for lines that are typed.
///
/// Errors: `script` naming the first module that does not load; those before and after it are at hand.
pub fn put_modules_at_hand(engine: &mut Engine) -> Result<(), Problem> {
    let names = super::built_in::FILES.iter().filter_map(|(name, _)| name.strip_prefix("stdlib/"));
    let mut done = Ok(());
    for name in names.filter_map(|name| name.strip_suffix(".rhai")) {
        match engine.module_resolver().resolve(engine, None, name, rhai::Position::NONE) {
            Ok(module) => drop(engine.register_static_module(name, module)),
            Err(error) => {
                done = done.and(Err(Problem::within(&error).unwrap_or_else(|| not_loaded(name, &error))));
            }
        }
    }
    done
}

/// Says where a module, or one that it imports, is broken.
fn not_loaded(name: &str, error: &EvalAltResult) -> Problem {
    let Report { problem, frames } = Report::of(error, &Script::from_text(name, ""));
    let place = frames.last().map_or(String::new(), |frame| format!("{}:{}: ", frame.source, frame.line));
    Problem::new("script", format!("the module `{name}` does not load: {place}{}", problem.message))
        .hint("mend it there; what imports it is not at hand either")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_run_a_script_reaches_nothing() {
        let engine = engine(None, &Arc::new(Library::default()));
        let error = engine.eval::<rhai::Dynamic>("host(\"master-1\")").unwrap_err();
        let problem = Problem::within(&error).unwrap();
        assert_eq!(problem.message, "this function needs a run, and none is under way");
    }
}
