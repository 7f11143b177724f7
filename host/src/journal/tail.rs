//! The growing end of a journal's file: lines are written one after the other, and branches that wait for the disk at
//! the same time wait for it once.

use std::fs::File;
use std::io::{Error, Result, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The file, how far it is written, and how far the disk has it.
#[derive(Debug)]
pub(super) struct Tail {
    file: File,
    written: Mutex<Written>,
    kept: Mutex<Kept>,
}

/// What stands in the file.
#[derive(Debug)]
struct Written {
    /// The number of the next line.
    seq: u64,
    /// The hash of the last line.
    hash: String,
    /// The length in bytes.
    length: u64,
    /// Whether the disk failed: nothing is written any more.
    broken: bool,
}

/// What the disk has.
#[derive(Debug)]
struct Kept {
    /// The number of the first line that it may not have.
    seq: u64,
    /// The length in bytes up to there.
    length: u64,
    /// Why it took no more.
    broken: Option<String>,
}

impl Tail {
    /// The end of a file of `length` bytes, whose next line is `seq`, after one with this hash.
    pub(super) fn new(file: File, seq: u64, hash: String, length: u64) -> Self {
        let written = Mutex::new(Written { seq, hash, length, broken: false });
        Self { file, written, kept: Mutex::new(Kept { seq, length, broken: None }) }
    }

    /// Writes the line that `make` gives, with its hash, for a number and the hash before; returns its number once
    /// the disk has it.
    ///
    /// Errors: those of `make`, and the system's where the file takes nothing. A disk that failed once is not written to
    /// again: what it has of later lines could not be known.
    pub(super) fn append<E>(
        &self,
        make: impl FnOnce(u64, &str) -> std::result::Result<(Vec<u8>, String), E>,
        sync: impl Fn(&File) -> Result<()>,
    ) -> std::result::Result<u64, Fault<E>> {
        let number = {
            let mut written = locked(&self.written);
            if written.broken {
                return Err(Fault::Disk(Error::other("the disk failed before")));
            }
            let (line, hash) = make(written.seq, &written.hash).map_err(Fault::Line)?;
            if let Err(error) = (&self.file).write_all(&line) {
                // What a full disk took of the line is taken back, so that the file stays whole.
                let _ = self.file.set_len(written.length);
                return Err(Fault::Disk(error));
            }
            written.length += line.len() as u64;
            written.hash = hash;
            written.seq += 1;
            written.seq - 1
        };
        self.settle(number, sync).map(|()| number).map_err(Fault::Disk)
    }

    /// Returns once the disk has the line: another branch may have seen to it meanwhile.
    fn settle(&self, number: u64, sync: impl Fn(&File) -> Result<()>) -> Result<()> {
        let mut kept = locked(&self.kept);
        if kept.seq > number {
            return Ok(());
        }
        if let Some(why) = &kept.broken {
            return Err(Error::other(why.clone()));
        }
        let (seq, length) = {
            let written = locked(&self.written);
            (written.seq, written.length)
        };
        if let Err(error) = sync(&self.file) {
            kept.broken = Some(error.to_string());
            let mut written = locked(&self.written);
            written.broken = true;
            let _ = self.file.set_len(kept.length);
            return Err(error);
        }
        (kept.seq, kept.length) = (seq, length);
        Ok(())
    }
}

/// Why a line is not there.
#[derive(Debug)]
pub(super) enum Fault<E> {
    /// It could not be made.
    Line(E),
    /// The file did not take it.
    Disk(Error),
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn tail() -> (Tail, tempfile::NamedTempFile) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let open = std::fs::OpenOptions::new().append(true).open(file.path()).unwrap();
        (Tail::new(open, 0, String::new(), 0), file)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is handed over where lines may fail to be made")]
    fn line(seq: u64, _: &str) -> std::result::Result<(Vec<u8>, String), ()> {
        Ok((format!("{seq}\n").into_bytes(), seq.to_string()))
    }

    #[test]
    fn branches_that_wait_while_the_disk_is_busy_wait_for_it_once() {
        let (tail, file) = tail();
        let (syncs, begun, others) = (AtomicUsize::new(0), Barrier::new(2), Barrier::new(2));
        let sync = |_: &File| {
            if syncs.fetch_add(1, Ordering::SeqCst) == 0 {
                begun.wait();
                others.wait();
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            scope.spawn(|| tail.append(line, sync).unwrap());
            begun.wait();
            for _ in 0..8 {
                scope.spawn(|| tail.append(line, sync).unwrap());
            }
            // The first sync ends only when all the others have written their lines.
            while locked(&tail.written).seq < 9 {
                std::thread::yield_now();
            }
            others.wait();
        });
        assert_eq!(syncs.into_inner(), 2, "one for the first line, one for all others");
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "0\n1\n2\n3\n4\n5\n6\n7\n8\n");
    }

    #[test]
    fn lines_that_the_disk_did_not_take_are_taken_back_and_no_more_are_written() {
        let (tail, file) = tail();
        tail.append(line, |_| Ok(())).unwrap();
        let failed = tail.append(line, |_| Err(Error::other("no disk")));
        assert!(matches!(failed, Err(Fault::Disk(error)) if error.to_string() == "no disk"));
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "0\n");
        let later = tail.append(line, |_| Ok(()));
        assert!(matches!(later, Err(Fault::Disk(error)) if error.to_string() == "the disk failed before"));
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "0\n");
    }

    #[test]
    fn a_line_that_is_not_made_leaves_the_number_to_the_next() {
        let (tail, _file) = tail();
        assert!(matches!(tail.append(|_, _| Err(7), |_| Ok(())), Err(Fault::Line(7))));
        assert_eq!(tail.append(line, |_| Ok(())).unwrap(), 0);
    }
}
