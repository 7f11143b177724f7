//! The probe beside a script: of a name that nobody knows yet, and of a kubeconfig that is of no use.

use crate::program::Program;

/// A script that goes on once its own journal tells what the probe saw.
const SCRIPT: &str = r#"fn main() {
    let name = oc_probe(cluster("far"));
    log(`measured: ${name}`);
    oc_probe(cluster("far"));
    step("X1 wait for the probe").reads().run(|| {
        let runs = folder("runs");
        let journal = `${folder_list(runs, "")[0]}/journal.jsonl`;
        wait_for("both to be seen", minutes(2), || {
            let text = folder_read_text(runs, journal);
            text.contains("name no-such-host.invalid does not answer") && text.contains("API of cluster far at no-such-host.invalid:6443 does not answer")
        });
        1
    });
    // What was begun twice would have been seen twice before this is seen once.
    oc_probe(cluster("farther"));
    step("X2 wait for another").reads().run(|| {
        let runs = folder("runs");
        let journal = `${folder_list(runs, "")[0]}/journal.jsonl`;
        wait_for("it to be seen", minutes(2), || folder_read_text(runs, journal).contains("API of cluster farther at"));
        1
    });
}"#;

fn program(kubeconfig: &str) -> Program {
    let program = Program::new();
    let environment = "name = \"here\"\n[clusters.far]\nkubeconfig = \"far.kubeconfig\"\n\
                       [clusters.farther]\nkubeconfig = \"far.kubeconfig\"\n\
                       [folders.runs]\npath = \"state/runs\"\nmode = \"read-only\"\n";
    program.write("environment.toml", environment);
    program.write("far.kubeconfig", kubeconfig);
    program
}

fn kubeconfig(server: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters:\n- name: c\n  cluster:\n    server: {server}\n\
         users:\n- name: u\n  user:\n    token: canary-7f3c9a\ncontexts:\n- name: c\n  context: {{cluster: c, user: u}}\n"
    )
}

#[test]
fn an_api_whose_name_nobody_knows_is_away_and_stops_nothing() {
    let program = program(&kubeconfig("https://no-such-host.invalid:6443"));
    program.write("s.rhai", SCRIPT);
    let printed = program.run(&["s.rhai"]);
    assert_eq!(printed.code, 0, "{}{}", printed.out, printed.err);
    assert!(printed.out.contains("measured: no-such-host.invalid"), "{}", printed.out);
    let journal = program.journal();
    assert!(journal.last().unwrap().contains("run-ended"), "something was recorded after the end");
    let begun = journal.iter().filter(|line| line.contains("\"text\":\"API of cluster far at")).count();
    assert_eq!(begun, 1, "it is measured twice: {journal:#?}");
    assert!(journal.iter().all(|line| !line.contains("canary")), "{journal:#?}");
    let text = program.run(&["report", &program.run_id(), "--format", "markdown"]).out;
    assert!(text.contains("- name no-such-host.invalid: away "), "{text}");
    assert!(text.contains("is not known by that name (DNS)"), "{text}");
}

#[test]
fn a_kubeconfig_that_is_of_no_use_is_told_and_stops_nothing() {
    let program = program("nothing: here");
    program.write("s.rhai", "fn main() { log(`got \"${oc_probe(cluster(\"far\"))}\"`); }");
    let printed = program.run(&["s.rhai"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(printed.out.contains("note  not measured: the kubeconfig "), "{}", printed.out);
    assert!(printed.out.contains(" of cluster far is of no use: "), "{}", printed.out);
    assert!(printed.out.contains("got \"\""), "{}", printed.out);
    let text = program.run(&["report", &program.run_id(), "--format", "markdown"]).out;
    assert!(text.contains("Nothing was measured"), "{text}");
}
