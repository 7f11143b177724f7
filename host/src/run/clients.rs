//! The threads that the clients of a run work on.

use tokio::runtime::Runtime;

use crate::problem::Problem;

/// Makes them. Errors: `internal` if the machine has no more threads or files to give.
pub fn clients() -> Result<Runtime, Problem> {
    // The runtime would panic where there is no thread to be had: one that does nothing tells.
    let first = std::thread::Builder::new().spawn(|| ());
    first.map(drop).and_then(|()| Runtime::new()).map_err(|error| {
        Problem::new("internal", format!("no threads for the clients: {error}"))
            .hint("the machine gives no more threads or files: look at `ulimit -a`, and at what else runs here")
    })
}
