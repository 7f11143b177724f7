//! The newcomer's path: every command of README's section `A first hour` is typed as it is printed, in a folder of its
//! own, and what it prints is held against what README shows; `...` stands for anything.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// What marks a command that goes on beside the others.
const BESIDE: &str = "# in another terminal";

/// What marks a command that does not end with 0.
const ENDS_WITH: &str = "# ends with ";

/// A command of README, with what it shows beneath.
struct Shown {
    command: String,
    output: Vec<String>,
}

/// The commands of a section, in their order.
fn commands(readme: &str, section: &str) -> Vec<Shown> {
    let from = readme.find(&format!("\n## {section}\n")).unwrap();
    let text = &readme[from + 4..];
    let text = &text[..text.find("\n## ").unwrap_or(text.len())];
    let mut found: Vec<Shown> = Vec::new();
    let mut is_console = false;
    for line in text.lines() {
        if line.starts_with("```") {
            is_console = line == "```console";
        } else if let (true, Some(command)) = (is_console, line.strip_prefix("$ ")) {
            found.push(Shown { command: command.to_owned(), output: Vec::new() });
        } else if let (true, Some(last)) = (is_console, found.last_mut()) {
            last.output.push(line.to_owned());
        }
    }
    found
}

/// Somebody's first hour: a folder, and what goes on beside.
struct Hour {
    folder: TempDir,
    beside: Vec<Child>,
}

impl Hour {
    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn shell(&self, command: &str) -> Command {
        let programs = Path::new(env!("CARGO_BIN_EXE_drsh")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("sh");
        shell
            // What the shell becomes is what is ended in the end.
            .args(["-c", command])
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", programs.display()))
            .env("DRSH_STATE", self.state())
            .env_remove("DRSH_ENV");
        shell
    }

    /// The run that README calls RUN: the first that was begun.
    fn with_run(&self, command: &str) -> String {
        if !command.contains("RUN") {
            return command.to_owned();
        }
        let runs = std::fs::read_dir(self.state().join("runs")).unwrap();
        let mut runs: Vec<_> = runs.map(|run| run.unwrap()).collect();
        runs.sort_by_key(|run| run.metadata().unwrap().created().unwrap());
        command.replace("RUN", runs[0].file_name().to_str().unwrap())
    }

    /// Starts a command that goes on, and waits for the last line that README shows of it.
    fn start(&mut self, shown: &Shown) {
        let command = shown.command.trim_end_matches(BESIDE).trim();
        let mut child = self.shell(&format!("exec {command}")).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        self.beside.push(child);
        let mut printed = Vec::new();
        while !fits(&shown.output, &printed) {
            let Some(Ok(line)) = lines.next() else {
                panic!("`{command}` ended after:\n{}", printed.join("\n"));
            };
            printed.push(line);
        }
        // It goes on printing, and somebody must take that.
        std::thread::spawn(move || lines.for_each(drop));
    }

    fn carry_out(&self, shown: &Shown) {
        let (command, code) = match shown.command.split_once(ENDS_WITH) {
            Some((command, code)) => (command.trim(), code.trim().parse().unwrap()),
            None => (&*shown.command, 0),
        };
        let output = self.shell(&format!("{{ {} ; }} 2>&1", self.with_run(command))).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "`{command}` printed:\n{text}");
        let printed: Vec<String> = text.trim().lines().map(str::to_owned).collect();
        assert!(
            fits(&shown.output, &printed),
            "README shows of `{command}`:\n{}\n\nand it printed:\n{text}",
            shown.output.join("\n")
        );
    }
}

impl Drop for Hour {
    fn drop(&mut self) {
        for child in &mut self.beside {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Whether lines fit what is shown: a line `...` stands for any number of them, `...` in a line for any text.
fn fits(shown: &[String], printed: &[String]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first == "..." => {
            (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..]))
        }
        Some((first, rest)) => {
            printed.split_first().is_some_and(|(line, more)| fits_line(first, line) && fits(rest, more))
        }
    }
}

fn fits_line(shown: &str, line: &str) -> bool {
    let pieces: Vec<&str> = shown.trim_end().split("...").collect();
    let (first, rest) = pieces.split_first().unwrap();
    let Some(mut line) = line.trim_end().strip_prefix(*first) else { return false };
    for (number, piece) in rest.iter().enumerate() {
        let is_last = number + 1 == rest.len();
        let at =
            if is_last && line.ends_with(piece) { Some(line.len() - piece.len()) } else { line.find(piece) };
        let Some(at) = at else { return false };
        line = &line[at + piece.len()..];
    }
    line.is_empty() || (rest.is_empty() && line.is_empty())
}

#[test]
fn each_command_of_a_first_hour_works_as_printed() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let mut hour = Hour { folder: tempfile::tempdir().unwrap(), beside: Vec::new() };
    let all = commands(&readme, "A first hour");
    assert!(all.len() >= 10, "only {} commands", all.len());
    for shown in &all {
        if shown.command.ends_with(BESIDE) {
            hour.start(shown);
        } else {
            hour.carry_out(shown);
        }
    }
}

#[test]
fn what_is_left_out_fits_anything_and_nothing_else_does() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(fits(&lines("a\n...\nd"), &lines("a\nb\nc\nd")));
    assert!(fits(&lines("done: ... in ...s"), &lines("done: x in 3.1s")));
    assert!(!fits(&lines("a\n...\nd"), &lines("a\nb\nc")));
    assert!(!fits(&lines("done: ... in ...s"), &lines("done: x in 3.1m")));
    assert!(!fits(&lines("a"), &lines("a\nb")));
}
