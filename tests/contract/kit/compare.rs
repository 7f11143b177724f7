//! Where two transcripts part.

use serde_json::Value;

use super::normal::Transcript;

/// Says where `seen` first differs from what is recorded; nothing if it does not.
pub fn difference(recorded: &Transcript, who: &str, seen: &Transcript) -> Option<String> {
    let pairs = recorded.iter().zip(seen).enumerate();
    for (index, ((what, wanted), (other, got))) in pairs {
        if what != other {
            return Some(format!("{who}: observation {index} is \"{other}\", recorded is \"{what}\""));
        }
        if let Some((path, wanted, got)) = first(wanted, got, String::new()) {
            return Some(format!(
                "{who} differs at \"{what}\", {path}\n  recorded: {}\n  {who}: {}",
                shown(wanted),
                shown(got)
            ));
        }
    }
    let (wanted, got) = (recorded.len(), seen.len());
    (wanted != got).then(|| format!("{who}: {got} observations, recorded are {wanted}"))
}

type Parts<'a> = (String, Option<&'a Value>, Option<&'a Value>);

/// The first place where two values differ, deepest first.
fn first<'a>(wanted: &'a Value, got: &'a Value, path: String) -> Option<Parts<'a>> {
    if wanted == got {
        return None;
    }
    match (wanted, got) {
        (Value::Object(one), Value::Object(other)) => {
            let fields = one.keys().chain(other.keys().filter(|field| !one.contains_key(*field)));
            for field in fields {
                let path = format!("{path}/{field}");
                match (one.get(field), other.get(field)) {
                    (Some(one), Some(other)) => {
                        if let Some(found) = first(one, other, path) {
                            return Some(found);
                        }
                    }
                    (one, other) => return Some((path, one, other)),
                }
            }
            None
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .find_map(|(index, (one, other))| first(one, other, format!("{path}/{index}"))),
        _ => Some((path, Some(wanted), Some(got))),
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn transcript(values: &[Value]) -> Transcript {
        values.iter().map(|value| ("create".to_owned(), value.clone())).collect()
    }

    #[test]
    fn a_changed_answer_is_noticed_and_shown_from_both_sides() {
        let recorded =
            transcript(&[json!({ "code": 409, "body": { "reason": "AlreadyExists", "list": [1, 2] } })]);
        let seen = transcript(&[json!({ "code": 409, "body": { "reason": "Conflict", "list": [1, 2] } })]);
        assert_eq!(difference(&recorded, "the lab", &recorded), None);
        assert_eq!(
            difference(&recorded, "the lab", &seen).unwrap(),
            "the lab differs at \"create\", /body/reason\n  recorded: \"AlreadyExists\"\n  the lab: \"Conflict\""
        );
    }

    #[test]
    fn a_missing_or_additional_part_is_noticed() {
        let recorded = transcript(&[json!({ "a": [1, 2] })]);
        for other in
            [json!({ "a": [1] }), json!({ "a": [1, 2], "b": null }), json!({}), json!({ "a": [1, 3] })]
        {
            assert!(difference(&recorded, "the lab", &transcript(&[other])).is_some());
        }
        assert!(difference(&recorded, "the lab", &transcript(&[])).is_some());
        let longer = [recorded.clone(), recorded.clone()].concat();
        assert!(difference(&recorded, "the lab", &longer).is_some());
    }

    #[test]
    fn another_order_of_observations_is_noticed() {
        let one = [("a".to_owned(), json!(1)), ("b".to_owned(), json!(1))].to_vec();
        let other = one.iter().rev().cloned().collect();
        assert!(difference(&one, "the lab", &other).is_some());
    }
}
