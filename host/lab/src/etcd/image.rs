//! What a kubelet does to start and stop an etcd pod: its volume, its init container, its membership.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kube::api::DynamicObject;

use super::program::EtcdProgram;
use super::spec::{INIT, Restore, Spec};
use super::volume::{self, Member, Volume};
use super::{Database, Etcd};
use crate::actors::kubelet::{Image, InitFailure};
use crate::actors::object::{text, uid};
use crate::actors::{Cluster, Key, Watched, kinds};
use crate::containers::Program;
use crate::faults::Faults;

/// The image `etcd`, as the kubelets of one cluster start it.
pub struct EtcdImage {
    etcd: Etcd,
    claims: Watched,
    faults: Faults,
}

/// How long a kubelet waits for a claim to be bound before it starts over, in life.
const BINDING: Duration = Duration::from_mins(1);

impl Etcd {
    /// The image for the kubelets of `cluster`, to be given for the `app` label `etcd`.
    ///
    /// Behaviours: with `etcd: snapshot save fails` that command does; with `etcd: snapshots are cut` it
    /// reports success and leaves a file without its end; with `etcd: restores fail` the init container
    /// ends with an error, whatever it downloaded.
    #[must_use]
    pub fn image(&self, cluster: &Cluster) -> Arc<dyn Image> {
        let claims = cluster.watch(&kinds::PERSISTENT_VOLUME_CLAIM);
        let etcd = self.clone();
        claims.listen(move |change| {
            if change.gone {
                etcd.drop_volume(uid(&change.object));
            }
            true
        });
        Arc::new(EtcdImage { etcd: self.clone(), claims, faults: cluster.faults().clone() })
    }
}

#[async_trait]
impl Image for EtcdImage {
    async fn start(&self, pod: &DynamicObject) -> Result<Arc<dyn Program>, InitFailure> {
        let fail = |container: &str, message: String| InitFailure {
            container: container.to_owned(),
            code: 1,
            message,
        };
        let spec = Spec::of(pod).map_err(|message| fail("etcd", message))?;
        let (claim_uid, volume) = self.mount(&spec).await.map_err(|message| fail("ensure-dns", message))?;
        let mut notes = Vec::new();
        if volume.member.is_none() {
            let member = self.first_start(&spec, &volume, &mut notes).await?;
            self.etcd.fill(&claim_uid, member).map_err(|message| fail("etcd", message))?;
        } else if spec.restore.is_some() {
            notes.push(NOT_EMPTY.to_owned());
        }
        self.etcd.started(spec.clone(), &claim_uid);
        Ok(Arc::new(EtcdProgram::new(self.etcd.clone(), spec, notes, self.faults.clone())))
    }

    async fn stop(&self, pod: &DynamicObject) {
        self.etcd.stopped(&Key::of(pod));
    }
}

/// How far a restore of all members together lifts the revision, so that no client takes what it saw
/// before for current (F59). A member that an old operator restores alone keeps its revision.
const REVISION_BUMP: u64 = 1_000_000_000;

/// What the init container says where it has nothing to do: it ends well all the same (F61).
const NOT_EMPTY: &str = "/var/lib/data not empty, not restoring snapshot";

impl EtcdImage {
    async fn mount(&self, spec: &Spec) -> Result<(String, Volume), String> {
        let bound = |claim: &DynamicObject| text(claim, "/status/phase") == "Bound";
        let limit = self.etcd.options.clock.scaled(BINDING);
        let claim = tokio::time::timeout(limit, self.claims.wait_for(&spec.claim, bound)).await;
        let claim = claim.map_err(|_| format!("claim {} is not bound", spec.claim))?;
        let size = text(&claim, "/spec/resources/requests/storage");
        let capacity =
            volume::bytes(size).ok_or_else(|| format!("claim {}: no size in `{size}`", spec.claim))?;
        Ok((uid(&claim).to_owned(), self.etcd.volume(uid(&claim), capacity)))
    }

    async fn first_start(
        &self,
        spec: &Spec,
        volume: &Volume,
        notes: &mut Vec<String>,
    ) -> Result<Member, InitFailure> {
        match &spec.restore {
            Some(restore) if volume.is_empty() => self.restore(spec, restore, notes).await,
            Some(_) => {
                notes.push(NOT_EMPTY.to_owned());
                self.etcd.join_or_form(spec).map_err(refused)
            }
            None => self.etcd.join_or_form(spec).map_err(refused),
        }
    }

    async fn restore(
        &self,
        spec: &Spec,
        restore: &Restore,
        notes: &mut Vec<String>,
    ) -> Result<Member, InitFailure> {
        let options = &self.etcd.options;
        options.clock.sleep_between(Duration::from_secs(20), Duration::from_mins(2)).await;
        if self.faults.is_on("etcd: restores fail") {
            let message = "Error: rename /var/lib/restore/member: input/output error".to_owned();
            return Err(InitFailure { container: INIT.to_owned(), code: 1, message });
        }
        let store = options.downloader.restore(&restore.url).await.map_err(|failure| InitFailure {
            container: INIT.to_owned(),
            code: failure.code,
            message: failure.message,
        })?;
        let database = if restore.together {
            store.advance(REVISION_BUMP);
            self.etcd.restored_together(spec, &restore.url, store)
        } else {
            Database::new(store, [spec.pod.name.clone()])
        };
        let how = if restore.together { "together with its siblings" } else { "alone" };
        let what = format!("restored etcd member {} {how}", spec.pod);
        options.log.record(&format!("{}/etcd", options.name), what, "its volume was empty");
        notes.push("restored the snapshot".to_owned());
        Member::of(database, &spec.pod.name).map_err(refused)
    }
}

/// The failure of a member that its cluster does not take in.
fn refused(message: String) -> InitFailure {
    InitFailure { container: "etcd".to_owned(), code: 1, message }
}
