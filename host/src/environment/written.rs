//! An environment as the text of its file.

use super::Environment;
use crate::problem::Problem;

impl Environment {
    /// Writes it as TOML. Errors: `environment` if it holds what TOML has no form for.
    pub fn to_toml(&self) -> Result<String, Problem> {
        toml::to_string(self).map_err(|error| {
            Problem::new("environment", format!("the environment {} cannot be written: {error}", self.name))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use crate::environment::{Environment, FolderEntry};

    #[test]
    fn a_path_that_is_no_text_has_no_form_in_a_file() {
        let path = std::ffi::OsString::from_vec(b"backup-\xff".to_vec()).into();
        let folders = [("backup".to_owned(), FolderEntry { path, ..FolderEntry::default() })].into();
        let environment = Environment { name: "here".to_owned(), folders, ..Environment::default() };
        let problem = environment.to_toml().unwrap_err();
        assert_eq!(problem.kind, "environment");
        assert_eq!(
            problem.message,
            "the environment here cannot be written: path contains invalid UTF-8 characters"
        );
    }
}
