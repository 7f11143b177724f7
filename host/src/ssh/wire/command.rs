//! A command as a script gives it, and as the remote shell must get it so that nothing in it is lost or run.

use std::fmt;
use std::time::Duration;

use crate::problem::Problem;
use crate::secret::Secret;

/// How much of a command messages show, in characters.
const SHOWN: usize = 120;

/// The variable by which all processes of one command are found again on the host, whatever they became.
const MARK: &str = "DRSH_CALL";

/// Ends every process that carries the mark `$1`, the stubborn ones by force.
const END: &str = r#"
marked() { grep -lzsx "DRSH_CALL=$1" /proc/[0-9]*/environ | cut -d/ -f3; }
found=$(marked "$1")
[ -z "$found" ] || kill -TERM $found 2>/dev/null
turns=0
while found=$(marked "$1"); [ -n "$found" ] && [ "$turns" -lt 20 ]; do
  sleep 0.1
  turns=$((turns + 1))
done
[ -z "$found" ] || kill -KILL $found
"#;

/// A command for a host.
#[derive(Debug, Clone)]
pub(in crate::ssh) struct Command {
    arguments: Vec<String>,
    /// What messages call it, where its own words would tell nobody anything.
    about: Option<String>,
    /// Whether it runs as root.
    pub(in crate::ssh) sudo: bool,
    /// What it reads, if anything.
    pub(in crate::ssh) stdin: Option<Secret>,
    /// The variables that it finds set.
    pub(in crate::ssh) environment: Vec<(String, Secret)>,
    /// Whether it may be run again when the connection broke.
    pub(in crate::ssh) repeatable: bool,
    /// Whether its lines are told and kept as they come.
    pub(in crate::ssh) stream: bool,
}

impl Command {
    /// Takes a program and its arguments. Errors: `bad_argument` for none, or for a NUL, which no argument can hold.
    pub(in crate::ssh) fn new(arguments: Vec<String>) -> Result<Self, Problem> {
        if arguments.first().is_none_or(String::is_empty) {
            return Err(Problem::new("bad_argument", "a command needs a program"));
        }
        if arguments.iter().any(|argument| argument.contains('\0')) {
            return Err(Problem::new("bad_argument", "an argument cannot hold a NUL byte"));
        }
        let (sudo, stdin, environment) = (false, None, Vec::new());
        let (repeatable, stream, about) = (false, false, None);
        Ok(Self { arguments, about, sudo, stdin, environment, repeatable, stream })
    }

    /// A script for the host's own shell, with its arguments; nothing in them is looked into.
    pub(super) fn script(about: &str, text: &str, arguments: &[&str], sudo: bool) -> Result<Self, Problem> {
        let shell = ["sh", "-c", text, "sh"];
        let words = shell.iter().chain(arguments).map(|word| (*word).to_owned()).collect();
        Ok(Self { about: Some(about.to_owned()), sudo, ..Self::new(words)? })
    }

    /// The very command, for a plan: its words as a list; what it is given to read is named, not shown.
    pub(in crate::ssh) fn particulars(&self) -> Vec<String> {
        let words = serde_json::Value::from(self.arguments.clone());
        let sudo = if self.sudo { " as root" } else { "" };
        let input = self.stdin.as_ref().map(|text| format!(", reads {} bytes", text.expose().len()));
        let names: Vec<&str> = self.environment.iter().map(|(name, _)| name.as_str()).collect();
        let set = (!names.is_empty()).then(|| format!(", finds {} set", names.join(", ")));
        vec![format!("{words}{sudo}{}{}", input.unwrap_or_default(), set.unwrap_or_default())]
    }

    /// The same with other words in front of its own, called otherwise in messages.
    pub(super) fn behind(self, about: &str, words: &[&str]) -> Self {
        let arguments = words.iter().map(|word| (*word).to_owned()).chain(self.arguments).collect();
        Self { arguments, about: Some(about.to_owned()), ..self }
    }

    /// Its words as a shell would take them: to tell one command from another.
    pub(super) fn words(&self) -> String {
        self.arguments.iter().map(|word| quoted(word)).collect::<Vec<String>>().join(" ")
    }

    /// The line for the remote shell. `limit` ends the command on the host, should nobody wait for it any more.
    pub(super) fn line(&self, limit: Duration, mark: &str) -> String {
        let (seconds, mark) = ((limit.as_secs() + 2).to_string(), format!("{MARK}={mark}"));
        let mut words = if self.sudo { vec!["sudo", "-n", "--"] } else { Vec::new() };
        words.extend(["env", &mark, "timeout", "-k", "5", &seconds]);
        let taking = self.taking();
        if let Some(taking) = &taking {
            words.extend(["sh", "-c", taking, "sh"]);
        }
        words.extend(self.arguments.iter().map(String::as_str));
        words.into_iter().map(quoted).collect::<Vec<String>>().join(" ")
    }

    /// The line that ends whatever a command with this mark left running on the host.
    pub(super) fn ending(&self, mark: &str) -> String {
        let sudo: &[&str] = if self.sudo { &["sudo", "-n", "--"] } else { &[] };
        let words = sudo.iter().copied().chain(["sh", "-c", END, "sh", mark]);
        words.map(quoted).collect::<Vec<String>>().join(" ")
    }

    /// The shell that sets the variables: it reads their values from its input, where no process list shows them.
    fn taking(&self) -> Option<String> {
        if self.environment.is_empty() {
            return None;
        }
        let names: Vec<&str> = self.environment.iter().map(|(name, _)| name.as_str()).collect();
        Some(format!(
            "for drsh_name in {}; do IFS= read -r drsh_value || exit 125; \
             drsh_value=$(printf '%b.' \"$drsh_value\"); export \"$drsh_name=${{drsh_value%.}}\"; done; \
             unset drsh_name drsh_value; exec \"$@\"",
            names.join(" ")
        ))
    }

    /// What goes into the command: the values of its variables, a line each, and then its own input.
    pub(super) fn input(&self) -> Secret {
        let mut text = String::new();
        for (_, value) in &self.environment {
            text.push_str(&value.expose().replace('\\', "\\0134").replace('\n', "\\0012"));
            text.push('\n');
        }
        text.push_str(self.stdin.as_ref().map_or("", |stdin| stdin.expose()));
        Secret::new(text)
    }
}

/// Writes the command for messages, shortened.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(about) = &self.about {
            return f.write_str(about);
        }
        let sudo = if self.sudo { "sudo " } else { "" };
        let plain = |word: &String| {
            let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=/,.+:@%".contains(&byte);
            if !word.is_empty() && word.bytes().all(safe) {
                word.clone()
            } else {
                quoted(word).replace('\n', "\\n")
            }
        };
        let line = self.arguments.iter().map(plain).collect::<Vec<String>>().join(" ");
        match line.char_indices().nth(SHOWN) {
            Some((end, _)) => write!(f, "`{sudo}{}...`", &line[..end]),
            None => write!(f, "`{sudo}{line}`"),
        }
    }
}

/// Quotes a word so that a POSIX shell takes every byte of it as it is.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> Command {
        Command::new(words.iter().map(|word| (*word).to_owned()).collect()).unwrap()
    }

    #[test]
    fn every_word_is_quoted_whatever_it_holds() {
        let line = command(&["echo", "it's", "$(reboot)", "a\nb", ""]).line(Duration::from_secs(10), "7f");
        assert_eq!(
            line,
            "'env' 'DRSH_CALL=7f' 'timeout' '-k' '5' '12' 'echo' 'it'\\''s' '$(reboot)' 'a\nb' ''"
        );
    }

    #[test]
    fn root_runs_the_timer_too_so_that_it_can_end_what_it_started() {
        let line = Command { sudo: true, ..command(&["id"]) }.line(Duration::ZERO, "7f");
        assert_eq!(line, "'sudo' '-n' '--' 'env' 'DRSH_CALL=7f' 'timeout' '-k' '5' '2' 'id'");
    }

    #[test]
    fn no_value_of_a_variable_stands_in_the_line() {
        let value = Secret::new("a\\b\nc");
        let environment = vec![("HTTPS_PROXY".to_owned(), value)];
        let command = Command { environment, stdin: Some(Secret::new("rest")), ..command(&["id"]) };
        let line = command.line(Duration::ZERO, "7f");
        assert!(line.contains("for drsh_name in HTTPS_PROXY; do") && !line.contains("a\\"), "{line}");
        assert_eq!(command.input().expose(), "a\\0134b\\0012c\nrest");
    }

    #[test]
    fn a_message_shows_a_command_as_people_type_it() {
        assert_eq!(command(&["mv", "-v", "/a b", "/c"]).to_string(), "`mv -v '/a b' /c`");
        assert!(command(&["echo", &"x".repeat(500)]).to_string().ends_with("x...`"));
    }

    #[test]
    fn what_is_no_command_is_refused() {
        assert!(Command::new(vec![]).is_err() && Command::new(vec![String::new()]).is_err());
        assert!(Command::new(vec!["echo".into(), "a\0b".into()]).is_err());
    }
}
