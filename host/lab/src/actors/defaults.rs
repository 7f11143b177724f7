//! What every namespace gets by itself: a default service account, and the configmaps with the cluster's CAs.

use serde_json::json;

use super::object::is_dying;
use super::{Actor, Key, Next, Result, Watched, Work, kinds};

/// The service accounts that a namespace of `OpenShift` starts with.
const ACCOUNTS: [&str; 3] = ["default", "builder", "deployer"];
/// The configmaps that a namespace of `OpenShift` starts with, each with its one key.
const AUTHORITIES: [(&str, &str); 2] =
    [("kube-root-ca.crt", "ca.crt"), ("openshift-service-ca.crt", "service-ca.crt")];

/// Keeps what every namespace of the cluster has.
pub async fn live(actor: Actor) -> Result<()> {
    let namespaces = actor.watch(&kinds::NAMESPACE).await;
    let accounts = actor.watch(&kinds::SERVICE_ACCOUNT).await;
    let maps = actor.watch(&kinds::CONFIG_MAP).await;
    let work = Work::new();
    work.follow(&namespaces, |change| (!is_dying(&change.object)).then(|| Key::of(&change.object)));
    for kept in [accounts, maps] {
        work.follow(&kept, |change| {
            let namespace = change.object.metadata.namespace.clone();
            namespace.filter(|_| change.gone).map(|namespace| Key::new("", namespace))
        });
    }
    work.run(actor.clock(), |key| furnish(actor.clone(), namespaces.clone(), key)).await
}

async fn furnish(actor: Actor, namespaces: Watched, key: Key) -> Result<Next> {
    if namespaces.get(&key).is_none_or(|namespace| is_dying(&namespace)) {
        return Ok(Next::Rest);
    }
    for name in ACCOUNTS {
        let account = json!({ "metadata": { "name": name, "namespace": key.name } });
        ensure(&actor, &kinds::SERVICE_ACCOUNT, account).await?;
    }
    for (name, field) in AUTHORITIES {
        let content =
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", actor.cluster().name());
        let map = json!({ "metadata": { "name": name, "namespace": key.name }, "data": { field: content } });
        ensure(&actor, &kinds::CONFIG_MAP, map).await?;
    }
    Ok(Next::Rest)
}

/// Creates what is absent; a namespace that is going, or gone, wants nothing any more.
async fn ensure(actor: &Actor, kind: &super::Kind, object: serde_json::Value) -> Result<()> {
    let known = Key::new(
        object["metadata"]["namespace"].as_str().unwrap_or_default(),
        object["metadata"]["name"].as_str().unwrap_or_default(),
    );
    if actor.cluster().watch(kind).get(&known).is_some() {
        return Ok(());
    }
    match actor.ensure(kind, object).await {
        Err(error) if !error.is_not_found() && !error.is_forbidden() => Err(error),
        _ => Ok(()),
    }
}
