//! Who gets in to S3, and by which signature: keys, tokens, presigned URLs.

#![allow(clippy::unwrap_used, reason = "a test whose world cannot be set up has failed")]

mod cloud;

use std::time::{Duration, SystemTime};

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::presigning::PresigningConfig;
use axum::body::{Body, to_bytes};
use cloud::{BUCKET, Cloud, REGION};
use drsh_lab::aws::Credentials;
use http::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a plain HTTP client gets: the status and the text.
async fn plain(cloud: &Cloud, method: &str, url: &str, body: &str) -> (u16, String) {
    let url = url.replace(&cloud.s3.endpoint(), &cloud.s3.plain_endpoint());
    ask(Request::builder().method(method).uri(url).body(Body::from(body.to_owned())).unwrap(), cloud).await
}

async fn ask(mut request: Request<Body>, cloud: &Cloud) -> (u16, String) {
    // A presigned URL is bound to the host that it was made for.
    let host = cloud.s3.endpoint().replace("https://", "");
    request.headers_mut().insert("host", host.parse().unwrap());
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let response = client.request(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(Body::new(response.into_body()), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn lasting(seconds: u64, age: u64) -> PresigningConfig {
    PresigningConfig::builder()
        .expires_in(Duration::from_secs(seconds))
        .start_time(SystemTime::now() - Duration::from_secs(age))
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_presigned_url_works_until_it_expires_and_for_nothing_else() {
    let cloud = Cloud::start().await;
    let client = cloud.s3();
    let put = client.put_object().bucket(BUCKET).key("k").presigned(lasting(60, 0)).await.unwrap();
    assert_eq!(plain(&cloud, "PUT", put.uri(), "snapshot").await.0, 200);
    let get = client.get_object().bucket(BUCKET).key("k");
    let good = get.clone().presigned(lasting(60, 30)).await.unwrap();
    assert_eq!(plain(&cloud, "GET", good.uri(), "").await, (200, "snapshot".to_owned()));
    let late = get.presigned(lasting(60, 90)).await.unwrap();
    let (status, text) = plain(&cloud, "GET", late.uri(), "").await;
    assert!(status == 403 && text.contains("Request has expired"), "{text}");
    let (status, text) = plain(&cloud, "GET", &good.uri().replace("/k?", "/other?"), "").await;
    assert!(status == 403 && text.contains("SignatureDoesNotMatch"), "{text}");
    let longer = good.uri().replace("X-Amz-Expires=60", "X-Amz-Expires=604801");
    let (status, text) = plain(&cloud, "GET", &longer, "").await;
    assert!(status == 400 && text.contains("AuthorizationQueryParametersError"), "{text}");
}

#[tokio::test]
async fn a_presigned_url_for_the_wrong_region_says_which_is_right() {
    let cloud = Cloud::start().await;
    let elsewhere = cloud.s3_as(("AKIALAB", "lab/secret+key", None), "us-east-1");
    let url = elsewhere.get_object().bucket(BUCKET).key("k").presigned(lasting(60, 0)).await.unwrap();
    let (status, text) = plain(&cloud, "GET", url.uri(), "").await;
    assert!(status == 400 && text.contains("<Region>eu-west-1</Region>"), "{text}");
}

#[tokio::test]
async fn temporary_credentials_need_their_token_also_in_a_presigned_url() {
    let cloud = Cloud::start().await;
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let token = "FwoGZXIvYXdzE/+=".repeat(60);
    cloud.keyring.add(Credentials::temporary("ASIALAB", "temporary", &token, later));
    let client = cloud.s3_as(("ASIALAB", "temporary", Some(&token)), REGION);
    client.put_object().bucket(BUCKET).key("k").body(b"x".to_vec().into()).send().await.unwrap();
    let url = client.get_object().bucket(BUCKET).key("k").presigned(lasting(60, 0)).await.unwrap();
    assert!(url.uri().len() > 1024, "{}", url.uri().len());
    assert_eq!(plain(&cloud, "GET", url.uri(), "").await, (200, "x".to_owned()));
    let refused = |who| {
        let client = cloud.s3_as(who, REGION);
        async move {
            let error = client.list_objects_v2().bucket(BUCKET).send().await.unwrap_err();
            error.as_service_error().and_then(|error| error.code()).map(str::to_owned).unwrap_or_default()
        }
    };
    assert_eq!(refused(("ASIALAB", "temporary", None)).await, "InvalidAccessKeyId");
    assert_eq!(refused(("ASIALAB", "temporary", Some("other"))).await, "InvalidToken");
    cloud.keyring.add(Credentials::temporary("ASIALAB", "temporary", &token, jiff::Timestamp::UNIX_EPOCH));
    assert_eq!(refused(("ASIALAB", "temporary", Some(&token))).await, "ExpiredToken");
}

#[tokio::test]
async fn nobody_gets_in_with_a_wrong_secret_without_one_or_by_the_old_signature() {
    let cloud = Cloud::start().await;
    let wrong = cloud.s3_as(("AKIALAB", "not the secret", None), REGION);
    let error = wrong.list_objects_v2().bucket(BUCKET).send().await.unwrap_err();
    assert_eq!(error.as_service_error().unwrap().code(), Some("SignatureDoesNotMatch"));
    let url = format!("{}/{BUCKET}/k", cloud.s3.endpoint());
    let (status, text) = plain(&cloud, "PUT", &url, "x").await;
    assert!(status == 403 && text.contains("<Code>AccessDenied</Code>"), "{text}");
    // What the documented bash sends: `Authorization: AWS key:hmac-sha1`.
    let url = url
        .replace("https", "http")
        .replace(&cloud.s3.endpoint().replace("https", "http"), &cloud.s3.plain_endpoint());
    let old =
        Request::put(url).header("authorization", "AWS AKIALAB:c2lnbmF0dXJl").body(Body::from("x")).unwrap();
    let (status, text) = ask(old, &cloud).await;
    assert!(status == 400 && text.contains("Please use AWS4-HMAC-SHA256"), "{text}");
    assert_eq!(cloud.s3.keys(BUCKET), Vec::<String>::new());
}

#[tokio::test]
async fn a_body_above_five_gibibytes_is_refused_before_it_is_sent() {
    let cloud = Cloud::start().await;
    let put = cloud.s3().put_object().bucket(BUCKET).key("k").presigned(lasting(60, 0)).await.unwrap();
    let path = put.uri().replace(&cloud.s3.endpoint(), "");
    let host = cloud.s3.endpoint().replace("https://", "");
    let mut stream =
        TcpStream::connect(cloud.s3.plain_endpoint().trim_start_matches("http://")).await.unwrap();
    let head = format!("PUT {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 5368709121\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("EntityTooLarge"), "{answer}");
}
