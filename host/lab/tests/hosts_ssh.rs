//! Hosts as OpenSSH's own client finds them: who is let in, what commands get and give, what breaks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod hosts;

use std::process::Stdio;
use std::time::Duration;

use drsh_lab::faults::{Fault, Rule};
use drsh_lab::hosts::Version;
use futures::future::join_all;
use hosts::{Place, Said};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const HOST: &str = "master-0";

/// Starts a command and waits for the first line that it prints.
async fn begun(command: &mut Command) -> (Child, String) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).await.unwrap();
    (child, line)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_has_its_streams_and_its_status() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    let said = place.ssh(HOST, "echo out; echo err >&2; hostname; whoami; pwd; exit 3").await;
    assert_eq!((said.code, said.stdout.as_str()), (Some(3), "out\nmaster-0\ncore\n/home/core\n"));
    assert_eq!(said.stderr, "err\n");
    assert_eq!(place.ssh(HOST, "kill -9 $$").await.code, Some(255));
    assert_eq!(place.ssh(HOST, "sudo -n -- nothing").await.stderr, "sudo: nothing: command not found\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn megabytes_come_and_go_unchanged() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    let bytes: Vec<u8> =
        (0..5_000_000_u32).map(|number| number.to_be_bytes()[3] ^ number.to_be_bytes()[2]).collect();
    let (code, back) = Said::of_input(place.command(HOST).arg("tee /tmp/big"), &bytes).await;
    assert_eq!((code, back == bytes), (Some(0), true));
    assert_eq!(place.done(HOST, "stat -c %s /tmp/big; cat /tmp/big | wc -c").await, "5000000\n5000000\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_core_with_its_key_is_let_in_and_only_a_known_host_is_believed() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    let host = place.cluster.description().hosts[0].clone();
    let other = place.path("other");
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&other)
        .status();
    assert!(made.unwrap().success());
    let enter = async |user: &str, key, known| {
        Said::of(place.command_with(host.port, user, key, known).arg("true")).await
    };
    assert_eq!(enter("core", &host.identity_file, &host.known_hosts).await.code, Some(0));
    let refused = enter("root", &host.identity_file, &host.known_hosts).await;
    assert!(refused.stderr.contains("Permission denied (publickey)"), "{}", refused.stderr);
    assert_eq!(enter("core", &other, &host.known_hosts).await.code, Some(255));
    let unknown = enter("core", &host.identity_file, &other).await;
    assert!(unknown.stderr.contains("Host key verification failed"), "{}", unknown.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_commands_share_one_connection() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    let socket = place.path("m");
    let mut master = place.command(HOST);
    let (_child, line) = begun(master.arg("-M").arg("-S").arg(&socket).arg("echo up; cat")).await;
    assert_eq!(line, "up\n");
    let run = |number: u32| {
        // On a port where nobody listens, so that none opens a connection of its own.
        let host = &place.cluster.description().hosts[0];
        let mut command = place.command_with(1, "core", &host.identity_file, &host.known_hosts);
        command.arg("-S").arg(&socket).arg(format!("echo {number}; exit {number}"));
        async move { Said::of(&mut command).await }
    };
    // Between them, all that sshd would allow, in several rounds.
    for said in join_all((0..30).map(run)).await.iter().enumerate() {
        assert_eq!(
            (said.1.code, said.1.stdout.trim()),
            (i32::try_from(said.0).ok(), said.0.to_string().as_str())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_stand_side_by_side_each_with_its_own_files() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    for host in ["master-0", "master-1", "master-2"] {
        place.done(host, "hostname > /tmp/name").await;
    }
    assert_eq!(place.done("master-1", "cat /tmp/name").await, "master-1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_connection_ends_who_prints_and_leaves_who_does_not() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    let line = "echo up; sleep 900000 & while true; do echo tick; sleep 1; done";
    let (mut child, _) = begun(place.command(HOST).arg(line)).await;
    place.host(HOST).cut();
    assert_eq!(child.wait().await.unwrap().code(), Some(255));
    let gone =
        "until ! ps -o args= | grep -q 'tic[k]'; do sleep 1; done; ps -o args= | grep -c 'sleep 90000[0]'";
    assert_eq!(place.done(HOST, gone).await, "1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_refuses_is_refused_until_it_admits_again() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    place.host(HOST).refuse();
    let said = place.ssh(HOST, "true").await;
    assert!(said.code == Some(255) && said.stderr.contains("Connection refused"), "{}", said.stderr);
    place.host(HOST).admit().unwrap();
    assert_eq!(place.ssh(HOST, "true").await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_strike_connections_and_commands_by_name() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    let arm = |method: &str, path: &str, fault| {
        let (server, method, path) = (HOST.to_owned(), method.to_owned(), path.to_owned());
        place.cluster.setup().faults.arm(Rule { server, method, path, fault, times: Some(1) });
    };
    arm("SSH", "", Fault::Reset);
    assert_eq!(place.ssh(HOST, "true").await.code, Some(255));
    arm("EXEC", "hostname", Fault::Reset);
    assert_eq!(place.done(HOST, "true").await, "");
    assert_eq!(place.ssh(HOST, "hostname").await.code, Some(255));
    arm("EXEC", "cat", Fault::CutAfter(4));
    let said = place.ssh(HOST, "cat /etc/hostname").await;
    // A connection that is cut may lose what was on its way, and never brings more.
    assert!(said.code == Some(255) && "mast".starts_with(&said.stdout), "{said:?}");
    arm("EXEC", "", Fault::Slow(Duration::from_secs(30)));
    assert_eq!(place.done(HOST, "hostname").await, "master-0\n");
    place.cluster.setup().faults.switch_on("sudo: wants a password");
    assert_eq!(place.ssh(HOST, "sudo -n true").await.stderr, "sudo: a password is required\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reboot_ends_sessions_and_empties_tmp_and_keeps_the_rest() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    place
        .done(
            "master-2",
            "echo a > /tmp/a; echo b > /home/core/b; sudo mv -v /etc/kubernetes/manifests/etcd-pod.yaml /tmp",
        )
        .await;
    let (mut child, _) = begun(place.command("master-2").arg("echo up; cat")).await;
    place.host("master-2").reboot().await.unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(255));
    assert_eq!(place.done("master-2", "ls /tmp; cat b").await, "b\n");
    let wait = "until sudo crictl ps --name kube-apiserver -q | grep -q .; do sleep 1; done; sudo crictl ps -a --name etcd";
    let text = place.done("master-2", wait).await;
    assert_eq!(text.lines().count(), 1, "{text}");
}
