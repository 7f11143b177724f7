//! The cloud's load balancers: a host name for each service that asks for one, and the server behind it.

use std::sync::Arc;

use kube::api::DynamicObject;
use serde_json::json;

use super::super::control_plane::network::balancer_of;
use super::super::kinds::SERVICE;
use super::super::names::short_hash;
use super::super::object::{namespace, text, uid};
use super::super::{Actor, Cluster, Key, Next, Result, Watched, Work};
use super::HostedApis;
use crate::dns::Balancers;

/// Starts the controller that makes load balancers for the services of `management`.
pub(super) fn start(management: &Cluster, hosted: &HostedApis, balancers: &Balancers) {
    let (hosted, balancers) = (hosted.clone(), balancers.clone());
    management.spawn("cloud-controller-manager", move |actor| live(actor, hosted.clone(), balancers.clone()));
}

async fn live(actor: Actor, hosted: HostedApis, balancers: Balancers) -> Result<()> {
    let work = Work::new();
    let services = actor.watch(&SERVICE).await;
    work.follow(&services, |change| asks(&change.object).then(|| Key::of(&change.object)));
    let gone = balancers.clone();
    services.listen(move |change| {
        if change.gone {
            gone.remove(balancer_of(&change.object));
        }
        true
    });
    // A server that comes or goes stands behind every balancer of its namespace.
    let (sender, known) = (work.sender(), services.clone());
    hosted.on_change(actor.cluster(), move |namespace| {
        let asking = known.within(&namespace).into_iter().filter(|one| asks(one));
        asking.map(|service| sender.send(Key::of(&service))).all(|sent| sent.is_ok())
    });
    let (hosted, balancers) = (Arc::new(hosted), Arc::new(balancers));
    work.run(actor.clock(), |key: Key| {
        let (actor, services) = (actor.clone(), services.clone());
        let (hosted, balancers) = (hosted.clone(), balancers.clone());
        async move { look(&actor, &services, &hosted, &balancers, &key).await }
    })
    .await
}

async fn look(
    actor: &Actor,
    services: &Watched,
    hosted: &HostedApis,
    balancers: &Balancers,
    key: &Key,
) -> Result<Next> {
    let Some(service) = services.get(key) else { return Ok(Next::Rest) };
    let here = actor.cluster().name();
    let mut host = balancer_of(&service).to_owned();
    if host.is_empty() {
        actor.dither(5.0, 30.0).await;
        host = format!("a{}-{here}.elb.lab", short_hash(uid(&service)));
        let status = json!({"loadBalancer": {"ingress": [{"hostname": host}]}});
        actor.patch_status(&SERVICE, key, status).await?;
        actor.record(format!("made load balancer {host}"), format!("service {key} asks for one"));
    }
    if let Some(server) = hosted.get(here, namespace(&service)).map(|one| one.server.address()) {
        balancers.set(&host, server);
    }
    Ok(Next::Rest)
}

fn asks(service: &DynamicObject) -> bool {
    text(service, "/spec/type") == "LoadBalancer"
}
