//! What a cluster holds, told by its API: the same question to either ground.

use std::collections::BTreeMap;

use drsh_lab::apiserver::User;
use drsh_lab::world::Lab;
use kube::api::{Api, DynamicObject, ListParams};
use kube::discovery::{Discovery, verbs};
use kube::{Client, Config};

/// Objects as JSON, by kind, namespace and name.
pub type Objects = BTreeMap<(String, String, String), serde_json::Value>;

/// What goes on by itself, and differs from one moment to the next.
const RESTLESS: &[&str] =
    &["Lease", "Event", "Endpoints", "EndpointSlice", "IPAddress", "StorageVersion", "APIService"];

/// The objects of a management cluster.
pub async fn of_management(lab: &Lab, side: &str) -> Objects {
    let management = if side == "source" { lab.source() } else { lab.destination() };
    of(management.server().client(&User::admin()).unwrap()).await
}

/// The objects of the hosted cluster, by its name, through the proxy, as the operator reaches it.
pub async fn of_hosted(lab: &Lab) -> Objects {
    let file = std::fs::read_to_string(&lab.description().hosted.kubeconfig).unwrap();
    let read = kube::config::Kubeconfig::from_yaml(&file).unwrap();
    let config =
        Config::from_custom_kubeconfig(read, &kube::config::KubeConfigOptions::default()).await.unwrap();
    of(Client::try_from(config).unwrap()).await
}

async fn of(client: Client) -> Objects {
    let discovery = Discovery::new(client.clone()).run_aggregated().await.unwrap();
    let mut found = Objects::new();
    for group in discovery.groups() {
        for (resource, capabilities) in group.recommended_resources() {
            let kind = resource.kind.clone();
            if !capabilities.supports_operation(verbs::LIST) || RESTLESS.contains(&kind.as_str()) {
                continue;
            }
            let api: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
            for object in api.list(&ListParams::default()).await.unwrap() {
                let key = (
                    format!("{kind}.{}", resource.group),
                    object.metadata.namespace.clone().unwrap_or_default(),
                    object.metadata.name.clone().unwrap_or_default(),
                );
                found.insert(key, serde_json::to_value(&object).unwrap());
            }
        }
    }
    found
}

/// The keys of objects that lie in `namespace`.
pub fn keys_in<'a>(objects: &'a Objects, namespace: &str) -> Vec<&'a (String, String, String)> {
    objects.keys().filter(|(_, place, _)| place == namespace).collect()
}
