//! Checksums of S3: which ones a request asks for, whether they hold, and those of objects made of parts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::dto::{Checksum, ChecksumAlgorithm, ChecksumType};
use s3s::{S3Result, TrailingHeaders, s3_error};

/// The names of the algorithms, as they stand in requests.
const ALGORITHMS: [&str; 5] = [
    ChecksumAlgorithm::CRC32,
    ChecksumAlgorithm::CRC32C,
    ChecksumAlgorithm::CRC64NVME,
    ChecksumAlgorithm::SHA1,
    ChecksumAlgorithm::SHA256,
];

/// The place of an algorithm's checksum.
fn place<'s>(sums: &'s mut Checksum, algorithm: &str) -> Option<&'s mut Option<String>> {
    match algorithm {
        ChecksumAlgorithm::CRC32 => Some(&mut sums.checksum_crc32),
        ChecksumAlgorithm::CRC32C => Some(&mut sums.checksum_crc32c),
        ChecksumAlgorithm::CRC64NVME => Some(&mut sums.checksum_crc64nvme),
        ChecksumAlgorithm::SHA1 => Some(&mut sums.checksum_sha1),
        ChecksumAlgorithm::SHA256 => Some(&mut sums.checksum_sha256),
        _ => None,
    }
}

/// The checksum of an algorithm, if there is one.
pub(super) fn of<'s>(sums: &'s Checksum, algorithm: &str) -> Option<&'s str> {
    match algorithm {
        ChecksumAlgorithm::CRC32 => sums.checksum_crc32.as_deref(),
        ChecksumAlgorithm::CRC32C => sums.checksum_crc32c.as_deref(),
        ChecksumAlgorithm::CRC64NVME => sums.checksum_crc64nvme.as_deref(),
        ChecksumAlgorithm::SHA1 => sums.checksum_sha1.as_deref(),
        ChecksumAlgorithm::SHA256 => sums.checksum_sha256.as_deref(),
        _ => None,
    }
}

/// The first algorithm that has a checksum.
pub(super) fn algorithm_of(sums: &Checksum) -> Option<&'static str> {
    ALGORITHMS.into_iter().find(|algorithm| of(sums, algorithm).is_some())
}

/// What a request says about the body that it brings.
#[derive(Debug, Default)]
pub(super) struct Expected {
    /// The checksums in its headers.
    pub(super) sums: Checksum,
    /// `Content-MD5`, in base64.
    pub(super) md5: Option<String>,
    /// The algorithm whose checksum follows the body, or is to be computed.
    pub(super) algorithm: Option<String>,
    /// Where a checksum is found that follows the body.
    pub(super) trailers: Option<TrailingHeaders>,
}

/// Computes what a request expects, and the MD5 that makes the `ETag`, in one pass.
pub(super) struct Digests {
    md5: Md5,
    sums: ChecksumHasher,
}

impl Digests {
    /// Starts with the algorithms that `expected` names.
    ///
    /// # Errors
    /// `InvalidRequest` for an algorithm that S3 has not.
    pub(super) fn new(expected: &Expected) -> S3Result<Self> {
        let mut sums = ChecksumHasher::default();
        let stated = ALGORITHMS.into_iter().filter(|algorithm| of(&expected.sums, algorithm).is_some());
        for algorithm in stated.chain(expected.algorithm.as_deref()) {
            start(&mut sums, algorithm)?;
        }
        Ok(Self { md5: Md5::new(), sums })
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.sums.update(bytes);
    }

    /// Ends the pass: the MD5 and the checksums, which are those that `expected` states.
    ///
    /// # Errors
    /// `BadDigest` if one of them is not.
    pub(super) fn check(self, mut expected: Expected) -> S3Result<([u8; 16], Checksum)> {
        let md5 = self.md5.finalize();
        if expected.md5.is_some_and(|stated| stated != STANDARD.encode(md5)) {
            return Err(s3_error!(
                BadDigest,
                "The Content-MD5 you specified did not match what we received."
            ));
        }
        let sums = self.sums.finalize();
        if let Some(trailers) = expected.trailers.and_then(|trailers| trailers.take()) {
            for algorithm in ALGORITHMS {
                let name = format!("x-amz-checksum-{}", algorithm.to_ascii_lowercase());
                if let Some(value) = trailers.get(&name).and_then(|value| value.to_str().ok())
                    && let Some(place) = place(&mut expected.sums, algorithm)
                {
                    *place = Some(value.to_owned());
                }
            }
        }
        for algorithm in ALGORITHMS {
            let stated = of(&expected.sums, algorithm);
            if stated.is_some() && stated != of(&sums, algorithm) {
                return Err(s3_error!(
                    BadDigest,
                    "The {} you specified did not match what we received.",
                    algorithm
                ));
            }
        }
        Ok((md5, sums))
    }
}

fn start(sums: &mut ChecksumHasher, algorithm: &str) -> S3Result<()> {
    match algorithm {
        ChecksumAlgorithm::CRC32 => sums.crc32 = Some(Crc32::new()),
        ChecksumAlgorithm::CRC32C => sums.crc32c = Some(Crc32c::new()),
        ChecksumAlgorithm::CRC64NVME => sums.crc64nvme = Some(Crc64Nvme::new()),
        ChecksumAlgorithm::SHA1 => sums.sha1 = Some(Sha1::new()),
        ChecksumAlgorithm::SHA256 => sums.sha256 = Some(Sha256::new()),
        _ => return Err(s3_error!(InvalidRequest, "Checksum algorithm provided is unsupported.")),
    }
    Ok(())
}

/// The checksum of checksums that stands for an object of several parts, such as `abc=-3`.
///
/// # Errors
/// `InvalidRequest` if a part has no checksum of that algorithm.
pub(super) fn composite(algorithm: &str, parts: &[&Checksum]) -> S3Result<Checksum> {
    let mut hasher = ChecksumHasher::default();
    start(&mut hasher, algorithm)?;
    for part in parts {
        let sum = of(part, algorithm).and_then(|sum| STANDARD.decode(sum).ok());
        let sum = sum.ok_or_else(|| {
            s3_error!(
                InvalidRequest,
                "The upload was created using the {} checksum type and a part has none.",
                algorithm
            )
        })?;
        hasher.update(&sum);
    }
    let mut sums = hasher.finalize();
    if let Some(Some(sum)) = place(&mut sums, algorithm) {
        *sum = format!("{sum}-{}", parts.len());
    }
    sums.checksum_type = Some(ChecksumType::from_static(ChecksumType::COMPOSITE));
    Ok(sums)
}

/// The `ETag` of an object of several parts.
pub(super) fn etag_of_parts(parts: &[[u8; 16]]) -> String {
    format!("{}-{}", hex(&Md5::checksum(&parts.concat())), parts.len())
}

/// Lower case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}
