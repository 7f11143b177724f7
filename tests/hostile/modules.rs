//! Where modules come from: the library, and nowhere else.

use std::os::unix::fs::symlink;

use super::program::Program;

/// A program beside whose folder lies a module that no script may have.
fn program() -> (Program, tempfile::TempDir) {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.rhai"), "fn tell() { \"canary\" }").unwrap();
    let program = Program::new();
    std::fs::create_dir(program.path().join("lib")).unwrap();
    symlink(outside.path(), program.path().join("link")).unwrap();
    symlink(outside.path().join("secret.rhai"), program.path().join("file.rhai")).unwrap();
    symlink(outside.path(), program.path().join("lib/link")).unwrap();
    symlink(outside.path().join("secret.rhai"), program.path().join("lib/other.rhai")).unwrap();
    (program, outside)
}

#[test]
fn no_import_leads_out_of_the_library() {
    let (program, outside) = program();
    let outside = outside.path().display();
    let names = [
        "../secret".to_owned(),
        "../../secret".to_owned(),
        "a/../../secret".to_owned(),
        "./../secret".to_owned(),
        format!("{outside}/secret"),
        format!("{outside}/secret.rhai"),
        format!("//{outside}/secret"),
        "link/secret".to_owned(),
        "file".to_owned(),
        "other".to_owned(),
        "/etc/passwd".to_owned(),
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "secret\0".to_owned(),
        "C:\\secret".to_owned(),
        "~/secret".to_owned(),
        "file:///etc/passwd".to_owned(),
    ];
    for name in names {
        let quoted = name.replace('\\', "\\\\").replace('\0', "\\x00");
        for text in [
            format!("import \"{quoted}\" as m;\nfn main() {{ log(m::tell()); }}"),
            // A name that is made up while the script runs.
            format!("fn main() {{ let name = \"{quoted}\"; import name as m; log(m::tell()); }}"),
        ] {
            program.write("s.rhai", &text);
            let printed = program.run(&["s.rhai", "--stdlib", "lib"]);
            assert_eq!(printed.code, 1, "{name:?}: {}{}", printed.out, printed.err);
            let said = printed.err.contains("leads outside") || printed.err.contains("there is no module");
            assert!(said && !printed.out.contains("canary"), "{name:?}: {}{}", printed.out, printed.err);
        }
    }
}

#[test]
fn a_module_that_imports_itself_is_an_error_and_no_crash() {
    let program = Program::new();
    program.write("circle.rhai", "import \"circle\" as circle;\nfn f() { circle::f() }");
    program.write("s.rhai", "import \"circle\" as circle;\nfn main() { circle::f(); }");
    let printed = program.run(&["s.rhai"]);
    assert_eq!(printed.code, 1, "{}{}", printed.out, printed.err);
    assert!(printed.err.contains("error: "), "{}", printed.err);
}

#[test]
fn modules_that_import_one_another_without_an_end_in_sight_are_an_error_and_no_crash() {
    let program = Program::new();
    for number in 0..300 {
        program.write(&format!("m{number}.rhai"), &format!("import \"m{}\" as next;\n", number + 1));
    }
    program.write("m300.rhai", "");
    program.write("s.rhai", "import \"m0\" as first;\nfn main() {}\n");
    let printed = program.run(&["s.rhai"]);
    assert_eq!(printed.code, 1, "{}{}", printed.out, printed.err);
    assert!(printed.err.contains("error: 256 modules import one another in a row\n"), "{}", printed.err);
    assert!(printed.err.contains("hint: let the script import what it needs"), "{}", printed.err);
}

#[test]
fn what_a_script_says_cannot_be_turned_into_a_script() {
    let program = Program::new();
    for body in [
        "eval(\"1 + 1\");",
        "let f = Fn(\"eval\"); f.call(\"1 + 1\");",
        "call(\"eval\", \"1 + 1\");",
        "\"1 + 1\".eval();",
    ] {
        program
            .write("s.rhai", &format!("fn main() {{ log(`made ${{ {body} }}`); }}").replace("; }`", " }`"));
        let printed = program.run(&["s.rhai"]);
        assert_ne!(printed.code, 0, "{body}: {}", printed.out);
        assert!(!printed.out.contains("made 2"), "{body}: {}", printed.out);
    }
}
