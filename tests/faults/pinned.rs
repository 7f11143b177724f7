//! Schedules that once ended badly, each with what was wrong.

use drsh_lab::faults::Schedule;
use drsh_lab::hosts::Version;
use drsh_lab::scenario::{Disaster, HostsPlan};

use crate::campaign::Trial;
use crate::on_hosts;

fn schedule(text: &str) -> Schedule {
    serde_json::from_str(text).unwrap()
}

/// Restores a cluster of three control plane hosts and a worker while the schedule is played.
fn restores(release: Version, text: &str) {
    let mut trial = Trial::default();
    let plan = HostsPlan { release, disaster: Disaster::DataDeleted, workers: 1, ..HostsPlan::default() };
    let found = on_hosts::under(1, plan, |_| schedule(text), &mut trial);
    if let Err(story) = trial.ended(found) {
        panic!("{story}");
    }
}

/// drsh took a list of addresses for whole that was cut after the command's status had come, and kept it in the
/// journal: no node had an address of the recovery host, however often the run was resumed.
#[test]
fn what_a_host_prints_is_cut_while_the_addresses_are_read() {
    restores(
        Version::V4_18,
        r#"[{"place": "master-0", "after": {"requests": 5}, "fault": {"commands_cut": {"times": 2, "bytes": 163}}}]"#,
    );
}

/// The lab's etcd left half a database when it was stopped on a full disk, which etcd's own file cannot become.
#[test]
fn a_disk_is_full_when_etcd_is_put_aside() {
    restores(
        Version::V4_18,
        r#"[{"place": "master-2", "after": {"requests": 8}, "fault": {"disk_full": {"seconds": 312}}},
            {"place": "master-2", "after": {"requests": 9}, "fault": "connections_cut"}]"#,
    );
}

/// The lab's etcd operator took the recovery host's member, which it was just restarting, for one without data.
#[test]
fn a_long_restore_stops_in_the_network_and_is_resumed() {
    restores(
        Version::V4_12,
        r#"[{"place": "standalone", "after": {"requests": 78}, "fault": {"conflicts": {"times": 6}}},
            {"place": "master-2", "after": {"requests": 5}, "fault": {"commands_cut": {"times": 2, "bytes": 68}}},
            {"place": "standalone", "after": {"seconds": 2898}, "fault": {"answer_cut": {"times": 9, "bytes": 1964}}}]"#,
    );
}

/// A copy to a host waited its half hour for a command that the host never answered, though its connection lived.
#[test]
fn a_host_never_answers_while_the_backup_is_copied_to_it() {
    restores(
        Version::V4_18,
        r#"[{"place": "master-0", "after": {"requests": 19}, "fault": {"hangs": {"times": 1}}}]"#,
    );
}
