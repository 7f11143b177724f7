//! The machine approver: approves serving requests of nodes that belong to a machine, by the machine's address.

use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer as _;

use super::super::kinds::CERTIFICATE_SIGNING_REQUEST as REQUEST;
use super::super::object::{condition, list, name, text};
use super::super::{Actor, Key, Kind, Next, Result, Watched, Work};
use super::SERVING_SIGNER;

/// The machines that the approver goes by.
const MACHINE: Kind = Kind::namespaced("machine.openshift.io", "v1beta1", "Machine", "machines");

pub(super) async fn live(actor: Actor) -> Result<()> {
    let requests = actor.watch(&REQUEST).await;
    let machines = actor.watch(&MACHINE).await;
    let work = Work::new();
    work.follow(&requests, |change| (!change.gone).then(|| name(&change.object).to_owned()));
    work.run(actor.clock(), |request: String| {
        let (actor, requests, machines) = (actor.clone(), requests.clone(), machines.clone());
        async move { look(&actor, &requests, &machines, &request).await }
    })
    .await
}

async fn look(actor: &Actor, requests: &Watched, machines: &Watched, request: &str) -> Result<Next> {
    let Some(known) = requests.get(&Key::new("", request)) else { return Ok(Next::Rest) };
    let is_open = text(&known, "/spec/signerName") == SERVING_SIGNER
        && ["Approved", "Denied"].iter().all(|kind| condition(&known, kind) != "True");
    let node = text(&known, "/spec/username").strip_prefix("system:node:").unwrap_or_default();
    let machine = machines.all().into_iter().find(|machine| text(machine, "/status/nodeRef/name") == node);
    let (true, Some(machine)) = (is_open, machine) else { return Ok(Next::Rest) };
    let addresses: Vec<&str> =
        list(&machine, "/status/addresses").iter().filter_map(|one| one["address"].as_str()).collect();
    let asked = names_in(text(&known, "/spec/request"));
    if asked.is_empty() || asked.iter().any(|address| !addresses.contains(&address.as_str())) {
        return Ok(Next::Rest);
    }
    actor.dither(2.0, 10.0).await;
    let conditions: Vec<Value> = vec![json!({
        "type": "Approved", "status": "True", "reason": "NodeCSRApprove",
        "message": "This CSR was approved by the Node CSR Approver",
    })];
    let patch = Patch::Merge(json!({"status": {"conditions": conditions}}));
    actor.api(&REQUEST, "").patch_subresource("approval", request, &PatchParams::default(), &patch).await?;
    actor.record(
        format!("approved {request}"),
        format!("its addresses are those of machine {}", name(&machine)),
    );
    Ok(Next::Rest)
}

/// The addresses and host names that a request in base64 asks for.
fn names_in(request: &str) -> Vec<String> {
    use base64::Engine as _;
    use rustls::pki_types::CertificateSigningRequestDer;
    use rustls::pki_types::pem::PemObject as _;

    let pem = base64::engine::general_purpose::STANDARD.decode(request).unwrap_or_default();
    let Ok(der) = CertificateSigningRequestDer::from_pem_slice(&pem) else { return Vec::new() };
    let Ok((_, parsed)) = X509CertificationRequest::from_der(&der) else { return Vec::new() };
    let mut found = Vec::new();
    for extension in parsed.requested_extensions().into_iter().flatten() {
        let ParsedExtension::SubjectAlternativeName(names) = extension else { continue };
        for name in &names.general_names {
            match name {
                GeneralName::IPAddress(bytes) => {
                    if let Ok(four) = <[u8; 4]>::try_from(*bytes) {
                        found.push(std::net::Ipv4Addr::from(four).to_string());
                    }
                }
                GeneralName::DNSName(host) => found.push((*host).to_owned()),
                // A name that no machine has.
                other => found.push(other.to_string()),
            }
        }
    }
    found
}
