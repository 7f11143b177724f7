//! What a script can reach, and what it cannot take upon itself.

use super::program::Program;

#[test]
fn a_script_reaches_no_target_that_the_environment_does_not_declare() {
    let program = Program::new();
    for (call, kind) in [
        ("cluster(\"prod\")", "cluster"),
        ("host(\"10.0.0.1\")", "host"),
        ("bucket(\"prod\")", "bucket"),
        ("zone(\"prod\")", "zone"),
        ("folder(\"/etc\")", "folder"),
        ("folder(\"../..\")", "folder"),
    ] {
        program.write("s.rhai", &format!("fn main() {{ let x = {call}; log(\"had it\"); }}"));
        let printed = program.run(&["s.rhai"]);
        assert!(printed.code == 1 || printed.code == 2, "{call}: {}", printed.out);
        assert!(printed.err.contains(kind) && !printed.out.contains("had it"), "{call}: {}", printed.err);
    }
}

#[test]
fn no_path_leads_out_of_a_declared_folder() {
    let program = Program::new();
    program.write("environment.toml", "name = \"here\"\n[folders.keep]\npath = \"kept\"\n");
    let kept = program.path().join("kept");
    std::fs::create_dir(&kept).unwrap();
    program.write("outside.txt", "canary");
    std::os::unix::fs::symlink(program.path(), kept.join("link")).unwrap();
    for path in
        ["../outside.txt", "link/outside.txt", "/etc/passwd", "a/../../outside.txt", "./../outside.txt", ""]
    {
        for call in [
            format!("log(folder_read_text(folder(\"keep\"), \"{path}\"))"),
            format!("folder_write_text(folder(\"keep\"), \"{path}\", \"overwritten\")"),
            format!("log(`${{folder_list(folder(\"keep\"), \"{path}/..\")}}`)"),
            format!("folder_remove(folder(\"keep\"), \"{path}\")"),
            format!("s3_put(0, \"x\", file_source(folder(\"keep\"), \"{path}\"))"),
        ] {
            program.write("s.rhai", &format!("fn main() {{ phase(\"x\"); {call}; }}"));
            let printed = program.run(&["s.rhai", "--approve", "x"]);
            assert_ne!(printed.code, 0, "{call}: {}", printed.out);
            let said = format!("{}{}", printed.out, printed.err);
            assert!(!said.contains("canary"), "{call}: {said}");
            // A list would be a line of its own.
            assert!(!printed.out.contains("        ["), "{call}: {said}");
        }
    }
    assert_eq!(std::fs::read_to_string(program.path().join("outside.txt")).unwrap(), "canary");
    assert!(kept.is_dir());
}

#[test]
fn a_function_of_the_script_that_takes_a_name_of_drsh_gives_it_no_power() {
    let program = Program::new();
    program.write("environment.toml", "name = \"here\"\n[folders.keep]\npath = \"kept\"\n");
    std::fs::create_dir(program.path().join("kept")).unwrap();
    program.write("kept/precious", "x");
    // What the gate approves is its own business, whatever the script calls its functions.
    for own in [
        "fn phase(name, approval) { true }",
        "fn step(name) { #{} } fn undo(s, f) { s } fn run(s, f) { f.call() }",
        "fn approved() { true } fn is_approved(x) { true } fn permit(x) { true }",
    ] {
        let removal = "folder_remove(folder(\"keep\"), \"precious\")";
        let text =
            format!("{own}\nfn main() {{ phase(\"x\", #{{confirm: \"x\", why: \"removes\"}}); {removal}; }}");
        program.write("s.rhai", &text);
        let printed = program.run(&["s.rhai"]);
        assert_eq!(printed.code, 3, "{own}: {}{}", printed.out, printed.err);
        assert!(program.path().join("kept/precious").exists(), "{own}");
    }
    program.write("s.rhai", "fn print(x) { } fn main() { }");
    assert!(program.run(&["s.rhai"]).err.contains("`print` is a word that the language keeps for itself"));
    program
        .write("s.rhai", "fn log(x) { } fn main() { log(\"unseen\"); step(\"X1 seen\").reads().run(|| 1); }");
    assert!(program.run(&["s.rhai"]).out.contains("done  X1 seen"), "a script cannot silence drsh itself");
}

#[test]
fn a_step_cannot_hide_a_change_behind_the_word_that_it_only_reads() {
    let program = Program::new();
    program.write("environment.toml", "name = \"here\"\n[folders.keep]\npath = \"kept\"\n");
    program.write("s.rhai", "fn main() { step(\"X1 look\").reads().run(|| { folder_write_text(folder(\"keep\"), \"a\", \"x\"); folder_remove(folder(\"keep\"), \"a\") }); }");
    let printed = program.run(&["s.rhai"]);
    assert_eq!(printed.code, 3, "{}", printed.err);
    assert!(
        program
            .journal()
            .iter()
            .any(|line| line.contains("call-intended") && line.contains("folder_write_text"))
    );
}

#[test]
fn what_the_machine_has_is_out_of_reach() {
    let program = Program::new();
    for call in [
        "open(\"/etc/passwd\")",
        "open_file(\"/etc/passwd\")",
        "read_file(\"/etc/passwd\")",
        "env(\"HOME\")",
        "getenv(\"HOME\")",
        "exec(\"id\")",
        "system(\"id\")",
        "shell(\"id\")",
        "spawn_process(\"id\")",
        "http_get(\"http://x\")",
        "connect(\"x\", 22)",
    ] {
        program.write("s.rhai", &format!("fn main() {{ log(`${{{call}}}`); }}"));
        let printed = program.run(&["s.rhai"]);
        assert_eq!(printed.code, 1, "{call}: {}", printed.out);
        assert!(printed.err.contains("there is no function"), "{call}: {}", printed.err);
    }
}
