//! The controller that signs: approved requests of the signers of kubelets get their certificate, once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::api::DynamicObject;
use rcgen::ExtendedKeyUsagePurpose;
use serde_json::json;

use super::super::kinds::CERTIFICATE_SIGNING_REQUEST as REQUEST;
use super::super::object::{condition, name, text};
use super::super::{Actor, Key, Next, Result, Watched, Work};
use super::{CLIENT_SIGNER, SERVING_SIGNER};
use crate::apiserver::Authority;

pub(super) async fn live(actor: Actor, authority: Authority) -> Result<()> {
    let requests = actor.watch(&REQUEST).await;
    let work = Work::new();
    work.follow(&requests, |change| (!change.gone).then(|| name(&change.object).to_owned()));
    work.run(actor.clock(), |request: String| {
        let (actor, requests, authority) = (actor.clone(), requests.clone(), authority.clone());
        async move { look(&actor, &requests, &authority, &request).await }
    })
    .await
}

async fn look(actor: &Actor, requests: &Watched, authority: &Authority, request: &str) -> Result<Next> {
    let key = Key::new("", request);
    let Some(known) = requests.get(&key) else { return Ok(Next::Rest) };
    let purpose = match text(&known, "/spec/signerName") {
        CLIENT_SIGNER => ExtendedKeyUsagePurpose::ClientAuth,
        SERVING_SIGNER => ExtendedKeyUsagePurpose::ServerAuth,
        _ => return Ok(Next::Rest),
    };
    let is_open = condition(&known, "Approved") == "True"
        && condition(&known, "Failed") != "True"
        && text(&known, "/status/certificate").is_empty();
    if !is_open {
        return Ok(Next::Rest);
    }
    actor.dither(1.0, 5.0).await;
    match authority.sign(&pem_of(&known), purpose) {
        Ok(certificate) => {
            actor.patch_status(&REQUEST, &key, json!({"certificate": STANDARD.encode(certificate)})).await?;
            actor.record(format!("signed {request}"), "it was approved");
        }
        Err(error) => {
            let mut conditions = known.data["status"]["conditions"].as_array().cloned().unwrap_or_default();
            conditions.push(json!({
                "type": "Failed", "status": "True", "reason": "SignerValidationFailure",
                "message": error.to_string(),
            }));
            actor.patch_status(&REQUEST, &key, json!({"conditions": conditions})).await?;
            actor.record(format!("did not sign {request}"), error.to_string());
        }
    }
    Ok(Next::Rest)
}

fn pem_of(request: &DynamicObject) -> String {
    let bytes = STANDARD.decode(text(request, "/spec/request")).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}
