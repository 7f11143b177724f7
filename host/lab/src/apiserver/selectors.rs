//! Label and field selectors.

use serde_json::Value;

use super::kinds::Kind;
use super::meta;
use super::status::Status;

/// What a list or a watch is limited to.
#[derive(Debug, Clone, Default)]
pub struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<Requirement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    relation: Relation,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Relation {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
    Above(i64),
    Below(i64),
}

impl Selector {
    /// Reads the two selectors of a request.
    ///
    /// Errors: 400 if one cannot be read, or names a field that this kind cannot be selected by.
    pub fn parse(kind: &Kind, labels: &str, fields: &str) -> Result<Self, Status> {
        let unreadable = |why: String| Status::bad_request(format!("unable to parse requirement: {why}"));
        let labels =
            split(labels).map(label_requirement).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        let fields = split(fields).map(field_requirement).collect::<Result<Vec<_>, _>>().map_err(|part| {
            Status::bad_request(format!("invalid selector: '{fields}'; can't understand '{part}'"))
        })?;
        if let Some(unknown) = fields.iter().find(|wanted| !is_selectable(kind, &wanted.key)) {
            // Kinds with fields of their own say it in other words than those without.
            let message = if fields_of(kind).is_empty() && !kind.custom {
                format!(
                    "\"{}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
                    unknown.key
                )
            } else {
                format!("field label not supported: {}", unknown.key)
            };
            return Err(Status::bad_request(message));
        }
        Ok(Self { labels, fields })
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether the object is selected.
    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        self.labels.iter().all(|wanted| wanted.holds(labels[wanted.key.as_str()].as_str()))
            && self.fields.iter().all(|wanted| {
                let pointer = format!("/{}", wanted.key.replace('.', "/"));
                let value = object.pointer(&pointer).map(|value| match value {
                    Value::String(text) => text.clone(),
                    Value::Null => String::new(),
                    other => other.to_string(),
                });
                // An absent field is equal to the empty text.
                wanted.holds(Some(&value.unwrap_or_default()))
            })
    }

    /// The one name that is selected, if the selection is by name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.fields.iter().find_map(|wanted| match &wanted.relation {
            Relation::In(values) if wanted.key == "metadata.name" => values.first().map(String::as_str),
            _ => None,
        })
    }
}

impl Requirement {
    fn holds(&self, value: Option<&str>) -> bool {
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match &self.relation {
            Relation::In(values) => value.is_some_and(|value| values.iter().any(|wanted| wanted == value)),
            Relation::NotIn(values) => value.is_none_or(|value| values.iter().all(|other| other != value)),
            Relation::Exists => value.is_some(),
            Relation::Absent => value.is_none(),
            Relation::Above(limit) => number().is_some_and(|number| number > *limit),
            Relation::Below(limit) => number().is_some_and(|number| number < *limit),
        }
    }
}

/// Splits at commas that are not within parentheses.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    text.split(move |letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
}

fn label_requirement(text: &str) -> Result<Requirement, String> {
    let made = |key: &str, relation| {
        let key = key.trim();
        let plain = |text: &str| {
            text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'))
        };
        let values = match &relation {
            Relation::In(values) | Relation::NotIn(values) => values.as_slice(),
            _ => &[],
        };
        let fits = key.starts_with(|letter: char| letter.is_ascii_alphanumeric())
            && plain(key)
            && values.iter().all(|value| value.len() <= 63 && plain(value));
        if fits { Ok(Requirement { key: key.to_owned(), relation }) } else { Err(format!("{text:?}")) }
    };
    if let Some(body) = text.strip_suffix(')') {
        let (head, values) = body.split_once('(').ok_or_else(|| format!("{text:?}"))?;
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        let head = head.trim();
        if let Some(key) = head.strip_suffix(" notin") {
            return made(key, Relation::NotIn(values));
        }
        let key = head.strip_suffix(" in").ok_or_else(|| format!("{text:?}"))?;
        return made(key, Relation::In(values));
    }
    if let Some((key, value)) = text.split_once("!=") {
        return made(key, Relation::NotIn(vec![value.trim().to_owned()]));
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return made(key, Relation::In(vec![value.trim().to_owned()]));
    }
    for (sign, make) in [('>', Relation::Above as fn(i64) -> Relation), ('<', Relation::Below)] {
        if let Some((key, value)) = text.split_once(sign) {
            let limit = value.trim().parse().map_err(|_| format!("{text:?}"))?;
            return made(key, make(limit));
        }
    }
    match text.strip_prefix('!') {
        Some(key) => made(key, Relation::Absent),
        None => made(text, Relation::Exists),
    }
}

fn field_requirement(text: &str) -> Result<Requirement, String> {
    let made = |key: &str, relation| Ok(Requirement { key: key.trim().to_owned(), relation });
    if let Some((key, value)) = text.split_once("!=") {
        return made(key, Relation::NotIn(vec![value.trim().to_owned()]));
    }
    let (key, value) =
        text.split_once("==").or_else(|| text.split_once('=')).ok_or_else(|| text.to_owned())?;
    made(key, Relation::In(vec![value.trim().to_owned()]))
}

fn is_selectable(kind: &Kind, field: &str) -> bool {
    matches!(field, "metadata.name" | "metadata.namespace") || fields_of(kind).contains(&field)
}

/// The fields that objects of this kind can be selected by, beside name and namespace.
fn fields_of(kind: &Kind) -> &'static [&'static str] {
    match kind.resource().as_str() {
        "pods" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        "secrets" => &["type"],
        "namespaces" => &["status.phase"],
        "nodes" => &["spec.unschedulable"],
        "events" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        "replicasets.apps" | "replicationcontrollers" => &["status.replicas"],
        "jobs.batch" => &["status.successful"],
        "certificatesigningrequests.certificates.k8s.io" => &["spec.signerName"],
        "services" => &["spec.clusterIP", "spec.type"],
        _ => &[],
    }
}

/// Whether a label selector of an object (`matchLabels`, `matchExpressions`) selects these labels.
#[must_use]
pub fn object_selector_matches(selector: &Value, labels: &Value) -> bool {
    let equal = selector["matchLabels"].as_object().into_iter().flatten();
    let expressions = selector["matchExpressions"].as_array().into_iter().flatten();
    equal.clone().all(|(key, value)| labels.get(key) == Some(value))
        && expressions.clone().all(|expression| {
            let values = expression["values"].as_array().into_iter().flatten();
            let values = values.filter_map(Value::as_str).map(str::to_owned).collect();
            let relation = match meta::text(expression, "/operator") {
                "In" => Relation::In(values),
                "NotIn" => Relation::NotIn(values),
                "Exists" => Relation::Exists,
                "DoesNotExist" => Relation::Absent,
                _ => return false,
            };
            let key = meta::text(expression, "/key").to_owned();
            let value = labels[key.as_str()].as_str();
            Requirement { key, relation }.holds(value)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn selected(labels: &str, fields: &str) -> bool {
        let kinds = crate::apiserver::kinds::builtin();
        let pod = json!({
            "metadata": { "name": "p", "labels": { "app": "etcd", "tier": "2" } },
            "spec": { "nodeName": "n1" },
        });
        Selector::parse(&kinds.get("pods").unwrap(), labels, fields).unwrap().matches(&pod)
    }

    #[test]
    fn label_selectors_know_every_form() {
        for yes in [
            "app=etcd",
            "app==etcd,tier",
            "app!=x",
            "app in (a, etcd)",
            "app notin (a)",
            "!x",
            "tier>1",
            "none!=1",
        ] {
            assert!(selected(yes, ""), "{yes}");
        }
        for no in ["app=x", "x", "!app", "app notin (etcd,a)", "app in (a,b)", "tier<2", "app=etcd,x=1"] {
            assert!(!selected(no, ""), "{no}");
        }
    }

    #[test]
    fn field_selectors_take_an_absent_field_for_an_empty_text() {
        assert!(selected("", "spec.nodeName=n1,metadata.name=p,status.phase!=Running"));
        assert!(selected("", "status.phase="));
        assert!(!selected("", "spec.nodeName="));
    }

    #[test]
    fn a_field_that_is_no_label_of_the_kind_is_refused() {
        let kinds = crate::apiserver::kinds::builtin();
        let status = Selector::parse(&kinds.get("configmaps").unwrap(), "", "data.x=1").unwrap_err();
        assert_eq!(
            status.message,
            "\"data.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        );
        assert!(Selector::parse(&kinds.get("pods").unwrap(), "a in b", "").is_err());
    }
}
