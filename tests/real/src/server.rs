//! A server in a process of its own, which ends with the test that started it, however that ends.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long a server may take until it is ready.
pub const START_LIMIT: Duration = Duration::from_mins(1);

/// Runs a server until its own standard input ends, which it does when the test's process is gone, in whatever way;
/// then it ends the server by its process id, and removes the folder that the server has for itself, if it has one.
const KEEPER: &str = r#"trap "" INT TERM HUP
log=$1; folder=$2; shift 2
"$@" </dev/null >>"$log" 2>&1 &
child=$!
echo $child
cat >/dev/null
kill -KILL $child 2>/dev/null
wait $child 2>/dev/null
[ -z "$folder" ] || rm -rf -- "$folder""#;

/// A running server. It is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    name: String,
    keeper: Child,
    process: u32,
    log: PathBuf,
}

/// Why a server is not there.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// It could not be started, or its files could not be written.
    #[error("{name}: {source}")]
    Io {
        /// The server.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// It ended, or was not ready in time.
    #[error("{name} {what}; the end of its log:\n{tail}")]
    NotReady {
        /// The server.
        name: String,
        /// What happened.
        what: String,
        /// The last lines of its log.
        tail: String,
    },
}

impl Server {
    /// Starts `command`, with its output in `log`.
    pub fn start(name: &str, command: &Command, log: &Path) -> Result<Self, ServerError> {
        Self::keep(name, command, log, None)
    }

    /// Starts `command`, with its output in the file `log` of `folder`, which goes with the server.
    pub fn start_in(folder: &Path, log: &str, name: &str, command: &Command) -> Result<Self, ServerError> {
        Self::keep(name, command, &folder.join(log), Some(folder))
    }

    fn keep(name: &str, command: &Command, log: &Path, folder: Option<&Path>) -> Result<Self, ServerError> {
        let failed = |source| ServerError::Io { name: name.to_owned(), source };
        File::create(log).map_err(failed)?;
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(log).arg(folder.unwrap_or(Path::new("")));
        keeper.arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => keeper.env(key, value),
                None => keeper.env_remove(key),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            keeper.current_dir(folder);
        }
        keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut keeper = keeper.spawn().map_err(failed)?;
        let mut line = String::new();
        if let Some(output) = keeper.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(failed)?;
        }
        let process = line.trim().parse().map_err(|_| failed(io::Error::other("it has no process id")))?;
        Ok(Self { name: name.to_owned(), keeper, process, log: log.to_owned() })
    }

    /// Waits until `ready` answers true.
    pub async fn wait_until<F>(&self, mut ready: impl FnMut() -> F) -> Result<(), ServerError>
    where
        F: Future<Output = bool>,
    {
        let began = Instant::now();
        loop {
            if ready().await {
                return Ok(());
            }
            if !self.is_running() {
                return Err(self.not_ready("ended"));
            }
            if began.elapsed() > START_LIMIT {
                return Err(self.not_ready(&format!("was not ready within {START_LIMIT:?}")));
            }
            // A server's start has nothing to watch but the server itself.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until something accepts connections on `port` of `address`.
    pub async fn wait_for_port(&self, address: &str, port: u16) -> Result<(), ServerError> {
        self.wait_until(|| std::future::ready(TcpStream::connect((address, port)).is_ok())).await
    }

    /// The process id of the server.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.process
    }

    /// Whether it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process)).unwrap_or_default();
        // The state follows the command's name, which stands in parentheses.
        stat.rsplit(')')
            .next()
            .and_then(|rest| rest.split_whitespace().next())
            .is_some_and(|state| state != "Z")
    }

    /// What it wrote.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn not_ready(&self, what: &str) -> ServerError {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines[lines.len().saturating_sub(20)..].join("\n");
        ServerError::NotReady { name: self.name.clone(), what: what.to_owned(), tail }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // Only a keeper that is gone already cannot be waited for.
        let _ = self.keeper.wait();
    }
}

/// A port of `address` that nobody listens on, and that no other call of this process was given.
///
/// It lies below the ports that the system gives to connections, so that none of them takes it.
pub fn free_port(address: &str) -> io::Result<u16> {
    const FIRST: u32 = 12_000;
    const COUNT: u32 = 20_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let own = std::process::id().wrapping_mul(97);
    for _ in 0..COUNT {
        let place = own.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = u16::try_from(FIRST + place).map_err(io::Error::other)?;
        if TcpListener::bind((address, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::other("no port is free"))
}

/// A loopback address that no other call of this process was given, and on which nobody listens: for servers that
/// want ports of their own choice.
pub fn own_address() -> Ipv4Addr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let process = std::process::id();
    loop {
        let place = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(process.wrapping_mul(251));
        let [_, high, middle, low] = place.to_be_bytes();
        // The first and the last of a net are left out, and so is the net that everybody uses.
        let address = Ipv4Addr::new(127, 16 + high % 200, middle, low.clamp(1, 254));
        if TcpListener::bind((address, 2379)).is_ok() {
            return address;
        }
    }
}
