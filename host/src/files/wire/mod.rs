//! What the family does on the disk, below the gate.

mod form;
mod tree;

pub(super) use tree::{exists, list, make, remove, sha256, size, source};

use rhai::Dynamic;

use crate::environment::Folder;
use crate::gate::Permitted;
use crate::local;
use crate::local::draft::{self, Draft};
use crate::problem::Problem;

pub(in crate::files) async fn read_text(folder: Permitted<Folder>, path: &str) -> Result<String, Problem> {
    if let Some(Draft::Text(text)) = draft::at(&folder, path) {
        return Ok(text.to_string());
    }
    let found = local::find(&folder, path)?;
    let bytes =
        tokio::fs::read(&found).await.map_err(|error| local::trouble(&folder, path, "read", &error))?;
    String::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
        let line = before.split('\n').count();
        Problem::new("invalid", format!("{}:{line}: this is not text in UTF-8", found.display()))
    })
}

pub(in crate::files) async fn read_yaml(folder: Permitted<Folder>, path: &str) -> Result<Dynamic, Problem> {
    if let Some(Draft::Document(value)) = draft::at(&folder, path) {
        return Ok(value);
    }
    let text = read_text(folder.clone(), path).await?;
    form::from_yaml(&folder, path, &text)
}

pub(in crate::files) async fn read_json(folder: Permitted<Folder>, path: &str) -> Result<Dynamic, Problem> {
    if let Some(Draft::Document(value)) = draft::at(&folder, path) {
        return Ok(value);
    }
    let text = read_text(folder.clone(), path).await?;
    form::from_json(&folder, path, &text)
}

pub(in crate::files) fn write_text(
    folder: &Permitted<Folder>,
    path: &str,
    text: &str,
) -> Result<(), Problem> {
    local::write(folder, path, text.as_bytes())
}

/// A value as the text of a YAML file. Errors: `unwritable`.
pub(in crate::files) fn as_yaml(value: &Dynamic) -> Result<String, Problem> {
    form::to_yaml(value)
}

/// A value as the text of a JSON file. Errors: `unwritable`.
pub(in crate::files) fn as_json(value: &Dynamic) -> Result<String, Problem> {
    form::to_json(value)
}
