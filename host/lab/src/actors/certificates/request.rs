//! Certificate signing requests as kubelets make them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType};
use serde_json::{Value, json};

/// Who signs the certificates that kubelets show to the API.
pub const CLIENT_SIGNER: &str = "kubernetes.io/kube-apiserver-client-kubelet";
/// Who signs the certificates that kubelets serve with.
pub const SERVING_SIGNER: &str = "kubernetes.io/kubelet-serving";

/// The OID of an organization, for the second one: rcgen keeps one value for each type it knows.
const ORGANIZATION: [u64; 4] = [2, 5, 4, 10];

/// What a certificate is asked for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The common name.
    pub common_name: String,
    /// The organizations; at most two.
    pub organizations: Vec<String>,
    /// The alternative names.
    pub names: Vec<SanType>,
    /// The signer.
    pub signer: String,
    /// What it is to be good for.
    pub usages: Vec<String>,
}

impl Ask {
    /// What a kubelet asks for to speak to the API.
    #[must_use]
    pub fn client(node: &str) -> Self {
        Self {
            common_name: format!("system:node:{node}"),
            organizations: vec!["system:nodes".to_owned()],
            names: Vec::new(),
            signer: CLIENT_SIGNER.to_owned(),
            usages: ["digital signature", "client auth"].map(str::to_owned).to_vec(),
        }
    }

    /// What a kubelet asks for to be spoken to, under its name and address.
    #[must_use]
    pub fn serving(node: &str, address: &str) -> Self {
        Self { names: [dns(node), ip(address)].into_iter().flatten().collect(), ..Self::client(node) }
            .signed_by(SERVING_SIGNER, &["digital signature", "server auth"])
    }

    /// The same, of another signer and for other usages.
    #[must_use]
    pub fn signed_by(self, signer: &str, usages: &[&str]) -> Self {
        Self {
            signer: signer.to_owned(),
            usages: usages.iter().map(|&usage| usage.to_owned()).collect(),
            ..self
        }
    }

    /// The parameters of the request.
    #[must_use]
    pub fn params(&self) -> CertificateParams {
        let mut subject = DistinguishedName::new();
        let kinds = [DnType::OrganizationName, DnType::CustomDnType(ORGANIZATION.to_vec())];
        for (kind, organization) in kinds.into_iter().zip(&self.organizations) {
            subject.push(kind, organization.clone());
        }
        subject.push(DnType::CommonName, self.common_name.clone());
        let mut params = CertificateParams::default();
        params.distinguished_name = subject;
        params.subject_alt_names.clone_from(&self.names);
        params
    }

    /// The request in PEM, signed by `key`.
    pub fn pem(&self, key: &KeyPair) -> Result<String, rcgen::Error> {
        self.params().serialize_request(key)?.pem()
    }

    /// The object that asks the API server, of this PEM; the server makes its name.
    #[must_use]
    pub fn object(&self, pem: &str) -> Value {
        json!({
            "apiVersion": "certificates.k8s.io/v1",
            "kind": "CertificateSigningRequest",
            "metadata": {"generateName": "csr-"},
            "spec": {"request": STANDARD.encode(pem), "signerName": self.signer, "usages": self.usages},
        })
    }
}

/// A host name, as an alternative name; none where it cannot be one.
#[must_use]
pub fn dns(name: &str) -> Option<SanType> {
    name.try_into().ok().map(SanType::DnsName)
}

/// An address, as an alternative name; none where it cannot be one.
#[must_use]
pub fn ip(address: &str) -> Option<SanType> {
    address.parse().ok().map(SanType::IpAddress)
}
