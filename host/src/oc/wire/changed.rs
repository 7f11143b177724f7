//! What a change made of an object, for the run's journal: the object before and after, compared. Whatever hinders that,
//! the change itself goes on.

use std::time::Duration;

use kube::core::params::GetParams;
use serde_json::Value;

use super::place::Place;
use super::request::{built, once};
use super::{Link, Reached};
use crate::environment::Target;
use crate::oc::difference;

/// How long the look at the object before the change may take.
const LIMIT: Duration = Duration::from_secs(3);

/// The object before a change.
pub(super) enum Before {
    /// It was not there.
    Absent,
    /// It was so.
    Present(Value),
    /// It is not known.
    Unknown,
}

impl Before {
    /// Looks once, and does not insist.
    pub(super) async fn of(cluster: &Reached, link: &Link, place: &Place, name: &str) -> Self {
        if cluster.shows() || !cluster.run().is_recorded() {
            return Self::Unknown;
        }
        let about = format!("get {}/{name}{}", place.kind, cluster.within());
        let Ok(request) = built(place.request().get(name, &GetParams::default())) else {
            return Self::Unknown;
        };
        let asked = once(cluster, link, &about, request);
        match tokio::time::timeout(LIMIT.min(cluster.attempt()), asked).await {
            Ok(Ok((body, _))) => serde_json::from_slice(&body).map_or(Self::Unknown, Self::Present),
            Ok(Err(refusal)) if refusal.failure.problem.kind == "not_found" => Self::Absent,
            _ => {
                tracing::debug!(cluster = cluster.name(), %about, "not known before the change");
                Self::Unknown
            }
        }
    }

    /// Tells the gate what is different now. The state of an object changes by itself: it counts only where the change
    /// was to it.
    pub(super) fn tell(self, cluster: &Reached, after: &Value, is_of_state: bool) {
        let spec_of = |mut object: Value| {
            if let (false, Some(fields)) = (is_of_state, object.as_object_mut()) {
                fields.remove("status");
            }
            object
        };
        let lines = match self {
            Self::Absent => difference::lines(None, after),
            Self::Present(before) => difference::lines(Some(&spec_of(before)), &spec_of(after.clone())),
            Self::Unknown => return,
        };
        // In a record it has happened already.
        let said = |line: String| {
            if line == difference::NO_DIFFERENCE { "nothing is different".to_owned() } else { line }
        };
        cluster.tell_changed(lines.into_iter().map(said).collect());
    }
}
