//! An answer that did not come: the one error of whatever has a limit.

use std::time::Duration;

use super::spoken;
use crate::problem::Problem;

/// An answer that did not come within `limit`. Whoever knows who was asked what says it with [`placed`].
#[must_use]
pub fn no_answer(limit: Duration) -> Problem {
    Problem::new("timeout", format!("no answer within {}", spoken(limit)))
}

/// Puts what was asked before a bare [`no_answer`], such as `host master-1 did not run uptime`.
#[must_use]
pub fn placed(problem: Problem, asked: impl FnOnce() -> String) -> Problem {
    if is_bare(&problem) {
        Problem { message: format!("{}: {}", asked(), problem.message), ..problem }
    } else {
        problem
    }
}

/// Does as [`placed`] for a change: who gave no answer may have made it all the same.
#[must_use]
pub fn placed_change(problem: Problem, asked: impl FnOnce() -> String) -> Problem {
    if is_bare(&problem) { uncertain(placed(problem, asked)) } else { problem }
}

/// Says of a change without an answer that it may have been made.
#[must_use]
pub fn uncertain(problem: Problem) -> Problem {
    let message = format!("{}; whether it was done is not known", problem.message);
    Problem { message, ..problem }.hint("look whether it was done before trying again")
}

fn is_bare(problem: &Problem) -> bool {
    problem.kind == "timeout" && problem.message.starts_with("no answer within")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_silence_is_told_with_what_was_asked() {
        let asked = || "host master-1 did not run uptime".to_owned();
        let once = placed(no_answer(Duration::from_mins(2)), asked);
        assert_eq!(once.message, "host master-1 did not run uptime: no answer within 2m");
        assert_eq!(placed(once.clone(), asked), once);
        let other = Problem::new("denied", "no answer within reason");
        assert_eq!(placed(other.clone(), asked), other);
        assert_eq!(placed_change(other.clone(), asked), other);
    }
}
