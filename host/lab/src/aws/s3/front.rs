//! What stands before S3 proper: faults, the mechanism of the signature, session tokens, regions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use futures::StreamExt;
use http::{HeaderValue, Method, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use s3s::service::S3Service;

use super::objects::Objects;
use super::refusal::{S3Refusal, explained};
use crate::aws::credentials::Keyring;
use crate::aws::scope::{Scope, Signed, query_value};
use crate::aws::strike::{Struck, cut, strike};
use crate::clock::Clock;
use crate::faults::Faults;
use crate::loopback::Closed;

/// The longest life of a presigned URL: a week, in seconds.
const LONGEST_PRESIGNED: u64 = 7 * 24 * 60 * 60;

const REGION_HEADER: &str = "x-amz-bucket-region";

/// Answers every request that arrives; clones share what is behind.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) service: S3Service,
    pub(super) objects: Arc<Objects>,
    pub(super) keyring: Keyring,
    pub(super) faults: Faults,
    pub(super) clock: Clock,
    pub(super) requests: Arc<AtomicU64>,
}

impl Front {
    pub(super) async fn answer(self, request: Request<Incoming>) -> Result<Response<Body>, Closed> {
        let id = format!("{:016X}", self.requests.fetch_add(1, Ordering::Relaxed));
        let bucket = bucket_of(&request);
        let asks_for_bucket = request.method() == Method::HEAD && is_bucket(&request);
        let (mut response, limit) = match strike(&self.faults, &self.clock, "s3", &request).await? {
            Struck::Status(status) => (refuse(S3Refusal::of_status(status), request, &id).await?, None),
            Struck::Answer(limit) => {
                let answered = match self.admit(&request, bucket.as_deref()) {
                    Err(refusal) => refuse(refusal, request, &id).await?,
                    Ok(()) => explained(self.pass(request).await?, &id).await,
                };
                (answered, limit)
            }
        };
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("x-amz-request-id", value);
        }
        let region = bucket.and_then(|bucket| self.objects.region(&bucket));
        if let Some(region) = region
            && (asks_for_bucket || response.status().is_redirection())
            && let Ok(region) = HeaderValue::from_str(&region)
        {
            response.headers_mut().insert(REGION_HEADER, region);
        }
        Ok(cut(response, limit))
    }

    async fn pass(&self, request: Request<Incoming>) -> Result<Response<Body>, Closed> {
        let answered = self.service.call(request.map(s3s::Body::from)).await;
        answered.map(|response| response.map(Body::new)).map_err(|_| Closed)
    }

    /// Refuses what AWS refuses before it looks at the signature itself.
    fn admit<B>(&self, request: &Request<B>, bucket: Option<&str>) -> Result<(), S3Refusal> {
        let (scope, expires) = match Signed::read(request) {
            Signed::Header(scope) => (scope, None),
            Signed::Query(scope, expires) => (scope, expires.or(Some(0))),
            Signed::Version2 => {
                let message = "The authorization mechanism you have provided is not supported. \
                               Please use AWS4-HMAC-SHA256.";
                return Err(S3Refusal::new(400, "InvalidRequest", message));
            }
            Signed::Not => return Ok(()),
        };
        self.keyring
            .admit(&scope.access_key, scope.token.as_deref())
            .map_err(|no| S3Refusal::new(no.status, no.code, no.message))?;
        if expires.is_some_and(|seconds| seconds > LONGEST_PRESIGNED) {
            let message = "X-Amz-Expires must be less than a week (in seconds); \
                           that is, the given X-Amz-Expires must be less than 604800 seconds";
            return Err(S3Refusal::new(400, "AuthorizationQueryParametersError", message));
        }
        let location = query_value(request.uri().query().unwrap_or_default(), "location").is_some();
        match bucket.and_then(|bucket| self.objects.region(bucket)) {
            Some(region) if region != scope.region && !location => {
                Err(wrong_region(&scope, &region, expires.is_some(), bucket.unwrap_or_default()))
            }
            _ => Ok(()),
        }
    }
}

/// Refuses a request once it is here whole: a connection that closes under a client that still sends loses the answer.
async fn refuse(refusal: S3Refusal, request: Request<Incoming>, id: &str) -> Result<Response<Body>, Closed> {
    let mut parts = request.into_body().into_data_stream();
    while let Some(part) = parts.next().await {
        part.map_err(|_| Closed)?;
    }
    Ok(refusal.response(id))
}

fn wrong_region(scope: &Scope, region: &str, presigned: bool, bucket: &str) -> S3Refusal {
    if presigned {
        let message = format!(
            "Error parsing the X-Amz-Credential parameter; the region '{}' is wrong; expecting '{region}'",
            scope.region
        );
        return S3Refusal::new(400, "AuthorizationQueryParametersError", message).with("Region", region);
    }
    let message = "The bucket you are attempting to access must be addressed using the specified endpoint. \
                   Please send all future requests to this endpoint.";
    S3Refusal::new(301, "PermanentRedirect", message)
        .with("Endpoint", format!("{bucket}.s3.{region}.amazonaws.com"))
        .with("Bucket", bucket)
}

fn bucket_of<B>(request: &Request<B>) -> Option<String> {
    let first = request.uri().path().split('/').nth(1)?;
    (!first.is_empty()).then(|| first.to_owned())
}

fn is_bucket<B>(request: &Request<B>) -> bool {
    !request.uri().path().trim_matches('/').contains('/')
}
