//! What a command printed, wherever it ran.

use rhai::ImmutableString;

use crate::declare::Family;

/// What a command printed: text, without the last newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// What it wrote to its standard output.
    pub stdout: ImmutableString,
    /// What it wrote to its standard error.
    pub stderr: ImmutableString,
}

impl Output {
    /// Takes what was printed, less the newline at its end.
    #[must_use]
    pub fn new(stdout: &str, stderr: &str) -> Self {
        let trim = |text: &str| ImmutableString::from(text.strip_suffix('\n').unwrap_or(text));
        Self { stdout: trim(stdout), stderr: trim(stderr) }
    }

    /// Names the type and its properties in a family that gives one back.
    pub fn add_to(family: &mut Family) {
        family.name_type::<Self>("Output");
        family.property("stdout", |output: &mut Self| output.stdout.clone());
        family.property("stderr", |output: &mut Self| output.stderr.clone());
    }
}
