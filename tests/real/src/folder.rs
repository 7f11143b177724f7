//! One folder for the temporary files of a whole test process. Servers that all tests of a process share outlive its
//! last line of Rust, and so would their folders.

use std::io;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Waits for the end of its standard input, which is that of the process that holds the other side, and removes the
/// folder; a server that is ending too may still write into it.
const SWEEPER: &str = r#"trap "" INT TERM HUP
cat >/dev/null
until rm -rf "$1" 2>/dev/null; do sleep 1; done"#;

static SWEEPING: Mutex<Option<Child>> = Mutex::new(None);

/// From now on, makes the temporary files of this process in a folder that is removed when it has ended, in whatever
/// way. More than one call is as good as one.
pub fn remove_at_end() -> io::Result<()> {
    let mut sweeping = SWEEPING.lock().unwrap_or_else(PoisonError::into_inner);
    if sweeping.is_none() {
        let folder = tempfile::Builder::new().prefix("drsh-tests-").tempdir()?.keep();
        let mut sweeper = Command::new("sh");
        sweeper.args(["-c", SWEEPER, "sweeper"]).arg(&folder);
        let sweeper = sweeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        tempfile::env::override_temp_dir(&folder).map_err(|other| {
            io::Error::other(format!("temporary files go to {} already", other.display()))
        })?;
        *sweeping = Some(sweeper);
    }
    Ok(())
}
