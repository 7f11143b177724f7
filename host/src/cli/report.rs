//! Writes the report of a run: for people as HTML or Markdown, for programs as JSON.

use std::io::{IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::args;
use super::console::say;
use super::state::State;
use crate::journal;
use crate::problem::Problem;
use crate::report::{gather, html, markdown};

/// `drsh report`.
#[derive(Debug, Clone, Args)]
pub struct Report {
    /// The run's id, or the beginning of it.
    pub run: String,
    /// The form: one HTML page that needs nothing else, Markdown for a ticket, JSON for programs.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Form::Html)]
    pub format: Form,
    /// Writes it into this file instead of to standard output.
    #[arg(long, short, visible_alias = "out", value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where state is kept.
    #[command(flatten)]
    pub state: args::State,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// One page for a browser.
    Html,
    /// For a ticket.
    Markdown,
    /// For programs.
    Json,
}

/// `drsh report RUN`.
pub fn write(command: &Report) -> Result<u8, Problem> {
    let state = State::of(&command.state)?;
    let id = state.find(&command.run)?;
    let is_held = !journal::is_left(&state.run(&id));
    let made = gather(&state.lines(&id)?, is_held)?;
    let unwritable = |error: std::io::Error| {
        let place =
            command.output.as_ref().map_or_else(String::new, |file| format!(" to {}", file.display()));
        Problem::new("file", format!("the report of run {id} cannot be written{place}: {error}"))
            .hint("name another file with --output")
    };
    let text = match command.format {
        Form::Html => html(&made),
        Form::Markdown => markdown(&made),
        Form::Json => serde_json::to_string_pretty(&made).map_err(|error| unwritable(error.into()))?,
    };
    match &command.output {
        None if command.format == Form::Html && std::io::stdout().is_terminal() => {
            return Err(Problem::new("usage", "a page is nothing to read in a terminal").hint(format!(
                "`drsh report {id} --output report.html` keeps it, `--format markdown` prints text"
            )));
        }
        // Not as a message: nothing in it is changed for a terminal.
        None => drop(writeln!(std::io::stdout().lock(), "{}", text.trim_end())),
        Some(file) => {
            keep(file, &text).map_err(unwritable)?;
            say(&format!("the report of run {id} is in {}", file.display()));
        }
    }
    Ok(0)
}

/// Writes the file whole or not at all, for the operator alone: names of places stand in it.
fn keep(file: &Path, text: &str) -> std::io::Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    let part = Path::new(&name);
    let mut made =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(part)?;
    made.write_all(text.as_bytes())?;
    made.sync_all()?;
    std::fs::rename(part, file)
}
