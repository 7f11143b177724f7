//! A PKCS#10 request, taken apart without leaving anything out, its signature checked.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use sha2::{Digest as _, Sha256};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::cri_attributes::ParsedCriAttribute;
use x509_parser::error::X509Error;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name};

use super::armor::wrong;
use super::frame;
use crate::problem::Problem;

const COMMON_NAME: &str = "2.5.4.3";
const ORGANIZATION: &str = "2.5.4.10";
const ALTERNATIVE_NAMES: &str = "2.5.29.17";
const RSA: &str = "1.2.840.113549.1.1.1";
const ECDSA: &str = "1.2.840.10045.2.1";
const ED25519: &str = "1.3.101.112";

/// Everything that a request asks for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Request {
    /// The common names of the subject; one, where all is well.
    pub common_names: Vec<String>,
    /// The organizations of the subject, which a cluster takes for groups.
    pub organizations: Vec<String>,
    /// What else stands in the subject, as `2.5.4.6=DE`.
    pub other_subject: Vec<String>,
    /// The host names.
    pub dns_names: Vec<String>,
    /// The addresses.
    pub ip_addresses: Vec<String>,
    /// The mail addresses.
    pub emails: Vec<String>,
    /// The URIs.
    pub uris: Vec<String>,
    /// Alternative names of any other form.
    pub other_names: Vec<String>,
    /// The ids of extensions and attributes that are no alternative names.
    pub extensions: Vec<String>,
    /// The public key.
    pub key: Key,
}

/// The public key of a request.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Key {
    /// `RSA`, `ECDSA`, `Ed25519`, or the id of another algorithm.
    pub kind: String,
    /// Its length in bits, 0 where that is not known.
    pub bits: u32,
    /// The hash of the public key with its algorithm, in hexadecimal digits.
    pub sha256: String,
}

impl Request {
    /// Reads a request in DER.
    ///
    /// Errors: `invalid`.
    pub fn read(der: &[u8]) -> Result<Self, Problem> {
        let no_request = || wrong("is cut off or is no PKCS#10 request");
        if !frame::is_plain(der) {
            return Err(no_request());
        }
        let (rest, parsed) = X509CertificationRequest::from_der(der).map_err(|_| no_request())?;
        if !rest.is_empty() {
            return Err(wrong("is followed by other bytes"));
        }
        parsed.verify_signature().map_err(|error| match error {
            X509Error::SignatureUnsupportedAlgorithm => wrong("is signed in a way that is not supported"),
            _ => wrong("is not signed by its own key: who made it does not hold the private key"),
        })?;
        let info = &parsed.certification_request_info;
        let mut request = Self { key: Key::of(&info.subject_pki), ..Self::default() };
        request.take_subject(&info.subject)?;
        for attribute in info.iter_attributes() {
            match attribute.parsed_attribute() {
                ParsedCriAttribute::ExtensionRequest(asked) => {
                    for extension in &asked.extensions {
                        request
                            .take_extension(&extension.oid.to_id_string(), extension.parsed_extension())?;
                    }
                }
                _ => request.extensions.push(attribute.oid.to_id_string()),
            }
        }
        Ok(request)
    }

    fn take_subject(&mut self, subject: &X509Name<'_>) -> Result<(), Problem> {
        for attribute in subject.iter_attributes() {
            let id = attribute.attr_type().to_id_string();
            let value = attribute.as_str().map_err(|_| wrong("has a subject that is no plain text"))?;
            match id.as_str() {
                COMMON_NAME => self.common_names.push(value.to_owned()),
                ORGANIZATION => self.organizations.push(value.to_owned()),
                _ => self.other_subject.push(format!("{id}={value}")),
            }
        }
        Ok(())
    }

    fn take_extension(&mut self, id: &str, extension: &ParsedExtension<'_>) -> Result<(), Problem> {
        let names = match extension {
            ParsedExtension::SubjectAlternativeName(names) => &names.general_names,
            _ if id == ALTERNATIVE_NAMES => return Err(wrong("has alternative names that cannot be read")),
            _ => {
                self.extensions.push(id.to_owned());
                return Ok(());
            }
        };
        for name in names {
            match name {
                GeneralName::DNSName(name) => self.dns_names.push((*name).to_owned()),
                GeneralName::RFC822Name(name) => self.emails.push((*name).to_owned()),
                GeneralName::URI(name) => self.uris.push((*name).to_owned()),
                GeneralName::IPAddress(bytes) => match address(bytes) {
                    Some(address) => self.ip_addresses.push(address),
                    None => self.other_names.push(format!("an address of {} bytes", bytes.len())),
                },
                other => self.other_names.push(kind_of(other).to_owned()),
            }
        }
        Ok(())
    }
}

impl Key {
    fn of(info: &SubjectPublicKeyInfo<'_>) -> Self {
        let id = info.algorithm.algorithm.to_id_string();
        let bits = info.parsed().map_or(0, |key| key.key_size());
        let kind = match id.as_str() {
            RSA => "RSA".to_owned(),
            ECDSA => "ECDSA".to_owned(),
            ED25519 => "Ed25519".to_owned(),
            _ => id,
        };
        let digest = Sha256::digest(info.raw);
        let sha256 = digest.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        Self { kind, bits: u32::try_from(bits).unwrap_or(u32::MAX), sha256 }
    }
}

fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(four).to_string());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|sixteen| Ipv6Addr::from(sixteen).to_string())
}

fn kind_of(name: &GeneralName<'_>) -> &'static str {
    match name {
        GeneralName::DirectoryName(_) => "a directory name",
        GeneralName::RegisteredID(_) => "a registered id",
        GeneralName::OtherName(..) => "a name of another form",
        _ => "a name that cannot be read",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{
        CertificateParams, CustomExtension, DistinguishedName, DnType, KeyPair, OtherNameValue, SanType,
    };

    use super::*;

    fn params() -> CertificateParams {
        let mut subject = DistinguishedName::new();
        subject.push(DnType::OrganizationName, "system:nodes");
        subject.push(DnType::CommonName, "system:node:worker-1");
        let mut params = CertificateParams::default();
        params.distinguished_name = subject;
        params
    }

    fn der(params: &CertificateParams) -> Vec<u8> {
        params.serialize_request(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn a_kubelets_request_is_told_to_its_end() {
        let mut params = params();
        params.subject_alt_names = vec![
            SanType::DnsName("worker-1".try_into().unwrap()),
            SanType::IpAddress("10.0.0.7".parse().unwrap()),
            SanType::IpAddress("fd00::7".parse().unwrap()),
        ];
        let read = Request::read(&der(&params)).unwrap();
        assert_eq!(read.common_names, ["system:node:worker-1"]);
        assert_eq!(read.organizations, ["system:nodes"]);
        assert_eq!(read.dns_names, ["worker-1"]);
        assert_eq!(read.ip_addresses, ["10.0.0.7", "fd00::7"]);
        assert_eq!((read.key.kind.as_str(), read.key.bits, read.key.sha256.len()), ("ECDSA", 256, 64));
        assert!(read.other_subject.is_empty() && read.other_names.is_empty() && read.extensions.is_empty());
    }

    #[test]
    fn what_is_unusual_is_not_left_out() {
        let mut params = params();
        params.distinguished_name.push(DnType::CountryName, "DE");
        params.subject_alt_names = vec![
            SanType::Rfc822Name("a@example.com".try_into().unwrap()),
            SanType::URI("spiffe://x".try_into().unwrap()),
            SanType::OtherName((vec![1, 2, 3, 4], OtherNameValue::Utf8String("x".to_owned()))),
        ];
        params.custom_extensions = vec![CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0])];
        let read = Request::read(&der(&params)).unwrap();
        assert_eq!(read.other_subject, ["2.5.4.6=DE"]);
        assert_eq!((read.emails, read.uris), (vec!["a@example.com".into()], vec!["spiffe://x".to_owned()]));
        assert_eq!(read.other_names, ["a name of another form"]);
        assert_eq!(read.extensions, ["1.2.3.4"]);
    }

    #[test]
    fn a_request_that_was_altered_or_cut_is_refused() {
        let whole = der(&params());
        let name = whole.windows(8).position(|window| window == b"worker-1").unwrap();
        let mut altered = whole.clone();
        altered[name + 7] = b'2';
        let problem = Request::read(&altered).unwrap_err();
        assert!(problem.message.contains("not signed by its own key"), "{}", problem.message);
        let problem = Request::read(&whole[..whole.len() - 1]).unwrap_err();
        assert!(problem.message.contains("cut off"), "{}", problem.message);
        let problem = Request::read(&[vec![0x10], whole[1..].to_vec()].concat()).unwrap_err();
        assert!(problem.message.contains("no PKCS#10 request"), "{}", problem.message);
        let problem = Request::read(&[whole, vec![0]].concat()).unwrap_err();
        assert!(problem.message.contains("followed by other bytes"), "{}", problem.message);
    }

    /// The private class, constructed or not, in place of the tag at `at`.
    fn with_tags_changed(whole: &[u8], at: usize) -> impl Iterator<Item = Vec<u8>> {
        let others = [0x20_u8, 0x40, 0x80, 0xc0, 0xe0];
        let change = |flip| [&whole[..at], &[whole[at] ^ flip], &whole[at + 1..]].concat();
        others.map(change).into_iter()
    }

    #[test]
    fn what_no_signature_covers_has_its_usual_tags() {
        let whole = der(&params());
        // ecdsa-with-SHA256: the sequence, the id in it, and the signature after that.
        let algorithm = [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
        let at = whole.windows(algorithm.len()).position(|window| window == algorithm).unwrap();
        for tag in [0, at, at + 2, at + algorithm.len()] {
            for changed in with_tags_changed(&whole, tag) {
                assert!(Request::read(&changed).is_err(), "the tag at {tag} may be {:#x}", changed[tag]);
            }
        }
        let mut bits = whole;
        bits[at + algorithm.len() + 2] = 1;
        assert!(Request::read(&bits).is_err(), "a signature may be a number of bits that are no bytes");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = Request::read(&bytes);
        }

        #[test]
        fn no_change_of_a_good_request_makes_it_panic_or_passes(at in 0_usize..200, flip in 1_u8..=255) {
            let mut bytes = der(&params());
            let at = at % bytes.len();
            bytes[at] ^= flip;
            prop_assert!(Request::read(&bytes).is_err());
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}") {
            let _ = super::super::armor::open(&text).and_then(|der| Request::read(&der));
        }
    }
}
