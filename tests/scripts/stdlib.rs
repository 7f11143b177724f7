//! The pure parts of the stdlib: what they make of objects, without a cluster.

use std::sync::Arc;

use drsh::engine::{Library, engine};
use drsh::problem::Problem;

/// Runs `text` after imports of the stdlib modules `modules`; an `assert_eq` in it that fails is the error.
fn run(modules: &[&str], text: &str) {
    let imports: Vec<String> = modules.iter().map(|name| format!("import \"{name}\" as {name};\n")).collect();
    let engine = engine(None, &Arc::new(Library::new(None, None)));
    if let Err(error) = engine.run(&format!("{}{text}", imports.concat())) {
        let problem = Problem::within(&error).map_or_else(|| error.to_string(), |problem| problem.message);
        panic!("{problem}");
    }
}

#[test]
fn what_the_server_set_is_taken_off_and_what_people_set_stays() {
    run(
        &["object"],
        r#"
        let pool = #{
            apiVersion: "hypershift.openshift.io/v1beta1", kind: "NodePool",
            metadata: #{
                name: "demo-a", namespace: "clusters", uid: "u1", resourceVersion: "7", generation: 3,
                creationTimestamp: "2026-01-01T00:00:00Z", ownerReferences: [#{ uid: "u0" }], finalizers: ["f"],
                annotations: #{
                    "hypershift.openshift.io/nodePoolCurrentConfig": "abc",
                    "kubectl.kubernetes.io/last-applied-configuration": "{}",
                    "cluster.x-k8s.io/paused": "true",
                },
            },
            spec: #{ replicas: 2, pausedUntil: "true" },
            status: #{ replicas: 2 },
        };
        assert_eq(object::clean(pool), #{
            apiVersion: "hypershift.openshift.io/v1beta1", kind: "NodePool",
            metadata: #{
                name: "demo-a", namespace: "clusters", finalizers: ["f"],
                annotations: #{ "hypershift.openshift.io/nodePoolCurrentConfig": "abc" },
            },
            spec: #{ replicas: 2 },
        });
        "#,
    );
}

#[test]
fn owners_come_back_with_their_new_uids_and_absent_owners_do_not() {
    run(
        &["object"],
        r#"
        let set = #{ metadata: #{ name: "demo-a-x", ownerReferences: [
            #{ apiVersion: "cluster.x-k8s.io/v1beta1", kind: "MachineDeployment", name: "demo-a", uid: "old", controller: true },
            #{ apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Cluster", name: "gone", uid: "old" },
            #{ apiVersion: "machine.openshift.io/v1beta1", kind: "MachineDeployment", name: "demo-a", uid: "old" },
        ] } };
        let uids = #{ "MachineDeployment/cluster.x-k8s.io/demo-a": "new" };
        assert_eq(object::rebuilt_owners(set, uids), [
            #{ apiVersion: "cluster.x-k8s.io/v1beta1", kind: "MachineDeployment", name: "demo-a", uid: "new", controller: true },
        ]);
        "#,
    );
}

#[test]
fn references_are_found_at_any_depth_and_not_by_prefix() {
    run(
        &["reference"],
        r#"
        let spec = #{
            pullSecret: #{ name: "pull-secret" },
            secretEncryption: #{ aescbc: #{ activeKey: #{ name: "etcd-key" } } },
            configuration: #{ oauth: #{ identityProviders: [#{ htpasswd: #{ fileData: #{ name: "users" } } }] } },
            config: [#{ name: "worker-tuning" }, #{ name: "pull-secret" }],
        };
        let names = reference::names_in(spec);
        names.sort();
        assert_eq(names, ["etcd-key", "pull-secret", "users", "worker-tuning"]);
        "#,
    );
}

#[test]
fn secrets_of_service_accounts_are_told_by_type_and_a_pull_secret_is_none() {
    run(
        &["reference"],
        r#"
        let secret = |type, annotations| #{ type: type, metadata: #{ name: "s", annotations: annotations } };
        let told = |secret| reference::is_of_service_account(secret);
        assert(told.call(secret.call("kubernetes.io/service-account-token", #{})), "token");
        assert(told.call(secret.call("kubernetes.io/dockercfg", #{ "kubernetes.io/service-account.name": "default" })), "dockercfg");
        assert(!told.call(secret.call("kubernetes.io/dockerconfigjson", #{})), "pull secret");
        assert(!told.call(secret.call("Opaque", ())), "opaque");
        "#,
    );
}

#[test]
fn nodes_are_counted_over_all_pools_with_the_minimum_where_they_scale_themselves() {
    run(
        &["nodepool"],
        r#"
        let pools = [
            #{ spec: #{ replicas: 2 } },
            #{ spec: #{ autoScaling: #{ min: 3, max: 9 } } },
            #{ spec: #{} },
        ];
        assert_eq(nodepool::expected_nodes(pools), 5);
        assert_eq(nodepool::expected_nodes([]), 0);
        "#,
    );
}

#[test]
fn a_record_is_ours_by_owner_and_namespace_to_the_letter() {
    run(
        &["dns"],
        r#"
        let mark = "\"heritage=external-dns,external-dns/owner=source,external-dns/resource=route/clusters-demo/oauth\"";
        assert(dns::is_owned(mark, "source", "clusters-demo"), "ours");
        assert(!dns::is_owned(mark, "source", "clusters-demo-2"), "the neighbour's");
        assert(!dns::is_owned(mark, "sour", "clusters-demo"), "part of an owner");
        assert(!dns::is_owned("\"v=spf1 -all\"", "source", "clusters-demo"), "somebody's text");
        "#,
    );
}

#[test]
fn dots_in_a_name_become_dashes_in_the_control_planes_namespace() {
    run(&["job"], r#"assert_eq(job::control_plane_namespace("clusters", "demo.one"), "clusters-demo-one");"#);
}

#[test]
fn a_wait_for_a_condition_says_what_it_is_since_when_and_why() {
    run(
        &["condition"],
        r#"
        let told = #{ type: "Available", status: "False", reason: "Waiting", message: "2 of 3", lastTransitionTime: "2026-05-01T10:00:00Z" };
        let hosted = #{ status: #{ conditions: [told] } };
        assert_eq(condition::holds(hosted, "Available"), "Available is False since 2026-05-01T10:00:00Z (Waiting: 2 of 3)");
        assert_eq(condition::holds(#{}, "Available"), "Available is not set yet");
        assert_eq(condition::holds((), "Available"), "it does not exist");
        hosted.status.conditions[0].status = "True";
        assert_eq(condition::holds(hosted, "Available"), true);
        "#,
    );
}

#[test]
fn the_snapshot_with_the_highest_revision_is_restored_and_the_first_among_equals() {
    run(
        &["snapshot"],
        r#"
        let all = [#{ key: "a", revision: 7 }, #{ key: "b", revision: 9 }, #{ key: "c", revision: 9 }];
        assert_eq(snapshot::newest(all).key, "b");
        "#,
    );
}

#[test]
fn a_deployment_is_selected_by_its_labels() {
    run(
        &["workload"],
        r#"
        let deployment = #{ metadata: #{ name: "d" }, spec: #{ selector: #{ matchLabels: #{ app: "d", tier: "x" } } } };
        assert_eq(workload::selector(deployment), "app=d,tier=x");
        "#,
    );
}

#[test]
fn a_namespace_that_stays_says_what_holds_it() {
    run(
        &["removal"],
        r#"
        let held = #{ status: #{ conditions: [
            #{ type: "NamespaceDeletionDiscoveryFailure", status: "False", message: "fine" },
            #{ type: "NamespaceFinalizersRemaining", status: "True", message: "some content has finalizers: awscluster in 1 resource instances" },
        ] } };
        assert_eq(removal::held_by(held), "some content has finalizers: awscluster in 1 resource instances");
        assert_eq(removal::held_by(#{}), "its content is being deleted");
        "#,
    );
}

#[test]
fn a_list_is_said_as_people_do_and_a_long_one_is_cut() {
    run(
        &["listing"],
        r#"
        assert_eq(listing::short([]), "");
        assert_eq(listing::short(["a"]), "a");
        assert_eq(listing::short(["a", "b", "c"]), "a, b and c");
        assert_eq(listing::short(["a", "b", "c", "d", "e", "f"]), "a, b, c, d, e and f");
        assert_eq(listing::short(["a", "b", "c", "d", "e", "f", "g"]), "a, b, c, d, e and 2 more");
        assert_eq(listing::whole(["a", "b", "c", "d", "e", "f", "g"]), "a, b, c, d, e, f and g");
        assert_eq(listing::left(["a", "b"]), "2 left: a and b");
        "#,
    );
}
