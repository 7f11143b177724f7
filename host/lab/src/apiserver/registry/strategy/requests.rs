//! Certificate signing requests: what may be asked for, and who may decide what about one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer as _;

use super::super::{Part, Target};
use crate::apiserver::access::{self, Attempt};
use crate::apiserver::meta;
use crate::apiserver::status::{Cause, Status};
use crate::apiserver::store::State;

/// The kind, as resources are named.
pub const RESOURCE: &str = "certificatesigningrequests.certificates.k8s.io";

/// Conditions that decide about a request: each stands on True or is not there, and none is taken back.
const DECISIONS: [&str; 3] = ["Approved", "Denied", "Failed"];

/// What a certificate can be for.
const USAGES: [&str; 23] = [
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
];

/// Says who asks, whatever the request claims, and that nobody has decided.
pub fn prepare_create(target: &Target, object: &mut Value) {
    object["status"] = json!({});
    meta::set(object, "spec", "username", target.user.name.clone().into());
    meta::set(object, "spec", "groups", json!(target.user.groups));
    for field in ["uid", "extra"] {
        meta::set(object, "spec", field, Value::Null);
    }
}

/// Keeps what was asked for, and says when a condition was written.
pub fn prepare_update(old: &Value, object: &mut Value) {
    object["spec"] = old["spec"].clone();
    let known = conditions(old).to_vec();
    let list = object.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
    for condition in list.into_iter().flatten().filter(|condition| condition.is_object()) {
        let same = |one: &&Value| one["type"] == condition["type"] && one["status"] == condition["status"];
        let since = known.iter().find(same).map(|one| one["lastTransitionTime"].clone());
        if condition["lastUpdateTime"].is_null() {
            condition["lastUpdateTime"] = meta::now().into();
        }
        if condition["lastTransitionTime"].is_null() {
            condition["lastTransitionTime"] = since.unwrap_or_else(|| meta::now().into());
        }
    }
}

/// Says what is wrong with a request, whatever was written.
pub fn validate(old: Option<&Value>, object: &Value, causes: &mut Vec<Cause>) {
    let spec = &object["spec"];
    let request = spec["request"].as_str().unwrap_or_default();
    if let Some(why) = unreadable(request, old.is_none()) {
        let shown = if request.is_empty() { "null".to_owned() } else { format!("\"{request}\"") };
        let message = format!("Invalid value: {shown}: {why}");
        causes.push(Cause::new("FieldValueInvalid", "spec.request", message));
    }
    usages(spec, causes);
    let signer = spec["signerName"].as_str().unwrap_or_default();
    if signer.is_empty() {
        causes.push(Cause::new("FieldValueRequired", "spec.signerName", "Required value"));
    } else if signer.split('/').count() != 2 {
        let message = format!(
            "Invalid value: \"{signer}\": must be a fully qualified domain and path of the form 'example.com/signer-name'"
        );
        causes.push(Cause::new("FieldValueInvalid", "spec.signerName", message));
    }
    if let Some(life) = spec["expirationSeconds"].as_i64().filter(|life| *life < 600) {
        let message =
            format!("Invalid value: {life}: may not specify a duration less than 600 seconds (10 minutes)");
        causes.push(Cause::new("FieldValueInvalid", "spec.expirationSeconds", message));
    }
    check_conditions(conditions(object), causes);
    let certificate = object.pointer("/status/certificate").and_then(Value::as_str).unwrap_or_default();
    let is_certificate = || {
        let pem = STANDARD.decode(certificate).unwrap_or_default();
        CertificateDer::from_pem_slice(&pem)
            .is_ok_and(|der| x509_parser::parse_x509_certificate(&der).is_ok())
    };
    if !certificate.is_empty() && !is_certificate() {
        let message = "Invalid value: \"<certificate data>\": certificate block type must be CERTIFICATE";
        causes.push(Cause::new("FieldValueInvalid", "status.certificate", message));
    }
}

/// Says what a write may not do to the conditions and to the certificate.
pub fn validate_change(part: Part, old: &Value, object: &Value, causes: &mut Vec<Cause>) {
    let of = |object: &Value, kind: &str| -> Vec<Value> {
        conditions(object).iter().filter(|one| one["type"] == kind).cloned().collect()
    };
    let mut forbid = |field: &str, message: String| {
        causes.push(Cause::new("FieldValueForbidden", field, format!("Forbidden: {message}")));
    };
    for kind in DECISIONS {
        let (before, after) = (of(old, kind), of(object, kind));
        if after.len() < before.len() {
            forbid("status.conditions", format!("updates may not remove a condition of type \"{kind}\""));
        } else if part == Part::Approval || kind == "Failed" {
            // Decisions come and change here, and whoever signs may tell that it failed.
        } else if after.len() > before.len() {
            forbid("status.conditions", format!("updates may not add a condition of type \"{kind}\""));
        } else if after != before {
            forbid("status.conditions", format!("updates may not modify a condition of type \"{kind}\""));
        }
    }
    let certificate = |object: &Value| object.pointer("/status/certificate").cloned();
    let had = certificate(old).is_some_and(|text| text.as_str().is_some_and(|text| !text.is_empty()));
    if had && certificate(old) != certificate(object) {
        forbid("status.certificate", "updates may not modify existing certificate content".to_owned());
    }
}

/// Refuses a decision of who may not decide for the signer.
///
/// Errors: 403 in the words of a real server.
pub fn check_signer(state: &State, target: &Target, old: &Value, new: &Value) -> Result<(), Status> {
    let verb = match target.part {
        Part::Approval => "approve",
        Part::Status if old["status"] != new["status"] => "sign",
        _ => return Ok(()),
    };
    let signer = meta::text(old, "/spec/signerName").to_owned();
    let domain = signer.split('/').next().unwrap_or_default();
    let may = |name: String| {
        let attempt = Attempt {
            verb: verb.to_owned(),
            group: target.kind.group.clone(),
            resource: "signers".to_owned(),
            name,
            ..Attempt::default()
        };
        access::is_allowed(state, &target.user, &attempt)
    };
    if may(signer.clone()) || may(format!("{domain}/*")) {
        return Ok(());
    }
    let why = format!("user not permitted to {verb} requests with signerName \"{signer}\"");
    Err(Status::forbidden(&target.kind, &target.name, &why))
}

fn conditions(object: &Value) -> &[Value] {
    object.pointer("/status/conditions").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Why a request cannot be taken: what it is never changes, so that its signature is looked at once.
fn unreadable(request: &str, is_new: bool) -> Option<&'static str> {
    let pem = STANDARD.decode(request).unwrap_or_default();
    let Ok(der) = rustls::pki_types::CertificateSigningRequestDer::from_pem_slice(&pem) else {
        return Some("PEM block type must be CERTIFICATE REQUEST");
    };
    let Ok((_, parsed)) = X509CertificationRequest::from_der(&der) else {
        return Some("asn1: structure error");
    };
    (is_new && parsed.verify_signature().is_err()).then_some("x509: ECDSA verification failure")
}

fn usages(spec: &Value, causes: &mut Vec<Cause>) {
    let usages: Vec<&str> =
        spec["usages"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if usages.is_empty() {
        causes.push(Cause::new("FieldValueRequired", "spec.usages", "Required value"));
    }
    for (index, usage) in usages.iter().enumerate().filter(|(_, usage)| !USAGES.contains(usage)) {
        let known = USAGES.map(|usage| format!("\"{usage}\"")).join(", ");
        let message = format!("Unsupported value: \"{usage}\": supported values: {known}");
        causes.push(Cause::new("FieldValueNotSupported", format!("spec.usages[{index}]"), message));
    }
    for (index, usage) in usages.iter().enumerate().filter(|(index, usage)| usages[..*index].contains(usage))
    {
        let message = format!("Duplicate value: \"{usage}\"");
        causes.push(Cause::new("FieldValueDuplicate", format!("spec.usages[{index}]"), message));
    }
}

fn check_conditions(conditions: &[Value], causes: &mut Vec<Cause>) {
    let kinds: Vec<&str> = conditions.iter().map(|one| one["type"].as_str().unwrap_or_default()).collect();
    for (index, condition) in conditions.iter().enumerate() {
        let (place, kind) = (format!("status.conditions[{index}]"), kinds[index]);
        if kind.is_empty() {
            causes.push(Cause::new("FieldValueRequired", format!("{place}.type"), "Required value"));
        }
        let status = condition["status"].as_str().unwrap_or_default();
        let allowed: &[&str] =
            if DECISIONS.contains(&kind) { &["True"] } else { &["False", "True", "Unknown"] };
        if status.is_empty() {
            causes.push(Cause::new("FieldValueRequired", format!("{place}.status"), "Required value"));
        } else if !allowed.contains(&status) {
            let known: Vec<_> = allowed.iter().map(|word| format!("\"{word}\"")).collect();
            let message = format!("Unsupported value: \"{status}\": supported values: {}", known.join(", "));
            causes.push(Cause::new("FieldValueNotSupported", format!("{place}.status"), message));
        }
        let other = match kind {
            "Approved" => "Denied",
            "Denied" => "Approved",
            _ => "",
        };
        if !other.is_empty() && kinds[..index].contains(&other) {
            let message =
                format!("Invalid value: \"{kind}\": Approved and Denied conditions are mutually exclusive");
            causes.push(Cause::new("FieldValueInvalid", "status.conditions", message));
        }
        if kinds[..index].contains(&kind) {
            let message = format!("Duplicate value: \"{kind}\"");
            causes.push(Cause::new("FieldValueDuplicate", format!("{place}.type"), message));
        }
    }
}
