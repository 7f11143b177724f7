//! The `CustomResourceDefinition`s of the clusters that the lab plays, by group.

use std::sync::LazyLock;

use serde_json::Value;

use super::registry::DEFINITIONS;
use super::status::Status;
use super::store::Store;

/// The groups that a management cluster serves: everything.
pub const MANAGEMENT: &[&str] = &[
    "cluster.x-k8s.io",
    "config.openshift.io",
    "hypershift.openshift.io",
    "infrastructure.cluster.x-k8s.io",
    "machine.openshift.io",
    "operator.openshift.io",
    "route.openshift.io",
];

/// The groups that a hosted cluster serves: it has no machines and no operators of its control plane.
pub const HOSTED: &[&str] = &["config.openshift.io", "operator.openshift.io", "route.openshift.io"];

/// The groups that a standalone cluster serves.
pub const STANDALONE: &[&str] =
    &["config.openshift.io", "machine.openshift.io", "operator.openshift.io", "route.openshift.io"];

/// The groups that come with persistent storage: requests for credentials, and the Local Storage Operator.
pub const STORAGE: &[&str] = &["cloudcredential.openshift.io", "local.storage.openshift.io"];

const DOCUMENTS: &[&str] = &[
    include_str!("aws/awsclusters.yaml"),
    include_str!("aws/awsmachines.yaml"),
    include_str!("aws/awsmachinetemplates.yaml"),
    include_str!("cluster_api/clusters.yaml"),
    include_str!("cluster_api/machinedeployments.yaml"),
    include_str!("cluster_api/machinehealthchecks.yaml"),
    include_str!("cluster_api/machines.yaml"),
    include_str!("cluster_api/machinesets.yaml"),
    include_str!("hypershift/awsendpointservices.yaml"),
    include_str!("hypershift/hostedclusters.yaml"),
    include_str!("hypershift/hostedcontrolplanes.yaml"),
    include_str!("hypershift/nodepools.yaml"),
    include_str!("openshift/clusteroperators.yaml"),
    include_str!("openshift/clusterversions.yaml"),
    include_str!("openshift/credentialsrequests.yaml"),
    include_str!("openshift/etcds.yaml"),
    include_str!("openshift/infrastructures.yaml"),
    include_str!("openshift/kubeapiservers.yaml"),
    include_str!("openshift/kubecontrollermanagers.yaml"),
    include_str!("openshift/kubeschedulers.yaml"),
    include_str!("openshift/localvolumes.yaml"),
    include_str!("openshift/machines.yaml"),
    include_str!("openshift/machinesets.yaml"),
    include_str!("openshift/networks.yaml"),
    include_str!("openshift/operator_networks.yaml"),
    include_str!("openshift/proxies.yaml"),
    include_str!("openshift/routes.yaml"),
];

/// The definitions of these groups.
///
/// Errors: 500 if a definition is no YAML, which is a mistake of the lab.
pub fn definitions(groups: &[&str]) -> Result<Vec<Value>, Status> {
    // Every cluster of a lab asks for them.
    static PARSED: LazyLock<Result<Vec<Value>, String>> = LazyLock::new(|| {
        let parsed = DOCUMENTS.iter().map(|document| serde_saphyr::from_str(document));
        parsed.collect::<Result<_, _>>().map_err(|error| error.to_string())
    });
    let all = PARSED.as_ref().map_err(|why| Status::internal(format!("a definition of the lab: {why}")))?;
    let wanted = |definition: &&Value| groups.iter().any(|group| definition["spec"]["group"] == *group);
    Ok(all.iter().filter(wanted).cloned().collect())
}

/// Registers the definitions of these groups in a store; those that it has stay.
///
/// Errors: those of a create.
pub fn install(store: &Store, groups: &[&str]) -> Result<(), Status> {
    for definition in definitions(groups)? {
        let name = super::meta::name(&definition);
        if store.get(DEFINITIONS, "", name).is_none() {
            store.create(DEFINITIONS, "", definition)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_definition_makes_a_kind_and_ambiguous_names_stay_apart() {
        let store = Store::new();
        install(&store, MANAGEMENT).unwrap();
        let count = |groups| definitions(groups).unwrap().len();
        assert_eq!(count(MANAGEMENT) + count(STORAGE), DOCUMENTS.len());
        let versions = |resource| store.kind(resource).unwrap().versions.clone();
        assert_eq!(versions("machines.cluster.x-k8s.io"), ["v1beta2", "v1beta1"]);
        assert_eq!(versions("machines.machine.openshift.io"), ["v1beta1"]);
        assert_eq!(store.kind("hostedclusters.hypershift.openshift.io").unwrap().short_names, ["hc", "hcs"]);
    }
}
