//! The Machine API of a cluster on hosts: a machine for each host, which ends with it and begins with it.

mod life;
mod seed;
mod sets;

use super::object::{label, name, text};
use super::{Actor, Cluster, Key, Kind, Result, Work, kinds};
use crate::hosts::{self, Role};

/// A machine.
pub const MACHINE: Kind = Kind::namespaced("machine.openshift.io", "v1beta1", "Machine", "machines");
/// A set of machines.
pub const MACHINE_SET: Kind =
    Kind::namespaced("machine.openshift.io", "v1beta1", "MachineSet", "machinesets");
/// Where both live.
pub const NAMESPACE: &str = "openshift-machine-api";

const INFRASTRUCTURE: Kind = Kind::cluster("config.openshift.io", "v1", "Infrastructure", "infrastructures");
/// What holds a machine until its host is gone.
const FINALIZER: &str = "machine.machine.openshift.io";
/// The label that tells what a machine's host is for.
const ROLE: &str = "machine.openshift.io/cluster-api-machine-role";
/// The label with the name of the cluster's infrastructure.
const OWNER: &str = "machine.openshift.io/cluster-api-cluster";
/// The label with the name of a machine's set.
const SET: &str = "machine.openshift.io/cluster-api-machineset";

/// Starts the Machine API; without machines the cluster only says that its platform has none.
pub fn spawn(cluster: &Cluster, hosts: &hosts::Cluster, has_machines: bool) {
    let hosts = hosts.for_inhabitants();
    cluster.spawn("machine-api", move |actor| live(actor, hosts.clone(), has_machines));
}

async fn live(actor: Actor, hosts: hosts::Cluster, has_machines: bool) -> Result<()> {
    if !seed::begin(&actor, &hosts, has_machines).await? {
        return std::future::pending().await;
    }
    let machines = actor.watch(&MACHINE).await;
    let (nodes, sets) = (actor.watch(&kinds::NODE).await, actor.watch(&MACHINE_SET).await);
    // Machines by their names; the sets are looked after under none.
    let work: Work<String> = Work::new();
    work.follow(&machines, |change| [name(&change.object).to_owned(), String::new()]);
    work.follow(&sets, |_| [String::new()]);
    let known = machines.clone();
    work.follow(&nodes, move |change| {
        let node = name(&change.object).to_owned();
        let all = known.all();
        let of =
            all.iter().filter(|machine| host_of(machine) == node).map(|machine| name(machine).to_owned());
        of.chain([String::new()]).collect::<Vec<_>>()
    });
    work.run(actor.clock(), |machine| {
        let (actor, hosts) = (actor.clone(), hosts.clone());
        async move {
            if machine.is_empty() {
                return sets::keep_all(&actor).await;
            }
            life::keep(&actor, &hosts, &Key::new(NAMESPACE, machine)).await
        }
    })
    .await
}

/// The name of a machine's host: that of its node, or else its own.
fn host_of(machine: &kube::api::DynamicObject) -> String {
    let node = text(machine, "/status/nodeRef/name");
    if node.is_empty() { name(machine).to_owned() } else { node.to_owned() }
}

fn role_of(machine: &kube::api::DynamicObject) -> Role {
    if label(machine, ROLE) == Some("master") { Role::ControlPlane } else { Role::Worker }
}
