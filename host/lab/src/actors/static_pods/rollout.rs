//! Which node is at which revision, as the status of an operator keeps it.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::object::{list, number, text};

/// A node of the control plane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: String,
    /// The revision that runs there; 0 if none was brought there yet.
    pub(super) current: u32,
    /// The revision that is being brought there; 0 if none is.
    pub(super) target: u32,
}

/// The state of a rollout. It lives in the operator's status, since operators come and go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rollout {
    pub(super) latest: u32,
    /// The wish that the latest revision was made for.
    pub(super) reason: String,
    pub(super) nodes: Vec<Node>,
}

impl Rollout {
    /// Reads a status; `first` is the revision that a cluster begins with.
    pub(super) fn of(operator: &DynamicObject, first: u32) -> Self {
        let count = |value: &Value| value.as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
        let latest = number(operator, "/status/latestAvailableRevision").and_then(|n| u32::try_from(n).ok());
        let nodes = list(operator, "/status/nodeStatuses").iter().map(|node| Node {
            name: node["nodeName"].as_str().unwrap_or_default().to_owned(),
            current: count(&node["currentRevision"]),
            target: count(&node["targetRevision"]),
        });
        Self {
            latest: latest.unwrap_or(first),
            reason: text(operator, "/status/latestAvailableRevisionReason").to_owned(),
            nodes: nodes.collect(),
        }
    }

    /// Drops nodes that are gone and takes in those that came, which begin at revision `new`.
    pub(super) fn follow(&mut self, names: &[String], new: u32) {
        self.nodes.retain(|node| names.contains(&node.name));
        for name in names {
            if self.nodes.iter().all(|node| node.name != *name) {
                self.nodes.push(Node { name: name.clone(), current: new, target: 0 });
            }
        }
        self.nodes.sort_by(|one, other| one.name.cmp(&other.name));
    }

    /// Notes that a revision runs on a node, if that is what was brought there.
    pub(super) fn observe(&mut self, name: &str, running: u32) {
        for node in self.nodes.iter_mut().filter(|node| node.name == name) {
            if node.target != 0 && node.target == running {
                node.current = running;
                node.target = 0;
            }
        }
    }

    /// Whether every node is at the latest revision.
    pub(super) fn is_done(&self) -> bool {
        self.nodes.iter().all(|node| node.current == self.latest && node.target == 0)
    }

    /// `2 nodes are at revision 6; 1 nodes are at revision 7`, as operators write it.
    pub(super) fn message(&self) -> String {
        let mut revisions: Vec<u32> = self.nodes.iter().map(|node| node.current).collect();
        revisions.sort_unstable();
        revisions.dedup();
        let at = |revision: u32| self.nodes.iter().filter(|node| node.current == revision).count();
        let mut parts: Vec<String> = revisions
            .iter()
            .map(|revision| format!("{} nodes are at revision {revision}", at(*revision)))
            .collect();
        if !self.is_done() && at(self.latest) == 0 {
            parts.push(format!("0 nodes have achieved new revision {}", self.latest));
        }
        parts.join("; ")
    }

    /// The part of the status that it is kept in.
    pub(super) fn status(&self) -> Value {
        let nodes: Vec<Value> = self
            .nodes
            .iter()
            .map(|node| {
                let mut one = json!({"nodeName": node.name, "currentRevision": node.current});
                if node.target != 0 {
                    one["targetRevision"] = node.target.into();
                }
                one
            })
            .collect();
        json!({
            "latestAvailableRevision": self.latest,
            "latestAvailableRevisionReason": self.reason,
            "nodeStatuses": nodes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rollout(latest: u32, current: &[u32]) -> Rollout {
        let names = (0..).map(|number| format!("master-{number}"));
        let nodes = names.zip(current).map(|(name, current)| Node { name, current: *current, target: 0 });
        Rollout { latest, reason: String::new(), nodes: nodes.collect() }
    }

    #[test]
    fn a_rollout_tells_how_far_it_is_in_the_words_of_the_guide() {
        assert_eq!(rollout(7, &[7, 7, 7]).message(), "3 nodes are at revision 7");
        assert_eq!(rollout(7, &[6, 7, 6]).message(), "2 nodes are at revision 6; 1 nodes are at revision 7");
        let begun = rollout(8, &[7, 7, 7]);
        assert_eq!(begun.message(), "3 nodes are at revision 7; 0 nodes have achieved new revision 8");
        assert!(!begun.is_done());
    }

    #[test]
    fn a_node_that_is_gone_is_dropped_and_one_that_came_has_no_revision() {
        let mut rollout = rollout(8, &[8, 8]);
        rollout.follow(&["master-1".to_owned(), "master-9".to_owned()], 0);
        let left: Vec<_> = rollout.nodes.iter().map(|node| (node.name.as_str(), node.current)).collect();
        assert_eq!(left, [("master-1", 8), ("master-9", 0)]);
        assert!(!rollout.is_done());
    }
}
