//! Turns the variables of the documented shell env file into an environment.

use std::collections::BTreeMap;

use super::{BucketEntry, ClusterEntry, CredentialsEntry, Environment, FolderEntry, ZoneEntry};
use crate::problem::Problem;

/// What each documented variable becomes; those that become nothing say why.
const VARIABLES: &[(&str, &str)] = &[
    ("MGMT_KUBECONFIG", "clusters.source.kubeconfig"),
    ("MGMT2_KUBECONFIG", "clusters.destination.kubeconfig"),
    ("HC_KUBECONFIG", "clusters.hosted.kubeconfig"),
    ("BUCKET_NAME", "buckets.backup.bucket"),
    ("AWS_ZONE_ID", "zones.dns.id"),
    ("BACKUP_DIR", "folders.backup.path"),
    ("HC_CLUSTER_NS", "parameters.hosted_cluster_namespace"),
    ("HC_CLUSTER_NAME", "parameters.hosted_cluster_name"),
    ("MGMT_CLUSTER_NAME", "parameters.source_name"),
];

/// The documented variables that are not needed, and why.
const UNUSED: &[(&str, &str)] = &[
    ("SSH_KEY_FILE", "the key is in the secret that the hosted cluster refers to"),
    ("BASE_PATH", "paths stand in the environment file"),
    ("BASE_DOMAIN", "names are read from the hosted cluster"),
    ("PULL_SECRET_FILE", "the pull secret is in the secret that the hosted cluster refers to"),
    ("CONTROL_PLANE_AVAILABILITY_POLICY", "it is read from the hosted cluster"),
    ("HYPERSHIFT_PATH", "the hypershift program is not called"),
    ("HYPERSHIFT_CLI", "the hypershift program is not called"),
    ("HYPERSHIFT_IMAGE", "the hypershift program is not called"),
    ("NODE_POOL_REPLICAS", "replicas are read from the NodePools"),
    ("MGMT_REGION", "the bucket is asked for its region"),
    ("MGMT2_REGION", "the bucket is asked for its region"),
    ("MGMT_CLUSTER_NS", "only the hosted cluster's namespace is needed"),
    ("MGMT_CLUSTER_DIR", "paths stand in the environment file"),
    ("MGMT2_CLUSTER_NAME", "the cluster is pinned by its identity"),
    ("MGMT2_CLUSTER_NS", "only the hosted cluster's namespace is needed"),
    ("MGMT2_CLUSTER_DIR", "paths stand in the environment file"),
    ("HC_REGION", "the bucket is asked for its region"),
    ("HC_CLUSTER_DIR", "paths stand in the environment file"),
    ("EXTERNAL_DNS_DOMAIN", "host names are read from the hosted cluster"),
];

/// An environment made of shell variables, and what became of each of them.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The environment.
    pub environment: Environment,
    /// The variables that it does not need, with the reason, and those that nobody knows.
    pub left_out: Vec<String>,
}

/// Makes an environment of the variables of the file `name`.
///
/// Errors: `environment` with every variable that is missing or empty, and what it becomes.
pub fn import(variables: &BTreeMap<String, String>, name: &str) -> Result<Imported, Problem> {
    let missing: Vec<String> = VARIABLES
        .iter()
        .filter(|(variable, _)| value(variables, variable).is_none())
        .map(|(variable, key)| format!("{variable} is missing or empty: it becomes {key}"))
        .collect();
    if !missing.is_empty() {
        return Err(Problem::new(
            "environment",
            format!("{name} lacks what a migration needs:\n  {}", missing.join("\n  ")),
        )
        .hint(
            "add them to the file, or write the environment file by hand: scripts/environment.example.toml is one with comments",
        ));
    }
    let text = |variable: &str| value(variables, variable).unwrap_or_default();
    let cluster = |variable| ClusterEntry { kubeconfig: text(variable).into(), ..ClusterEntry::default() };
    let credentials = CredentialsEntry { file: value(variables, "AWS_CREDS").map(Into::into), profile: None };
    let parameter = |key: &str, variable| (key.to_owned(), toml::Value::String(text(variable)));
    let environment = Environment {
        name: text("HC_CLUSTER_NAME"),
        clusters: [
            ("source".to_owned(), cluster("MGMT_KUBECONFIG")),
            ("destination".to_owned(), cluster("MGMT2_KUBECONFIG")),
            ("hosted".to_owned(), cluster("HC_KUBECONFIG")),
        ]
        .into(),
        buckets: [(
            "backup".to_owned(),
            BucketEntry {
                bucket: text("BUCKET_NAME"),
                credentials: credentials.clone(),
                ..BucketEntry::default()
            },
        )]
        .into(),
        zones: [(
            "dns".to_owned(),
            ZoneEntry { id: text("AWS_ZONE_ID"), credentials, ..ZoneEntry::default() },
        )]
        .into(),
        folders: [(
            "backup".to_owned(),
            FolderEntry { path: text("BACKUP_DIR").into(), ..FolderEntry::default() },
        )]
        .into(),
        parameters: [
            parameter("hosted_cluster_namespace", "HC_CLUSTER_NS"),
            parameter("hosted_cluster_name", "HC_CLUSTER_NAME"),
            parameter("source_name", "MGMT_CLUSTER_NAME"),
        ]
        .into(),
        ..Environment::default()
    };
    Ok(Imported { environment, left_out: left_out(variables) })
}

fn value(variables: &BTreeMap<String, String>, name: &str) -> Option<String> {
    variables.get(name).filter(|text| !text.trim().is_empty()).cloned()
}

fn left_out(variables: &BTreeMap<String, String>) -> Vec<String> {
    let used = |name: &str| name == "AWS_CREDS" || VARIABLES.iter().any(|(known, _)| *known == name);
    variables
        .keys()
        .filter(|name| !used(name))
        .map(|name| match UNUSED.iter().find(|(known, _)| known == name) {
            Some((_, why)) => format!("{name} is not needed: {why}"),
            None => format!("{name} is unknown and left out"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_missing_is_said_at_once() {
        let variables = BTreeMap::from([
            ("BUCKET_NAME".to_owned(), "b".to_owned()),
            ("HC_CLUSTER_NS".to_owned(), " ".to_owned()),
        ]);
        let message = import(&variables, "env").unwrap_err().message;
        assert_eq!(message.lines().count(), 9, "{message}");
        assert!(
            message.contains(
                "HC_CLUSTER_NS is missing or empty: it becomes parameters.hosted_cluster_namespace"
            )
        );
    }

    #[test]
    fn the_imported_environment_reads_back_the_same() {
        let variables: BTreeMap<String, String> = VARIABLES
            .iter()
            .map(|(name, _)| ((*name).to_owned(), format!("v-{}", name.to_lowercase())))
            .collect();
        let imported = import(&variables, "env").unwrap();
        let text = toml::to_string(&imported.environment).unwrap();
        let back = Environment::parse(&text, std::path::Path::new("e.toml")).unwrap();
        assert_eq!(toml::to_string(&back).unwrap(), text);
        assert_eq!(back.zones["dns"].id, "v-aws_zone_id");
    }
}
