//! The threads that the clients of a run work on.

use std::fs::File;

use tokio::runtime::Runtime;

use crate::problem::Problem;

/// How many files a run has open at the least: the runtime's own, a journal, a connection.
const FILES: usize = 16;

/// Makes them. Errors: `internal` if the machine has no more threads or files to give.
pub fn clients() -> Result<Runtime, Problem> {
    has_room().and_then(|()| Runtime::new()).map_err(|error| {
        Problem::new("internal", format!("the machine has no threads or files left for the clients: {error}"))
            .hint("look at `ulimit -a`, and at what else runs here")
    })
}

/// Looks whether a thread and some files are to be had: the runtime itself would panic without them.
fn has_room() -> std::io::Result<()> {
    let _files = (0..FILES).map(|_| File::open("/dev/null")).collect::<Result<Vec<File>, _>>()?;
    std::thread::Builder::new().spawn(|| ()).map(drop)
}
