//! `etcdctl` and `etcdutl` on a host: what reads and restores snapshot files; the rest needs a member.

use serde_json::{Value, json};

use super::super::call::{Call, End};
use super::super::members::{self, Seat};
use super::Options;
use crate::etcd::snapshot::Snapshot;

/// The term that a healthy cluster is in after its first election.
const TERM: u64 = 2;

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
        ["endpoint", "status"] | ["member", "list"] => {
            // The program refuses to guess which of the two is meant.
            if options.has(&["endpoints"]) && call.env.contains_key("ETCDCTL_ENDPOINTS") {
                let text = "Error: conflicting environment variable \"ETCDCTL_ENDPOINTS\" is shadowed by corresponding \
                            command-line flag (either unset environment variable or disable flag)";
                return Err(call.fail(128, text).await);
            }
            let Some(seat) = call.host.members().seat(call.host.name()) else {
                return Err(call.fail(1, "Error: context deadline exceeded").await);
            };
            let told =
                if words[0] == "endpoint" { endpoint_status(&seat, &options) } else { member_list(&seat) };
            call.print(told.to_string() + "\n").await
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

/// What a member says of itself, as JSON: it does not count as the whole cluster.
fn endpoint_status(seat: &Seat, options: &Options) -> Value {
    let endpoint = options.value(&["endpoints"]).unwrap_or("127.0.0.1:2379");
    let index = seat.index;
    json!([{
        "Endpoint": endpoint,
        "Status": {
            "header": {
                "cluster_id": seat.database.cluster_id(), "member_id": seat.member,
                "revision": index, "raft_term": TERM,
            },
            "dbSize": 0, "leader": if seat.has_quorum { seat.database.members()[0].1 } else { 0 },
            "raftIndex": index, "raftTerm": TERM, "raftAppliedIndex": index,
        },
    }])
}

fn member_list(seat: &Seat) -> Value {
    let member = |(name, id): (String, u64)| {
        let mut told = json!({"ID": id, "name": name, "peerURLs": [], "clientURLs": []});
        // As the program writes it: what is false is left out.
        if seat.database.is_learner(&name) {
            told["isLearner"] = true.into();
        }
        told
    };
    let members: Vec<Value> = seat.database.members().into_iter().map(member).collect();
    json!({
        "header": {"cluster_id": seat.database.cluster_id(), "member_id": seat.member, "raft_term": TERM},
        "members": members,
    })
}
