//! What the operator of etcd does beyond rolling out: it looks after the members, and guards the quorum.

use serde_json::json;

use super::super::kinds::CONFIG_MAP;
use super::super::object::Condition;
use super::super::{Actor, Key, Result};
use crate::etcd::Database;
use crate::hosts::{self, Members};

/// The configmap with the members that the present revision was made for.
const ENDPOINTS: &str = "etcd-endpoints";

/// The etcd that the operator's own API runs on.
pub(super) struct Etcd {
    members: Members,
    pub(super) database: Database,
    /// The members that run and have a vote.
    pub(super) voters: Vec<String>,
}

impl Etcd {
    /// The one etcd that serves; none if there is none, or more than one.
    pub(super) fn of(hosts: &hosts::Cluster) -> Option<Self> {
        let members = hosts.hosts().first()?.members().clone();
        let mut serving = members.serving();
        let (database, voters) = serving.pop().filter(|_| serving.is_empty())?;
        Some(Self { members, database, voters })
    }

    /// Gives learners that follow their votes, and takes out members whose node and host are gone.
    pub(super) fn tend(&self, actor: &Actor, hosts: &hosts::Cluster, nodes: &[String]) {
        for name in self.members.promote(&self.database) {
            actor.record(format!("promoted etcd member {name}"), "it has caught up with the leader");
        }
        for (name, _) in self.database.members() {
            let has_host = hosts.host(&name).is_some_and(|host| host.is_on());
            if !nodes.contains(&name) && !has_host {
                self.members.take_out(&self.database, &name);
                actor.record(format!("removed etcd member {name}"), "its node is gone");
            }
        }
    }

    /// Sees to it that the host may join: it is a member with its data, or a learner.
    pub(super) fn admit(&self, actor: &Actor, host: &hosts::Host) {
        let name = host.name();
        let is_member = self.database.member_id(name).is_some();
        let runs = self.members.runs(name, self.database.cluster_id());
        let waits = self.database.is_learner(name);
        if runs || waits || (is_member && self.members.has_data(host, &self.database)) {
            return;
        }
        self.members.take_in(&self.database, name);
        actor.record(format!("added etcd member {name} as learner"), "its node has no member");
    }

    /// Why no new revision may be made: the loss of one more member would lose the quorum.
    pub(super) fn danger(&self, nodes: usize) -> Option<String> {
        let quorum = self.database.quorum();
        let healthy = self.voters.len();
        let names = self.voters.join(" ");
        (nodes > 1 && healthy <= quorum).then(|| {
            format!(
                "etcd cluster has quorum of {quorum} and {healthy} healthy members which is not fault \
                 tolerant: [{names}]"
            )
        })
    }

    /// Whether all members run.
    pub(super) fn conditions(&self, blocked: Option<&str>) -> Vec<Condition> {
        let all = self.database.members();
        let ill: Vec<&str> = all
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| !self.voters.iter().any(|voter| voter == name))
            .collect();
        let available = if ill.is_empty() {
            format!("{} members are available", all.len())
        } else {
            format!(
                "{} of {} members are available, {} is unhealthy",
                self.voters.len(),
                all.len(),
                ill.join(", ")
            )
        };
        let degraded = match (blocked, ill.is_empty()) {
            (Some(why), _) => Condition::new("EtcdMembersDegraded", true, "ErrorUpdatingEtcdMembers", why),
            (None, false) => {
                let message = format!("{} members are unhealthy: {}", ill.len(), ill.join(", "));
                Condition::new("EtcdMembersDegraded", true, "UnhealthyMembers", message)
            }
            (None, true) => {
                Condition::new("EtcdMembersDegraded", false, "AsExpected", "No unhealthy members found")
            }
        };
        vec![Condition::new("EtcdMembersAvailable", true, "EtcdQuorate", available), degraded]
    }

    /// Whether the members are others than those that the present revision was made for.
    pub(super) async fn has_other_members(&self, actor: &Actor, namespace: &str) -> Result<bool> {
        let known = actor.get(&CONFIG_MAP, &Key::new(namespace, ENDPOINTS)).await?;
        let Some(known) = known else {
            self.note_members(actor, namespace).await?;
            return Ok(false);
        };
        Ok(known.data["data"] != self.endpoints())
    }

    /// Writes down the members that the present revision is for.
    pub(super) async fn note_members(&self, actor: &Actor, namespace: &str) -> Result<()> {
        let key = Key::new(namespace, ENDPOINTS);
        // Applied data would keep the entries of members that are gone.
        let object = json!({
            "metadata": {"name": ENDPOINTS, "namespace": namespace}, "data": self.endpoints(),
        });
        if actor.get(&CONFIG_MAP, &key).await?.is_some_and(|known| known.data["data"] == self.endpoints()) {
            return Ok(());
        }
        actor.apply(&CONFIG_MAP, object).await?;
        actor.record("wrote down the endpoints of etcd", "its members have changed");
        Ok(())
    }

    fn endpoints(&self) -> serde_json::Value {
        self.database.members().into_iter().map(|(name, id)| (format!("{id:x}"), json!(name))).collect()
    }
}
