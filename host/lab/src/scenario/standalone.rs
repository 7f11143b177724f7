//! A cluster that stands alone: its nodes, what has expired, and what strangers ask of it.

use serde::{Deserialize, Serialize};

/// A certificate signing request that must not be approved, posted by who would post it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    /// A client certificate of the masters' group.
    WrongGroup,
    /// The nodes' group, and the masters' besides.
    ExtraOrganization,
    /// A subject with more in it than name and group.
    ExtraSubject,
    /// A common name that is no node's.
    WrongName,
    /// A node that the cluster does not have.
    UnknownNode,
    /// A node that is Ready, and needs no certificate.
    ReadyNode,
    /// A signer that signs for any client.
    WrongSigner,
    /// A client certificate that is good for serving too.
    WrongUsages,
    /// A client certificate with host names.
    ClientWithNames,
    /// A client certificate, asked for by another service account.
    WrongRequestor,
    /// A serving certificate, asked for by the bootstrapper.
    ServingByBootstrapper,
    /// A serving certificate of one node, asked for by another.
    NameOfAnotherNode,
    /// A serving certificate with the address of another node.
    AddressOfAnotherNode,
    /// A serving certificate with a host name of the cluster's API.
    ForeignName,
    /// A serving certificate with a mail address.
    MailAddress,
    /// A serving certificate that is good for clients too.
    ServingUsages,
    /// The extension that makes a certificate an authority.
    Extension,
    /// A request that was altered after it was signed, as older servers took it. The lab's own server alone can hold
    /// one.
    BrokenSignature,
    /// Two requests in one text: which one is read depends on the reader.
    TwoBlocks,
    /// The key of another node's request.
    UsedKey,
    /// A request that nobody can be waiting for any more. The lab's own server alone can hold one.
    VeryOld,
}

impl Forgery {
    /// Every forgery.
    pub const ALL: [Self; 21] = [
        Self::WrongGroup,
        Self::ExtraOrganization,
        Self::ExtraSubject,
        Self::WrongName,
        Self::UnknownNode,
        Self::ReadyNode,
        Self::WrongSigner,
        Self::WrongUsages,
        Self::ClientWithNames,
        Self::WrongRequestor,
        Self::ServingByBootstrapper,
        Self::NameOfAnotherNode,
        Self::AddressOfAnotherNode,
        Self::ForeignName,
        Self::MailAddress,
        Self::ServingUsages,
        Self::Extension,
        Self::BrokenSignature,
        Self::TwoBlocks,
        Self::UsedKey,
        Self::VeryOld,
    ];
}

/// A cluster that stands alone. Its control plane has recovered; the certificates of its kubelets have expired.
///
/// ```
/// let text = r#"{"standalone": {"workers": 1, "forged_requests": ["unknown_node"]}}"#;
/// let scenario = drsh_lab::scenario::Scenario::from_json(text).unwrap();
/// assert_eq!(scenario.standalone.unwrap().control_plane, 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StandalonePlan {
    /// How many control plane nodes there are.
    pub control_plane: u32,
    /// How many workers there are.
    pub workers: u32,
    /// How many more workers there are whose certificates are good.
    pub healthy: u32,
    /// The nodes belong to machines, and the machine approver looks after their serving certificates.
    pub machine_approver: bool,
    /// How many nodes have left an earlier request that they no longer wait for.
    pub stale_requests: u32,
    /// What strangers ask for.
    pub forged_requests: Vec<Forgery>,
}

impl Default for StandalonePlan {
    fn default() -> Self {
        Self {
            control_plane: 3,
            workers: 3,
            healthy: 0,
            machine_approver: false,
            stale_requests: 1,
            forged_requests: vec![
                Forgery::ExtraOrganization,
                Forgery::UnknownNode,
                Forgery::AddressOfAnotherNode,
            ],
        }
    }
}

impl StandalonePlan {
    /// The names and addresses of the nodes whose certificates have expired: the control plane first.
    #[must_use]
    pub fn expired(&self) -> Vec<(String, String)> {
        let masters = (0..self.control_plane).map(|at| node("master", at, 10));
        masters.chain((0..self.workers).map(|at| node("worker", at, 20))).collect()
    }

    /// The names and addresses of the nodes that are well.
    #[must_use]
    pub fn well(&self) -> Vec<(String, String)> {
        (self.workers..self.workers + self.healthy).map(|at| node("worker", at, 20)).collect()
    }

    /// Refuses a cluster that cannot be.
    pub(super) fn check(&self) -> Result<(), String> {
        let (expired, all) = (self.control_plane + self.workers, self.workers + self.healthy);
        if self.control_plane == 0 || self.control_plane > 9 || all > 200 {
            return Err("standalone: 1 to 9 control plane nodes and at most 200 workers".to_owned());
        }
        if !self.forged_requests.is_empty() && expired < 2 {
            return Err("standalone: forged requests need at least two nodes".to_owned());
        }
        if self.forged_requests.contains(&Forgery::ReadyNode) && self.healthy == 0 {
            return Err("standalone: the forgery ready_node needs a node that is well (healthy)".to_owned());
        }
        Ok(())
    }
}

fn node(role: &str, at: u32, first: u32) -> (String, String) {
    (format!("{role}-{at}"), format!("10.0.{}.{}", first / 10 - 1, 10 + at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_has_an_address_of_its_own() {
        let plan = StandalonePlan { workers: 3, healthy: 2, ..StandalonePlan::default() };
        let nodes: Vec<_> = plan.expired().into_iter().chain(plan.well()).collect();
        let addresses: std::collections::BTreeSet<_> = nodes.iter().map(|(_, address)| address).collect();
        assert_eq!((nodes.len(), addresses.len()), (8, 8));
        assert_eq!(nodes[0], ("master-0".to_owned(), "10.0.0.10".to_owned()));
    }

    #[test]
    fn a_cluster_that_cannot_be_is_refused() {
        assert!(StandalonePlan::default().check().is_ok());
        assert!(StandalonePlan { control_plane: 0, ..StandalonePlan::default() }.check().is_err());
        let ready = StandalonePlan { forged_requests: vec![Forgery::ReadyNode], ..StandalonePlan::default() };
        assert!(ready.check().is_err());
    }
}
