//! The operations of S3, between the wire (which the `s3s` crate speaks) and the buckets.

use std::sync::Arc;
use std::time::SystemTime;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, Bucket, BucketLocationConstraint, Checksum,
    CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput,
    CopyObjectResult, CopySource, CreateBucketInput, CreateBucketOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput,
    DeleteObjectsOutput, DeletedObject, ETag, GetBucketLocationInput, GetBucketLocationOutput,
    GetObjectInput, GetObjectOutput, GetObjectTaggingInput, GetObjectTaggingOutput, HeadBucketInput,
    HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput,
    ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectsInput, ListObjectsOutput,
    ListObjectsV2Input, ListObjectsV2Output, ListPartsInput, ListPartsOutput, MetadataDirective, Owner,
    PutObjectInput, PutObjectOutput, UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use super::answers::{answer, expected, fits, kept, land, readable, shown, whole, with_sums};
use super::digests::{self, Expected};
use super::objects::{Condition, Kept, Objects, Stored};

/// The region of a bucket that is made without one, and which has no location constraint.
const FIRST_REGION: &str = "us-east-1";

/// The service; clones share the buckets.
#[derive(Debug, Clone)]
pub(super) struct Api(pub(super) Arc<Objects>);

#[async_trait::async_trait]
impl S3 for Api {
    async fn list_buckets(&self, _: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        let buckets = self.0.buckets().into_iter().map(|(name, region, created)| Bucket {
            name: Some(name),
            bucket_region: Some(region),
            creation_date: Some(created.into()),
        });
        let owner = Owner { display_name: Some("lab".to_owned()), id: Some("lab".to_owned()) };
        answer(ListBucketsOutput {
            buckets: Some(buckets.collect()),
            owner: Some(owner),
            ..Default::default()
        })
    }

    async fn create_bucket(
        &self,
        request: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        let configured = request.input.create_bucket_configuration.and_then(|with| with.location_constraint);
        let region = configured.as_ref().map_or(FIRST_REGION, BucketLocationConstraint::as_str);
        self.0.create_bucket(&request.input.bucket, region)?;
        answer(CreateBucketOutput { location: Some(format!("/{}", request.input.bucket)) })
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        let region = self.0.within(&request.input.bucket, |bucket| Ok(bucket.region.clone()))?;
        answer(HeadBucketOutput { bucket_region: Some(region), ..Default::default() })
    }

    async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        let region = self.0.within(&request.input.bucket, |bucket| Ok(bucket.region.clone()))?;
        let location_constraint = (region != FIRST_REGION).then(|| BucketLocationConstraint::from(region));
        answer(GetBucketLocationOutput { location_constraint })
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let mut input = request.input;
        self.0.within(&input.bucket, |_| Ok(()))?;
        fits(input.content_length)?;
        let expected = expected!(input, request.trailing_headers);
        let body = land(&self.0, input.body.take(), expected).await?;
        let (e_tag, sums) = (digests::hex(&body.md5), whole(body.sums.clone()));
        let kept = kept!(input);
        let object = Stored {
            body,
            e_tag: e_tag.clone(),
            sums: sums.clone(),
            kept,
            modified: SystemTime::now(),
            parts: None,
        };
        let condition = Condition { if_match: input.if_match, if_none_match: input.if_none_match };
        self.0.put(&input.bucket, &input.key, object, &condition)?;
        let checksum_type = sums.checksum_type.clone();
        answer(with_sums!(
            sums,
            PutObjectOutput { e_tag: Some(ETag::Strong(e_tag)), checksum_type: checksum_type }
        ))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let object = self.0.get(&input.bucket, &input.key)?;
        readable(&object, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let size = object.body.size;
        let range = input.range.map(|range| range.check(size)).transpose()?;
        let content_range = range
            .as_ref()
            .map(|range| format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1)));
        let partial = range.is_some();
        let range = range.unwrap_or(0..size);
        let length = range.end - range.start;
        let body = object.body.read(range.start, length).await?;
        let sums = if partial { Checksum::default() } else { shown(&object, input.checksum_mode.as_ref()) };
        let (kept, checksum_type) = (object.kept.clone(), sums.checksum_type.clone());
        answer(with_sums!(
            sums,
            GetObjectOutput {
                body: Some(body),
                accept_ranges: Some("bytes".to_owned()),
                content_length: i64::try_from(length).ok(),
                content_range: content_range,
                checksum_type: checksum_type,
                e_tag: Some(ETag::Strong(object.e_tag.clone())),
                last_modified: Some(object.modified.into()),
                metadata: kept.metadata,
                content_type: input.response_content_type.or(kept.content_type),
                content_encoding: kept.content_encoding,
                content_disposition: input.response_content_disposition.or(kept.content_disposition),
                content_language: kept.content_language,
                cache_control: kept.cache_control,
            }
        ))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = request.input;
        let object = self.0.get(&input.bucket, &input.key)?;
        readable(&object, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let sums = shown(&object, input.checksum_mode.as_ref());
        let (kept, checksum_type) = (object.kept.clone(), sums.checksum_type.clone());
        answer(with_sums!(
            sums,
            HeadObjectOutput {
                accept_ranges: Some("bytes".to_owned()),
                content_length: i64::try_from(object.body.size).ok(),
                checksum_type: checksum_type,
                e_tag: Some(ETag::Strong(object.e_tag.clone())),
                last_modified: Some(object.modified.into()),
                parts_count: input.part_number.and(object.parts),
                metadata: kept.metadata,
                content_type: kept.content_type,
                content_encoding: kept.content_encoding,
                content_disposition: kept.content_disposition,
                content_language: kept.content_language,
                cache_control: kept.cache_control,
            }
        ))
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let mut input = request.input;
        let CopySource::Bucket { bucket, key, .. } = &input.copy_source else {
            return Err(s3_error!(NotImplemented));
        };
        let source = self.0.get(bucket, key)?;
        let replace =
            input.metadata_directive.as_ref().is_some_and(|is| is.as_str() == MetadataDirective::REPLACE);
        let kept = if replace { kept!(input) } else { source.kept.clone() };
        let modified = SystemTime::now();
        let copy = Stored {
            body: source.body.clone(),
            e_tag: digests::hex(&source.body.md5),
            sums: whole(source.body.sums.clone()),
            kept,
            modified,
            parts: None,
        };
        let e_tag = Some(ETag::Strong(copy.e_tag.clone()));
        self.0.put(&input.bucket, &input.key, copy, &Condition::default())?;
        let result = CopyObjectResult { e_tag, last_modified: Some(modified.into()), ..Default::default() };
        answer(CopyObjectOutput { copy_object_result: Some(result), ..Default::default() })
    }

    /// No object has tags; `aws s3 cp` asks for them before it copies a large one.
    async fn get_object_tagging(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        self.0.get(&request.input.bucket, &request.input.key)?;
        answer(GetObjectTaggingOutput::default())
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.0.within(&request.input.bucket, |bucket| {
            bucket.objects.remove(&request.input.key);
            Ok(())
        })?;
        answer(DeleteObjectOutput::default())
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let input = request.input;
        let deleted = self.0.within(&input.bucket, |bucket| {
            let gone = input.delete.objects.into_iter().map(|object| {
                bucket.objects.remove(&object.key);
                DeletedObject { key: Some(object.key), ..Default::default() }
            });
            Ok(gone.collect::<Vec<_>>())
        })?;
        let deleted = Some(deleted).filter(|_| !input.delete.quiet.unwrap_or_default());
        answer(DeleteObjectsOutput { deleted, ..Default::default() })
    }

    async fn list_objects(
        &self,
        request: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        self.page(request)
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.page_v2(request)
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.begin(request)
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        self.part(request).await
    }

    async fn upload_part_copy(
        &self,
        request: S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        self.part_from(request).await
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        self.end(request).await
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.abort(request)
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        self.parts(request)
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        self.uploads(request)
    }
}
