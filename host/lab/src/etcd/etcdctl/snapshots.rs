//! `snapshot save` and `snapshot status`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::flags::Output;
use super::{Call, Failure, Outcome, print};
use crate::containers::tools::Console;
use crate::etcd::snapshot::{self, Snapshot};
use crate::etcd::spec::Spec;

/// How fast a member writes a snapshot, in bytes a second of life.
const SPEED: f64 = 200e6;

impl Call<'_> {
    /// Saves a snapshot of this very member: it needs no quorum.
    pub(super) async fn save(&self, path: &str, console: &mut Console) -> Outcome {
        let log =
            |message: &str| format!("{{\"level\":\"info\",\"msg\":\"{message}\",\"path\":\"{path}\"}}\n");
        let gone = |_| Failure::new("");
        console.complain(&log("created temporary db file")).await.map_err(gone)?;
        let member = &self.seat.member;
        let database = &member.database;
        let padding = self.etcd.options.padding;
        let mut file = snapshot::write(database.store(), member.id, database.cluster_id(), padding);
        let size = u32::try_from(file.len()).unwrap_or(u32::MAX);
        self.etcd.options.clock.sleep(Duration::from_secs_f64(f64::from(size) / SPEED)).await;
        if self.faults.is_on("etcd: snapshot save fails") {
            return Err(Failure::new("Error: rpc error: code = Unavailable desc = transport is closing"));
        }
        if self.faults.is_on("etcd: snapshots are cut") {
            file.truncate(file.len() / 2);
        }
        self.files.write(path, Arc::new(file)).map_err(|error| {
            Failure::new(format!("Error: could not write {path}.part: write {path}.part: {error}"))
        })?;
        console.complain(&log("saved")).await.map_err(gone)?;
        let version = self.seat.spec.etcd_version();
        let server = if self.seat.spec.has_old_etcdctl() {
            String::new()
        } else {
            format!("Server version {version}\n")
        };
        Ok(format!("Snapshot saved at {path}\n{server}"))
    }

    /// Tells what is in a snapshot file.
    pub(super) fn status(&self, path: &str) -> Outcome {
        let file = self
            .files
            .read(path)
            .ok_or_else(|| Failure::new(format!("Error: stat {path}: no such file or directory")))?;
        let snapshot = Snapshot::read(&file).map_err(|broken| Failure::new(format!("Error: {broken}")))?;
        let status = snapshot.status();
        let newer = !self.seat.spec.has_old_etcdctl();
        let version = if newer { "3.6.0" } else { "" };
        Ok(match self.flags.output {
            Output::Json => {
                let mut fields = json!({
                    "hash": status.hash,
                    "revision": status.revision,
                    "totalKey": status.keys,
                    "totalSize": status.size,
                });
                if newer {
                    fields["version"] = version.into();
                }
                format!("{fields}\n")
            }
            Output::Simple => {
                let size = print::size(status.size);
                let tail = if newer { format!(", {version}") } else { String::new() };
                format!("{:x}, {}, {}, {size}{tail}\n", status.hash, status.revision, status.keys)
            }
            Output::Table => {
                let mut titles = vec!["hash", "revision", "total keys", "total size"];
                let mut row = vec![
                    format!("{:x}", status.hash),
                    status.revision.to_string(),
                    status.keys.to_string(),
                    print::size(status.size),
                ];
                if newer {
                    titles.push("storage version");
                    row.push(version.to_owned());
                }
                print::table(&titles, &[row])
            }
        })
    }
}

/// What `snapshot` alone prints, and also with a word that this version does not know: it ends with 0.
pub fn usage(spec: &Spec) -> String {
    let old = if spec.has_old_etcdctl() {
        "  restore     Restores an etcd member snapshot to an etcd directory\n  \
         status      [deprecated] Gets backend snapshot status of a given file\n"
    } else {
        ""
    };
    format!(
        "NAME:\n\tsnapshot - Manages etcd node snapshots\n\nCOMMANDS:\n{old}  \
         save        Stores an etcd node backend snapshot to a given file\n"
    )
}
