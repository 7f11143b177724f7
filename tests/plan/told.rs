//! What a plan says of each kind of change.

use super::kit::World;
use super::plan;

#[test]
fn each_kind_of_change_is_told_with_what_it_would_do() {
    let world = World::small();
    let printed = plan(
        &world,
        r#"fn main() {
            phase("look");
            phase("change", #{ confirm: "demo", why: "makes a mess" });
            let home = cluster("source").namespace("default");
            step("X1 make").no_undo("it stays").run(|| {
                oc_create(home, #{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "plan"}, data: #{a: "1"}});
                oc_create(home, #{apiVersion: "v1", kind: "Secret", metadata: #{name: "plan"}, stringData: #{a: "canary"}});
                let there = oc_patch(home, "cm/plan", #{data: #{a: "2"}});
            });
            step("X2 scale").undo(|was| ()).run(|| {
                let plane = cluster("source").namespace("clusters-demo");
                let before = oc_scale(plane, "deployment/kube-apiserver", 0);
                assert_eq(oc_get(plane, "deployment/kube-apiserver").spec.replicas, 0);
                log(`it had ${before}`);
            });
            step("X3 delete").no_undo("gone").run(|| {
                assert(oc_delete(cluster("source"), "ns/clusters"), "it is there");
                assert(!oc_delete(cluster("source"), "ns/no-such"), "it is not there");
                assert_eq(oc_find(cluster("source"), "ns/clusters"), ());
            });
            step("X4 run").no_undo("done").run(|| {
                let pod = cluster("source").namespace("clusters-demo");
                oc_exec(pod, "etcd-0", ["rm", "-f", "/x y"], #{container: "etcd", stdin: "four"});
            });
            step("X5 store").no_undo("done").run(|| {
                folder_write_text(folder("backup"), "a/b.txt", "12345");
                s3_put(bucket("backup"), "b.txt", file_source(folder("backup"), "a/b.txt"));
                s3_get(bucket("backup"), "b.txt", folder("backup"), "c.txt");
            });
            point_of_no_return("the end is near");
            step("X6 wait").reads().run(|| wait_for("the sun to rise", minutes(5), || "it is dark"));
        }"#,
    )
    .well();
    let told = [
        "  ask        here the run asks for approval: phase change makes a mess\n             type demo then, or start it with --approve change",
        "  X1 make\n    undo     is not undone: it stays\n    change   cluster source: create ConfigMap/plan in default\n               + data.a: \"1\"\n",
        "create Secret/plan in default\n               + data.a: •••\n",
        "    change   cluster source: scale deployment/kube-apiserver in clusters-demo to 0\n               ~ replicas: ",
        "    says     it had ",
        "  X2 scale\n    undo     can be undone\n",
        "    DESTROY  cluster source: delete ns/clusters\n",
        "    DESTROY  cluster source: delete ns/no-such\n               there is none: nothing would be different\n",
        "run `rm` in pod etcd-0 in clusters-demo\n               [\"rm\",\"-f\",\"/x y\"] in container etcd, reads 4 bytes\n",
        "    change   folder backup: write a/b.txt\n               5 bytes, a new file\n",
        "    change   bucket backup: put a/b.txt in folder backup as b.txt\n               the key holds nothing now\n",
        "    change   folder backup: get b.txt from bucket backup as c.txt\n",
        "  ----       point of no return: the end is near\n",
        "    wait     for the sun to rise, up to 5m; now: it is dark\n",
        "plan: 6 steps, ",
        ", 10 changes; nothing was changed\n",
        "  cluster source           7 changes, 2 of them cannot be changed back\n",
    ];
    for text in told {
        assert!(printed.out.contains(text), "not said: {text}\n{printed}");
    }
    assert!(!printed.out.contains("canary") && !printed.err.contains("canary"), "{printed}");
    assert!(!printed.out.contains("unknown "), "{printed}");
}

#[test]
fn what_hangs_on_an_answer_that_is_not_known_is_said_so_and_the_plan_goes_on() {
    let world = World::small();
    let printed = plan(
        &world,
        r#"fn main() {
            let pod = cluster("source").namespace("clusters-demo");
            let made = step("X1 make").no_undo("done").run(|| {
                oc_exec(pod, "etcd-0", ["touch", "/x"], #{container: "etcd"}).stdout.split(" ")[0]
            });
            step("X2 look").reads().run(|| if made == "yes" { log("never") });
            step("X3 another").reads().run(|| log("the third is told"));
            step("X4 parallel").reads().run(|| parallel([1, 2], 2, |n| if n == 1 { made == n } else { n }));
            if made == "yes" { log("never"); }
            log("never");
        }"#,
    )
    .well();
    assert!(printed.out.contains("  X2 look\n    unknown  from here on: what oc_exec on cluster source would answer is not known in a plan"), "{printed}");
    assert!(printed.out.contains("    says     the third is told"), "{printed}");
    assert!(
        printed.out.contains(
            "\nthe plan ends here: what follows hangs on changes that it does not make: what oc_exec"
        ),
        "{printed}"
    );
    assert!(
        printed.out.contains("build on changes that a plan does not make:\n    X2 look\n    X4 parallel\n"),
        "{printed}"
    );
    assert!(!printed.out.contains("never"), "{printed}");
}

#[test]
fn changes_that_are_alike_are_counted_unless_all_are_asked_for() {
    let world = World::small();
    let text = r#"fn main() {
        step("X1 many").no_undo("done").run(|| { for n in 0..20 { folder_write_text(folder("backup"), `${n}.txt`, "x"); } });
    }"#;
    let printed = plan(&world, text).well();
    assert_eq!(printed.out.matches("change   folder backup: write").count(), 6, "{printed}");
    assert!(printed.out.contains("and 14 more: folder backup: write ... (--all shows them)"), "{printed}");
    let file = world.place().join("of-the-test.rhai").display().to_string();
    let all =
        world.start(vec!["plan".into(), file, "--all".into(), "--env".into(), world.write_environment()]);
    assert_eq!(all.well().out.matches("change   folder backup: write").count(), 20);
}
