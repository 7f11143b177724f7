//! What stands in a hosted cluster and its namespaces beside what operators make: secrets of every type,
//! and a workload whose objects must survive a move.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::actors::control_plane::secrets::opaque;
use crate::actors::{Kind, kinds, object};
use crate::scenario::Scenario;

/// The namespace of the workload in the hosted cluster.
pub const WORKLOAD: &str = "shop";

/// The scenario's secrets beside the control plane. Every tenth is a service account's token.
pub(super) fn of_control_plane(scenario: &Scenario) -> Vec<(Kind, Value)> {
    let mut all = Vec::new();
    let namespace = scenario.hosted_cluster.control_plane_namespace();
    let home = &scenario.hosted_cluster.namespace;
    let seed = scenario.seed.to_string();
    for number in 0..scenario.secrets {
        let (name, kind, keys): (_, _, &[&str]) = match number % 10 {
            0 => (
                format!("builder-token-{number:03}"),
                "kubernetes.io/service-account-token",
                &["token", "ca.crt"],
            ),
            1 => (format!("docker-mirror-{number:03}"), "kubernetes.io/dockercfg", &[".dockercfg"]),
            2 => (format!("webhook-{number:03}"), "kubernetes.io/tls", &["tls.crt", "tls.key"]),
            3 => (format!("bound-service-account-{number:03}"), "Opaque", &["key"]),
            _ => (format!("component-{number:03}"), "Opaque", &["value"]),
        };
        let mut secret = opaque(&namespace, &name, keys, &seed);
        secret["type"] = kind.into();
        if kind == "kubernetes.io/dockercfg" {
            // The only type whose content a server reads.
            let login = json!({"registry.example.com": {"auth": secret["data"][".dockercfg"]}});
            secret["data"][".dockercfg"] = STANDARD.encode(login.to_string()).into();
        }
        if kind == "kubernetes.io/service-account-token" {
            secret["metadata"]["annotations"] = json!({"kubernetes.io/service-account.name": "builder"});
        }
        all.push((kinds::SECRET, secret));
    }
    // Of the same namespace as the hosted cluster, and none of its own.
    all.push((kinds::SECRET, opaque(home, "registry-of-another-team", &["password"], &seed)));
    all
}

/// A workload in the hosted cluster.
pub(super) fn of_hosted(secrets: u32) -> Vec<(Kind, Value)> {
    let mut all =
        vec![(kinds::NAMESPACE, json!({"metadata": {"name": WORKLOAD, "labels": {"team": "web"}}}))];
    for number in 0..(secrets / 10).max(1) {
        let name = format!("order-{number:03}");
        let data = json!({"placed": object::now(), "number": number.to_string()});
        let map = json!({"metadata": {"name": name, "namespace": WORKLOAD}, "data": data});
        all.push((kinds::CONFIG_MAP, map));
        all.push((kinds::SECRET, opaque(WORKLOAD, &name, &["card"], "shop")));
    }
    all
}
