//! A cluster is known by its identity, whatever its kubeconfig says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drsh_lab::apiserver::{Authority, User};
use serde_json::json;

use super::kit;

#[test]
fn a_kubeconfig_that_was_swapped_between_runs_stops_the_second() {
    let Some(kit) = kit() else { return };
    kit.carry_out("oc_version(source)");
    let other = kit.cluster.another(kit.runtime.handle());
    kit.write_kubeconfig(&other.kubeconfig(&User::admin()));
    let problem = kit.fail("oc_version(source)");
    assert_eq!(problem.kind, "wrong_cluster");
    assert!(problem.message.contains("is not the cluster `source`"), "{problem}");
    assert!(problem.hint.unwrap().contains("remove"));
}

#[test]
fn a_uid_in_the_environment_is_held_against_the_cluster_at_first_contact() {
    let Some(mut kit) = kit() else { return };
    kit.entry.uid = Some("11111111-2222-3333-4444-555555555555".into());
    let problem =
        kit.fail("oc_apply(home, #{apiVersion: \"v1\", kind: \"ConfigMap\", metadata: #{name: \"note\"}})");
    assert_eq!(problem.kind, "wrong_cluster");
    assert!(kit.get("configmaps", "note").is_none());
}

#[test]
fn what_cannot_be_undone_asks_the_cluster_again_who_it_is() {
    let Some(kit) = kit() else { return };
    let other = kit.cluster.another(kit.runtime.handle());
    let note = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "note"}});
    for cluster in [&kit.cluster, &other] {
        kit.put_into(cluster, "configmaps", note.clone());
    }
    let run = kit.run();
    drop(kit.eval_in(&run, "oc_get(home, \"cm/note\")").unwrap());
    kit.front.lead_to(other.address());
    assert_eq!(kit.eval_in(&run, "oc_delete(home, \"cm/note\")").unwrap_err().kind, "wrong_cluster");
    let path = format!("/api/v1/namespaces/{}/configmaps/note", kit.home());
    assert!(kit.get_from(&other, &path).is_some());
}

#[test]
fn a_cluster_that_is_down_says_so_soon_and_is_met_when_it_is_up() {
    let Some(kit) = kit() else { return };
    let run = kit.run();
    kit.front.down();
    let problem = kit.eval_in(&run, "oc_version(source)").unwrap_err();
    assert_eq!(problem.kind, "unreachable");
    assert!(problem.message.contains("refuses the connection"), "{problem}");
    kit.front.up();
    drop(kit.eval_in(&run, "oc_version(source)").unwrap());
}

#[test]
fn a_name_that_the_environment_does_not_declare_is_answered_with_those_it_does() {
    let Some(kit) = kit() else { return };
    let problem = kit.fail("cluster(\"soruce\")");
    assert_eq!(problem.kind, "unknown_target");
    assert_eq!(problem.hint.as_deref(), Some("did you mean `source`? declared are source"));
}

#[test]
fn a_certificate_of_another_authority_is_not_accepted() {
    let Some(kit) = kit() else { return };
    let own = kit.kubeconfig(&User::admin());
    let line = own.lines().find(|line| line.contains("certificate-authority-data")).unwrap();
    let (_, authority) = line.split_once(": ").unwrap();
    let foreign = STANDARD.encode(Authority::new("other").unwrap().pem());
    kit.write_kubeconfig(&own.replace(authority.trim(), &foreign));
    let problem = kit.fail("oc_version(source)");
    assert_eq!(problem.kind, "unreachable");
    assert!(problem.message.contains("certificate that is not accepted"), "{problem}");
}
