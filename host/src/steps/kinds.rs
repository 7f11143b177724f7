//! The kinds of parameter: what each looks like, and how it is read.

use std::collections::BTreeSet;
use std::time::Duration;

use rhai::{Array, Dynamic};
use toml::Value;

/// Says what a right value looks like.
#[must_use]
pub fn describe(kind: &str) -> String {
    match kind {
        "text" => "text in quotes that is not empty".into(),
        "host" => "the name of a host that is declared under [hosts]".into(),
        "hosts" => "a list of hosts that are declared under [hosts], none twice, such as [\"master-0\"]".into(),
        "integer" => "a whole number, such as 3".into(),
        "flag" => "true or false".into(),
        "duration" => "a duration, such as \"90s\", \"5m\" or \"2h\"".into(),
        "dns-label" => {
            "a DNS label: lower-case letters, digits and dashes, at most 63, such as demo-1".into()
        }
        "dns-subdomain" => {
            "a DNS name: labels of lower-case letters, digits and dashes, with dots between, such as demo.example.com".into()
        }
        other => match other.strip_prefix("one of ") {
            Some(choices) => format!("one of {}", choices.replace('|', ", ")),
            None => format!("of the unknown kind `{other}`: the script is wrong"),
        },
    }
}

/// Reads a value of the kind; `None` if it is not one.
#[must_use]
pub fn read(kind: &str, value: &Value) -> Option<Dynamic> {
    match (kind, value) {
        ("integer", Value::Integer(number)) => Some((*number).into()),
        ("flag", Value::Boolean(flag)) => Some((*flag).into()),
        ("duration", Value::String(text)) => duration(text).map(Dynamic::from),
        ("text" | "host", Value::String(text)) => (!text.trim().is_empty()).then(|| text.clone().into()),
        ("hosts", Value::Array(names)) => hosts(names).map(Dynamic::from),
        ("dns-label", Value::String(text)) => is_label(text).then(|| text.clone().into()),
        ("dns-subdomain", Value::String(text)) => {
            (text.len() <= 253 && text.split('.').all(is_label)).then(|| text.clone().into())
        }
        (choices, Value::String(text)) => {
            let mut choices = choices.strip_prefix("one of ")?.split('|');
            choices.any(|choice| choice == text).then(|| text.clone().into())
        }
        _ => None,
    }
}

/// The hosts that a value of the kind `host` or `hosts` names.
#[must_use]
pub fn named_hosts(kind: &str, value: &Value) -> Vec<String> {
    match (kind, value) {
        ("host", Value::String(name)) => vec![name.clone()],
        ("hosts", Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn hosts(names: &[Value]) -> Option<Array> {
    let texts: Vec<&str> = names.iter().map(Value::as_str).collect::<Option<_>>()?;
    let different: BTreeSet<&str> = texts.iter().copied().collect();
    let is_right = !texts.is_empty() && different.len() == texts.len() && !different.contains("");
    is_right.then(|| texts.iter().map(|text| Dynamic::from((*text).to_owned())).collect())
}

fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&text.len())
        && text.chars().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit).map(Duration::from_secs)
}
