//! The containers of ordinary pods, as `crictl` shows them on the host that they were given to.

use super::super::kinds::POD;
use super::super::object::{MIRROR, annotation, list, name, namespace, text, uid};
use super::super::{Actor, Result, Watched, network};
use super::{Shared, speaking};
use crate::hosts::{Host, OrdinaryPod};

pub(super) async fn live(actor: Actor, shared: Shared) -> Result<()> {
    let pods = actor.watch(&POD).await;
    let (changed, mut heard) = tokio::sync::watch::channel(());
    pods.listen(move |_| {
        changed.send_replace(());
        !changed.is_closed()
    });
    loop {
        heard.mark_unchanged();
        for host in speaking(&shared) {
            let wanted = of_host(&pods, &host);
            let all = pods.all();
            host.pods().show(&wanted, |known| all.iter().any(|pod| uid(pod) == known));
        }
        // A host that was turned on again shows them anew.
        let _ = tokio::time::timeout(super::super::workers::heartbeat(actor.clock()), heard.changed()).await;
    }
}

fn of_host(pods: &Watched, host: &Host) -> Vec<OrdinaryPod> {
    let all = pods.all();
    let here = all.iter().filter(|pod| {
        text(pod, "/spec/nodeName") == host.name()
            && annotation(pod, MIRROR).is_none()
            // Those of the network are started and stopped by what they do.
            && namespace(pod) != network::NAMESPACE
            && text(pod, "/status/phase") == "Running"
    });
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    here.map(|pod| OrdinaryPod {
        name: name(pod).to_owned(),
        namespace: namespace(pod).to_owned(),
        uid: uid(pod).to_owned(),
        containers: list(pod, "/spec/containers")
            .iter()
            .map(|one| (word(&one["name"]), word(&one["image"])))
            .collect(),
    })
    .collect()
}
