//! A kubelet whose certificates have expired: it asks for one to speak to the API as the bootstrapper, for one to be
//! spoken to as itself, and says that it is Ready when it has both. What is not answered it asks again, with a new key.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::Client;
use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use rcgen::KeyPair;
use serde_json::json;
use tokio::time::timeout;

use super::super::kinds::{CERTIFICATE_SIGNING_REQUEST as REQUEST, NODE};
use super::super::object::{Condition, condition, name, text, with_conditions};
use super::super::{Actor, Error, Key, Result};
use super::{Ask, ExpiredNode};
use crate::apiserver::Authority;
use crate::faults::mark_inhabitant;

/// How long a kubelet waits for an answer before it asks again, in life.
const PATIENCE: Duration = Duration::from_mins(15);
/// The shortest such wait on the machine's clock: whoever approves has to read first.
const SHORTEST: Duration = Duration::from_secs(15);
/// The pause before something that failed is tried again, on the machine's clock.
const PAUSE: Duration = Duration::from_millis(200);

/// How a node reaches the API.
pub struct Way {
    /// As the bootstrapper.
    pub bootstrap: Client,
    /// Where the API is.
    pub address: SocketAddr,
    /// Who vouches for it.
    pub authority: Authority,
}

pub(super) async fn live(actor: Actor, way: Way, node: ExpiredNode) {
    let ExpiredNode { name, address, key } = node;
    let (key, certificate) = to_speak(&actor, &way, &name, Some(key)).await;
    let Some((client, ..)) = to_be_spoken_to(&actor, &way, (&name, &address), (&key, &certificate)).await
    else {
        return;
    };
    while let Err(error) = say_ready(&client, &name).await {
        tracing::debug!(node = name, %error, "the node cannot say that it is Ready");
        tokio::time::sleep(PAUSE).await;
    }
    actor.record("is Ready", "both its certificates are good");
}

/// Asks, as the bootstrapper, until the node has a certificate to speak to the API with; gives its key and it (PEM).
pub(in crate::actors) async fn to_speak(
    actor: &Actor,
    way: &Way,
    node: &str,
    first: Option<KeyPair>,
) -> (KeyPair, String) {
    let found = obtain(actor, &way.bootstrap, &Ask::client(node), first).await;
    actor.record("speaks to the API again", "its client certificate was signed");
    found
}

/// Asks, as the node itself, until it has a certificate to be spoken to with, under its name and address.
///
/// Gives the node's client, and that certificate with its key; nothing where no client can be made of `own`, the key
/// and certificate (PEM) to speak with.
pub(in crate::actors) async fn to_be_spoken_to(
    actor: &Actor,
    way: &Way,
    (node, address): (&str, &str),
    own: (&KeyPair, &str),
) -> Option<(Client, KeyPair, String)> {
    let Ok(client) = way.client(own.1, own.0) else {
        actor.record("cannot use its certificate", "no client can be made of it");
        return None;
    };
    actor.dither(1.0, 10.0).await;
    let (key, certificate) = obtain(actor, &client, &Ask::serving(node, address), None).await;
    Some((client, key, certificate))
}

/// Asks until a certificate is there; gives it and its key.
async fn obtain(actor: &Actor, client: &Client, ask: &Ask, first: Option<KeyPair>) -> (KeyPair, String) {
    let mut first = first;
    loop {
        let key = first.take();
        match obtain_once(actor, client, ask, key).await {
            Ok(Some(found)) => return found,
            Ok(None) => {}
            Err(error) => {
                tracing::debug!(actor = actor.name(), %error, "a request came to nothing");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn obtain_once(
    actor: &Actor,
    client: &Client,
    ask: &Ask,
    key: Option<KeyPair>,
) -> Result<Option<(KeyPair, String)>> {
    let key = key.map_or_else(KeyPair::generate, Ok).map_err(Error::outside)?;
    let pem = ask.pem(&key).map_err(Error::outside)?;
    let object: DynamicObject = serde_json::from_value(ask.object(&pem)).map_err(Error::outside)?;
    let made = REQUEST.api(client.clone(), "").create(&PostParams::default(), &object).await?;
    actor.record(format!("posted {}", name(&made)), format!("it has no certificate of {}", ask.signer));
    let requests = actor.watch(&REQUEST).await;
    let key_of = Key::of(&made);
    let answered = requests.wait_for(&key_of, |request| {
        !text(request, "/status/certificate").is_empty()
            || ["Denied", "Failed"].iter().any(|kind| condition(request, kind) == "True")
    });
    let patience = actor.clock().scaled(PATIENCE).max(SHORTEST);
    let Ok(answer) = timeout(patience, answered).await else { return Ok(None) };
    let certificate = STANDARD.decode(text(&answer, "/status/certificate")).unwrap_or_default();
    if certificate.is_empty() {
        // It was refused: the kubelet asks again, after the pause that it makes in life.
        actor.dither(30.0, 60.0).await;
        return Ok(None);
    }
    Ok(String::from_utf8(certificate).ok().map(|certificate| (key, certificate)))
}

impl Way {
    /// A client that works with the certificate that the node was given.
    fn client(&self, certificate: &str, key: &KeyPair) -> Result<Client> {
        let url = format!("https://{}", self.address).parse().map_err(Error::outside)?;
        let mut config = kube::Config::new(url);
        config.root_cert = Some(vec![self.authority.certificate().to_vec()]);
        config.auth_info.client_certificate_data = Some(STANDARD.encode(certificate));
        config.auth_info.client_key_data = Some(STANDARD.encode(key.serialize_pem()).into());
        config.default_retry = false;
        mark_inhabitant(&mut config);
        Ok(Client::try_from(config)?)
    }
}

async fn say_ready(client: &Client, node: &str) -> Result<()> {
    let nodes = NODE.api(client.clone(), "");
    let known = nodes.get(node).await?;
    let ready = Condition::new("Ready", true, "KubeletReady", "kubelet is posting ready status");
    if let Some(conditions) = with_conditions(&known, &[ready]) {
        let patch = Patch::Merge(json!({"status": {"conditions": conditions}}));
        let params = PatchParams { field_manager: Some("kubelet".to_owned()), ..PatchParams::default() };
        nodes.patch_status(node, &params, &patch).await?;
    }
    Ok(())
}
