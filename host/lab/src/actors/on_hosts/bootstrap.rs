//! Kubelets that were started without a certificate: they ask for one as the bootstrapper, and then for a second one as
//! themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use kube::Client;

use super::Shared;
use super::credentials::{CLIENT, Credentials, SERVING};
use crate::actors::certificates::{Way, kubelet};
use crate::actors::workers::heartbeat;
use crate::actors::{Actor, Result};
use crate::hosts::{Host, User};

pub(super) async fn live(actor: Actor, (hosts, credentials): Shared, bootstrap: Client) -> Result<()> {
    let way = Arc::new(Way { bootstrap, address: hosts.address(), authority: hosts.authority().clone() });
    // Each start of a kubelet asks once: it goes on until it is answered, or started again.
    let mut asked = BTreeSet::new();
    loop {
        for host in hosts.hosts() {
            let Some(start) = credentials.lacks(&host) else { continue };
            if asked.insert((host.ip(), start)) {
                let name = format!("kubelet/{}", host.name());
                let itself = Actor::new(actor.cluster().clone(), &name);
                let (way, credentials) = (way.clone(), credentials.clone());
                actor.cluster().run(async move { begin(&itself, &way, &credentials, &host, start).await });
            }
        }
        tokio::time::sleep(heartbeat(actor.clock())).await;
    }
}

/// Brings the kubelet of a host both its certificates, as long as it is the same start of it.
async fn begin(actor: &Actor, way: &Way, credentials: &Credentials, host: &Host, start: u64) {
    let work = async {
        let (key, certificate) = kubelet::to_speak(actor, way, host.name(), None).await;
        let held = format!("{certificate}{}", key.serialize_pem());
        keep(host, CLIENT, &held);
        credentials.hold(host, start, &held);
        let (name, address) = (host.name(), host.ip().to_string());
        let own = (&key, certificate.as_str());
        if let Some((_, key, certificate)) = kubelet::to_be_spoken_to(actor, way, (name, &address), own).await
        {
            keep(host, SERVING, &format!("{certificate}{}", key.serialize_pem()));
        }
    };
    let ended = async {
        while host.is_on() && host.kubelet().starts() == start {
            tokio::time::sleep(heartbeat(actor.clock())).await;
        }
    };
    tokio::select! {
        () = work => {}
        () = ended => {}
    }
}

fn keep(host: &Host, path: &str, text: &str) {
    let view = host.files().view(User::Root);
    if let Err(error) = view.write(path, text.as_bytes()).and_then(|()| view.set_mode(path, 0o600)) {
        tracing::warn!(host = host.name(), %error, path, "a certificate could not be kept");
    }
}
