//! The parts of an upload: how large they are, what fills them, and their checksums.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_util::bytes::{BufMut, Bytes, BytesMut};

use crate::journal::hex;
use crate::problem::Problem;
use crate::run::spoken;

/// How many parts S3 takes.
const MOST: u32 = 10_000;

/// After how many parts the next ones are twice as large.
const STEP: u32 = 1000;

/// The largest part that is held in memory, in MiB.
const LARGEST_MIB: usize = 512;

/// The sizes of the parts, which grow so that S3's number of parts is enough: from 8 MiB on, 2.4 TiB fit.
#[derive(Debug)]
pub(super) struct Sizes {
    first_mib: usize,
    given: u32,
    bytes: u64,
}

impl Sizes {
    pub(super) fn new(first_mib: usize) -> Self {
        Self { first_mib, given: 0, bytes: 0 }
    }

    /// The size of the next part in bytes. Errors: `too_large` if S3 takes no more.
    pub(super) fn next(&mut self) -> Result<usize, Problem> {
        if self.given == MOST {
            let message = format!(
                "the source is larger than the {} bytes that S3 takes in {MOST} parts, the first of {} MiB",
                self.bytes, self.first_mib
            );
            return Err(Problem::new("too_large", message).hint("begin with larger parts: part_mib"));
        }
        let doubled = self.first_mib.saturating_mul(1 << (self.given / STEP));
        let size = doubled.min(LARGEST_MIB.max(self.first_mib)) << 20;
        self.given += 1;
        self.bytes += size as u64;
        Ok(size)
    }
}

/// Reads until `size` bytes are there or the source ends; `about` says what the source is.
///
/// Errors: `timeout` if the source gives nothing for `patience`, `source` if it breaks.
pub(super) async fn fill<R>(
    reader: &mut R,
    size: usize,
    patience: Duration,
    about: &str,
) -> Result<Bytes, Problem>
where
    R: AsyncRead + Unpin + ?Sized,
{
    let mut part = BytesMut::with_capacity(size.min(8 << 20));
    while part.len() < size {
        let left = size - part.len();
        if part.len() == part.capacity() {
            part.reserve(part.len().min(left));
        }
        let mut room = (&mut part).limit(left);
        match tokio::time::timeout(patience, reader.read_buf(&mut room)).await {
            Ok(Ok(0)) => break,
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                return Err(Problem::new("source", format!("{about} broke off while it was read: {error}"))
                    .hint("nothing was stored; look at the source"));
            }
            Err(_) => {
                let message = format!("{about} gave nothing for {}", spoken(patience));
                return Err(Problem::new("timeout", message));
            }
        }
    }
    Ok(part.freeze())
}

/// The MD5 of a part, which S3 verifies when it arrives and makes the `ETag` of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sum([u8; 16]);

impl Sum {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(Md5::digest(bytes).into())
    }

    /// As the header `Content-MD5` wants it.
    pub(super) fn header(self) -> String {
        STANDARD.encode(self.0)
    }

    /// As an `ETag` shows it.
    pub(super) fn e_tag(self) -> String {
        hex(&self.0)
    }
}

/// The `ETag` of an object that was uploaded in these parts.
pub(super) fn composite(sums: &[Sum]) -> String {
    let mut whole = Md5::new();
    for sum in sums {
        whole.update(sum.0);
    }
    format!("{}-{}", hex(&whole.finalize()), sums.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_so_that_ten_thousand_of_them_hold_terabytes() {
        let mut sizes = Sizes::new(8);
        let all: Vec<u64> = std::iter::from_fn(|| sizes.next().ok()).map(|size| size as u64).collect();
        assert_eq!((all.len(), all[0], all[999], all[1000]), (10_000, 8 << 20, 8 << 20, 16 << 20));
        assert_eq!(*all.iter().max().unwrap(), 512 << 20);
        let whole = all.iter().sum::<u64>();
        assert!(whole > 2 << 40);
        let problem = sizes.next().unwrap_err();
        assert_eq!(problem.kind, "too_large");
        assert_eq!(
            problem.message,
            format!(
                "the source is larger than the {whole} bytes that S3 takes in 10000 parts, the first of 8 MiB"
            )
        );
        assert!(problem.hint.unwrap().contains("part_mib"));
    }

    #[tokio::test]
    async fn a_part_is_filled_across_small_reads_and_ends_with_the_source() {
        let text = b"0123456789".repeat(1000);
        let mut source = tokio_util::io::StreamReader::new(futures::stream::iter(
            text.chunks(7).map(|chunk| Ok::<_, std::io::Error>(Bytes::copy_from_slice(chunk))),
        ));
        let hour = Duration::from_hours(1);
        let first = fill(&mut source, 6000, hour, "a file").await.unwrap();
        let second = fill(&mut source, 6000, hour, "a file").await.unwrap();
        assert_eq!((first.len(), second.len()), (6000, 4000));
        assert_eq!([first, second].concat(), text);
        assert!(fill(&mut source, 6000, hour, "a file").await.unwrap().is_empty());
    }

    #[test]
    fn the_checksum_of_parts_is_the_one_that_s3_shows() {
        // Two parts, `a` and `b`: the MD5 of their two MD5s, and their number.
        let sums = [Sum::of(b"a"), Sum::of(b"b")];
        assert_eq!(sums[0].e_tag(), "0cc175b9c0f1b6a831c399e269772661");
        assert_eq!(composite(&sums), "96e024ba2074fe77e8e965ba43a704be-2");
    }
}
