//! keepalived: it puts the cluster's virtual addresses on one of the hosts where it runs.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Host;
use super::addresses::Address;
use super::layout::DEVICE;
use super::roster::Roster;

/// How long it takes until another host takes an address over, in life.
const ELECTION: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

/// Moves `vips` between the hosts until `end`.
///
/// A host whose keepalived ends gives its addresses back, unless `keepalived: leaves its addresses` is on.
pub(super) async fn run(roster: Roster, vips: Vec<Ipv4Addr>, end: CancellationToken) {
    let work = async {
        loop {
            let mut pods = roster.follower(|host| [host.pods().follow()]);
            let hosts = roster.all();
            release(&hosts, &vips);
            elect(&hosts, &vips).await;
            pods.changed().await;
        }
    };
    end.run_until_cancelled(work).await;
}

/// Waits until each of `vips` is on a host.
pub(super) async fn settled(roster: &Roster, vips: &[Ipv4Addr]) {
    loop {
        let mut addresses = roster.follower(|host| [host.addresses().follow()]);
        let hosts = roster.all();
        if vips.iter().all(|vip| hosts.iter().any(|host| host.addresses().has(*vip))) {
            return;
        }
        addresses.changed().await;
    }
}

fn release(hosts: &[Host], vips: &[Ipv4Addr]) {
    for host in hosts.iter().filter(|host| !host.pods().serves("keepalived")) {
        if host.faults().is_on("keepalived: leaves its addresses") {
            continue;
        }
        for vip in vips {
            host.addresses().remove(DEVICE, *vip, Some(32));
        }
    }
}

async fn elect(hosts: &[Host], vips: &[Ipv4Addr]) {
    for vip in vips {
        let runs: Vec<&Host> = hosts.iter().filter(|host| host.pods().serves("keepalived")).collect();
        if runs.iter().any(|host| host.addresses().has(*vip)) {
            continue;
        }
        // Its check of the local API gives a host precedence.
        let healthy = runs.iter().find(|host| host.pods().serves("kube-apiserver"));
        let Some(next) = healthy.or(runs.first()) else { continue };
        next.clock().sleep_between(ELECTION.0, ELECTION.1).await;
        if next.pods().serves("keepalived") {
            let label = "vip".to_owned();
            next.addresses().add(Address { device: DEVICE.to_owned(), ip: *vip, prefix: 32, label });
            next.log().record(next.name(), format!("took over {vip}"), "keepalived");
        }
    }
}
