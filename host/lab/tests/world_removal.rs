//! What goes when something is deleted: garbage by owner, namespaces with what is in them, volumes.

mod bench;

use bench::{Bench, deployment, has_ready};
use drsh_lab::actors::object::{condition, uid};
use drsh_lab::actors::{Key, kinds};
use kube::api::{DeleteParams, DynamicObject};
use serde_json::{Value, json};

fn config_map(name: &str, owners: &Value) -> Value {
    json!({ "metadata": { "name": name, "namespace": "hcp", "ownerReferences": owners } })
}

fn owner(name: &str, uid: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid, "blockOwnerDeletion": true })
}

async fn create(bench: &Bench, name: &str, owners: &Value) -> DynamicObject {
    bench.create(&kinds::CONFIG_MAP, config_map(name, owners)).await
}

fn names(found: &[std::sync::Arc<DynamicObject>]) -> Vec<String> {
    found.iter().filter_map(|object| object.metadata.name.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_whose_owners_do_not_exist_is_collected() {
    let bench = Bench::start().await;
    let known = create(&bench, "owner", &json!([])).await;
    create(&bench, "stranger", &json!([owner("owner", "00000000-0000-4000-8000-000000000000")])).await;
    create(&bench, "child", &json!([owner("owner", uid(&known))])).await;
    let half = json!([owner("owner", uid(&known)), owner("absent", "00000000-0000-4000-8000-000000000001")]);
    create(&bench, "half", &half).await;
    bench.until_all(&kinds::CONFIG_MAP, "hcp", |found| names(found) == ["child", "half", "owner"]).await;
    let half = bench
        .until(&kinds::CONFIG_MAP, &Key::new("hcp", "half"), |half| {
            half.metadata.owner_references.as_ref().is_some_and(|owners| owners.len() == 1)
        })
        .await;
    assert_eq!(half.metadata.owner_references.unwrap()[0].uid, uid(&known));
}

#[tokio::test(flavor = "multi_thread")]
async fn dependents_follow_their_owner_unless_they_are_orphaned() {
    let bench = Bench::start().await;
    for (name, params) in [("kept", DeleteParams::orphan()), ("gone", DeleteParams::background())] {
        let made = create(&bench, name, &json!([])).await;
        create(&bench, &format!("{name}-child"), &json!([owner(name, uid(&made))])).await;
        bench.delete(&kinds::CONFIG_MAP, &Key::new("hcp", name), &params).await;
    }
    bench.until_all(&kinds::CONFIG_MAP, "hcp", |found| names(found) == ["kept-child"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreground_deletion_waits_for_dependents() {
    let bench = Bench::start().await;
    let made = create(&bench, "owner", &json!([])).await;
    let mut child = config_map("child", &json!([owner("owner", uid(&made))]));
    child["metadata"]["finalizers"] = json!(["lab/hold"]);
    bench.create(&kinds::CONFIG_MAP, child).await;
    bench.delete(&kinds::CONFIG_MAP, &Key::new("hcp", "owner"), &DeleteParams::foreground()).await;
    let child = Key::new("hcp", "child");
    bench.until(&kinds::CONFIG_MAP, &child, |child| child.metadata.deletion_timestamp.is_some()).await;
    assert!(bench.api(&kinds::CONFIG_MAP, "hcp").get_opt("owner").await.unwrap().is_some());
    bench.patch(&kinds::CONFIG_MAP, &child, json!({ "metadata": { "finalizers": [] } })).await;
    bench.until_all(&kinds::CONFIG_MAP, "hcp", |found| names(found).is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_deployment_takes_its_pods_along() {
    let bench = Bench::start().await;
    let key = Key::new("hcp", "router");
    bench.create(&kinds::DEPLOYMENT, deployment("router", 2)).await;
    bench.until(&kinds::DEPLOYMENT, &key, has_ready(2)).await;
    bench.delete(&kinds::DEPLOYMENT, &key, &DeleteParams::background()).await;
    bench.until_all(&kinds::REPLICA_SET, "hcp", <[_]>::is_empty).await;
    bench.until_all(&kinds::POD, "hcp", <[_]>::is_empty).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_goes_once_nothing_in_it_has_finalizers() {
    let bench = Bench::start().await;
    bench.create(&kinds::DEPLOYMENT, deployment("router", 1)).await;
    let mut held = config_map("held", &json!([]));
    held["metadata"]["finalizers"] = json!(["lab/hold"]);
    bench.create(&kinds::CONFIG_MAP, held).await;
    let key = Key::new("", "hcp");
    bench.delete(&kinds::NAMESPACE, &key, &DeleteParams::default()).await;
    let held = bench
        .until(&kinds::NAMESPACE, &key, |namespace| {
            let only_held =
                namespace.data["status"]["conditions"].to_string().contains("configmaps. has 1 resource");
            condition(namespace, "NamespaceFinalizersRemaining") == "True" && only_held
        })
        .await;
    assert!(held.data["status"]["conditions"].to_string().contains("lab/hold in 1 resource instances"));
    let patch = json!({ "metadata": { "finalizers": [] } });
    bench.patch(&kinds::CONFIG_MAP, &Key::new("hcp", "held"), patch).await;
    bench.until_all(&kinds::NAMESPACE, "", |found| !names(found).contains(&"hcp".to_owned())).await;
    assert!(bench.api(&kinds::DEPLOYMENT, "hcp").get_opt("router").await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_is_furnished_and_goes_with_its_furniture() {
    let bench = Bench::with(true).await;
    let accounts =
        |found: &[std::sync::Arc<DynamicObject>]| names(found) == ["builder", "default", "deployer"];
    bench.until_all(&kinds::SERVICE_ACCOUNT, "hcp", accounts).await;
    let maps = ["kube-root-ca.crt", "openshift-service-ca.crt"];
    bench.until_all(&kinds::CONFIG_MAP, "hcp", |found| names(found) == maps).await;
    bench.delete(&kinds::CONFIG_MAP, &Key::new("hcp", maps[0]), &DeleteParams::default()).await;
    bench.until_all(&kinds::CONFIG_MAP, "hcp", |found| names(found) == maps).await;
    bench.delete(&kinds::NAMESPACE, &Key::new("", "hcp"), &DeleteParams::default()).await;
    bench.until_all(&kinds::NAMESPACE, "", |found| !names(found).contains(&"hcp".to_owned())).await;
    bench.until_all(&kinds::SERVICE_ACCOUNT, "hcp", <[_]>::is_empty).await;
}
