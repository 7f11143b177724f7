//! What a call of a host function costs a script, beyond what Rhai itself takes for a call.

use std::time::Duration;

use rhai::Engine;
use tokio::runtime::Runtime;

use crate::row::{Row, time};
use crate::{inside, measure};

/// How many calls make one turn.
const CALLS: u32 = 200_000;

/// What a call may cost beyond Rhai's own, in microseconds.
const REACH: f64 = 1.0;

pub fn rows() -> Vec<Row> {
    vec![
        row("a call that reaches no target", "seconds(1)"),
        row("a call that names a target", "cluster(\"source\")"),
    ]
}

fn row(what: &str, call: &str) -> Row {
    let (runtime, folder) = (Runtime::new().unwrap(), tempfile::tempdir().unwrap());
    let environment = "name = \"bench\"\n[clusters.source]\nkubeconfig = \"kubeconfig\"\n";
    let run = inside::begin(&runtime, environment, folder.path());
    let mut bare = Engine::new();
    bare.register_fn("seconds", |count: i64| Duration::from_secs(count.unsigned_abs()));
    bare.register_fn("cluster", |name: &str| name.to_owned());
    let script = format!("for turn in 0..{CALLS} {{ {call}; }}");
    let ast = bare.compile(&script).unwrap();
    let [own, rhai] = measure::in_turns(
        9,
        [&mut || measure::timed(|| inside::carry_out(&run, &script)), &mut || {
            measure::timed(|| bare.run_ast(&ast).unwrap())
        }],
    );
    let beyond = (own / CALLS).saturating_sub(rhai / CALLS).as_secs_f64() * 1e6;
    let what = format!("{what}, beyond Rhai's own {} (`{call}`)", time(rhai / CALLS));
    Row::under(&what, beyond, REACH, "us")
}
