//! `etcdctl` and `etcdutl` on a host: what reads and restores snapshot files; the rest needs a member.

use serde_json::json;

use super::super::call::{Call, End};
use super::super::members;
use super::Options;
use crate::etcd::snapshot::Snapshot;

pub(super) async fn run(call: Call) -> End {
    let options =
        Options::of(&call, &["w", "write-out", "data-dir", "name", "endpoints", "cert", "key", "cacert"]);
    let words: Vec<&str> = options.words.iter().map(String::as_str).collect();
    let name = call.name().to_owned();
    match words.as_slice() {
        ["version"] => {
            let version = call.host.version().etcd();
            let short = version.rsplit_once('.').map_or(version, |(short, _)| short);
            call.print(format!("{name} version: {version}\nAPI version: {short}\n")).await
        }
        ["snapshot", "status", path] => {
            let Ok(file) = call.view.read(path) else {
                return Err(call.fail(1, &format!("Error: stat {path}: no such file or directory")).await);
            };
            match Snapshot::read(&file) {
                Err(broken) => Err(call.fail(1, &format!("Error: {broken}")).await),
                Ok(snapshot) => {
                    let status = snapshot.status();
                    let text = if options.value(&["w", "write-out"]) == Some("json") {
                        json!({
                            "hash": status.hash, "revision": status.revision,
                            "totalKey": status.keys, "totalSize": status.size,
                        })
                        .to_string()
                    } else {
                        format!("{:x}, {}, {}, {} B", status.hash, status.revision, status.keys, status.size)
                    };
                    call.print(text + "\n").await
                }
            }
        }
        ["snapshot", "restore", path] => {
            let folder = options.value(&["data-dir"]).unwrap_or("default.etcd").to_owned();
            match members::restore_file(&call.view, path, &folder, call.host.name()) {
                Ok(()) => Ok(()),
                Err(reason) => Err(call.fail(1, &format!("Error: {reason}")).await),
            }
        }
        ["snapshot", "save", path] => match call.host.members().save(&call.host, &call.view, path).await {
            Ok(()) => call.print(format!("Snapshot saved at {path}\n")).await,
            Err(reason) => Err(call.fail(1, &format!("Error: {reason}")).await),
        },
        _ => {
            Err(call.fail(1, &format!("Error: unknown command \"{}\" for \"{name}\"", words.join(" "))).await)
        }
    }
}
