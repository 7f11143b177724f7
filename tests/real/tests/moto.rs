//! Moto by itself: who is let in, and what is there.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

use std::time::Duration;

use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::presigning::PresigningConfig;
use drsh_real::aws::Access;
use drsh_real::moto::{Moto, Options, Programs};

const REGION: &str = "eu-west-1";

async fn start() -> Option<Moto> {
    let programs = Programs::find("moto's own behaviour")?;
    Some(Moto::start(&programs, Options::new().unwrap()).await.unwrap())
}

/// What a list of the bucket is refused with.
async fn refusal(access: &Access) -> String {
    let listed = access.s3().unwrap().list_objects_v2().bucket("snapshots").send().await;
    listed.err().and_then(|error| error.code().map(str::to_owned)).unwrap_or_default()
}

#[tokio::test]
async fn a_key_that_is_wrong_or_unknown_is_refused_by_both_services() {
    let Some(moto) = start().await else { return };
    moto.create_bucket("snapshots", REGION).await.unwrap();
    let mut access = moto.access(REGION);
    assert_eq!(refusal(&access).await, "");
    assert!(access.route53().unwrap().list_hosted_zones().send().await.is_ok());
    access.credentials = Credentials::new(moto.access_key(), "wrong", None, None, "test");
    assert_eq!(refusal(&access).await, "SignatureDoesNotMatch");
    assert!(access.route53().unwrap().list_hosted_zones().send().await.is_err());
    access.credentials = Credentials::new("AKIANOBODY", moto.secret_key(), None, None, "test");
    assert_eq!(refusal(&access).await, "InvalidAccessKeyId");
}

#[tokio::test]
async fn temporary_credentials_are_good_with_their_token_alone() {
    let Some(moto) = start().await else { return };
    moto.create_bucket("snapshots", REGION).await.unwrap();
    let (credentials, _) = moto.temporary(5400).await.unwrap();
    let mut access = moto.access(REGION);
    access.credentials = credentials.clone();
    assert_eq!(refusal(&access).await, "");
    let (key, secret) = (credentials.access_key_id(), credentials.secret_access_key());
    access.credentials = Credentials::new(key, secret, Some("other".to_owned()), None, "test");
    assert_eq!(refusal(&access).await, "InvalidToken");
}

#[tokio::test]
async fn a_presigned_url_is_good_for_its_method_and_key_until_its_end() {
    let Some(moto) = start().await else { return };
    moto.create_bucket("snapshots", REGION).await.unwrap();
    let client = moto.access(REGION).s3().unwrap();
    let lives = PresigningConfig::expires_in(Duration::from_mins(10)).unwrap();
    let url = client.put_object().bucket("snapshots").key("a b+c").presigned(lives).await.unwrap();
    let url = url.uri().to_owned();
    assert_eq!(status(&moto, "GET", &url).await, 403);
    assert_eq!(status(&moto, "PUT", &url.replace("/a%20b", "/b")).await, 403);
    assert_eq!(status(&moto, "PUT", &url).await, 200);
    assert!(client.head_object().bucket("snapshots").key("a b+c").send().await.is_ok());
    let begin = std::time::SystemTime::now() - Duration::from_secs(700);
    let over = PresigningConfig::builder().start_time(begin).expires_in(Duration::from_mins(10)).build();
    let url = client.put_object().bucket("snapshots").key("a").presigned(over.unwrap()).await.unwrap();
    assert_eq!(status(&moto, "PUT", url.uri()).await, 403);
}

/// The status of an answer to a request that is made without any credentials.
async fn status(moto: &Moto, method: &str, url: &str) -> u16 {
    drsh_real::aws::fetch(method, url, moto.ca_pem(), Vec::new()).await.unwrap().0
}

#[tokio::test]
async fn zones_of_one_name_have_two_ids_and_a_reset_forgets_them() {
    let Some(moto) = start().await else { return };
    let (one, two) = (moto.create_zone("hc.lab").await.unwrap(), moto.create_zone("hc.lab").await.unwrap());
    assert_ne!(one, two);
    moto.reset().await.unwrap();
    let client = moto.access(REGION).route53().unwrap();
    assert!(client.list_hosted_zones().send().await.unwrap().hosted_zones.is_empty());
}
