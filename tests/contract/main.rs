//! The contract of a Kubernetes API server: what clients see of it, in cases that the lab and a real server pass alike.
//!
//! Each case writes down what it sees. `answers` holds what a real kube-apiserver said, recorded with
//! `DRSH_CONTRACT_RECORD=1`; the lab is held against it, and so is the real server, where there is one.
#![allow(
    clippy::needless_pass_by_value,
    clippy::items_after_statements,
    clippy::unused_async,
    reason = "cases read as what they send"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is surprised"
)]

#[macro_use]
mod kit;

mod access;
mod applying;
mod custom;
mod definitions;
mod deleting;
mod discovery;
mod hosted;
mod leases;
mod listing;
mod objects;
mod owned;
mod parts;

mod patches;
mod requests;
mod watching;
mod workloads;

use std::collections::BTreeSet;

/// Cases that belong together; their answers are in one file.
pub struct Topic {
    name: &'static str,
    cases: &'static [&'static str],
}

const TOPICS: &[Topic] = &[
    access::TOPIC,
    applying::TOPIC,
    custom::TOPIC,
    definitions::TOPIC,
    deleting::TOPIC,
    discovery::TOPIC,
    hosted::TOPIC,
    leases::TOPIC,
    listing::TOPIC,
    objects::TOPIC,
    owned::TOPIC,
    parts::TOPIC,
    patches::TOPIC,
    requests::TOPIC,
    watching::TOPIC,
    workloads::TOPIC,
];

#[test]
fn there_are_at_least_120_cases() {
    let count: usize = TOPICS.iter().map(|topic| topic.cases.len()).sum();
    assert!(count >= 120, "{count} cases");
}

#[test]
fn what_is_recorded_belongs_to_a_case_and_every_case_has_seen_something() {
    let named = |topic: &str, case: &str| format!("{topic}: {case}");
    let cases: BTreeSet<_> =
        TOPICS.iter().flat_map(|topic| topic.cases.iter().map(|case| named(topic.name, case))).collect();
    let mut recorded = BTreeSet::new();
    for (topic, answers) in kit::recorded_files() {
        for (case, seen) in &answers {
            assert!(seen.as_array().is_some_and(|seen| !seen.is_empty()), "{topic}: {case} saw nothing");
            recorded.insert(named(&topic, case));
        }
    }
    let odd: Vec<_> = cases.symmetric_difference(&recorded).collect();
    assert!(odd.is_empty(), "not a case, or not recorded: {odd:?}");
}
