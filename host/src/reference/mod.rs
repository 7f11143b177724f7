//! What there is to read: the declared functions, and the stdlib's modules with the words above their functions.

mod about;
mod definitions;
mod html;
mod markdown;

pub use about::about;
pub use definitions::definitions;
pub use html::html;
pub use markdown::markdown;

use crate::engine::built_in;

/// A module of the stdlib.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its name, as scripts import it.
    pub name: String,
    /// What lives there.
    pub about: String,
    /// Its functions.
    pub functions: Vec<Member>,
    /// The names of the values that it exports.
    pub values: Vec<String>,
}

/// A function of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its parameters, as they are written.
    pub parameters: String,
    /// The words above it.
    pub doc: String,
}

impl Member {
    /// The first sentence of its words.
    #[must_use]
    pub fn summary(&self) -> &str {
        self.doc.lines().next().unwrap_or_default()
    }
}

impl Module {
    /// The function called `name`.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Member> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// Reads the text of a module.
    #[must_use]
    pub fn read(name: &str, text: &str) -> Self {
        let mut module = Self {
            name: name.to_owned(),
            about: words(text, "//!").join("\n"),
            functions: Vec::new(),
            values: Vec::new(),
        };
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            if let Some((name, parameters)) = line.strip_prefix("fn ").and_then(|rest| rest.split_once('(')) {
                let parameters = parameters.split(')').next().unwrap_or_default().to_owned();
                let from =
                    lines[..number].iter().rposition(|line| !line.starts_with("///")).map_or(0, |at| at + 1);
                let doc = words(&lines[from..number].join("\n"), "///").join("\n");
                module.functions.push(Member { name: name.trim().to_owned(), parameters, doc });
            } else if let Some((name, _)) =
                line.strip_prefix("export const ").and_then(|rest| rest.split_once('='))
            {
                module.values.push(name.trim().to_owned());
            }
        }
        module
    }
}

/// Every module of the stdlib in the binary, in the order of their names.
#[must_use]
pub fn modules() -> Vec<Module> {
    let all = built_in::FILES.iter();
    all.filter_map(|(file, text)| {
        let name = file.strip_prefix("stdlib/")?.strip_suffix(".rhai")?;
        Some(Module::read(name, text))
    })
    .collect()
}

/// The lines that begin with `mark`, without it.
#[must_use]
pub fn words(text: &str, mark: &str) -> Vec<String> {
    let lines = text.lines().map_while(|line| line.trim_start().strip_prefix(mark));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_read_with_its_words() {
        let text = "//! Nodes.\n\nexport const KIND = \"nodes\";\n\n/// Counts.\n///\n/// * `a: int`\nfn count(a, b) {\n    a\n}\n";
        let module = Module::read("node", text);
        assert_eq!((module.about.as_str(), &module.values[..]), ("Nodes.", &["KIND".to_owned()][..]));
        let count = module.function("count").unwrap();
        assert_eq!((count.parameters.as_str(), count.doc.as_str()), ("a, b", "Counts.\n\n* `a: int`"));
    }

    #[test]
    fn every_function_of_the_stdlib_is_found() {
        let (mut functions, mut written) = (0, 0);
        for module in modules() {
            functions += module.functions.len();
            let (_, text) = built_in::find(&format!("stdlib/{}.rhai", module.name)).unwrap();
            written += text.lines().filter(|line| line.starts_with("fn ")).count();
            assert!(module.functions.iter().all(|function| !function.doc.is_empty()), "{}", module.name);
        }
        assert_eq!(functions, written);
    }
}
