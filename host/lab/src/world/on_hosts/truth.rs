//! What befalls a cluster on hosts, and how it is in the end: seen from outside, without the script that repairs it.

use std::fmt;
use std::time::Duration;

use kube::api::{DeleteParams, PostParams};
use serde::Serialize;
use serde_json::{Value, json};

use super::OnHosts;
use super::content::{LATER, WORKLOAD, workload};
use crate::actors::kinds;
use crate::apiserver::Store;
use crate::ground::GroundError;
use crate::hosts::{Host, Role};
use crate::scenario::Disaster;
use crate::world::LabError;

/// How often a namespace that goes is looked at, in life.
const GLANCE: Duration = Duration::from_secs(1);

/// How long the world may take to come to rest, in life.
const PATIENCE: Duration = Duration::from_hours(1);

/// How the world is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether the API answers, from one etcd cluster.
    pub answers: bool,
    /// What of the workload's data is not as it was.
    pub data_missing: Vec<String>,
    /// Whether what was made after the backup is gone.
    pub later_is_gone: bool,
    /// The members of etcd.
    pub etcd_members: Vec<String>,
    /// The control plane hosts that are on and run no member with a vote.
    pub hosts_without_member: Vec<String>,
    /// How often the API began to answer from two etcd clusters at once.
    pub split_brains: usize,
    /// The nodes that are not Ready.
    pub nodes_not_ready: Vec<String>,
    /// Whether etcd's quorum guard was left off.
    pub guard_is_off: bool,
    /// The static pods' manifests that are not in their place, with the hosts that are on.
    pub manifests_missing: Vec<String>,
}

impl Verdict {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.answers
            && self.later_is_gone
            && !self.guard_is_off
            && self.split_brains == 0
            && [
                &self.data_missing,
                &self.hosts_without_member,
                &self.nodes_not_ready,
                &self.manifests_missing,
            ]
            .iter()
            .all(|all| all.is_empty())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.answers {
            f.write_str("the API does not answer from one etcd cluster; ")?;
        }
        match self.data_missing.len() {
            0 => f.write_str("the data is as it was")?,
            count => write!(f, "{count} objects of {WORKLOAD} are not as they were")?,
        }
        let later = if self.later_is_gone { "is gone" } else { "is still there" };
        write!(f, ", what came after the backup {later}; etcd has {} members", self.etcd_members.len())?;
        for (all, what) in [
            (&self.hosts_without_member, "runs no member"),
            (&self.nodes_not_ready, "not Ready"),
            (&self.manifests_missing, "not in its place"),
        ] {
            if !all.is_empty() {
                write!(f, "; {}: {what}", all.join(", "))?;
            }
        }
        if self.guard_is_off {
            f.write_str("; THE QUORUM GUARD IS OFF")?;
        }
        match self.split_brains {
            0 => f.write_str("; at no time did two etcd clusters serve"),
            1 => f.write_str("; TWO ETCD CLUSTERS SERVED AT ONCE"),
            count => write!(f, "; TWO ETCD CLUSTERS SERVED AT ONCE, {count} times"),
        }
    }
}

impl OnHosts {
    /// Lets the scenario's disaster happen; answers the hosts that are lost for good.
    ///
    /// Errors: the API did not take what was asked of it.
    pub async fn strike(&self) -> Result<Vec<String>, LabError> {
        if self.plan.disaster == Disaster::None {
            return Ok(Vec::new());
        }
        self.delete_data().await?;
        if self.plan.disaster != Disaster::QuorumLost {
            return Ok(Vec::new());
        }
        let control_plane: Vec<Host> =
            self.hosts.hosts().into_iter().filter(|host| host.role() == Role::ControlPlane).collect();
        // A majority, and never the first: three of five, two of three.
        let lost: Vec<Host> =
            control_plane.iter().skip(1).take(control_plane.len() / 2 + 1).cloned().collect();
        for host in &lost {
            host.turn_off();
            self.hosts.setup().log.record(host.name(), "is lost for good", "the disaster of the scenario");
        }
        self.hosts.until(<[u64]>::is_empty).await;
        Ok(lost.iter().map(|host| host.name().to_owned()).collect())
    }

    async fn delete_data(&self) -> Result<(), LabError> {
        let Some(actors) = self.inhabited().await else { return Ok(()) };
        let api = kinds::NAMESPACE.api(actors.client(), "");
        api.delete(WORKLOAD, &DeleteParams::default()).await.map_err(GroundError::of)?;
        let later = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": LATER}});
        let later = serde_json::from_value(later).map_err(GroundError::of)?;
        api.create(&PostParams::default(), &later).await.map_err(GroundError::of)?;
        while api.get_opt(WORKLOAD).await.map_err(GroundError::of)?.is_some() {
            self.hosts.setup().clock.sleep(GLANCE).await;
        }
        self.hosts.setup().log.record("somebody", format!("deleted namespace {WORKLOAD}"), "by mistake");
        Ok(())
    }

    /// Judges the world once it is well, or after it had a while to become so.
    pub async fn calm_verdict(&self) -> Verdict {
        let clock = &self.hosts.setup().clock;
        let becomes_well = async {
            while !self.verdict().is_well() {
                clock.sleep(GLANCE).await;
            }
        };
        // What it is like then is looked at, whether the time was up or not.
        let _ = tokio::time::timeout(clock.scaled(PATIENCE), becomes_well).await;
        self.verdict()
    }

    /// Judges the world as it is now.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let serving = self.hosts.serving();
        let store = serving.first().map(|(_, store)| store);
        let on: Vec<Host> = self
            .hosts
            .hosts()
            .into_iter()
            .filter(|host| host.is_on() && host.role() == Role::ControlPlane)
            .collect();
        let etcd = on.first().map(|host| host.members().serving()).unwrap_or_default();
        let votes =
            |host: &&Host| etcd.iter().any(|(_, voters)| voters.iter().any(|name| name == host.name()));
        let members = etcd.first().map(|(database, _)| database.members()).unwrap_or_default();
        let missing = |host: &Host| {
            let name = host.name().to_owned();
            host.missing_manifests().into_iter().map(move |file| format!("{name}: {file}"))
        };
        Verdict {
            answers: serving.len() == 1,
            data_missing: store.map_or_else(|| vec!["everything".to_owned()], lost_data),
            later_is_gone: store.is_some_and(|store| store.get("namespaces", "", LATER).is_none()),
            etcd_members: members.into_iter().map(|(name, _)| name).collect(),
            hosts_without_member: on
                .iter()
                .filter(|host| !votes(host))
                .map(|host| host.name().to_owned())
                .collect(),
            split_brains: self.hosts.split_brains(),
            nodes_not_ready: store.map(not_ready).unwrap_or_default(),
            guard_is_off: store.is_some_and(guard_is_off),
            manifests_missing: on.iter().flat_map(missing).collect(),
        }
    }
}

/// The objects of the workload that are not there, or hold something else.
fn lost_data(store: &Store) -> Vec<String> {
    let all = workload().into_iter().filter(|(kind, wanted)| {
        let word = |field: &str| wanted["metadata"][field].as_str().unwrap_or_default().to_owned();
        let Some(known) = store.get(&kind.to_string(), &word("namespace"), &word("name")) else {
            return true;
        };
        known["data"] != wanted["data"] || known["spec"]["replicas"] != wanted["spec"]["replicas"]
    });
    all.map(|(kind, wanted)| format!("{kind} {}", wanted["metadata"]["name"].as_str().unwrap_or_default()))
        .collect()
}

fn not_ready(store: &Store) -> Vec<String> {
    let is_ready = |node: &Value| {
        let all = node["status"]["conditions"].as_array();
        all.is_some_and(|all| all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
    };
    let nodes = store.list("nodes", "").into_iter().filter(|node| !is_ready(node));
    nodes.map(|node| node["metadata"]["name"].as_str().unwrap_or_default().to_owned()).collect()
}

fn guard_is_off(store: &Store) -> bool {
    let etcd = store.get(&kinds::ETCD.to_string(), "", "cluster").unwrap_or_default();
    etcd["spec"]["unsupportedConfigOverrides"]["useUnsupportedUnsafeNonHANonProductionUnstableEtcd"] == true
}
