//! Targets and parameters against an environment.

use std::path::Path;

use drsh::check::check;
use drsh::engine::{Library, Script};
use drsh::environment::Environment;

const PLACE: &str =
    "name = \"t\"\n[clusters.source]\nkubeconfig = \"k\"\n[parameters]\nhosted = \"Demo_1\"\n";

fn found(text: &str) -> Vec<String> {
    let environment = Environment::parse(PLACE, Path::new("place.toml")).unwrap();
    let script = Script::from_text("t.rhai", text);
    check(&script, &Library::new(None, None), Some(&environment)).iter().map(ToString::to_string).collect()
}

#[test]
fn a_target_that_the_environment_does_not_declare_is_found_at_its_name() {
    assert_eq!(
        found("fn main() {\n    cluster(\"sorce\");\n    host(\"master-0\");\n    cluster(\"source\");\n}"),
        [
            "t.rhai:2:13: unknown_target: place.toml declares no cluster \"sorce\"\n    hint: did you mean \"source\"? Otherwise add [clusters.sorce] to place.toml",
            "t.rhai:3:10: unknown_target: place.toml declares no host \"master-0\"\n    hint: add [hosts.master-0] to place.toml",
        ]
    );
}

#[test]
fn each_parameter_that_is_missing_or_wrong_is_found_on_its_own_line() {
    let found = found(
        "fn main() {\n    require(#{\n        clusters: [\"source\", \"destination\"],\n        parameters: #{\n            hosted: \"dns-label\",\n            gone: \"integer\",\n            may: \"text?\",\n        },\n    });\n}",
    );
    let lines: Vec<&str> = found.iter().map(|text| text.lines().next().unwrap()).collect();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(
        lines[0].starts_with("t.rhai:3:") && lines[0].contains("[clusters.destination] is missing"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].starts_with("t.rhai:5:") && lines[1].contains("parameters.hosted = \"Demo_1\" is not right"),
        "{}",
        lines[1]
    );
    assert!(
        lines[2].starts_with("t.rhai:6:") && lines[2].contains("parameters.gone is missing"),
        "{}",
        lines[2]
    );
}

#[test]
fn what_a_module_asks_for_is_found_where_the_module_asks() {
    let found = found("import \"job\" as job;\nfn main() { job::from_environment(); }");
    assert!(
        found
            .iter()
            .any(|one| one.starts_with("stdlib/job.rhai:") && one.contains("[buckets.backup] is missing")),
        "{found:#?}"
    );
}
