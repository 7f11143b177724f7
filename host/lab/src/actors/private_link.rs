//! The private way to a hosted API: the control plane operator keeps a name in the private zone that leads
//! to its own load balancer. While it is paused or at nothing, the name stays where it was (F69).

use std::sync::Arc;

use jiff::Timestamp;

use super::control_plane::components::CONTROL_PLANE_OPERATOR;
use super::control_plane::network::{PRIVATE_ROUTER, balancer_of, private_host};
use super::kinds::{AWS_ENDPOINT_SERVICE, HOSTED_CONTROL_PLANE, POD, SERVICE};
use super::object::{label, namespace, text};
use super::pause::Pause;
use super::{Actor, Cluster, Error, Key, Next, Result, Work, liveness};
use crate::aws::route53::{Change, Record, Zone};

/// The hosted zone that load balancers' own names live in.
const BALANCER_ZONE: &str = "Z35SXDOTRQ7X7K";

/// Starts what keeps the private names of the control planes of `management` in `zone`.
pub fn start(management: &Cluster, zone: &Zone) {
    let zone = zone.clone();
    management.spawn("awsprivatelink", move |actor| live(actor, zone.clone()));
}

async fn live(actor: Actor, zone: Zone) -> Result<()> {
    let work = Work::new();
    for kind in [AWS_ENDPOINT_SERVICE, HOSTED_CONTROL_PLANE, SERVICE] {
        work.follow(&actor.watch(&kind).await, |change| [namespace(&change.object).to_owned()]);
    }
    work.follow(&actor.watch(&POD).await, |change| {
        let is_own = label(&change.object, "app") == Some(CONTROL_PLANE_OPERATOR);
        is_own.then(|| namespace(&change.object).to_owned())
    });
    let zone = Arc::new(zone);
    work.run(actor.clock(), |namespace: String| {
        let (actor, zone) = (actor.clone(), zone.clone());
        async move { look(&actor, &zone, &namespace).await }
    })
    .await
}

async fn look(actor: &Actor, zone: &Zone, namespace: &str) -> Result<Next> {
    if actor.watch(&AWS_ENDPOINT_SERVICE).await.within(namespace).is_empty() {
        return Ok(Next::Rest);
    }
    actor.dither(5.0, 30.0).await;
    let Some(plane) = actor.watch(&HOSTED_CONTROL_PLANE).await.within(namespace).first().cloned() else {
        return Ok(Next::Rest);
    };
    let is_paused = Pause::read(text(&plane, "/spec/pausedUntil"), Timestamp::now()).is_on();
    let pods = actor.watch(&POD).await;
    if is_paused || !liveness::runs(&pods, namespace, CONTROL_PLANE_OPERATOR) {
        return Ok(Next::Rest);
    }
    let service = actor.watch(&SERVICE).await.get(&Key::new(namespace, PRIVATE_ROUTER));
    let balancer = service.as_deref().map_or("", balancer_of).to_owned();
    if balancer.is_empty() {
        return Ok(Next::Rest);
    }
    let record = Record::alias(&private_host(&plane), BALANCER_ZONE, &balancer);
    if !zone.records_of(record.name.as_str()).contains(&record) {
        let what = format!("pointed {} to {balancer}", record.name.as_str());
        zone.change(&[Change::Upsert(record)]).map_err(Error::outside)?;
        actor.record(what, format!("AWSEndpointService in {namespace}"));
    }
    Ok(Next::Rest)
}
