//! The processes of a host: who runs what, and the signals that end it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;

use super::user::User;

/// A signal that can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// The terminal is gone.
    Hup,
    /// Ctrl-C.
    Int,
    /// It cannot be refused.
    Kill,
    /// Nobody reads the pipe any more.
    Pipe,
    /// The usual one.
    Term,
}

impl Signal {
    /// The signal of this name or number.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name.trim_start_matches("SIG") {
            "HUP" | "1" => Some(Self::Hup),
            "INT" | "2" => Some(Self::Int),
            "KILL" | "9" => Some(Self::Kill),
            "PIPE" | "13" => Some(Self::Pipe),
            "TERM" | "15" => Some(Self::Term),
            _ => None,
        }
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Hup => 1,
            Self::Int => 2,
            Self::Kill => 9,
            Self::Pipe => 13,
            Self::Term => 15,
        }
    }
}

/// How a command ended that did not end with 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It said so itself.
    Code(u8),
    /// A signal ended it.
    Signal(Signal),
}

impl Exit {
    /// What a shell has in `$?` afterwards.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128 + signal.number(),
        }
    }
}

/// A process, as `ps` shows it.
#[derive(Debug, Clone)]
pub struct Process {
    /// Its id.
    pub id: u32,
    /// The process that started it.
    pub parent: u32,
    /// Its process group: a signal can be sent to all of one.
    pub group: u32,
    /// The session that a terminal's end hangs up.
    pub session: u32,
    /// Whose it is.
    pub user: User,
    /// Program and arguments.
    pub command: String,
    /// When it began.
    pub started: Timestamp,
    /// Whether a hang-up does not end it.
    pub ignores_hangup: bool,
}

/// Where a process begins: its parent, group and session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Origin {
    /// The process that starts it; 1 for what the system starts.
    pub parent: u32,
    /// The process group; 0 makes one of its own.
    pub group: u32,
    /// The session; 0 makes one of its own.
    pub session: u32,
    /// Whether a hang-up does not end it.
    pub ignores_hangup: bool,
}

struct Entry {
    process: Process,
    signal: watch::Sender<Option<Signal>>,
}

/// The processes of one host. Clones share them.
#[derive(Clone, Default)]
pub struct Processes {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    entries: BTreeMap<u32, Entry>,
    last: u32,
}

/// A process that runs; dropping this is its end.
pub struct Running {
    processes: Processes,
    /// What it is.
    pub process: Process,
    signal: watch::Receiver<Option<Signal>>,
}

impl Processes {
    /// Begins a process.
    #[must_use]
    pub fn begin(&self, origin: Origin, user: User, command: &str) -> Running {
        const FIRST: u32 = 1000;
        let mut inner = self.lock();
        inner.last = inner.last.max(FIRST) + 1;
        let id = inner.last;
        let or_own = |given: u32| if given == 0 { id } else { given };
        let process = Process {
            id,
            parent: origin.parent.max(1),
            group: or_own(origin.group),
            session: or_own(origin.session),
            user,
            command: command.to_owned(),
            started: Timestamp::now(),
            ignores_hangup: origin.ignores_hangup,
        };
        let (sender, signal) = watch::channel(None);
        inner.entries.insert(id, Entry { process: process.clone(), signal: sender });
        Running { processes: self.clone(), process, signal }
    }

    /// Every process, by id. One that a signal has reached is none any more.
    #[must_use]
    pub fn all(&self) -> Vec<Process> {
        let inner = self.lock();
        let alive = inner.entries.values().filter(|entry| entry.signal.borrow().is_none());
        alive.map(|entry| entry.process.clone()).collect()
    }

    /// Gives a process another command line, as `exec` does.
    pub fn rename(&self, id: u32, command: &str) {
        if let Some(entry) = self.lock().entries.get_mut(&id) {
            command.clone_into(&mut entry.process.command);
        }
    }

    /// Puts a process into a session and a group of its own.
    pub fn leave_session(&self, id: u32) {
        if let Some(entry) = self.lock().entries.get_mut(&id) {
            (entry.process.group, entry.process.session) = (id, id);
        }
    }

    /// Makes a process the leader of a group of its own.
    pub fn lead_group(&self, id: u32) {
        if let Some(entry) = self.lock().entries.get_mut(&id) {
            entry.process.group = id;
        }
    }

    /// Lets no hang-up end a process.
    pub fn ignore_hangup(&self, id: u32) {
        if let Some(entry) = self.lock().entries.get_mut(&id) {
            entry.process.ignores_hangup = true;
        }
    }

    /// The process of this id.
    #[must_use]
    pub fn get(&self, id: u32) -> Option<Process> {
        self.lock().entries.get(&id).map(|entry| entry.process.clone())
    }

    /// Sends `signal` to the processes that `meant` chooses; says how many there were.
    pub fn signal(&self, signal: Signal, meant: impl Fn(&Process) -> bool) -> usize {
        let inner = self.lock();
        let chosen: Vec<&Entry> = inner.entries.values().filter(|entry| meant(&entry.process)).collect();
        for entry in &chosen {
            if signal != Signal::Hup || !entry.process.ignores_hangup {
                entry.signal.send_replace(Some(signal));
            }
        }
        chosen.len()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    /// Runs the work of the process until it ends by itself or by a signal.
    pub async fn until_killed<T>(&self, work: impl Future<Output = Result<T, Exit>>) -> Result<T, Exit> {
        let mut signal = self.signal.clone();
        let killed = async {
            let sent = signal.wait_for(Option::is_some).await.map(|sent| *sent);
            sent.ok().flatten().unwrap_or(Signal::Kill)
        };
        tokio::select! {
            biased;
            signal = killed => Err(Exit::Signal(signal)),
            done = work => match *self.signal.borrow() {
                // What a process sends to itself ends it, whatever it was about to say.
                Some(signal) => Err(Exit::Signal(signal)),
                None => done,
            },
        }
    }

    /// Where the processes begin that this one starts.
    #[must_use]
    pub fn child(&self) -> Origin {
        let Process { id, group, session, ignores_hangup, .. } = self.process;
        Origin { parent: id, group, session, ignores_hangup }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.processes.lock().entries.remove(&self.process.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_signal_to_a_group_ends_all_of_it_and_nobody_else() {
        let processes = Processes::default();
        let leader = processes.begin(Origin::default(), User::Core, "timeout 5 sleep 9");
        let child = processes.begin(leader.child(), User::Core, "sleep 9");
        let other = processes.begin(Origin::default(), User::Core, "sleep 9");
        let group = leader.process.id;
        assert_eq!(child.process.group, group);
        assert_eq!(processes.signal(Signal::Term, |one| one.group == group), 2);
        let forever = std::future::pending::<Result<(), Exit>>;
        assert_eq!(child.until_killed(forever()).await, Err(Exit::Signal(Signal::Term)));
        assert_eq!(other.until_killed(async { Ok(7) }).await, Ok(7));
        let left: Vec<u32> = processes.all().iter().map(|process| process.id).collect();
        assert_eq!(left, [other.process.id]);
    }
}
