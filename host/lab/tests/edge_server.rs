//! The edge on a whole server: protobuf bodies, tables, tokens, and faults that strike a command.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it is surprised")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use drsh_lab::apiserver::{
    ApiServer, Authority, ExecRequest, ExitStatus, PodRuntime, ServerOptions, Store, User,
};
use drsh_lab::clock::Clock;
use drsh_lab::faults::{Fault, Faults, Rule};
use http::Request;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::AttachParams;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Long enough for any machine; nothing waits for it when all is well.
const LIMIT: Duration = Duration::from_mins(1);

/// Prints zeros until nobody listens.
struct Zeros;

#[async_trait]
impl PodRuntime for Zeros {
    async fn exec(&self, mut request: ExecRequest) -> ExitStatus {
        while request.stdout.write_all(&[0; 4096]).await.is_ok() {}
        ExitStatus::Code(141)
    }

    async fn logs(&self, _: &str, _: &str, _: Option<&str>) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
}

async fn start(faults: &Faults) -> ApiServer {
    let options = ServerOptions {
        name: "source".into(),
        authority: Authority::new("lab").unwrap(),
        hostnames: Vec::new(),
        store: Store::new(),
        runtime: Arc::new(Zeros),
        faults: faults.clone(),
        clock: Clock::new(100.0, 1),
    };
    ApiServer::start(options).await.unwrap()
}

async fn send(server: &ApiServer, request: http::request::Builder, body: Vec<u8>) -> (u16, Value) {
    let client = server.client(&User::admin()).unwrap();
    let response = client.send(request.body(Body::from(body)).unwrap()).await.unwrap();
    let code = response.status().as_u16();
    (code, serde_json::from_slice(&response.into_body().collect_bytes().await.unwrap()).unwrap())
}

/// A field that holds bytes.
fn field(number: u8, data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(data.len()).unwrap();
    [&[number << 3 | 2, length], data].concat()
}

#[tokio::test]
async fn a_config_map_that_comes_as_protobuf_is_kept_like_any_other() {
    let server = start(&Faults::default()).await;
    let head = [field(1, b"v1"), field(2, b"ConfigMap")].concat();
    let metadata = [field(1, b"settings"), field(8, b"")].concat();
    let raw = [field(1, &metadata), field(2, &[field(1, b"color"), field(2, b"red")].concat())].concat();
    let body = [b"k8s\0".to_vec(), field(1, &head), field(2, &raw)].concat();
    let post = || {
        Request::post("/api/v1/namespaces/default/configmaps")
            .header("content-type", "application/vnd.kubernetes.protobuf")
    };

    let (code, created) = send(&server, post(), body).await;
    assert_eq!(code, 201, "{created}");
    let kept = server.store().get("configmaps", "default", "settings").unwrap();
    assert_eq!(kept["data"], json!({ "color": "red" }));

    let (code, refused) = send(&server, post(), b"{}".to_vec()).await;
    assert_eq!((code, &refused["reason"]), (400, &json!("BadRequest")));
}

#[tokio::test]
async fn a_list_comes_as_a_table_to_who_asks_for_one() {
    let server = start(&Faults::default()).await;
    let request = Request::get("/api/v1/namespaces")
        .header("accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
    let (_, table) = send(&server, request, Vec::new()).await;
    assert_eq!(table["kind"], "Table");
    let headings: Vec<_> =
        table["columnDefinitions"].as_array().unwrap().iter().map(|column| &column["name"]).collect();
    assert_eq!(headings, ["Name", "Status", "Age"]);
    let names = table["rows"].as_array().unwrap().iter().map(|row| row["cells"][0].as_str().unwrap());
    assert!(names.into_iter().any(|name| name == "kube-system"));
    assert_ne!(table["metadata"]["resourceVersion"], Value::Null);
}

#[tokio::test]
async fn a_token_that_a_service_account_was_given_speaks_for_it() {
    let server = start(&Faults::default()).await;
    let account = json!({ "metadata": { "name": "builder", "namespace": "default" } });
    server.store().create("serviceaccounts", "default", account).unwrap();

    let path = "/api/v1/namespaces/default/serviceaccounts/builder/token";
    let post = Request::post(path).header("content-type", "application/json");
    let (code, answer) = send(&server, post, br#"{"spec":{"expirationSeconds":600}}"#.to_vec()).await;
    assert_eq!(code, 201, "{answer}");

    let mut config = kube::Config::new(format!("https://{}", server.address()).parse().unwrap());
    config.accept_invalid_certs = true;
    config.auth_info.token = Some(answer["status"]["token"].as_str().unwrap().to_owned().into());
    let client = kube::Client::try_from(config).unwrap();
    let review = Request::post("/apis/authentication.k8s.io/v1/selfsubjectreviews")
        .header("content-type", "application/json")
        .body(b"{}".to_vec())
        .unwrap();
    let me: Value = client.request(review).await.unwrap();
    assert_eq!(me["status"]["userInfo"]["username"], "system:serviceaccount:default:builder");
}

#[tokio::test]
async fn a_service_account_that_does_not_exist_gets_no_token() {
    let server = start(&Faults::default()).await;
    let post = Request::post("/api/v1/namespaces/default/serviceaccounts/nobody/token")
        .header("content-type", "application/json");
    assert_eq!(send(&server, post, b"{}".to_vec()).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_is_armed_cuts_the_command_it_names_and_no_other_request() {
    let faults = Faults::default();
    let server = start(&faults).await;
    let pod = json!({
        "metadata": { "name": "etcd-0" },
        "spec": { "nodeName": "worker-1", "containers": [{ "name": "etcd", "image": "etcd" }] },
    });
    server.store().create("pods", "default", pod).unwrap();
    faults.arm(Rule {
        server: "source".into(),
        method: String::new(),
        path: "/pods/etcd-0/exec".into(),
        fault: Fault::CutAfter(100_000),
        times: Some(1),
    });

    let pods: Api<Pod> = Api::namespaced(server.client(&User::admin()).unwrap(), "default");
    let mut process = pods.exec("etcd-0", ["zeros"], &AttachParams::default()).await.unwrap();
    let status = process.take_status().unwrap();
    let mut output = process.stdout().unwrap();
    let mut printed = vec![1; 100_000];
    let both = async { tokio::join!(output.read_exact(&mut printed), status) };
    let (read, status) = tokio::time::timeout(LIMIT, both).await.expect("an end");
    assert_eq!(read.unwrap(), 100_000);
    assert!(printed.iter().all(|byte| *byte == 0));
    assert!(status.is_none(), "a command that is cut has no last word");
    pods.get("etcd-0").await.unwrap();
}
