//! The world at one moment, as plain data: what a test compares.

use std::collections::BTreeMap;

use drsh_lab::apiserver::Store;
use drsh_lab::aws::route53::Record;
use drsh_lab::cloud::Instance;
use drsh_lab::world::Lab;
use serde_json::Value;

/// The objects of one management cluster, by kind, namespace and name.
pub type Objects = BTreeMap<(String, String, String), Value>;

/// The world at one moment.
pub struct Image {
    pub source: Objects,
    pub destination: Objects,
    /// Record sets as `type name values alias`.
    pub records: Vec<String>,
    pub instances: Vec<Instance>,
}

impl Image {
    pub fn of(lab: &Lab) -> Self {
        let spoken = |one: Record| format!("{} {} {:?} {:?}", one.kind, one.name, one.values, one.alias);
        Self {
            source: objects_of(&lab.source().store().unwrap()),
            destination: objects_of(&lab.destination().store().unwrap()),
            records: lab.records().into_iter().map(spoken).collect(),
            instances: lab.cloud().instances(),
        }
    }
}

/// The objects of a store, at this moment.
pub fn objects_of(store: &Store) -> Objects {
    let mut found = Objects::new();
    collect(&serde_json::from_slice(&store.export()).unwrap(), &mut found);
    found
}

/// Finds the objects in an exported store, whatever they are nested in.
fn collect(value: &Value, found: &mut Objects) {
    let metadata = &value["metadata"];
    if let (Some(kind), Some(name)) = (value["kind"].as_str(), metadata["name"].as_str()) {
        let version = value["apiVersion"].as_str().unwrap_or_default();
        let group = version.rsplit_once('/').map_or("", |(group, _)| group);
        let kind = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
        let namespace = metadata["namespace"].as_str().unwrap_or_default().to_owned();
        found.insert((kind, namespace, name.to_owned()), value.clone());
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => fields.values().for_each(|item| collect(item, found)),
        _ => {}
    }
}

/// Takes fields out wherever they stand: what changes by itself, while somebody looks.
#[allow(dead_code, reason = "the suites share the kit, and not all compare everything")]
pub fn quieten(value: &mut Value, restless: &[&str]) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !restless.contains(&name.as_str()));
            fields.values_mut().for_each(|field| quieten(field, restless));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| quieten(item, restless)),
        _ => {}
    }
}

/// The names of the objects of one kind (`Machine.cluster.x-k8s.io`) in one namespace.
pub fn names_of<'a>(objects: &'a Objects, kind: &str, namespace: &str) -> Vec<&'a str> {
    let those = objects.keys().filter(|(its, place, _)| its == kind && place == namespace);
    those.map(|(_, _, name)| name.as_str()).collect()
}

/// The objects of one namespace as one text each, to be compared byte for byte.
pub fn own_text(objects: &Objects, belongs: impl Fn(&str, &str, &str) -> bool) -> BTreeMap<String, String> {
    let those = objects.iter().filter(|((kind, namespace, name), _)| belongs(kind, namespace, name));
    let text = |((kind, namespace, name), object): (&(String, String, String), &Value)| {
        (format!("{kind} {namespace}/{name}"), object.to_string())
    };
    those.map(text).collect()
}
