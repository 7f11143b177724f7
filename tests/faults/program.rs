//! The program as a process that must end: what it printed, and whether it stopped as it should.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, mpsc};
use std::time::Duration;

use drsh::environment::Environment;

use crate::campaign::{Ended, Trial};

/// How long a run may take: who needs longer hangs.
const WATCHDOG: Duration = Duration::from_mins(10);

/// The program as it was when the campaign began: one that takes an hour outlives a build.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("faults");
    std::fs::create_dir_all(&folder).unwrap();
    let own = folder.join(format!("drsh-{}", std::process::id()));
    let given = Path::new(env!("CARGO_BIN_EXE_drsh"));
    std::fs::hard_link(given, &own).map_or_else(|_| given.to_owned(), |()| own)
});

/// Where an operator works.
pub struct Desk {
    pub folder: PathBuf,
    pub state: PathBuf,
    pub stdlib: PathBuf,
}

/// What the program printed, and how it ended.
pub struct Printed {
    pub out: String,
    pub err: String,
    pub code: Option<i32>,
}

impl Desk {
    /// A place beside the lab in `folder`.
    pub fn beside(folder: &Path) -> Self {
        let desk =
            Self { folder: folder.to_owned(), state: folder.join("state"), stdlib: folder.join("stdlib") };
        std::fs::create_dir_all(&desk.stdlib).unwrap();
        desk
    }

    /// Writes the environment and the scripts of somebody who has not much patience, or more of it: whoever gives up
    /// early stops at many places; whoever resumes must not stop because the machine is busy.
    ///
    /// Either is much in a lab that runs hundreds of times faster than life.
    pub fn write(&self, environment: &Environment, lab: &Path, is_patient: bool) -> String {
        let (attempt, call, minute) = if is_patient { (10, 60, 6) } else { (2, 4, 2) };
        for (name, text) in drsh::engine::built_in::FILES {
            if let Some(module) = name.strip_prefix("stdlib/") {
                let text = text.replace("minutes(", &format!("seconds({minute} * "));
                std::fs::write(self.stdlib.join(module), text).unwrap();
            }
        }
        let mut environment = environment.clone();
        environment.limits.attempt_seconds = attempt;
        environment.limits.call_seconds = call;
        let file = lab.join("environment.toml");
        std::fs::write(&file, toml::to_string(&environment).unwrap()).unwrap();
        file.display().to_string()
    }

    /// Runs the program until it ends, or is killed because it hangs.
    pub fn run(&self, arguments: &[&str]) -> Printed {
        let mut command = Command::new(&*PROGRAM);
        command.args(arguments).arg("--stdlib").arg(&self.stdlib);
        command.current_dir(&self.folder).env("DRSH_STATE", &self.state).env_remove("DRSH_ENV");
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        watched(child.unwrap())
    }

    /// Whether one of these stands in what is kept with the runs.
    pub fn keeps(&self, secrets: &[String]) -> bool {
        let mut places = vec![self.state.clone()];
        while let Some(place) = places.pop() {
            if place.is_dir() {
                places.extend(std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()));
            } else if let Ok(bytes) = std::fs::read(&place) {
                let text = String::from_utf8_lossy(&bytes);
                if secrets.iter().any(|secret| text.contains(secret)) {
                    return true;
                }
            }
        }
        false
    }

    /// Carries the script out while faults strike, ends them with `over`, and resumes the run if it stopped.
    ///
    /// Errors: it hung, it stopped without the four parts, or it stopped again.
    pub fn try_out(
        &self,
        script: &str,
        (environment, lab): (&Environment, &Path),
        trial: &mut Trial,
        over: impl FnOnce() -> String,
    ) -> Result<Ended, String> {
        let file = self.write(environment, lab, false);
        let begin = [script, "--env", &file, "--approve", "*"];
        let first = self.run(&begin);
        trial.tell(&format!("== the run\n{}{}", first.out, first.err));
        trial.tell(&format!("== the faults are over: {}", over()));
        match first.code {
            None => return Err("it hung".to_owned()),
            Some(0) => return Ok(Ended::AtOnce),
            Some(1 | 2) => first.is_explained()?,
            Some(code) => return Err(format!("exit code {code}")),
        }
        self.write(environment, lab, true);
        let run = first.run_id();
        let again = if run.is_empty() { self.run(&begin) } else { self.run(&["resume", &run]) };
        trial.tell(&format!("== resumed\n{}{}", again.out, again.err));
        match again.code {
            None => Err("it hung when it was resumed".to_owned()),
            Some(0) => Ok(Ended::Resumed),
            Some(code) => Err(format!("exit code {code} when it was resumed: {}", again.error())),
        }
    }
}

impl Printed {
    /// Looks for the four parts of an error, in their order.
    fn is_explained(&self) -> Result<(), String> {
        let places = ["error: ", "state: ", "hint: "]
            .map(|mark| self.err.lines().position(|line| line.starts_with(mark)));
        let script = self.err.lines().position(|line| line.trim_start().starts_with("--> "));
        match places {
            [Some(error), Some(state), Some(hint)]
                if script.is_some_and(|script| error < script && script < state && state < hint) =>
            {
                Ok(())
            }
            _ => Err("it stopped without the four parts of an error".to_owned()),
        }
    }

    fn error(&self) -> &str {
        self.err.lines().find(|line| line.starts_with("error: ")).unwrap_or("no error is told")
    }

    fn run_id(&self) -> String {
        let run = self.out.split(", run ").nth(1).and_then(|rest| rest.split_whitespace().next());
        run.unwrap_or_default().to_owned()
    }
}

fn watched(mut child: Child) -> Printed {
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (tell, told) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let out = scope.spawn(move || {
            let mut text = String::new();
            let _ = stdout.read_to_string(&mut text);
            // The program's end closes the channel, which the watchdog hears.
            drop(tell);
            text
        });
        let err = scope.spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        let hangs = told.recv_timeout(WATCHDOG) == Err(mpsc::RecvTimeoutError::Timeout);
        if hangs {
            child.kill().unwrap();
        }
        let status = child.wait().unwrap();
        let code = if hangs { None } else { Some(status.code().unwrap_or(-1)) };
        Printed { out: out.join().unwrap(), err: err.join().unwrap(), code }
    })
}
