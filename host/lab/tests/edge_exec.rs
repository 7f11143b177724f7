//! Commands and logs of pods, asked for by a real client over a WebSocket.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it is surprised")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use drsh_lab::apiserver::authority::Authority;
use drsh_lab::apiserver::exec::{ExecRequest, ExitStatus, PodRuntime, Wire, exec};
use drsh_lab::apiserver::identity::User;
use drsh_lab::apiserver::kubeconfig::{KubeconfigOptions, kubeconfig};
use drsh_lab::apiserver::logs::logs;
use drsh_lab::apiserver::tls::{Connection, Face, Listener, Switch};
use http::Uri;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{AttachParams, LogParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

/// Long enough for any machine; nothing waits for it when all is well.
const LIMIT: Duration = Duration::from_mins(1);

/// Runs a few words, as a shell would.
struct Words {
    /// Says when a command that lasts for ever has been given up.
    left: mpsc::Sender<()>,
}

#[async_trait]
impl PodRuntime for Words {
    async fn exec(&self, mut request: ExecRequest) -> ExitStatus {
        let words: Vec<_> = request.command.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["say", out, err] => {
                request.stdout.write_all(out.as_bytes()).await.unwrap();
                request.stderr.write_all(err.as_bytes()).await.unwrap();
                ExitStatus::Success
            }
            ["where"] => {
                let place = format!("{}/{}/{}", request.namespace, request.pod, request.container.unwrap());
                request.stdout.write_all(place.as_bytes()).await.unwrap();
                ExitStatus::Success
            }
            ["exit", code] => ExitStatus::Code(code.parse().unwrap()),
            ["cat"] => {
                let mut stdin = request.stdin.take().unwrap();
                tokio::io::copy(&mut stdin, &mut request.stdout).await.unwrap();
                ExitStatus::Success
            }
            ["pattern", size] => {
                let size: usize = size.parse().unwrap();
                let mut from = 0;
                while from < size {
                    let block = pattern(from, (size - from).min(100_000));
                    if request.stdout.write_all(&block).await.is_err() {
                        return ExitStatus::Code(141);
                    }
                    from += block.len();
                }
                ExitStatus::Success
            }
            ["forever"] => {
                let _left = Leaver(self.left.clone());
                request.stdout.write_all(b"here").await.unwrap();
                std::future::pending().await
            }
            _ => ExitStatus::Failed("container not found (\"etcd\")".into()),
        }
    }

    async fn logs(&self, _: &str, _: &str, container: Option<&str>) -> Result<Vec<u8>, String> {
        match container {
            Some("etcd") => Ok(b"one\ntwo\nthree\n".to_vec()),
            other => Err(format!("container {other:?} has printed nothing")),
        }
    }
}

struct Leaver(mpsc::Sender<()>);

impl Drop for Leaver {
    fn drop(&mut self) {
        self.0.try_send(()).unwrap();
    }
}

/// Bytes that tell their own place, so that a lost or doubled block shows.
fn pattern(from: usize, length: usize) -> Vec<u8> {
    (from..from + length).map(|at| u8::try_from((at ^ (at >> 8) ^ (at >> 16)) & 0xff).unwrap()).collect()
}

#[derive(Clone)]
struct Server {
    runtime: Arc<Words>,
    pod: Arc<Value>,
    cut_after: Option<u64>,
}

async fn run(
    State(server): State<Server>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    uri: Uri,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let wire = Wire { runtime: server.runtime, connection, cut_after: server.cut_after };
    exec(&server.pod, &uri, upgrade, wire).unwrap_or_else(IntoResponse::into_response)
}

async fn read_log(State(server): State<Server>, uri: Uri) -> Response {
    logs(server.runtime.as_ref(), &server.pod, &uri).await.unwrap_or_else(IntoResponse::into_response)
}

struct Lab {
    pods: Api<Pod>,
    left: mpsc::Receiver<()>,
}

async fn start(cut_after: Option<u64>) -> Lab {
    let (left, gone) = mpsc::channel(1);
    let pod = json!({
        "metadata": { "namespace": "clusters-demo", "name": "etcd-0" },
        "spec": { "nodeName": "worker-1", "containers": [{ "name": "etcd" }] },
    });
    let server = Server { runtime: Arc::new(Words { left }), pod: Arc::new(pod), cut_after };
    let authority = Authority::new("lab").unwrap();
    let switch = Switch::bind().unwrap();
    let certificate = authority.issue_server("api", &[]).unwrap();
    let listener = Listener::new(switch.clone(), Face::new(&authority, &certificate).unwrap());
    let app = Router::new()
        .route("/api/v1/namespaces/{namespace}/pods/{name}/exec", any(run))
        .route("/api/v1/namespaces/{namespace}/pods/{name}/log", get(read_log))
        .with_state(server)
        .into_make_service_with_connect_info::<Connection>();
    tokio::spawn(async move { axum::serve(listener, app).await });

    let url = format!("https://{}", switch.address());
    let yaml = kubeconfig("demo", &url, &authority, &User::admin(), &KubeconfigOptions::default()).unwrap();
    let read = Kubeconfig::from_yaml(&yaml).unwrap();
    let config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
    let client = kube::Client::try_from(config).unwrap();
    Lab { pods: Api::namespaced(client, "clusters-demo"), left: gone }
}

/// What a command printed, and its last word.
struct Outcome {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    status: Value,
}

async fn outcome(lab: &Lab, command: &[&str], stdin: Option<Vec<u8>>) -> Outcome {
    let params = AttachParams::default()
        .stdin(stdin.is_some())
        .max_stdout_buf_size(1 << 20)
        .max_stdin_buf_size(1 << 20);
    let mut process = lab.pods.exec("etcd-0", command.to_vec(), &params).await.unwrap();
    let status = process.take_status().unwrap();
    let input = process.stdin();
    let mut output = process.stdout().unwrap();
    let mut errors = process.stderr().unwrap();
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let feed = async {
        if let (Some(mut input), Some(data)) = (input, stdin) {
            input.write_all(&data).await.unwrap();
            input.shutdown().await.unwrap();
        }
    };
    let all = async {
        tokio::join!(feed, output.read_to_end(&mut stdout), errors.read_to_end(&mut stderr), status)
    };
    let (.., status) = tokio::time::timeout(LIMIT, all).await.expect("the end in time");
    Outcome { stdout, stderr, status: serde_json::to_value(status).unwrap() }
}

#[tokio::test(flavor = "multi_thread")]
async fn output_and_errors_come_apart_and_success_is_said() {
    let lab = start(None).await;
    let outcome = outcome(&lab, &["say", "fine", "not so fine"], None).await;
    assert_eq!(outcome.stdout, b"fine");
    assert_eq!(outcome.stderr, b"not so fine");
    assert_eq!(outcome.status["status"], "Success");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runtime_is_told_the_place_with_the_only_container_as_default() {
    let lab = start(None).await;
    assert_eq!(outcome(&lab, &["where"], None).await.stdout, b"clusters-demo/etcd-0/etcd");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_code_arrives_as_a_cause() {
    let lab = start(None).await;
    let status = outcome(&lab, &["exit", "7"], None).await.status;
    assert_eq!(status["reason"], "NonZeroExitCode");
    assert_eq!(status["details"]["causes"], json!([{ "reason": "ExitCode", "message": "7" }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_never_ran_says_why() {
    let lab = start(None).await;
    let status = outcome(&lab, &["nonsense"], None).await.status;
    assert_eq!(status["message"], "Internal error occurred: container not found (\"etcd\")");
    assert_eq!(status["code"], 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn input_reaches_the_command_whole_and_its_end_does_too() {
    let lab = start(None).await;
    let data = pattern(0, 3_000_001);
    let outcome = outcome(&lab, &["cat"], Some(data.clone())).await;
    assert!(outcome.stdout == data, "{} bytes came back", outcome.stdout.len());
    assert_eq!(outcome.status["status"], "Success");
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_mebibytes_of_output_arrive_byte_for_byte() {
    let lab = start(None).await;
    let size = 16 << 20;
    let outcome = outcome(&lab, &["pattern", &size.to_string()], None).await;
    assert!(outcome.stdout == pattern(0, size), "{} bytes came", outcome.stdout.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_cuts_the_stream_after_its_bytes_without_a_status() {
    let lab = start(Some(300_000)).await;
    let mut process =
        lab.pods.exec("etcd-0", ["pattern", "9000000"], &AttachParams::default()).await.unwrap();
    let status = process.take_status().unwrap();
    let mut output = process.stdout().unwrap();
    let mut stdout = Vec::new();
    // The client's stream has no end of its own when the connection dies: its task does.
    let reading = async {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let length = output.read(&mut buffer).await.unwrap();
            stdout.extend_from_slice(&buffer[..length]);
            if length == 0 || stdout.len() >= 300_000 {
                break;
            }
        }
    };
    let ((), status) =
        tokio::time::timeout(LIMIT, async { tokio::join!(reading, status) }).await.expect("an end");
    assert!(status.is_none());
    assert!(stdout == pattern(0, 300_000), "{} bytes came", stdout.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_learns_that_its_client_has_left() {
    let mut lab = start(None).await;
    let mut process = lab.pods.exec("etcd-0", ["forever"], &AttachParams::default()).await.unwrap();
    let mut here = [0; 4];
    process.stdout().unwrap().read_exact(&mut here).await.unwrap();
    process.abort();
    drop(process);
    tokio::time::timeout(LIMIT, lab.left.recv()).await.expect("the command to be dropped").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_those_of_the_container_or_its_last_lines() {
    let lab = start(None).await;
    let log = async |params| lab.pods.logs("etcd-0", &params).await;
    assert_eq!(log(LogParams::default()).await.unwrap(), "one\ntwo\nthree\n");
    assert_eq!(log(LogParams { tail_lines: Some(1), ..LogParams::default() }).await.unwrap(), "three\n");
    let wrong = log(LogParams { container: Some("nope".into()), ..LogParams::default() }).await.unwrap_err();
    assert!(wrong.to_string().contains("container nope is not valid for pod etcd-0"), "{wrong}");
}
