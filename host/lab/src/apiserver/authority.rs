//! The certificate authority of a lab: its servers and its users get their certificates from it.

use std::sync::Arc;

use jiff::{Span, Timestamp, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::identity::User;

/// The OID of an organization, for the second one: rcgen keeps one value for each type it knows.
const ORGANIZATION: [u64; 4] = [2, 5, 4, 10];

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The parameters did not make a certificate, such as a hostname that is none.
    #[error("cannot make the certificate of {subject}: {source}")]
    Certificate {
        /// Whose certificate it was to be.
        subject: String,
        /// What rcgen says.
        source: rcgen::Error,
    },
    /// A text is not the PEM of an authority's certificate or key.
    #[error("this is not an authority: {reason}")]
    Unreadable {
        /// Which part, and what is wrong with it.
        reason: String,
    },
    /// A certificate of the lab carries at most two groups.
    #[error("user {user} has {count} groups; a client certificate of the lab carries at most 2")]
    Groups {
        /// The user.
        user: String,
        /// How many groups the user has.
        count: usize,
    },
}

/// A certificate authority with its key in memory. Clones are the same authority.
#[derive(Clone)]
pub struct Authority {
    issuer: Arc<Issuer<'static, KeyPair>>,
    der: CertificateDer<'static>,
    pem: Arc<str>,
}

/// A certificate and its private key.
pub struct Credentials {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    /// Makes an authority of this name with a key of its own.
    pub fn new(name: &str) -> Result<Self, AuthorityError> {
        let failed = |source| AuthorityError::Certificate { subject: name.to_owned(), source };
        let params = authority_params(name).map_err(failed)?;
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.self_signed(&key).map_err(failed)?;
        Ok(Self {
            der: certificate.der().clone(),
            pem: certificate.pem().into(),
            issuer: Arc::new(Issuer::new(params, key)),
        })
    }

    /// Makes the authority that a certificate and its private key, both in PEM, are those of.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, AuthorityError> {
        let der = CertificateDer::from_pem_slice(certificate.as_bytes())
            .map_err(|error| AuthorityError::Unreadable { reason: format!("certificate: {error}") })?;
        let name = User::of_certificate(&der).map(|subject| subject.name);
        let name =
            name.ok_or_else(|| AuthorityError::Unreadable { reason: "certificate: no name".to_owned() })?;
        let failed = |source| AuthorityError::Certificate { subject: name.clone(), source };
        let key = KeyPair::from_pem(key).map_err(failed)?;
        let issuer = Arc::new(Issuer::new(authority_params(&name).map_err(failed)?, key));
        Ok(Self { issuer, der, pem: certificate.into() })
    }

    /// The authority's private key, in PEM.
    #[must_use]
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// The authority's own certificate, in PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The authority's own certificate, in DER.
    #[must_use]
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.der.clone()
    }

    /// Issues a server's certificate, good for loopback and for `hostnames`.
    pub fn issue_server(&self, name: &str, hostnames: &[String]) -> Result<Credentials, AuthorityError> {
        let mut names = vec!["127.0.0.1".to_owned(), "::1".to_owned(), "localhost".to_owned()];
        names.extend(hostnames.iter().filter(|hostname| *hostname != "localhost").cloned());
        let mut params = CertificateParams::new(names)
            .map_err(|source| AuthorityError::Certificate { subject: name.to_owned(), source })?;
        params.distinguished_name = common_name(name);
        self.issue(name, params, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// Issues a user's certificate: the name is its common name, the groups (at most two) its organizations.
    pub fn issue_client(&self, user: &User) -> Result<Credentials, AuthorityError> {
        let mut subject = common_name(&user.name);
        let kinds = [DnType::OrganizationName, DnType::CustomDnType(ORGANIZATION.to_vec())];
        if user.groups.len() > kinds.len() {
            return Err(AuthorityError::Groups { user: user.name.clone(), count: user.groups.len() });
        }
        for (kind, group) in kinds.into_iter().zip(&user.groups) {
            subject.push(kind, group.clone());
        }
        let mut params = CertificateParams::default();
        params.distinguished_name = subject;
        self.issue(&user.name, params, ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// Signs a request (PEM) as it stands, for this purpose; gives the certificate, in PEM.
    ///
    /// Errors: the request cannot be read, or its own signature is wrong.
    pub fn sign(&self, request: &str, usage: ExtendedKeyUsagePurpose) -> Result<String, AuthorityError> {
        let failed = |source| AuthorityError::Certificate { subject: "a signing request".to_owned(), source };
        let mut asked = CertificateSigningRequestParams::from_pem(request).map_err(failed)?;
        asked.params = valid_now(asked.params);
        asked.params.is_ca = IsCa::ExplicitNoCa;
        asked.params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        asked.params.extended_key_usages = vec![usage];
        asked.params.use_authority_key_identifier_extension = true;
        Ok(asked.signed_by(&self.issuer).map_err(failed)?.pem())
    }

    fn issue(
        &self,
        subject: &str,
        params: CertificateParams,
        usage: ExtendedKeyUsagePurpose,
    ) -> Result<Credentials, AuthorityError> {
        let failed = |source| AuthorityError::Certificate { subject: subject.to_owned(), source };
        let mut params = valid_now(params);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        Ok(Credentials { certificate, key })
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl Credentials {
    /// The certificate, in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        self.certificate.pem()
    }

    /// The private key, in PEM.
    #[must_use]
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// The certificate, as rustls takes it.
    #[must_use]
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.der().clone()
    }

    /// The private key, as rustls takes it.
    #[must_use]
    pub fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

fn authority_params(name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = valid_now(CertificateParams::new(Vec::new())?);
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages =
        vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    Ok(params)
}

fn common_name(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

/// From yesterday, because clocks differ, for about ten years.
fn valid_now(mut params: CertificateParams) -> CertificateParams {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let date = |span: Span| {
        let date = today.saturating_add(span);
        let month = date.month().unsigned_abs();
        rcgen::date_time_ymd(i32::from(date.year()), month, date.day().unsigned_abs())
    };
    params.not_before = date(Span::new().days(-1));
    params.not_after = date(Span::new().days(3650));
    params
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_certificate_carries_the_user_and_both_groups() {
        let authority = Authority::new("lab").unwrap();
        let user = User::new("ada", ["system:masters", "readers"]);
        let issued = authority.issue_client(&user).unwrap();
        assert_eq!(User::of_certificate(&issued.certificate()), Some(user));
    }

    #[test]
    fn an_authority_read_back_from_its_pem_vouches_for_the_same_certificates() {
        let first = Authority::new("root-ca").unwrap();
        let second = Authority::from_pem(first.pem(), &first.key_pem()).unwrap();
        assert_eq!(second.pem(), first.pem());
        let issued = second.issue_server("api", &["api-demo.hc.lab".to_owned()]).unwrap();
        let (der, root) = (issued.certificate(), first.certificate());
        let (_, issued) = x509_parser::parse_x509_certificate(&der).unwrap();
        let (_, root) = x509_parser::parse_x509_certificate(&root).unwrap();
        assert_eq!(issued.issuer(), root.subject());
    }

    #[test]
    fn a_third_group_is_refused_by_name() {
        let authority = Authority::new("lab").unwrap();
        let error = authority.issue_client(&User::new("ada", ["a", "b", "c"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "user ada has 3 groups; a client certificate of the lab carries at most 2"
        );
    }

    #[test]
    fn a_name_that_is_no_hostname_is_refused() {
        let authority = Authority::new("lab").unwrap();
        assert!(authority.issue_server("api", &["ünicode".to_owned()]).is_err());
    }

    #[test]
    fn no_key_is_shown_when_credentials_are_printed() {
        let authority = Authority::new("lab").unwrap();
        let issued = authority.issue_server("api", &[]).unwrap();
        assert_eq!(format!("{issued:?}"), "Credentials { .. }");
    }
}
