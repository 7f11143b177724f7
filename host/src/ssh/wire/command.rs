//! A command as a script gives it, and as the remote shell must get it so that nothing in it is lost or run.

use std::fmt;
use std::time::Duration;

use crate::problem::Problem;
use crate::secret::Secret;

/// How much of a command messages show, in characters.
const SHOWN: usize = 120;

/// A command for a host.
#[derive(Debug, Clone)]
pub(in crate::ssh) struct Command {
    arguments: Vec<String>,
    /// Whether it runs as root.
    pub(in crate::ssh) sudo: bool,
    /// What it reads, if anything.
    pub(in crate::ssh) stdin: Option<Secret>,
    /// Whether it may be run again when the connection broke.
    pub(in crate::ssh) repeatable: bool,
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
        Ok(Self { arguments, sudo: false, stdin: None, repeatable: false })
    }

    /// The line for the remote shell. `limit` ends the command on the host, should nobody wait for it any more.
    pub(super) fn line(&self, limit: Duration) -> String {
        let seconds = (limit.as_secs() + 2).to_string();
        let sudo: &[&str] = if self.sudo { &["sudo", "-n", "--"] } else { &[] };
        let words = sudo.iter().copied().chain(["timeout", "-k", "5", &seconds]);
        let words = words.chain(self.arguments.iter().map(String::as_str));
        words.map(quoted).collect::<Vec<String>>().join(" ")
    }
}

/// Writes the command for messages, shortened.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
        let line = command(&["echo", "it's", "$(reboot)", "a\nb", ""]).line(Duration::from_secs(10));
        assert_eq!(line, "'timeout' '-k' '5' '12' 'echo' 'it'\\''s' '$(reboot)' 'a\nb' ''");
    }

    #[test]
    fn root_runs_the_timer_too_so_that_it_can_end_what_it_started() {
        let line = Command { sudo: true, ..command(&["id"]) }.line(Duration::ZERO);
        assert_eq!(line, "'sudo' '-n' '--' 'timeout' '-k' '5' '2' 'id'");
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
