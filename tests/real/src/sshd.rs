//! OpenSSH's sshd on loopback: one host or several, each with a key, a port and a folder of its own.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::programs;
use crate::server::{Server, ServerError, free_port};

const LOOPBACK: &str = "127.0.0.1";

/// The variable by which a command knows the host that it runs on: all hosts are the same machine.
pub const HOST: &str = "DRSH_HOST";

/// The variable that holds the host's own folder.
pub const FOLDER: &str = "DRSH_HOST_FOLDER";

/// Where a command's programs are, behind those that a test puts into `bin` in the host's folder.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Why a host is not there.
#[derive(Debug, thiserror::Error)]
pub enum SshdError {
    /// It did not come up.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A file of it could not be written.
    #[error("a file of sshd: {0}")]
    Io(#[from] io::Error),
    /// A key could not be made.
    #[error("ssh-keygen made no key {0}")]
    Key(String),
}

/// A running host. It ends when it is dropped, with every session in it.
#[derive(Debug)]
pub struct Sshd {
    name: String,
    port: u16,
    folder: PathBuf,
    server: Server,
}

/// Starts hosts of these names; `None`, told in the test's output, where OpenSSH is not installed.
///
/// In `folder` lies what a client has: `key`, which every host lets in, and `other_key`, which none does; and what it
/// knows of the hosts: all of them in `known_hosts`, with other keys than theirs in `changed_hosts`, none in
/// `no_hosts`. The folder of a host has its name and lies there too.
pub async fn start(folder: &Path, names: &[&str]) -> Result<Option<Vec<Sshd>>, SshdError> {
    let programs = [programs::find("sshd"), programs::find("ssh"), programs::find("ssh-keygen")];
    let [Some(sshd), Some(_), Some(keygen)] = programs else {
        programs::absent("no OpenSSH server, client and ssh-keygen are installed here");
        return Ok(None);
    };
    for key in ["key", "other_key", "other_host_key"] {
        make_key(&keygen, &folder.join(key))?;
    }
    std::fs::copy(folder.join("key.pub"), folder.join("authorized_keys"))?;
    std::fs::write(folder.join("no_hosts"), "")?;
    // Run by root, it wants this folder for the part of it that has no rights; others cannot and need not make it.
    let _ = std::fs::create_dir_all("/run/sshd");
    let other = std::fs::read_to_string(folder.join("other_host_key.pub"))?;
    let (mut hosts, mut known, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for name in names {
        let host = Sshd::start(&sshd, &keygen, folder, name).await?;
        let place = format!("[{LOOPBACK}]:{}", host.port);
        known.push(format!("{place} {}", std::fs::read_to_string(host.folder.join("host_key.pub"))?));
        changed.push(format!("{place} {other}"));
        hosts.push(host);
    }
    std::fs::write(folder.join("known_hosts"), known.concat())?;
    std::fs::write(folder.join("changed_hosts"), changed.concat())?;
    Ok(Some(hosts))
}

impl Sshd {
    async fn start(sshd: &Path, keygen: &Path, clients: &Path, name: &str) -> Result<Self, SshdError> {
        let folder = clients.join(name);
        std::fs::create_dir_all(folder.join("bin"))?;
        make_key(keygen, &folder.join("host_key"))?;
        let port = free_port(LOOPBACK)?;
        let config = [
            format!("ListenAddress {LOOPBACK}:{port}"),
            format!("HostKey {}", folder.join("host_key").display()),
            format!("AuthorizedKeysFile {}", clients.join("authorized_keys").display()),
            format!("SetEnv {HOST}={name} {FOLDER}={0} HOME={0} PATH={0}/bin:{PATH}", folder.display()),
            "PidFile none".to_owned(),
            "StrictModes no".to_owned(),
            "UsePAM no".to_owned(),
            "PasswordAuthentication no".to_owned(),
            "KbdInteractiveAuthentication no".to_owned(),
            "PermitRootLogin prohibit-password".to_owned(),
            "LogLevel INFO".to_owned(),
            "MaxStartups 100".to_owned(),
        ];
        let file = folder.join("sshd_config");
        std::fs::write(&file, config.join("\n") + "\n")?;
        let mut command = Command::new(sshd);
        command.args(["-D", "-e", "-f"]).arg(&file);
        let server = Server::start("sshd", &command, &folder.join("sshd.log"))?;
        server.wait_until(async || server.log().contains("Server listening")).await?;
        Ok(Self { name: name.to_owned(), port, folder, server })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The port that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder that is its own, and the home of whoever logs in: what a test takes for its file system.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The public key by which it is known, as `ssh-ed25519 AAAA...`.
    pub fn host_key(&self) -> Result<String, SshdError> {
        let key = std::fs::read_to_string(self.folder.join("host_key.pub"))?;
        Ok(key.split_whitespace().take(2).collect::<Vec<&str>>().join(" "))
    }

    /// How many connections are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.sessions().len()
    }

    /// Ends the connections that are open, as a reboot would.
    pub fn cut(&self) {
        self.signal("-9");
    }

    /// Makes the connections that are open say nothing any more, as a host that hangs.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    fn signal(&self, signal: &str) {
        for process in self.sessions() {
            // A session that ended meanwhile needs no signal.
            let _ = Command::new("kill").args([signal, &process]).stderr(Stdio::null()).status();
        }
    }

    /// The process of each open connection.
    fn sessions(&self) -> Vec<String> {
        let parent = self.server.process();
        let list =
            std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        list.split_whitespace().map(str::to_owned).collect()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.cut();
    }
}

fn make_key(keygen: &Path, file: &Path) -> Result<(), SshdError> {
    let made = Command::new(keygen).args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file).status()?;
    if made.success() { Ok(()) } else { Err(SshdError::Key(file.display().to_string())) }
}
