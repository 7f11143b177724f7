//! Creating, applying, patching and scaling.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::super::kit::Kit;
use super::kit;

const NOTE: &str =
    "let note = #{apiVersion: \"v1\", kind: \"ConfigMap\", metadata: #{name: \"note\"}, data: #{a: \"1\"}};";

#[test]
fn what_is_there_already_is_not_created_again() {
    let Some(kit) = kit() else { return };
    let problem = kit.fail(&format!("{NOTE} oc_create(home, note); oc_create(home, note);"));
    assert_eq!(problem.kind, "already_exists");
    assert!(
        problem
            .message
            .starts_with(&format!("cluster source did not create configmaps/note in {}", kit.home())),
        "{problem}"
    );
}

#[test]
fn applying_creates_and_then_changes() {
    let Some(kit) = kit() else { return };
    let after =
        kit.text(&format!("{NOTE} oc_apply(home, note); note.data.a = \"2\"; oc_apply(home, note).data.a"));
    assert_eq!(after, "2");
    let stored = kit.get("configmaps", "note").unwrap();
    assert_eq!(stored["metadata"]["managedFields"][0]["manager"], "drsh");
}

#[test]
fn an_object_that_was_read_can_be_applied_again() {
    let Some(kit) = kit() else { return };
    kit.config_map("note", &json!({"a": "1"}));
    let script = "let note = oc_get(home, \"cm/note\"); note.data.b = \"2\";
         oc_apply(home, note, #{force: true}).data.b";
    assert_eq!(kit.text(script), "2");
}

#[test]
fn a_conflict_names_the_field_and_who_holds_it_unless_it_is_forced() {
    let Some(kit) = kit() else { return };
    let other = "oc_patch(home, \"cm/note\", #{data: #{a: \"9\"}})";
    kit.carry_out(&format!("{NOTE} oc_apply(home, note);"));
    kit.runtime.block_on(async {
        let api: kube::Api<k8s_openapi::api::core::v1::ConfigMap> =
            kube::Api::namespaced(kit.client(), kit.home());
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "note"}, "data": {"a": "7"}});
        let parameters = kube::api::PatchParams::apply("gitops").force();
        api.patch("note", &parameters, &kube::api::Patch::Apply(object)).await.unwrap();
    });
    let problem = kit.fail(&format!("{NOTE} oc_apply(home, note)"));
    assert_eq!(problem.kind, "conflict");
    assert!(problem.message.contains(".data.a is held by \"gitops\""), "{problem}");
    assert_eq!(kit.text(&format!("{NOTE} oc_apply(home, note, #{{force: true}}).data.a")), "1");
    assert_eq!(kit.text(&format!("{other}.data.a")), "9");
}

#[test]
fn a_patch_is_a_merge_or_a_list_of_operations_by_its_type() {
    let Some(kit) = kit() else { return };
    kit.config_map("note", &json!({"a": "1", "b": "2"}));
    let merged = kit.eval("oc_patch(home, \"cm/note\", #{data: #{a: \"3\", b: ()}}).data == #{a: \"3\"}");
    assert!(merged.as_bool().unwrap());
    let operations = "[#{op: \"test\", path: \"/data/a\", value: \"3\"}, #{op: \"replace\", path: \"/data/a\", value: \"4\"}]";
    assert_eq!(kit.text(&format!("oc_patch(home, \"cm/note\", {operations}).data.a")), "4");
    assert_eq!(kit.fail(&format!("oc_patch(home, \"cm/note\", {operations})")).kind, "invalid");
    assert_eq!(kit.fail("oc_patch(home, \"cm/none\", #{data: #{}})").kind, "not_found");
    let named = "oc_patch(home, \"cm/note\", #{data: #{c: \"5\"}}, #{type: \"apply\"}).data.c";
    assert_eq!(kit.text(named), "5");
}

#[test]
fn a_strategic_patch_merges_lists_by_their_key() {
    let Some(kit) = kit() else { return };
    deployment(&kit, 2);
    let script = "let patch = #{spec: #{template: #{spec: #{containers: [#{name: \"b\", image: \"b:2\"}]}}}};
         let after = oc_patch(home, \"deployment/api\", patch, #{type: \"strategic\"});
         after.spec.template.spec.containers.len()";
    assert_eq!(kit.eval(script).as_int().unwrap(), 2);
}

#[test]
fn a_status_is_patched_as_a_subresource() {
    let Some(kit) = kit() else { return };
    deployment(&kit, 2);
    let patch = |status: &str| {
        format!("oc_patch(home, \"deploy/api\", #{{status: #{{{status}}}}}, #{{subresource: \"status\"}});")
    };
    let script = patch("replicas: 2, readyReplicas: 2") + "oc_get(home, \"deploy/api\").status.readyReplicas";
    assert_eq!(kit.eval(&script).as_int().unwrap(), 2);
    let problem = kit.fail(&patch("readyReplicas: 3, availableReplicas: 4"));
    for cause in [
        "status.readyReplicas: Invalid value: 3: cannot be greater than status.replicas",
        "status.availableReplicas: Invalid value: 4: cannot be greater than readyReplicas",
    ] {
        assert!(problem.message.contains(cause), "{problem}");
    }
}

#[test]
fn scaling_gives_back_how_many_there_were() {
    let Some(kit) = kit() else { return };
    deployment(&kit, 3);
    assert_eq!(kit.eval("oc_scale(home, \"deployment/api\", 0)").as_int().unwrap(), 3);
    assert_eq!(kit.eval("oc_scale(home, \"deployment/api\", 3)").as_int().unwrap(), 0);
    assert_eq!(kit.eval("oc_get(home, \"deployment/api\").spec.replicas").as_int().unwrap(), 3);
    assert_eq!(kit.fail("oc_scale(home, \"cm/api\", 3)").kind, "invalid");
}

#[test]
fn a_secret_goes_from_cluster_to_cluster_byte_for_byte() {
    let Some(kit) = kit() else { return };
    let data = json!({
        "text": STANDARD.encode("canary-7f3c"), "binary": STANDARD.encode([0_u8, 159, 146, 150]), "empty": "",
    });
    kit.put(
        "secrets",
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "one"}, "data": data.clone(),
        }),
    );
    kit.carry_out(
        "let secret = oc_get(home, \"secret/one\");
         oc_apply(home, #{apiVersion: \"v1\", kind: \"Secret\", metadata: #{name: \"two\"}, data: secret.data});
         oc_patch(home, \"secret/two\", #{data: #{again: secret.data.text}});",
    );
    let copy = kit.get("secrets", "two").unwrap();
    for key in ["text", "binary", "empty"] {
        assert_eq!(copy["data"][key], data[key], "{key}");
    }
    assert_eq!(copy["data"]["again"], data["text"]);
}

#[test]
fn what_the_server_refuses_is_said_cause_by_cause() {
    let Some(kit) = kit() else { return };
    let problem = kit.fail(
        "oc_create(home, #{apiVersion: \"hypershift.openshift.io/v1beta1\", kind: \"HostedCluster\",
             metadata: #{name: \"demo\"}, spec: #{pausedUntil: \"when it suits\"}})",
    );
    assert_eq!(problem.kind, "invalid");
    assert!(problem.message.contains("spec."), "{problem}");
}

#[test]
fn an_object_for_another_namespace_than_the_handles_is_refused() {
    let Some(kit) = kit() else { return };
    let problem =
        kit.fail(&format!("{NOTE} note.metadata.namespace = \"kube-system\"; oc_apply(home, note)"));
    assert_eq!(problem.kind, "bad_argument");
    let without = kit.fail(&format!("{NOTE} note.remove(\"kind\"); oc_apply(home, note)"));
    assert_eq!(without.kind, "invalid");
}

#[test]
fn a_read_only_cluster_is_read_and_not_changed() {
    let Some(kit) = kit().map(Kit::read_only) else { return };
    assert_eq!(kit.fail(&format!("{NOTE} oc_apply(home, note)")).kind, "refused");
    assert!(kit.eval("oc_find(home, \"cm/note\")").is_unit());
}

fn deployment(kit: &Kit, replicas: u64) {
    let container = |name: &str| json!({"name": name, "image": format!("{name}:1")});
    kit.put("deployments", json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "api"}},
            "template": {
                "metadata": {"labels": {"app": "api"}}, "spec": {"containers": [container("a"), container("b")]},
            },
        },
    }));
}

#[test]
fn what_has_no_scale_is_not_scaled() {
    let Some(kit) = kit() else { return };
    kit.config_map("note", &json!({}));
    let problem = kit.fail("oc_scale(home, \"cm/note\", 0)");
    assert_eq!(problem.kind, "invalid");
    assert_eq!(problem.message, "configmaps cannot be scaled: cluster source serves no scale of it");
}
