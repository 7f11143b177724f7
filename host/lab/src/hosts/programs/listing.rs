//! Programs that look at files: `ls`, `stat`, `find`, `readlink`, `realpath`.

use std::cmp::Ordering;
use std::fmt::Write as _;

use futures::future::BoxFuture;
use jiff::tz::TimeZone;

use super::super::call::{Call, End};
use super::super::files::{Kind, Meta};
use super::super::process::Exit;
use super::super::shell::matches;
use super::Options;

pub(super) fn run(call: Call) -> BoxFuture<'static, End> {
    Box::pin(async move {
        match call.name() {
            "stat" => stat(&call).await,
            "find" => find(&call).await,
            "readlink" | "realpath" => real(&call).await,
            _ => ls(&call).await,
        }
    })
}

async fn ls(call: &Call) -> End {
    let options = Options::of(call, &[]);
    let mut paths = options.words.clone();
    if paths.is_empty() {
        paths.push(".".to_owned());
    }
    let (mut single, mut folders) = (Vec::new(), Vec::new());
    let mut end = Ok(());
    for path in paths {
        let meta = if options.has(&["l", "d"]) { call.view.link_meta(&path) } else { call.view.meta(&path) };
        match meta {
            Ok(meta) if meta.is_folder() && !options.has(&["d"]) => folders.push(path),
            Ok(meta) => single.push((path, meta)),
            Err(error) => end = Err(call.fail(2, &format!("ls: cannot access '{path}': {error}")).await),
        }
    }
    call.print(lines(&options, single)).await?;
    let several = folders.len() > 1;
    for path in folders {
        let found = match call.view.list(&path) {
            Ok(found) => found,
            Err(error) => {
                end = Err(call.fail(2, &format!("ls: cannot open directory '{path}': {error}")).await);
                continue;
            }
        };
        let hidden = options.has(&["a", "A"]);
        let shown = found.into_iter().filter(|(name, _)| hidden || !name.starts_with('.')).collect();
        let title = if several { format!("{path}:\n") } else { String::new() };
        let total = if options.has(&["l"]) { "total 0\n" } else { "" };
        call.print(title + total + &lines(&options, shown)).await?;
    }
    end
}

fn lines(options: &Options, mut entries: Vec<(String, Meta)>) -> String {
    if options.has(&["t"]) {
        entries.sort_by_key(|(_, meta)| std::cmp::Reverse(meta.modified));
    } else if options.has(&["v"]) {
        entries.sort_by(|(one, _), (other, _)| by_version(one, other));
    } else {
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    }
    if options.has(&["r"]) {
        entries.reverse();
    }
    let mut text = String::new();
    for (name, meta) in entries {
        if options.has(&["l"]) {
            let time = meta.modified.to_zoned(TimeZone::UTC).strftime("%b %e %H:%M").to_string();
            let (mode, owner) = (letters(&meta), meta.owner);
            let _ = write!(text, "{mode}. 1 {owner} {owner} {:>10} {time} ", meta.size);
        }
        text += &name;
        if let (true, Kind::Link(target)) = (options.has(&["l"]), &meta.kind) {
            let _ = write!(text, " -> {target}");
        }
        text.push('\n');
    }
    text
}

/// The mode as `ls` writes it.
fn letters(meta: &Meta) -> String {
    const STICKY: u32 = 0o1000;
    let kind = match meta.kind {
        Kind::Folder => 'd',
        Kind::Link(_) => 'l',
        Kind::File => '-',
    };
    let bit = |at: u32, letter| if meta.mode & (1 << at) == 0 { '-' } else { letter };
    let mut text: String = (0..9).rev().map(|at| bit(at, ['x', 'w', 'r'][at as usize % 3])).collect();
    if meta.mode & STICKY != 0 {
        text.pop();
        text.push('t');
    }
    format!("{kind}{text}")
}

/// Compares names so that numbers in them count as numbers, as `ls -v` does.
pub(in crate::hosts) fn by_version(one: &str, other: &str) -> Ordering {
    let parts = |text: &str| {
        let mut parts: Vec<(bool, String)> = Vec::new();
        for letter in text.chars() {
            let digit = letter.is_ascii_digit();
            match parts.last_mut() {
                Some((kind, part)) if *kind == digit => part.push(letter),
                _ => parts.push((digit, letter.to_string())),
            }
        }
        parts
    };
    for (left, right) in parts(one).iter().zip(&parts(other)) {
        let order = match (left, right) {
            ((true, left), (true, right)) => {
                let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
                left.len().cmp(&right.len()).then_with(|| left.cmp(right))
            }
            ((_, left), (_, right)) => left.cmp(right),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    one.len().cmp(&other.len())
}

async fn stat(call: &Call) -> End {
    let options = Options::of(call, &["c", "format", "printf"]);
    let format = options.value(&["c", "format"]).unwrap_or("  File: %n\n  Size: %s\n  Mode: %a %A %U");
    let mut end = Ok(());
    for path in &options.words {
        let meta = if options.has(&["L"]) { call.view.meta(path) } else { call.view.link_meta(path) };
        match meta {
            Ok(meta) => call.print(formatted(format, path, &meta) + "\n").await?,
            Err(error) => end = Err(call.fail(1, &format!("stat: cannot statx '{path}': {error}")).await),
        }
    }
    end
}

#[allow(clippy::format_push_string, reason = "each letter makes a text of its own")]
fn formatted(format: &str, path: &str, meta: &Meta) -> String {
    let mut text = String::new();
    let mut letters_of = format.chars();
    while let Some(letter) = letters_of.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        text += &match letters_of.next() {
            Some('n') => path.to_owned(),
            Some('s') => meta.size.to_string(),
            Some('a') => format!("{:o}", meta.mode),
            Some('A') => letters(meta),
            Some('U' | 'G') => meta.owner.to_string(),
            Some('u' | 'g') => meta.owner.id().to_string(),
            Some('Y') => meta.modified.as_second().to_string(),
            Some('y') => meta.modified.to_zoned(TimeZone::UTC).strftime("%F %T.%N %z").to_string(),
            Some('F') => match meta.kind {
                Kind::Folder => "directory".to_owned(),
                Kind::Link(_) => "symbolic link".to_owned(),
                Kind::File if meta.size == 0 => "regular empty file".to_owned(),
                Kind::File => "regular file".to_owned(),
            },
            Some(other) => other.to_string(),
            None => "%".to_owned(),
        };
    }
    text
}

async fn find(call: &Call) -> End {
    let words = call.words();
    let tests = words.iter().position(|word| word.starts_with('-') || word == "!").unwrap_or(words.len());
    let here = [".".to_owned()];
    let roots = if tests == 0 { &here[..] } else { &words[..tests] };
    let value = |name: &str| {
        words[tests..].iter().position(|word| word == name).and_then(|at| words.get(tests + at + 1)).cloned()
    };
    let (name, kind) = (value("-name"), value("-type"));
    let depth = |name: &str| value(name).and_then(|depth| depth.parse::<usize>().ok());
    let (least, most) = (depth("-mindepth").unwrap_or(0), depth("-maxdepth").unwrap_or(usize::MAX));
    let mut end = Ok(());
    for root in roots {
        let found = match call.view.walk(root) {
            Ok(found) => found,
            Err(error) => {
                end = Err(call.fail(1, &format!("find: '{root}': {error}")).await);
                continue;
            }
        };
        for (path, meta) in found {
            let below = path[root.len()..].matches('/').count();
            let own_name = path.rsplit('/').next().unwrap_or(&path);
            let fits_kind = kind
                .as_deref()
                .is_none_or(|kind| letters(&meta).starts_with(if kind == "f" { "-" } else { kind }));
            let fits = name.as_deref().is_none_or(|pattern| matches(pattern, own_name)) && fits_kind;
            if fits && (least..=most).contains(&below) {
                let end = if words.iter().any(|word| word == "-print0") { "\0" } else { "\n" };
                call.print(format!("{path}{end}")).await?;
            }
        }
    }
    end
}

async fn real(call: &Call) -> End {
    let options = Options::of(call, &[]);
    let mut end = Ok(());
    for path in &options.words {
        let answer = if call.name() == "readlink" && !options.has(&["f", "e"]) {
            call.view.link_meta(path).ok().and_then(|meta| match meta.kind {
                Kind::Link(target) => Some(target),
                _ => None,
            })
        } else {
            call.view.real(path).ok()
        };
        match answer {
            Some(answer) => call.print(answer + "\n").await?,
            None => end = Err(Exit::Code(1)),
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        assert_eq!(by_version("pod-9", "pod-10"), Ordering::Less);
        assert_eq!(by_version("snapshot_2026-01-02.db", "snapshot_2026-01-10.db"), Ordering::Less);
        assert_eq!(by_version("a", "a"), Ordering::Equal);
    }
}
