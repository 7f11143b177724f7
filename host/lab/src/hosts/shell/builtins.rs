//! What the shell does itself, and how it starts what it does not.

use super::super::call::{Call, Streams};
use super::super::process::{Exit, Signal};
use super::syntax::Word;
use super::{Done, Flow, Shell};

impl Shell {
    /// Carries out a simple command whose words are expanded.
    pub(super) async fn simple(&mut self, assignments: &[(String, Word)], words: Vec<String>) -> Done {
        let mut given = Vec::new();
        for (name, word) in assignments {
            given.push((name.clone(), self.text(word).await));
        }
        if words.is_empty() {
            self.variables.extend(given);
            self.status = 0;
            return Ok(());
        }
        if let Some(done) = self.builtin(&words).await {
            return done;
        }
        let call = self.command_of(&words, given);
        if self.gives_way {
            return match call.obstacle() {
                None => {
                    self.call.streams = Streams::nowhere();
                    Err(Flow::Exit(call.run_in_place().await))
                }
                Some(obstacle) => self.refuse(obstacle).await,
            };
        }
        self.start(call).await
    }

    async fn start(&mut self, call: Call) -> Done {
        if let Some(obstacle) = call.obstacle() {
            return self.refuse(obstacle).await;
        }
        let is_part_of_shell = matches!(call.name(), "echo" | "printf");
        let end = call.run().await;
        // These are the shell itself: with nobody left to read what they print, it ends.
        if is_part_of_shell && end == Err(Exit::Signal(Signal::Pipe)) {
            return Err(Flow::Exit(end));
        }
        self.set_status(end);
        Ok(())
    }

    async fn refuse(&mut self, (code, why): (u8, String)) -> Done {
        let exit = self.call.fail(code, &format!("{}: line 1: {why}", self.name())).await;
        self.set_status(Err(exit));
        Ok(())
    }

    fn command_of(&self, words: &[String], given: Vec<(String, String)>) -> Call {
        let mut call = self.call.with(words);
        let exported = self.variables.iter().filter(|(name, _)| self.exported.contains(*name));
        call.env = exported.map(|(name, value)| (name.clone(), value.clone())).collect();
        call.env.extend(given);
        call
    }

    /// Carries out a builtin; `None` if it is none.
    async fn builtin(&mut self, words: &[String]) -> Option<Done> {
        let arguments = &words[1..];
        let first = arguments.first().map(String::as_str);
        let done = match words[0].as_str() {
            ":" | "trap" => self.ended(0),
            "umask" => {
                if let Some(mask) = first.and_then(|mask| u32::from_str_radix(mask, 8).ok()) {
                    self.call.view.set_mask(mask);
                }
                self.ended(0)
            }
            "cd" => {
                let home = self.variables.get("HOME").cloned().unwrap_or_default();
                let folder = first.map_or(home, str::to_owned);
                match self.call.view.enter(&folder) {
                    Ok(()) => self.ended(0),
                    Err(error) => {
                        let text = format!("{}: line 1: cd: {folder}: {error}", self.name());
                        let exit = self.call.fail(1, &text).await;
                        self.ended(exit.code())
                    }
                }
            }
            "export" => {
                for word in arguments {
                    let (name, value) = word.split_once('=').unwrap_or((word, ""));
                    self.exported.insert(name.to_owned());
                    if word.contains('=') {
                        self.variables.insert(name.to_owned(), value.to_owned());
                    }
                }
                self.ended(0)
            }
            "unset" => {
                for name in arguments {
                    self.variables.remove(name);
                }
                self.ended(0)
            }
            "set" => {
                let flags = first.unwrap_or_default();
                let errors = flags.contains('e') || arguments.iter().any(|word| word == "errexit");
                match flags.chars().next() {
                    Some('-') if errors => self.stops_at_errors = true,
                    Some('+') if errors => self.stops_at_errors = false,
                    _ => {}
                }
                self.ended(0)
            }
            "shift" => {
                let count = first.and_then(|word| word.parse().ok()).unwrap_or(1);
                let there = self.arguments.len().saturating_sub(1);
                if count > there {
                    return Some(self.ended(1));
                }
                self.arguments.drain(1..=count);
                self.ended(0)
            }
            "exit" => {
                let code = first.and_then(|word| word.parse().ok()).unwrap_or(self.status);
                self.status = code;
                Err(Flow::Exit(self.end()))
            }
            "break" => Err(Flow::Break),
            "continue" => Err(Flow::Continue),
            "wait" => {
                for job in std::mem::take(&mut self.jobs) {
                    // A job that was ended is waited for all the same.
                    let _ = job.await;
                }
                self.ended(0)
            }
            "exec" if arguments.is_empty() => self.ended(0),
            "exec" => {
                let call = self.command_of(arguments, Vec::new());
                match call.obstacle() {
                    None => Err(Flow::Exit(call.run_in_place().await)),
                    Some((code, why)) => {
                        let exit =
                            self.call.fail(code, &format!("{}: line 1: exec: {why}", self.name())).await;
                        Err(Flow::Exit(Err(exit)))
                    }
                }
            }
            "flock" => self.flock(arguments).await,
            "read" => self.read(arguments).await,
            "command" if first == Some("-v") => {
                let found = arguments.get(1).and_then(|name| self.call.locate(name));
                match found {
                    Some(path) => self.printed(&format!("{path}\n")).await,
                    None => self.ended(1),
                }
            }
            "pwd" => self.printed(&format!("{}\n", self.call.view.folder())).await,
            _ => return None,
        };
        Some(done)
    }

    /// `flock [-n] [-s] STREAM`, and `flock [-n] [-s] FILE true`, which only looks.
    ///
    /// It is a program of its own in life; the streams that it locks are the shell's.
    async fn flock(&mut self, arguments: &[String]) -> Done {
        let at_once = arguments.iter().any(|word| word == "-n");
        let words: Vec<&str> =
            arguments.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
        let locks = self.call.host.locks().clone();
        match words.as_slice() {
            [stream] => {
                let number = stream.parse().unwrap_or(0);
                let Some(path) = self.opened.get(&number).cloned() else {
                    let exit = self.call.fail(65, &format!("flock: {stream}: Bad file descriptor")).await;
                    return self.ended(exit.code());
                };
                let lock = if at_once { locks.try_take(&path) } else { Some(locks.take(&path).await) };
                let status = u8::from(lock.is_none());
                if let Some(lock) = lock {
                    self.locks.insert(number, lock);
                }
                self.ended(status)
            }
            [path, "true"] if at_once => self.ended(u8::from(locks.is_held(path))),
            _ => {
                let exit = self.call.fail(64, "flock: this form is not played").await;
                self.ended(exit.code())
            }
        }
    }

    #[allow(clippy::unnecessary_wraps, reason = "it is what every builtin ends with")]
    fn ended(&mut self, status: u8) -> Done {
        self.status = status;
        Ok(())
    }

    async fn printed(&mut self, text: &str) -> Done {
        match self.call.print(text).await {
            Ok(()) => self.ended(0),
            Err(Exit::Signal(Signal::Pipe)) => Err(Flow::Exit(Err(Exit::Signal(Signal::Pipe)))),
            Err(exit) => self.ended(exit.code()),
        }
    }

    /// `read NAME...`: the last name gets the rest of the line.
    async fn read(&mut self, arguments: &[String]) -> Done {
        let names: Vec<&String> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
        let Some(line) = self.call.streams.stdin.line().await else { return self.ended(1) };
        let line = String::from_utf8_lossy(&line).into_owned();
        let mut rest = line.trim();
        for (at, name) in names.iter().enumerate() {
            let (value, left) = if at + 1 == names.len() {
                (rest, "")
            } else {
                rest.split_once([' ', '\t']).unwrap_or((rest, ""))
            };
            self.variables.insert((*name).clone(), value.to_owned());
            rest = left.trim_start();
        }
        self.ended(0)
    }
}
