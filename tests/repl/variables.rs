//! Which variables a session on a stopped run has: those around its step, whatever way led there; else why none.

use drsh_lab::faults::Fault;

use super::kit::{Printed, World};

/// Stops a script and looks into the run.
fn looked(world: &World, script: &str, typed: &str) -> (String, Printed) {
    world.write("stops.rhai", script);
    let id = world.stop("stops.rhai");
    let printed = world.run(&["repl", "--run", &id], typed);
    (id, printed)
}

#[test]
fn of_two_branches_the_variables_are_those_of_the_one_that_was_taken() {
    let script = "import \"job\" as task;
import \"nouns\" as nouns;
fn main() {
    let job = task::from_environment();
    if nouns::is_left(job) {
        let steps = 9;
        let aside = 5;
        let depth = step(\"B1 measure\").reads().run(|| 3);
        step(\"B2 left\").reads().run(|| fail(\"busy\", `${job.name} ${depth} ${steps}`));
    } else {
        let height = 4;
        step(\"B3 right\").reads().run(|| height);
    }
}
";
    let world = World::on_paper();
    world.write("nouns.rhai", "fn is_left(job) { job.name == \"demo\" }\n");
    world.write("stops.rhai", script);
    let id = world.stop("stops.rhai");
    let typed = "job.control_plane\ndepth * 14 + aside - 5\nsteps[\"B1\"]\nnouns::is_left(job)\ntask::control_plane_namespace(\"a\", \"b.c\")\nheight\n";
    let printed = world.run(&["repl", "--run", &id], typed);
    assert!(printed.out.contains("\n`job`, `aside`, `depth` as that step saw them\n"), "{}", printed.out);
    assert!(printed.out.ends_with("\nclusters-demo\n42\n3\ntrue\na-b-c\n"), "{}", printed.out);
    assert!(printed.err.contains("Undefined variable: height"), "{}", printed.err);
    let other = world.run(&["repl"], "nouns::is_left(1)\n");
    assert_ne!(other.err, "", "the names are those of the run's script");
}

#[test]
fn a_variable_that_closures_share_is_there_once_and_a_loop_is_where_it_stopped() {
    let script = "fn main() {
    let found = [];
    for host in [\"a\", \"b\", \"c\"] {
        let made = step(`B1 make: ${host}`)
            .done_when(|| found.len() > 9)
            .undo(|was| log(`${was} ${host} ${found}`))
            .run(|| if host == \"b\" { fail(\"busy\", host) } else { `${host} after ${found}` });
        found.push(made);
    }
}
";
    let (_, printed) =
        looked(&World::on_paper(), script, "host\nfound\nfound.push(1);\nhost = \"x\"; host + found.len()\n");
    assert_eq!(printed.err, "");
    assert!(printed.out.contains("\n`found`, `host` as that step saw them\n"), "{}", printed.out);
    assert!(printed.out.ends_with("\nb\na after []\nx2\n"), "{}", printed.out);
}

#[test]
fn a_step_within_branches_and_branches_within_a_step_have_theirs() {
    let inside = "fn main() {
    let base = 40;
    parallel([2], 4, |more| step(`B1 add: ${more}`).reads().run(|| fail(\"busy\", `${base} ${more}`)));
}
";
    let (_, printed) = looked(&World::on_paper(), inside, "base + more\n");
    assert!(printed.out.ends_with("\n42\n"), "{}{}", printed.out, printed.err);
    let around = "fn main() {
    let base = 40;
    step(\"B1 add\").reads().run(|| parallel([1, 2, 3], 3, |more| if more == 2 { fail(\"busy\", `${base}`) }));
}
";
    let (_, printed) = looked(&World::on_paper(), around, "base\n");
    assert!(printed.out.ends_with("\n40\n"), "{}{}", printed.out, printed.err);
}

#[test]
fn a_run_that_stopped_between_steps_has_what_the_next_step_would_see() {
    let script = "fn main() {
    let before = step(\"B1 look\").reads().run(|| 7);
    phase(\"clear\", #{ confirm: \"x\", why: \"clears things\" });
    step(\"B2 clear\").no_undo(\"it is gone\").run(|| before);
}
";
    let world = World::on_paper();
    let (id, printed) = looked(&world, script, "before\n");
    assert!(printed.out.contains("it stopped between steps: phase clear is not approved"), "{}", printed.out);
    let line = "\n`before` as \"B2 clear\" would see them, to which the script comes next\n";
    assert!(printed.out.contains(line) && printed.out.ends_with("\n7\n"), "{}", printed.out);
    // The script is mended: a step comes before it.
    world
        .write("stops.rhai", &script.replace("phase(", "step(\"B1a wait\").reads().run(|| ());\n    phase("));
    let edited = world.run(&["repl", "--run", &id], "steps[\"B1\"]\n");
    let line = "\n`before` as \"B1a wait\" would see them, to which the script comes next; the script was edited since\n";
    assert!(edited.out.contains(line), "{}", edited.out);
    // And carried out to its end.
    assert_eq!(world.run(&["resume", &id, "--approve", "clear"], "").code, Some(0));
    let done = world.run(&["repl", "--run", &id], "steps[\"B1\"]\n");
    assert!(done.out.contains("\nthe script's variables are not at hand: the run is done\n"), "{}", done.out);
    assert!(done.out.ends_with("\n7\n"), "{}", done.out);
}

#[test]
fn what_acts_between_steps_is_refused_and_the_prompt_is_there_all_the_same() {
    let script = "fn main() {
    step(\"B1 look\").reads().run(|| 7);
    let count = 3;
    folder_write_text(folder(\"backup\"), \"between.txt\", \"written\");
    step(\"B2 stop\").reads().run(|| fail(\"busy\", `${count}`));
}
";
    let world = World::on_paper();
    world.write("stops.rhai", script);
    let id = world.stop("stops.rhai");
    let written = world.path().join("lab/backup/between.txt");
    std::fs::remove_file(&written).unwrap();
    let printed = world.run(&["repl", "--run", &id], "steps[\"B1\"] * 6\n");
    let why = "\nthe script's variables are not at hand: the script stops before that: folder_write_text may not write between.txt";
    assert!(printed.out.contains(why) && printed.out.contains("this run only reads"), "{}", printed.out);
    assert!(printed.out.contains("stops.rhai:4)\n") && printed.out.ends_with("\n42\n"), "{}", printed.out);
    assert!(!written.exists());
}

#[test]
fn a_script_that_needs_the_api_meanwhile_or_is_gone_is_told_of_in_one_line() {
    let script = "import \"hcp\" as named;
fn main() {
    let nodes = oc_list(cluster(\"source\"), \"nodes\").len();
    step(\"B1 stop\").reads().run(|| fail(\"busy\", `${nodes}`));
}
";
    let world = World::start();
    let (id, printed) = looked(&world, script, "nodes\n");
    assert!(printed.out.ends_with("\n3\n"), "{}{}", printed.out, printed.err);
    let typed = "params.source_name + named::address(#{ name: \"x\" }).len()\n";
    let away = "\nthe script's variables are not at hand: ";
    let look = |because: &str| {
        let printed = world.run(&["repl", "--run", &id], typed);
        assert!(printed.out.contains(&format!("{away}{because}")), "{}", printed.out);
        printed
    };
    world.strike("", "nodes", Fault::Reset);
    let printed = look("the script stops before that: cluster source");
    assert!(printed.out.ends_with("\nsource40\n"), "{}{}", printed.out, printed.err);
    world.write("stops.rhai", &script.replace("step(\"B1 stop\")", "// ").replace("oc_list", "// "));
    look("the script stops before that: Syntax error: Unexpected '}' (");
    world.write("stops.rhai", "fn main() { log(\"nothing\"); }\n");
    let printed = look("");
    assert!(printed.out.contains("stops.rhai does not come to B1 any more\n"), "{}", printed.out);
    std::fs::remove_file(world.path().join("stops.rhai")).unwrap();
    let gone = world.run(&["repl", "--run", &id], "params.source_name\n");
    assert!(gone.out.contains(&format!("{away}there is no script ")), "{}", gone.out);
    assert!(gone.out.ends_with("\nsource\n"), "{}", gone.out);
}

#[test]
fn a_secret_among_them_stays_masked_and_no_file_gets_it() {
    let world = World::start();
    let made = "oc_create(cluster(\"source\").namespace(\"clusters\"), #{ apiVersion: \"v1\", kind: \"Secret\", metadata: #{ name: \"kept\" }, data: #{ key: \"Y2FuYXJ5LTdmM2M=\" } }).kind\n";
    let made = world.run(&["repl"], &format!(":arm lab\n{made}"));
    assert!(made.out.ends_with("\nSecret\n"), "{}{}", made.out, made.err);
    world.write(
        "stops.rhai",
        "fn main() {
    let kept = #{ key: oc_get(cluster(\"source\").namespace(\"clusters\"), \"secret/kept\").data.key };
    step(\"B1 stop\").reads().run(|| { let mine = kept; fail(\"busy\", \"it is busy\") });
}
",
    );
    let id = world.stop("stops.rhai");
    // Whoever types what it is reads it no more than in any other text of a run.
    let typed = "kept\nkept.key\n\"can\" + \"ary-7f3c\"\n:save typed.rhai\n";
    let printed = world.run(&["repl", "--run", &id], typed);
    assert_eq!(printed.err, "");
    assert!(printed.out.contains("\nkey: •••\n•••\n•••\n"), "{}", printed.out);
    assert!(!printed.out.contains("canary-7f3c"), "{}", printed.out);
    let saved = std::fs::read_to_string(world.path().join("typed.rhai")).unwrap();
    assert!(saved.contains("let kept = fail(\"unset\", \"`kept` came from a run\""), "{saved}");
    assert!(!saved.contains("canary") && !saved.contains("Y2FuYXJ5"), "{saved}");
}
