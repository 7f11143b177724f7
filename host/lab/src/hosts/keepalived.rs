//! keepalived: it puts the cluster's virtual addresses on one of the hosts where it runs.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Host;
use super::addresses::Address;
use super::layout::DEVICE;

/// How long it takes until another host takes an address over, in life.
const ELECTION: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

/// Moves `vips` between `hosts` until `end`.
///
/// A host whose keepalived ends gives its addresses back, unless `keepalived: leaves its addresses` is on.
pub(super) async fn run(hosts: Vec<Host>, vips: Vec<Ipv4Addr>, end: CancellationToken) {
    let work = async {
        let mut pods: Vec<watch::Receiver<u64>> = hosts.iter().map(|host| host.pods().follow()).collect();
        loop {
            pods.iter_mut().for_each(watch::Receiver::mark_unchanged);
            release(&hosts, &vips);
            elect(&hosts, &vips).await;
            futures::future::select_all(pods.iter_mut().map(|change| Box::pin(change.changed())))
                .await
                .0
                .ok();
        }
    };
    end.run_until_cancelled(work).await;
}

/// Waits until each of `vips` is on a host.
pub(super) async fn settled(hosts: &[Host], vips: &[Ipv4Addr]) {
    let mut changes: Vec<watch::Receiver<u64>> = hosts.iter().map(|host| host.addresses().follow()).collect();
    loop {
        changes.iter_mut().for_each(watch::Receiver::mark_unchanged);
        if vips.iter().all(|vip| hosts.iter().any(|host| host.addresses().has(*vip))) {
            return;
        }
        futures::future::select_all(changes.iter_mut().map(|change| Box::pin(change.changed()))).await.0.ok();
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
