//! What a script may use up, and what it may not use at all.

use rhai::Engine;

/// Script calls may nest this deep; [`STACK`] holds so many.
const CALL_LEVELS: usize = 96;

/// How much stack a thread that runs scripts needs.
pub const STACK: usize = 16 << 20;

/// Applies the limits.
pub fn apply(engine: &mut Engine) {
    engine
        .set_strict_variables(true)
        .set_max_call_levels(CALL_LEVELS)
        .set_max_expr_depths(128, 64)
        .set_max_operations(500_000_000)
        .set_max_string_size(64 << 20)
        .set_max_array_size(1 << 20)
        .set_max_map_size(1 << 20)
        .set_max_modules(256)
        .set_optimization_level(rhai::OptimizationLevel::None);
    for banned in ["eval", "sleep", "print", "debug"] {
        engine.disable_symbol(banned);
    }
}
