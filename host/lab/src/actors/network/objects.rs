//! The objects that the network operator keeps.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::{CONTROL_PLANE, MASTER, NAMESPACE, NODE, is_per_node};
use crate::actors::{Kind, kinds};
use crate::hosts::{Network, Version};

/// How the cluster's network is, as everybody may read it.
pub(super) const CONFIG: Kind = Kind::cluster("config.openshift.io", "v1", "Network", "networks");
/// How the cluster's network is to be.
pub(super) const OPERATOR: Kind = Kind::cluster("operator.openshift.io", "v1", "Network", "networks");

/// The networks' own objects, whichever network it is.
pub(super) fn of_any(network: Network) -> Vec<(Kind, Value)> {
    let pods = json!([{"cidr": "10.128.0.0/14", "hostPrefix": 23}]);
    let services = json!(["172.30.0.0/16"]);
    let config = json!({"clusterNetwork": pods, "serviceNetwork": services, "networkType": network.name()});
    let operator = json!({
        "managementState": "Managed", "clusterNetwork": pods, "serviceNetwork": services,
        "defaultNetwork": {"type": network.name()},
    });
    let named = |kind: Kind, name: &str| (kind, json!({"metadata": {"name": name}}));
    vec![
        named(kinds::NAMESPACE, "openshift-network-operator"),
        named(kinds::CLUSTER_OPERATOR, "network"),
        (CONFIG, json!({"metadata": {"name": "cluster"}, "spec": config, "status": config})),
        (OPERATOR, json!({"metadata": {"name": "cluster"}, "spec": operator})),
    ]
}

/// The objects of OVN-Kubernetes, whose masters, where it has any, know each other by `addresses`.
pub(super) fn of_ovn(version: Version, addresses: &[Ipv4Addr]) -> Vec<(Kind, Value)> {
    let node = ["ovn-controller", "ovnkube-node", "kube-rbac-proxy"].map(|name| container(name, ""));
    let mut all = vec![(kinds::NAMESPACE, json!({"metadata": {"name": NAMESPACE}}))];
    if is_per_node(version) {
        let (mut template, mut node) =
            (template(CONTROL_PLANE, &[container("ovnkube-cluster-manager", "")]), node.to_vec());
        template["spec"]["nodeSelector"] = control_plane();
        node.extend(["northd", "nbdb", "sbdb", "ovnkube-controller"].map(|name| container(name, "")));
        let spec = json!({
            "replicas": 2, "selector": {"matchLabels": {"app": CONTROL_PLANE}}, "template": template,
        });
        all.push((kinds::DEPLOYMENT, json!({"metadata": metadata(CONTROL_PLANE), "spec": spec})));
        all.push((kinds::DAEMON_SET, daemon_set(NODE, &node, &json!({}))));
    } else {
        all.push((kinds::DAEMON_SET, masters(addresses)));
        all.push((kinds::DAEMON_SET, daemon_set(NODE, &node, &json!({}))));
    }
    all
}

/// The daemon set of the masters that know each other by `addresses`.
pub(super) fn masters(addresses: &[Ipv4Addr]) -> Value {
    let all = |port: u16| {
        let each: Vec<String> = addresses.iter().map(|ip| format!("ssl:{ip}:{port}")).collect();
        each.join(",")
    };
    let (north, south) = (all(9641), all(9642));
    let dbs = format!("--nb-address {north} --sb-address {south}");
    let containers = [
        container("northd", &format!("exec ovn-northd --ovnnb-db {north} --ovnsb-db {south}")),
        container("nbdb", &format!("exec ovn-ctl run_nb_ovsdb --db-nb-cluster-remote {north}")),
        container("sbdb", &format!("exec ovn-ctl run_sb_ovsdb --db-sb-cluster-remote {south}")),
        container(MASTER, &format!("exec ovnkube --init-master {dbs}")),
    ];
    daemon_set(MASTER, &containers, &control_plane())
}

/// The addresses that a daemon set, or one of its pods, names.
pub(super) fn named(spec: &Value) -> Vec<Ipv4Addr> {
    let text = spec["containers"].to_string();
    let mut found: Vec<Ipv4Addr> =
        text.split("ssl:").skip(1).filter_map(|rest| rest.split(':').next()?.parse().ok()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn control_plane() -> Value {
    json!({"node-role.kubernetes.io/master": ""})
}

fn daemon_set(name: &str, containers: &[Value], selector: &Value) -> Value {
    let mut template = template(name, containers);
    template["spec"]["nodeSelector"] = selector.clone();
    json!({
        "metadata": metadata(name),
        "spec": {
            "selector": {"matchLabels": {"app": name}}, "updateStrategy": {"type": "OnDelete"}, "template": template,
        },
    })
}

fn metadata(name: &str) -> Value {
    json!({"name": name, "namespace": NAMESPACE, "labels": {"app": name}})
}

fn template(name: &str, containers: &[Value]) -> Value {
    json!({
        "metadata": {"labels": {"app": name, "component": "network", "type": "infra"}},
        "spec": {"hostNetwork": true, "containers": containers},
    })
}

fn container(name: &str, does: &str) -> Value {
    let image = format!("quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:{name}");
    json!({"name": name, "image": image, "command": ["/bin/bash", "-c", format!("set -xe; {does}")]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_masters_name_each_address_and_no_other() {
        let addresses = [Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 20)];
        assert_eq!(named(&masters(&addresses)["spec"]["template"]["spec"]), addresses);
        assert!(named(&json!({})).is_empty());
    }
}
