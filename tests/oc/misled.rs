//! What stands at a cluster's address answers what no API server does, or one that is too old.

use super::super::odd::{Answer, lead_to_odd};
use super::kit;

const POD: &str = "oc_get(home, \"pod/etcd-0\")";
const EXEC: &str = "/api/v1/namespaces/default/pods/etcd-0/exec";

#[test]
fn a_server_that_answers_as_usual_is_taken_for_one() {
    let Some(kit) = kit() else { return };
    lead_to_odd(&kit, Vec::new());
    assert_eq!(kit.text(&format!("{POD}.metadata.name")), "etcd-0");
}

#[test]
fn a_page_that_asks_to_log_in_is_no_cluster() {
    let Some(kit) = kit() else { return };
    let page = Answer::Text("<html>Please log in</html>");
    let address = lead_to_odd(&kit, vec![("/api/v1/namespaces/kube-system", page)]);
    let problem = kit.fail(POD);
    assert_eq!(problem.kind, "unreachable");
    assert_eq!(problem.message, "cluster source does not say who it is: its answer has no uid");
    let hint = format!("what stands at http://{address}/ may not be an API server");
    assert_eq!(problem.hint, Some(hint));
}

#[test]
fn an_answer_that_is_no_json_is_told_with_what_was_asked() {
    let Some(kit) = kit() else { return };
    let page = Answer::Text("<html>Please log in</html>");
    let address = lead_to_odd(&kit, vec![("/api/v1/namespaces/default/pods/etcd-0", page)]);
    let problem = kit.fail(POD);
    assert_eq!(problem.kind, "unreachable");
    let message =
        "cluster source did not get pods/etcd-0 in default: its answer is no JSON: expected value at line 1";
    assert!(problem.message.starts_with(message), "{problem}");
    let hint = format!("what stands at http://{address}/ may not be an API server");
    assert_eq!(problem.hint, Some(hint));
}

#[test]
fn kinds_that_are_told_in_no_known_form_are_told_so() {
    let Some(kit) = kit() else { return };
    for (path, text) in
        [("/apis", r#"{"groups": 3}"#), ("/api", r#"{"kind": "APIGroupDiscoveryList", "items": 3}"#)]
    {
        lead_to_odd(&kit, vec![(path, Answer::Text(text))]);
        let problem = kit.fail(POD);
        assert_eq!(problem.kind, "unreachable");
        let message =
            "cluster source does not say which kinds it serves in a known form: invalid type: integer";
        assert!(problem.message.starts_with(message), "{problem}");
    }
}

#[test]
fn a_kind_that_no_request_can_be_made_for_is_told_so() {
    let Some(kit) = kit() else { return };
    let kinds = r#"{"kind": "APIGroupDiscoveryList", "metadata": {}, "items": [{"metadata": {"name": "a b"}, "versions": [
        {"version": "v1", "resources": [{"resource": "notes", "scope": "Namespaced",
         "responseKind": {"group": "", "version": "", "kind": "Note"}, "verbs": ["get"]}]}]}]}"#;
    lead_to_odd(&kit, vec![("/apis", Answer::Text(kinds))]);
    let problem = kit.fail("oc_get(home, \"notes/a\")");
    assert_eq!(problem.kind, "invalid");
    let begins = "no request to an API server can be made of it: failed to build request: invalid uri";
    assert!(problem.message.starts_with(begins), "{problem}");
}

#[test]
fn a_command_that_the_runtime_refuses_did_not_start() {
    let Some(kit) = kit() else { return };
    let refused = r#"{"status": "Failure", "message": "container etcd is not running"}"#;
    lead_to_odd(&kit, vec![(EXEC, Answer::Streams("v5.channel.k8s.io", vec![(3, refused)]))]);
    let problem = kit.fail("oc_exec(home, \"etcd-0\", [\"hostname\"])");
    assert_eq!(problem.kind, "invalid");
    assert_eq!(problem.message, "`hostname` in pod etcd-0 did not start: container etcd is not running");
}

#[test]
fn a_server_that_cannot_end_the_input_of_a_command_is_given_none() {
    let Some(kit) = kit() else { return };
    lead_to_odd(&kit, vec![(EXEC, Answer::Streams("v4.channel.k8s.io", Vec::new()))]);
    let problem = kit.fail("oc_exec(home, \"etcd-0\", [\"cat\"], #{stdin: \"a\"})");
    assert_eq!(problem.kind, "invalid");
    assert_eq!(problem.message, "the API server cannot tell a command that its input ended");
    assert_eq!(problem.hint.as_deref(), Some("this needs Kubernetes 1.30 or newer"));
}
