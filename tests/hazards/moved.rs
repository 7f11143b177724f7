//! A whole migration, judged by what the operator reads, the journal, and the world at its end.

use crate::kit::{moved, names_of, steps_done};

/// The bash stops at nothing and checks nothing between its phases (F1, F3).
#[test]
fn every_documented_step_is_done_once_and_in_order() {
    let it = moved();
    let documented = [
        "B0", "B1", "B2", "B3", "B4a", "B4", "B5", "B6", "B7", "B8", "B9", "B10", "R0", "R1", "R1a", "R2",
        "R3", "R4", "R5", "R6", "R6a", "R7", "R8", "V1", "V2", "T0", "T1", "T2", "T3", "T4", "T5", "T6",
        "T7", "T8",
    ];
    assert_eq!(steps_done(&it.journal), documented);
    for phase in ["backup", "restore", "verify", "teardown"] {
        assert!(it.printed.out.lines().any(|line| line.trim() == phase), "{phase}: {}", it.printed);
    }
}

/// The bash writes one `${NODEPOOLS}`: with two pools it stops after the pause, with the control plane down (H3, F19, F20).
#[test]
fn all_three_node_pools_are_paused_backed_up_restored_and_torn_down() {
    let it = moved();
    for pool in ["demo-a", "demo-workers", "gpu"] {
        let file = format!("namespaces/clusters/np-{pool}.yaml");
        let (_, text) = it.backup.get(&file).unwrap_or_else(|| panic!("no {file}"));
        let saved: serde_json::Value = serde_saphyr::from_slice(text).unwrap();
        assert_eq!(saved["spec"]["pausedUntil"], "true", "{pool} was backed up before it was paused");
        let restored = it.is("NodePool.hypershift.openshift.io", "clusters", pool);
        assert_eq!(restored["spec"]["clusterName"], "demo");
        assert!(restored["spec"].get("pausedUntil").is_none(), "{pool} is still paused on the destination");
    }
    let left = names_of(&it.after.source, "NodePool.hypershift.openshift.io", "clusters");
    assert_eq!(left, ["demo-2-a"], "on the source");
}

/// The bash strips all annotations: the hashes that keep the nodes from being replaced (F29).
#[test]
fn the_annotations_of_node_pools_come_along() {
    let it = moved();
    for pool in ["demo-a", "demo-workers", "gpu"] {
        let was = &it.was("NodePool.hypershift.openshift.io", "clusters", pool)["metadata"]["annotations"];
        let is = &it.is("NodePool.hypershift.openshift.io", "clusters", pool)["metadata"]["annotations"];
        let config = "hypershift.openshift.io/nodePoolCurrentConfig";
        assert!(was[config].is_string(), "the lab sets no {config}: {was}");
        assert_eq!(is[config], was[config], "{pool}");
    }
}

/// The bash restores `hcp`, `cl` and machine deployments as they were: paused (F30).
#[test]
fn nothing_on_the_destination_is_still_paused() {
    for ((kind, namespace, name), object) in &moved().after.destination {
        let annotations = &object["metadata"]["annotations"];
        let is_paused = object["spec"].get("pausedUntil").is_some_and(|until| !until.is_null())
            || annotations.get("cluster.x-k8s.io/paused").is_some()
            || object["spec"]["paused"] == true;
        assert!(!is_paused, "{kind} {namespace}/{name}");
    }
}

/// Bare `machine` means the management cluster's own servers where the Machine API is served (H10, F35, F100).
#[test]
fn the_management_cluster_keeps_its_own_machines() {
    let it = moved();
    let own = |objects| crate::kit::own_text(objects, |kind, _, _| kind.ends_with(".machine.openshift.io"));
    assert_eq!(own(&it.before.source).len(), 3);
    assert_eq!(own(&it.after.source), own(&it.before.source));
    assert_eq!(own(&it.after.destination), own(&it.before.destination));
}

/// The bash looks a template up by the name of the pool, and stops with the control plane at 0 (H11, F21).
#[test]
fn templates_are_saved_and_restored_whatever_they_are_called() {
    let it = moved();
    let (kind, plane) = ("AWSMachineTemplate.infrastructure.cluster.x-k8s.io", "clusters-demo");
    let templates = names_of(&it.before.source, kind, plane);
    assert_eq!(templates.len(), 3);
    for name in templates {
        assert!(
            !["demo-a", "demo-workers", "gpu"].contains(&name),
            "the lab names templates as the old guide does"
        );
        assert!(it.backup.contains_key(&format!("namespaces/{plane}/awsmt-{name}.yaml")), "{name}");
        it.is(kind, plane, name);
    }
}

/// The bash hangs for ever where machine sets carry finalizers (F99).
#[test]
fn the_source_is_clean_though_every_kind_carried_finalizers() {
    let it = moved();
    let sets = names_of(&it.before.source, "MachineSet.cluster.x-k8s.io", "clusters-demo");
    for set in &sets {
        let object = it.was("MachineSet.cluster.x-k8s.io", "clusters-demo", set);
        assert!(object["metadata"]["finalizers"].is_array(), "the lab's machine sets carry no finalizers");
    }
    let is_ours = |(kind, namespace, name): &&(String, String, String)| {
        namespace == "clusters-demo"
            || name == "clusters-demo"
            || (kind == "HostedCluster.hypershift.openshift.io" && name == "demo")
    };
    let left: Vec<_> = it.after.source.keys().filter(is_ours).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// The worst that can happen: instances terminated, or both sides writing at one moment (H21, the fence).
#[test]
fn every_instance_lives_and_at_no_time_could_both_sides_write() {
    let it = moved();
    assert_eq!(it.overlaps, []);
    assert_eq!(it.before.instances, it.after.instances, "an instance was launched or terminated");
    assert_eq!(it.after.instances.iter().filter(|one| one.is_alive()).count(), 4 + 1 + 1);
}

/// The bash expects one number for all pools, and the first pool's at that (H19).
#[test]
fn the_nodes_of_all_pools_are_waited_for() {
    let it = moved();
    let ready = it.hosted_after.iter().filter(|((kind, ..), node)| {
        let conditions = node["status"]["conditions"].as_array();
        let is_ready = |one: &serde_json::Value| one["type"] == "Ready" && one["status"] == "True";
        kind == "Node" && conditions.is_some_and(|all| all.iter().any(is_ready))
    });
    assert_eq!(ready.count(), 4);
    let mut waited = it.journal.iter().filter(|record| record["type"] == "step-done");
    let reached = waited.rfind(|record| record["step"].as_str().unwrap().starts_with("R8")).unwrap();
    assert_eq!(reached["value"].to_string().matches("ec2.internal").count(), 4, "{reached}");
}

/// What lives in the hosted cluster comes along, and the bash's first step stays visible there (B1).
#[test]
fn the_hosted_cluster_holds_what_it_held() {
    let it = moved();
    let shop = |objects| {
        crate::kit::own_text(objects, |_, namespace, name| namespace == "shop" && name.starts_with("order-"))
    };
    let (was, is) = (shop(&it.hosted_before), shop(&it.hosted_after));
    assert!(was.len() >= 8, "{:?}", was.keys());
    assert_eq!(was, is);
    let parent = ("ConfigMap".to_owned(), "default".to_owned(), "mgmt-parent-cluster".to_owned());
    assert_eq!(it.hosted_after[&parent]["data"]["from"], "source");
}

/// The new control plane has other OVN pods to talk to than the old one had (V2, F10).
#[test]
fn every_pod_of_ovn_was_replaced() {
    let it = moved();
    let uids = |objects: &crate::kit::Objects| -> Vec<String> {
        let pods = objects
            .iter()
            .filter(|((kind, namespace, _), _)| kind == "Pod" && namespace == "openshift-ovn-kubernetes");
        pods.map(|(_, pod)| pod["metadata"]["uid"].as_str().unwrap().to_owned()).collect()
    };
    let (was, is) = (uids(&it.hosted_before), uids(&it.hosted_after));
    assert_eq!(was.len(), is.len());
    assert!(is.iter().all(|uid| !was.contains(uid)));
}

/// `oc new-project` rewrites the current context in the operator's kubeconfig (F36).
#[test]
fn the_files_that_the_operator_gave_are_untouched() {
    let (before, after) = &moved().given;
    assert!(before.keys().any(|name| name == "destination.kubeconfig"));
    assert_eq!(before, after);
}
