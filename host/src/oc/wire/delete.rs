//! Deletes, each time the very object that was seen, by its UID.

use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use kube::core::params::{DeleteParams, Preconditions, PropagationPolicy};
use serde_json::Value;

use super::follow;
use super::link::reach_to_destroy;
use super::place::{self, Place};
use super::planned;
use super::read::{get_at, list_at};
use super::request::{Repeat, built, send};
use super::{Link, Reached};
use crate::oc::names::What;
use crate::oc::select::Selection;
use crate::problem::Problem;

/// How many deletions are under way side by side.
const ABREAST: usize = 8;

/// How long one rests before an object that others change is to be deleted again.
const PAUSE: Duration = Duration::from_millis(200);

/// What becomes of the objects that an object owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Propagation {
    /// They go after it.
    Background,
    /// They go before it.
    Foreground,
    /// They stay.
    Orphan,
}

/// How to delete.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manner {
    /// The UID that the object must have.
    pub uid: Option<String>,
    /// What becomes of what it owns; the kind's default where not said.
    pub propagation: Option<Propagation>,
    /// How long it gets to end by itself.
    pub grace: Option<Duration>,
    /// How long to wait until it is gone.
    pub wait: Option<Duration>,
}

/// Deletes one object. Gives back `false` if there was none.
///
/// Errors: `conflict` if it is not the object of the UID asked for, `timeout` if it is not gone in time.
pub(crate) async fn delete(cluster: Reached, what: &What, manner: &Manner) -> Result<bool, Problem> {
    let link = reach_to_destroy(&cluster).await?;
    let place = place::of(&cluster, &link, &what.kind).await?;
    let seen = match get_at(&cluster, &link, &place, &what.name).await {
        Err(problem) if problem.kind == "not_found" => return Ok(false),
        seen => Doomed::of(&seen?),
    };
    if let Some(wanted) = manner.uid.as_ref().filter(|wanted| **wanted != seen.uid) {
        let message = format!(
            "{}/{} has the UID {}, not {wanted}: it is another object",
            place.kind, seen.name, seen.uid
        );
        return Err(Problem::new("conflict", message).hint("it was made anew in between; decide again"));
    }
    delete_seen(&cluster, &link, &place, &seen, manner).await?;
    if let Some(limit) = manner.wait.filter(|_| !cluster.shows()) {
        let one = Selection::one(&what.name);
        follow::until_gone(&cluster, &what.kind, &one, &[seen], limit).await?;
    }
    Ok(true)
}

/// Deletes every selected object; gives back their names.
pub(crate) async fn delete_all(
    cluster: Reached,
    kind: &str,
    selection: &Selection,
    manner: &Manner,
) -> Result<Vec<String>, Problem> {
    let link = reach_to_destroy(&cluster).await?;
    let place = place::of(&cluster, &link, kind).await?;
    let listed = list_at(&cluster, &link, &place, selection, Repeat::Freely).await?;
    let doomed: Vec<Doomed> = listed.objects.iter().map(Doomed::of).collect();
    stream::iter(&doomed)
        .map(|one| delete_seen(&cluster, &link, &place, one, manner))
        .buffer_unordered(ABREAST)
        .try_collect::<Vec<()>>()
        .await?;
    if let Some(limit) = manner.wait.filter(|_| !cluster.shows()) {
        follow::until_gone(&cluster, kind, selection, &doomed, limit).await?;
    }
    Ok(doomed.into_iter().map(|one| one.name).collect())
}

/// An object that was seen, and is to go.
#[derive(Debug, Clone)]
pub(super) struct Doomed {
    /// Its name.
    pub name: String,
    /// Its UID: another object of that name is none of our business.
    pub uid: String,
}

impl Doomed {
    fn of(object: &Value) -> Self {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        Self { name: text("name"), uid: text("uid") }
    }
}

/// What is gone, or was made anew under the name, counts as deleted.
async fn delete_seen(
    cluster: &Reached,
    link: &Link,
    place: &Place,
    seen: &Doomed,
    manner: &Manner,
) -> Result<(), Problem> {
    let about = format!("delete {}/{}{}", place.kind, seen.name, cluster.within());
    let parameters = DeleteParams {
        grace_period_seconds: manner.grace.map(|grace| u32::try_from(grace.as_secs()).unwrap_or(u32::MAX)),
        propagation_policy: manner.propagation.map(|propagation| match propagation {
            Propagation::Background => PropagationPolicy::Background,
            Propagation::Foreground => PropagationPolicy::Foreground,
            Propagation::Orphan => PropagationPolicy::Orphan,
        }),
        dry_run: cluster.shows(),
        preconditions: Some(Preconditions { uid: Some(seen.uid.clone()), resource_version: None }),
    };
    let build = || built(place.request().delete(&seen.name, &parameters));
    loop {
        let problem = match send(cluster, link, &about, Repeat::Freely, build).await {
            Ok(_) => {
                planned::gone(cluster, place, &seen.name);
                return Ok(());
            }
            Err(problem) if problem.kind == "not_found" => return Ok(()),
            Err(problem) if problem.kind == "conflict" => problem,
            Err(problem) => return Err(problem),
        };
        // Either it is another object now, or others change this one all the time: that one is still to go.
        match get_at(cluster, link, place, &seen.name).await {
            Err(problem) if problem.kind == "not_found" => return Ok(()),
            Err(problem) => return Err(problem),
            Ok(now) if Doomed::of(&now).uid != seen.uid => return Ok(()),
            Ok(now) if !now["metadata"]["deletionTimestamp"].is_null() => return Ok(()),
            Ok(_) if Instant::now() + PAUSE >= cluster.deadline() => return Err(problem),
            Ok(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
