//! One `NodePool`: its machine deployment and machine template, its pausing, and what it says of itself.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::keep::{keep, keep_any};
use super::super::kinds::{
    AWS_MACHINE_TEMPLATE, CONFIG_MAP, HOSTED_CLUSTER, MACHINE_DEPLOYMENT, MACHINE_SET, NODE_POOL, SECRET,
};
use super::super::names::control_plane_namespace;
use super::super::object::{
    Condition, annotation, condition, controlled_by, is_dying, list, name, namespace, number, text,
    with_conditions,
};
use super::super::pause::Pause;
use super::super::{Error, Key, Kind, Next, Result};
use super::pool_objects::Pool;
use super::{
    FINALIZER, HyperShift, NODE_POOL_ANNOTATION, PAUSED_ANNOTATION, hosted_cluster, pause_of, specification,
};

impl HyperShift {
    pub(super) async fn node_pool(&self, key: &Key) -> Result<Next> {
        let Some(pool) = self.node_pools.get(key) else { return Ok(Next::Rest) };
        if is_dying(&pool) {
            return self.remove_node_pool(&pool).await;
        }
        let owner = Key::new(namespace(&pool), text(&pool, "/spec/clusterName"));
        // Without its hosted cluster there is nothing to do; the watch tells when it comes.
        let Some(hosted) = self.hosted_clusters.get(&owner) else { return Ok(Next::Rest) };
        self.actor.set_finalizer(&NODE_POOL, &pool, FINALIZER, true).await?;
        self.adopt(&pool, &hosted).await?;
        let plane = control_plane_namespace(namespace(&hosted), name(&hosted));
        let pause = pause_of(&pool);
        self.carry_pool_pause(&pool, &plane, pause).await?;
        let mut conditions = vec![hosted_cluster::reconciling(&pool, pause)];
        if !pause.is_on() {
            match self.reconcile_pool(&pool, &hosted, &plane).await {
                Err(error @ Error::Malformed { .. }) => {
                    conditions.push(Condition::new(
                        "ValidMachineConfig",
                        false,
                        "ValidationFailed",
                        error.to_string(),
                    ));
                }
                Err(error) => return Err(error),
                Ok(()) => conditions.push(Condition::new("ValidMachineConfig", true, "AsExpected", "")),
            }
        }
        self.show_pool(&pool, &plane, conditions).await?;
        Ok(self.after(pause))
    }

    /// Makes the hosted cluster the owner of its node pool.
    async fn adopt(&self, pool: &DynamicObject, hosted: &DynamicObject) -> Result<()> {
        let mut owner = controlled_by(&HOSTED_CLUSTER, hosted);
        if let Some(fields) = owner.as_object_mut() {
            fields.remove("controller");
            fields.remove("blockOwnerDeletion");
        }
        let wanted = json!({"metadata": {
            "name": name(pool), "namespace": namespace(pool), "ownerReferences": [owner],
        }});
        keep(&self.actor, &NODE_POOL, wanted, &format!("NodePool {}", Key::of(pool))).await?;
        Ok(())
    }

    /// Puts the annotation that stops Cluster API on the pool's machine deployment and sets, or takes it away.
    async fn carry_pool_pause(&self, pool: &DynamicObject, plane: &str, pause: Pause) -> Result<()> {
        let of_pool = specification::full_name(pool);
        let mark: Value = if pause.is_on() { "true".into() } else { Value::Null };
        for kind in [MACHINE_DEPLOYMENT, MACHINE_SET] {
            for one in self.actor.watch(&kind).await.within(plane) {
                if annotation(&one, NODE_POOL_ANNOTATION) != Some(of_pool.as_str()) || is_dying(&one) {
                    continue;
                }
                let wanted = json!({"metadata": {
                    "name": name(&one), "namespace": plane, "annotations": {PAUSED_ANNOTATION: mark},
                }});
                keep(&self.actor, &kind, wanted, &format!("pausedUntil of NodePool {}", Key::of(pool)))
                    .await?;
            }
        }
        Ok(())
    }

    async fn reconcile_pool(&self, pool: &DynamicObject, hosted: &DynamicObject, plane: &str) -> Result<()> {
        let why = format!("NodePool {}", Key::of(pool));
        let Some(cluster) = self.clusters.get(&Key::new(plane, text(hosted, "/spec/infraID"))) else {
            return Ok(());
        };
        let config = self.configuration(pool).await?;
        let made = Pool::new(pool, hosted, &cluster, plane, &config);
        for secret in made.secrets() {
            keep_any(&self.actor, &SECRET, secret, &why).await?;
        }
        self.keep_unless_dying(&AWS_MACHINE_TEMPLATE, made.template(), &why).await?;
        self.keep_unless_dying(&MACHINE_DEPLOYMENT, made.deployment(), &why).await?;
        keep(&self.actor, &NODE_POOL, made.marks(), &why).await?;
        Ok(())
    }

    /// What is being deleted is not changed: it comes anew once it is gone.
    async fn keep_unless_dying(&self, kind: &Kind, wanted: Value, why: &str) -> Result<()> {
        let field = |name: &str| wanted["metadata"][name].as_str().unwrap_or_default();
        let key = Key::new(field("namespace"), field("name"));
        if self.actor.watch(kind).await.get(&key).is_none_or(|known| !is_dying(&known)) {
            keep(&self.actor, kind, wanted, why).await?;
        }
        Ok(())
    }

    /// The text of the configuration that the pool refers to.
    async fn configuration(&self, pool: &DynamicObject) -> Result<String> {
        let maps = self.actor.watch(&CONFIG_MAP).await;
        let mut text = String::new();
        for reference in list(pool, "/spec/config").iter().chain(list(pool, "/spec/tuningConfig")) {
            let key = Key::new(namespace(pool), reference["name"].as_str().unwrap_or_default());
            let Some(map) = maps.get(&key) else {
                let reason = format!("the ConfigMap {key} that it refers to does not exist");
                return Err(Error::Malformed { key: Key::of(pool), reason });
            };
            text.push_str(&map.data["data"].to_string());
        }
        Ok(text)
    }

    async fn show_pool(
        &self,
        pool: &DynamicObject,
        plane: &str,
        mut conditions: Vec<Condition>,
    ) -> Result<()> {
        let deployment = self.actor.watch(&MACHINE_DEPLOYMENT).await.get(&Key::new(plane, name(pool)));
        let available =
            deployment.as_deref().and_then(|one| number(one, "/status/availableReplicas")).unwrap_or(0);
        let wanted = deployment.as_deref().and_then(|one| number(one, "/spec/replicas"));
        let is_ready = wanted.is_some_and(|wanted| available >= wanted);
        let message = format!("{available} of {} machines are healthy", wanted.unwrap_or(0));
        conditions.push(Condition::new(
            "Ready",
            is_ready,
            if is_ready { "AsExpected" } else { "WaitingForAvailableMachines" },
            &message,
        ));
        conditions.push(Condition::new(
            "AllMachinesReady",
            is_ready,
            if is_ready { "AsExpected" } else { "MachinesNotReady" },
            &message,
        ));
        conditions.push(Condition::new(
            "AllNodesHealthy",
            is_ready,
            if is_ready { "AsExpected" } else { "NodesNotHealthy" },
            message,
        ));
        let owner = Key::new(namespace(pool), text(pool, "/spec/clusterName"));
        // Once a node was given its configuration, that stays so.
        let reached = condition(pool, "ReachedIgnitionEndpoint") == "True"
            || self.hosted_clusters.get(&owner).is_some_and(|one| condition(&one, "Available") == "True");
        let reason = if reached { "AsExpected" } else { "ControlPlaneNotAvailable" };
        conditions.push(Condition::new("ReachedIgnitionEndpoint", reached, reason, ""));
        let mut status = json!({});
        if let Some(all) = with_conditions(pool, &conditions) {
            status["conditions"] = all.into();
        }
        if number(pool, "/status/replicas") != Some(available) {
            status["replicas"] = available.into();
        }
        let version = super::super::control_plane::release_of(text(pool, "/spec/release/image"));
        if is_ready && text(pool, "/status/version") != version {
            status["version"] = version.into();
        }
        if status.as_object().is_some_and(|changed| !changed.is_empty()) {
            self.actor.patch_status(&NODE_POOL, &Key::of(pool), status).await?;
        }
        Ok(())
    }
}
