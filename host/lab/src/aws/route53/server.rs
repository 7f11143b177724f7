//! The server: its ports, the faults in front of it, and the way from a request to its answer.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, to_bytes};
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;

use super::api::Api;
use super::refusal::Refused;
use super::{Zone, auth};
use crate::apiserver::authority::Authority;
use crate::aws::credentials::Keyring;
use crate::aws::endpoint::Endpoint;
use crate::aws::strike::{Struck, cut, strike};
use crate::clock::Clock;
use crate::faults::Faults;
use crate::loopback::Closed;

/// The largest body that is read, in bytes: 1000 changes fit well.
const LARGEST_BODY: usize = 4 << 20;

/// How a Route53 server is to be.
#[derive(Debug, Clone)]
pub struct Route53Options {
    /// Who may use it.
    pub keyring: Keyring,
    /// The hosted zones that it serves; the caller's clones see every change.
    pub zones: Vec<Zone>,
    /// Who issues the certificate to serve https with; without it there is http alone.
    pub authority: Option<Authority>,
    /// The faults that strike it, as server `route53`.
    pub faults: Faults,
    /// What slow answers, and the spreading of changes, are measured with.
    pub clock: Clock,
}

/// A running Route53 server; it ends when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Route53Server {
    endpoint: Endpoint,
    zones: Vec<Zone>,
}

#[derive(Clone)]
struct Front {
    api: Api,
    keyring: Keyring,
    faults: Faults,
    clock: Clock,
    requests: Arc<AtomicU64>,
}

impl Route53Server {
    /// Binds free loopback ports and serves.
    ///
    /// # Errors
    /// Those of binding and of issuing the certificate.
    pub async fn start(options: Route53Options) -> io::Result<Self> {
        let front = Front {
            api: Api::new(options.zones.clone(), options.clock.clone()),
            keyring: options.keyring,
            faults: options.faults,
            clock: options.clock,
            requests: Arc::new(AtomicU64::new(1)),
        };
        let answer = move |request| front.clone().answer(request);
        let endpoint = Endpoint::open("route53", options.authority.as_ref(), answer).await?;
        Ok(Self { endpoint, zones: options.zones })
    }

    /// The endpoint that clients are given: https if there is a certificate.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.endpoint.url()
    }

    /// The endpoint over http.
    #[must_use]
    pub fn plain_endpoint(&self) -> String {
        self.endpoint.plain_url()
    }

    /// The hosted zone with this name, public before private.
    #[must_use]
    pub fn zone(&self, name: &str) -> Option<Zone> {
        let name = super::DnsName::new(name);
        self.zones.iter().filter(|zone| *zone.name() == name).min_by_key(|zone| zone.is_private()).cloned()
    }
}

impl Front {
    async fn answer(self, request: Request<Incoming>) -> Result<Response<Body>, Closed> {
        let id = format!("{:08x}-lab", self.requests.fetch_add(1, Ordering::Relaxed));
        let (result, limit) = match strike(&self.faults, &self.clock, "route53", &request).await? {
            Struck::Status(status) => (Err(Refused::of_status(status)), None),
            Struck::Answer(limit) => (self.call(request).await, limit),
        };
        let mut response = result.unwrap_or_else(|refused| refused.response(&id));
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("x-amzn-requestid", id);
        }
        Ok(cut(response, limit))
    }

    async fn call(&self, request: Request<Incoming>) -> Result<Response<Body>, Refused> {
        let (head, body) = request.into_parts();
        let body = to_bytes(Body::new(body), LARGEST_BODY)
            .await
            .map_err(|error| Refused::invalid_input(error.to_string()))?;
        auth::verify(&head, &body, &self.keyring)?;
        self.api.call(&head, &body)
    }
}
