//! The arguments of the commands that begin runs, and that look at them.

use std::path::PathBuf;

use clap::Args;

use super::{Form, State};
use crate::cli::usage::reason;

/// With what scripts are carried out, and lines of the REPL.
#[derive(Debug, Clone, Args)]
pub struct Means {
    /// Takes stdlib modules from here before the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,
    /// Takes clusters that another run holds away from it: only where that run surely works no more.
    #[arg(long)]
    pub take_over: bool,
    /// Where state is kept.
    #[command(flatten)]
    pub state: State,
}

/// How a run is shown while it is under way.
#[derive(Debug, Clone, Default, Args)]
pub struct Showing {
    /// For whom: lines for people, or JSON for programs, one event a line on standard output, and nothing else there.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Text)]
    pub output: Form,
    /// Prints plain lines on a terminal too, without the part that shows what is under way.
    #[arg(long)]
    pub plain: bool,
    /// Sends the run's steps, waits and calls as OpenTelemetry spans to this collector, by OTLP over HTTP, as in
    /// `http://127.0.0.1:4318`; secrets are cut out of them.
    #[arg(long, value_name = "ENDPOINT", env = "OTEL_EXPORTER_OTLP_ENDPOINT", hide_env_values = true)]
    pub otel: Option<String>,
}

/// How a script is carried out.
#[derive(Debug, Clone, Args)]
pub struct Manner {
    /// Approves a phase beforehand; may be given several times.
    #[arg(long = "approve", value_name = "PHASE")]
    pub approve: Vec<String>,
    /// With what.
    #[command(flatten)]
    pub means: Means,
    /// How it is shown.
    #[command(flatten)]
    pub showing: Showing,
}

/// `drsh run`.
#[derive(Debug, Clone, Args)]
pub struct Run {
    /// A file, or a built-in script such as `scripts/migrate_hcp.rhai`.
    pub script: String,
    /// The environment file.
    #[arg(long, value_name = "FILE", default_value = "environment.toml", env = "DRSH_ENV")]
    pub env: PathBuf,
    /// How.
    #[command(flatten)]
    pub manner: Manner,
}

/// `drsh plan`.
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// A file, or a built-in script such as `scripts/migrate_hcp.rhai`.
    pub script: String,
    /// The environment file.
    #[arg(long, value_name = "FILE", default_value = "environment.toml", env = "DRSH_ENV")]
    pub env: PathBuf,
    /// Takes a phase as approved already; may be given several times.
    #[arg(long = "approve", value_name = "PHASE")]
    pub approve: Vec<String>,
    /// Takes stdlib modules from here before the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,
    /// Shows each of the changes that are alike.
    #[arg(long)]
    pub all: bool,
    /// For whom: lines for people, or JSON for programs, one event a line.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Text)]
    pub output: Form,
    /// Where state is kept: the identities of clusters are compared with what earlier runs met.
    #[command(flatten)]
    pub state: State,
}

/// `drsh resume`.
#[derive(Debug, Clone, Args)]
pub struct Resume {
    /// The run's id, or the beginning of it.
    pub run: String,
    /// Does this step again, and those that came after it, though they were done.
    #[arg(long, value_name = "STEP")]
    pub from: Option<String>,
    /// Goes on without this step, such as `T7`; may be given several times.
    #[arg(long, value_name = "STEP", requires = "because")]
    pub skip: Vec<String>,
    /// Why steps are skipped; it is kept in the run's journal.
    #[arg(long, value_name = "REASON", requires = "skip", value_parser = reason)]
    pub because: Option<String>,
    /// How.
    #[command(flatten)]
    pub manner: Manner,
}

/// `drsh undo`.
#[derive(Debug, Clone, Args)]
pub struct Undo {
    /// The run's id, or the beginning of it.
    pub run: String,
    /// Goes back to before this step, and no further.
    #[arg(long, value_name = "STEP")]
    pub to: Option<String>,
    /// How.
    #[command(flatten)]
    pub manner: Manner,
}

/// `drsh runs`.
#[derive(Debug, Clone, Args)]
pub struct Runs {
    /// For whom: lines for people, or JSON for programs, one run a line.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Text)]
    pub output: Form,
    /// Where state is kept.
    #[command(flatten)]
    pub state: State,
}

/// `drsh show`.
#[derive(Debug, Clone, Args)]
pub struct Show {
    /// The run's id, or the beginning of it.
    pub run: String,
    /// For whom: lines for people, or JSON for programs, one record of the journal a line.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Text)]
    pub output: Form,
    /// Where state is kept.
    #[command(flatten)]
    pub state: State,
}

/// `drsh repl`.
#[derive(Debug, Clone, Args)]
pub struct Repl {
    /// Looks into a run: its environment, its script's variables where it stopped, and what its finished steps gave back,
    /// as `steps`.
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// The environment file.
    #[arg(long, value_name = "FILE", default_value = "environment.toml", env = "DRSH_ENV")]
    pub env: PathBuf,
    /// With what.
    #[command(flatten)]
    pub means: Means,
}
