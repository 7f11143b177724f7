//! The program: what it prints for people and for editors, and its exit codes.

use std::process::Command;

struct Printed {
    out: String,
    err: String,
    code: Option<i32>,
}

fn drsh(folder: &std::path::Path, arguments: &[&str]) -> Printed {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drsh"));
    let output = command.args(arguments).current_dir(folder).env_remove("DRSH_ENV").output().unwrap();
    Printed {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code(),
    }
}

#[test]
fn people_read_the_place_the_word_and_the_hint_and_the_exit_code_is_2() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.rhai"), "fn main() {\n    oc_gt(1);\n}\n").unwrap();
    let printed = drsh(folder.path(), &["check", "a.rhai"]);
    assert_eq!(
        printed.out,
        "a.rhai:2:5: unknown_function: there is no function `oc_gt`\n    \
         hint: did you mean oc_get(cluster: Cluster, what: string) -> map?\n\
         1 script read, 1 mistake found\n"
    );
    assert_eq!(printed.code, Some(2));
}

#[test]
fn editors_read_one_object_a_line_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.rhai"), "fn main() {\n    oc_gt(1);\n    minuts(5);\n}\n").unwrap();
    let printed = drsh(folder.path(), &["check", "a.rhai", "--output", "json"]);
    let lines: Vec<serde_json::Value> =
        printed.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["file"], "a.rhai");
    assert_eq!((lines[0]["line"].as_u64(), lines[0]["column"].as_u64()), (Some(2), Some(5)));
    assert_eq!(
        (&lines[0]["word"], &lines[1]["word"]),
        (&"unknown_function".into(), &"unknown_function".into())
    );
}

#[test]
fn a_mistake_in_a_module_beside_the_script_is_found_in_the_module() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("nouns.rhai"), "/// Stops.\nfn stop(host) {\n    oc_gt(host);\n}\n")
        .unwrap();
    std::fs::write(
        folder.path().join("a.rhai"),
        "import \"nouns\" as nouns;\nfn main() { nouns::stop(1); }\n",
    )
    .unwrap();
    let printed = drsh(folder.path(), &["check", "a.rhai"]);
    assert!(printed.out.starts_with("./nouns.rhai:3:5: unknown_function"), "{}", printed.out);
}

#[test]
fn shipped_scripts_are_clean_and_a_script_that_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let printed = drsh(folder.path(), &["check", "scripts/migrate_hcp.rhai", "scripts/restore_cluster.rhai"]);
    assert_eq!((printed.out.as_str(), printed.code), ("2 scripts read, nothing found\n", Some(0)));
    let printed = drsh(folder.path(), &["check", "gone.rhai"]);
    assert!(printed.err.starts_with("error: there is no script gone.rhai"), "{}", printed.err);
    assert_eq!(printed.code, Some(2));
}
