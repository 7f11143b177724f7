//! An admission webhook whose service has nobody behind it, as a restore leaves one whose pods are gone (E18).

use serde_json::json;

use crate::apiserver::Status;
use crate::hosts;

/// The namespace of the service.
const NAMESPACE: &str = "policy";

/// Puts the webhook into the API of `hosts`: from now on no pod can be made there.
pub(super) fn stand_in_the_way(hosts: &hosts::Cluster) -> Result<(), Status> {
    let configuration = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": NAMESPACE},
        "webhooks": [{
            "name": "pods.policy.example.com", "failurePolicy": "Fail", "sideEffects": "None",
            "admissionReviewVersions": ["v1"], "timeoutSeconds": 10,
            "clientConfig": {"service": {"namespace": NAMESPACE, "name": "webhook", "path": "/validate"}},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
        }],
    });
    for (_, store) in hosts.serving() {
        store.create("namespaces", "", json!({"metadata": {"name": NAMESPACE}}))?;
        let service = json!({
            "metadata": {"name": "webhook", "namespace": NAMESPACE},
            "spec": {"selector": {"app": "policy-webhook"}, "ports": [{"port": 443}]},
        });
        store.create("services", NAMESPACE, service)?;
        let resource = "validatingwebhookconfigurations.admissionregistration.k8s.io";
        store.create(resource, "", configuration.clone())?;
    }
    Ok(())
}
