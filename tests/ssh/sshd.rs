//! A real sshd on a free loopback port, with keys of its own.

use std::io::BufRead;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where sshd is installed.
const PLACES: &[&str] = &["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/lib/ssh/sshd"];

/// A running server; it ends when dropped.
pub struct Sshd {
    pub port: u16,
    child: Child,
}

impl Sshd {
    /// Starts one that keeps its files in `folder`; `None`, told in the test's output, where none is installed.
    pub fn start(folder: &Path) -> Option<Self> {
        let program = PLACES.iter().map(Path::new).find(|place| place.exists());
        let Some(program) = program.filter(|_| has("ssh") && has("ssh-keygen")) else {
            let missing = "not tested: no OpenSSH server, client and ssh-keygen are installed here";
            assert!(std::env::var_os("DRSH_TEST_SERVERS").is_none(), "{missing}");
            // Written past the capture of the test's output, so that it is seen when all is well.
            let _ = writeln!(std::io::stderr(), "{missing}");
            return None;
        };
        for name in ["host_key", "key", "other_key", "other_host_key"] {
            keygen(&folder.join(name));
        }
        std::fs::copy(folder.join("key.pub"), folder.join("authorized_keys")).unwrap();
        // Run by root, it wants this folder for the part of it that has no rights.
        let _ = std::fs::create_dir_all("/run/sshd");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let path = |name: &str| folder.join(name).display().to_string();
        let config = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nLogLevel INFO\n\
             MaxStartups 100\nMaxSessions 100\n",
            path("host_key"),
            path("authorized_keys"),
        );
        std::fs::write(folder.join("sshd_config"), config).unwrap();
        let mut child = Command::new(program)
            .args(["-D", "-e", "-f", &path("sshd_config")])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = std::io::BufReader::new(child.stderr.take().unwrap()).lines();
        let listening = lines.by_ref().map_while(Result::ok).any(|line| line.contains("Server listening"));
        assert!(listening, "sshd did not come up");
        std::thread::spawn(move || lines.for_each(drop));
        let known = std::fs::read_to_string(folder.join("host_key.pub")).unwrap();
        std::fs::write(folder.join("known_hosts"), format!("[127.0.0.1]:{port} {known}")).unwrap();
        let other = std::fs::read_to_string(folder.join("other_host_key.pub")).unwrap();
        std::fs::write(folder.join("changed_hosts"), format!("[127.0.0.1]:{port} {other}")).unwrap();
        std::fs::write(folder.join("no_hosts"), "").unwrap();
        Some(Self { port, child })
    }

    /// Ends the connections that are open, as a reboot would.
    pub fn cut(&self) {
        for process in children(self.child.id()) {
            let _ = Command::new("kill").args(["-9", &process]).stderr(Stdio::null()).status();
        }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.cut();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn children(parent: u32) -> Vec<String> {
    let list = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    list.split_whitespace().map(str::to_owned).collect()
}

fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder: PathBuf| folder.join(program).is_file())
}

fn keygen(file: &Path) {
    let done = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file).status();
    assert!(done.unwrap().success());
}
