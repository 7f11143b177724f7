//! The columns of what keeps pods going: deployments, stateful sets, daemon sets, replica sets, jobs.

use serde_json::Value;

use super::age;
use super::column::{AGE, Builtin, NAME, Row, number, text, wide};

const CONTAINERS: Builtin = wide("Containers", |row| row.joined("/spec/template/spec/containers", "name"));
const IMAGES: Builtin = wide("Images", |row| row.joined("/spec/template/spec/containers", "image"));
const SELECTOR: Builtin = wide("Selector", |row| row.selector("/spec/selector/matchLabels"));

/// The columns of a deployment.
pub const DEPLOYMENTS: &[Builtin] = &[
    NAME,
    text("Ready", ready),
    text("Up-to-date", |row| row.count("/status/updatedReplicas").into()),
    text("Available", |row| row.count("/status/availableReplicas").into()),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

/// The columns of a stateful set.
pub const STATEFUL_SETS: &[Builtin] = &[NAME, text("Ready", ready), AGE, CONTAINERS, IMAGES];

/// The columns of a daemon set.
pub const DAEMON_SETS: &[Builtin] = &[
    NAME,
    number("Desired", |row| row.count("/status/desiredNumberScheduled").into()),
    number("Current", |row| row.count("/status/currentNumberScheduled").into()),
    number("Ready", |row| row.count("/status/numberReady").into()),
    number("Up-to-date", |row| row.count("/status/updatedNumberScheduled").into()),
    number("Available", |row| row.count("/status/numberAvailable").into()),
    text("Node Selector", |row| row.selector("/spec/template/spec/nodeSelector")),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

/// The columns of a replica set.
pub const REPLICA_SETS: &[Builtin] = &[
    NAME,
    number("Desired", |row| row.count("/spec/replicas").into()),
    number("Current", |row| row.count("/status/replicas").into()),
    number("Ready", |row| row.count("/status/readyReplicas").into()),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

/// The columns of a job.
pub const JOBS: &[Builtin] = &[
    NAME,
    text("Status", |row| job_status(row).into()),
    text("Completions", |row| {
        format!("{}/{}", row.count("/status/succeeded"), row.shown("/spec/completions", "1")).into()
    }),
    text("Duration", |row| job_duration(row).into()),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

/// The columns of a cron job.
pub const CRON_JOBS: &[Builtin] = &[
    NAME,
    text("Schedule", |row| row.at("/spec/schedule").into()),
    text("Timezone", |row| row.or_none("/spec/timeZone")),
    text("Suspend", |row| if row.object["spec"]["suspend"] == true { "True" } else { "False" }.into()),
    number("Active", |row| row.list("/status/active").len().into()),
    text("Last Schedule", |row| match row.at("/status/lastScheduleTime") {
        "" => "<none>".into(),
        when => age::since(when, row.now).into(),
    }),
    AGE,
];

fn ready(row: &Row) -> Value {
    format!("{}/{}", row.count("/status/readyReplicas"), row.count("/spec/replicas")).into()
}

fn job_status(row: &Row) -> &'static str {
    let holds = |kind: &str| {
        row.list("/status/conditions")
            .iter()
            .any(|condition| condition["type"] == kind && condition["status"] == "True")
    };
    match () {
        () if holds("Complete") => "Complete",
        () if holds("Failed") => "Failed",
        () if !row.at("/metadata/deletionTimestamp").is_empty() => "Terminating",
        () if holds("Suspended") => "Suspended",
        () => "Running",
    }
}

fn job_duration(row: &Row) -> String {
    let when = |pointer| row.at(pointer).parse::<jiff::Timestamp>().ok();
    when("/status/startTime").map_or_else(String::new, |start| {
        let end = when("/status/completionTime").unwrap_or(row.now);
        age::duration(end.as_second() - start.as_second())
    })
}
