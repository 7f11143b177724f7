//! How a control plane is reached: services, the load balancer behind them, and routes.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::kinds::{ROUTE, SERVICE};
use super::super::object::{label, list, name, namespace, now, text};
use super::super::{Key, Result};
use super::ControlPlanes;

/// The service that stands behind every route of the control plane.
pub const ROUTER: &str = "router";
/// The service behind the private way to the control plane.
pub const PRIVATE_ROUTER: &str = "private-router";
/// The service of the API server.
pub const KUBE_APISERVER: &str = "kube-apiserver";
/// On routes that only the private network sees: external-dns leaves them alone.
pub const INTERNAL_LABEL: &str = "hypershift.openshift.io/internal-route";
/// The label of routes that the control plane's own router serves.
const PLANE_LABEL: &str = "hypershift.openshift.io/hosted-control-plane";

/// Each published service: its name in `spec.services`, its route, and the service and port behind it.
const PUBLISHED: &[(&str, &str, &str, u16)] = &[
    ("APIServer", "kube-apiserver", "kube-apiserver", 6443),
    ("OAuthServer", "oauth", "oauth-openshift", 6443),
    ("Konnectivity", "konnectivity-server", "konnectivity-server", 8091),
    ("Ignition", "ignition-server", "ignition-server", 443),
];

/// The services that stay inside the management cluster.
const INTERNAL: &[(&str, &str, u16)] = &[
    ("etcd-client", "etcd", 2379),
    ("etcd-discovery", "etcd", 2380),
    ("openshift-apiserver", "openshift-apiserver", 443),
    ("openshift-oauth-apiserver", "openshift-oauth-apiserver", 443),
];

/// The services of `plane`.
pub(super) fn services(plane: &DynamicObject) -> Vec<Value> {
    let namespace = namespace(plane);
    let service = |name: &str, app: &str, port: u16, kind: &str| {
        json!({
            "metadata": {"name": name, "namespace": namespace, "labels": {"app": app}},
            "spec": {
                "type": kind,
                "selector": {"app": app},
                "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
            },
        })
    };
    let has_host = !host_of(plane, "APIServer").is_empty();
    let mut all: Vec<_> =
        INTERNAL.iter().map(|(name, app, port)| service(name, app, *port, "ClusterIP")).collect();
    all.extend(PUBLISHED.iter().map(|(what, _, name, port)| {
        let own = *what == "APIServer" && !has_host && !is_private(plane);
        service(name, name, *port, if own { "LoadBalancer" } else { "ClusterIP" })
    }));
    if is_public(plane) {
        all.push(service(ROUTER, ROUTER, 443, "LoadBalancer"));
    }
    if is_private(plane) {
        let mut private = service(PRIVATE_ROUTER, ROUTER, 443, "LoadBalancer");
        private["metadata"]["annotations"] =
            json!({"service.beta.kubernetes.io/aws-load-balancer-internal": "true"});
        all.push(private);
    }
    all
}

/// The routes of `plane`: one for each service with a host name.
pub(super) fn routes(plane: &DynamicObject) -> Vec<Value> {
    let namespace = namespace(plane);
    let route = |route: &str, host: &str, service: &str, is_internal: bool| {
        let mut labels = json!({PLANE_LABEL: namespace});
        if is_internal {
            labels[INTERNAL_LABEL] = "true".into();
        }
        json!({
            "metadata": {"name": route, "namespace": namespace, "labels": labels},
            "spec": {
                "host": host,
                "to": {"kind": "Service", "name": service, "weight": 100},
                "tls": {"termination": "passthrough", "insecureEdgeTerminationPolicy": "None"},
                "wildcardPolicy": "None",
            },
        })
    };
    let mut all = Vec::new();
    for (what, name, service, _) in PUBLISHED {
        let host = host_of(plane, what);
        if is_public(plane) && !host.is_empty() {
            all.push(route(name, &host, service, false));
        }
        if is_private(plane) && *what == "APIServer" {
            let host = private_host(plane);
            all.push(route("kube-apiserver-internal", &host, service, true));
        }
    }
    all
}

/// The ends of the private link, where `plane` has one.
pub(super) fn endpoint_services(plane: &DynamicObject) -> Vec<Value> {
    if !is_private(plane) {
        return Vec::new();
    }
    vec![json!({
        "metadata": {"name": PRIVATE_ROUTER, "namespace": namespace(plane)},
        "spec": {"networkLoadBalancerName": format!("{}-private", text(plane, "/spec/infraID")), "resourceTags": []},
    })]
}

impl ControlPlanes {
    /// Says on each route which load balancer serves it, as the router does.
    pub(super) async fn admit_routes(&self, namespace: &str) -> Result<()> {
        let services = self.actor.watch(&SERVICE).await;
        let balancer =
            |name: &str| services.get(&Key::new(namespace, name)).map(|one| balancer_of(&one).to_owned());
        for route in self.actor.watch(&ROUTE).await.within(namespace) {
            let is_internal = label(&route, INTERNAL_LABEL).is_some();
            let behind = balancer(if is_internal { PRIVATE_ROUTER } else { ROUTER }).unwrap_or_default();
            if behind.is_empty() || text(&route, "/status/ingress/0/routerCanonicalHostname") == behind {
                continue;
            }
            let status = json!({"ingress": [{
                "host": text(&route, "/spec/host"),
                "routerName": ROUTER,
                "routerCanonicalHostname": behind,
                "wildcardPolicy": "None",
                "conditions": [{"type": "Admitted", "status": "True", "lastTransitionTime": now()}],
            }]});
            self.actor.patch_status(&ROUTE, &Key::of(&route), status).await?;
            self.actor.record(format!("admitted route {}", name(&route)), format!("served by {behind}"));
        }
        Ok(())
    }
}

/// The host name that `spec.services` gives to `service`, or an empty one.
pub(super) fn host_of(plane: &DynamicObject, service: &str) -> String {
    super::super::hypershift::service_host(plane, service)
}

/// The name that the API server has inside of the private network.
#[must_use]
pub fn private_host(plane: &DynamicObject) -> String {
    format!("api.{}.hypershift.local", super::super::object::name(plane))
}

/// The name by which the nodes find the API server: the private one where it has no other.
#[must_use]
pub fn api_host(plane: &DynamicObject) -> String {
    if !is_public(plane) {
        return private_host(plane);
    }
    match host_of(plane, "APIServer") {
        host if host.is_empty() => text(plane, "/status/controlPlaneEndpoint/host").to_owned(),
        host => host,
    }
}

/// The host name of the load balancer of `service`, or an empty one.
#[must_use]
pub fn balancer_of(service: &DynamicObject) -> &str {
    list(service, "/status/loadBalancer/ingress")
        .first()
        .and_then(|one| one["hostname"].as_str())
        .unwrap_or_default()
}

fn is_public(plane: &DynamicObject) -> bool {
    text(plane, "/spec/platform/aws/endpointAccess") != "Private"
}

fn is_private(plane: &DynamicObject) -> bool {
    matches!(text(plane, "/spec/platform/aws/endpointAccess"), "Private" | "PublicAndPrivate")
}
