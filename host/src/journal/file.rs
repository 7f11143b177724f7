//! The journal's file: appending with a chain of hashes, reading with every damage named.

use std::borrow::Cow;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::Record;
use super::tail::{Fault, Tail};
use crate::problem::Problem;

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its number, from 0.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// What it records.
    pub record: Record,
    /// The hash of the line before; empty in the first.
    pub prev: String,
    /// The SHA-256 over the four fields above, in hex.
    pub hash: String,
}

impl Line {
    fn new(seq: u64, record: Record, prev: String) -> std::io::Result<Self> {
        let mut line = Self { seq, at: Timestamp::now(), record, prev, hash: String::new() };
        line.hash = line.computed_hash()?;
        Ok(line)
    }

    fn computed_hash(&self) -> std::io::Result<String> {
        let body = serde_json::to_vec(&(self.seq, &self.at, &self.record, &self.prev))?;
        Ok(hex(&Sha256::digest(body)))
    }
}

/// One line as it stands in the file: its hash is over the very bytes, whatever this program makes of them.
#[derive(Deserialize)]
struct Written<'a> {
    seq: u64,
    at: Timestamp,
    #[serde(borrow)]
    record: &'a RawValue,
    prev: String,
    hash: String,
}

impl Written<'_> {
    fn computed_hash(&self) -> Option<String> {
        let body = serde_json::to_vec(&(self.seq, &self.at, self.record, &self.prev)).ok()?;
        Some(hex(&Sha256::digest(body)))
    }
}

/// What [`read`] found.
#[derive(Debug, Clone)]
pub struct State {
    /// The whole lines, in order.
    pub lines: Vec<Line>,
    /// How many bytes of a torn last line were left out: the process died while it wrote.
    pub torn_bytes: usize,
    /// How many bytes the whole lines take.
    pub whole_bytes: u64,
}

/// Reads the journal at `path`.
///
/// A torn last line is left out and counted. Errors: `journal` for any other damage, with its line.
pub fn read(path: &Path) -> Result<State, Problem> {
    let mut text = Vec::new();
    File::open(path).and_then(|mut file| file.read_to_end(&mut text)).map_err(|error| {
        Problem::new("journal", format!("the journal {} cannot be read: {error}", path.display()))
    })?;
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let mut lines: Vec<Line> = Vec::new();
    for (number, raw) in text[..whole].split(|byte| *byte == b'\n').filter(|raw| !raw.is_empty()).enumerate()
    {
        let damage = |reason: &str| {
            Problem::new(
                "journal",
                format!("the journal {} is damaged at line {}: {reason}", path.display(), number + 1),
            )
            .hint("the lines before it are sound; restore the file from a copy, or start a new run")
        };
        let written: Written<'_> = serde_json::from_slice(raw).map_err(|_| damage("it is not a record"))?;
        if written.computed_hash().as_ref() != Some(&written.hash) {
            return Err(damage("it was altered"));
        }
        if written.prev != lines.last().map_or("", |before| before.hash.as_str()) {
            return Err(damage("a line before it is missing or altered"));
        }
        let record = serde_json::from_str(written.record.get()).map_err(|_| {
            let message =
                format!("the journal {} was written by a newer drsh: line {}", path.display(), number + 1);
            Problem::new("journal", format!("{message} holds a record of a kind that this one does not know"))
                .hint("go on with the drsh that wrote it")
        })?;
        let Written { seq, at, prev, hash, .. } = written;
        let line = Line { seq, at, record, prev, hash };
        lines.push(line);
    }
    Ok(State { lines, torn_bytes: text.len() - whole, whole_bytes: whole as u64 })
}

/// The journal of a run, open for appending. One process at a time holds it.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    tail: Tail,
}

impl Journal {
    /// Starts a journal in `folder`, which is made with mode 0700.
    ///
    /// Errors: `journal` if the folder or the file cannot be made, or the file is there already.
    pub fn create(folder: &Path) -> Result<Self, Problem> {
        let path = folder.join("journal.jsonl");
        let fail = |error: std::io::Error| {
            Problem::new("journal", format!("the journal {} cannot be made: {error}", path.display()))
                .hint("drsh keeps runs under --state DIR; name a folder that can be written")
        };
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path).map_err(fail)?;
        lock(&file, &path)?;
        Ok(Self { path, tail: Tail::new(file, 0, String::new(), 0) })
    }

    /// Opens the journal in `folder` to go on with it; a torn last line is cut off.
    ///
    /// `seen` is what was read of it a moment ago: it is read again only where it has grown since, or was torn.
    ///
    /// Errors: `journal` if it is damaged, `locked` if another process holds it.
    pub fn open<'a>(folder: &Path, seen: Option<&'a State>) -> Result<(Self, Cow<'a, State>), Problem> {
        let path = folder.join("journal.jsonl");
        let fail = |error: std::io::Error| {
            Problem::new("journal", format!("the journal {} cannot be opened: {error}", path.display()))
                .hint("go on as the operator who began the run; `ls -l` tells who may write the file")
        };
        let file = OpenOptions::new().append(true).open(&path).map_err(fail)?;
        lock(&file, &path)?;
        let length = file.metadata().map_err(fail)?.len();
        let state = match seen.filter(|seen| seen.torn_bytes == 0 && seen.whole_bytes == length) {
            Some(seen) => Cow::Borrowed(seen),
            None => Cow::Owned(read(&path)?),
        };
        file.set_len(state.whole_bytes).map_err(fail)?;
        let seq = state.lines.last().map_or(0, |line| line.seq + 1);
        let hash = state.lines.last().map(|line| line.hash.clone()).unwrap_or_default();
        Ok((Self { path, tail: Tail::new(file, seq, hash, state.whole_bytes) }, state))
    }

    /// Appends a record and waits until the disk has it; returns its number.
    ///
    /// Errors: `journal`; the caller must not act then, because the intent is not on record.
    pub fn append(&self, record: Record) -> Result<u64, Problem> {
        let made = self.tail.append(|seq, prev| written(seq, record, prev), File::sync_data);
        made.map_err(|fault| {
            let (Fault::Line(error) | Fault::Disk(error)) = fault;
            let message = format!("the journal {} cannot be written: {error}", self.path.display());
            Problem::new("journal", message).hint("nothing was done after the last record: make room for it")
        })
    }

    /// Where the file lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether the run in `folder` has a journal that no process holds: nobody carries it out at present.
#[must_use]
pub fn is_left(folder: &Path) -> bool {
    // The lock goes with the file at the end of this function.
    File::open(folder.join("journal.jsonl")).is_ok_and(|file| file.try_lock_shared().is_ok())
}

/// A line as it goes into the file, and its hash.
fn written(seq: u64, record: Record, prev: &str) -> std::io::Result<(Vec<u8>, String)> {
    let line = Line::new(seq, record, prev.to_owned())?;
    let mut text = serde_json::to_vec(&line)?;
    text.push(b'\n');
    Ok((text, line.hash))
}

fn lock(file: &File, path: &Path) -> Result<(), Problem> {
    file.try_lock().map_err(|_| {
        Problem::new("locked", format!("another drsh is writing the journal {}", path.display()))
            .hint("wait for it to end, or find it with `ps`")
    })
}

/// Writes bytes as lower-case hexadecimal digits.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn note(text: &str) -> Record {
        Record::note(text)
    }

    fn three_lines() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        for text in ["one", "two", "three"] {
            journal.append(note(text)).unwrap();
        }
        let path = journal.path().to_owned();
        (folder, path)
    }

    #[test]
    fn a_torn_last_line_is_cut_off_and_the_journal_goes_on() {
        let (folder, path) = three_lines();
        let mut torn = OpenOptions::new().append(true).open(&path).unwrap();
        torn.write_all(b"{\"seq\":3,\"at\":").unwrap();
        let (journal, state) = Journal::open(folder.path(), None).unwrap();
        assert_eq!((state.lines.len(), state.torn_bytes), (3, 14));
        assert_eq!(journal.append(note("four")).unwrap(), 3);
        assert_eq!(read(&path).unwrap().lines.len(), 4);
    }

    #[test]
    fn an_altered_and_a_missing_line_are_named() {
        let (_folder, path) = three_lines();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("two", "TWO")).unwrap();
        assert!(read(&path).unwrap_err().message.ends_with("is damaged at line 2: it was altered"));
        let without: Vec<&str> = text.lines().enumerate().filter(|(n, _)| *n != 1).map(|(_, l)| l).collect();
        std::fs::write(&path, without.join("\n") + "\n").unwrap();
        assert!(
            read(&path).unwrap_err().message.ends_with("at line 2: a line before it is missing or altered")
        );
    }

    #[test]
    fn a_journal_that_cannot_be_written_to_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("journal.jsonl")).unwrap();
        let problem = Journal::open(folder.path(), None).unwrap_err();
        let path = folder.path().join("journal.jsonl").display().to_string();
        assert_eq!(problem.message, format!("the journal {path} cannot be opened: Is a directory"));
        assert!(problem.hint.unwrap().contains("`ls -l` tells who may write the file"));
    }

    #[test]
    fn a_second_process_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let _held = Journal::create(folder.path()).unwrap();
        assert_eq!(Journal::open(folder.path(), None).unwrap_err().kind, "locked");
    }

    #[test]
    fn what_was_seen_a_moment_ago_counts_until_the_journal_grows_or_is_torn() {
        let (folder, path) = three_lines();
        let seen = read(&path).unwrap();
        let (journal, now) = Journal::open(folder.path(), Some(&seen)).unwrap();
        assert!(matches!(now, Cow::Borrowed(_)), "it was read again");
        assert_eq!(journal.append(note("four")).unwrap(), 3);
        drop(journal);
        let (_, now) = Journal::open(folder.path(), Some(&seen)).unwrap();
        assert_eq!(now.lines.len(), 4, "another process wrote meanwhile");
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"seq\":4,").unwrap();
        let torn = read(&path).unwrap();
        let (journal, now) = Journal::open(folder.path(), Some(&torn)).unwrap();
        assert_eq!((now.torn_bytes, journal.append(note("five")).unwrap()), (9, 4));
        assert_eq!(read(&path).unwrap().lines.len(), 5);
    }
}
