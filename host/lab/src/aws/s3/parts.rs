//! The operations of S3 on uploads in parts.

use std::collections::BTreeMap;
use std::time::SystemTime;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, Checksum, ChecksumType,
    CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CopyPartResult, CopySource,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, Part, Range,
    UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::answers::{answer, expected, fits, kept, land, text, with_sums};
use super::api::Api;
use super::digests::{self, Expected};
use super::multipart::{LAST_PART, Upload, is_whole, new_id};
use super::objects::{Condition, Kept};

impl Api {
    pub(super) fn begin(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let mut input = request.input;
        let algorithm = input.checksum_algorithm.as_ref().map(|algorithm| algorithm.as_str().to_owned());
        let whole = is_whole(algorithm.as_deref(), input.checksum_type.as_ref());
        let id = new_id();
        let upload = Upload {
            key: input.key.clone(),
            kept: kept!(input),
            algorithm,
            whole,
            begun: SystemTime::now(),
            parts: BTreeMap::new(),
        };
        self.0.within(&input.bucket, |bucket| {
            bucket.uploads.insert(id.clone(), upload);
            Ok(())
        })?;
        let kind = if whole { ChecksumType::FULL_OBJECT } else { ChecksumType::COMPOSITE };
        answer(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            checksum_type: input.checksum_algorithm.as_ref().map(|_| ChecksumType::from_static(kind)),
            checksum_algorithm: input.checksum_algorithm,
            ..Default::default()
        })
    }

    pub(super) async fn part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let mut input = request.input;
        if !(1..=LAST_PART).contains(&input.part_number) {
            let message = "Part number must be an integer between 1 and 10000, inclusive";
            return Err(s3_error!(InvalidArgument, "{}", message));
        }
        let upload = self.0.upload(&input.bucket, &input.key, &input.upload_id)?;
        fits(input.content_length)?;
        let mut expected = expected!(input, request.trailing_headers);
        expected.algorithm = expected.algorithm.or(upload.algorithm);
        let part = land(&self.0, input.body.take(), expected).await?;
        let (e_tag, sums) = (digests::hex(&part.md5), part.sums.clone());
        self.0.add_part(&input.bucket, &input.key, &input.upload_id, input.part_number, part)?;
        answer(with_sums!(sums, UploadPartOutput { e_tag: Some(ETag::Strong(e_tag)) }))
    }

    pub(super) async fn part_from(
        &self,
        request: S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        let input = request.input;
        let CopySource::Bucket { bucket, key, .. } = &input.copy_source else {
            return Err(s3_error!(NotImplemented));
        };
        let source = self.0.get(bucket, key)?;
        let size = source.body.size;
        let range = input.copy_source_range.map(|range| Range::parse(&range)).transpose();
        let range =
            range.map_err(|_| s3_error!(InvalidArgument))?.map(|range| range.check(size)).transpose()?;
        let range = range.unwrap_or(0..size);
        let upload = self.0.upload(&input.bucket, &input.key, &input.upload_id)?;
        let body = source.body.read(range.start, range.end - range.start).await?;
        let expected = Expected { algorithm: upload.algorithm, ..Expected::default() };
        let part = land(&self.0, Some(body), expected).await?;
        let (e_tag, sums) = (digests::hex(&part.md5), part.sums.clone());
        self.0.add_part(&input.bucket, &input.key, &input.upload_id, input.part_number, part)?;
        let last_modified = Some(SystemTime::now().into());
        let result = CopyPartResult {
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            e_tag: Some(ETag::Strong(e_tag)),
            last_modified,
        };
        answer(UploadPartCopyOutput { copy_part_result: Some(result), ..Default::default() })
    }

    pub(super) async fn end(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = request.input;
        let named = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let expected = Checksum {
            checksum_crc32: input.checksum_crc32,
            checksum_crc32c: input.checksum_crc32c,
            checksum_crc64nvme: input.checksum_crc64nvme,
            checksum_sha1: input.checksum_sha1,
            checksum_sha256: input.checksum_sha256,
            checksum_type: None,
        };
        let condition = Condition { if_match: input.if_match, if_none_match: input.if_none_match };
        let place = (input.bucket.as_str(), input.key.as_str(), input.upload_id.as_str());
        let (e_tag, sums) = self.0.complete(place, &named, expected, &condition).await?;
        let checksum_type = sums.checksum_type.clone();
        answer(with_sums!(
            sums,
            CompleteMultipartUploadOutput {
                location: Some(format!("/{}/{}", input.bucket, input.key)),
                bucket: Some(input.bucket),
                key: Some(input.key),
                checksum_type: checksum_type,
                e_tag: Some(ETag::Strong(e_tag)),
            }
        ))
    }

    pub(super) fn abort(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let input = request.input;
        self.0.upload(&input.bucket, &input.key, &input.upload_id)?;
        self.0.within(&input.bucket, |bucket| {
            bucket.uploads.remove(&input.upload_id);
            Ok(())
        })?;
        answer(AbortMultipartUploadOutput::default())
    }

    pub(super) fn parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let input = request.input;
        let upload = self.0.upload(&input.bucket, &input.key, &input.upload_id)?;
        let parts = upload.parts.into_iter().map(|(number, (part, arrived))| {
            let sums = part.sums;
            Part {
                checksum_crc32: sums.checksum_crc32,
                checksum_crc32c: sums.checksum_crc32c,
                checksum_crc64nvme: sums.checksum_crc64nvme,
                checksum_sha1: sums.checksum_sha1,
                checksum_sha256: sums.checksum_sha256,
                part_number: Some(number),
                size: i64::try_from(part.size).ok(),
                e_tag: Some(ETag::Strong(digests::hex(&part.md5))),
                last_modified: Some(arrived.into()),
            }
        });
        answer(ListPartsOutput {
            parts: Some(parts.collect()),
            is_truncated: Some(false),
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            ..Default::default()
        })
    }

    pub(super) fn uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let input = request.input;
        let prefix = text(input.prefix.as_ref());
        let uploads = self.0.within(&input.bucket, |bucket| {
            let begun = bucket.uploads.iter().filter(|(_, upload)| upload.key.starts_with(prefix));
            Ok(begun
                .map(|(id, upload)| MultipartUpload {
                    upload_id: Some(id.clone()),
                    key: Some(upload.key.clone()),
                    initiated: Some(upload.begun.into()),
                    ..Default::default()
                })
                .collect())
        })?;
        answer(ListMultipartUploadsOutput {
            uploads: Some(uploads),
            is_truncated: Some(false),
            bucket: Some(input.bucket),
            prefix: input.prefix,
            ..Default::default()
        })
    }
}
