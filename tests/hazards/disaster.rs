//! Disasters: the hosted API is down when the run begins; the source is gone.

use serde_json::Value;

use crate::kit::World;

/// The bash begins with `oc create configmap` in the hosted cluster, without a limit: in a disaster it hangs (F11).
#[test]
fn a_hosted_api_that_is_down_is_noted_and_left_out() {
    let mut world = World::small();
    world.environment.limits.call_seconds = 3;
    world.lab().faults().switch_on("kubelet: kube-apiserver pods never start");
    for pod in world.source().list("pods", world.plane()) {
        if pod["metadata"]["labels"]["app"] == "kube-apiserver" {
            world.source().delete("pods", world.plane(), pod["metadata"]["name"].as_str().unwrap()).unwrap();
        }
    }
    let printed = world.run("backup_hcp").well();
    assert!(printed.out.contains("mgmt-parent-cluster is left out"), "{printed}");
    assert!(world.backup("manifest.json").exists());
}

/// The bash cannot say that the source is lost: it asks the dead cluster for everything, in every phase.
#[test]
fn a_lost_source_is_named_and_needs_no_kubeconfig_any_more() {
    let mut world = World::small();
    world.run("backup_hcp").well();
    world.environment.clusters.remove("source");
    world.run("restore_hcp").stopped(2, &["source"]);
    assert_eq!(world.hosted_cluster(&world.destination()), Value::Null);
    world.set("source_lost", "source");
    world.run("restore_hcp").well();
    world.run("verify_hcp").well();
}
