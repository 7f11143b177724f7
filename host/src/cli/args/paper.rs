//! The arguments of the commands that read scripts or print what drsh knows: none of them contacts anything.

use std::path::PathBuf;

use clap::Args;

use super::Form;

/// `drsh check`.
#[derive(Debug, Clone, Args)]
pub struct Check {
    /// Files, or built-in scripts such as `scripts/migrate_hcp.rhai`.
    #[arg(required = true, value_name = "SCRIPT")]
    pub scripts: Vec<String>,
    /// Looks for the targets and parameters that they name in this environment file.
    #[arg(long, value_name = "FILE", env = "DRSH_ENV")]
    pub env: Option<PathBuf>,
    /// Takes stdlib modules from here before the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,
    /// How findings are printed: for people, or as JSON, one object a line, for editors.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Text)]
    pub output: Form,
}

/// `drsh doc`.
#[derive(Debug, Clone, Args)]
pub struct Doc {
    /// A function, a family, a module, or `module::function`; `events` for what --output json prints; a list of everything
    /// where absent.
    #[arg(conflicts_with_all = ["markdown", "html"])]
    pub name: Option<String>,
    /// Prints the whole reference as Markdown.
    #[arg(long)]
    pub markdown: bool,
    /// Prints the whole reference as one HTML page.
    #[arg(long, conflicts_with = "markdown")]
    pub html: bool,
}

/// `drsh explain`.
#[derive(Debug, Clone, Args)]
pub struct Explain {
    /// A file, or a built-in script such as `scripts/migrate_hcp.rhai`.
    pub script: String,
    /// A step's id, such as `B4`; all steps where absent.
    pub step: Option<String>,
    /// Takes stdlib modules from here before the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,
}

/// `drsh definitions`.
#[derive(Debug, Clone, Args)]
pub struct Definitions {
    /// Where the files go.
    #[arg(long, value_name = "DIR", default_value = "definitions")]
    pub output: PathBuf,
}

/// `drsh completions`.
#[derive(Debug, Clone, Args)]
pub struct Completions {
    /// The shell.
    pub shell: clap_complete::Shell,
}

/// `drsh man`.
#[derive(Debug, Clone, Args)]
pub struct Man {
    /// Writes a page for each command into this folder instead.
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}
