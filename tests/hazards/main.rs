//! What the documented procedure gets wrong, and what can fail on the way: the program against worlds made for it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

#[allow(dead_code, reason = "other suites share the kit, and use more of it")]
mod kit;

mod backup_copies;
mod backups;
mod balancers;
mod capture;
mod certificates;
mod collector;
mod destination;
mod disaster;
mod dns;
mod documented_layout;
mod etcd_backups;
mod in_the_way;
mod lost_quorum;
mod moved;
mod neighbours;
mod operators;
mod outages;
mod preflight;
mod restored;
mod restores;
mod secrecy;
mod snapshots;
mod stale_kubelets;
mod storage;
mod storage_clean_up;
mod teardown;
mod undone;
mod unready;
mod uploads;
mod variants;
