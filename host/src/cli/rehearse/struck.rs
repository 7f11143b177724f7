//! A rehearsal while faults strike: says which, carries the script out, and resumes it once they are over.

use std::path::Path;

use drsh_lab::faults::{Places, Playing, Schedule};

use super::Rehearsal;
use crate::cli::args::Seed;
use crate::cli::console::{complain, say};
use crate::cli::exit;
use crate::cli::offer::Ended;
use crate::environment::Environment;
use crate::problem::Problem;

/// How long one attempt and one call may take in a lab whose servers do not answer, in seconds: nobody wants to
/// wait as long as in life to see what happens then.
const ATTEMPT_SECONDS: u64 = 5;
const CALL_SECONDS: u64 = 30;

impl Rehearsal<'_> {
    /// The faults that the command asks for, or else the scenario's; none if neither has any.
    pub(super) fn schedule(&self, planned: &Schedule, places: &Places) -> Option<Schedule> {
        let Some(seed) = self.command.faults else {
            return (!planned.is_empty()).then(|| planned.clone());
        };
        let seed = match seed {
            Seed::Given(seed) => seed,
            Seed::Any => fastrand::u64(..SEEDS),
        };
        let schedule = Schedule::drawn(seed, places);
        say(&format!("\nfaults: drawn from {seed}; `--faults {seed}` draws them again"));
        Some(schedule)
    }

    /// Carries the script out while the faults of `schedule` strike, which `play` begins; without one, just so.
    ///
    /// A run that stops is resumed once they are over. Returns the exit code of the last of both.
    pub(super) fn run_struck(
        &self,
        environment: &Path,
        schedule: Option<&Schedule>,
        play: impl FnOnce(&Schedule) -> Playing,
    ) -> Result<u8, Problem> {
        let Some(schedule) = schedule else { return self.run(environment) };
        for planned in &schedule.0 {
            say(&format!("  fault {planned}"));
        }
        let before = self.state()?.runs();
        let playing = {
            let _inside = self.runtime.enter();
            play(schedule)
        };
        let first = self.attempt(environment, None);
        let begun = self.runtime.block_on(playing.end());
        say(&format!("\nthe faults are over: {} of {} had begun", begun.len(), schedule.0.len()));
        let code = match first {
            Ok(ended) => ended.code,
            Err(problem) => {
                complain(&problem);
                exit::FAILED
            }
        };
        if code == 0 || code == exit::INTERRUPTED {
            return Ok(code);
        }
        // Where not even the journal was begun there is nothing to go on with, and the script begins anew.
        let run = self.state()?.runs().into_iter().find(|run| !before.contains(run));
        say("");
        self.offer(self.attempt(environment, run)?)
    }

    fn attempt(&self, environment: &Path, resumed: Option<String>) -> Result<Ended, Problem> {
        let mut environment = Environment::read(environment)?;
        environment.limits.attempt_seconds = environment.limits.attempt_seconds.min(ATTEMPT_SECONDS);
        environment.limits.call_seconds = environment.limits.call_seconds.min(CALL_SECONDS);
        self.carry_out(self.script.clone(), environment, resumed)
    }
}

/// Seeds that are drawn lie below this: short enough to be typed.
const SEEDS: u64 = 100_000;
