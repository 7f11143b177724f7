//! The kinds of parameter: what each looks like, and how it is read.

use std::time::Duration;

use rhai::Dynamic;
use toml::Value;

/// Says what a right value looks like.
#[must_use]
pub fn describe(kind: &str) -> String {
    match kind {
        "text" => "text in quotes that is not empty".into(),
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
        ("text", Value::String(text)) => (!text.trim().is_empty()).then(|| text.clone().into()),
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
