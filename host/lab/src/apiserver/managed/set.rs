//! Sets of fields, as `fieldsV1` writes them: a tree whose edges are path elements.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A set of fields. An edge is `f:name`, `k:{"key":"value"}` or `v:"value"`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// Whether the field at this place belongs to the set itself.
    pub member: bool,
    /// What lies below.
    pub children: BTreeMap<String, FieldSet>,
}

impl FieldSet {
    /// Reads `fieldsV1`.
    pub fn read(value: &Value) -> Self {
        let mut set = Self::default();
        let Some(map) = value.as_object() else { return set };
        for (edge, below) in map {
            if edge == "." {
                set.member = true;
                continue;
            }
            let mut child = Self::read(below);
            // An edge that leads nowhere further is a field by itself.
            child.member |= child.children.is_empty();
            set.children.insert(edge.clone(), child);
        }
        set
    }

    /// Writes `fieldsV1`.
    pub fn write(&self) -> Value {
        let mut map = Map::new();
        if self.member && !self.children.is_empty() {
            map.insert(".".to_owned(), Value::Object(Map::new()));
        }
        for (edge, child) in &self.children {
            map.insert(edge.clone(), child.write());
        }
        Value::Object(map)
    }

    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        !self.member && self.children.is_empty()
    }

    /// Adds the field at `path`.
    pub fn insert(&mut self, path: &[String]) {
        let mut place = self;
        for edge in path {
            place = place.children.entry(edge.clone()).or_default();
        }
        place.member = true;
    }

    /// The fields of both sets.
    pub fn union(&self, other: &Self) -> Self {
        let mut children = self.children.clone();
        for (edge, child) in &other.children {
            let joined = children.get(edge).map_or_else(|| child.clone(), |mine| mine.union(child));
            children.insert(edge.clone(), joined);
        }
        Self { member: self.member || other.member, children }
    }

    /// The fields of this set that are not in the other.
    pub fn difference(&self, other: &Self) -> Self {
        self.combine(other, |mine, theirs| mine && !theirs, true)
    }

    /// The fields that are in both sets.
    pub fn intersection(&self, other: &Self) -> Self {
        self.combine(other, |mine, theirs| mine && theirs, false)
    }

    fn combine(&self, other: &Self, keep: fn(bool, bool) -> bool, alone: bool) -> Self {
        let children = self
            .children
            .iter()
            .filter_map(|(edge, mine)| match other.children.get(edge) {
                Some(theirs) => Some((edge.clone(), mine.combine(theirs, keep, alone))),
                None => alone.then(|| (edge.clone(), mine.clone())),
            })
            .filter(|(_, child)| !child.is_empty())
            .collect();
        Self { member: keep(self.member, other.member), children }
    }

    /// Removes everything at and below `path`.
    pub fn cut(&mut self, path: &[&str]) {
        match path {
            [] => {}
            [last] => {
                self.children.remove(*last);
            }
            [edge, rest @ ..] => {
                if let Some(child) = self.children.get_mut(*edge) {
                    child.cut(rest);
                    if child.is_empty() {
                        self.children.remove(*edge);
                    }
                }
            }
        }
    }

    /// The fields in people's notation, such as `.spec.containers[name="main"].image`.
    pub fn paths(&self) -> Vec<String> {
        let mut list = Vec::new();
        self.collect("", &mut list);
        list
    }

    fn collect(&self, path: &str, list: &mut Vec<String>) {
        if self.member {
            list.push(path.to_owned());
        }
        for (edge, child) in &self.children {
            child.collect(&format!("{path}{}", notation(edge)), list);
        }
    }
}

fn notation(edge: &str) -> String {
    match edge.split_once(':') {
        Some(("f", name)) => format!(".{name}"),
        Some(("k", key)) => {
            let key: Map<String, Value> = serde_json::from_str(key).unwrap_or_default();
            let pairs: Vec<_> = key.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("[{}]", pairs.join(","))
        }
        Some(("v", value)) => format!("[={value}]"),
        _ => format!("[{edge}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written() -> Value {
        json!({ "f:spec": {
            "f:list": { "k:{\"name\":\"a\"}": { ".": {}, "f:image": {} }, "v:\"x\"": {} },
            "f:replicas": {},
        } })
    }

    #[test]
    fn what_is_read_is_written_again_and_shown_to_people() {
        let set = FieldSet::read(&written());
        assert_eq!(set.write(), written());
        assert_eq!(
            set.paths(),
            [
                ".spec.list[name=\"a\"]",
                ".spec.list[name=\"a\"].image",
                ".spec.list[=\"x\"]",
                ".spec.replicas"
            ]
        );
    }

    #[test]
    fn sets_are_joined_and_parted_by_field() {
        let all = FieldSet::read(&written());
        let one = FieldSet::read(&json!({ "f:spec": { "f:replicas": {} } }));
        let rest = all.difference(&one);
        assert_eq!(all.intersection(&one), one);
        assert_eq!(rest.union(&one), all);
        assert!(one.difference(&all).is_empty());
    }
}
