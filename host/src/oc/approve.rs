//! `oc_approve`: approves a certificate signing request that was read and checked.

use rhai::{Dynamic, Map, NativeCallContext};

use super::names::What;
use super::write::shown;
use super::{Cluster, inside, wire};
use crate::data;
use crate::declare::{Effect, Family, Function};
use crate::gate::Call;
use crate::problem::Reply;

static OC_APPROVE: Function = Function {
    signature: "oc_approve(cluster: Cluster, request: map, reason: string, message: string) -> map",
    effect: Effect::Change,
    doc: r#"
Approves a certificate signing request, once: one that is approved already stays as it is.

* `cluster: Cluster` - from `cluster("name")`
* `request: map` - the request as it was read and checked; another that has taken its name since is not approved
* `reason: string` - one word for machines, kept in the request
* `message: string` - why, for people, kept in the request

Returns the request as the server then has it. An approval cannot be taken back: the signer acts on it at once.
Errors: `conflict` if it is denied, has failed, or is not the one that was checked; `not_found` if it is gone; `denied`
with the kubeconfigs that may; `unreachable`.

```rhai
let source = cluster("source");
let pem = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlId01JR1hBZ0VBTURVeEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekVjTUJvR0ExVUVBd3dUYzNsegpkR1Z0T201dlpHVTZaWGhoYlhCc1pUQlpNQk1HQnlxR1NNNDlBZ0VHQ0NxR1NNNDlBd0VIQTBJQUJIT0hwL05GCk8rS25HRE5EeEFwQnloZWk1bnlyZ1Q4WThnNThGZjUra2MvN2lza29LSG9qMWs3WDVzRHdNWmE3UVpLMmxNRzIKMnZ4YlV5cHdCRit1Z2dPZ0FEQUtCZ2dxaGtqT1BRUURBZ05JQURCRkFpQUtDN0FHK0o5Mm1ZQTkzUFlmTStJSQp0aEFPVU1qbDdMV3JVVW11UWptdk5RSWhBTGkvU3N5dk1vaVJkNFM1MFZyM0lRVldpZHcwMndRVGh6UXdaNm1jCkE5ZlcKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0t";
let name = `example-${random_id()}`;
oc_create(source, #{
    apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: #{name: name},
    spec: #{request: pem, signerName: "example.com/nobody", usages: ["client auth"]},
});
let request = oc_get(source, `csr/${name}`);
oc_approve(source, request, "Example", "an example of the reference");
assert_eq(oc_approve(source, request, "Example", "again").status.conditions.len(), 1);
```
"#,
};

/// Adds the functions of this file.
pub(super) fn add_to(family: &mut Family) {
    family.add(
        &OC_APPROVE,
        |context: NativeCallContext<'_>,
         cluster: Cluster,
         request: Map,
         reason: &str,
         message: &str|
         -> Reply<Dynamic> {
            let call = Call::of(&context, &OC_APPROVE)?;
            let request = data::object_to_json(&Dynamic::from(request))
                .and_then(|object| wire::approve::Checked::of(&object))
                .map_err(|problem| call.fail(problem))?;
            let about = format!("approve certificate signing request {}", request.name);
            call.through_or_show(
                &cluster,
                &about,
                async |permitted| {
                    Ok(inside(&call, wire::approve::approve(permitted, &request, reason, message).await?))
                },
                async |permitted| {
                    let what = What { kind: wire::approve::KIND.to_owned(), name: request.name.clone() };
                    let tried = permitted.clone();
                    let made = wire::approve::approve(tried, &request, reason, message).await?;
                    Ok(shown(&call, wire::planned::difference_to(&permitted, &what, made).await?))
                },
            )
        },
    );
}
