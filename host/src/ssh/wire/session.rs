//! One master connection a host, kept for the run, made again when it is gone.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, mpsc};
use std::time::{Duration, Instant};

use openssh::{ControlPersist, KnownHosts, Session, SessionBuilder};
use tokio::sync::{Mutex, Semaphore};

use super::place::{self, Place};
use super::{config, failure};
use crate::environment::{Host, Target};
use crate::gate::Permitted;
use crate::problem::Problem;
use crate::retry;

/// How long a master outlives a drsh that was killed, in seconds; a drsh that ends takes it down itself.
const ORPHAN: NonZeroUsize = match NonZeroUsize::new(3600) {
    Some(seconds) => seconds,
    None => NonZeroUsize::MIN,
};

/// The longest that connecting may take.
const CONNECT: Duration = Duration::from_secs(30);

/// How many commands a connection carries at a time: sshd takes 10 where nobody told it otherwise, and the end of a
/// command needs one too.
const SESSIONS: usize = 8;

/// How long the end of commands on hosts is waited for, all of them together.
const ENDING: Duration = Duration::from_secs(5);

/// A connection to a host.
#[derive(Debug)]
pub(super) struct Connection {
    // Dropped first: closing the master needs the socket in the folder.
    pub(super) session: Session,
    /// A place for each command that it may carry.
    pub(super) places: Semaphore,
    folder: Place,
    patience: Arc<Patience>,
}

impl Connection {
    /// Has the host carry `line` out, which ends a command that nobody waits for any more.
    ///
    /// It runs where futures are dropped, so that it waits without the runtime: for a moment, as a host that does not
    /// answer must not keep the operator.
    pub(super) fn end(&self, line: &str) {
        let socket = self.session.control_socket();
        let ending = std::process::Command::new("ssh")
            .arg("-F")
            .arg(self.folder.path().join("config"))
            .arg("-S")
            .arg(socket)
            .args(["-o", "ConnectTimeout=3", config::TARGET, line])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut ending) = ending else { return };
        let (ended, waiting) = mpsc::channel();
        std::thread::spawn(move || {
            let _ = ended.send(ending.wait().is_ok_and(|status| status.success()));
        });
        let done = waiting.recv_timeout(self.patience.left()).unwrap_or(false);
        tracing::debug!(done, "a command that nobody waits for was to be ended on its host");
    }
}

/// How long ends are still waited for: many that have no answer cost no more than one.
#[derive(Debug, Default)]
struct Patience(std::sync::Mutex<Option<Instant>>);

impl Patience {
    fn left(&self) -> Duration {
        let (mut until, now) = (self.0.lock().unwrap_or_else(PoisonError::into_inner), Instant::now());
        let until =
            until.filter(|until| *until + ENDING > now).unwrap_or_else(|| *until.insert(now + ENDING));
        until.saturating_duration_since(now)
    }
}

/// The connections of a run, by the name of the host in the environment.
#[derive(Default)]
struct Connections {
    slots: std::sync::Mutex<HashMap<String, Slot>>,
    patience: Arc<Patience>,
    /// What others left is swept once a run.
    swept: AtomicBool,
}

/// A host's place: held while its connection is made, so that branches side by side make one.
type Slot = Arc<Mutex<Option<Arc<Connection>>>>;

/// Gives the connection to the host: the kept one if it lives, else a new one.
///
/// Errors: `unreachable`, `denied`, `host_key_changed`, `unknown_host_key`, `environment`.
pub(super) async fn connection(permitted: &Permitted<Host>) -> Result<Arc<Connection>, Problem> {
    let connections = permitted.run().connections().of::<Connections>();
    if !connections.swept.swap(true, Ordering::Relaxed) {
        drop(std::thread::spawn(place::sweep));
    }
    let slot = slot(permitted);
    let mut kept = slot.lock().await;
    if let Some(connection) = kept.as_ref() {
        let alive = tokio::time::timeout(permitted.attempt(), connection.session.check()).await;
        if matches!(alive, Ok(Ok(()))) {
            return Ok(connection.clone());
        }
        tracing::debug!(host = permitted.name(), "the connection is gone; connecting again");
        *kept = None;
    }
    let connection = connect(permitted).await?;
    *kept = Some(connection.clone());
    Ok(connection)
}

fn slot(permitted: &Permitted<Host>) -> Slot {
    let connections = permitted.run().connections().of::<Connections>();
    let mut slots = connections.slots.lock().unwrap_or_else(PoisonError::into_inner);
    slots.entry(permitted.name().to_owned()).or_default().clone()
}

async fn connect(permitted: &Permitted<Host>) -> Result<Arc<Connection>, Problem> {
    let what = format!("SSH: connect {}", &**permitted);
    retry::until_deadline(permitted, &what, || async {
        let folder = Place::new()?;
        config::write(permitted, folder.path())?;
        let mut builder = SessionBuilder::default();
        builder
            .config_file(folder.path().join("config"))
            .control_directory(folder.path())
            .known_hosts_check(KnownHosts::Strict)
            .control_persist(ControlPersist::IdleFor(ORPHAN))
            .connect_timeout(permitted.attempt().min(CONNECT))
            .server_alive_interval(config::keepalive(permitted.entry()));
        let session = builder.connect_mux(config::TARGET).await;
        let session = session.map_err(|error| {
            failure::of_connecting(permitted, &error, folder.path(), &config::logs(folder.path(), permitted))
        })?;
        let patience = permitted.run().connections().of::<Connections>().patience.clone();
        Ok(Arc::new(Connection { session, places: Semaphore::new(SESSIONS), folder, patience }))
    })
    .await
}
