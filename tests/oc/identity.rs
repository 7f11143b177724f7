//! A cluster is known by its identity, whatever its kubeconfig says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use drsh_lab::apiserver::{Authority, User};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use super::kit::{Kit, eval_in, serve, serve_signed};

fn swap(kit: &Kit) -> drsh_lab::apiserver::ApiServer {
    let other = serve(&kit.runtime, "other", &kit.faults);
    std::fs::write(&kit.entry.kubeconfig, other.kubeconfig(&User::admin()).unwrap()).unwrap();
    other
}

#[test]
fn a_kubeconfig_that_was_swapped_between_runs_stops_the_second() {
    let kit = Kit::new();
    kit.carry_out("oc_version(source)");
    let _other = swap(&kit);
    let problem = kit.fail("oc_version(source)");
    assert_eq!(problem.kind, "wrong_cluster");
    assert!(problem.message.contains("is not the cluster `source`"), "{problem}");
    assert!(problem.hint.unwrap().contains("remove"));
}

#[test]
fn a_uid_in_the_environment_is_held_against_the_cluster_at_first_contact() {
    let mut kit = Kit::new();
    kit.entry.uid = Some("11111111-2222-3333-4444-555555555555".into());
    let problem =
        kit.fail("oc_apply(home, #{apiVersion: \"v1\", kind: \"ConfigMap\", metadata: #{name: \"note\"}})");
    assert_eq!(problem.kind, "wrong_cluster");
    assert!(kit.store().get("configmaps", "default", "note").is_none());
}

#[test]
fn what_cannot_be_undone_asks_the_cluster_again_who_it_is() {
    let kit = Kit::new();
    let authority = Authority::new("both").unwrap();
    let one = serve_signed(&kit.runtime, "one", &kit.faults, &authority);
    let other = serve_signed(&kit.runtime, "other", &kit.faults, &authority);
    for server in [&one, &other] {
        let note = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "note"}});
        server.store().create("configmaps", "default", note).map_err(|status| status.message).unwrap();
    }
    let front = Front::open(&kit, one.address());
    let kubeconfig = one.kubeconfig(&User::admin()).unwrap();
    let kubeconfig = kubeconfig.replace(&one.address().to_string(), &front.address.to_string());
    std::fs::write(&kit.entry.kubeconfig, kubeconfig).unwrap();
    let run = kit.run();
    drop(eval_in(&run, "oc_get(home, \"cm/note\")").unwrap());
    front.lead_to(other.address());
    one.down();
    assert_eq!(eval_in(&run, "oc_delete(home, \"cm/note\")").unwrap_err().kind, "wrong_cluster");
    assert!(other.store().get("configmaps", "default", "note").is_some());
}

/// An address that leads to one server and later to another, as a load balancer's may.
struct Front {
    address: SocketAddr,
    to: Arc<Mutex<SocketAddr>>,
}

impl Front {
    fn open(kit: &Kit, to: SocketAddr) -> Self {
        let to = Arc::new(Mutex::new(to));
        let listener = kit.runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let (address, target) = (listener.local_addr().unwrap(), to.clone());
        kit.runtime.spawn(async move {
            while let Ok((mut inner, _)) = listener.accept().await {
                let target = *target.lock().unwrap();
                tokio::spawn(async move {
                    let mut outer = TcpStream::connect(target).await.unwrap();
                    // The end of either side ends the other: there is nothing to say about how.
                    let _ = tokio::io::copy_bidirectional(&mut inner, &mut outer).await;
                });
            }
        });
        Self { address, to }
    }

    fn lead_to(&self, server: SocketAddr) {
        *self.to.lock().unwrap() = server;
    }
}

#[test]
fn a_cluster_that_is_down_says_so_soon_and_is_met_when_it_is_up() {
    let kit = Kit::new();
    let run = kit.run();
    kit.server.down();
    let problem = eval_in(&run, "oc_version(source)").unwrap_err();
    assert_eq!(problem.kind, "unreachable");
    assert!(problem.message.contains("refuses the connection"), "{problem}");
    kit.runtime.block_on(kit.server.up()).unwrap();
    drop(eval_in(&run, "oc_version(source)").unwrap());
}

#[test]
fn a_name_that_the_environment_does_not_declare_is_answered_with_those_it_does() {
    let problem = Kit::new().fail("cluster(\"soruce\")");
    assert_eq!(problem.kind, "unknown_target");
    assert_eq!(problem.hint.as_deref(), Some("did you mean `source`? declared are source"));
}

#[test]
fn a_certificate_of_another_authority_is_not_accepted() {
    let kit = Kit::new();
    let other = serve(&kit.runtime, "other", &kit.faults);
    let authority = |text: &str| {
        let line = text.lines().find(|line| line.contains("certificate-authority-data")).unwrap();
        line.split_once(": ").unwrap().1.trim().to_owned()
    };
    let own = std::fs::read_to_string(&kit.entry.kubeconfig).unwrap();
    let foreign = authority(&other.kubeconfig(&User::admin()).unwrap());
    std::fs::write(&kit.entry.kubeconfig, own.replace(&authority(&own), &foreign)).unwrap();
    let problem = kit.fail("oc_version(source)");
    assert_eq!(problem.kind, "unreachable");
    assert!(problem.message.contains("certificate that is not accepted"), "{problem}");
}
