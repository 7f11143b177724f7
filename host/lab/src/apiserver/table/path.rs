//! The part of `JSONPath` that printer columns use: fields, indexes, every element, and filters by equality.

use serde_json::Value;

/// One step of a path.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// `.field` or `['field']`
    Field(String),
    /// `[3]`
    Index(usize),
    /// `[*]` or `.*`
    All,
    /// `[?(@.field=="value")]`; the field may be a path of fields.
    Where(Vec<String>, String),
}

/// The first value at `path`, or nothing if the path leads nowhere or is not understood.
pub fn first<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    let steps = parse(path)?;
    let mut found = vec![object];
    for step in &steps {
        found = found.into_iter().flat_map(|value| advance(value, step)).collect();
    }
    found.into_iter().next()
}

fn advance<'a>(value: &'a Value, step: &Step) -> Vec<&'a Value> {
    match step {
        Step::Field(name) => value.get(name).into_iter().collect(),
        Step::Index(index) => value.get(index).into_iter().collect(),
        Step::All => match value {
            Value::Array(list) => list.iter().collect(),
            Value::Object(map) => map.values().collect(),
            _ => Vec::new(),
        },
        Step::Where(field, wanted) => {
            let matches = |element: &&Value| {
                let at = field.iter().try_fold(*element, |value, name| value.get(name));
                match at {
                    None => false,
                    Some(Value::String(text)) => text == wanted,
                    Some(other) => serde_json::from_str(wanted).is_ok_and(|wanted: Value| wanted == *other),
                }
            };
            value.as_array().into_iter().flatten().filter(matches).collect()
        }
    }
}

fn parse(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.trim().trim_start_matches('{').trim_end_matches('}');
    rest = rest.strip_prefix('$').unwrap_or(rest);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let end = closing(inner)?;
            steps.push(bracket(inner[..end].trim())?);
            rest = &inner[end + 1..];
        } else {
            let (name, after) = field(rest.strip_prefix('.').unwrap_or(rest));
            match name.as_str() {
                "" => {}
                "*" => steps.push(Step::All),
                _ => steps.push(Step::Field(name)),
            }
            // Neither a bracket nor progress: a path that nobody can follow.
            if after.len() == rest.len() {
                return None;
            }
            rest = after;
        }
    }
    Some(steps)
}

/// A field's name up to the next `.` or `[` that no backslash guards, and what follows.
fn field(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => name.extend(characters.next().map(|(_, guarded)| guarded)),
            '.' | '[' => return (name, &text[at..]),
            _ => name.push(character),
        }
    }
    (name, "")
}

/// Where the bracket closes, past those in quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, ']') => return Some(at),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    None
}

fn bracket(inner: &str) -> Option<Step> {
    if inner == "*" {
        return Some(Step::All);
    }
    if let Some(name) = unquoted(inner) {
        return Some(Step::Field(name.to_owned()));
    }
    if let Some(filter) = inner.strip_prefix("?(").and_then(|filter| filter.strip_suffix(')')) {
        let (left, right) = filter.split_once("==")?;
        let names = left.trim().strip_prefix("@.")?.split('.').map(str::to_owned).collect();
        let wanted = right.trim();
        return Some(Step::Where(names, unquoted(wanted).unwrap_or(wanted).to_owned()));
    }
    inner.parse().ok().map(Step::Index)
}

fn unquoted(text: &str) -> Option<&str> {
    ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_paths_of_printer_columns_find_their_values() {
        let object = json!({
            "metadata": { "labels": { "a.b/c": "label" } },
            "spec": { "list": [{ "n": 1 }, { "n": 2 }] },
            "status": { "conditions": [
                { "type": "Degraded", "status": "False" },
                { "type": "Available", "status": "True", "age": 3 },
            ] },
        });
        let at = |path| first(&object, path).cloned();
        assert_eq!(at(".spec.list[1].n"), Some(json!(2)));
        assert_eq!(at("{.spec.list[*].n}"), Some(json!(1)));
        assert_eq!(at(".metadata.labels.a\\.b/c"), Some(json!("label")));
        assert_eq!(at(".metadata.labels['a.b/c']"), Some(json!("label")));
        assert_eq!(at(".status.conditions[?(@.type==\"Available\")].status"), Some(json!("True")));
        assert_eq!(at(".status.conditions[?(@.age==3)].type"), Some(json!("Available")));
    }

    #[test]
    fn a_path_that_leads_nowhere_or_makes_no_sense_finds_nothing() {
        let object = json!({ "spec": { "replicas": 3 } });
        for path in [".status.replicas", ".spec[0]", ".spec[?(oops)]", ".spec[", "[?(@.a==1)]"] {
            assert_eq!(first(&object, path), None, "{path}");
        }
    }
}
