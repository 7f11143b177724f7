//! What a run says of itself to other operators, and what it knows of their runs on this machine.

use std::path::Path;

use super::Run;
use crate::journal;

/// How a run presents itself where only one operator may work at a time.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// What it carries out, and who does it where: `migrate_hcp.rhai by root@bastion`.
    pub description: String,
    /// Whether a cluster that another run holds is taken from it.
    pub take_over: bool,
}

impl Run {
    /// How the run presents itself: its id first, `1a2b3c4d migrate_hcp.rhai by root@bastion`.
    #[must_use]
    pub fn holder(&self) -> String {
        format!("{} {}", self.id, self.claim.description).trim_end().to_owned()
    }

    /// Whether clusters that other runs hold are taken from them.
    #[must_use]
    pub fn takes_over(&self) -> bool {
        self.claim.take_over
    }

    /// Whether the run with this id is known to be carried out by nobody: its journal lies beside this run's, and no
    /// process holds it. Of a run of another machine nothing is known.
    #[must_use]
    pub fn is_known_dead(&self, id: &str) -> bool {
        let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let own = self.journal.as_ref().and_then(|journal| journal.path().parent()).and_then(Path::parent);
        own.filter(|_| is_id).is_some_and(|runs| journal::is_left(&runs.join(id)))
    }
}
