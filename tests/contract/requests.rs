//! Certificate signing requests: whose they are, what may be asked for, and who decides about them.

use serde_json::{Value, json};

use crate::kit::{Case, get, merge, post, put};

cases!("requests":
    a_request_is_of_who_makes_it_and_undecided,
    what_a_request_asks_for_is_checked,
    what_was_asked_for_stays,
    an_approval_keeps_to_its_rules,
    an_approval_is_not_taken_back,
    the_status_does_not_approve,
    who_approves_must_be_allowed_to_for_the_signer,
    who_signs_must_be_allowed_to_for_the_signer,
);

const COLLECTION: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const TARGET: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests/csr-{id}";
const APPROVAL: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests/csr-{id}/approval";
const STATUS: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests/csr-{id}/status";

/// A request for `system:node:example`, in base64.
const REQUEST: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlId01JR1hBZ0VBTURVeEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekVjTUJvR0ExVUVBd3dUYzNsegpkR1Z0T201dlpHVTZaWGhoYlhCc1pUQlpNQk1HQnlxR1NNNDlBZ0VHQ0NxR1NNNDlBd0VIQTBJQUJIT0hwL05GCk8rS25HRE5EeEFwQnloZWk1bnlyZ1Q4WThnNThGZjUra2MvN2lza29LSG9qMWs3WDVzRHdNWmE3UVpLMmxNRzIKMnZ4YlV5cHdCRit1Z2dPZ0FEQUtCZ2dxaGtqT1BRUURBZ05JQURCRkFpQUtDN0FHK0o5Mm1ZQTkzUFlmTStJSQp0aEFPVU1qbDdMV3JVVW11UWptdk5RSWhBTGkvU3N5dk1vaVJkNFM1MFZyM0lRVldpZHcwMndRVGh6UXdaNm1jCkE5ZlcKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0t";

fn request() -> Value {
    json!({
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": { "name": "csr-{id}" },
        "spec": {
            "request": REQUEST,
            "signerName": "kubernetes.io/kube-apiserver-client-kubelet",
            "usages": ["digital signature", "client auth"],
        },
    })
}

fn decided(kind: &str, status: &str) -> Value {
    json!({ "type": kind, "status": status, "reason": "Test", "message": "by hand" })
}

fn with(conditions: &[Value]) -> Value {
    json!({ "status": { "conditions": conditions } })
}

async fn remove(case: &Case<'_>) {
    let gone = case.send(crate::kit::delete(TARGET, json!({}))).await;
    assert_eq!(gone.code, 200, "{}", gone.body);
}

async fn a_request_is_of_who_makes_it_and_undecided(case: &mut Case<'_>) {
    let mut object = request();
    object["spec"]["username"] = "somebody".into();
    object["spec"]["groups"] = json!(["system:masters", "others"]);
    object["status"] = with(&[decided("Approved", "True")])["status"].clone();
    let parts = ["/spec/username", "/spec/groups", "/spec/usages", "/status"];
    case.show("create", post(COLLECTION, object), &parts).await;
    remove(case).await;
}

async fn what_a_request_asks_for_is_checked(case: &mut Case<'_>) {
    let wrong: [(&str, &str, Value); 7] = [
        ("no signer", "signerName", Value::Null),
        ("a signer without a domain", "signerName", "kubelet".into()),
        ("no usages", "usages", json!([])),
        ("a usage that there is none", "usages", json!(["client auth", "world domination"])),
        ("a usage twice", "usages", json!(["client auth", "client auth"])),
        ("a life that is too short", "expirationSeconds", json!(60)),
        ("no request", "request", Value::Null),
    ];
    for (what, field, value) in wrong {
        let mut object = request();
        object["spec"][field] = value;
        case.tell(what, post(COLLECTION, object)).await;
    }
    let mut object = request();
    object["spec"]["request"] = "bm8gUEVN".into();
    case.glance("no PEM", post(COLLECTION, object), &["/reason", "/details/causes/0/field"]).await;
}

async fn what_was_asked_for_stays(case: &mut Case<'_>) {
    case.send(post(COLLECTION, request())).await;
    let parts = ["/spec/signerName", "/spec/usages", "/metadata/labels"];
    let change = json!({
        "metadata": { "labels": { "a": "b" } },
        "spec": { "signerName": "example.com/other", "usages": ["server auth"] },
    });
    case.show("by the object", merge(TARGET, change.clone()), &parts).await;
    case.show("by the status", merge(STATUS, change.clone()), &parts).await;
    case.show("by the approval", merge(APPROVAL, change), &parts).await;
    case.show("a condition by the object", merge(TARGET, with(&[decided("Approved", "True")])), &["/status"])
        .await;
    remove(case).await;
}

async fn an_approval_keeps_to_its_rules(case: &mut Case<'_>) {
    case.send(post(COLLECTION, request())).await;
    case.tell("a condition that is not true", merge(APPROVAL, with(&[decided("Approved", "False")]))).await;
    case.tell("a condition without a type", merge(APPROVAL, with(&[json!({ "status": "True" })]))).await;
    case.tell("a condition without a status", merge(APPROVAL, with(&[json!({ "type": "Approved" })]))).await;
    let both = [decided("Approved", "True"), decided("Denied", "True")];
    case.tell("both at once", merge(APPROVAL, with(&both))).await;
    let twice = [decided("Approved", "True"), decided("Approved", "True")];
    case.tell("the same twice", merge(APPROVAL, with(&twice))).await;
    let mut change = with(&[decided("Approved", "True")]);
    change["status"]["certificate"] = REQUEST.into();
    let answer = case.glance("approve", merge(APPROVAL, change), &["/status/certificate"]).await;
    let condition = &answer.body["status"]["conditions"][0];
    let is_set = |field: &str| condition[field].as_str().is_some_and(|time| time.ends_with('Z'));
    case.note("it says when", is_set("lastUpdateTime") && is_set("lastTransitionTime"));
    case.note(
        "the condition",
        ["type", "status", "reason", "message"].map(|f| condition[f].clone()).to_vec(),
    );
    remove(case).await;
}

async fn an_approval_is_not_taken_back(case: &mut Case<'_>) {
    case.send(post(COLLECTION, request())).await;
    case.send(merge(APPROVAL, with(&[decided("Approved", "True")]))).await;
    case.tell("no conditions", merge(APPROVAL, with(&[]))).await;
    case.tell("denied instead", merge(APPROVAL, with(&[decided("Denied", "True")]))).await;
    case.tell("no conditions by the status", merge(STATUS, with(&[]))).await;
    let other = [decided("Approved", "True"), decided("Seen", "Unknown")];
    case.show("one more", merge(APPROVAL, with(&other)), &["/status/conditions/1/type"]).await;
    remove(case).await;
}

async fn the_status_does_not_approve(case: &mut Case<'_>) {
    case.send(post(COLLECTION, request())).await;
    case.tell("approve by the status", merge(STATUS, with(&[decided("Approved", "True")]))).await;
    case.show(
        "fail by the status",
        merge(STATUS, with(&[decided("Failed", "True")])),
        &["/status/conditions/0/type"],
    )
    .await;
    let certificate = json!({ "status": { "certificate": REQUEST } });
    case.glance(
        "a certificate that is none",
        merge(STATUS, certificate),
        &["/reason", "/details/causes/0/field"],
    )
    .await;
    case.show("get", get(TARGET), &["/status/certificate"]).await;
    let mut whole = case.send(get(TARGET)).await.body;
    whole["status"] = json!({});
    case.show("a put of the object", put(TARGET, whole), &["/status/conditions/0/type"]).await;
    remove(case).await;
}

/// Lets `somebody` write a subresource of requests.
async fn allow(case: &Case<'_>, subresource: &str, verb: &str, signers: &[&str]) {
    const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
    let group = "certificates.k8s.io";
    let rules = json!([
        { "apiGroups": [group], "verbs": ["get", "update", "patch"],
          "resources": ["certificatesigningrequests", format!("certificatesigningrequests/{subresource}")] },
        { "apiGroups": [group], "verbs": [verb], "resources": ["signers"], "resourceNames": signers },
    ]);
    let role = json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": { "name": "role-{id}" }, "rules": rules });
    let binding = json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": { "name": "binding-{id}" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "role-{id}" },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "user-{id}" }] });
    for (kind, object) in [("clusterroles", role), ("clusterrolebindings", binding)] {
        let answer = case
            .send(put(&format!("{RBAC}/{kind}/{}", object["metadata"]["name"].as_str().unwrap()), object))
            .await;
        assert!(answer.code < 300, "{}", answer.body);
    }
}

/// Waits until the user may do what was just allowed: a real server learns of roles a moment later.
async fn until_allowed(case: &Case<'_>) {
    let allowed = async { while case.send(get(TARGET)).await.code == 403 {} };
    tokio::time::timeout(crate::kit::LIMIT, allowed).await.unwrap();
}

async fn who_approves_must_be_allowed_to_for_the_signer(case: &mut Case<'_>) {
    case.send(post(COLLECTION, request())).await;
    allow(case, "approval", "approve", &["example.com/other"]).await;
    case.become_user("user-{id}", &[]);
    until_allowed(case).await;
    case.tell("approve", merge(APPROVAL, with(&[decided("Approved", "True")]))).await;
    case.become_admin();
    allow(case, "approval", "approve", &["kubernetes.io/*"]).await;
    case.become_user("user-{id}", &[]);
    let approved =
        async { while case.send(merge(APPROVAL, with(&[decided("Approved", "True")]))).await.code == 403 {} };
    tokio::time::timeout(crate::kit::LIMIT, approved).await.unwrap();
    case.show("approved", get(TARGET), &["/status/conditions/0/type"]).await;
    case.become_admin();
    remove(case).await;
}

async fn who_signs_must_be_allowed_to_for_the_signer(case: &mut Case<'_>) {
    case.send(post(COLLECTION, request())).await;
    allow(case, "status", "sign", &["example.com/other"]).await;
    case.become_user("user-{id}", &[]);
    until_allowed(case).await;
    case.tell("fail", merge(STATUS, with(&[decided("Failed", "True")]))).await;
    case.become_admin();
    remove(case).await;
}
