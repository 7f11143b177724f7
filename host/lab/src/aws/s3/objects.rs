//! Buckets and the objects in them; each write is seen whole or not at all.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use s3s::dto::{Checksum, ETag, ETagCondition, Metadata};
use s3s::{S3Result, s3_error};

use super::files::Landed;
use super::multipart::Upload;

/// The headers that an object was stored with and is given back with.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    pub(super) metadata: Option<Metadata>,
    pub(super) content_type: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_language: Option<String>,
    pub(super) cache_control: Option<String>,
}

/// One object.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) body: Landed,
    pub(super) e_tag: String,
    pub(super) sums: Checksum,
    pub(super) kept: Kept,
    pub(super) modified: SystemTime,
    pub(super) parts: Option<i32>,
}

/// What must be so for a write to be done.
#[derive(Debug, Default)]
pub(super) struct Condition {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
}

/// One page of a listing.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) objects: Vec<(String, Arc<Stored>)>,
    pub(super) prefixes: Vec<String>,
    /// After which name the next page begins, if there is one.
    pub(super) next: Option<String>,
}

#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) region: String,
    pub(super) created: SystemTime,
    pub(super) objects: BTreeMap<String, Arc<Stored>>,
    pub(super) uploads: BTreeMap<String, Upload>,
}

/// Every bucket, and the folder that the bodies lie in.
#[derive(Debug)]
pub(super) struct Objects {
    pub(super) folder: PathBuf,
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

impl Objects {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, buckets: Mutex::default() }
    }

    /// Makes a bucket.
    ///
    /// # Errors
    /// `BucketAlreadyOwnedByYou` if it exists.
    pub(super) fn create_bucket(&self, name: &str, region: &str) -> S3Result<()> {
        let mut buckets = self.lock();
        if buckets.contains_key(name) {
            return Err(s3_error!(BucketAlreadyOwnedByYou));
        }
        let bucket = Bucket {
            region: region.to_owned(),
            created: SystemTime::now(),
            objects: BTreeMap::new(),
            uploads: BTreeMap::new(),
        };
        buckets.insert(name.to_owned(), bucket);
        Ok(())
    }

    /// Each bucket's name, region and time of creation.
    pub(super) fn buckets(&self) -> Vec<(String, String, SystemTime)> {
        let buckets = self.lock();
        buckets.iter().map(|(name, bucket)| (name.clone(), bucket.region.clone(), bucket.created)).collect()
    }

    pub(super) fn region(&self, bucket: &str) -> Option<String> {
        self.lock().get(bucket).map(|bucket| bucket.region.clone())
    }

    /// Works on one bucket, with nobody else working on any.
    ///
    /// # Errors
    /// `NoSuchBucket`, and those of `work`.
    pub(super) fn within<T>(
        &self,
        bucket: &str,
        work: impl FnOnce(&mut Bucket) -> S3Result<T>,
    ) -> S3Result<T> {
        work(self.lock().get_mut(bucket).ok_or_else(|| s3_error!(NoSuchBucket))?)
    }

    /// Finds an object.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`.
    pub(super) fn get(&self, bucket: &str, key: &str) -> S3Result<Arc<Stored>> {
        self.within(bucket, |bucket| bucket.objects.get(key).cloned().ok_or_else(|| s3_error!(NoSuchKey)))
    }

    /// Stores an object if `condition` holds at that moment.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, `PreconditionFailed`.
    pub(super) fn put(&self, bucket: &str, key: &str, object: Stored, condition: &Condition) -> S3Result<()> {
        self.within(bucket, |bucket| bucket.put(key, object, condition))
    }

    /// Lists the objects whose key begins with `prefix`, after `after`, at most `limit` of them.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub(super) fn list(
        &self,
        bucket: &str,
        prefix: &str,
        delimiter: &str,
        after: &str,
        limit: usize,
    ) -> S3Result<Page> {
        self.within(bucket, |bucket| Ok(bucket.list(prefix, delimiter, after, limit)))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    pub(super) fn put(&mut self, key: &str, object: Stored, condition: &Condition) -> S3Result<()> {
        let current = self.objects.get(key).map(|current| ETag::Strong(current.e_tag.clone()));
        match (&condition.if_match, &current) {
            (Some(_), None) => return Err(s3_error!(NoSuchKey)),
            (Some(ETagCondition::ETag(expected)), Some(current)) if !expected.strong_cmp(current) => {
                return Err(s3_error!(PreconditionFailed));
            }
            _ => {}
        }
        match (&condition.if_none_match, &current) {
            (Some(ETagCondition::Any), Some(_)) => return Err(s3_error!(PreconditionFailed)),
            (Some(ETagCondition::ETag(unwanted)), Some(current)) if unwanted.weak_cmp(current) => {
                return Err(s3_error!(PreconditionFailed));
            }
            _ => {}
        }
        self.objects.insert(key.to_owned(), Arc::new(object));
        Ok(())
    }

    fn list(&self, prefix: &str, delimiter: &str, after: &str, limit: usize) -> Page {
        let mut page = Page::default();
        let mut last = None;
        let keys = self.objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        for (key, object) in keys.filter(|(key, _)| key.as_str() > after) {
            let group = key[prefix.len()..]
                .split_once(delimiter)
                .filter(|_| !delimiter.is_empty())
                .map(|(front, _)| format!("{prefix}{front}{delimiter}"));
            if group.as_ref().is_some_and(|group| group == after || Some(group) == page.prefixes.last()) {
                continue;
            }
            if page.objects.len() + page.prefixes.len() == limit {
                page.next = last;
                break;
            }
            last = Some(group.clone().unwrap_or_else(|| key.clone()));
            match group {
                Some(group) => page.prefixes.push(group),
                None => page.objects.push((key.clone(), Arc::clone(object))),
            }
        }
        page
    }
}
