//! What is tried again, and what must not be.

use drsh::run::Event;
use drsh_lab::apiserver::User;
use drsh_lab::faults::Fault;
use serde_json::json;

use super::kit::Kit;

const NOTE: &str = "let note = #{apiVersion: \"v1\", kind: \"ConfigMap\", metadata: #{name: \"note\"}};";

#[test]
fn reads_and_repeatable_changes_outlive_a_server_in_trouble() {
    for fault in [Fault::Status(429), Fault::Status(500), Fault::Status(503), Fault::Reset] {
        let kit = Kit::new();
        kit.config_map("note", &json!({"a": "1"}));
        kit.strike("", "configmaps", fault.clone(), 2);
        assert_eq!(kit.text("oc_get(home, \"cm/note\").data.a"), "1", "{fault:?}");
        let told = kit.heard.events().iter().filter(|event| matches!(event, Event::Waiting { .. })).count();
        assert_eq!(told, 2, "{fault:?}: each retry is told");
        kit.strike("PATCH", "configmaps", fault.clone(), 1);
        assert_eq!(kit.text("oc_patch(home, \"cm/note\", #{data: #{a: \"2\"}}).data.a"), "2", "{fault:?}");
        kit.strike("DELETE", "configmaps", fault.clone(), 1);
        assert!(kit.eval("oc_delete(home, \"cm/note\")").as_bool().unwrap(), "{fault:?}");
    }
}

#[test]
fn a_server_that_takes_a_request_and_never_answers_is_asked_again() {
    let mut kit = Kit::new();
    kit.limits.attempt_seconds = 1;
    kit.config_map("note", &json!({"a": "1"}));
    kit.strike("GET", "configmaps", Fault::Hang, 1);
    assert_eq!(kit.text("oc_get(home, \"cm/note\").data.a"), "1");
    kit.limits.call_seconds = 1;
    kit.strike("GET", "configmaps", Fault::Hang, 9);
    let problem = kit.fail("oc_get(home, \"cm/note\")");
    assert_eq!(problem.kind, "timeout");
    assert!(problem.message.contains("cm/note") || problem.message.contains("configmaps/note"), "{problem}");
}

#[test]
fn a_creation_whose_answer_was_lost_is_not_sent_again() {
    let kit = Kit::new();
    kit.strike("POST", "configmaps", Fault::Reset, 1);
    let problem = kit.fail(&format!("{NOTE} oc_create(home, note)"));
    assert_eq!(problem.kind, "unreachable");
    assert!(problem.message.ends_with("whether it was done is not known"), "{problem}");
}

#[test]
fn a_creation_that_was_turned_away_is_sent_again() {
    let kit = Kit::new();
    kit.strike("POST", "configmaps", Fault::Status(429), 1);
    kit.carry_out(&format!("{NOTE} oc_create(home, note)"));
    assert!(kit.store().get("configmaps", "default", "note").is_some());
}

#[test]
fn credentials_that_are_not_accepted_are_told_from_missing_rights() {
    let kit = Kit::new();
    let stranger = kit.server.kubeconfig(&User::new("stranger", ["system:authenticated"])).unwrap();
    kit.carry_out("oc_version(source)");
    std::fs::write(&kit.entry.kubeconfig, &stranger).unwrap();
    let problem = kit.fail("oc_list(home, \"secrets\")");
    assert_eq!(problem.kind, "denied");
    assert!(problem.message.contains("stranger"), "{problem}");
    let token = "  - name: lost\n    user:\n      token: no-such-token\n";
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts:\n  - name: c\n    context:\n      \
         cluster: c\n      user: lost\nclusters:\n  - name: c\n    cluster:\n      server: https://{}\n      \
         insecure-skip-tls-verify: true\nusers:\n{token}",
        kit.server.address()
    );
    std::fs::write(&kit.entry.kubeconfig, text).unwrap();
    let problem = kit.fail("oc_list(home, \"secrets\")");
    assert_eq!(problem.kind, "denied");
    assert!(problem.message.contains("does not accept the credentials"), "{problem}");
    assert!(!problem.message.contains("no-such-token"));
}

#[test]
fn a_kubeconfig_that_is_of_no_use_is_named() {
    let mut kit = Kit::new();
    kit.entry.context = Some("nowhere".into());
    let problem = kit.fail("oc_version(source)");
    assert_eq!(problem.kind, "environment");
    assert!(problem.message.contains("source.kubeconfig (context nowhere)"), "{problem}");
}
