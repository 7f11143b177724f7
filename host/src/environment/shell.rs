//! Reads the documented shell env file: assignments, quotes, comments, `${VAR}` and `${VAR:-default}`.
//!
//! Nothing in it is executed.

use std::collections::BTreeMap;

use crate::problem::Problem;

/// What a shell env file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShellFile {
    /// The variables, expanded.
    pub variables: BTreeMap<String, String>,
    /// What the operator should know: a variable assigned twice, one that expands to nothing.
    pub warnings: Vec<String>,
}

/// Reads the text of a shell env file called `name`; `outer` gives variables that it does not assign, such as `HOME`.
///
/// Errors: `environment` with every line that is no plain assignment, and the reason.
pub fn read(text: &str, name: &str, outer: &dyn Fn(&str) -> Option<String>) -> Result<ShellFile, Problem> {
    let mut file = ShellFile::default();
    let mut assigned_at: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        match assignment(line, &file.variables, outer) {
            Ok(None) => {}
            Ok(Some(found)) => {
                if let Some(before) = assigned_at.insert(found.name.clone(), number) {
                    let warning =
                        format!("{} is assigned on line {before} and again on line {number}", found.name);
                    file.warnings.push(format!("{name}: {warning}: the later one holds"));
                }
                for unset in found.unset {
                    file.warnings
                        .push(format!("{name}: line {number}: {unset} is not set, so it expands to nothing"));
                }
                file.variables.insert(found.name, found.value);
            }
            Err(reason) => wrong.push(format!("line {number}: {reason}")),
        }
    }
    if wrong.is_empty() {
        return Ok(file);
    }
    Err(Problem::new("environment", format!("{name} is not a plain env file:\n  {}", wrong.join("\n  ")))
        .hint("write values out where the shell would have computed them; nothing was executed"))
}

struct Assignment {
    name: String,
    value: String,
    unset: Vec<String>,
}

/// Reads one line; `None` for an empty one or a comment.
fn assignment(
    line: &str,
    known: &BTreeMap<String, String>,
    outer: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Assignment>, String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (name, rest) = line.split_once('=').ok_or("it is not NAME=VALUE")?;
    let mut letters = name.chars();
    let begins_well = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if !begins_well || !letters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(format!("`{name}` is no variable name"));
    }
    let mut reader = Reader { rest: rest.chars().collect(), at: 0, known, outer, unset: Vec::new() };
    let value = reader.value()?;
    Ok(Some(Assignment { name: name.to_owned(), value, unset: reader.unset }))
}

struct Reader<'a> {
    rest: Vec<char>,
    at: usize,
    known: &'a BTreeMap<String, String>,
    outer: &'a dyn Fn(&str) -> Option<String>,
    unset: Vec<String>,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let letter = self.rest.get(self.at).copied();
        self.at += 1;
        letter
    }

    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn value(&mut self) -> Result<String, String> {
        let mut value = String::new();
        while let Some(letter) = self.next() {
            match letter {
                '\'' => self.single_quoted(&mut value)?,
                '"' => self.double_quoted(&mut value)?,
                '\\' => value.extend(self.next()),
                '$' => self.dollar(&mut value)?,
                '`' => return Err(COMMAND.to_owned()),
                ' ' | '\t' => {
                    let rest: String = self.rest[self.at..].iter().collect();
                    let rest = rest.trim();
                    if rest.is_empty() || rest.starts_with('#') {
                        break;
                    }
                    return Err(format!("`{rest}` stands after the value: quote a value with spaces"));
                }
                ';' | '&' | '|' | '<' | '>' | '(' | ')' => {
                    return Err(format!(
                        "`{letter}` outside of quotes is a command of the shell, and nothing is executed"
                    ));
                }
                '~' if value.is_empty() && matches!(self.peek(), None | Some('/')) => {
                    self.variable("HOME", None, &mut value);
                }
                plain => value.push(plain),
            }
        }
        Ok(value)
    }

    fn single_quoted(&mut self, value: &mut String) -> Result<(), String> {
        loop {
            match self.next() {
                Some('\'') => return Ok(()),
                Some(letter) => value.push(letter),
                None => return Err("a quote is not closed".to_owned()),
            }
        }
    }

    fn double_quoted(&mut self, value: &mut String) -> Result<(), String> {
        loop {
            match self.next() {
                Some('"') => return Ok(()),
                Some('\\') => match self.next() {
                    Some(letter @ ('"' | '\\' | '$' | '`')) => value.push(letter),
                    Some(letter) => value.extend(['\\', letter]),
                    None => return Err("a quote is not closed".to_owned()),
                },
                Some('$') => self.dollar(value)?,
                Some('`') => return Err(COMMAND.to_owned()),
                Some(letter) => value.push(letter),
                None => return Err("a quote is not closed".to_owned()),
            }
        }
    }

    fn dollar(&mut self, value: &mut String) -> Result<(), String> {
        match self.peek() {
            Some('(') => Err(COMMAND.to_owned()),
            Some('{') => {
                self.at += 1;
                let name = self.name();
                let default = match (self.next(), self.peek()) {
                    (Some('}'), _) => None,
                    (Some(':'), Some('-')) => {
                        self.at += 1;
                        Some(self.default()?)
                    }
                    _ => {
                        return Err(format!(
                            "`${{{name}` uses a form other than ${{VAR}} and ${{VAR:-default}}"
                        ));
                    }
                };
                if name.is_empty() {
                    return Err("`${` names no variable".to_owned());
                }
                self.variable(&name, default, value);
                Ok(())
            }
            Some(letter) if letter.is_ascii_alphabetic() || letter == '_' => {
                let name = self.name();
                self.variable(&name, None, value);
                Ok(())
            }
            _ => {
                value.push('$');
                Ok(())
            }
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(letter) = self.peek().filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(letter);
            self.at += 1;
        }
        name
    }

    /// The default of `${VAR:-default}`, up to its own closing brace; it may hold quotes and variables.
    fn default(&mut self) -> Result<String, String> {
        let mut value = String::new();
        loop {
            match self.next() {
                Some('}') => return Ok(value),
                Some('"') => self.double_quoted(&mut value)?,
                Some('\'') => self.single_quoted(&mut value)?,
                Some('$') => self.dollar(&mut value)?,
                Some('`') => return Err(COMMAND.to_owned()),
                Some(letter) => value.push(letter),
                None => return Err("a `${` is not closed".to_owned()),
            }
        }
    }

    fn variable(&mut self, name: &str, default: Option<String>, value: &mut String) {
        let found =
            self.known.get(name).cloned().or_else(|| (self.outer)(name)).filter(|text| !text.is_empty());
        match found.or(default) {
            Some(text) => value.push_str(&text),
            None => self.unset.push(name.to_owned()),
        }
    }
}

const COMMAND: &str =
    "a command substitution is refused: nothing in the file is executed; write its result out";

#[cfg(test)]
mod tests {
    use super::*;

    fn outer(name: &str) -> Option<String> {
        match name {
            "HOME" => Some("/home/ann".into()),
            "USER" => Some("ann".into()),
            _ => None,
        }
    }

    fn value(text: &str) -> String {
        read(&format!("X={text}"), "env", &outer).unwrap().variables["X"].clone()
    }

    #[test]
    fn values_expand_as_in_the_shell() {
        assert_eq!(value("${HOME}/.ssh/id_rsa.pub"), "/home/ann/.ssh/id_rsa.pub");
        assert_eq!(value("\"${USER}-dev\" # a comment"), "ann-dev");
        assert_eq!(
            value("${NOT_SET:-\"quay.io/${USER}/hypershift:latest\"}"),
            "quay.io/ann/hypershift:latest"
        );
        assert_eq!(value("${NOT_SET:-2}"), "2");
        assert_eq!(value("'$HOME is not expanded'"), "$HOME is not expanded");
        assert_eq!(value("$USER-x"), "ann-x");
        assert_eq!(value("~/backup"), "/home/ann/backup");
        assert_eq!(value("a#b"), "a#b");
    }

    #[test]
    fn a_variable_assigned_twice_keeps_the_later_value_with_a_warning() {
        let file = read("ZONE=\"Z1\"\n\n# DNS\nZONE=Z2\nNS=${ZONE}-x\n", "env", &outer).unwrap();
        assert_eq!(file.variables["NS"], "Z2-x");
        assert_eq!(
            file.warnings,
            ["env: ZONE is assigned on line 1 and again on line 4: the later one holds"]
        );
    }

    #[test]
    fn what_would_be_executed_is_refused_with_its_line() {
        let text = "A=1\nB=$(whoami)\nC=`id`\nD=\"x$(id)\"\nE=1; rm -rf /\nF=${X:-$(id)}\nsource other\nG=${X%%y}\nH='open\n";
        let message = read(text, "env", &outer).unwrap_err().message;
        let lines: Vec<&str> = message.lines().skip(1).map(str::trim).collect();
        assert_eq!(lines.len(), 8, "{message}");
        for (line, number) in lines.iter().zip(2..) {
            assert!(line.starts_with(&format!("line {number}: ")), "{line}");
        }
        assert!(lines[0].contains("command substitution is refused"));
    }
}
