//! `drsh plan`: what it says of each kind of change, and that nothing is changed by it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is surprised"
)]
#![allow(dead_code, unused_imports, reason = "the kit is shared, and this uses a part of it")]

mod drafts;
#[path = "../hazards/kit/mod.rs"]
mod kit;
mod stops;
mod told;
mod unchanged;
mod whole;

/// Plans a script of the test's own; gives what it printed.
fn plan(world: &kit::World, text: &str) -> kit::Printed {
    let file = world.place().join("of-the-test.rhai");
    std::fs::write(&file, text).unwrap();
    let environment = world.write_environment();
    world.start(vec!["plan".into(), file.display().to_string(), "--env".into(), environment])
}
