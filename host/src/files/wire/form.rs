//! Values as YAML and JSON, and back; secrets are written as what they are, and are secret again when read.

use rhai::Dynamic;
use serde_json::Value;

use crate::data::{object_to_dynamic, object_to_json};
use crate::environment::Folder;
use crate::gate::Permitted;
use crate::local;
use crate::problem::Problem;

pub(super) fn to_yaml(value: &Dynamic) -> Result<String, Problem> {
    let value = object_to_json(value)?;
    // What the crate would not write is written as JSON, which is YAML too.
    Ok(serde_saphyr::to_string(&value).unwrap_or_else(|_| format!("{value:#}\n")))
}

pub(super) fn to_json(value: &Dynamic) -> Result<String, Problem> {
    Ok(format!("{:#}\n", object_to_json(value)?))
}

pub(super) fn from_yaml(folder: &Permitted<Folder>, path: &str, text: &str) -> Result<Dynamic, Problem> {
    parse_yaml(text).map(|value| keep(folder, value)).map_err(|broken| broken.told_of(folder, path, "YAML"))
}

pub(super) fn from_json(folder: &Permitted<Folder>, path: &str, text: &str) -> Result<Dynamic, Problem> {
    serde_json::from_str(text).map(|value| keep(folder, value)).map_err(|error| {
        // The crate's own text ends with the place; the line stands before it already.
        let said = error.to_string();
        let reason = said.split(" at line ").next().unwrap_or_default().to_owned();
        Broken { line: u64::try_from(error.line()).unwrap_or_default(), reason, hint: None }
            .told_of(folder, path, "JSON")
    })
}

fn keep(folder: &Permitted<Folder>, value: Value) -> Dynamic {
    object_to_dynamic(value, &|text| folder.run().keep_secret(text))
}

/// What is wrong with a text, and where.
#[derive(Debug, PartialEq, Eq)]
struct Broken {
    line: u64,
    reason: String,
    hint: Option<&'static str>,
}

impl Broken {
    fn told_of(self, folder: &Permitted<Folder>, path: &str, form: &str) -> Problem {
        let place =
            local::find(folder, path).map_or_else(|_| path.to_owned(), |found| found.display().to_string());
        let message = format!("{place}:{}: not read as {form}: {}", self.line, self.reason);
        let problem = Problem::new("invalid", message);
        match self.hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}

fn parse_yaml(text: &str) -> Result<Value, Broken> {
    let options = serde_saphyr::options! {
        // A value of the file must not stand in the message: it may be a secret.
        with_snippet: false,
        strict_booleans: true,
    };
    match serde_saphyr::from_str_with_options::<Value>(text, options) {
        Ok(Value::Null) => Err(Broken {
            line: 1,
            reason: "the file holds nothing".to_owned(),
            hint: Some("it may have been cut off while it was written; take it from another copy"),
        }),
        Ok(value) => Ok(value),
        Err(error) => {
            let line = error.location().map_or(1, |location| location.line());
            if let serde_saphyr::Error::MultipleDocuments { .. } = error.without_snippet() {
                return Err(Broken {
                    line,
                    reason: "a second document begins here, and only one is read".to_owned(),
                    hint: Some("split the file at the `---` lines"),
                });
            }
            Err(Broken { line, reason: without_place(&error.without_snippet().to_string()), hint: None })
        }
    }
}

/// Takes the place out of the crate's text: the line stands before it already.
fn without_place(said: &str) -> String {
    let first = said.lines().next().unwrap_or_default();
    let reason = first.rsplit_once(" at line ").map_or(first, |(reason, _)| reason);
    reason.strip_prefix("error: ").unwrap_or(reason).trim_end_matches(['.', ':']).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn there_and_back(value: &Value) -> Value {
        parse_yaml(&serde_saphyr::to_string(value).unwrap()).unwrap()
    }

    #[test]
    fn texts_that_look_like_something_else_stay_texts() {
        let texts = [
            "true",
            "no",
            "on",
            "y",
            "null",
            "~",
            "1",
            "1.0",
            "1e3",
            "0x1f",
            "0o17",
            "1_000",
            "1:30",
            ".5",
            "-",
            "2024-01-01",
            "",
            " ",
            " a",
            "a ",
            "# a",
            "a # b",
            "a: b",
            "- a",
            "[a]",
            "{a}",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a`",
            "'a'",
            "\"a\"",
            "a\nb",
            "a\n",
            "\na",
            "a\n\n",
            "  a\n b\n",
            "\ta",
            "a\tb",
            "\u{7f}",
            "\u{feff}",
            "|",
            ">",
            "---",
            "...",
            "--- a",
            "?",
            "? a",
            "<<",
            "=",
            ".inf",
            ".nan",
            "a\r\nb",
            "ключ",
            "\u{1f600}",
            "\\n",
        ];
        let keys: serde_json::Map<String, Value> =
            texts.iter().map(|text| ((*text).to_owned(), json!(text))).collect();
        let value = json!({ "list": texts.to_vec(), "map": keys });
        assert_eq!(there_and_back(&value), value);
    }

    #[test]
    fn what_oc_writes_is_read() {
        let text = "apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  annotations:\n    note: |\n      two\n      lines\n  \
            creationTimestamp: \"2024-01-01T00:00:00Z\"\n  labels:\n    on: \"yes\"\n  limit: 1.5\n  on: true\n  empty: {}\n  none: null\nlist:\n- a\n- b: 1\n  c: 2\n";
        let value = parse_yaml(text).unwrap();
        assert_eq!(value["metadata"]["annotations"]["note"], "two\nlines\n");
        assert_eq!(value["metadata"]["labels"]["on"], "yes");
        assert_eq!(value["list"][1], json!({"b": 1, "c": 2}));
        assert_eq!(value["metadata"]["none"], Value::Null);
    }

    #[test]
    fn one_document_with_its_marks_is_read() {
        assert_eq!(parse_yaml("---\na: 1\n...\n").unwrap(), json!({"a": 1}));
    }

    #[test]
    fn several_documents_and_none_are_refused() {
        let broken = parse_yaml("a: 1\n---\nb: 2\n").unwrap_err();
        assert_eq!(broken.reason, "a second document begins here, and only one is read");
        for nothing in ["", "\n", "# only a comment\n", "---\n"] {
            assert_eq!(parse_yaml(nothing).unwrap_err().reason, "the file holds nothing", "{nothing:?}");
        }
    }

    #[test]
    fn broken_yaml_is_told_with_its_line_and_without_its_text() {
        let broken = parse_yaml("kind: Secret\ndata:\n  key: canary-7f3c\n bad: canary-8\n").unwrap_err();
        assert_eq!(broken.line, 4);
        assert!(!broken.reason.contains("canary"), "{}", broken.reason);
        let broken = parse_yaml("a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!(broken.line, 3, "{}", broken.reason);
        let broken = parse_yaml("a: [1, 2\nb: 3\n").unwrap_err();
        assert!(!broken.reason.is_empty());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e300..1e300_f64).prop_map(Value::from),
            ".*".prop_map(Value::from),
            "[ -~\\n\\t]*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[ -~\\n]*", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_back_identically(value in any_json()) {
            let value = json!({ "value": value });
            prop_assert_eq!(there_and_back(&value), value);
        }
    }
}
