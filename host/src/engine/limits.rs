//! What a script may use up, and what it may not use at all.

use rhai::{Engine, NativeCallContext};

pub use crate::closure::STACK;
use crate::problem::{Problem, Reply};

/// How many operations a script may take: minutes of work.
const OPERATIONS: u64 = 500_000_000;

/// Script calls may nest this deep; [`STACK`] holds so many.
const CALL_LEVELS: usize = 96;

/// How many items all lists, and all maps, in one value may have.
const ITEMS: usize = 1 << 18;

/// Applies the limits.
pub fn apply(engine: &mut Engine) {
    engine
        .set_strict_variables(true)
        .set_max_call_levels(CALL_LEVELS)
        .set_max_expr_depths(128, 64)
        .set_max_operations(OPERATIONS)
        .set_max_string_size(64 << 20)
        .set_max_array_size(ITEMS)
        .set_max_map_size(ITEMS)
        .set_max_modules(256)
        .set_optimization_level(rhai::OptimizationLevel::None);
    engine.disable_symbol("eval");
    engine.register_fn("sleep", |context: NativeCallContext, _: i64| never_sleep(&context));
    engine.register_fn("sleep", |context: NativeCallContext, _: f64| never_sleep(&context));
}

/// Takes the place of Rhai's own, which would hold the thread whatever the operator does.
fn never_sleep(context: &NativeCallContext<'_>) -> Reply<()> {
    let problem = Problem::new("script", "nothing sleeps in a script");
    Err(problem.hint("wait for what you need with wait_for or oc_wait").at(context.call_position()))
}
