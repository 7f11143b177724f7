//! `test` and `[`.

use super::super::call::{Call, End};
use super::super::files::{Kind, View};
use super::super::process::Exit;

pub(super) async fn run(call: Call) -> End {
    let mut words: Vec<&str> = call.words().iter().map(String::as_str).collect();
    if call.name() == "[" && words.pop() != Some("]") {
        return Err(call.fail(2, "[: missing `]'").await);
    }
    match holds(&call.view, &words) {
        Some(true) => Ok(()),
        Some(false) => Err(Exit::Code(1)),
        None => {
            let text = format!("{}: {}: unexpected operator", call.name(), words.join(" "));
            Err(call.fail(2, &text).await)
        }
    }
}

fn holds(view: &View, words: &[&str]) -> Option<bool> {
    let meta = |path: &str| view.meta(path).ok();
    Some(match words {
        [] => false,
        ["!", rest @ ..] => !holds(view, rest)?,
        [text] | ["-n", text] => !text.is_empty(),
        ["-z", text] => text.is_empty(),
        ["-e", path] => meta(path).is_some(),
        ["-f", path] => meta(path).is_some_and(|meta| meta.is_file()),
        ["-d", path] => meta(path).is_some_and(|meta| meta.is_folder()),
        ["-s", path] => meta(path).is_some_and(|meta| meta.size > 0),
        ["-L" | "-h", path] => view.link_meta(path).is_ok_and(|meta| matches!(meta.kind, Kind::Link(_))),
        ["-r", path] => view.allows(path, 4),
        ["-w", path] => view.allows(path, 2),
        ["-x", path] => view.allows(path, 1),
        [one, "=" | "==", other] => one == other,
        [one, "!=", other] => one != other,
        [one, sign, other] => {
            let (one, other) = (one.parse::<i64>().ok()?, other.parse::<i64>().ok()?);
            match *sign {
                "-eq" => one == other,
                "-ne" => one != other,
                "-lt" => one < other,
                "-le" => one <= other,
                "-gt" => one > other,
                "-ge" => one >= other,
                _ => return None,
            }
        }
        longer => {
            let at = longer.iter().position(|word| matches!(*word, "-a" | "-o"))?;
            let (one, other) = (holds(view, &longer[..at])?, holds(view, &longer[at + 1..])?);
            if longer[at] == "-a" { one && other } else { one || other }
        }
    })
}
