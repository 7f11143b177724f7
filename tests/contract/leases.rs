//! Leases: who holds one, and that two cannot.

use serde_json::json;

use crate::kit::{Case, get, post, put};

cases!("leases":
    a_lease_can_be_created_by_a_put,
    two_of_a_race_to_create_a_lease_cannot_both_win,
);

async fn a_lease_can_be_created_by_a_put(case: &mut Case<'_>) {
    let lease = json!({ "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": { "name": "x" },
        "spec": { "holderIdentity": "me", "leaseDurationSeconds": 15, "renewTime": "2026-01-01T00:00:00.000000Z" } });
    let made = case.tell("put", put("leases.coordination.k8s.io/x", lease.clone())).await;
    case.tell("put again", put("leases.coordination.k8s.io/x", lease)).await;
    case.tell(
        "put with a version",
        put("leases.coordination.k8s.io/x", made.with("/spec/holderIdentity", "you")),
    )
    .await;
    let gone = made.with("/metadata/name", "y");
    case.tell("put of one that should be there", put("leases.coordination.k8s.io/y", gone)).await;
}

async fn two_of_a_race_to_create_a_lease_cannot_both_win(case: &mut Case<'_>) {
    let lease = |holder: &str| json!({ "metadata": { "name": "x" }, "spec": { "holderIdentity": holder } });
    let (one, other) = futures::join!(
        case.send(post("leases.coordination.k8s.io", lease("one"))),
        case.send(post("leases.coordination.k8s.io", lease("other"))),
    );
    let mut codes = [one.code, other.code];
    codes.sort_unstable();
    case.note("codes", json!(codes));
    let held = case.send(get("leases.coordination.k8s.io/x")).await;
    let (mine, yours) = (held.with("/spec/holderIdentity", "a"), held.with("/spec/holderIdentity", "b"));
    let (one, other) = futures::join!(
        case.send(put("leases.coordination.k8s.io/x", mine)),
        case.send(put("leases.coordination.k8s.io/x", yours)),
    );
    let mut codes = [one.code, other.code];
    codes.sort_unstable();
    case.note("codes of a takeover", json!(codes));
}
