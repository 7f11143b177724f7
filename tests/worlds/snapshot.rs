//! What a backup keeps of a real etcd: its snapshot, restored into a new etcd, holds the very keys.

use std::path::Path;
use std::process::Command;

use drsh_lab::scenario::Scenario;
use drsh_real::aws::Access;
use drsh_real::{etcd::Etcd, plane::Programs, programs};

use crate::kit::{RUNTIME, World};

const CA: &str = "/etc/etcd/tls/etcd-ca/ca.crt";
const CERT: &str = "/etc/etcd/tls/client/etcd-client.crt";
const KEY: &str = "/etc/etcd/tls/client/etcd-client.key";

fn output(command: &mut Command) -> String {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// The keys in what etcdctl printed.
fn keys(printed: &str) -> Vec<String> {
    let keys = printed.lines().filter(|line| line.starts_with('/'));
    keys.map(str::to_owned).collect()
}

fn download(world: &World, into: &Path) {
    let aws = &world.known().aws;
    let file = std::fs::read_to_string(&aws.credentials_file).unwrap();
    let value = |name: &str| {
        let line = file.lines().find_map(|line| line.strip_prefix(&format!("{name} = "))).unwrap();
        line.to_owned()
    };
    let (key, secret) = (value("aws_access_key_id"), value("aws_secret_access_key"));
    let access = Access {
        endpoint: aws.s3_endpoint.clone(),
        ca_pem: std::fs::read_to_string(&aws.ca_file).unwrap(),
        region: aws.bucket_region.clone(),
        credentials: aws_sdk_s3::config::Credentials::new(key, secret, None, None, "test"),
    };
    RUNTIME.block_on(async {
        let get = access.s3().unwrap().get_object().bucket(&aws.bucket).key("demo-etcd-0-snapshot.db");
        let body = get.send().await.unwrap().body.collect().await.unwrap();
        std::fs::write(into, body.into_bytes()).unwrap();
    });
}

#[test]
fn the_snapshot_in_the_bucket_restores_into_a_new_etcd_with_the_same_keys() {
    let what = "snapshots of a real etcd";
    let Some(servers) = Programs::find(what) else { return };
    let Some([kubectl, etcdctl, etcdutl]) = programs::all(["kubectl", "etcdctl", "etcdutl"], what) else {
        return;
    };
    let Some(world) = World::real(Scenario::small()) else { return };
    world.run("backup_hcp").well();
    // The API servers are at 0: what the member holds now is what it held when the snapshot was taken.
    let mut exec = Command::new(&kubectl);
    exec.arg("--kubeconfig").arg(&world.known().source.kubeconfig);
    exec.args(["exec", "-n", world.plane(), "etcd-0", "-c", "etcd", "--", "etcdctl"]);
    exec.args(["--cacert", CA, "--cert", CERT, "--key", KEY, "--endpoints", "https://localhost:2379"]);
    let on_the_source = keys(&output(exec.args(["get", "", "--prefix", "--keys-only"])));

    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("snapshot.db");
    download(&world, &snapshot);
    let etcd = RUNTIME.block_on(Etcd::restored(&servers, &etcdutl, &snapshot)).unwrap();
    let mut get = Command::new(&etcdctl);
    get.args(["--endpoints", etcd.endpoint(), "get", "", "--prefix", "--keys-only"]);
    let restored = keys(&output(&mut get));
    assert!(restored.iter().any(|key| key.starts_with("/registry/secrets/shop/order-")), "{restored:?}");
    assert_eq!(restored, on_the_source);
}
