//! A thread with a stack that the nested calls of scripts fit in.

use std::thread::{Builder, ScopedJoinHandle};

use super::limits::STACK;
use crate::problem::Problem;

/// Does `work` on such a thread, and waits for its end; `about` says whose it is, such as `the script`.
///
/// Errors: `internal` if the machine has no such thread to give, or if the work panicked.
pub fn on_a_deep_stack<T: Send>(about: &str, work: impl FnOnce() -> T + Send) -> Result<T, Problem> {
    on_a_stack_of(STACK, about, work)
}

fn on_a_stack_of<T: Send>(size: usize, about: &str, work: impl FnOnce() -> T + Send) -> Result<T, Problem> {
    std::thread::scope(|scope| {
        let thread = Builder::new().name(about.to_owned()).stack_size(size);
        match thread.spawn_scoped(scope, work).map(ScopedJoinHandle::join) {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(_)) => Err(Problem::fault(about)),
            Err(error) => {
                let message = format!("no thread with {} MiB of stack for {about}: {error}", size >> 20);
                Err(Problem::new("internal", message)
                    .hint("look at `ulimit -a`, at the memory that is free, and at what else runs here"))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_has_no_such_thread_to_give_is_told_with_what_was_asked_of_it() {
        // No process has so much of an address space.
        let problem = on_a_stack_of(1 << 60, "the script", || ()).unwrap_err();
        assert_eq!(problem.kind, "internal");
        assert!(
            problem.message.starts_with("no thread with 1099511627776 MiB of stack for the script: "),
            "{problem}"
        );
        assert!(problem.hint.unwrap().contains("ulimit -a"));
    }
}
