//! `disable-etcd.sh` and `quorum-restore.sh`: etcd put aside, and a new cluster of the data that is there.

use super::super::call::{Call, End};
use super::super::layout::{MANIFESTS, QUORUM_POD};
use super::super::programs::copy;
use super::{etcd_containers, need_dependencies, need_root, set_aside, wait_for_end};

pub(super) async fn disable(call: &Call) -> End {
    need_root(call).await?;
    need_dependencies(call).await?;
    set_aside(call, &["etcd-pod.yaml"]).await?;
    wait_for_end(call, etcd_containers(call)).await
}

/// Nothing looks whether this host's data is the newest, nor whether the other members still run.
pub(super) async fn restore(call: &Call) -> End {
    disable(call).await?;
    call.print("starting restore-etcd static pod\n").await?;
    match copy(&call.view, QUORUM_POD, &format!("{MANIFESTS}/etcd-pod.yaml"), false, &mut Vec::new()) {
        Ok(()) => Ok(()),
        Err((what, error)) => Err(call.fail(1, &format!("cp: {what}: {error}")).await),
    }
}
