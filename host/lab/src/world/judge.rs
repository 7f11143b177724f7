//! What those who judge look at: the world as it is, and who could write when.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Lab;
use crate::actors::hosted_api::Turn;
use crate::aws::route53::Record;
use crate::cloud::Instance;

/// A time in which the API of one hosted cluster answered on two management clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// The namespace of the control plane.
    pub namespace: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when; `None` if it lasts.
    pub until: Option<Timestamp>,
}

impl Lab {
    /// The instances of the hosted cluster with this infrastructure id that nobody terminated.
    #[must_use]
    pub fn instances_alive(&self, infra_id: &str) -> Vec<Instance> {
        let mut all = self.cloud.instances();
        all.retain(|one| one.is_alive() && one.infra_id == infra_id);
        all
    }

    /// The record sets of the zone.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.outside.zone.records()
    }

    /// When both sides could write: empty if no hosted cluster ever answered on two management clusters.
    #[must_use]
    pub fn overlaps(&self) -> Vec<Overlap> {
        overlaps(&self.hosted.history())
    }
}

fn overlaps(history: &[Turn]) -> Vec<Overlap> {
    let mut up: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut found: Vec<Overlap> = Vec::new();
    for turn in history {
        let on = up.entry(&turn.namespace).or_default();
        let before = on.len();
        on.retain(|management| *management != turn.management);
        if turn.up {
            on.push(&turn.management);
        }
        let after = on.len();
        if after > 1 && before <= 1 {
            found.push(Overlap { namespace: turn.namespace.clone(), since: turn.at, until: None });
        } else if after <= 1 && before > 1 {
            let open =
                found.iter_mut().rev().find(|one| one.namespace == turn.namespace && one.until.is_none());
            if let Some(open) = open {
                open.until = Some(turn.at);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(second: i64, management: &str, up: bool) -> Turn {
        Turn {
            at: Timestamp::from_second(second).unwrap(),
            management: management.to_owned(),
            namespace: "clusters-demo".to_owned(),
            up,
        }
    }

    #[test]
    fn two_apis_overlap_only_while_both_answer() {
        let moved = [turn(1, "source", true), turn(5, "source", false), turn(6, "destination", true)];
        assert_eq!(overlaps(&moved), []);
        let hasty = [turn(1, "source", true), turn(4, "destination", true), turn(5, "source", false)];
        let found = overlaps(&hasty);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].since, Timestamp::from_second(4).unwrap());
        assert_eq!(found[0].until, Some(Timestamp::from_second(5).unwrap()));
    }
}
