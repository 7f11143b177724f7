//! A hosted cluster moves, with everything that is in it; the same on either ground.

use drsh_lab::scenario::Scenario;
use serde_json::Value;

use crate::kit::{RUNTIME, World, steps_done};
use crate::{objects, report};

/// What a migration reports.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    steps: Vec<String>,
    summary: Vec<String>,
    ids: Vec<String>,
}

/// Carries the migration out, and judges the world by its APIs before and after.
fn moves(world: World) -> Told {
    let world = world.approving("teardown");
    let lab = world.lab();
    let known = &world.known().hosted_cluster;
    let (home, plane) = (known.namespace.clone(), known.control_plane_namespace.clone());
    let source_before = RUNTIME.block_on(objects::of_management(lab, "source"));
    let hosted_before = RUNTIME.block_on(objects::of_hosted(lab));

    let printed = world.run("migrate_hcp").well();

    let alive = lab.instances_alive(&known.infra_id).len();
    assert_eq!(alive, usize::try_from(known.replicas).unwrap(), "every cloud instance lives");
    assert_eq!(lab.overlaps(), [], "at no time both sides could write");

    let source = RUNTIME.block_on(objects::of_management(lab, "source"));
    assert_eq!(
        objects::keys_in(&source, &plane),
        Vec::<&(String, String, String)>::new(),
        "the source is clean"
    );
    for neighbour in &world.lab().scenario().neighbours {
        let theirs = neighbour.control_plane_namespace();
        let (before, after) = (specs(&source_before, &theirs), specs(&source, &theirs));
        assert_eq!(after, before, "the neighbour {} is as it was", neighbour.name);
    }

    RUNTIME.block_on(world.collector_has_passed());
    let destination = RUNTIME.block_on(objects::of_management(lab, "destination"));
    for kind in ["HostedCluster.hypershift.openshift.io", "NodePool.hypershift.openshift.io"] {
        let names = |objects: &objects::Objects| names_of(objects, kind, &home);
        let own: Vec<String> =
            names(&source_before).into_iter().filter(|name| !names(&source).contains(name)).collect();
        assert!(
            !own.is_empty() && own.iter().all(|name| names(&destination).contains(name)),
            "{kind}: {own:?}"
        );
    }
    for kind in ["Machine.cluster.x-k8s.io", "AWSMachine.infrastructure.cluster.x-k8s.io", "Secret."] {
        let names = |objects: &objects::Objects| names_of(objects, kind, &plane);
        let missing: Vec<String> = names(&source_before)
            .into_iter()
            .filter(|name| !names(&destination).contains(name) && is_kept(&source_before, kind, &plane, name))
            .collect();
        assert_eq!(missing, Vec::<String>::new(), "every {kind} came along");
    }

    let hosted = RUNTIME.block_on(objects::of_hosted(lab));
    for (key, before) in hosted_before.iter().filter(|((_, namespace, _), _)| namespace == "shop") {
        let now = hosted.get(key).unwrap_or_else(|| panic!("{key:?} is lost"));
        assert_eq!(now["metadata"]["uid"], before["metadata"]["uid"], "{key:?} is the same object");
        assert_eq!(now["data"], before["data"], "{key:?} holds what it held");
    }
    let identity = ("Namespace.".to_owned(), String::new(), "kube-system".to_owned());
    assert_eq!(hosted[&identity]["metadata"]["uid"], hosted_before[&identity]["metadata"]["uid"]);

    let journal = world.journal(&printed);
    Told {
        steps: report::steps(&printed.out),
        summary: report::summary(&printed.out),
        ids: steps_done(&journal).into_iter().map(str::to_owned).collect(),
    }
}

/// Service accounts' tokens are made anew on the destination, by design.
fn is_kept(objects: &objects::Objects, kind: &str, namespace: &str, name: &str) -> bool {
    let object = &objects[&(kind.to_owned(), namespace.to_owned(), name.to_owned())];
    object["type"] != "kubernetes.io/service-account-token"
}

fn names_of(objects: &objects::Objects, kind: &str, namespace: &str) -> Vec<String> {
    let those = objects.keys().filter(|(its, place, _)| its == kind && place == namespace);
    those.map(|(_, _, name)| name.clone()).collect()
}

/// The specifications of the objects of a namespace, without pods, which come and go.
fn specs<'a>(
    objects: &'a objects::Objects,
    namespace: &str,
) -> Vec<(&'a (String, String, String), &'a Value)> {
    let those = objects.iter().filter(|((kind, place, _), _)| place == namespace && kind != "Pod.");
    those.map(|(key, object)| (key, &object["spec"])).collect()
}

fn both(scenario: &Scenario) {
    let on_the_lab = moves(World::of(scenario.clone()));
    assert_eq!(on_the_lab.ids.len(), 34, "{on_the_lab:?}");
    if let Some(real) = World::real(scenario.clone()) {
        assert_eq!(moves(real), on_the_lab, "real servers give another report than the lab");
    }
}

#[test]
fn a_small_hosted_cluster_moves() {
    both(&Scenario::small());
}

#[test]
fn a_hosted_cluster_of_three_etcd_members_and_two_pools_moves_beside_one_whose_name_begins_alike() {
    both(&Scenario { secrets: 60, ..Scenario::default() });
}
