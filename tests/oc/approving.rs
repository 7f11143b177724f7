//! Approving certificate signing requests: once, and only the one that was checked.

use super::kit;

/// Makes a request called `name` of a new name, and reads it as `request`.
pub(super) fn with_request(rest: &str) -> String {
    format!(
        r#"
        let name = `approving-${{random_id()}}`;
        let make = || oc_create(source, #{{
            apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: #{{name: name}},
            spec: #{{request: "{PEM}", signerName: "example.com/nobody", usages: ["client auth"]}},
        }});
        make.call();
        let request = oc_get(source, `csr/${{name}}`);
        {rest}
        "#
    )
}

/// A request for `system:node:example`, in base64.
const PEM: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlId01JR1hBZ0VBTURVeEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekVjTUJvR0ExVUVBd3dUYzNsegpkR1Z0T201dlpHVTZaWGhoYlhCc1pUQlpNQk1HQnlxR1NNNDlBZ0VHQ0NxR1NNNDlBd0VIQTBJQUJIT0hwL05GCk8rS25HRE5EeEFwQnloZWk1bnlyZ1Q4WThnNThGZjUra2MvN2lza29LSG9qMWs3WDVzRHdNWmE3UVpLMmxNRzIKMnZ4YlV5cHdCRit1Z2dPZ0FEQUtCZ2dxaGtqT1BRUURBZ05JQURCRkFpQUtDN0FHK0o5Mm1ZQTkzUFlmTStJSQp0aEFPVU1qbDdMV3JVVW11UWptdk5RSWhBTGkvU3N5dk1vaVJkNFM1MFZyM0lRVldpZHcwMndRVGh6UXdaNm1jCkE5ZlcKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0t";

#[test]
fn a_request_is_approved_once_with_the_reason_of_the_first() {
    let Some(kit) = kit() else { return };
    kit.carry_out(&with_request(
        r#"
        oc_approve(source, request, "First", "one");
        let after = oc_approve(source, request, "Second", "two");
        assert_eq(after.status.conditions.len(), 1);
        assert_eq(after.status.conditions[0].reason, "First");
        assert_eq(oc_get(source, `csr/${name}`).status.conditions[0].message, "one");
        "#,
    ));
}

#[test]
fn a_request_that_was_denied_is_not_approved() {
    let Some(kit) = kit() else { return };
    let problem = kit.fail(&with_request(
        r#"
        let denied = [#{type: "Denied", status: "True", reason: "Operator", message: "not ours"}];
        oc_patch(source, `csr/${name}`, #{status: #{conditions: denied}}, #{subresource: "approval"});
        oc_approve(source, request, "Late", "too late");
        "#,
    ));
    assert_eq!(problem.kind, "conflict");
    assert!(problem.message.ends_with("was denied: not ours (Operator)"), "{problem:?}");
}

#[test]
fn a_request_that_was_made_anew_under_the_name_of_the_checked_one_is_not_approved() {
    let Some(kit) = kit() else { return };
    let problem = kit.fail(&with_request(
        r#"
        oc_delete(source, `csr/${name}`, #{ uid: request.metadata.uid });
        make.call();
        oc_approve(source, request, "Swapped", "another one");
        "#,
    ));
    assert_eq!(problem.kind, "conflict", "{problem:?}");
    let said = "is another one than was checked: it was made anew";
    assert!(problem.message.ends_with(said), "{problem:?}");
    assert_eq!(problem.hint.as_deref(), Some("read it again and check what it asks for now"));
}

#[test]
fn what_was_not_read_from_a_cluster_is_not_approved() {
    let Some(kit) = kit() else { return };
    let problem = kit.fail("oc_approve(source, #{metadata: #{name: \"csr-1\"}}, \"Why\", \"because\")");
    assert_eq!(problem.kind, "bad_argument");
    assert_eq!(problem.message, "this is no request that was read from a cluster");
}
