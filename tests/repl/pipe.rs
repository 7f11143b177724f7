//! Lines through a pipe: no prompt, plain output, an exit code.

use super::kit::World;

#[test]
fn lines_of_a_pipe_are_carried_out_one_after_the_other() {
    let world = World::start();
    let printed = world.run(
        &["repl"],
        "let n = 20\nfn twice(n) {\n  n * 2\n}\ntwice(n) + 2\n[#{ name: \"a\", mode: 1 }, #{ name: \"bc\", mode: 2 }]\n#{ a: [1, \"x\"] }\nseconds(90)\nhcp::address(#{ name: \"demo\" })\nimport \"hcp\" as other\nother::address(#{ name: \"x\" })\nlast.len()\n",
    );
    assert_eq!(printed.err, "");
    assert_eq!(
        printed.out,
        "42\nNAME  MODE\na     1\nbc    2\na:\n- 1\n- x\n1m30s\nhostedclusters.hypershift.openshift.io/demo\nhostedclusters.hypershift.openshift.io/x\n40\n"
    );
    assert_eq!(printed.code, Some(0));
    assert!(world.runs().is_empty());
}

#[test]
fn an_error_is_told_in_four_parts_and_the_next_line_goes_on() {
    let world = World::start();
    let printed = world.run(&["repl"], "oc_gt(1)\n1 + 1\n");
    assert_eq!(
        printed.err,
        "error: there is no function `oc_gt`\n  --> repl:1\n     1 | oc_gt(1)\n       | ^^^^^\n\
         state: read-only; nothing was changed\n\
         hint: did you mean oc_get(cluster: Cluster, what: string) -> map?\n"
    );
    assert_eq!((printed.out.as_str(), printed.code), ("2\n", Some(1)));
}

#[test]
fn what_cannot_be_undone_asks_for_the_name_each_time_and_a_typed_run_is_not_resumed() {
    let world = World::start();
    let line = "oc_delete(cluster(\"source\").namespace(\"clusters\"), \"configmap/none\")\n";
    let refused = world.run(&["repl"], &format!(":arm lab\n{line}no\n"));
    assert!(refused.err.starts_with("error: the line was left"), "{}", refused.err);
    let done = world.run(&["repl"], &format!(":arm lab\n{line}lab\n"));
    assert_eq!((done.err.as_str(), done.code), ("", Some(0)));
    assert!(done.out.ends_with("\nfalse\n"), "{}", done.out);
    // Without the effect in sight the gate itself refuses.
    let hidden = world.run(&["repl"], ":arm lab\nlet remove = Fn(\"oc_delete\")\nremove.call(cluster(\"source\").namespace(\"clusters\"), \"configmap/none\")\n");
    assert!(hidden.err.contains("cannot be undone, and the script has begun no phase"), "{}", hidden.err);
    let id = &world.runs()[0];
    let resumed = world.run(&["resume", id], "");
    assert_eq!(
        resumed.err,
        format!(
            "error: run {id} was typed in the REPL: there is no script to go on with\n\
             state: nothing was touched\n\
             hint: `drsh show {id}` tells what it did; what is left to do is typed in `drsh repl`\n"
        )
    );
    assert_eq!(resumed.code, Some(2));
}

#[test]
fn a_plan_shows_what_would_change_and_changes_nothing() {
    let world = World::start();
    let line =
        "oc_scale(cluster(\"source\").namespace(\"clusters-demo\"), \"deployment/kube-apiserver\", 0)\n";
    let read = "oc_get(cluster(\"source\").namespace(\"clusters-demo\"), \"deployment/kube-apiserver\").spec.replicas > 0\n";
    let printed = world.run(&["repl"], &format!(":plan on\n{line}:plan off\n{read}{line}"));
    assert!(printed.out.contains("    change   cluster source: scale"), "{}\n{}", printed.out, printed.err);
    assert!(printed.out.ends_with("read-only again\ntrue\n"), "{}", printed.out);
    assert!(printed.err.contains("this run only reads"), "outside of a plan it is refused: {}", printed.err);
    assert!(world.runs().is_empty());
}

#[test]
fn a_run_that_stopped_is_looked_into_with_what_its_steps_gave_back() {
    let world = World::start();
    std::fs::write(
        world.path().join("stops.rhai"),
        "fn main() {\n    step(\"B1 count\").reads().run(|| #{ nodes: oc_list(cluster(\"source\"), \"nodes\").len() });\n    step(\"B2 stop\").reads().run(|| fail(\"busy\", \"it is busy\"));\n}\n",
    )
    .unwrap();
    assert_eq!(world.run(&["stops.rhai"], "").code, Some(1));
    let id = world.runs().remove(0);
    // The environment is the run's own, whatever is set here.
    let printed =
        world.run(&["repl", "--run", &id], "steps[\"B1\"].nodes\nparams.source_name\n:save looked.rhai\n");
    assert_eq!(printed.err, "");
    assert!(printed.out.contains("it stopped in \"B2 stop\": it is busy\n"), "{}", printed.out);
    assert!(
        printed.out.contains("as in steps[\"B1\"]") && printed.out.contains("\n3\nsource\n"),
        "{}",
        printed.out
    );
    let saved = std::fs::read_to_string(world.path().join("looked.rhai")).unwrap();
    assert!(saved.contains("let steps = #{ \"B1\": #{ \"nodes\": 3 } };"), "{saved}");
    assert_eq!(world.run(&["check", "looked.rhai"], "").code, Some(0));
    let unknown = world.run(&["repl", "--run", "zz"], "");
    assert!(unknown.err.starts_with("error: there is no run zz"), "{}", unknown.err);
}
