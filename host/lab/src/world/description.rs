//! What a client of a lab has to know: names, endpoints and files.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::dns::Proxy;
use crate::ground;
use crate::scenario::{Scenario, objects};

/// A cluster and the file with which it is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Access {
    /// The cluster's name in the lab.
    pub name: String,
    /// The kubeconfig of a user who may do everything.
    pub kubeconfig: PathBuf,
}

/// S3 and Route53, and what they are asked with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Aws {
    /// The credentials file.
    pub credentials_file: PathBuf,
    /// The profile in it.
    pub profile: String,
    /// The certificates (PEM) that vouch for both endpoints.
    pub ca_file: PathBuf,
    /// The region of the clusters.
    pub region: String,
    /// The endpoint of S3.
    pub s3_endpoint: String,
    /// The endpoint of Route53.
    pub route53_endpoint: String,
    /// The bucket for snapshots.
    pub bucket: String,
    /// The bucket's region.
    pub bucket_region: String,
    /// The id of the zone.
    pub zone_id: String,
    /// The name of the zone, without a final dot.
    pub domain: String,
}

/// The hosted cluster that the practice is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostedCluster {
    /// The namespace of the `HostedCluster`.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The namespace of its control plane.
    pub control_plane_namespace: String,
    /// The host name of its API.
    pub api_host: String,
    /// Its infrastructure id.
    pub infra_id: String,
    /// Its release.
    pub release: String,
    /// The names of its node pools.
    pub node_pools: Vec<String>,
    /// The nodes of all pools together.
    pub replicas: u32,
}

/// What a client of a lab has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    /// The folder with all files.
    pub folder: PathBuf,
    /// The management cluster that the hosted cluster lives on.
    pub source: Access,
    /// The management cluster that it is to move to.
    pub destination: Access,
    /// The hosted cluster's own API, by its name in DNS and through the proxy.
    pub hosted: Access,
    /// The hosted cluster.
    pub hosted_cluster: HostedCluster,
    /// The cloud.
    pub aws: Aws,
    /// The HTTP proxy that resolves the hosted cluster's name.
    pub proxy_url: String,
}

impl Description {
    pub(super) fn new(scenario: &Scenario, folder: &Path, outside: &ground::Cloud, proxy: &Proxy) -> Self {
        let plan = &scenario.hosted_cluster;
        let access = |name: &str| Access {
            name: name.to_owned(),
            kubeconfig: folder.join(format!("{name}.kubeconfig")),
        };
        Self {
            folder: folder.to_owned(),
            source: access("source"),
            destination: access("destination"),
            hosted: access("hosted"),
            hosted_cluster: HostedCluster {
                namespace: plan.namespace.clone(),
                name: plan.name.clone(),
                control_plane_namespace: plan.control_plane_namespace(),
                api_host: plan.api_hostname(&scenario.domain),
                infra_id: objects::infra_id(plan, scenario, "source"),
                release: plan.release.clone(),
                node_pools: plan.node_pools.iter().map(|pool| pool.name.clone()).collect(),
                replicas: plan.replicas(),
            },
            aws: Aws {
                credentials_file: folder.join("aws-credentials"),
                profile: "lab".to_owned(),
                ca_file: folder.join("cloud-ca.pem"),
                region: scenario.region.clone(),
                s3_endpoint: outside.s3_endpoint.clone(),
                route53_endpoint: outside.route53_endpoint.clone(),
                bucket: scenario.bucket.clone(),
                bucket_region: scenario.bucket_region.clone(),
                zone_id: outside.zone.id().to_owned(),
                domain: scenario.domain.clone(),
            },
            proxy_url: proxy.url(),
        }
    }
}
