//! `cluster-restore.sh`: the end of what runs here, and a new cluster of a snapshot.

use super::super::call::{Call, End};
use super::super::files::Errno;
use super::super::layout::{DATA, DATA_BACKUP, MANIFESTS, RESTORE_POD, STOPPED};
use super::super::process::Exit;
use super::super::programs::{Member, by_version, copy, extract, unpack};
use super::super::shell::matches;
use super::{
    check_snapshot, done, etcd_containers, fetch_etcdctl, need_dependencies, need_root, refuse, set_aside,
    wait_for_end,
};

const ETCD: &str = "etcd-pod.yaml";
const OTHERS: [&str; 3] =
    ["kube-apiserver-pod.yaml", "kube-controller-manager-pod.yaml", "kube-scheduler-pod.yaml"];

pub(super) async fn run(call: &Call) -> End {
    need_root(call).await?;
    need_dependencies(call).await?;
    let folder = call.words().first().cloned().unwrap_or_default();
    if !call.view.meta(&folder).is_ok_and(|meta| meta.is_folder()) {
        return Err(refuse(call, USAGE).await);
    }
    // Each is the last of its kind by itself: nothing says that the two belong together.
    let resources = last(call, &folder, "static_kuberesources*.tar.gz").await?;
    let snapshot = last(call, &folder, "snapshot*.db").await?;
    if !call.view.meta(&snapshot).is_ok_and(|meta| meta.is_file()) {
        return Err(refuse(call, &format!("etcd snapshot {snapshot} does not exist")).await);
    }
    fetch_etcdctl(call).await?;
    check_snapshot(call, &snapshot).await?;
    let all_pods = call.host.version().restores_all_pods();
    let skips = call.env.contains_key("ETCD_RESTORE_SKIP_MOVE_CP_STATIC_PODS");
    if all_pods && !skips {
        set_aside(call, &OTHERS).await?;
        wait_for_end(call, &["kube-controller-manager", "kube-apiserver", "kube-scheduler"]).await?;
    }
    set_aside(call, &[ETCD]).await?;
    wait_for_end(call, etcd_containers(call)).await?;
    keep_data(call).await?;
    if call.env.get("ETCD_ETCDCTL_RESTORE").is_some_and(|value| !value.is_empty()) {
        return restore_directly(call, &snapshot).await;
    }
    let members = unpack_resources(call, &resources).await?;
    for member in members.iter().filter(|member| member.path.starts_with("static-pod-resources")) {
        if let Err((path, error)) = extract(&call.view, "/etc/kubernetes", 0, member) {
            return Err(call.fail(2, &format!("tar: {path}: Cannot write: {error}")).await);
        }
    }
    let kept = format!("{DATA_BACKUP}/snapshot.db");
    copied(call, &snapshot, &kept).await?;
    if !all_pods || call.host.version().notes_revision() {
        make_room(call).await?;
    }
    call.print("starting restore-etcd static pod\n").await?;
    copied(call, RESTORE_POD, &format!("{MANIFESTS}/{ETCD}")).await?;
    if all_pods && !skips {
        start_others(call, &resources, &members).await?;
    }
    Ok(())
}

const USAGE: &str = "Path to the directory containing backup files is required: ./cluster-restore.sh <path-to-backup>\n\
                     The backup directory is expected to be contain two files:\n        1. etcd snapshot\n        \
                     2. A copy of the Static POD resources at the time of backup";

/// The last file by version order that fits a pattern; nothing if there is none, which `ls` complains of.
async fn last(call: &Call, folder: &str, pattern: &str) -> Result<String, Exit> {
    let mut names: Vec<String> =
        call.view.list(folder).unwrap_or_default().into_iter().map(|(name, _)| name).collect();
    names.retain(|name| matches(pattern, name));
    names.sort_by(|one, other| by_version(one, other));
    if let Some(name) = names.pop() {
        return Ok(format!("{folder}/{name}"));
    }
    call.complain(&format!("ls: cannot access '{folder}/{pattern}': {}", Errno::NotFound)).await?;
    Ok(String::new())
}

/// Keeps the data that is there, in the place of what an earlier run kept.
async fn keep_data(call: &Call) -> End {
    done(call, "mkdir", DATA_BACKUP, call.view.make_folders(DATA_BACKUP, 0o755)).await?;
    let (data, kept) = (format!("{DATA}/member"), format!("{DATA_BACKUP}/member"));
    if !call.view.exists(&data) {
        return Ok(());
    }
    if call.view.exists(&kept) {
        call.print(format!("removing previous backup {kept}\n")).await?;
        done(call, "rm", &kept, call.view.remove_all(&kept)).await?;
    }
    call.print(format!("Moving etcd data-dir {data} to {DATA_BACKUP}\n")).await?;
    let moved = match call.view.rename(&data, &kept) {
        Err(Errno::CrossDevice) => {
            copied(call, &data, &kept).await?;
            call.view.remove_all(&data)
        }
        moved => moved,
    };
    done(call, "mv", &data, moved).await
}

async fn unpack_resources(call: &Call, path: &str) -> Result<Vec<Member>, Exit> {
    let members = match call.view.read(path) {
        Ok(bytes) => unpack(&bytes).ok_or("gzip: stdin: not in gzip format".to_owned()),
        Err(error) => Err(format!("tar (child): {path}: Cannot open: {error}")),
    };
    match members {
        Ok(members) => Ok(members),
        Err(reason) => {
            call.complain(&reason).await?;
            Err(call.fail(2, "tar: Error is not recoverable: exiting now").await)
        }
    }
}

/// The restore pod wants an empty folder.
async fn make_room(call: &Call) -> End {
    let noted = format!("{DATA}/revision.json");
    if call.view.exists(&noted) {
        let kept = format!("{DATA_BACKUP}/revision.json");
        copied(call, &noted, &kept).await?;
        done(call, "mv", &noted, call.view.remove_file(&noted)).await?;
    }
    if call.view.list(DATA).is_ok_and(|found| found.is_empty()) {
        return Ok(());
    }
    Err(refuse(call, &format!("folder {DATA} is not empty, please review and remove all files in it")).await)
}

async fn start_others(call: &Call, resources: &str, members: &[Member]) -> End {
    for name in OTHERS {
        let Some(member) = members.iter().find(|member| member.path.ends_with(name)) else {
            return Err(refuse(call, &format!("{name} does not exist in {resources}")).await);
        };
        call.print(format!("starting {name}\n{}\n", member.path)).await?;
        if let Err((path, error)) = extract(&call.view, MANIFESTS, 2, member) {
            return Err(call.fail(2, &format!("tar: {path}: Cannot write: {error}")).await);
        }
    }
    Ok(())
}

/// Restores into the folder itself, and lets the pod that was there before run on it.
async fn restore_directly(call: &Call, snapshot: &str) -> End {
    call.print("removing etcd data dir...\n").await?;
    for (name, _) in call.view.list(DATA).unwrap_or_default() {
        let path = format!("{DATA}/{name}");
        done(call, "rm", &path, call.view.remove_all(&path)).await?;
    }
    call.print("starting snapshot restore through etcdctl...\n").await?;
    if let Err(reason) = call.host.members().restore_into(&call.host, &call.view, snapshot) {
        call.complain(&format!("Error: {reason}")).await?;
        return Err(refuse(call, "Snapshot restore failed. Aborting!").await);
    }
    call.print("restoring old etcd pod to start etcd again\n").await?;
    let kept = format!("{STOPPED}/{ETCD}");
    done(call, "mv", &kept, call.view.rename(&kept, &format!("{MANIFESTS}/{ETCD}"))).await
}

async fn copied(call: &Call, from: &str, to: &str) -> End {
    match copy(&call.view, from, to, true, &mut Vec::new()) {
        Ok(()) => Ok(()),
        Err((what, error)) => Err(call.fail(1, &format!("cp: {what}: {error}")).await),
    }
}
