//! What a command line said, without what differs from one run to the next; and the same commands said to two servers.

use std::fmt;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use regex::Regex;

/// What a command printed, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{:?}]\n{}{}", self.code, self.out, self.err)
    }
}

impl Said {
    /// Runs a command to its end, with `input` as its standard input.
    pub fn by(command: &mut Command, input: &str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that does not read has closed its end.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The same with names in the place of what is new in every run.
    pub fn plain(mut self) -> Self {
        self.out = plain(&self.out);
        self.err = plain(&self.err);
        self
    }
}

/// Puts names in the place of times, ages, ids, versions and addresses, and makes columns as narrow as they can be.
pub fn plain(text: &str) -> String {
    static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let rules = [
            // What the client's own library notes comes and goes with the machine's speed.
            (r"(?m)^[IWE]\d{4} \d\d:\d\d:\d\d.*\n", ""),
            (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| \+0000( UTC)?|\+00:00)?", "<time>"),
            (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "<time>"),
            (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>"),
            (r#"(resourceVersion"?: )"\d+""#, "$1<version>"),
            (r"https://127\.0\.0\.1:\d+", "<server>"),
            (r"(LIVE|MERGED)-\d+", "$1-<n>"),
            (r"(?m)(^|\s)\d+(ms|s|m|h)(\d+s)?(\s|$)", "$1<age>$4"),
            (r" {2,}", "  "),
            (r"(?m) +$", ""),
        ];
        rules.into_iter().map(|(rule, name)| (Regex::new(rule).unwrap(), name)).collect()
    });
    RULES.iter().fold(text.to_owned(), |text, (rule, name)| rule.replace_all(&text, *name).into_owned())
}

/// One command line: its words, what it reads, and what it must have printed whoever answers.
pub struct Step {
    pub line: &'static str,
    pub input: &'static str,
    pub essential: &'static str,
    /// Whether nothing but the essential must be the same.
    pub in_own_words: bool,
}

impl Step {
    /// The words of the line; single quotes hold words together. A `!` in front says that it must fail.
    pub fn words(&self) -> Vec<String> {
        let line = self.line.trim_start_matches('!').trim();
        let (mut words, mut within) = (vec![String::new()], false);
        for letter in line.chars() {
            match letter {
                '\'' => within = !within,
                ' ' if !within => words.push(String::new()),
                other => words.last_mut().unwrap().push(other),
            }
        }
        words
    }

    /// Holds what was said against what must be so on any server.
    fn judge(&self, who: &str, said: &Said, wrong: &mut Vec<String>) {
        let failed = said.code != Some(0);
        let said_so = said.out.contains(self.essential) || said.err.contains(self.essential);
        if failed != self.line.starts_with('!') || !said_so {
            wrong.push(format!("{who}: {}\nwithout `{}`: {said}", self.line, self.essential));
        }
    }
}

/// A command that succeeds and prints `essential`.
pub const fn step(line: &'static str, essential: &'static str) -> Step {
    Step { line, input: "", essential, in_own_words: false }
}

/// A command that reads `input`.
pub const fn reads(line: &'static str, input: &'static str, essential: &'static str) -> Step {
    Step { line, input, essential, in_own_words: false }
}

/// A command that both answer with `essential`, and with words of their own around it.
pub const fn roughly(line: &'static str, essential: &'static str) -> Step {
    Step { line, input: "", essential, in_own_words: true }
}

/// Says `steps` to the lab and, where there is one, to the real server, and holds the answers against each other.
pub fn compare(steps: &[Step], lab: impl Fn(&Step) -> Said, real: Option<impl Fn(&Step) -> Said>) {
    let mut wrong = Vec::new();
    for step in steps {
        let ours = lab(step).plain();
        step.judge("the lab", &ours, &mut wrong);
        let Some(theirs) = real.as_ref().map(|real| real(step).plain()) else { continue };
        step.judge("the real one", &theirs, &mut wrong);
        if ours != theirs && !step.in_own_words {
            wrong.push(format!("{}\n--- the lab {ours}\n--- the real one {theirs}", step.line));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n=====\n"));
}
