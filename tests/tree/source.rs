//! Reads source files as text.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A source file.
pub struct Source {
    /// Its path from the project's root.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// The top module that the file belongs to: `oc` for `host/src/oc/wire/list.rs`.
    pub fn module(&self) -> String {
        let inside = self.name.trim_start_matches("host/src/");
        inside.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned()
    }

    /// The lines that are code, up to the file's own tests.
    pub fn code_lines(&self) -> impl Iterator<Item = &str> {
        self.text
            .lines()
            .take_while(|line| !line.starts_with("#[cfg(test)]"))
            .filter(|line| !line.trim_start().starts_with("//"))
    }

    /// The top modules that it imports: `gate` for `crate::gate::Call`, also within braces.
    pub fn imported_modules(&self) -> BTreeSet<String> {
        let code: String = self.code_lines().collect::<Vec<_>>().join("\n");
        let mut found = BTreeSet::new();
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            if let Some(list) = rest.strip_prefix('{') {
                let list = &list[..list.find('}').unwrap_or(list.len())];
                found.extend(list.split(',').map(first_word).filter(|word| !word.is_empty()));
            } else {
                found.insert(first_word(rest));
            }
        }
        found
    }
}

fn first_word(text: &str) -> String {
    text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Every Rust file beneath `folder`, which is named from the project's root.
pub fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(&root.join(folder), &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| Source {
            name: path.strip_prefix(root).unwrap_or(&path).display().to_string(),
            text: std::fs::read_to_string(&path).unwrap(),
        })
        .collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}
