//! What is there to read: the reference, a script explained, what editors and shells take.

use super::program::Program;

#[test]
fn a_function_a_module_and_its_function_are_told_and_a_misspelt_name_finds_its_neighbour() {
    let program = Program::new();
    let function = program.run(&["doc", "oc_get"]).out;
    assert!(function.starts_with("oc_get(cluster: Cluster, what: string) -> map\n"), "{function}");
    assert!(function.ends_with("Effect: read.\n"), "{function}");
    assert!(program.run(&["doc", "hcp"]).out.contains("\n  hcp::pause(job)\n"));
    assert!(program.run(&["doc", "hcp::pause"]).out.starts_with("hcp::pause(job)\n"));
    let wrong = program.run(&["doc", "hcp::puase"]);
    assert_eq!(
        (wrong.err.as_str(), wrong.code),
        ("error: `hcp` has no function `puase`\nhint: did you mean hcp::pause?\n", 2)
    );
    let wrong = program.run(&["doc", "oc_gte"]);
    assert_eq!(wrong.err, "error: nothing in the reference is called oc_gte\nhint: did you mean oc_get?\n");
}

#[test]
fn the_whole_reference_holds_every_function_in_each_form() {
    let program = Program::new();
    let (listed, markdown, html) = (
        program.run(&["doc"]).out,
        program.run(&["doc", "--markdown"]).out,
        program.run(&["doc", "--html"]).out,
    );
    for function in drsh::engine::families().iter().flat_map(|family| family.functions().to_vec()) {
        assert!(listed.contains(function.signature), "{}", function.name());
        assert!(markdown.contains(&format!("\n### {}\n", function.name())), "{}", function.name());
        assert!(html.contains(&format!("<h3 id=\"{0}\">{0}</h3>", function.name())), "{}", function.name());
    }
    assert!(html.starts_with("<!DOCTYPE html>") && !html.contains("http://") && !html.contains("<script"));
}

#[test]
fn a_step_is_explained_with_what_it_does_and_how_it_is_undone() {
    let program = Program::new();
    let told = program.run(&["explain", "scripts/restore_hcp.rhai", "R2"]);
    assert_eq!(told.code, 0, "{}", told.err);
    let lines: Vec<&str> = told.out.lines().collect();
    assert!(lines[1].starts_with("R2 create the namespaces   (scripts/restore_hcp.rhai:"), "{}", told.out);
    assert!(
        lines[2].starts_with("    does   restore::create_namespaces: Creates the two namespaces"),
        "{}",
        told.out
    );
    assert_eq!(lines[3], "    undo   undone by restore::remove_namespaces");
    let whole = program.run(&["explain", "scripts/restore_hcp.rhai"]).out;
    for word in ["Before: ", "phase restore", "reads only", "not undone: the destination has begun to write"]
    {
        assert!(whole.contains(word), "{word}");
    }
    let wrong = program.run(&["explain", "scripts/restore_hcp.rhai", "R99"]);
    assert!(
        wrong.err.starts_with("error: scripts/restore_hcp.rhai has no step R99\nhint: its steps are R0, ")
    );
    assert_eq!(wrong.code, 2);
}

#[test]
fn every_shipped_script_can_be_explained() {
    let program = Program::new();
    let scripts = drsh::engine::built_in::FILES.iter().filter(|(name, _)| name.starts_with("scripts/"));
    for (name, text) in scripts {
        let told = program.run(&["explain", name]);
        assert_eq!(told.code, 0, "{name}: {}", told.err);
        let steps = text.matches(" step(\"").count();
        assert_eq!(told.out.matches("    undo   ").count(), steps, "{name}");
        assert!(!told.out.contains("does not say how it is undone"), "{name}");
    }
}

#[test]
fn editors_shells_and_man_get_what_they_read() {
    let program = Program::new();
    let count = drsh::reference::modules().len() + 1;
    let told = program.run(&["definitions", "--output", "defs"]).out;
    assert_eq!(told, format!("{count} definition files are in defs\n"));
    let functions = std::fs::read_to_string(program.path().join("defs/drsh.d.rhai")).unwrap();
    assert!(
        functions.contains("\nmodule static;\n")
            && functions.contains("\nfn cluster(name: String) -> Cluster;\n")
    );
    for (shell, word) in [("bash", "_drsh()"), ("zsh", "#compdef drsh"), ("fish", "complete -c drsh")] {
        let script = program.run(&["completions", shell]).out;
        assert!(script.contains(word) && script.contains("rehearse"), "{shell}");
    }
    assert!(program.run(&["man"]).out.contains(".SH SUBCOMMANDS"));
    assert_eq!(program.run(&["man", "--output", "man"]).code, 0);
    assert!(program.path().join("man/drsh-repl.1").is_file());
}
