//! What goes into the backup, and what does not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::kit::{moved, names_of};

fn names(prefix: &str) -> Vec<&'static str> {
    let files = moved().backup.keys().filter_map(|file| file.strip_prefix(prefix));
    files.filter_map(|name| name.strip_suffix(".yaml")).collect()
}

/// The bash greps for the cluster's name as a prefix, and drops every type with `docker` in it (H8, F24, F25, F101).
#[test]
fn what_the_specification_refers_to_is_saved_whatever_its_name_and_type() {
    let it = moved();
    assert_eq!(names("namespaces/clusters/secret-"), ["etcd-key", "pull-secret", "ssh-key"]);
    let (_, text) = &it.backup["namespaces/clusters/secret-pull-secret.yaml"];
    let saved: Value = serde_saphyr::from_slice(text).unwrap();
    assert_eq!(saved["type"], "kubernetes.io/dockerconfigjson");
    let was = it.was("Secret", "clusters", "pull-secret");
    assert_eq!(saved["data"], was["data"]);
    assert_eq!(it.is("Secret", "clusters", "pull-secret")["data"], was["data"]);
}

/// The bash saves no configmap at all: node pools become invalid, or roll their nodes (F26).
#[test]
fn the_trust_bundle_and_the_node_configuration_come_along() {
    let it = moved();
    assert_eq!(names("namespaces/clusters/configmap-"), ["corporate-ca", "worker-tuning"]);
    for name in ["corporate-ca", "worker-tuning"] {
        assert_eq!(
            it.is("ConfigMap", "clusters", name)["data"],
            it.was("ConfigMap", "clusters", name)["data"]
        );
    }
}

/// A prefix takes the neighbour's secrets along, and a namespace is no reason to take another team's (F24).
#[test]
fn secrets_of_others_are_not_saved_and_not_restored() {
    let it = moved();
    for file in it.backup.keys() {
        assert!(!file.contains("demo-2") && !file.contains("another-team"), "{file}");
    }
    let restored = names_of(&it.after.destination, "Secret", "clusters");
    assert!(
        !restored.iter().any(|name| name.starts_with("demo-2") || name.contains("another-team")),
        "{restored:?}"
    );
}

/// The bash loses a quarter of the control plane's secrets to a grep over a printed table (H8, F25, F101).
#[test]
fn every_secret_of_the_control_plane_is_saved_but_tokens_of_service_accounts() {
    let it = moved();
    let (mut wanted, mut tokens) = (Vec::new(), 0);
    for name in names_of(&it.before.source, "Secret", "clusters-demo") {
        match it.was("Secret", "clusters-demo", name)["type"].as_str() {
            Some("kubernetes.io/service-account-token") => tokens += 1,
            _ => wanted.push(name),
        }
    }
    assert!(tokens > 0 && wanted.iter().any(|name| name.starts_with("docker-mirror")), "{wanted:?}");
    let saved = names("namespaces/clusters-demo/secret-");
    let missing: Vec<_> = wanted.iter().filter(|name| !saved.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(!saved.iter().any(|name| name.starts_with("builder-token")), "{saved:?}");
}

/// What signs certificates and tokens must never be made anew (U15).
#[test]
fn the_keys_that_sign_for_the_cluster_are_the_same_afterwards() {
    let it = moved();
    for name in ["root-ca", "etcd-signer", "sa-signing-key"] {
        let data = |secret: &Value| secret["data"].clone();
        let was = data(it.was("Secret", "clusters-demo", name));
        let first = was.as_object().unwrap().values().next().unwrap().as_str().unwrap();
        assert!(!STANDARD.decode(first).unwrap().is_empty());
        assert_eq!(data(it.is("Secret", "clusters-demo", name)), was, "{name}");
    }
}

/// The bash writes with the operator's umask, secrets too.
#[test]
fn the_backup_can_be_read_by_its_owner_alone() {
    for (file, (mode, _)) in &moved().backup {
        assert_eq!(*mode, 0o600, "{file}");
    }
}
