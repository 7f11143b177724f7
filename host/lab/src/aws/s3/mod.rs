//! An S3 server on loopback, over http and https, with several buckets in their own regions.
//!
//! The `s3s` crate speaks the protocol and verifies the signatures; the buckets behind it are the lab's own,
//! because practice needs what `s3s-fs` has not: atomic conditional writes, checksums that are verified
//! before an object is seen, checksums of uploads in parts, `ETag`s in listings.

mod answers;
mod api;
mod digests;
mod files;
mod front;
mod lists;
mod multipart;
mod objects;
mod parts;
mod refusal;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use s3s::service::S3ServiceBuilder;

use self::api::Api;
use self::front::Front;
use self::objects::Objects;
use super::credentials::Keyring;
use super::endpoint::Endpoint;
use crate::apiserver::authority::Authority;
use crate::clock::Clock;
use crate::faults::Faults;

/// How an S3 server is to be.
#[derive(Debug, Clone)]
pub struct S3Options {
    /// The folder that bodies are kept in while the server lives; it must exist.
    pub folder: PathBuf,
    /// Who may use it.
    pub keyring: Keyring,
    /// The buckets that exist from the start, each with its region.
    pub buckets: Vec<(String, String)>,
    /// Who issues the certificate to serve https with; without it there is http alone.
    pub authority: Option<Authority>,
    /// The faults that strike it, as server `s3`.
    pub faults: Faults,
    /// What slow answers are measured with.
    pub clock: Clock,
}

/// What a bucket holds under one key, for those who judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectFacts {
    /// The size in bytes.
    pub size: u64,
    /// The `ETag`, without quotation marks.
    pub e_tag: String,
    /// The user's metadata.
    pub metadata: BTreeMap<String, String>,
}

/// A running S3 server; it ends when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct S3Server {
    endpoint: Endpoint,
    objects: Arc<Objects>,
}

impl S3Server {
    /// Binds free loopback ports and serves.
    ///
    /// # Errors
    /// Those of binding and of issuing the certificate, and a bucket that is named twice.
    pub async fn start(options: S3Options) -> io::Result<Self> {
        let objects = Arc::new(Objects::new(options.folder));
        for (bucket, region) in &options.buckets {
            objects.create_bucket(bucket, region).map_err(io::Error::other)?;
        }
        let mut builder = S3ServiceBuilder::new(Api(Arc::clone(&objects)));
        builder.set_auth(options.keyring.clone());
        let front = Front {
            service: builder.build(),
            objects: Arc::clone(&objects),
            keyring: options.keyring,
            faults: options.faults,
            clock: options.clock,
            requests: Arc::new(AtomicU64::new(1)),
        };
        let answer = move |request| front.clone().answer(request);
        let endpoint = Endpoint::open("s3", options.authority.as_ref(), answer).await?;
        Ok(Self { endpoint, objects })
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

    /// The keys of a bucket, in order; none if there is no such bucket.
    #[must_use]
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        self.objects.within(bucket, |bucket| Ok(bucket.objects.keys().cloned().collect())).unwrap_or_default()
    }

    /// What is stored under `key`.
    #[must_use]
    pub fn facts(&self, bucket: &str, key: &str) -> Option<ObjectFacts> {
        let object = self.objects.get(bucket, key).ok()?;
        let metadata = object.kept.metadata.clone().unwrap_or_default().into_iter().collect();
        Some(ObjectFacts { size: object.body.size, e_tag: object.e_tag.clone(), metadata })
    }

    /// The bytes that are stored under `key`.
    ///
    /// # Errors
    /// `NotFound` without such an object; those of reading its file.
    pub fn read(&self, bucket: &str, key: &str) -> io::Result<Vec<u8>> {
        let object = self.objects.get(bucket, key).map_err(|_| io::ErrorKind::NotFound)?;
        std::fs::read(object.body.path())
    }

    /// How many uploads in parts were begun in a bucket and neither completed nor aborted.
    #[must_use]
    pub fn open_uploads(&self, bucket: &str) -> usize {
        self.objects.within(bucket, |bucket| Ok(bucket.uploads.len())).unwrap_or_default()
    }
}
