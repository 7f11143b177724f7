//! Runs a command for its output.

use super::child::{all, carry_out, give};
use super::command::Command;
use super::live::Live;
use super::session;
use crate::environment::Host;
use crate::gate::Permitted;
use crate::output::Output;
use crate::problem::Problem;
use crate::retry::{self, Setback};

pub(in crate::ssh) async fn run(permitted: Permitted<Host>, command: Command) -> Result<Output, Problem> {
    let left = permitted.deadline().saturating_duration_since(std::time::Instant::now());
    let what = format!("SSH: run {command} on {}", &*permitted);
    retry::until_deadline_each(&permitted, left, &what, || async {
        let (stdout, stderr) = once(&permitted, &command).await.map_err(|problem| {
            let again = command.repeatable && problem.kind == "connection_lost";
            if again { Setback::passing(problem) } else { Setback::last(problem) }
        })?;
        Ok(Output::new(&stdout, &stderr))
    })
    .await
}

/// Opens the connection to a host.
pub(in crate::ssh) async fn open(permitted: Permitted<Host>) -> Result<(), Problem> {
    session::connection(&permitted).await.map(drop)
}

/// Runs it once; returns what it wrote to stdout and to stderr.
pub(super) async fn once(
    permitted: &Permitted<Host>,
    command: &Command,
) -> Result<(String, String), Problem> {
    let connection = session::connection(permitted).await?;
    let (what, text) = (command.to_string(), command.input());
    let live = || command.stream.then(|| Live::of(permitted));
    let mut printed = Vec::new();
    let input = async |stdin| give(stdin, text.expose().as_bytes()).await;
    let output = async |stdout| {
        printed = all(stdout, &what, live()).await?;
        Ok(())
    };
    let complaints = async |stderr| all(stderr, &what, live()).await;
    let stderr = carry_out(permitted, &connection, command, input, output, complaints).await?;
    let stdout = String::from_utf8(printed).map_err(|_| {
        Problem::new("output", format!("{what} on {} printed what is no text in UTF-8", &**permitted))
            .hint("write it into a file there, and copy that with ssh_get")
    })?;
    Ok((stdout, stderr))
}
