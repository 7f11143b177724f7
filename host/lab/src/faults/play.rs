//! Plays a schedule in a world: each fault begins in its time, and all of them end.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{After, Aim, Fault, Faults, Planned, Rule, Schedule, Trouble};
use crate::clock::Clock;
use crate::log::WorldLog;

/// What of a world a schedule can close, cut and turn off.
#[async_trait]
pub trait Doors: Send + Sync + 'static {
    /// Refuses connections to a server or host and cuts the open ones; answers false where only its answers can
    /// be kept back.
    fn close(&self, place: &str) -> bool;

    /// Accepts connections again.
    async fn open(&self, place: &str);

    /// Lets an API server show the certificate of a stranger from now on, or its own again; connections are cut.
    ///
    /// A server that is not the lab's own keeps its certificate.
    async fn disguise(&self, place: &str, is_strange: bool);

    /// Cuts the connections of a host.
    fn cut(&self, place: &str);

    /// Turns a host off and on, and returns when it is back.
    async fn reboot(&self, place: &str);

    /// Takes every free byte of a host's disk, or gives them back.
    fn fill(&self, place: &str, is_full: bool);
}

/// A schedule that is being played. Nothing strikes any more once [`Playing::end`] has returned.
pub struct Playing {
    shared: Arc<Shared>,
    stage: tokio::task::JoinHandle<()>,
}

struct Shared {
    schedule: Schedule,
    faults: Faults,
    clock: Clock,
    log: WorldLog,
    doors: Box<dyn Doors>,
    begun: Mutex<BTreeSet<usize>>,
    end: CancellationToken,
}

impl Playing {
    /// Begins to play; must be called within a runtime.
    #[must_use]
    pub fn begin(
        schedule: &Schedule,
        (faults, clock, log): (&Faults, &Clock, &WorldLog),
        doors: impl Doors,
    ) -> Self {
        let shared = Arc::new(Shared {
            schedule: schedule.clone(),
            faults: faults.clone(),
            clock: clock.clone(),
            log: log.clone(),
            doors: Box::new(doors),
            begun: Mutex::default(),
            end: CancellationToken::new(),
        });
        let (tell, told) = mpsc::unbounded_channel();
        // Counted from now on, not from when the task has its first turn.
        for (number, planned) in schedule.0.iter().enumerate() {
            if let After::Requests(requests) = planned.after {
                let rule = planned.fault.rule(&planned.place);
                faults.await_requests(number, (&planned.place, requests), rule, tell.clone());
            }
        }
        let stage = tokio::spawn(shared.clone().play((tell, told)));
        Self { shared, stage }
    }

    /// The faults that have begun so far, in the schedule's order.
    #[must_use]
    pub fn begun(&self) -> Vec<Planned> {
        self.shared.begun()
    }

    /// Ends what strikes and what was still to come, and returns when everything answers again; says what had begun.
    pub async fn end(self) -> Vec<Planned> {
        self.shared.faults.forget_schedule();
        self.shared.end.cancel();
        let Self { shared, stage } = self;
        if let Err(error) = stage.await {
            tracing::error!(%error, "a schedule of faults ended early");
        }
        // A rule that was armed while the others were taken away.
        shared.faults.forget_schedule();
        shared.log.record("faults", "are over", "the schedule has ended");
        shared.begun()
    }
}

type Told = (mpsc::UnboundedSender<usize>, mpsc::UnboundedReceiver<usize>);

impl Shared {
    fn begun(&self) -> Vec<Planned> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.iter().filter_map(|number| self.schedule.0.get(*number).cloned()).collect()
    }

    async fn play(self: Arc<Self>, (tell, mut told): Told) {
        let mut acts = JoinSet::new();
        for (number, planned) in self.schedule.0.iter().enumerate() {
            if let After::Seconds(seconds) = planned.after {
                let (shared, tell) = (self.clone(), tell.clone());
                acts.spawn(async move {
                    let time = shared.clock.sleep(Duration::from_secs(seconds.into()));
                    if shared.end.run_until_cancelled(time).await.is_some() {
                        // Nobody listens any more where the schedule is over.
                        let _ = tell.send(number);
                    }
                });
            }
        }
        while let Some(Some(number)) = self.end.run_until_cancelled(told.recv()).await {
            acts.spawn(self.clone().act(number));
        }
        // Each puts right what it has done wrong, at once.
        while acts.join_next().await.is_some() {}
    }

    async fn act(self: Arc<Self>, number: usize) {
        let Some(planned) = self.schedule.0.get(number) else { return };
        let place = planned.place.as_str();
        if self.end.is_cancelled() {
            return;
        }
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).insert(number);
        self.log.record(place, planned.fault.to_string(), "a fault of the schedule");
        match planned.fault {
            Trouble::Away { seconds } => {
                if self.doors.close(place) {
                    self.pass(seconds).await;
                    self.doors.open(place).await;
                } else {
                    let (method, path) = (String::new(), String::new());
                    let rule =
                        Rule { server: place.to_owned(), method, path, fault: Fault::Reset, times: None };
                    self.faults.arm_planned(number, (Aim::Everything, rule));
                    self.pass(seconds).await;
                    self.faults.disarm(number);
                }
            }
            Trouble::CertificateChanged { seconds } => {
                self.doors.disguise(place, true).await;
                self.pass(seconds).await;
                self.doors.disguise(place, false).await;
            }
            Trouble::ConnectionsCut => self.doors.cut(place),
            Trouble::Reboot => self.doors.reboot(place).await,
            Trouble::DiskFull { seconds } => {
                self.doors.fill(place, true);
                self.pass(seconds).await;
                self.doors.fill(place, false);
            }
            fault => {
                // What waits for a request is armed with that request; this begins by the clock.
                if let (After::Seconds(_), Some(rule)) = (planned.after, fault.rule(place)) {
                    self.faults.arm_planned(number, rule);
                }
            }
        }
    }

    /// Lets time pass, or the end come.
    async fn pass(&self, seconds: u32) {
        self.end.run_until_cancelled(self.clock.sleep(Duration::from_secs(seconds.into()))).await;
    }
}
