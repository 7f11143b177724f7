//! The stand-in kubelet behind a real API server: what reaches a container, what comes back, and how both end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use drsh_lab::apiserver::User;
use drsh_real::{Kubelet, Plane, Tools, plane, tools};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, AttachParams, AttachedProcess, LogParams, PostParams};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

struct Node {
    kubelet: Kubelet,
    pods: Api<Pod>,
    _plane: Plane,
}

/// A plane with a node on which the pod `one` has a container `main` that runs, and one `absent` that does not.
async fn node() -> Option<Node> {
    let what = "exec over a real API server";
    let (programs, program, tools) = (plane::Programs::find(what)?, Kubelet::find(what)?, Tools::find(what)?);
    let plane = Plane::start(&programs, plane::Options::new("node").unwrap()).await.unwrap();
    let kubelet = Kubelet::start(&program, &plane, "node-1").await.unwrap();
    let pods = Api::namespaced(plane.client(&User::admin()).unwrap(), "default");
    let container = |name: &str| json!({"name": name, "image": "x:1"});
    let pod = serde_json::from_value(json!({
        "metadata": {"name": "one"},
        "spec": {"nodeName": "node-1", "containers": [container("main"), container("absent")]},
    }));
    pods.create(&PostParams::default(), &pod.unwrap()).await.unwrap();
    tools.install(&kubelet.container_root("default", "one", "main").unwrap()).unwrap();
    Some(Node { kubelet, pods, _plane: plane })
}

impl Node {
    async fn exec(&self, container: &str, command: &[&str]) -> Result<AttachedProcess, kube::Error> {
        let parameters = AttachParams::default().container(container).stdin(true).stderr(true);
        self.pods.exec("one", command.iter().copied(), &parameters).await
    }

    /// What a command in `main` that reads `input` printed and complained, and how it ended.
    async fn run(&self, command: &[&str], input: &[u8]) -> (String, String, String) {
        let mut process = self.exec("main", command).await.unwrap();
        let mut stdin = process.stdin().unwrap();
        let write = async move { stdin.write_all(input).await.and(stdin.shutdown().await) };
        let (mut out, mut complaints) = (String::new(), String::new());
        let (mut stdout, mut stderr) = (process.stdout().unwrap(), process.stderr().unwrap());
        let read = async { stdout.read_to_string(&mut out).await };
        let complain = async { stderr.read_to_string(&mut complaints).await };
        let (written, read, complained) = tokio::join!(write, read, complain);
        written.and(read).and(complained).unwrap();
        let status = process.take_status().unwrap().await.unwrap();
        let causes = status.details.and_then(|details| details.causes).unwrap_or_default();
        let code = causes.into_iter().find(|cause| cause.reason.as_deref() == Some("ExitCode"));
        let ended = code.and_then(|cause| cause.message).or(status.message).or(status.status);
        (out, complaints, ended.unwrap_or_default())
    }
}

fn is_there(pid: &str) -> bool {
    Path::new("/proc").join(pid).exists()
}

/// The process on this machine whose arguments hold `word`.
fn process_with(word: &str) -> Option<String> {
    let holds = |folder: &Path| {
        std::fs::read(folder.join("cmdline"))
            .is_ok_and(|line| line.split(|byte| *byte == 0).any(|argument| argument == word.as_bytes()))
    };
    let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let found = processes.filter(|folder| folder.join("cmdline").exists()).find(|folder| holds(folder))?;
    Some(found.file_name()?.to_str()?.to_owned())
}

fn patiently(what: &str, mut is_so: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < patience, "{what}");
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_run_in_their_container_and_answer_as_they_would_on_a_node() {
    let Some(node) = node().await else { return };
    let ok =
        |out: &str, complaints: &str, ended: &str| (out.to_owned(), complaints.to_owned(), ended.to_owned());
    assert_eq!(
        node.run(&["sh", "-c", "echo out; echo why >&2; exit 3"], b"").await,
        ok("out\n", "why\n", "3")
    );
    assert_eq!(node.run(&["sh", "-c", "kill -9 $$"], b"").await, ok("", "", "137"));
    let long = "x".repeat(300_000);
    assert_eq!(node.run(&["wc", "-c"], long.as_bytes()).await, ok("300000\n", "", "Success"));
    assert_eq!(node.run(&["cat"], long.as_bytes()).await, ok(&long, "", "Success"));

    let root = node.kubelet.container_root("default", "one", "main").unwrap();
    node.kubelet.set_environment(("default", "one", "main"), &[("COLOUR", "dark blue")]).unwrap();
    tools::put_script(
        &root,
        "/usr/bin/look",
        "#!/bin/sh\necho \"$PWD $COLOUR $HOSTNAME\"; ls /; echo >/dev/null",
    )
    .unwrap();
    let (out, _, ended) = node.run(&["look"], b"").await;
    assert_eq!(
        (out.as_str(), ended.as_str()),
        ("/ dark blue one\nbin\ndev\netc\nroot\ntmp\nusr\nvar\n", "Success")
    );

    let (_, _, ended) = node.run(&["unheard-of"], b"").await;
    assert!(ended.contains("error executing command in container: "), "{ended}");
    assert!(ended.ends_with("exec: \"unheard-of\": executable file not found in $PATH"), "{ended}");
    let mut absent = node.exec("absent", &["true"]).await.unwrap();
    let status = absent.take_status().unwrap().await.unwrap();
    let message = status.message.unwrap();
    assert!(message.contains("container not found (\"absent\")"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_ends_when_it_writes_to_nobody_or_its_kubelet_ends_and_takes_along_what_it_began() {
    let Some(node) = node().await else { return };
    // The API server tells a kubelet nothing of a client that went away, before there is something to send to it.
    let (writes, waits) = ("31557600.25", "31557600.75");
    let begin = async |sleep: &str, then: &str| {
        let script = format!("sleep {sleep} & {then}");
        let process = node.exec("main", &["sh", "-c", &script]).await.unwrap();
        patiently("the command begins", || process_with(sleep).is_some());
        (process, process_with(sleep).unwrap())
    };
    let (process, pid) = begin(writes, "while echo more; do :; done").await;
    process.abort();
    patiently("the command ends when it writes to nobody", || !is_there(&pid));
    let (_process, pid) = begin(waits, "wait").await;
    drop(node.kubelet);
    patiently("the command ends when the kubelet does", || !is_there(&pid));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_read_whole_or_from_its_last_lines() {
    let Some(node) = node().await else { return };
    node.kubelet.set_log(("default", "one", "main"), "one\ntwo\nthree\n").unwrap();
    let of = |container: &str| LogParams { container: Some(container.to_owned()), ..LogParams::default() };
    assert_eq!(node.pods.logs("one", &of("main")).await.unwrap(), "one\ntwo\nthree\n");
    let last = LogParams { tail_lines: Some(2), ..of("main") };
    assert_eq!(node.pods.logs("one", &last).await.unwrap(), "two\nthree\n");
    let error = node.pods.logs("one", &of("absent")).await.unwrap_err().to_string();
    assert!(error.contains("absent"), "{error}");
}
