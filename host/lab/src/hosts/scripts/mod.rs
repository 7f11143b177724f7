//! The scripts that OpenShift puts on its control plane hosts, with what they do, say and fail with.

mod backup;
mod quorum;
mod restore;

use std::time::Duration;

use futures::future::BoxFuture;

use super::call::{Call, End, program_file};
use super::files::Errno;
use super::layout::{ETCD_SCRIPTS, MANIFESTS, RESOURCES, STOPPED};
use super::process::Exit;
use super::user::User;
use crate::etcd::snapshot::Snapshot;

/// Runs the script `name`.
pub(super) fn run(name: &str, call: Call) -> BoxFuture<'static, End> {
    let name = name.to_owned();
    Box::pin(async move {
        match name.as_str() {
            "cluster-backup.sh" => backup::run(&call).await,
            "cluster-restore.sh" => restore::run(&call).await,
            "disable-etcd.sh" => quorum::disable(&call).await,
            "quorum-restore.sh" => quorum::restore(&call).await,
            other => Err(call.fail(126, &format!("{other}: cannot execute binary file")).await),
        }
    })
}

/// The containers of etcd that the scripts wait for.
fn etcd_containers(call: &Call) -> &'static [&'static str] {
    if call.host.version().restores_all_pods() {
        &["etcd", "etcdctl", "etcd-metrics", "etcd-readyz"]
    } else {
        &["etcd", "etcdctl", "etcd-metrics", "etcd-readyz", "etcd-rev"]
    }
}

/// Prints a line to standard output and gives the exit to leave with: so these scripts complain.
async fn refuse(call: &Call, line: &str) -> Exit {
    match call.print(format!("{line}\n")).await {
        Ok(()) => Exit::Code(1),
        Err(exit) => exit,
    }
}

/// A step of a script that stops at errors: what could not be done is told, and ends it.
async fn done<T>(call: &Call, program: &str, path: &str, result: Result<T, Errno>) -> Result<T, Exit> {
    match result {
        Ok(value) => Ok(value),
        Err(error) => Err(call.fail(1, &format!("{program}: {path}: {error}")).await),
    }
}

async fn need_root(call: &Call) -> End {
    if call.view.user() == User::Root {
        Ok(())
    } else {
        Err(refuse(call, "This script must be run as root").await)
    }
}

async fn need_dependencies(call: &Call) -> End {
    for file in ["etcd.env", "etcd-common-tools"] {
        if !call.view.exists(&format!("{ETCD_SCRIPTS}/{file}")) {
            let text = "required dependencies not found, please ensure this script is run on a node with a \
                        functional etcd static pod";
            return Err(refuse(call, text).await);
        }
    }
    Ok(())
}

/// Fetches etcdctl out of the image of etcd, which may have to be pulled.
///
/// Behaviour: with `podman: needs a proxy` that works only where the environment names one.
async fn fetch_etcdctl(call: &Call) -> End {
    let proxied = ["HTTPS_PROXY", "https_proxy"].iter().any(|name| call.env.contains_key(*name));
    if call.host.faults().is_on("podman: needs a proxy") && !proxied {
        let text = "Error: initializing source docker://quay.io/openshift-release-dev/ocp-v4.0-art-dev: pinging \
                    container registry quay.io: Get \"https://quay.io/v2/\": dial tcp: i/o timeout";
        return Err(call.fail(125, text).await);
    }
    let folder = format!("{RESOURCES}/bin");
    done(call, "mkdir", &folder, call.view.make_folders(&folder, 0o755)).await?;
    let path = format!("{folder}/etcdctl");
    done(call, "cp", &path, call.view.write(&path, &program_file("etcdctl"))).await?;
    done(call, "cp", &path, call.view.set_mode(&path, 0o755)).await?;
    let version = call.host.version().etcd();
    call.print(format!("etcdctl version: {version}\nAPI version: 3.5\n")).await
}

/// Tells what is in a snapshot; one that is broken ends the script.
async fn check_snapshot(call: &Call, path: &str) -> End {
    let file = done(call, "Error", path, call.view.read(path)).await?;
    match Snapshot::read(&file) {
        Ok(snapshot) => {
            let status = snapshot.status();
            let (hash, revision, keys, size) = (status.hash, status.revision, status.keys, status.size);
            let text = format!(
                "{{\"hash\":{hash},\"revision\":{revision},\"totalKey\":{keys},\"totalSize\":{size}}}\n"
            );
            call.print(text).await
        }
        Err(broken) => {
            call.complain(&format!("Error: {broken}")).await?;
            Err(refuse(call, "Backup integrity verification failed. Backup appears corrupted. Aborting!")
                .await)
        }
    }
}

/// Moves manifests out of the kubelet's sight. One of the same name that was kept before is lost.
async fn set_aside(call: &Call, manifests: &[&str]) -> End {
    done(call, "mkdir", STOPPED, call.view.make_folders(STOPPED, 0o755)).await?;
    for name in manifests {
        call.print(format!("...stopping {name}\n")).await?;
        let (from, to) = (format!("{MANIFESTS}/{name}"), format!("{STOPPED}/{name}"));
        if call.view.exists(&from) {
            done(call, "mv", &from, call.view.rename(&from, &to)).await?;
        }
    }
    Ok(())
}

/// Waits until no container of these names runs, however long that takes.
async fn wait_for_end(call: &Call, containers: &[&str]) -> End {
    for name in containers {
        call.print(format!("Waiting for container {name} to stop\n")).await?;
        while call
            .host
            .pods()
            .containers()
            .iter()
            .any(|one| one.name == *name && one.is_static() && one.is_running())
        {
            call.print(".").await?;
            call.host.clock().sleep(Duration::from_secs(1)).await;
        }
        call.print("complete\n").await?;
    }
    Ok(())
}
