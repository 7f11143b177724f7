//! What is tried again, and what must not be. It needs the faults of the lab.

use drsh::run::Event;
use drsh_lab::faults::Fault;
use serde_json::json;

use super::approving::with_request;
use super::kit;
use super::waiting::{set, waits};

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
        let slows = kit.heard.events().iter().any(|event| {
            matches!(event, Event::Waiting { seen, .. } if seen.starts_with("cluster source asks to slow down: "))
        });
        assert_eq!(slows, fault == Fault::Status(429), "{fault:?}");
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
    assert!(problem.message.starts_with("cluster source did not get c"), "{problem}");
    assert!(problem.message.contains("/note in default: no answer within "), "{problem}");
    assert!(!problem.message.contains("whether"), "nothing was to be done: {problem}");
}

#[test]
fn a_change_that_outlasts_its_call_may_have_been_made() {
    let Some(mut kit) = kit() else { return };
    kit.config_map("note", &json!({"a": "1"}));
    kit.limits.call_seconds = 1;
    kit.strike("PATCH", "configmaps", Fault::Hang, 9);
    let problem = kit.fail("oc_patch(home, \"cm/note\", #{data: #{a: \"2\"}})");
    assert_eq!(problem.kind, "timeout");
    assert!(problem.message.starts_with("cluster source did not patch configmaps/note"), "{problem}");
    assert!(problem.message.ends_with("; whether it was done is not known"), "{problem}");
    assert_eq!(problem.hint.as_deref(), Some("look whether it was done before trying again"));
}

#[test]
fn a_watch_that_is_not_answered_is_told_and_begun_again() {
    let Some(mut kit) = kit() else { return };
    kit.limits.attempt_seconds = 1;
    kit.config_map("note", &json!({"a": "1"}));
    kit.strike("GET", "watch=", Fault::Hang, 1);
    assert_eq!(waits(&kit, || set(&kit, "2")).unwrap(), "2");
    let told = "cluster source did not let configmaps be watched: no answer within 1s";
    let events = kit.heard.events();
    let is_told = |event: &Event| matches!(event, Event::Waiting { seen, .. } if seen == told);
    assert!(events.iter().any(is_told), "{events:?}");
}

#[test]
fn a_creation_that_is_not_answered_is_not_sent_again() {
    let Some(mut kit) = kit() else { return };
    kit.limits.attempt_seconds = 1;
    kit.strike("POST", "configmaps", Fault::Hang, 1);
    let problem = kit.fail(&format!("{NOTE} oc_create(home, note)"));
    assert_eq!(problem.kind, "timeout");
    let message = "cluster source did not create configmaps/note in default: no answer within 1s; whether it was done \
                   is not known";
    assert_eq!(problem.message, message);
    assert_eq!(problem.hint.as_deref(), Some("look whether it was done before trying again"));
    assert!(kit.get("configmaps", "note").is_none(), "it was sent again");
}

#[test]
fn a_request_that_somebody_else_writes_all_the_time_is_given_up() {
    let Some(kit) = kit() else { return };
    kit.strike("PUT", "/approval", Fault::Status(409), 5);
    let problem = kit.fail(&with_request("oc_approve(source, request, \"Why\", \"because\");"));
    assert_eq!(problem.kind, "conflict");
    assert!(problem.message.ends_with(" changes all the time: each approval came too late"), "{problem}");
    assert!(problem.hint.unwrap().contains("--show-managed-fields"));
}

#[test]
fn a_lease_that_others_always_take_first_is_given_up() {
    let Some(kit) = kit() else { return };
    kit.strike("POST", "/leases", Fault::Status(409), 8);
    let problem = kit.eval_in(&kit.recorded_run(), &format!("{NOTE} oc_apply(home, note)")).unwrap_err();
    assert_eq!(problem.kind, "held");
    assert_eq!(problem.message, "the lease of cluster source changes hands all the time");
    assert!(problem.hint.unwrap().contains("kubectl -n kube-system get lease drsh"));
    assert!(kit.get("configmaps", "note").is_none());
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
