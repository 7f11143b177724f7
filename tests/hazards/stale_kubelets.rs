//! Kubelets whose certificates are newer than the backup: after a restore they have to ask for new ones, and strangers ask
//! among them (E13, E13a, E15, H31, F91).

use std::collections::BTreeSet;

use drsh_lab::hosts::Version;
use drsh_lab::scenario::HostsPlan;
use serde_json::Value;

use crate::kit::{OnHosts, Printed, steps_done};

const REQUESTS: &str = "certificatesigningrequests.certificates.k8s.io";
const PKI: &str = "/var/lib/kubelet/pki";

/// A cluster with a backup, and data that came after it.
fn backed_up(plan: HostsPlan) -> OnHosts {
    let mut world = OnHosts::of(HostsPlan { stale_certificates: true, workers: 2, ..plan });
    world.make("stock");
    world.run().well();
    world.make("later");
    // Nobody comes back by waiting longer.
    world.hasten(
        "kubelet",
        "wait_until_heard(before, absent, minutes(5))",
        "wait_until_heard(before, absent, seconds(10))",
    );
    world
}

/// The requests of the API, each with whether it was approved.
fn requests(world: &OnHosts) -> Vec<(Value, bool)> {
    let is_approved = |one: &Value| {
        let all = one["status"]["conditions"].as_array();
        all.is_some_and(|all| all.iter().any(|one| one["type"] == "Approved"))
    };
    world
        .store()
        .list(REQUESTS, "")
        .into_iter()
        .map(|one| (is_approved(&one), one))
        .map(|(is, one)| (one, is))
        .collect()
}

fn name(request: &Value) -> &str {
    request["metadata"]["name"].as_str().unwrap()
}

/// The nodes and signers of the approved requests, by what was said of each.
fn approved(world: &OnHosts, printed: &Printed) -> BTreeSet<(String, String)> {
    let of = |(request, _): &(Value, bool)| {
        let mark = format!("approved {}: ", name(request));
        let Some(said) = printed.out.lines().find_map(|line| line.split(&mark).nth(1)) else {
            // The machine approver's.
            let by = request["spec"]["username"].as_str().unwrap();
            return (by.replace("system:node:", ""), "serving".to_owned());
        };
        let node = said.split("of node ").nth(1).unwrap().split(',').next().unwrap();
        (node.to_owned(), said.split(' ').next().unwrap().to_owned())
    };
    requests(world).iter().filter(|(_, is_approved)| *is_approved).map(of).collect()
}

fn pems(world: &OnHosts, host: &str, folder: &str) -> Vec<String> {
    let found = world.files(host).list(folder).unwrap_or_default();
    found.into_iter().map(|(name, _)| name).filter(|name| name.strip_suffix(".pem").is_some()).collect()
}

/// The certificates that this restore keeps on a host.
fn kept(world: &OnHosts, host: &str) -> Vec<String> {
    let rescues = world.files(host).list("/var/lib/etcd-rescue").unwrap_or_default();
    let of = |(rescue, _)| pems(world, host, &format!("/var/lib/etcd-rescue/{rescue}/kubelet-pki"));
    rescues.into_iter().flat_map(of).collect()
}

/// Checks that these hosts, and no stranger, were let in, and that the others' certificates are still there.
fn assert_let_in(world: &OnHosts, printed: &Printed, stale: &[&str]) {
    let verdict = world.lab().verdict();
    assert!(verdict.is_well(), "{verdict}\n{printed}");
    let wanted: BTreeSet<(String, String)> = stale
        .iter()
        .flat_map(|host| ["client", "serving"].map(|purpose| ((*host).to_owned(), purpose.to_owned())))
        .collect();
    assert_eq!(approved(world, printed), wanted, "{printed}");
    let forged = world.lab().forged();
    assert_eq!(forged.len(), 9);
    for one in forged {
        let (_, is_approved) =
            requests(world).into_iter().find(|(request, _)| name(request) == one.name).unwrap();
        assert!(!is_approved, "{one:?} was approved\n{printed}");
        assert!(printed.out.contains(&format!("refused {}: ", one.name)), "{one:?}\n{printed}");
    }
    // Where there are machines, hosts of the control plane were made anew after that.
    for host in stale.iter().filter(|host| world.lab().hosts().host(host).is_some()) {
        assert_eq!(pems(world, host, PKI).len(), 2, "{host} has its new ones");
    }
    let kept = kept(world, "master-0");
    assert!(kept.is_empty(), "certificates of the recovery host were taken: {kept:?}\n{printed}");
}

#[test]
fn kubelets_that_a_restored_cluster_does_not_know_are_let_in_again_and_no_stranger_is() {
    let world = backed_up(HostsPlan { release: Version::V4_18, machines: false, ..HostsPlan::default() });
    let printed = world.restore().well();
    assert_let_in(&world, &printed, &["master-1", "master-2", "worker-0", "worker-1"]);
    for host in ["master-1", "worker-0"] {
        assert_eq!(kept(&world, host).len(), 2, "the old ones are kept on {host}");
    }
}

/// The long form deletes nodes and makes the other control plane hosts anew; a machine approver works beside the script.
#[test]
fn kubelets_of_an_older_cluster_with_machines_are_let_in_again() {
    let world = backed_up(HostsPlan { release: Version::V4_12, machines: true, ..HostsPlan::default() });
    let printed = world.restore().well();
    assert_let_in(&world, &printed, &["master-1", "master-2", "worker-0", "worker-1"]);
}

/// A worker that no declared host is: its certificates are for the operator to take away, who is told on which node.
#[test]
fn a_worker_that_cannot_be_reached_is_named_for_the_operator() {
    let mut world = backed_up(HostsPlan { release: Version::V4_18, machines: false, ..HostsPlan::default() });
    world.environment.parameters.remove("worker_hosts");
    let run = world.kill_restore_after("E13a take the certificates of kubelets that do not come back away");
    for worker in ["worker-0", "worker-1"] {
        let host = world.host(worker);
        let view = world.files(worker);
        for pem in pems(&world, worker, PKI) {
            view.remove_file(&format!("{PKI}/{pem}")).unwrap();
        }
        host.kubelet().set_active(false);
        host.kubelet().set_active(true);
    }
    let printed = world.resume(&run).well();
    let done = world.journal(&printed);
    assert!(steps_done(&done).contains(&"E15"), "{printed}");
    let state = world.state().join("runs").join(&run).join("journal.jsonl");
    let told = std::fs::read_to_string(state).unwrap();
    for worker in ["worker-0", "worker-1"] {
        assert!(
            told.contains(&format!("node {worker} is not Ready, and none of the declared hosts is it")),
            "{told}"
        );
    }
    assert!(world.lab().verdict().is_well());
}
