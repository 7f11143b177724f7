//! What is tried again, and what must not be. It needs the faults of the lab.

use drsh::run::Event;
use drsh_lab::faults::Fault;
use serde_json::json;

use super::kit;

const NOTE: &str = "let note = #{apiVersion: \"v1\", kind: \"ConfigMap\", metadata: #{name: \"note\"}};";

#[test]
fn reads_and_repeatable_changes_outlive_a_server_in_trouble() {
    for fault in [Fault::Status(429), Fault::Status(500), Fault::Status(503), Fault::Reset] {
        let Some(kit) = kit() else { return };
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
    let Some(mut kit) = kit() else { return };
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
    let Some(kit) = kit() else { return };
    kit.strike("POST", "configmaps", Fault::Reset, 1);
    let problem = kit.fail(&format!("{NOTE} oc_create(home, note)"));
    assert_eq!(problem.kind, "unreachable");
    assert!(problem.message.ends_with("whether it was done is not known"), "{problem}");
}

#[test]
fn a_creation_that_was_turned_away_is_sent_again() {
    let Some(kit) = kit() else { return };
    kit.strike("POST", "configmaps", Fault::Status(429), 1);
    kit.carry_out(&format!("{NOTE} oc_create(home, note)"));
    assert!(kit.get("configmaps", "note").is_some());
}

#[test]
fn what_goes_by_no_state_is_written_although_others_change_the_object_all_the_time() {
    let Some(kit) = kit() else { return };
    kit.config_map("note", &json!({"a": "1"}));
    kit.strike("PATCH", "configmaps", Fault::Status(409), 2);
    assert_eq!(kit.text("oc_patch(home, \"cm/note\", #{data: #{a: \"2\"}}).data.a"), "2");
    kit.strike("PATCH", "configmaps", Fault::Status(409), 1);
    let stated = "oc_patch(home, \"cm/note\", #{metadata: #{resourceVersion: \"1\"}, data: #{a: \"3\"}})";
    assert_eq!(kit.fail(stated).kind, "conflict");
    assert_eq!(kit.cluster.faults().strike("source", "PATCH", "configmaps"), None, "it was tried once");
}

#[test]
fn a_conflict_over_a_deletion_does_not_count_as_deleted() {
    let Some(kit) = kit() else { return };
    kit.config_map("note", &json!({"a": "1"}));
    kit.strike("DELETE", "configmaps", Fault::Status(409), 2);
    assert!(kit.eval("oc_delete(home, \"cm/note\")").as_bool().unwrap());
    assert_eq!(kit.get("configmaps", "note"), None);
}
