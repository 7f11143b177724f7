//! Deleting, and only what was meant.

use serde_json::json;

use super::kit;

#[test]
fn what_is_not_there_counts_as_deleted() {
    let Some(kit) = kit() else { return };
    kit.config_map("note", &json!({}));
    assert!(kit.eval("oc_delete(home, \"cm/note\")").as_bool().unwrap());
    assert!(!kit.eval("oc_delete(home, \"cm/note\")").as_bool().unwrap());
    assert!(kit.get("configmaps", "note").is_none());
}

#[test]
fn an_object_with_another_uid_stays() {
    let Some(kit) = kit() else { return };
    let made = kit.config_map("note", &json!({}));
    let problem = kit.fail("oc_delete(home, \"cm/note\", #{uid: \"another\"})");
    assert_eq!(problem.kind, "conflict");
    let uid = made["metadata"]["uid"].as_str().unwrap();
    let message = format!("configmaps/note has the UID {uid}, not another: it is another object");
    assert_eq!(problem.message, message);
    assert!(kit.get("configmaps", "note").is_some());
    assert!(kit.eval(&format!("oc_delete(home, \"cm/note\", #{{uid: \"{uid}\"}})")).as_bool().unwrap());
}

#[test]
fn a_wait_that_runs_out_names_the_finalizers() {
    let Some(kit) = kit() else { return };
    let metadata = json!({"name": "held", "finalizers": ["example.com/hold"]});
    kit.put("configmaps", json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}));
    let problem = kit.fail("oc_delete(home, \"cm/held\", #{wait: seconds(5)})");
    assert_eq!(problem.kind, "timeout");
    assert_eq!(problem.message, "after 5s there still are cm: held (held by example.com/hold)");
    let finish = "oc_patch(home, \"cm/held\", #{metadata: #{finalizers: ()}}); oc_delete(home, \"cm/held\", #{wait: seconds(30)})";
    kit.carry_out(finish);
    assert!(kit.get("configmaps", "held").is_none());
}

#[test]
fn all_that_is_selected_goes_and_nothing_else() {
    let Some(kit) = kit() else { return };
    for name in ["a", "b", "c"] {
        kit.config_map(name, &json!({}));
    }
    let gone = kit.text("let gone = oc_delete_all(home, \"cm\", #{labels: \"app in (a, c)\", wait: seconds(30)}); gone[0] + gone[1]");
    assert_eq!(gone, "ac");
    assert!(kit.text("oc_list(home, \"cm\").names().to_string()") == "[\"b\"]");
}

#[test]
fn nothing_is_deleted_in_a_phase_that_is_not_approved() {
    let Some(mut kit) = kit() else { return };
    kit.approved = false;
    kit.config_map("note", &json!({}));
    assert_eq!(kit.fail("oc_delete(home, \"cm/note\")").kind, "refused");
    assert!(kit.get("configmaps", "note").is_some());
}
