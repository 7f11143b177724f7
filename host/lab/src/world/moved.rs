//! How a world is after its hosted cluster was to move: seen from outside, without the script that moved it.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::{Lab, content};
use crate::actors::{Key, kinds};
use crate::apiserver::Store;

/// How long the hosted cluster may take to come to rest, in real time.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is left of a hosted cluster's own objects on the source, by kind.
const OWN_KINDS: [crate::actors::Kind; 2] = [kinds::HOSTED_CLUSTER, kinds::NODE_POOL];

/// How the world is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// How often both sides could write.
    pub overlaps: usize,
    /// The cloud instances that the hosted cluster has, and how many of them live.
    pub instances: (usize, usize),
    /// What the hosted cluster lacks on the destination.
    pub lacking: Option<String>,
    /// What of it is still on the source.
    pub left_on_source: Vec<String>,
    /// What of the data of its workload is not as it was.
    pub data_missing: Vec<String>,
    /// What other hosted clusters lack.
    pub neighbours: Vec<String>,
    /// How many snapshots the bucket holds.
    pub snapshots: usize,
}

impl Moved {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.overlaps == 0
            && self.instances.0 == self.instances.1
            && self.lacking.is_none()
            && self.snapshots > 0
            && [&self.left_on_source, &self.data_missing, &self.neighbours].iter().all(|all| all.is_empty())
    }
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.lacking {
            None => f.write_str("the hosted cluster lives on the destination")?,
            Some(lacking) => write!(f, "the hosted cluster does not live on the destination: {lacking}")?,
        }
        match self.data_missing.as_slice() {
            [] => f.write_str(", its data is as it was")?,
            missing => write!(f, ", MISSING OF ITS DATA: {}", missing.join(", "))?,
        }
        match self.left_on_source.as_slice() {
            [] => f.write_str("; nothing of it is on the source")?,
            left => write!(f, "; still on the source: {}", left.join(", "))?,
        }
        if !self.neighbours.is_empty() {
            write!(f, "; HARMED NEIGHBOURS: {}", self.neighbours.join(", "))?;
        }
        write!(f, "; the bucket holds {} of its snapshots", self.snapshots)
    }
}

impl Lab {
    /// Judges the world after the hosted cluster was to move; gives it a while to come to rest.
    pub async fn moved(&self) -> Moved {
        let plan = self.plan();
        let settled = self.settled(&self.destination, plan, PATIENCE).await;
        let own = |lacking: super::LabError| match lacking {
            super::LabError::Unsettled { lacking, .. } => lacking,
            other => other.to_string(),
        };
        let neighbours = self.scenario.neighbours.iter().filter_map(|neighbour| {
            let lacking = self.lacking(&self.source, neighbour)?;
            Some(format!("{}: {lacking}", neighbour.name))
        });
        let infra_id = &self.description.hosted_cluster.infra_id;
        let bucket = &self.scenario.bucket;
        Moved {
            overlaps: self.overlaps().len(),
            instances: (self.instances_alive(infra_id).len(), plan.replicas() as usize),
            lacking: settled.err().map(own),
            left_on_source: self.source.store().map(|store| self.left_in(&store)).unwrap_or_default(),
            data_missing: self.data_missing().await,
            neighbours: neighbours.collect(),
            snapshots: self.s3().map_or(0, |s3| s3.keys(bucket).len()),
        }
    }

    fn left_in(&self, source: &Store) -> Vec<String> {
        let plan = self.plan();
        let mut left = Vec::new();
        for kind in OWN_KINDS {
            let names = source.list(&kind.to_string(), &plan.namespace).into_iter();
            let name = |object: &serde_json::Value| {
                object["metadata"]["name"].as_str().unwrap_or_default().to_owned()
            };
            let is_own =
                |name: &String| *name == plan.name || plan.node_pools.iter().any(|pool| pool.name == *name);
            left.extend(
                names.map(|one| name(&one)).filter(is_own).map(|name| format!("{} {name}", kind.kind)),
            );
        }
        let namespace = plan.control_plane_namespace();
        if source.get(&kinds::NAMESPACE.to_string(), "", &namespace).is_some() {
            left.push(format!("Namespace {namespace}"));
        }
        left
    }

    /// The objects of the workload that the hosted API on the destination does not know.
    async fn data_missing(&self) -> Vec<String> {
        let place = self.plan().control_plane_namespace();
        let Some(inside) = self.hosted.cluster(self.destination.name(), &place) else {
            return vec!["everything".to_owned()];
        };
        let mut missing = Vec::new();
        for (kind, wanted) in content::of_hosted(self.scenario.secrets) {
            let word = |field: &str| wanted["metadata"][field].as_str().unwrap_or_default().to_owned();
            let all = inside.watch(&kind);
            // Where its API does not answer, the list never comes, and nothing is known.
            let _ = tokio::time::timeout(PATIENCE, all.ready()).await;
            let known = all.get(&Key::new(word("namespace"), word("name")));
            // The hour of an order is that at which the world was made.
            if known.is_none_or(|known| known.data["data"]["number"] != wanted["data"]["number"]) {
                missing.push(format!("{} {}", kind.kind, word("name")));
            }
        }
        missing
    }
}
