//! Where a plan ends with an error: what would stop the run itself.

use super::kit::World;
use super::plan;
use drsh::environment::Mode;

#[test]
fn what_would_stop_the_run_before_it_changes_anything_stops_the_plan() {
    let world = World::small();
    let printed = plan(
        &world,
        r#"fn main() {
            step("X1 check").undo(|was| ()).run(|| {
                folder_write_text(folder("backup"), "probe", "x");
                folder_remove(folder("backup"), "probe");
                fail("preflight", "it is too late", "begin earlier");
            });
        }"#,
    );
    assert_eq!(printed.code, 1, "a probe that is taken away again is no excuse: {printed}");
    let parts = [
        "error: it is too late\n  --> ",
        "\nstate: nothing was changed; the run would stop here, in \"X1 check\"\nhint: begin earlier\n",
    ];
    for part in parts {
        assert!(printed.err.contains(part), "{printed}");
    }
    assert!(!world.state().join("runs").exists());
}

#[test]
fn a_finding_after_a_change_is_told_as_one_that_the_run_may_not_have() {
    let world = World::small();
    let printed = plan(
        &world,
        r#"fn main() {
            step("X1 do").no_undo("done").run(|| {
                folder_write_text(folder("backup"), "kept", "x");
                assert(false, "the door is open");
                folder_write_text(folder("backup"), "kept as well", "x");
            });
        }"#,
    )
    .well();
    assert!(
        printed.out.contains("check    the run stops here if it is so by then, too: the door is open"),
        "{printed}"
    );
    assert!(printed.out.contains("write kept as well"), "{printed}");
}

#[test]
fn what_would_be_gone_or_another_by_then_is_not_told_as_it_is_now() {
    let world = World::small();
    let printed = plan(
        &world,
        r#"fn main() {
            phase("change", #{ confirm: "demo", why: "makes a mess" });
            step("X1 delete").no_undo("gone").run(|| oc_delete(cluster("source"), "ns/clusters"));
            step("X2 look").reads().run(|| oc_get(cluster("source"), "ns/clusters").metadata.name);
            step("X3 write").no_undo("done").run(|| s3_get(bucket("backup"), "a.txt", folder("backup"), "a.txt"));
            step("X4 read").reads().run(|| folder_read_text(folder("backup"), "a.txt"));
            step("X5 call").reads().run(|| oc_exec(cluster("source").namespace("clusters-demo"), "etcd-0", ["true"]).then_what());
        }"#,
    )
    .well();
    let told = [
        "  X2 look\n    unknown  from here on: cluster source would have no namespaces/clusters any more: it is deleted before",
        "  X4 read\n    unknown  from here on: a.txt in folder backup would be written before, and a plan does not write it",
        "unknown  from here on: it hangs on an answer that is not known in a plan",
    ];
    for text in told {
        assert!(printed.out.contains(text), "not said: {text}\n{printed}");
    }
}

#[test]
fn a_target_that_is_read_only_refuses_in_a_plan_as_it_does_in_a_run() {
    let mut world = World::small();
    world.environment.folders.get_mut("backup").unwrap().mode = Mode::ReadOnly;
    let printed = plan(&world, r#"fn main() { folder_write_text(folder("backup"), "x", "x"); }"#);
    assert_eq!(printed.code, 3, "{printed}");
    assert!(printed.err.contains("declares it read-only"), "{printed}");
}

#[test]
fn what_no_phase_approves_is_refused_in_a_plan_as_it_is_in_a_run() {
    let world = World::small();
    let text = r#"fn main() { phase("tidy"); oc_delete(cluster("source"), "ns/clusters"); }"#;
    let printed = plan(&world, text);
    assert_eq!(printed.code, 3, "{printed}");
    assert!(printed.err.contains("the phase `tidy` is not approved"), "{printed}");
    let file = world.place().join("of-the-test.rhai").display().to_string();
    let arguments = ["plan", &file, "--approve", "tidy", "--env", &world.write_environment()];
    world.start(arguments.map(str::to_owned).to_vec()).well();
}

#[test]
fn a_script_that_tries_again_and_again_comes_to_an_end() {
    let world = World::small();
    let printed = plan(
        &world,
        r#"fn main() {
            step("X1 insist").reads().run(|| {
                loop { if try_it() { break; } }
            });
            step("X2 after").reads().run(|| log("and on it goes"));
        }
        fn try_it() { wait_for("a miracle", minutes(1), || false); false }"#,
    )
    .well();
    assert!(printed.out.contains("it waits again and again for a miracle, which a plan cannot"), "{printed}");
    assert!(printed.out.contains("and on it goes"), "{printed}");
}
