//! Jobs: commands that go on without a connection, with a private folder on the host for their output and their end.
//!
//! Two locks hold a job together, and both end with their process, whatever ends it: `gate`, while somebody starts or
//! removes the job, and `lock`, while it runs.

use std::time::Instant;

use super::child::exit;
use super::command::Command;
use super::copy::until_whole;
use super::follow::Streams;
use super::run::once;
use crate::environment::Host;
use crate::gate::Permitted;
use crate::output::Output;
use crate::problem::Problem;
use crate::run::spoken;

/// Starts the job `$1` unless it was started before; `$2` tells its command from others, `$3` is [`RUN`].
const START: &str = r#"
umask 077
folder=${HOME:?the user has no home folder}/.drsh/$1
words=$2
run=$3
shift 3
mkdir -p -- "$folder" || exit
exec 8>>"$folder/gate"
flock 8 || exit
if [ -e "$folder/started" ]; then
  if [ "$(cat "$folder/words"; echo .)" != "$words." ]; then echo other
  elif [ -e "$folder/status" ]; then echo ended
  elif ! flock -n -s "$folder/lock" true; then echo running
  elif [ -e "$folder/status" ]; then echo ended
  else echo lost
  fi
  exit
fi
printf %s "$words" >"$folder/words"
# It answers once it is on its way, and holds nothing of this connection.
answer=$(env -u DRSH_CALL setsid sh -c "$run" sh "$folder" "$@" 8>&- </dev/null 2>/dev/null &)
echo "${answer:-nothing}"
"#;

/// Runs the job, in a session of its own. That it began is written before it begins: it never runs twice.
const RUN: &str = r#"
folder=$1
shift
exec 9>>"$folder/lock"
flock -n 9 || exit
echo $$ >"$folder/pid"
: >>"$folder/stdout"
: >>"$folder/stderr"
: >"$folder/started"
sync "$folder/started" "$folder" 2>/dev/null
echo started
exec >/dev/null
"$@" >>"$folder/stdout" 2>>"$folder/stderr" 9>&-
echo $? >"$folder/status.new"
sync "$folder/status.new" 2>/dev/null
mv -f -- "$folder/status.new" "$folder/status"
"#;

/// Says how the job `$1` is.
const STATE: &str = r#"
folder=$HOME/.drsh/$1
if [ ! -e "$folder/started" ]; then echo none
elif [ -e "$folder/status" ]; then echo "ended $(cat "$folder/status")"
elif ! flock -n -s "$folder/lock" true; then echo running
elif [ -e "$folder/status" ]; then echo "ended $(cat "$folder/status")"
else echo lost
fi
"#;

/// Removes the folder of the job `$1` unless it runs.
const FORGET: &str = r#"
folder=$HOME/.drsh/$1
if [ ! -d "$folder" ]; then echo none; exit; fi
exec 8>>"$folder/gate"
flock 8 || exit
if ! flock -n -s "$folder/lock" true; then echo running; exit; fi
rm -rf -- "$folder" && echo gone
"#;

/// A job on a host.
#[derive(Debug, Clone)]
pub(in crate::ssh) struct Job {
    /// Its name, good for a folder's name.
    pub(in crate::ssh) name: String,
    /// Whether it is root's.
    pub(in crate::ssh) sudo: bool,
}

impl Job {
    fn script(&self, text: &str) -> Result<Command, Problem> {
        Command::script(&format!("job {}", self.name), text, &[&self.name], self.sudo)
    }

    fn is_none(&self, host: &Host) -> Problem {
        let whose = if self.sudo { "root" } else { "the user" };
        Problem::new("not_found", format!("{host} has no job {} of {whose}", self.name))
            .hint("start it with ssh_start; a job that was started with `sudo` is looked for with it")
    }

    fn is_lost(&self, host: &Host) -> Problem {
        let message = format!("job {} on {host} ended without leaving its status", self.name);
        Problem::new("job_lost", message).hint(format!(
            "the host was restarted, or somebody killed it: look at ~/.drsh/{} there and at what it did; then \
             ssh_forget it, and start it again if that is safe",
            self.name
        ))
    }
}

/// Starts a job; returns whether it was `started`, is `running` already, or has `ended` before.
pub(in crate::ssh) async fn start(
    permitted: Permitted<Host>,
    job: Job,
    command: Command,
) -> Result<String, Problem> {
    let words = command.words();
    let about = format!("start of job {}", job.name);
    let start = command.behind(&about, &["sh", "-c", START, "sh", &job.name, &words, RUN]);
    // Started twice it runs once, so that a broken connection is no reason to give up.
    let (printed, _) = until_whole(&permitted, &about, || once(&permitted, &start)).await?;
    match printed.trim() {
        known @ ("started" | "running" | "ended") => Ok(known.to_owned()),
        "lost" => Err(job.is_lost(&permitted)),
        "other" => {
            let message = format!("job {} on {} is another command", job.name, &*permitted);
            Err(Problem::new("conflict", message)
                .hint("choose another name, or ssh_forget the one that is there"))
        }
        _ => Err(Problem::new("exit", format!("job {} did not start on {}", job.name, &*permitted))
            .hint("look on the host whether setsid and flock (util-linux) are there")),
    }
}

/// Follows a job to its end, over as many connections as it takes.
pub(in crate::ssh) async fn attach(
    permitted: Permitted<Host>,
    job: Job,
    live: bool,
) -> Result<Output, Problem> {
    let began = Instant::now();
    let streams = tokio::sync::Mutex::new(Streams::new(&permitted, live));
    let about = format!("job {}", job.name);
    let state = job.script(STATE)?;
    let state = async || once(&permitted, &state).await.map(|(printed, _)| printed.trim().to_owned());
    let to_the_end = until_whole(&permitted, &about, || async {
        let mut known = state().await?;
        while known == "running" {
            streams.lock().await.follow(&permitted, &job).await?;
            known = state().await?;
        }
        // What it wrote since, or all of it if it had ended before.
        if known != "none" {
            streams.lock().await.follow(&permitted, &job).await?;
        }
        Ok(known)
    });
    // A little before the gate would, to say that the job itself goes on.
    let until = permitted.deadline().checked_sub(std::time::Duration::from_millis(100));
    let until = tokio::time::Instant::from_std(until.unwrap_or_else(|| permitted.deadline()));
    let known = tokio::time::timeout_at(until, to_the_end).await.unwrap_or_else(|_| {
        let took = spoken(began.elapsed());
        Err(Problem::new("timeout", format!("job {} on {} was not done after {took}", job.name, &*permitted))
            .hint("it goes on by itself; attach to it again"))
    })?;
    let (stdout, stderr) = streams.into_inner().finish()?;
    match known.split_once(' ') {
        Some(("ended", "0")) => Ok(Output::new(&stdout, &stderr)),
        Some(("ended", code)) => Err(exit(&permitted, &about, code.parse().ok(), &stderr)),
        _ if known == "none" => Err(job.is_none(&permitted)),
        _ => Err(job.is_lost(&permitted)),
    }
}

/// Removes what a job left on the host; returns whether something was there.
pub(in crate::ssh) async fn forget(permitted: Permitted<Host>, job: Job) -> Result<bool, Problem> {
    let forget = job.script(FORGET)?;
    let (printed, _) =
        until_whole(&permitted, &format!("forget job {}", job.name), || once(&permitted, &forget)).await?;
    match printed.trim() {
        "running" => {
            let message = format!("job {} still runs on {}", job.name, &*permitted);
            Err(Problem::new("conflict", message).hint("wait for its end with ssh_attach"))
        }
        printed => Ok(printed == "gone"),
    }
}
