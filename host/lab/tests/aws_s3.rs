//! The S3 server seen by AWS's own client.

#![allow(clippy::unwrap_used, reason = "a test whose world cannot be set up has failed")]

mod cloud;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::RequestId;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart,
};
use cloud::{BUCKET, Cloud};
use drsh_lab::faults::Fault;

async fn put(client: &Client, key: &str, body: &[u8]) {
    client.put_object().bucket(BUCKET).key(key).body(body.to_vec().into()).send().await.unwrap();
}

fn code<T, E: ProvideErrorMetadata, R>(
    result: Result<T, aws_sdk_s3::error::SdkError<E, R>>,
) -> Option<String> {
    result.err().and_then(|error| error.as_service_error().and_then(|error| error.code()).map(str::to_owned))
}

#[tokio::test]
async fn an_object_comes_back_with_its_bytes_etag_checksum_and_metadata() {
    let cloud = Cloud::start().await;
    let client = cloud.s3();
    let put = client
        .put_object()
        .bucket(BUCKET)
        .key("a b/ä+%.db")
        .metadata("cluster", "demo")
        .content_type("application/x-etcd")
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .body(ByteStream::from_static(b"snapshot"))
        .send()
        .await
        .unwrap();
    assert!(put.request_id().is_some());
    let head = client
        .head_object()
        .bucket(BUCKET)
        .key("a b/ä+%.db")
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_length(), Some(8));
    assert_eq!(head.e_tag(), put.e_tag());
    assert_eq!(head.checksum_sha256(), put.checksum_sha256());
    assert!(head.checksum_sha256().is_some());
    assert_eq!(head.metadata().unwrap()["cluster"], "demo");
    assert_eq!(head.content_type(), Some("application/x-etcd"));
    let got = client.get_object().bucket(BUCKET).key("a b/ä+%.db").range("bytes=4-").send().await.unwrap();
    assert_eq!(got.content_range(), Some("bytes 4-7/8"));
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"shot");
    assert_eq!(cloud.s3.read(BUCKET, "a b/ä+%.db").unwrap(), b"snapshot");
}

#[tokio::test]
async fn an_upload_in_parts_is_one_object_with_a_checksum_of_its_parts() {
    let cloud = Cloud::start().await;
    let client = cloud.s3();
    let parts = [vec![1_u8; 5 << 20], vec![2; 5 << 20], vec![3; 1000]];
    for (algorithm, kind) in [
        (ChecksumAlgorithm::Sha256, ChecksumType::Composite),
        (ChecksumAlgorithm::Crc64Nvme, ChecksumType::FullObject),
    ] {
        let begun = client.create_multipart_upload().bucket(BUCKET).key("big");
        let begun = begun.checksum_algorithm(algorithm.clone()).send().await.unwrap();
        let id = begun.upload_id().unwrap();
        let mut completed = CompletedMultipartUpload::builder();
        for (number, body) in (1..).zip(&parts) {
            let part = client.upload_part().bucket(BUCKET).key("big").upload_id(id).part_number(number);
            let part = part.checksum_algorithm(algorithm.clone()).body(body.clone().into());
            let part = part.send().await.unwrap();
            completed = completed.parts(
                CompletedPart::builder()
                    .part_number(number)
                    .set_e_tag(part.e_tag)
                    .set_checksum_sha256(part.checksum_sha256)
                    .set_checksum_crc64_nvme(part.checksum_crc64_nvme)
                    .build(),
            );
        }
        assert_eq!(cloud.s3.open_uploads(BUCKET), 1);
        let end = client.complete_multipart_upload().bucket(BUCKET).key("big").upload_id(id);
        let end = end.multipart_upload(completed.build()).send().await.unwrap();
        assert!(end.e_tag().unwrap().ends_with("-3\""), "{end:?}");
        let head = client.head_object().bucket(BUCKET).key("big").checksum_mode(ChecksumMode::Enabled);
        let head = head.send().await.unwrap();
        assert_eq!(head.checksum_type(), Some(&kind));
        assert_eq!(head.checksum_sha256(), end.checksum_sha256());
        assert_eq!(head.checksum_crc64_nvme(), end.checksum_crc64_nvme());
        assert!(
            head.checksum_sha256().is_some_and(|sum| sum.ends_with("-3"))
                != head.checksum_crc64_nvme().is_some()
        );
        // The client itself compares the whole object's checksum with what it reads.
        let got = client.get_object().bucket(BUCKET).key("big").send().await.unwrap();
        assert_eq!(got.body.collect().await.unwrap().to_vec(), parts.concat());
        assert_eq!(cloud.s3.open_uploads(BUCKET), 0);
    }
}

#[tokio::test]
async fn an_upload_that_is_aborted_or_whose_parts_are_too_small_leaves_nothing() {
    let cloud = Cloud::start().await;
    let client = cloud.s3();
    let begun = client.create_multipart_upload().bucket(BUCKET).key("big").send().await.unwrap();
    let id = begun.upload_id().unwrap();
    let mut completed = CompletedMultipartUpload::builder();
    for number in [1, 2] {
        let part = client.upload_part().bucket(BUCKET).key("big").upload_id(id).part_number(number);
        let part = part.body(ByteStream::from_static(b"small")).send().await.unwrap();
        completed =
            completed.parts(CompletedPart::builder().part_number(number).set_e_tag(part.e_tag).build());
    }
    let end = client.complete_multipart_upload().bucket(BUCKET).key("big").upload_id(id);
    let end = end.multipart_upload(completed.build()).send().await;
    assert_eq!(code(end).as_deref(), Some("EntityTooSmall"));
    client.abort_multipart_upload().bucket(BUCKET).key("big").upload_id(id).send().await.unwrap();
    let late = client.upload_part().bucket(BUCKET).key("big").upload_id(id).part_number(3);
    assert_eq!(code(late.body(vec![1].into()).send().await).as_deref(), Some("NoSuchUpload"));
    assert_eq!(cloud.s3.keys(BUCKET), Vec::<String>::new());
}

#[tokio::test]
async fn a_part_can_be_a_range_of_another_object() {
    let cloud = Cloud::start().await;
    let client = cloud.s3();
    put(&client, "whole", b"a snapshot").await;
    let begun = client.create_multipart_upload().bucket(BUCKET).key("copy").send().await.unwrap();
    let id = begun.upload_id().unwrap();
    let part = client.upload_part_copy().bucket(BUCKET).key("copy").upload_id(id).part_number(1);
    let part =
        part.copy_source(format!("{BUCKET}/whole")).copy_source_range("bytes=2-9").send().await.unwrap();
    let e_tag = part.copy_part_result().unwrap().e_tag().unwrap();
    let completed = CompletedMultipartUpload::builder()
        .parts(CompletedPart::builder().part_number(1).e_tag(e_tag).build())
        .build();
    let end = client.complete_multipart_upload().bucket(BUCKET).key("copy").upload_id(id);
    end.multipart_upload(completed).send().await.unwrap();
    assert_eq!(cloud.s3.read(BUCKET, "copy").unwrap(), b"snapshot");
}

#[tokio::test]
async fn bytes_that_are_not_what_their_checksum_says_are_never_seen() {
    let cloud = Cloud::start().await;
    let client = cloud.s3();
    put(&client, "kept", b"first").await;
    let sum = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let bad = client.put_object().bucket(BUCKET).key("kept").checksum_sha256(sum);
    assert_eq!(code(bad.body(vec![1, 2, 3].into()).send().await).as_deref(), Some("BadDigest"));
    assert_eq!(cloud.s3.read(BUCKET, "kept").unwrap(), b"first");
}

#[tokio::test]
async fn of_racing_creators_exactly_one_wins() {
    let cloud = Cloud::start().await;
    let client = cloud.s3();
    let racers = (0..16_u8).map(|racer| {
        let put = client.put_object().bucket(BUCKET).key("lock").if_none_match("*").body(vec![racer].into());
        tokio::spawn(put.send())
    });
    let mut won = 0;
    for racer in racers.collect::<Vec<_>>() {
        match racer.await.unwrap() {
            Ok(_) => won += 1,
            refused => assert_eq!(code(refused).as_deref(), Some("PreconditionFailed")),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_listing_has_etags_folders_and_all_pages() {
    let cloud = Cloud::start().await;
    let client = cloud.s3();
    for key in ["a/1", "a/2", "b", "c/1", "d"] {
        put(&client, key, key.as_bytes()).await;
    }
    let mut pages =
        client.list_objects_v2().bucket(BUCKET).delimiter("/").max_keys(2).into_paginator().send();
    let (mut keys, mut folders, mut count) = (Vec::new(), Vec::new(), 0);
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        count += 1;
        assert!(page.contents().iter().all(|object| object.e_tag().is_some() && object.size() == Some(1)));
        keys.extend(page.contents().iter().filter_map(|object| object.key().map(str::to_owned)));
        folders.extend(page.common_prefixes().iter().filter_map(|folder| folder.prefix().map(str::to_owned)));
    }
    assert_eq!((keys, folders, count), (vec!["b".into(), "d".into()], vec!["a/".into(), "c/".into()], 2));
    let within =
        client.list_objects_v2().bucket(BUCKET).prefix("a/").start_after("a/1").send().await.unwrap();
    assert_eq!(within.contents().iter().map(|object| object.key().unwrap()).collect::<Vec<_>>(), ["a/2"]);
}

#[tokio::test]
async fn a_bucket_tells_its_region_and_sends_away_who_signs_for_another() {
    let cloud = Cloud::start().await;
    let client = cloud.s3();
    let location = client.get_bucket_location().bucket(BUCKET).send().await.unwrap();
    assert_eq!(location.location_constraint().map(AsRef::as_ref), Some("eu-west-1"));
    let head = client.head_bucket().bucket(BUCKET).send().await.unwrap();
    assert_eq!(head.bucket_region(), Some("eu-west-1"));
    let elsewhere = cloud.s3_as(("AKIALAB", "lab/secret+key", None), "us-east-1");
    let location = elsewhere.get_bucket_location().bucket(BUCKET).send().await.unwrap();
    assert_eq!(location.location_constraint().map(AsRef::as_ref), Some("eu-west-1"));
    let wrong = elsewhere.get_object().bucket(BUCKET).key("k").send().await.unwrap_err();
    let response = wrong.raw_response().unwrap();
    assert_eq!(response.status().as_u16(), 301);
    assert_eq!(response.headers().get("x-amz-bucket-region"), Some("eu-west-1"));
    assert_eq!(wrong.as_service_error().unwrap().code(), Some("PermanentRedirect"));
    assert_eq!(code(client.head_object().bucket(BUCKET).key("k").send().await).as_deref(), Some("NotFound"));
    let absent = client.get_object().bucket("no-such-bucket").key("k").send().await.unwrap_err();
    let absent = absent.into_service_error();
    assert_eq!(absent.code(), Some("NoSuchBucket"));
    assert_eq!(absent.message(), Some("The specified bucket does not exist"));
}

#[tokio::test]
async fn a_fault_is_seen_by_the_client_as_what_it_is() {
    let cloud = Cloud::start().await;
    let client = cloud.s3();
    put(&client, "k", &[7; 1000]).await;
    for (status, expected) in
        [(403, "AccessDenied"), (404, "NoSuchKey"), (500, "InternalError"), (503, "SlowDown")]
    {
        cloud.arm("s3", "GET", "/k", Fault::Status(status));
        let answer = client.get_object().bucket(BUCKET).key("k").send().await;
        assert_eq!(code(answer).as_deref(), Some(expected));
        cloud.faults.clear();
    }
    cloud.arm("s3", "GET", "/k", Fault::Reset);
    let reset = client.get_object().bucket(BUCKET).key("k").send().await.unwrap_err();
    assert!(reset.as_service_error().is_none(), "{reset:?}");
    cloud.faults.clear();
    cloud.arm("s3", "GET", "/k", Fault::CutAfter(10));
    let short = client.get_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!(short.content_length(), Some(1000));
    let (mut body, mut arrived) = (short.body, 0);
    let end = loop {
        match body.try_next().await {
            Ok(Some(chunk)) => arrived += chunk.len(),
            end => break end,
        }
    };
    assert!(end.is_err() && arrived == 10, "{arrived} bytes, then {end:?}");
    cloud.faults.clear();
    cloud.arm("s3", "GET", "/k", Fault::Slow(std::time::Duration::from_millis(10)));
    assert!(client.get_object().bucket(BUCKET).key("k").send().await.is_ok());
}
