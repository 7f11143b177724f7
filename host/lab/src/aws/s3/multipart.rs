//! Uploads in parts: what arrived, and how it becomes an object.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use s3s::dto::{Checksum, ChecksumAlgorithm, ChecksumType, CompletedPart};
use s3s::{S3Result, s3_error};

use super::digests::{self, Expected};
use super::files::{self, Landed};
use super::objects::{Condition, Kept, Objects, Stored};

/// The least size of every part but the last, in bytes.
const LEAST_PART: u64 = 5 << 20;

/// The greatest number of a part.
pub(super) const LAST_PART: i32 = 10_000;

/// One upload that was begun and neither completed nor aborted.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub(super) key: String,
    pub(super) kept: Kept,
    pub(super) algorithm: Option<String>,
    pub(super) whole: bool,
    pub(super) begun: SystemTime,
    pub(super) parts: BTreeMap<i32, (Landed, SystemTime)>,
}

static UPLOADS: AtomicU64 = AtomicU64::new(1);

/// An id that no other upload of this process has.
pub(super) fn new_id() -> String {
    format!("upload-{:08}", UPLOADS.fetch_add(1, Ordering::Relaxed))
}

/// Says whether the checksum of the whole object is wanted, and not one of its parts' checksums.
pub(super) fn is_whole(algorithm: Option<&str>, kind: Option<&ChecksumType>) -> bool {
    match kind {
        Some(kind) => kind.as_str() == ChecksumType::FULL_OBJECT,
        None => algorithm == Some(ChecksumAlgorithm::CRC64NVME),
    }
}

impl Objects {
    /// Finds an upload of `key`.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchUpload`.
    pub(super) fn upload(&self, bucket: &str, key: &str, id: &str) -> S3Result<Upload> {
        self.within(bucket, |bucket| {
            let upload = bucket.uploads.get(id).filter(|upload| upload.key == key);
            upload.cloned().ok_or_else(|| s3_error!(NoSuchUpload))
        })
    }

    /// Adds a part to an upload, in the place of one with the same number.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchUpload`: also if the upload ended while the part arrived.
    pub(super) fn add_part(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        number: i32,
        part: Landed,
    ) -> S3Result<()> {
        self.within(bucket, |bucket| {
            let upload = bucket.uploads.get_mut(id).filter(|upload| upload.key == key);
            let upload = upload.ok_or_else(|| s3_error!(NoSuchUpload))?;
            upload.parts.insert(number, (part, SystemTime::now()));
            Ok(())
        })
    }

    /// Makes an object of the parts that are `named`, ends the upload, and returns the `ETag` and checksums.
    ///
    /// # Errors
    /// `NoSuchUpload`, `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`, `BadDigest`, `PreconditionFailed`.
    pub(super) async fn complete(
        &self,
        (bucket, key, id): (&str, &str, &str),
        named: &[CompletedPart],
        expected: Checksum,
        condition: &Condition,
    ) -> S3Result<(String, Checksum)> {
        let upload = self.upload(bucket, key, id)?;
        let parts = chosen(&upload, named)?;
        let md5s: Vec<_> = parts.iter().map(|part| part.md5).collect();
        let wanted = upload.algorithm.clone().filter(|_| upload.whole);
        let checks = Expected { algorithm: wanted, ..Expected::default() };
        let body = files::land(&self.folder, files::chained(parts.clone()), checks).await?;
        let sums = match &upload.algorithm {
            None => Checksum::default(),
            Some(_) if upload.whole => {
                let kind = Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT));
                Checksum { checksum_type: kind, ..body.sums.clone() }
            }
            Some(algorithm) => {
                digests::composite(algorithm, &parts.iter().map(|part| &part.sums).collect::<Vec<_>>())?
            }
        };
        if let Some(algorithm) = digests::algorithm_of(&expected)
            && digests::of(&expected, algorithm) != digests::of(&sums, algorithm)
        {
            return Err(s3_error!(
                BadDigest,
                "The {} you specified did not match the calculated checksum.",
                algorithm
            ));
        }
        let e_tag = digests::etag_of_parts(&md5s);
        let object = Stored {
            body,
            e_tag: e_tag.clone(),
            sums: sums.clone(),
            kept: upload.kept,
            modified: SystemTime::now(),
            parts: i32::try_from(md5s.len()).ok(),
        };
        self.within(bucket, |bucket| {
            if !bucket.uploads.contains_key(id) {
                return Err(s3_error!(NoSuchUpload));
            }
            bucket.put(key, object, condition)?;
            bucket.uploads.remove(id);
            Ok(())
        })?;
        Ok((e_tag, sums))
    }
}

fn chosen(upload: &Upload, named: &[CompletedPart]) -> S3Result<Vec<Landed>> {
    let mut parts = Vec::with_capacity(named.len());
    let mut before = 0;
    for (at, name) in named.iter().enumerate() {
        let number = name.part_number.unwrap_or_default();
        if number <= before {
            return Err(s3_error!(InvalidPartOrder));
        }
        before = number;
        let (part, _) = upload.parts.get(&number).ok_or_else(|| s3_error!(InvalidPart))?;
        let stated = name.e_tag.as_ref().is_some_and(|e_tag| e_tag.value() == digests::hex(&part.md5));
        if !stated || !sums_agree(name, part) {
            return Err(s3_error!(InvalidPart));
        }
        if at + 1 < named.len() && part.size < LEAST_PART {
            return Err(s3_error!(EntityTooSmall));
        }
        parts.push(part.clone());
    }
    if parts.is_empty() {
        return Err(s3_error!(MalformedXML));
    }
    Ok(parts)
}

fn sums_agree(name: &CompletedPart, part: &Landed) -> bool {
    let stated = Checksum {
        checksum_crc32: name.checksum_crc32.clone(),
        checksum_crc32c: name.checksum_crc32c.clone(),
        checksum_crc64nvme: name.checksum_crc64nvme.clone(),
        checksum_sha1: name.checksum_sha1.clone(),
        checksum_sha256: name.checksum_sha256.clone(),
        checksum_type: None,
    };
    digests::algorithm_of(&stated)
        .is_none_or(|algorithm| digests::of(&stated, algorithm) == digests::of(&part.sums, algorithm))
}
