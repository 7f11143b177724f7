//! Programs that print, choose and count lines: `cat`, `echo`, `head`, `tail`, `grep`, `wc`, `sort`, `tee`.

use std::time::Duration;

use futures::future::BoxFuture;
use regex::bytes::RegexBuilder;

use super::super::call::{Call, End};
use super::super::process::Exit;
use super::Options;

/// How much is read at a time.
const CHUNK: usize = 64 << 10;

/// How often a file that is followed is looked at in any case, in life, and the shortest time of the machine's clock.
const LOOKS: Duration = Duration::from_millis(200);
const SHORTEST: Duration = Duration::from_millis(10);

pub(super) fn run(call: Call) -> BoxFuture<'static, End> {
    Box::pin(async move {
        match call.name() {
            "echo" => echo(&call).await,
            "printf" => printf(&call).await,
            "head" => head(&call).await,
            "tail" => tail(&call).await,
            "grep" | "egrep" => grep(&call).await,
            "wc" => wc(&call).await,
            "sort" => sort(&call).await,
            "tee" => tee(&call).await,
            _ => cat(&call).await,
        }
    })
}

/// The content of each file, or what is read where none is given. Missing files are told, and end it with 1.
async fn contents(call: &Call, files: &[String], bad: &mut End) -> Result<Vec<(String, Vec<u8>)>, Exit> {
    if files.is_empty() {
        return Ok(vec![("-".to_owned(), call.streams.stdin.read_all().await)]);
    }
    let mut all = Vec::new();
    for file in files {
        match call.view.read(file) {
            _ if file == "-" => all.push((file.clone(), call.streams.stdin.read_all().await)),
            Ok(bytes) => all.push((file.clone(), bytes)),
            Err(error) => {
                call.complain(&format!("{}: {file}: {error}", call.name())).await?;
                *bad = Err(Exit::Code(1));
            }
        }
    }
    Ok(all)
}

async fn cat(call: &Call) -> End {
    let options = Options::of(call, &[]);
    if options.words.is_empty() {
        loop {
            let bytes = call.streams.stdin.read(CHUNK).await;
            if bytes.is_empty() {
                return Ok(());
            }
            call.print(bytes).await?;
        }
    }
    let mut end = Ok(());
    for (_, bytes) in contents(call, &options.words, &mut end).await? {
        call.print(bytes).await?;
    }
    end
}

async fn echo(call: &Call) -> End {
    match call.words() {
        [first, rest @ ..] if first == "-n" => call.print(rest.join(" ")).await,
        words => call.print(words.join(" ") + "\n").await,
    }
}

async fn printf(call: &Call) -> End {
    let [format, words @ ..] = call.words() else {
        return Err(call.fail(2, "printf: usage: printf format").await);
    };
    let mut words = words.iter();
    loop {
        let before = words.len();
        let text = formatted(format, &mut words);
        call.print(text).await?;
        if words.len() == 0 || words.len() == before {
            return Ok(());
        }
    }
}

/// One pass over the format of `printf`: `%s`, `%b` and `%%` are played, other letters stand for themselves.
fn formatted<'a>(format: &str, words: &mut impl Iterator<Item = &'a String>) -> String {
    let mut text = String::new();
    let mut parts = format.split('%');
    text += &unescaped(parts.next().unwrap_or_default());
    while let Some(part) = parts.next() {
        let mut word = || words.next().map_or("", String::as_str);
        if let Some(rest) = part.strip_prefix('s') {
            text += word();
            text += &unescaped(rest);
        } else if let Some(rest) = part.strip_prefix('b') {
            text += &unescaped(word());
            text += &unescaped(rest);
        } else {
            text.push('%');
            // After `%%` comes plain text, up to the next one.
            let plain = if part.is_empty() { parts.next().unwrap_or_default() } else { part };
            text += &unescaped(plain);
        }
    }
    text
}

/// The text with `\n`, `\t`, `\\` and `\0` with three octal digits as what they stand for.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain += before;
        let octal = after.strip_prefix('0').and_then(|digits| digits.get(..3));
        let letter = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()).filter(u8::is_ascii);
        (rest, plain) = match (letter, after.chars().next()) {
            (Some(letter), _) => (&after[4..], plain + char::from(letter).encode_utf8(&mut [0; 4])),
            (None, Some('n')) => (&after[1..], plain + "\n"),
            (None, Some('t')) => (&after[1..], plain + "\t"),
            (None, Some('\\')) => (&after[1..], plain + "\\"),
            _ => (after, plain + "\\"),
        };
    }
    plain + rest
}

async fn head(call: &Call) -> End {
    let options = Options::of(call, &["n", "c", "lines", "bytes", "s", "pid"]);
    if options.has(&["f"]) {
        return follow(call, &options).await;
    }
    let mut end = Ok(());
    if options.words.is_empty() && !options.has(&["c", "bytes"]) {
        // It reads no more than it shows, so that an endless writer ends too.
        let count =
            options.value(&["n", "lines"]).and_then(|count| count.parse::<usize>().ok()).unwrap_or(10);
        for _ in 0..count {
            let Some(line) = call.streams.stdin.line().await else { break };
            call.print([line.as_slice(), b"\n"].concat()).await?;
        }
        return end;
    }
    for (_, bytes) in contents(call, &options.words, &mut end).await? {
        let most = if let Some(count) = options.value(&["c", "bytes"]) {
            count.parse().unwrap_or(0).min(bytes.len())
        } else {
            let count = options.value(&["n", "lines"]).and_then(|count| count.parse().ok()).unwrap_or(10);
            bytes.split_inclusive(|byte| *byte == b'\n').take(count).map(<[u8]>::len).sum()
        };
        call.print(&bytes[..most]).await?;
    }
    end
}

async fn tail(call: &Call) -> End {
    let options = Options::of(call, &["n", "c", "lines", "bytes"]);
    // `tail -1` is an old form of `tail -n 1`.
    let old = call.words().iter().find_map(|word| word.strip_prefix('-')?.parse::<usize>().ok());
    let mut end = Ok(());
    for (_, bytes) in contents(call, &options.words, &mut end).await? {
        let from = if let Some(count) = options.value(&["c", "bytes"]) {
            match count.strip_prefix('+') {
                Some(start) => start.parse::<usize>().unwrap_or(1).saturating_sub(1).min(bytes.len()),
                None => bytes.len().saturating_sub(count.parse().unwrap_or(0)),
            }
        } else {
            let count =
                options.value(&["n", "lines"]).and_then(|count| count.parse().ok()).or(old).unwrap_or(10);
            let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
            lines[..lines.len().saturating_sub(count)].iter().map(|line| line.len()).sum()
        };
        call.print(&bytes[from..]).await?;
    }
    end
}

/// `tail -c +N -f --pid=ID FILE`: what a file gains, until a process has ended.
async fn follow(call: &Call, options: &Options) -> End {
    let start = options.value(&["c"]).and_then(|count| count.strip_prefix('+')?.parse::<usize>().ok());
    let process = options.value(&["pid"]).and_then(|id| id.parse::<u32>().ok());
    let (Some(start), Some(process), [file]) = (start, process, options.words.as_slice()) else {
        return Err(call.fail(1, "tail: this form of -f is not played").await);
    };
    let mut changes = call.host.files().follow();
    let mut seen = start.saturating_sub(1);
    loop {
        changes.mark_unchanged();
        let is_over = call.host.processes().get(process).is_none();
        let bytes = match call.view.read(file) {
            Ok(bytes) => bytes,
            Err(error) => return Err(call.fail(1, &format!("tail: {file}: {error}")).await),
        };
        if let Some(more) = bytes.get(seen..).filter(|more| !more.is_empty()) {
            call.print(more).await?;
            seen = bytes.len();
        }
        if is_over {
            return Ok(());
        }
        // It looks now and then as well: the end of a process is no change of a file.
        let pause = call.host.clock().scaled(LOOKS).max(SHORTEST);
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

#[allow(clippy::single_match_else, reason = "one of the two ways takes a word off the list")]
async fn grep(call: &Call) -> End {
    let options = Options::of(call, &["e", "regexp", "m"]);
    let mut files = options.words.as_slice();
    let pattern = match options.value(&["e", "regexp"]) {
        Some(pattern) => pattern.to_owned(),
        None => {
            let Some((first, rest)) = files.split_first() else {
                return Err(call.fail(2, "Usage: grep [OPTION]... PATTERNS [FILE]...").await);
            };
            files = rest;
            first.clone()
        }
    };
    let extended = call.name() == "egrep" || options.has(&["E"]);
    let pattern = match (options.has(&["F"]), extended) {
        (true, _) => regex::escape(&pattern),
        (false, true) => pattern,
        // In a basic pattern these letters mean themselves unless a backslash stands before them.
        (false, false) => basic(&pattern),
    };
    let pattern = if options.has(&["w"]) { format!(r"\b(?:{pattern})\b") } else { pattern };
    let pattern = if options.has(&["x"]) { format!("^(?:{pattern})$") } else { pattern };
    let Ok(wanted) = RegexBuilder::new(&pattern).case_insensitive(options.has(&["i"])).build() else {
        return Err(call.fail(2, "grep: Invalid regular expression").await);
    };
    let mut end = Ok(());
    let mut count = 0;
    for (name, bytes) in contents(call, files, &mut end).await? {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            if wanted.is_match(text) == options.has(&["v"]) {
                continue;
            }
            count += 1;
            if options.has(&["q"]) {
                return Ok(());
            }
            if !options.has(&["c"]) {
                let name =
                    if files.len() > 1 && !options.has(&["h"]) { format!("{name}:") } else { String::new() };
                call.print([name.as_bytes(), text, b"\n"].concat()).await?;
            }
        }
    }
    if options.has(&["c"]) {
        call.print(format!("{count}\n")).await?;
    }
    match (end, count) {
        (Err(_), _) => Err(Exit::Code(2)),
        (Ok(()), 0) => Err(Exit::Code(1)),
        _ => Ok(()),
    }
}

fn basic(pattern: &str) -> String {
    let mut extended = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(next) if "(){}+?|".contains(next) => extended.push(next),
                Some(next) => extended.extend(['\\', next]),
                None => extended.push_str("\\\\"),
            },
            '(' | ')' | '{' | '}' | '+' | '?' | '|' => extended.extend(['\\', letter]),
            other => extended.push(other),
        }
    }
    extended
}

#[allow(clippy::naive_bytecount, reason = "the files of hosts are small")]
async fn wc(call: &Call) -> End {
    let options = Options::of(call, &[]);
    let mut end = Ok(());
    for (name, bytes) in contents(call, &options.words, &mut end).await? {
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
        let words = bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count();
        let all = [("l", lines), ("w", words), ("c", bytes.len())];
        let any = options.has(&["l", "w", "c"]);
        let shown =
            all.iter().filter(|(flag, _)| !any || options.has(&[flag])).map(|(_, count)| count.to_string());
        let name = if name == "-" { String::new() } else { format!(" {name}") };
        call.print(format!("{}{name}\n", shown.collect::<Vec<_>>().join(" "))).await?;
    }
    end
}

async fn sort(call: &Call) -> End {
    let options = Options::of(call, &["k", "t"]);
    let mut end = Ok(());
    let all = contents(call, &options.words, &mut end).await?;
    let bytes: Vec<u8> = all.into_iter().flat_map(|(_, bytes)| bytes).collect();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    if options.has(&["u"]) {
        lines.dedup();
    }
    if options.has(&["r"]) {
        lines.reverse();
    }
    for line in lines {
        call.print(format!("{line}\n")).await?;
    }
    end
}

async fn tee(call: &Call) -> End {
    let options = Options::of(call, &[]);
    let mut files = Vec::new();
    let mut end = Ok(());
    for path in &options.words {
        match call.view.open(path, options.has(&["a"])) {
            Ok(file) => files.push((path, file)),
            Err(error) => end = Err(call.fail(1, &format!("tee: {path}: {error}")).await),
        }
    }
    loop {
        let bytes = call.streams.stdin.read(CHUNK).await;
        if bytes.is_empty() {
            return end;
        }
        call.print(&bytes).await?;
        for (path, file) in &mut files {
            if let Err(error) = file.write(&bytes) {
                end = Err(call.fail(1, &format!("tee: {path}: {error}")).await);
            }
        }
    }
}
