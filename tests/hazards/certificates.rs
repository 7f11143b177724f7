//! Expired certificates: what is approved of what waits, and what is refused with which words (C1 to C4, H31, F91).

use std::collections::BTreeSet;

use drsh_lab::actors::kinds::CERTIFICATE_SIGNING_REQUEST as REQUEST;
use drsh_lab::actors::object::{condition, name, text};
use drsh_lab::apiserver::User;
use drsh_lab::faults::Fault;
use drsh_lab::scenario::{Forgery, StandalonePlan};
use kube::api::{DynamicObject, Patch, PatchParams};
use serde_json::json;

use crate::kit::{Alone, Printed, RUNTIME, decisions};

const CLIENT: &str = "kubernetes.io/kube-apiserver-client-kubelet";
const SERVING: &str = "kubernetes.io/kubelet-serving";

/// What is said of each forgery.
const REFUSALS: [(Forgery, &str); 21] = [
    (Forgery::WrongGroup, "its organizations are system:masters and not system:nodes alone"),
    (
        Forgery::ExtraOrganization,
        "its organizations are system:nodes and system:masters and not system:nodes alone",
    ),
    (Forgery::ExtraSubject, "its subject holds 2.5.4.11=cluster-admins besides"),
    (Forgery::WrongName, "its subject is system:admin and not a node"),
    (Forgery::UnknownNode, "there is no node intruder"),
    (Forgery::ReadyNode, "is Ready: its certificate is good"),
    (Forgery::WrongSigner, "its signer is kubernetes.io/kube-apiserver-client, which is none of a kubelet"),
    (
        Forgery::WrongUsages,
        "its usages are client auth, digital signature and server auth and not client auth and digital signature",
    ),
    (Forgery::ClientWithNames, "a client certificate has no names, and it asks for api.hc.lab"),
    (
        Forgery::WrongRequestor,
        "it was asked for by system:serviceaccount:default:builder and not by the node-bootstrapper",
    ),
    (Forgery::ServingByBootstrapper, "node-bootstrapper and not by node"),
    (Forgery::NameOfAnotherNode, "and not by node master-0 itself"),
    (Forgery::AddressOfAnotherNode, "it asks for 10.0.0.10, which is not an address of node"),
    (Forgery::ForeignName, "it asks for api-int.hc.lab, which is not an address of node"),
    (Forgery::MailAddress, "it asks for the name root@hc.lab, which no node has"),
    (Forgery::ServingUsages, "and not digital signature and server auth"),
    (Forgery::Extension, "it asks for the extension 2.5.29.19"),
    (Forgery::BrokenSignature, "not signed by its own key"),
    (Forgery::TwoBlocks, "holds more than one PEM block"),
    (Forgery::UsedKey, "its key is that of system:node:master-0, which asked first"),
    (Forgery::VeryOld, "nobody waits for it any more"),
];

fn forged(forgeries: &[Forgery]) -> StandalonePlan {
    StandalonePlan {
        control_plane: 1,
        workers: 1,
        healthy: 1,
        stale_requests: 0,
        forged_requests: forgeries.to_vec(),
        ..StandalonePlan::default()
    }
}

/// The requests whose node and purpose were approved, each by the name of its node.
fn nodes_of(requests: &[DynamicObject], signer: &str) -> Vec<String> {
    let of_signer = requests.iter().filter(|one| text(one, "/spec/signerName") == signer);
    let mut nodes: Vec<String> = of_signer
        .map(|one| {
            // What was approved says for which node it is.
            let message = one.data["status"]["conditions"][0]["message"].as_str().unwrap().to_owned();
            message.split("of node ").nth(1).unwrap().split(',').next().unwrap().to_owned()
        })
        .collect();
    nodes.sort();
    nodes
}

fn names(requests: &[DynamicObject]) -> BTreeSet<&str> {
    requests.iter().map(name).collect()
}

/// The reason with which the program refused a request.
fn refusal<'a>(printed: &'a Printed, request: &str) -> &'a str {
    let mark = format!("refused {request}: ");
    let line = printed.out.lines().find_map(|line| line.split(&mark).nth(1));
    line.unwrap_or_else(|| panic!("{request} was not refused\n{printed}"))
}

#[test]
fn of_fifty_requests_the_thirty_valid_ones_are_approved_in_two_waves() {
    let forgeries: Vec<Forgery> =
        Forgery::ALL.into_iter().filter(|one| *one != Forgery::TwoBlocks).take(17).collect();
    let plan = StandalonePlan {
        control_plane: 3,
        workers: 12,
        healthy: 1,
        stale_requests: 3,
        forged_requests: forgeries.clone(),
        ..StandalonePlan::default()
    };
    let world = Alone::of(plan);
    assert_eq!(world.requests().len(), 15 + 20, "the first wave, and what is forged or stale");
    let printed = world.run().well();
    let (all, approved) = (world.requests(), world.approved());
    assert_eq!((all.len(), approved.len()), (50, 30), "{printed}");
    let mut expired: Vec<String> = world.lab().plan().expired().into_iter().map(|(node, _)| node).collect();
    expired.sort();
    assert_eq!(nodes_of(&approved, CLIENT), expired, "one client certificate for each node");
    assert_eq!(nodes_of(&approved, SERVING), expired, "one serving certificate for each node");
    assert_eq!(world.lab().ready_nodes().len(), 16);
    for request in &all {
        let (approved, said) = (condition(request, "Approved") == "True", name(request));
        if approved {
            assert!(printed.out.contains(&format!("approved {said}: ")), "no word on {said}\n{printed}");
        } else {
            assert!(!refusal(&printed, said).is_empty());
        }
    }
    for planted in world.lab().forged() {
        assert!(!names(&approved).contains(planted.name.as_str()), "{planted:?} was approved");
    }
    let journal = world.journal(&printed);
    let step = |id: &str| {
        let done = journal
            .iter()
            .find(|one| one["type"] == "step-done" && one["step"].as_str().unwrap().starts_with(id));
        done.unwrap_or_else(|| panic!("{id} is not recorded"))["value"].to_string()
    };
    for request in &approved {
        let wave = if text(request, "/spec/signerName") == CLIENT { "C3" } else { "C4" };
        assert!(step(wave).contains(name(request)), "{} is not of {wave}", name(request));
    }
}

#[test]
fn each_forgery_is_refused_in_its_own_words() {
    let world = Alone::of(forged(&Forgery::ALL));
    let printed = world.run().well();
    let approved = world.approved();
    for (forgery, words) in REFUSALS {
        let request = world.forged(forgery);
        let said = refusal(&printed, request);
        assert!(said.contains(words), "{forgery:?}: {said}");
        assert!(!names(&approved).contains(request), "{forgery:?} was approved");
    }
    assert_eq!(world.lab().ready_nodes(), ["master-0", "worker-0", "worker-1"]);
}

#[test]
fn a_real_api_server_is_asked_the_same_and_comes_to_the_same_end() {
    let forgeries: Vec<Forgery> = Forgery::ALL
        .into_iter()
        .filter(|one| !matches!(one, Forgery::VeryOld | Forgery::BrokenSignature))
        .collect();
    let Some(world) = Alone::real(forged(&forgeries)) else { return };
    let printed = world.run().well();
    let approved = world.approved();
    for (forgery, words) in REFUSALS.into_iter().filter(|(forgery, _)| forgeries.contains(forgery)) {
        let request = world.forged(forgery);
        let said = refusal(&printed, request);
        assert!(said.contains(words), "{forgery:?}: {said}");
        assert!(!names(&approved).contains(request), "{forgery:?} was approved");
    }
    assert_eq!(approved.len(), 4, "{printed}");
    assert_eq!(world.lab().ready_nodes(), ["master-0", "worker-0", "worker-1"]);
}

#[test]
fn a_run_that_is_killed_between_approval_and_record_approves_nothing_twice() {
    let world = Alone::of(StandalonePlan {
        forged_requests: Vec::new(),
        stale_requests: 0,
        ..StandalonePlan::default()
    });
    // The server approves, and its answer is lost: the program cannot know.
    world.strike("PUT", "/approval", Fault::CutAfter(0), None);
    let mut child = world.spawn();
    world.until_one_is_approved();
    child.kill().unwrap();
    child.wait().unwrap();
    let before: Vec<_> =
        world.approved().into_iter().map(|one| one.data["status"]["conditions"].clone()).collect();
    world.lab().faults().clear();
    let run = world.only_run();
    world.resume(&run).well();
    let approved = world.approved();
    assert!(approved.iter().map(decisions).all(|(_, count)| count == 1));
    let mut nodes: Vec<String> = world.lab().plan().expired().into_iter().map(|(node, _)| node).collect();
    nodes.sort();
    assert_eq!(nodes_of(&approved, CLIENT), nodes);
    assert_eq!(nodes_of(&approved, SERVING), nodes);
    let after: Vec<_> = approved.iter().map(|one| one.data["status"]["conditions"].clone()).collect();
    assert!(before.iter().all(|one| after.contains(one)), "an approval was written again");
}

#[test]
fn an_api_that_is_away_for_a_while_is_waited_for() {
    let world = Alone::of(forged(&[]));
    world.strike("GET", "/certificatesigningrequests", Fault::Reset, Some(5));
    world.strike("GET", "/nodes", Fault::Status(503), Some(3));
    world.strike("PUT", "/approval", Fault::Status(503), Some(2));
    world.strike("PUT", "/approval", Fault::CutAfter(0), Some(1));
    world.run().well();
    assert_eq!(world.approved().len(), 4);
    assert!(world.approved().iter().map(decisions).all(|(_, count)| count == 1));
}

#[test]
fn who_may_not_approve_is_told_which_kubeconfig_may() {
    let world = Alone::of(forged(&[]));
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "looks"}, "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]});
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "looks"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "looks"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "bootstrap"}]});
    let store = world.lab().store().unwrap();
    store.create("clusterroles.rbac.authorization.k8s.io", "", role).unwrap();
    store.create("clusterrolebindings.rbac.authorization.k8s.io", "", binding).unwrap();
    world.work_as(&User::new("bootstrap", ["system:bootstrappers"]));
    let printed = world.run().stopped(1, &["did not approve", "localhost-recovery.kubeconfig"]);
    assert_eq!(world.approved().len(), 0, "{printed}");
    world.work_as(&User::admin());
    world.resume(&printed.run).well();
}

#[test]
fn what_somebody_denied_stays_denied_and_the_node_is_named() {
    let mut world = Alone::of(forged(&[]));
    let denied = world.requests().into_iter().next().unwrap();
    let conditions =
        json!([{"type": "Denied", "status": "True", "reason": "Operator", "message": "not this one"}]);
    RUNTIME.block_on(async {
        let client = world.lab().server().client(&User::admin()).unwrap();
        let patch = Patch::Merge(json!({"status": {"conditions": conditions}}));
        let api = REQUEST.api(client, "");
        api.patch_subresource("approval", name(&denied), &PatchParams::default(), &patch).await.unwrap();
    });
    world.make_hasty();
    world.run().well();
    assert_eq!(
        condition(world.requests().iter().find(|one| name(one) == name(&denied)).unwrap(), "Approved"),
        ""
    );
}

#[test]
fn a_node_that_never_asks_ends_the_wait_with_its_name() {
    let mut world = Alone::of(forged(&[]));
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "silent"},
        "status": {"conditions": [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "gone"}]}});
    world.lab().store().unwrap().create("nodes", "", node).unwrap();
    world.make_hasty();
    let printed = world.run().stopped(1, &["1 of 4 nodes are not: silent: Ready is Unknown", "C4"]);
    assert_eq!(world.approved().len(), 4, "{printed}");
}

#[test]
fn where_machines_are_the_serving_requests_are_left_to_the_machine_approver() {
    let plan = StandalonePlan { machine_approver: true, ..forged(&[Forgery::AddressOfAnotherNode]) };
    let world = Alone::of(plan);
    let printed = world.run().well();
    let approved = world.approved();
    let reason =
        |one: &DynamicObject| one.data["status"]["conditions"][0]["reason"].as_str().unwrap().to_owned();
    for one in &approved {
        let wanted = if text(one, "/spec/signerName") == SERVING {
            "NodeCSRApprove"
        } else {
            "DrshRecoverCertificates"
        };
        assert_eq!(reason(one), wanted, "{printed}");
    }
    assert_eq!(approved.len(), 4);
}
