//! A schedule of faults in a world: what it closes opens again, what it fills is emptied, and nothing strikes after it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

use drsh_lab::apiserver::User;
use drsh_lab::faults::{After, Planned, Playing, Schedule, Trouble};
use drsh_lab::hosts;
use drsh_lab::scenario::{HostsPlan, Scenario, StandalonePlan};
use drsh_lab::world::{OnHosts, Standalone};
use futures::StreamExt as _;
use futures::future::{Either, select};
use futures::stream::BoxStream;
use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams, WatchEvent, WatchParams};

fn at_once(place: &str, fault: Trouble) -> Schedule {
    Schedule(vec![Planned { place: place.to_owned(), after: After::Seconds(0), fault }])
}

/// Returns once the condition holds: what is played is played by another task.
async fn until(holds: impl Fn() -> bool) {
    while !holds() {
        tokio::task::yield_now().await;
    }
}

async fn begun(playing: &Playing) {
    until(|| !playing.begun().is_empty()).await;
}

fn alone() -> Scenario {
    let plan = StandalonePlan { workers: 1, forged_requests: Vec::new(), ..StandalonePlan::default() };
    Scenario { standalone: Some(plan), ..Scenario::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_server_that_is_away_refuses_everybody_and_is_back_when_the_faults_are_over() {
    let folder = tempfile::tempdir().unwrap();
    let lab = Standalone::start(alone(), folder.path()).await.unwrap();
    let playing = lab.play(&at_once("cluster", Trouble::Away { seconds: u32::MAX }));
    until(|| !lab.server().is_up()).await;
    let nodes: Api<Node> = Api::all(lab.server().client(&User::admin()).unwrap());
    assert!(nodes.list(&ListParams::default()).await.is_err(), "it answers although it is away");
    assert_eq!(playing.end().await.len(), 1);
    assert!(lab.server().is_up());
    nodes.list(&ListParams::default()).await.unwrap();
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_from_outside_are_struck_and_those_of_the_actors_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let lab = Standalone::start(alone(), folder.path()).await.unwrap();
    let playing = lab.play(&at_once("cluster", Trouble::Unavailable { times: 100 }));
    begun(&playing).await;
    let outside: Api<Node> = Api::all(outsider(&lab).await);
    let inside: Api<Node> = Api::all(lab.server().client(&User::admin()).unwrap());
    // The rule is armed a moment after the fault has begun.
    let refusal = loop {
        if let Err(kube::Error::Api(status)) = outside.list(&ListParams::default()).await {
            break status.code;
        }
    };
    assert_eq!(refusal, 503);
    inside.list(&ListParams::default()).await.unwrap();
    playing.end().await;
    outside.list(&ListParams::default()).await.unwrap();
    lab.stop().await;
}

/// A client of somebody outside, who does not try again.
async fn outsider(lab: &Standalone) -> kube::Client {
    let file = kube::config::Kubeconfig::read_from(&lab.description().cluster.kubeconfig).unwrap();
    let config =
        kube::Config::from_custom_kubeconfig(file, &kube::config::KubeConfigOptions::default()).await;
    let mut config = config.unwrap();
    config.default_retry = false;
    kube::Client::try_from(config).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_shows_a_strangers_certificate_and_its_own_when_the_faults_are_over() {
    let folder = tempfile::tempdir().unwrap();
    let lab = Standalone::start(alone(), folder.path()).await.unwrap();
    let nodes: Api<Node> = Api::all(outsider(&lab).await);
    nodes.list(&ListParams::default()).await.unwrap();
    let playing = lab.play(&at_once("cluster", Trouble::CertificateChanged { seconds: u32::MAX }));
    let refusal = loop {
        if let Err(error) = nodes.list(&ListParams::default()).await {
            let said = format!("{error:?}");
            // The connections are cut a moment before the certificate is another.
            if said.contains("ertificate") {
                break said;
            }
        }
    };
    assert!(refusal.contains("UnknownIssuer"), "{refusal}");
    playing.end().await;
    nodes.list(&ListParams::default()).await.unwrap();
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_lags_shows_late_what_a_list_shows_at_once() {
    for (seconds, arrives) in [(1, true), (u32::MAX, false)] {
        let folder = tempfile::tempdir().unwrap();
        let lab = Standalone::start(alone(), folder.path()).await.unwrap();
        let nodes: Api<Node> = Api::all(outsider(&lab).await);
        let version = nodes.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
        let playing = lab.play(&at_once("cluster", Trouble::WatchLags { times: 1, seconds }));
        begun(&playing).await;
        let patch = serde_json::json!({ "metadata": { "labels": { "seen": "yes" } } });
        let name = &nodes.list(&ListParams::default()).await.unwrap().items[0].metadata.name.clone().unwrap();
        let changed = |node: &Node| node.metadata.labels.iter().flatten().any(|(name, _)| name == "seen");
        nodes.patch(name, &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
        assert!(nodes.list(&ListParams::default()).await.unwrap().iter().any(changed));
        let mut watches = Vec::new();
        for _ in 0..2 {
            watches.push(nodes.watch(&WatchParams::default(), &version).await.unwrap().boxed());
        }
        let [struck, other] = watches.try_into().ok().unwrap();
        let shows = |mut watch: BoxStream<'static, Result<WatchEvent<Node>, kube::Error>>| async move {
            while let Some(Ok(event)) = watch.next().await {
                if matches!(&event, WatchEvent::Modified(node) if changed(node)) {
                    return;
                }
            }
            panic!("the watch ended");
        };
        let (struck, other) = (std::pin::pin!(shows(struck)), std::pin::pin!(shows(other)));
        let Either::Right(((), struck)) = select(struck, other).await else {
            panic!("the watch that lags, for {seconds}s, was the first to show it");
        };
        if arrives {
            struck.await;
        }
        playing.end().await;
        lab.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_whose_disk_is_full_or_that_reboots_is_well_when_the_faults_are_over() {
    let folder = tempfile::tempdir().unwrap();
    let plan = HostsPlan { control_plane: 1, workers: 0, ..HostsPlan::default() };
    let scenario = Scenario { hosts: Some(plan), snapshot_padding: 0, ..Scenario::default() };
    let lab = OnHosts::start(scenario, folder.path()).await.unwrap();
    let host = lab.hosts().host("master-0").unwrap();
    let root = host.files().view(hosts::User::Root);

    let playing = lab.play(&at_once("master-0", Trouble::DiskFull { seconds: u32::MAX }));
    until(|| root.write("/root/more", b"text").is_err()).await;
    playing.end().await;
    root.write("/root/more", b"text").unwrap();

    root.write("/tmp/kept", b"text").unwrap();
    let playing = lab.play(&at_once("master-0", Trouble::Reboot));
    begun(&playing).await;
    playing.end().await;
    assert!(host.is_on());
    assert!(!root.exists("/tmp/kept"), "the host did not reboot");

    let playing = lab.play(&at_once("master-0", Trouble::Away { seconds: u32::MAX }));
    let reached = || std::net::TcpStream::connect(("127.0.0.1", host.port())).is_ok();
    until(|| !reached()).await;
    playing.end().await;
    assert!(reached());
}
