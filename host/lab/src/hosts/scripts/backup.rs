//! `cluster-backup.sh`: a snapshot of this host's etcd, and its static pods' files.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::call::{Call, End};
use super::super::layout::RESOURCES;
use super::super::programs::pack;
use super::super::shell::matches;
use super::{check_snapshot, done, fetch_etcdctl, need_root, refuse};

const RESOURCE_NAMES: [&str; 4] = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"];

pub(super) async fn run(call: &Call) -> End {
    need_root(call).await?;
    let (dirty, words) = match call.words() {
        [first, rest @ ..] if first == "--force" => ("__POSSIBLY_DIRTY__", rest),
        words => ("", words),
    };
    let usage = "Path to backup dir required: ./cluster-backup.sh [--force] <path-to-backup-dir>";
    let folder = match words.first().map(|folder| folder.trim_end_matches('/')) {
        Some(folder) if !folder.is_empty() && !call.view.meta(folder).is_ok_and(|meta| meta.is_file()) => {
            folder
        }
        _ => return Err(refuse(call, usage).await),
    };
    done(call, "mkdir", folder, call.view.make_folders(folder, 0o755)).await?;
    let time = Timestamp::now().to_zoned(TimeZone::UTC).strftime("%F_%H%M%S").to_string();
    let resources = format!("{folder}/static_kuberesources_{time}{dirty}.tar.gz");
    let snapshot = format!("{folder}/snapshot_{time}{dirty}.db");
    let ended = save(call, &resources, &snapshot).await;
    if ended.is_err() {
        for path in [&resources, &snapshot] {
            // The trap of the script removes what is there.
            let _ = call.view.remove_file(path);
        }
        return ended;
    }
    call.print(format!("snapshot db and kube resources are successfully saved to {folder}\n")).await
}

async fn save(call: &Call, resources: &str, snapshot: &str) -> End {
    super::need_dependencies(call).await?;
    fetch_etcdctl(call).await?;
    let mut folders = Vec::new();
    for name in RESOURCE_NAMES {
        let Some(latest) = latest(call, name) else {
            return Err(refuse(call, &format!("error finding static-pod-resource {name}")).await);
        };
        call.print(format!("found latest {name}: {RESOURCES}/{latest}\n")).await?;
        folders.push(format!("static-pod-resources/{latest}"));
    }
    let mut view = call.view.clone();
    done(call, "tar", RESOURCES, view.enter("/etc/kubernetes")).await?;
    let archive = match pack(&view, &folders) {
        Ok(archive) => archive,
        Err((path, error)) => return Err(call.fail(2, &format!("tar: {path}: Cannot open: {error}")).await),
    };
    if let Err(error) = call.view.write(resources, &archive) {
        call.complain(&format!("tar: {resources}: Cannot write: {error}")).await?;
        return Err(call.fail(2, "tar: Error is not recoverable: exiting now").await);
    }
    done(call, "tar", resources, call.view.set_mode(resources, 0o600)).await?;
    let log = |message: &str| format!("{{\"level\":\"info\",\"msg\":\"{message}\",\"path\":\"{snapshot}\"}}");
    call.complain(&log("created temporary db file")).await?;
    if let Err(reason) = call.host.members().save(&call.host, &call.view, snapshot).await {
        return Err(call.fail(1, &format!("Error: {reason}")).await);
    }
    call.complain(&log("saved")).await?;
    call.print(format!("Snapshot saved at {snapshot}\n")).await?;
    check_snapshot(call, snapshot).await
}

/// The folder of the newest revision of a static pod.
fn latest(call: &Call, name: &str) -> Option<String> {
    let pattern = format!("{name}-pod-[0-9]*");
    let found = call.view.list(RESOURCES).unwrap_or_default();
    let fitting = found.into_iter().filter(|(folder, _)| matches(&pattern, folder));
    fitting.max_by_key(|(_, meta)| meta.modified).map(|(folder, _)| folder)
}
