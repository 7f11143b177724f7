//! Scripts: those that ship, broken, are read or refused; small ones are carried out, too.

use std::sync::Arc;

use drsh::engine::{Report, Script, built_in, engine};
use proptest::prelude::*;

use super::broken::{broken, cases, is_clear};
use super::place::carry_out;

/// A script without a loop that could lose its end.
const SMALL: &str = r#"
fn twice(x) { x * 2 }
fn main() {
    phase("look");
    let a = #{ list: [1, 2, 3], text: `a ${1 + 1}`, none: (), at: minutes(5) };
    let b = step("X1 compute: one").reads().run(|| a.list.map(|x| twice(x)));
    let c = step("X2 choose").done_when(|| false).no_undo("why").run(|| if b.len() > 2 { "many" } else { "few" });
    assert_eq(parallel([1, 2], 2, |n| n + 1), [2, 3]);
    let d = switch c { "many" => 1, "few" => 2, _ => 3 };
    try { fail("kind", "message", "hint"); } catch (e) { log(e.kind + e.message); }
    note(`${a.text.len()} ${parse_json("{\"a\": [1]}").a[0]} ${d} ${c.sub_string(0, 2)}`);
    wait_for("it", seconds(0), || true);
}
"#;

fn any_shipped() -> impl Strategy<Value = String> {
    let names: Vec<&'static str> =
        built_in::FILES.iter().map(|(name, _)| *name).filter(|name| name.ends_with(".rhai")).collect();
    prop::sample::select(names)
        .prop_flat_map(|name| broken(built_in::find(name).map_or("", |(_, text)| text)))
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn a_shipped_script_that_is_broken_is_read_or_refused(text in any_shipped()) {
        let script = Script::from_text("s.rhai", &text);
        let engine = engine(None, &Arc::new(script.library(None)));
        if let Err(error) = script.compile(&engine) {
            let report = Report::of(&error, &script);
            is_clear(&report.problem)?;
            prop_assert!(report.render(&script).starts_with("error: "));
        }
    }

    #[test]
    fn a_small_script_that_is_broken_ends_and_says_why(text in broken(SMALL)) {
        let folder = tempfile::tempdir().unwrap();
        if let Err(problem) = carry_out(folder.path(), "name = \"here\"\n", &Script::from_text("s.rhai", &text)) {
            is_clear(&problem)?;
        }
    }
}
