//! The etcd of a hosted control plane: exec, snapshots, quorum, and restores from a URL.
#![allow(clippy::unwrap_used, reason = "a test whose world cannot be set up has failed")]

mod bench;

use std::collections::BTreeSet;
use std::sync::Arc;

use bench::{Bench, has_ready};
use drsh_lab::actors::{Key, kinds};
use drsh_lab::apiserver::tls::{Face, Listener, Switch};
use drsh_lab::etcd::Database;
use drsh_lab::etcd::snapshot::Snapshot;
use drsh_lab::etcd::spec::{INIT, INITIAL_CLUSTER, RESTORE_URL};
use serde_json::{Value, json};

/// How the etcd of a test differs from the usual one.
struct Plan {
    release: &'static str,
    replicas: u32,
    volume: &'static str,
    restore: Option<String>,
    together: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self { release: "4.20.3", replicas: 3, volume: "8Gi", restore: None, together: true }
    }
}

impl Plan {
    fn stateful_set(&self) -> Value {
        let image = format!("quay.io/openshift-release-dev/ocp-release:{}-x86_64", self.release);
        let peers: Vec<_> = (0..self.replicas).map(|n| format!("etcd-{n}=https://etcd-{n}:2380")).collect();
        let peers = json!({ "name": INITIAL_CLUSTER, "value": peers.join(",") });
        let mut init = Vec::new();
        if let Some(url) = &self.restore {
            let mut env = vec![json!({ "name": RESTORE_URL, "value": url })];
            if self.together {
                env.push(peers.clone());
            }
            init.push(json!({ "name": INIT, "image": image, "env": env }));
        }
        let mut set = bench::deployment("etcd", self.replicas);
        set["spec"]["serviceName"] = "etcd-discovery".into();
        set["spec"]["podManagementPolicy"] = "Parallel".into();
        set["spec"]["template"]["spec"] = json!({
            "initContainers": init,
            "containers": [{ "name": "etcd", "image": image, "env": [peers] }, { "name": "healthz", "image": image }],
        });
        set["spec"]["volumeClaimTemplates"] = json!([{
            "metadata": { "name": "data" },
            "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": self.volume } } },
        }]);
        set
    }
}

/// A bench whose etcd runs as planned.
async fn running(plan: Plan) -> Bench {
    let bench = Bench::start().await;
    start(&bench, &plan).await;
    bench
}

async fn start(bench: &Bench, plan: &Plan) {
    bench.create(&kinds::STATEFUL_SET, plan.stateful_set()).await;
    bench.until(&kinds::STATEFUL_SET, &Key::new("hcp", "etcd"), has_ready(plan.replicas.into())).await;
}

fn member(number: u32) -> Key {
    Key::new("hcp", format!("etcd-{number}"))
}

const CERTIFICATES: [&str; 4] = [
    "--cacert=/etc/etcd/tls/etcd-ca/ca.crt",
    "--cert=/etc/etcd/tls/client/etcd-client.crt",
    "--key=/etc/etcd/tls/client/etcd-client.key",
    "--endpoints=https://localhost:2379",
];

async fn etcdctl(bench: &Bench, number: u32, words: &[&str]) -> bench::Output {
    let command: Vec<&str> = ["/usr/bin/etcdctl"].iter().chain(&CERTIFICATES).chain(words).copied().collect();
    bench.exec(&member(number), "etcd", &command).await
}

const FILE: &str = "/var/lib/data/snapshot.db";

/// Serves one body over HTTPS with a certificate of the bench's authority.
fn serve(bench: &Bench, body: Vec<u8>) -> String {
    let switch = Switch::bind().unwrap();
    let certificate = bench.authority.issue_server("storage", &[]).unwrap();
    let url = format!("https://{}/snapshot?X-Amz-Signature=hidden", switch.address());
    let listener = Listener::new(switch, Face::new(&bench.authority, &certificate).unwrap());
    let router = axum::Router::new().fallback(move || async move { body });
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn note(database: &Database, name: &str) {
    let object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name, "namespace": "default" } });
    database.store().create("configmaps", "default", object).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn members_save_snapshots_that_differ_in_hash_and_agree_in_content() {
    let bench = running(Plan::default()).await;
    note(&bench.etcd.serving("hcp").unwrap(), "written-before");
    let mut hashes = BTreeSet::new();
    for number in 0..3 {
        let saved = etcdctl(&bench, number, &["snapshot", "save", FILE]).await;
        assert_eq!((saved.code, saved.text().as_str()), (0, "Snapshot saved at /var/lib/data/snapshot.db\n"));
        let status = etcdctl(&bench, number, &["snapshot", "status", FILE, "-w", "json"]).await;
        let status: Value = serde_json::from_slice(&status.stdout).unwrap();
        hashes.insert(status["hash"].as_u64().unwrap());
        let file = bench.exec(&member(number), "etcd", &["cat", FILE]).await.stdout;
        assert!(file.len() > 1 << 20);
        let snapshot = Snapshot::read(&file).unwrap();
        assert_eq!(status["totalKey"], snapshot.status().keys);
        assert!(snapshot.store().unwrap().get("configmaps", "default", "written-before").is_some());
    }
    assert_eq!(hashes.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ca_lies_where_the_release_has_it() {
    let bench = running(Plan { release: "4.11.9", replicas: 1, ..Plan::default() }).await;
    let wrong = etcdctl(&bench, 0, &["snapshot", "save", FILE]).await;
    assert_eq!(wrong.code, 128);
    assert_eq!(wrong.stderr, "Error: open /etc/etcd/tls/etcd-ca/ca.crt: no such file or directory\n");
    let old = "--cacert=/etc/etcd/tls/client/etcd-client-ca.crt";
    let right = etcdctl(&bench, 0, &[old, "snapshot", "save", FILE]).await;
    assert_eq!(right.code, 0, "{}", right.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_etcdctl_has_no_snapshot_status_and_says_so_with_success() {
    let bench = running(Plan { release: "4.21.0", replicas: 1, ..Plan::default() }).await;
    etcdctl(&bench, 0, &["snapshot", "save", FILE]).await;
    let old = etcdctl(&bench, 0, &["snapshot", "status", FILE, "-w", "json"]).await;
    assert_eq!(old.code, 0);
    assert!(serde_json::from_slice::<Value>(&old.stdout).is_err());
    let new = bench.exec(&member(0), "etcd", &["etcdutl", "snapshot", "status", FILE, "-w", "json"]).await;
    let new: Value = serde_json::from_slice(&new.stdout).unwrap();
    assert_eq!(new["version"], "3.6.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_snapshot_counts_against_the_volume() {
    let bench = running(Plan { replicas: 1, volume: "3Mi", ..Plan::default() }).await;
    assert_eq!(etcdctl(&bench, 0, &["snapshot", "save", FILE]).await.code, 0);
    let full = etcdctl(&bench, 0, &["snapshot", "save", "/var/lib/data/second.db"]).await;
    assert_eq!(full.code, 1);
    assert!(full.stderr.contains("no space left on device"), "{}", full.stderr);
    assert_eq!(bench.exec(&member(0), "etcd", &["rm", FILE]).await.code, 0);
    assert_eq!(etcdctl(&bench, 0, &["snapshot", "save", FILE]).await.code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn etcd_serves_while_most_members_run() {
    let bench = running(Plan::default()).await;
    let mut serving = bench.etcd.follow("hcp");
    let cluster = *serving.borrow();
    assert!(cluster.is_some());
    let key = Key::new("hcp", "etcd");
    bench.patch(&kinds::STATEFUL_SET, &key, json!({ "spec": { "replicas": 1 } })).await;
    serving.wait_for(Option::is_none).await.unwrap();
    let list = etcdctl(&bench, 0, &["member", "list"]).await;
    assert_eq!((list.code, list.stderr.as_str()), (1, "Error: etcdserver: request timed out\n"));
    bench.patch(&kinds::STATEFUL_SET, &key, json!({ "spec": { "replicas": 3 } })).await;
    let again = *serving.wait_for(Option::is_some).await.unwrap();
    assert_eq!(again, cluster);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_on_empty_volumes_brings_the_content_back_in_one_cluster() {
    let source = running(Plan::default()).await;
    note(&source.etcd.serving("hcp").unwrap(), "kept");
    etcdctl(&source, 1, &["snapshot", "save", FILE]).await;
    let file = source.exec(&member(1), "etcd", &["cat", FILE]).await.stdout;

    let bench = Bench::start().await;
    let restore = Some(serve(&bench, file));
    start(&bench, &Plan { restore, ..Plan::default() }).await;
    let database = bench.etcd.serving("hcp").unwrap();
    assert!(database.store().get("configmaps", "default", "kept").is_some());
    assert!(database.store().version() > 1_000_000_000);
    for number in 0..3 {
        let list = etcdctl(&bench, number, &["member", "list", "-w", "json"]).await;
        let list: Value = serde_json::from_slice(&list.stdout).unwrap();
        assert_eq!(list["members"].as_array().unwrap().len(), 3);
        assert_eq!(list["header"]["cluster_id"], database.cluster_id());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_operator_restores_each_member_alone() {
    let source = running(Plan { replicas: 1, ..Plan::default() }).await;
    etcdctl(&source, 0, &["snapshot", "save", FILE]).await;
    let file = source.exec(&member(0), "etcd", &["cat", FILE]).await.stdout;

    let bench = Bench::start().await;
    let restore = Some(serve(&bench, file));
    start(&bench, &Plan { restore, together: false, ..Plan::default() }).await;
    let clusters: BTreeSet<_> = bench.etcd.members("hcp").values().map(Database::cluster_id).collect();
    assert_eq!(clusters.len(), 3);
    let list = etcdctl(&bench, 2, &["member", "list"]).await.text();
    assert_eq!(list.lines().count(), 1);
    assert!(list.contains("etcd-2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_with_anything_on_it_skips_the_restore_silently() {
    let bench = Bench::start().await;
    let restore = Some(serve(&bench, b"never looked at".to_vec()));
    start(&bench, &Plan { replicas: 1, ..Plan::default() }).await;
    let before = bench.etcd.serving("hcp").unwrap();
    note(&before, "old");
    let params = kube::api::DeleteParams::background();
    bench.delete(&kinds::STATEFUL_SET, &Key::new("hcp", "etcd"), &params).await;
    bench.until_all(&kinds::POD, "hcp", <[_]>::is_empty).await;
    start(&bench, &Plan { replicas: 1, restore, ..Plan::default() }).await;
    let after = bench.etcd.serving("hcp").unwrap();
    assert_eq!(after.cluster_id(), before.cluster_id());
    assert!(after.store().get("configmaps", "default", "old").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_snapshot_fails_the_init_container_with_its_reason() {
    let good = drsh_lab::etcd::snapshot::write(&drsh_lab::apiserver::Store::new(), 1, 1, 0);
    let cases = [
        (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>".to_vec(), "AccessDenied"),
        (good[..good.len() - 9].to_vec(), "expected sha256"),
    ];
    for (body, reason) in cases {
        let bench = Bench::start().await;
        let restore = Some(serve(&bench, body));
        bench
            .create(&kinds::STATEFUL_SET, Plan { replicas: 1, restore, ..Plan::default() }.stateful_set())
            .await;
        let pod = bench
            .until(&kinds::POD, &member(0), |pod| {
                let init = &pod.data["status"]["initContainerStatuses"][0];
                init["lastState"]["terminated"]["message"].as_str().is_some_and(|text| text.contains(reason))
            })
            .await;
        assert_eq!(pod.data["status"]["phase"], "Pending");
        assert!(!pod.data["status"].to_string().contains("hidden"));
        assert!(bench.etcd.serving("hcp").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_see_the_container_that_they_name() {
    let bench = running(Plan { replicas: 1, ..Plan::default() }).await;
    let other = bench.exec(&member(0), "healthz", &["etcdctl", "version"]).await;
    assert_eq!(other.code, 127);
    let bare = bench.exec(&member(0), "etcd", &["etcdctl", "endpoint", "health"]).await;
    assert_eq!(bare.code, 1);
    assert!(bare.stderr.contains("context deadline exceeded"));
    let health = etcdctl(&bench, 0, &["endpoint", "health", "-w", "json"]).await;
    let health: Value = serde_json::from_slice(&health.stdout).unwrap();
    assert_eq!(health[0]["health"], true);
    let (size, sum) = (["stat", "-c", "%s", FILE], ["sha256sum", FILE]);
    assert_eq!(bench.exec(&member(0), "etcd", &size).await.code, 1);
    etcdctl(&bench, 0, &["snapshot", "save", FILE]).await;
    let file = bench.exec(&member(0), "etcd", &["cat", FILE]).await.stdout;
    assert_eq!(bench.exec(&member(0), "etcd", &size).await.text().trim(), file.len().to_string());
    let digest = drsh_lab::containers::tools::hex(&<sha2::Sha256 as sha2::Digest>::digest(&file));
    assert_eq!(bench.exec(&member(0), "etcd", &sum).await.text(), format!("{digest}  {FILE}\n"));
    assert!(Arc::new(file).len() > 1 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_takes_in_only_members_that_were_added() {
    let bench = running(Plan { replicas: 1, ..Plan::default() }).await;
    let key = Key::new("hcp", "etcd");
    bench.patch(&kinds::STATEFUL_SET, &key, json!({ "spec": { "replicas": 2 } })).await;
    bench.until(&kinds::POD, &member(1), |pod| pod.data["status"].to_string().contains("Pending")).await;
    assert!(!bench.etcd.members("hcp").contains_key("etcd-1"));
    let added = etcdctl(&bench, 0, &["member", "add", "etcd-1", "--peer-urls=https://etcd-1:2380"]).await;
    assert_eq!(added.code, 0, "{}", added.stderr);
    bench.until(&kinds::STATEFUL_SET, &key, has_ready(2)).await;
    let list = etcdctl(&bench, 1, &["member", "list", "-w", "table"]).await;
    assert_eq!(list.text().matches("| etcd-").count(), 2, "{}", list.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_can_fail_or_be_cut() {
    let bench = running(Plan { replicas: 1, ..Plan::default() }).await;
    bench.faults.switch_on("etcd: snapshot save fails");
    assert_eq!(etcdctl(&bench, 0, &["snapshot", "save", FILE]).await.code, 1);
    bench.faults.switch_off("etcd: snapshot save fails");
    bench.faults.switch_on("etcd: snapshots are cut");
    assert_eq!(etcdctl(&bench, 0, &["snapshot", "save", FILE]).await.code, 0);
    let status = etcdctl(&bench, 0, &["snapshot", "status", FILE, "-w", "json"]).await;
    assert_eq!(status.code, 1);
    assert!(status.stderr.starts_with("Error: expected sha256"), "{}", status.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_left_by_an_earlier_control_plane_keeps_its_data_through_a_restore() {
    let bench = Bench::start().await;
    let claim = bench
        .create(
            &kinds::PERSISTENT_VOLUME_CLAIM,
            json!({
                "metadata": { "name": "data-etcd-0", "namespace": "hcp" },
                "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "8Gi" } } },
            }),
        )
        .await;
    let stale = Database::new(drsh_lab::apiserver::Store::new(), ["etcd-0".to_owned()]);
    bench.etcd.lay_data(&claim, "etcd-0", &stale).unwrap();
    let restore = Some(serve(&bench, b"never looked at".to_vec()));
    start(&bench, &Plan { replicas: 1, restore, ..Plan::default() }).await;
    assert_eq!(bench.etcd.serving("hcp").unwrap().cluster_id(), stale.cluster_id());
}
