//! What a lab is made of: the clusters, their sizes and names, and what is unusual about them.

mod hosts;
pub(crate) mod objects;
mod plan;
mod standalone;
mod storage;

pub use hosts::{Disaster, HostsPlan};
pub use plan::{Availability, EndpointAccess, HostedClusterPlan, NodePoolPlan};
pub use standalone::{Forgery, StandalonePlan};
pub use storage::StorageFault;

use serde::{Deserialize, Serialize};

use crate::faults::Schedule;

/// A world to practise in. Every field has a default; the default scenario is the common case.
///
/// ```
/// let scenario = drsh_lab::scenario::Scenario::default();
/// assert_eq!(scenario.hosted_cluster.control_plane_namespace(), "clusters-demo");
/// assert_eq!(scenario.hosted_cluster.replicas(), 3);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// What durations, names and keys are drawn from: the same seed gives the same world.
    pub seed: u64,
    /// How many times faster than life the world runs once it is up.
    pub speed: f64,
    /// The hosted cluster that the practice is about, on the source.
    pub hosted_cluster: HostedClusterPlan,
    /// Other hosted clusters on the source.
    pub neighbours: Vec<HostedClusterPlan>,
    /// Other hosted clusters on the destination.
    pub destination_neighbours: Vec<HostedClusterPlan>,
    /// A hosted cluster with the same namespace and name lives on the destination already.
    pub taken_on_destination: bool,
    /// How many secrets stand in the hosted cluster's namespaces beside those of the operators.
    pub secrets: u32,
    /// Bytes that pad an etcd snapshot, so that it is as large as in life.
    pub snapshot_padding: u64,
    /// The control plane operator restores each etcd member alone (F58).
    pub members_restore_alone: bool,
    /// `GitOps` manages the `HostedCluster` on the source, and undoes what others change.
    pub gitops: bool,
    /// The management clusters' region.
    pub region: String,
    /// The bucket for the snapshots.
    pub bucket: String,
    /// The bucket's own region.
    pub bucket_region: String,
    /// The DNS zone of the hosted clusters, without a final dot.
    pub domain: String,
    /// A cluster that stands alone, instead of the hosted cluster and its surroundings.
    pub standalone: Option<StandalonePlan>,
    /// A cluster that stands alone on hosts of its own, instead.
    pub hosts: Option<HostsPlan>,
    /// The faults that strike once the world is up and somebody practises; see [`crate::faults::Trouble`].
    pub faults: Schedule,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            seed: 1,
            speed: 200.0,
            hosted_cluster: HostedClusterPlan::default(),
            neighbours: vec![HostedClusterPlan::neighbour()],
            destination_neighbours: Vec::new(),
            taken_on_destination: false,
            secrets: 300,
            snapshot_padding: 1 << 20,
            members_restore_alone: false,
            gitops: false,
            region: "us-east-1".to_owned(),
            bucket: "demo-backups".to_owned(),
            bucket_region: "us-east-1".to_owned(),
            domain: "hc.lab".to_owned(),
            standalone: None,
            hosts: None,
            faults: Schedule::default(),
        }
    }
}

impl Scenario {
    /// The smallest world: one replica of everything, one node, no neighbour, a handful of secrets.
    #[must_use]
    pub fn small() -> Self {
        Self {
            hosted_cluster: HostedClusterPlan {
                availability: Availability::SingleReplica,
                node_pools: vec![NodePoolPlan::new("demo-a", 1)],
                ..HostedClusterPlan::default()
            },
            neighbours: Vec::new(),
            secrets: 3,
            snapshot_padding: 0,
            ..Self::default()
        }
    }

    /// Reads a scenario from JSON; fields that are absent take their defaults.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let scenario: Self = serde_json::from_str(text).map_err(|error| format!("the scenario: {error}"))?;
        scenario.check()?;
        Ok(scenario)
    }

    /// Refuses a scenario that no lab could be made of, naming the field.
    pub fn check(&self) -> Result<(), String> {
        if !(self.speed.is_finite() && self.speed > 0.0) {
            return Err(format!("speed is {}, and must be a number above 0", self.speed));
        }
        let on_source: Vec<_> = std::iter::once(&self.hosted_cluster).chain(&self.neighbours).collect();
        for (place, plan) in on_source.iter().enumerate() {
            plan.check()?;
            let twin = |other: &&&HostedClusterPlan| {
                other.control_plane_namespace() == plan.control_plane_namespace()
            };
            if on_source[..place].iter().any(|other| twin(&other)) {
                return Err(format!("two hosted clusters would live in {}", plan.control_plane_namespace()));
            }
        }
        self.destination_neighbours.iter().try_for_each(HostedClusterPlan::check)?;
        if self.standalone.is_some() && self.hosts.is_some() {
            return Err("standalone and hosts are two worlds, and one can be played".to_owned());
        }
        self.hosts.as_ref().map_or(Ok(()), HostsPlan::check)?;
        self.standalone.as_ref().map_or(Ok(()), StandalonePlan::check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_written_as_what_differs_from_the_default() {
        let read = Scenario::from_json(r#"{"secrets": 5, "hosted_cluster": {"name": "demo.one"}}"#).unwrap();
        assert_eq!(read.secrets, 5);
        assert_eq!(read.hosted_cluster.control_plane_namespace(), "clusters-demo-one");
        assert_eq!(read.neighbours, Scenario::default().neighbours);
        assert!(Scenario::from_json(r#"{"secret": 5}"#).is_err(), "an unknown field is refused");
        assert!(Scenario::from_json(r#"{"speed": 0}"#).is_err());
    }

    #[test]
    fn two_hosted_clusters_with_one_control_plane_namespace_are_refused() {
        let text = r#"{"hosted_cluster": {"name": "demo.2"}, "neighbours": [{"name": "demo-2"}]}"#;
        assert!(Scenario::from_json(text).is_err());
    }
}
