//! One operator: it makes a new revision where one is wanted, and brings it to one node after the other.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kube::api::DynamicObject;
use serde_json::json;

use super::super::kinds::{CLUSTER_OPERATOR, NODE, POD};
use super::super::object::{condition, flag, is_dying, name, text, with_conditions};
use super::super::on_hosts::is_control_plane;
use super::super::{Actor, Key, Next, Result, Watched, Work};
use super::etcd::Etcd;
use super::rollout::Rollout;
use super::{Component, conditions};
use crate::hosts::{self, FIRST_REVISION};

/// The override that lets etcd be rolled out though a further loss would lose the quorum.
const UNSAFE: &str = "/spec/unsupportedConfigOverrides/useUnsupportedUnsafeNonHANonProductionUnstableEtcd";
/// How often an operator looks at what no watch tells, in life.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

#[derive(Clone)]
struct Operator {
    actor: Actor,
    component: Component,
    hosts: hosts::Cluster,
    watched: Watched,
    pods: Watched,
    nodes: Watched,
    /// The wishes that were made while the quorum guard was off: who turns it on again right after his wish has
    /// it granted all the same.
    allowed: Arc<Mutex<BTreeSet<String>>>,
}

pub(super) async fn live(actor: Actor, component: Component, hosts: hosts::Cluster) -> Result<()> {
    let operator = Operator {
        watched: actor.watch(&component.kind).await,
        pods: actor.watch(&POD).await,
        nodes: actor.watch(&NODE).await,
        allowed: Arc::default(),
        actor,
        component,
        hosts,
    };
    operator.actor.watch(&CLUSTER_OPERATOR).await;
    let spec = json!({"managementState": "Managed", "forceRedeploymentReason": "", "logLevel": "Normal"});
    let object = json!({"metadata": {"name": "cluster"}, "spec": spec});
    operator.actor.ensure(&operator.component.kind, object).await?;
    let allowed = operator.allowed.clone();
    operator.watched.listen(move |change| {
        if flag(&change.object, UNSAFE) {
            let wish = text(&change.object, "/spec/forceRedeploymentReason").to_owned();
            allowed.lock().unwrap_or_else(PoisonError::into_inner).insert(wish);
        }
        true
    });
    let work = Work::new();
    work.follow(&operator.watched, |_| [()]);
    let namespace = operator.component.namespace;
    work.follow(&operator.pods, move |change| {
        (change.object.metadata.namespace.as_deref() == Some(namespace)).then_some(())
    });
    work.run(operator.actor.clock(), |()| {
        let operator = operator.clone();
        async move { operator.step().await.map(|()| Next::After(LOOK_AGAIN)) }
    })
    .await
}

impl Operator {
    async fn step(&self) -> Result<()> {
        let Some(object) = self.watched.get(&Key::new("", "cluster")) else { return Ok(()) };
        let nodes: Vec<_> =
            self.nodes.all().into_iter().filter(|node| is_control_plane(node) && !is_dying(node)).collect();
        let names: Vec<String> = nodes.iter().map(|node| name(node).to_owned()).collect();
        let mut rollout = Rollout::of(&object, FIRST_REVISION);
        let begins = text(&object, "/status/conditions/0/type").is_empty();
        rollout.follow(&names, if begins { FIRST_REVISION } else { 0 });
        for pod in names.iter().filter_map(|node| self.pod(node)) {
            if let Some(revision) = conditions::running(&pod) {
                rollout.observe(text(&pod, "/spec/nodeName"), revision);
            }
        }
        let etcd = if self.component.pod == "etcd" {
            let Some(etcd) = Etcd::of(&self.hosts) else { return Ok(()) };
            etcd.tend(&self.actor, &self.hosts, &names);
            Some(etcd)
        } else {
            None
        };
        let danger = etcd.as_ref().and_then(|etcd| etcd.danger(names.len()));
        let danger = danger.filter(|_| !flag(&object, UNSAFE));
        let mut blocked = None;
        let wish = text(&object, "/spec/forceRedeploymentReason");
        if let Some(why) = self.wants_revision(&rollout, wish, etcd.as_ref()).await? {
            let allowed = self.allowed.lock().unwrap_or_else(PoisonError::into_inner).contains(wish);
            match danger.clone().filter(|_| !(allowed && wish != rollout.reason)) {
                Some(danger) => blocked = Some(danger),
                None => return self.make_revision(rollout, wish, &why, etcd.as_ref()).await,
            }
        }
        let (next, why_not) = self.next_node(&rollout, &nodes, danger.as_deref());
        blocked = blocked.or(why_not);
        if let Some(node) = next {
            self.bring(&mut rollout, &node, etcd.as_ref()).await?;
        }
        self.report(&object, &rollout, &nodes, blocked.as_deref(), etcd.as_ref()).await
    }

    fn pod(&self, node: &str) -> Option<Arc<DynamicObject>> {
        self.pods.get(&Key::new(self.component.namespace, format!("{}-{node}", self.component.pod)))
    }

    /// Why a new revision is wanted, if it is.
    async fn wants_revision(
        &self,
        rollout: &Rollout,
        wish: &str,
        etcd: Option<&Etcd>,
    ) -> Result<Option<String>> {
        if wish != rollout.reason {
            return Ok(Some(format!("a redeployment was forced: {wish}")));
        }
        let Some(etcd) = etcd.filter(|_| rollout.is_done()) else { return Ok(None) };
        let others = etcd.has_other_members(&self.actor, self.component.namespace).await?;
        let by_itself = self.hosts.setup().version.clears_stale_data();
        Ok((others && by_itself).then(|| "the members of etcd have changed".to_owned()))
    }

    /// Makes the next revision. Until it is there, what the operator said before stands.
    async fn make_revision(
        &self,
        mut rollout: Rollout,
        wish: &str,
        why: &str,
        etcd: Option<&Etcd>,
    ) -> Result<()> {
        self.actor.dither(20.0, 60.0).await;
        rollout.latest += 1;
        wish.clone_into(&mut rollout.reason);
        for node in &mut rollout.nodes {
            node.target = 0;
        }
        if let Some(etcd) = etcd {
            etcd.note_members(&self.actor, self.component.namespace).await?;
        }
        let key = Key::new("", "cluster");
        self.actor.patch_status(&self.component.kind, &key, rollout.status()).await?;
        self.actor.record(format!("made revision {} of {}", rollout.latest, self.component.pod), why);
        Ok(())
    }

    /// The node that the latest revision is brought to next, or what is in the way.
    fn next_node(
        &self,
        rollout: &Rollout,
        nodes: &[Arc<DynamicObject>],
        danger: Option<&str>,
    ) -> (Option<String>, Option<String>) {
        let is_ready = |wanted: &str| {
            nodes.iter().any(|node| name(node) == wanted && condition(node, "Ready") == "True")
        };
        let mut open: Vec<_> = rollout.nodes.iter().filter(|node| node.current != rollout.latest).collect();
        // What is under way is ended first; then those come that have no pod at all.
        open.sort_by_key(|node| (node.target == 0, self.pod(&node.name).is_some(), node.name.clone()));
        let mut in_the_way = None;
        for node in open {
            if !is_ready(&node.name) {
                let text =
                    format!("node {} is not ready: revision {} waits for it", node.name, rollout.latest);
                in_the_way.get_or_insert(text);
            } else if node.current == 0 && node.target == 0 && danger.is_some() {
                in_the_way = danger.map(str::to_owned);
            } else {
                return (Some(node.name.clone()), in_the_way);
            }
        }
        (None, in_the_way)
    }

    /// Installs the latest revision on a node, unless that is done and its pod has only to start.
    async fn bring(&self, rollout: &mut Rollout, node: &str, etcd: Option<&Etcd>) -> Result<()> {
        let latest = rollout.latest;
        let Some(host) = self.hosts.host(node).filter(hosts::Host::is_on) else { return Ok(()) };
        let pod = self.component.pod;
        for one in rollout.nodes.iter_mut().filter(|one| one.name == node) {
            one.target = latest;
        }
        if let Some(etcd) = etcd {
            etcd.admit(&self.actor, &host);
        }
        if host.installed_revision(pod) == Some(latest) {
            return Ok(());
        }
        let key = Key::new("", "cluster");
        self.actor.patch_status(&self.component.kind, &key, rollout.status()).await?;
        self.actor.dither(60.0, 180.0).await;
        let cluster = etcd.map(|etcd| etcd.database.cluster_id());
        match host.install_pod(pod, latest, cluster) {
            Ok(()) => {
                self.actor.record(format!("installed {pod} {latest} on {node}"), "the rollout came to it")
            }
            Err(error) => self.actor.record(format!("could not install {pod} on {node}"), error.to_string()),
        }
        Ok(())
    }

    async fn report(
        &self,
        object: &DynamicObject,
        rollout: &Rollout,
        nodes: &[Arc<DynamicObject>],
        blocked: Option<&str>,
        etcd: Option<&Etcd>,
    ) -> Result<()> {
        let pods: Vec<_> = rollout.nodes.iter().map(|node| self.pod(&node.name)).collect();
        let mut wanted = conditions::of(rollout, &pods, nodes, blocked);
        if let Some(etcd) = etcd {
            wanted.extend(etcd.conditions(blocked));
            if rollout.is_done() && blocked.is_none() {
                let others = etcd.has_other_members(&self.actor, self.component.namespace).await?;
                if others && !self.hosts.setup().version.clears_stale_data() {
                    etcd.note_members(&self.actor, self.component.namespace).await?;
                }
            }
        }
        let mut status = rollout.status();
        let before = Rollout::of(object, 0);
        let conditions = with_conditions(object, &wanted);
        if conditions.is_some() || before != *rollout {
            if let Some(all) = conditions {
                status["conditions"] = all.into();
            }
            self.actor.patch_status(&self.component.kind, &Key::new("", "cluster"), status).await?;
        }
        conditions::tell(&self.actor, self.component.pod, &wanted).await
    }
}
