//! Other hosted clusters: one on the source whose name begins with ours, one on the destination in our namespace.

use crate::kit::{moved, own_text};

/// The namespaces of the hosted clusters that have no part in the migration.
const PLANES: [&str; 2] = ["clusters-demo-2", "clusters-billing"];

/// The bash scales the shared operator to 0 (F7) and takes what begins with `demo` for its own (F24).
#[test]
fn the_neighbour_on_the_source_is_byte_for_byte_what_it_was() {
    let it = moved();
    // The operator counts what it sees of the neighbour's nodes into statuses; no object of its is spared here.
    let of_neighbour = |_: &str, namespace: &str, name: &str| {
        namespace == PLANES[0] || name == PLANES[0] || (namespace == "clusters" && name.starts_with("demo-2"))
    };
    let (before, after) =
        (own_text(&it.before.source, of_neighbour), own_text(&it.after.source, of_neighbour));
    assert!(before.len() > 20, "{:?}", before.keys());
    assert_eq!(before, after);
}

/// `oc delete ns ${HC_CLUSTER_NS}` on the destination deletes every hosted cluster that lives there (H14, F15).
#[test]
fn the_hosted_cluster_in_the_same_namespace_of_the_destination_survives() {
    let it = moved();
    let of_neighbour = |_: &str, namespace: &str, name: &str| {
        namespace == PLANES[1]
            || name == PLANES[1]
            || (namespace == "clusters" && name.starts_with("billing"))
    };
    let before = own_text(&it.before.destination, of_neighbour);
    let after = own_text(&it.after.destination, of_neighbour);
    assert!(before.len() > 20, "{:?}", before.keys());
    assert_eq!(before, after);
    let home = ("Namespace".to_owned(), String::new(), "clusters".to_owned());
    let uid = |objects: &crate::kit::Objects| objects[&home]["metadata"]["uid"].clone();
    assert_eq!(uid(&it.after.destination), uid(&it.before.destination), "the namespace was made anew");
}

/// `oc delete ns` at the end of the bash takes the neighbour along (H22, F15).
#[test]
fn the_namespace_on_the_source_is_kept_while_another_hosted_cluster_is_in_it() {
    let it = moved();
    let is_there = |kind: &str, namespace: &str, name: &str| {
        it.after.source.contains_key(&(kind.to_owned(), namespace.to_owned(), name.to_owned()))
    };
    assert!(is_there("Namespace", "", "clusters"));
    assert!(is_there("HostedCluster.hypershift.openshift.io", "clusters", "demo-2"));
    assert!(is_there("Secret", "clusters", "registry-of-another-team"));
}

/// `grep demo` counts `demo-2` too, so that the bash waits for records that nobody removes (H13, F64).
#[test]
fn records_of_the_prefix_neighbour_are_neither_counted_nor_lost() {
    let it = moved();
    let of_neighbour = |all: &[String]| -> Vec<String> {
        all.iter().filter(|record| record.contains("demo-2")).cloned().collect()
    };
    let before = of_neighbour(&it.before.records);
    assert!(before.len() >= 4, "{before:?}");
    assert_eq!(of_neighbour(&it.after.records), before);
}

/// The bash looks for the API's record nowhere (F67): it must be there, and the destination's.
#[test]
fn the_name_of_the_api_is_kept_by_the_destination_alone() {
    let it = moved();
    let owner = |objects: &crate::kit::Objects| {
        let key = ("Deployment.apps".to_owned(), "hypershift".to_owned(), "external-dns".to_owned());
        let arguments = objects[&key]["spec"]["template"]["spec"]["containers"][0]["args"].clone();
        let mut all = arguments.as_array().unwrap().iter().filter_map(|one| one.as_str());
        all.find_map(|one| one.strip_prefix("--txt-owner-id=")).unwrap().to_owned()
    };
    let named: Vec<_> = it.after.records.iter().filter(|one| one.contains("api-demo.hc.lab")).collect();
    assert!(named.iter().any(|one| !one.starts_with("TXT")), "no address: {named:?}");
    let texts: Vec<_> = it.after.records.iter().filter(|one| one.contains("/clusters-demo/")).collect();
    assert!(!texts.is_empty());
    assert!(texts.iter().all(|one| one.contains(&owner(&it.after.destination))), "{texts:?}");
}

/// The bash sets the operator to 2 at the end, whatever it was (H20, F7); with neighbours it is best left alone.
#[test]
fn the_shared_operator_is_left_alone_where_other_hosted_clusters_need_it() {
    let it = moved();
    let key = ("Deployment.apps".to_owned(), "hypershift".to_owned(), "operator".to_owned());
    assert_eq!(it.before.source[&key].to_string(), it.after.source[&key].to_string());
}
