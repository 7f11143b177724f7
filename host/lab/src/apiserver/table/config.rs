//! The columns of what applications are configured with: secrets, config maps, services, events.

use serde_json::Value;

use super::column::{AGE, Builtin, NAME, Row, text, wide};

/// The columns of a secret.
pub const SECRETS: &[Builtin] = &[
    NAME,
    text("Type", |row| row.at("/type").into()),
    text("Data", |row| row.entries(&["/data"]).into()),
    AGE,
];

/// The columns of a config map.
pub const CONFIG_MAPS: &[Builtin] =
    &[NAME, text("Data", |row| row.entries(&["/data", "/binaryData"]).into()), AGE];

/// The columns of a service.
pub const SERVICES: &[Builtin] = &[
    NAME,
    text("Type", |row| row.or("/spec/type", "ClusterIP")),
    text("Cluster-IP", |row| row.or_none("/spec/clusterIP")),
    text("External-IP", |row| external(row).into()),
    text("Port(s)", |row| ports(row).into()),
    AGE,
    wide("Selector", |row| row.selector("/spec/selector")),
];

/// The columns of an event.
pub const EVENTS: &[Builtin] = &[
    text("Last Seen", |row| match row.at("/lastTimestamp") {
        "" => row.age("/eventTime").into(),
        _ => row.age("/lastTimestamp").into(),
    }),
    text("Type", |row| row.at("/type").into()),
    text("Reason", |row| row.at("/reason").into()),
    text("Object", |row| {
        format!("{}/{}", row.at("/involvedObject/kind").to_lowercase(), row.at("/involvedObject/name")).into()
    }),
    text("Message", |row| row.at("/message").trim().into()),
    wide("Source", |row| row.at("/source/component").into()),
    wide("Count", |row| row.count("/count").to_string().into()),
    wide("Name", |row| row.at("/metadata/name").into()),
];

fn external(row: &Row) -> String {
    let mut found: Vec<&str> = row
        .list("/status/loadBalancer/ingress")
        .iter()
        .filter_map(|ingress| ingress["ip"].as_str().or_else(|| ingress["hostname"].as_str()))
        .collect();
    found.extend(row.list("/spec/externalIPs").iter().filter_map(Value::as_str));
    match (row.at("/spec/type"), found.is_empty()) {
        ("ExternalName", _) => row.at("/spec/externalName").to_owned(),
        (_, false) => found.join(","),
        ("LoadBalancer", true) => "<pending>".to_owned(),
        _ => "<none>".to_owned(),
    }
}

fn ports(row: &Row) -> String {
    let port = |port: &Value| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        match port["nodePort"].as_i64() {
            Some(node) if node != 0 => format!("{}:{node}/{protocol}", port["port"]),
            _ => format!("{}/{protocol}", port["port"]),
        }
    };
    let ports: Vec<_> = row.list("/spec/ports").iter().map(port).collect();
    if ports.is_empty() { "<none>".to_owned() } else { ports.join(",") }
}
