//! Faults on the wire, as a client meets them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use drsh_lab::faults::{Fault, Rule};
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::{Api, ListParams, WatchParams};
use support::{Cluster, refused};

/// Long enough for any machine; nothing waits for it when all is well.
const LIMIT: Duration = Duration::from_secs(30);

fn arm(cluster: &Cluster, path: &str, fault: Fault, times: Option<u32>) {
    let rule = Rule { server: "lab".into(), method: "GET".into(), path: path.into(), fault, times };
    cluster.faults.arm(rule);
}

#[tokio::test]
async fn a_status_strikes_as_often_as_it_was_armed() {
    let cluster = Cluster::start().await;
    let api: Api<Namespace> = Api::all(cluster.client.clone());
    for (code, reason) in [(429, "TooManyRequests"), (503, "ServiceUnavailable"), (500, "InternalError")] {
        arm(&cluster, "/namespaces", Fault::Status(code), Some(1));
        let status = refused(api.list(&ListParams::default()).await);
        assert_eq!((status.code, status.reason.as_str()), (code, reason));
        api.list(&ListParams::default()).await.unwrap();
    }
}

#[tokio::test]
async fn a_reset_closes_the_connection_without_an_answer() {
    let cluster = Cluster::start().await;
    arm(&cluster, "/namespaces/default", Fault::Reset, Some(1));
    let api: Api<Namespace> = Api::all(cluster.client.clone());
    let lost = tokio::time::timeout(LIMIT, api.get("default")).await.expect("no hanging");
    assert!(!matches!(lost, Ok(_) | Err(kube::Error::Api(_))), "{lost:?}");
    api.get("default").await.unwrap();
}

#[tokio::test]
async fn a_body_is_cut_after_so_many_bytes() {
    let cluster = Cluster::start().await;
    arm(&cluster, "/namespaces", Fault::CutAfter(100), Some(1));
    let request = http::Request::get("/api/v1/namespaces").body(Vec::new()).unwrap();
    let lost = tokio::time::timeout(LIMIT, cluster.client.request_text(request)).await.expect("no hanging");
    assert!(lost.is_err(), "{lost:?}");
}

#[tokio::test]
async fn a_watch_is_cut_before_its_first_event_is_whole() {
    let cluster = Cluster::start().await;
    arm(&cluster, "watch=true", Fault::CutAfter(10), Some(1));
    let api: Api<ConfigMap> = Api::default_namespaced(cluster.client.clone());
    let object = serde_json::json!({ "metadata": { "name": "x" } });
    cluster.server.store().create("configmaps", "default", object).unwrap();
    let events = api.watch(&WatchParams::default(), "0").await.unwrap().boxed();
    let told = tokio::time::timeout(LIMIT, events.try_collect::<Vec<_>>()).await.expect("an end");
    // The client takes the torn line for no event at all.
    assert!(told.as_ref().map_or(true, Vec::is_empty), "{told:?}");
}

#[tokio::test]
async fn a_server_that_hangs_keeps_the_request_and_serves_others() {
    let cluster = Cluster::start().await;
    arm(&cluster, "/namespaces/default", Fault::Hang, Some(1));
    let api: Api<Namespace> = Api::all(cluster.client.clone());
    let hung = api.get("default");
    let other = api.get("kube-system");
    tokio::pin!(hung);
    tokio::select! {
        biased;
        answer = &mut hung => panic!("answered: {answer:?}"),
        answer = other => drop(answer.unwrap()),
    }
}

#[tokio::test]
async fn a_slow_answer_arrives() {
    let cluster = Cluster::start().await;
    arm(&cluster, "/namespaces/default", Fault::Slow(Duration::from_secs(5)), Some(1));
    Api::<Namespace>::all(cluster.client.clone()).get("default").await.unwrap();
}
