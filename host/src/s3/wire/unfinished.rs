//! An upload in parts that is not complete: it is aborted, also when the call is cut short.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::client::Bound;
use super::send;
use crate::environment::Bucket;
use crate::gate::Permitted;
use crate::run::Event;

/// How long an abort may take once nobody waits for it any more.
const GRACE: Duration = Duration::from_secs(30);

/// Aborts the upload when dropped, unless it is complete: parts that lie about are paid for and seen by nobody.
pub(super) struct Unfinished {
    place: Option<Place>,
}

#[derive(Clone)]
struct Place {
    permitted: Permitted<Bucket>,
    bound: Bound,
    key: Arc<str>,
    id: Arc<str>,
}

impl Unfinished {
    pub(super) fn new(permitted: &Permitted<Bucket>, bound: &Bound, key: &Arc<str>, id: &Arc<str>) -> Self {
        let place =
            Place { permitted: permitted.clone(), bound: bound.clone(), key: key.clone(), id: id.clone() };
        Self { place: Some(place) }
    }

    /// Lets the upload stand.
    pub(super) fn stands(mut self) {
        self.place = None;
    }

    /// Aborts the upload and waits for it; what cannot be aborted is warned of.
    pub(super) async fn abort(mut self) {
        if let Some(place) = self.place.take() {
            place.abort().await;
        }
    }
}

impl Place {
    async fn abort(self) {
        let permitted = self.permitted.for_at_most(GRACE);
        let done = send(&permitted, &format!("abort the upload of {}", self.key), || {
            let request =
                self.bound.client.abort_multipart_upload().bucket(&self.bound.bucket).key(&*self.key);
            request.upload_id(&*self.id).send()
        })
        .await;
        if let Err(problem) = done
            && problem.kind != "not_found"
        {
            permitted.run().tell(Event::Warned(format!(
                "parts of {} stay in {}, unseen and paid for: {problem}; a lifecycle rule or \
                 `aws s3api abort-multipart-upload` takes them away",
                self.key, &*permitted
            )));
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(place) = self.place.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(place.abort());
        }
    }
}
