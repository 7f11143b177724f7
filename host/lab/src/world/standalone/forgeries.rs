//! Requests of strangers: each is wrong in one way, and posted by who would post it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{Timestamp, ToSpan as _};
use kube::Client;
use kube::api::{DynamicObject, PostParams};
use rcgen::{BasicConstraints, DnType, IsCa, KeyPair};
use rustls::pki_types::CertificateSigningRequestDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use super::super::LabError;
use crate::actors::certificates::request::{dns, ip};
use crate::actors::certificates::{Ask, CLIENT_SIGNER, SERVING_SIGNER, bootstrapper, node_user};
use crate::actors::{kinds, object};
use crate::apiserver::{Store, User};
use crate::ground::GroundError;
use crate::scenario::Forgery;

/// A forged request that was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forged {
    /// Its name.
    pub name: String,
    /// What is wrong with it.
    pub forgery: Forgery,
}

/// The cluster whose nodes are to be forged, each with its address.
pub(in crate::world) struct Victims {
    /// The nodes that wait for certificates; the last one is who is played, the first whose names are taken.
    pub(in crate::world) waiting: Vec<(String, String)>,
    /// The nodes that are well.
    pub(in crate::world) well: Vec<(String, String)>,
    /// The key (PEM) of the first node's request.
    pub(in crate::world) used_key: String,
    /// The objects, where the API server is the lab's own.
    pub(in crate::world) store: Option<Store>,
}

/// Posts these forgeries, each by who would post it.
pub(in crate::world) async fn plant(
    forgeries: &[Forgery],
    victims: &Victims,
    client: impl Fn(&User) -> Result<Client, GroundError>,
) -> Result<Vec<Forged>, LabError> {
    let mut planted = Vec::new();
    for forgery in forgeries.iter().copied() {
        let (user, object) = made(forgery, victims).map_err(GroundError::of)?;
        let api = kinds::CERTIFICATE_SIGNING_REQUEST.api(client(&user)?, "");
        let object: DynamicObject = serde_json::from_value(object).map_err(GroundError::of)?;
        let posted = api.create(&PostParams::default(), &object).await.map_err(GroundError::of)?;
        let name = object::name(&posted).to_owned();
        if matches!(forgery, Forgery::VeryOld | Forgery::BrokenSignature) {
            let store = victims.store.as_ref().ok_or_else(|| {
                GroundError(format!("a real server takes no request such as {forgery:?} of anybody"))
            })?;
            if forgery == Forgery::VeryOld { age(store, &name)? } else { alter(store, &name)? }
        }
        planted.push(Forged { name, forgery });
    }
    Ok(planted)
}

/// Who posts it, and what.
fn made(forgery: Forgery, victims: &Victims) -> Result<(User, Value), rcgen::Error> {
    let nodes = &victims.waiting;
    let (Some((victim, victims_address)), Some((node, address))) = (nodes.first(), nodes.last()) else {
        return Err(rcgen::Error::CouldNotParseKeyPair);
    };
    let client = || Ask::client(node);
    let serving = || Ask::serving(node, address);
    let itself = || node_user(node);
    let key = KeyPair::generate()?;
    let simple = |user: User, ask: Ask| Ok((user, ask.object(&ask.pem(&key)?)));
    let with_names = |ask: Ask, more: Option<rcgen::SanType>| Ask {
        names: ask.names.iter().cloned().chain(more).collect(),
        ..ask
    };
    let groups = |groups: &[&str]| Ask {
        organizations: groups.iter().map(|&group| group.to_owned()).collect(),
        ..client()
    };
    match forgery {
        Forgery::WrongGroup => simple(bootstrapper(), groups(&["system:masters"])),
        Forgery::ExtraOrganization => simple(bootstrapper(), groups(&["system:nodes", "system:masters"])),
        Forgery::WrongName => simple(bootstrapper(), Ask { common_name: "system:admin".into(), ..client() }),
        Forgery::UnknownNode => simple(bootstrapper(), Ask::client("intruder")),
        Forgery::ReadyNode => {
            simple(bootstrapper(), Ask::client(victims.well.first().map_or("", |(name, _)| name)))
        }
        Forgery::WrongSigner => simple(
            bootstrapper(),
            client().signed_by("kubernetes.io/kube-apiserver-client", &["digital signature", "client auth"]),
        ),
        Forgery::WrongUsages => simple(
            bootstrapper(),
            client().signed_by(CLIENT_SIGNER, &["digital signature", "client auth", "server auth"]),
        ),
        Forgery::ClientWithNames => simple(bootstrapper(), with_names(client(), dns("api.hc.lab"))),
        Forgery::WrongRequestor => simple(User::service_account("default", "builder"), client()),
        Forgery::ServingByBootstrapper => simple(bootstrapper(), serving()),
        Forgery::NameOfAnotherNode => simple(itself(), Ask::serving(victim, victims_address)),
        Forgery::AddressOfAnotherNode => simple(itself(), with_names(serving(), ip(victims_address))),
        Forgery::ForeignName => simple(itself(), with_names(serving(), dns("api-int.hc.lab"))),
        Forgery::MailAddress => {
            let mail = "root@hc.lab".try_into().ok().map(rcgen::SanType::Rfc822Name);
            simple(itself(), with_names(serving(), mail))
        }
        Forgery::ServingUsages => simple(
            itself(),
            serving().signed_by(SERVING_SIGNER, &["digital signature", "server auth", "client auth"]),
        ),
        Forgery::ExtraSubject => {
            let mut params = client().params();
            params.distinguished_name.push(DnType::OrganizationalUnitName, "cluster-admins");
            Ok((bootstrapper(), client().object(&params.serialize_request(&key)?.pem()?)))
        }
        Forgery::Extension => {
            let mut params = client().params();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            Ok((bootstrapper(), client().object(&params.serialize_request(&key)?.pem()?)))
        }
        Forgery::TwoBlocks => {
            let pem = client().pem(&key)? + &groups(&["system:masters"]).pem(&key)?;
            Ok((bootstrapper(), client().object(&pem)))
        }
        Forgery::UsedKey => {
            let used = KeyPair::from_pem(&victims.used_key)?;
            Ok((bootstrapper(), client().object(&client().pem(&used)?)))
        }
        Forgery::VeryOld | Forgery::BrokenSignature => simple(bootstrapper(), client()),
    }
}

/// Breaks the signature of a request.
fn alter(store: &Store, name: &str) -> Result<(), LabError> {
    change(store, name, |object| {
        let pem = STANDARD.decode(object["spec"]["request"].as_str().unwrap_or_default()).unwrap_or_default();
        let Ok(der) = CertificateSigningRequestDer::from_pem_slice(&pem) else { return };
        let mut der = der.to_vec();
        // The signature is what comes last; its last byte is part of a number, so that the form stays whole.
        if let Some(last) = der.last_mut() {
            *last ^= 1;
        }
        let body = STANDARD.encode(der);
        let pem = format!("-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n");
        object["spec"]["request"] = STANDARD.encode(pem).into();
    })
}

/// Makes a request three days old, which no writer of the API can.
fn age(store: &Store, name: &str) -> Result<(), LabError> {
    let then = Timestamp::now().checked_sub(72.hours()).map_err(GroundError::of)?;
    let then = then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    change(store, name, |object| object["metadata"]["creationTimestamp"] = json!(then))
}

fn change(store: &Store, name: &str, change: impl FnOnce(&mut Value)) -> Result<(), LabError> {
    let changed = store.change("certificatesigningrequests.certificates.k8s.io", "", name, change);
    changed.map_err(|status| GroundError(status.message))?;
    Ok(())
}
