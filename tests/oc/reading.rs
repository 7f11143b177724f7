//! Reading objects, by the names that people use.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::kit;

fn hosted_cluster(name: &str) -> serde_json::Value {
    let storage = json!({"type": "PersistentVolume", "restoreSnapshotURL": ["https://bucket/canary-7f3c"]});
    json!({
        "apiVersion": "hypershift.openshift.io/v1beta1", "kind": "HostedCluster", "metadata": {"name": name},
        "spec": {
            "etcd": {"managementType": "Managed", "managed": {"storage": storage}},
            "networking": {}, "platform": {"type": "AWS"}, "pullSecret": {"name": "p"},
            "release": {"image": "r:1"}, "services": [],
        },
    })
}

#[test]
fn an_object_is_found_by_every_name_of_its_kind() {
    let Some(kit) = kit() else { return };
    kit.put("hostedclusters", hosted_cluster("demo"));
    for kind in ["hc", "hostedcluster", "HostedCluster", "hostedclusters.hypershift.openshift.io"] {
        let script = format!("oc_get(home, \"{kind}/demo\").metadata.name");
        assert_eq!(kit.text(&script), "demo", "{kind}");
    }
}

#[test]
fn a_name_that_two_groups_share_is_refused_with_the_choices() {
    let Some(kit) = kit() else { return };
    let problem = kit.fail("oc_list(home, \"machines\")");
    assert_eq!(problem.kind, "ambiguous", "{problem:?}");
    assert!(problem.message.contains("machines.cluster.x-k8s.io"), "{}", problem.message);
    assert!(problem.message.contains("machines.machine.openshift.io"), "{}", problem.message);
    assert!(kit.eval("oc_list(home, \"machines.cluster.x-k8s.io\").is_empty").as_bool().unwrap());
}

#[test]
fn an_unknown_kind_is_answered_with_the_nearest() {
    let Some(kit) = kit() else { return };
    let problem = kit.fail("oc_get(home, \"hostedcluter/demo\")");
    assert_eq!(problem.kind, "unknown_kind");
    assert_eq!(problem.hint.as_deref(), Some("did you mean `hostedcluster`?"));
}

#[test]
fn a_kind_that_is_installed_during_the_run_is_found() {
    let Some(kit) = kit() else { return };
    let run = kit.run();
    assert_eq!(kit.eval_in(&run, "oc_list(home, \"gadgets\")").unwrap_err().kind, "unknown_kind");
    let schema = json!({"openAPIV3Schema": {"type": "object"}});
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "gadgets.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"plural": "gadgets", "singular": "gadget", "kind": "Gadget", "listKind": "GadgetList"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}],
        },
    });
    kit.define(definition);
    assert!(kit.eval_in(&run, "oc_list(home, \"gadgets\").is_empty").unwrap().as_bool().unwrap());
}

#[test]
fn what_is_not_there_is_an_error_to_get_and_nothing_to_find() {
    let Some(kit) = kit() else { return };
    let problem = kit.fail("oc_get(home, \"cm/none\")");
    assert_eq!(problem.kind, "not_found");
    assert!(problem.message.contains("configmaps \"none\" not found"), "{}", problem.message);
    assert!(kit.eval("oc_find(home, \"cm/none\")").is_unit());
}

#[test]
fn a_kind_in_namespaces_needs_one() {
    let Some(kit) = kit() else { return };
    let problem = kit.fail("oc_get(source, \"cm/none\")");
    assert_eq!(problem.kind, "bad_argument");
    assert!(problem.hint.unwrap().contains("cluster(\"source\").namespace"));
    assert_eq!(kit.text("oc_get(home, \"namespace/default\").metadata.name"), "default");
}

#[test]
fn a_list_holds_every_page() {
    let Some(kit) = kit() else { return };
    kit.config_maps((0..1_101).map(|number| format!("n-{number:04}")));
    assert_eq!(kit.eval("oc_list(home, \"cm\").len()").as_int().unwrap(), 1_101);
    let first_and_last = "let all = oc_list(home, \"cm\").names(); all[0] + all[-1]";
    assert_eq!(kit.text(first_and_last), "n-0000n-1100");
}

#[test]
fn a_list_is_narrowed_by_labels_fields_and_namespace() {
    let Some(kit) = kit() else { return };
    kit.config_map("one", &json!({}));
    kit.config_map("two", &json!({}));
    let labels = json!({"test": kit.home()});
    let metadata =
        json!({"name": format!("three-{}", kit.home()), "namespace": "kube-system", "labels": labels});
    kit.put("configmaps", json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}));
    assert_eq!(kit.text("oc_list(home, \"cm\", #{labels: #{app: \"one\"}}).names()[0]"), "one");
    assert_eq!(kit.text("oc_list(home, \"cm\", #{fields: \"metadata.name=two\"}).names()[0]"), "two");
    let everywhere =
        format!("oc_list(source, \"cm\", #{{labels: \"test={}\", all_namespaces: true}}).len()", kit.home());
    assert_eq!(kit.eval(&everywhere).as_int().unwrap(), 3);
    assert_eq!(kit.fail("oc_list(home, \"cm\", #{label: 1})").kind, "bad_argument");
}

#[test]
fn the_items_of_a_list_say_what_they_are() {
    let Some(kit) = kit() else { return };
    kit.config_map("one", &json!({}));
    assert_eq!(kit.text("let one = oc_list(home, \"cm\")[0]; one.apiVersion + one.kind"), "v1ConfigMap");
}

#[test]
fn nothing_shows_the_data_of_a_secret_or_a_snapshot_url() {
    let Some(kit) = kit() else { return };
    let data = json!({"token": STANDARD.encode("canary-7f3c")});
    kit.put(
        "secrets",
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "pull"}, "data": data,
        }),
    );
    kit.put("hostedclusters", hosted_cluster("demo"));
    let shown = kit.text(
        "let secret = oc_get(home, \"secret/pull\");
         let listed = oc_list(home, \"secrets\");
         let url = oc_get(home, \"hc/demo\").spec.etcd.managed.storage.restoreSnapshotURL;
         `${secret.data.token} ${secret} ${listed[0]} ${url[0]} ${secret.data.token.length}`",
    );
    assert!(!shown.contains("canary") && !shown.contains(&STANDARD.encode("canary-7f3c")), "{shown}");
    assert!(shown.starts_with("•••") && shown.ends_with(" 11"), "{shown}");
}

#[test]
fn the_cluster_says_what_it_serves_what_is_allowed_and_who_it_is() {
    let Some(kit) = kit() else { return };
    assert!(kit.eval("oc_can_i(home, \"patch\", \"hc\")").as_bool().unwrap());
    assert!(kit.eval("oc_can_i(home, \"create\", \"pods/exec\")").as_bool().unwrap());
    let served = "oc_api_resources(source).some(|kind| kind.name == \"deployments.apps\" && kind.namespaced)";
    assert!(kit.eval(served).as_bool().unwrap());
    let uid = kit.get_at("/api/v1/namespaces/kube-system").unwrap();
    assert_eq!(kit.text("oc_version(source).uid"), uid["metadata"]["uid"].as_str().unwrap());
    assert!(kit.text("oc_version(source).version").starts_with('v'));
}
