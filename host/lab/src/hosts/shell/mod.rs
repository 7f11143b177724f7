//! The shell of a host: the part of the POSIX language that people and programs send over SSH.

mod builtins;
mod expand;
mod parse;
mod pattern;
mod syntax;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{BoxFuture, join_all};
use tokio::task::JoinHandle;

pub(super) use pattern::matches;

use self::parse::parse;
use self::syntax::{Body, Command, How, Item, List, Pipeline, Redirection};
use super::call::{Call, End, Streams};
use super::locks::Lock;
use super::process::Exit;
use super::stream::{Input, Output};

/// A shell with its variables.
pub struct Shell {
    /// The shell as a command: its files, streams and process.
    call: Call,
    variables: BTreeMap<String, String>,
    exported: BTreeSet<String>,
    /// `$0` and the arguments.
    arguments: Vec<String>,
    status: u8,
    last_background: Option<u32>,
    jobs: Vec<JoinHandle<()>>,
    stops_at_errors: bool,
    /// How many conditions are being decided: an error in one is none.
    deciding: u32,
    /// The files that its further streams lead to.
    opened: BTreeMap<u8, String>,
    /// The locks that it holds, by its streams.
    locks: BTreeMap<u8, Lock>,
    /// Whether a command may take the place of the shell, which has nothing else to do.
    gives_way: bool,
}

/// What ends a list early.
enum Flow {
    Exit(End),
    Break,
    Continue,
}

type Done = Result<(), Flow>;

/// How much a pipe holds.
const PIPE: usize = 64 << 10;

impl Shell {
    /// Runs `sh` with its arguments: `-c`, a file, or what it reads.
    pub async fn main(call: Call) -> End {
        let words: Vec<String> = call.words().to_vec();
        let mut stops_at_errors = false;
        let mut at = 0;
        let mut line = false;
        while let Some(flags) = words.get(at).and_then(|word| word.strip_prefix('-')).filter(|f| *f != "-") {
            line |= flags.contains('c');
            stops_at_errors |= flags.contains('e');
            at += 1;
        }
        let rest = &words[at..];
        let (text, arguments) = match (line, rest) {
            (true, []) => {
                return Err(call.fail(2, &format!("{}: -c: option requires an argument", call.name())).await);
            }
            (true, [text, arguments @ ..]) => {
                let own =
                    if arguments.is_empty() { vec![call.name().to_owned()] } else { arguments.to_vec() };
                (text.clone(), own)
            }
            (false, [file, ..]) => match call.view.read(file) {
                Ok(bytes) => (String::from_utf8_lossy(&bytes).into_owned(), rest.to_vec()),
                Err(error) => return Err(call.fail(127, &format!("{}: {file}: {error}", call.name())).await),
            },
            (false, []) => {
                let text = call.streams.stdin.read_all().await;
                (String::from_utf8_lossy(&text).into_owned(), vec![call.name().to_owned()])
            }
        };
        let list = match parse(&text) {
            Ok(list) => list,
            Err(error) => {
                let text = format!("{}: -c: line 1: {error}", call.name());
                return Err(call.fail(2, &text).await);
            }
        };
        let exported = call.env.keys().cloned().collect();
        let variables = call.env.clone();
        let gives_way = list.0.len() == 1 && !list.0[0].background && list.0[0].rest.is_empty();
        let mut shell = Self {
            call,
            variables,
            exported,
            arguments,
            status: 0,
            last_background: None,
            jobs: Vec::new(),
            stops_at_errors,
            deciding: 0,
            opened: BTreeMap::new(),
            locks: BTreeMap::new(),
            gives_way,
        };
        match shell.list(&list).await {
            Err(Flow::Exit(end)) => end,
            _ => shell.end(),
        }
    }

    fn end(&self) -> End {
        if self.status == 0 { Ok(()) } else { Err(Exit::Code(self.status)) }
    }

    /// A shell that begins as this one is.
    fn copy(&self) -> Self {
        Self {
            call: self.call.clone(),
            variables: self.variables.clone(),
            exported: self.exported.clone(),
            arguments: self.arguments.clone(),
            jobs: Vec::new(),
            opened: self.opened.clone(),
            // A lock is that of the shell itself, which its children are asked to close.
            locks: BTreeMap::new(),
            gives_way: false,
            ..*self
        }
    }

    fn set_status(&mut self, end: End) {
        self.status = end.map_or_else(Exit::code, |()| 0);
    }

    fn list<'a>(&'a mut self, list: &'a List) -> BoxFuture<'a, Done> {
        Box::pin(async move {
            for item in &list.0 {
                if item.background {
                    self.background(item);
                    continue;
                }
                self.item(item).await?;
            }
            Ok(())
        })
    }

    async fn item(&mut self, item: &Item) -> Done {
        self.deciding += u32::from(!item.rest.is_empty());
        let first = self.pipeline(&item.first).await;
        self.deciding -= u32::from(!item.rest.is_empty());
        first?;
        for (at, (both, pipeline)) in item.rest.iter().enumerate() {
            if *both == (self.status == 0) {
                let more = at + 1 < item.rest.len();
                self.deciding += u32::from(more);
                let done = self.pipeline(pipeline).await;
                self.deciding -= u32::from(more);
                done?;
            }
        }
        Ok(())
    }

    fn background(&mut self, item: &Item) {
        let mut shell = self.copy();
        // A job in the background of a script reads nothing.
        shell.call.streams.stdin = Input::Nothing;
        shell.gives_way = item.rest.is_empty();
        let running = self.call.host.processes().begin(self.call.origin, self.call.view.user(), "sh");
        shell.call.origin = running.child();
        self.last_background = Some(running.process.id);
        let item = item.clone();
        self.jobs.push(tokio::spawn(async move {
            // How it ended is nobody's business but of `wait`, which only waits.
            let _ = running
                .until_killed(async {
                    let _ = shell.item(&item).await;
                    Ok(())
                })
                .await;
        }));
        self.status = 0;
    }

    async fn pipeline(&mut self, pipeline: &Pipeline) -> Done {
        if let [command] = pipeline.commands.as_slice() {
            self.deciding += u32::from(pipeline.negated);
            let done = self.command(command).await;
            self.deciding -= u32::from(pipeline.negated);
            done?;
        } else {
            self.pipe(&pipeline.commands).await;
        }
        if pipeline.negated {
            self.status = u8::from(self.status == 0);
        } else if self.status != 0 && self.stops_at_errors && self.deciding == 0 {
            return Err(Flow::Exit(self.end()));
        }
        Ok(())
    }

    async fn pipe(&mut self, commands: &[Command]) {
        let mut stages = Vec::new();
        let mut input = self.call.streams.stdin.clone();
        for (at, command) in commands.iter().enumerate() {
            let mut shell = self.copy();
            shell.call.streams.stdin = input;
            input = Input::Nothing;
            if at + 1 < commands.len() {
                let (writer, reader) = tokio::io::duplex(PIPE);
                shell.call.streams.stdout = Output::wire(writer);
                input = Input::wire(reader);
            }
            stages.push(async move {
                match shell.command(command).await {
                    Err(Flow::Exit(end)) => end.map_or_else(Exit::code, |()| 0),
                    _ => shell.status,
                }
            });
        }
        self.status = join_all(stages).await.last().copied().unwrap_or(0);
    }

    fn command<'a>(&'a mut self, command: &'a Command) -> BoxFuture<'a, Done> {
        Box::pin(async move {
            let before = self.call.streams.clone();
            let is_last = self.gives_way && matches!(command.body, Body::Simple(..));
            if let Err(exit) = self.redirect(&command.redirections).await {
                self.call.streams = before;
                self.set_status(Err(exit));
                return Ok(());
            }
            // A command that takes the place of the shell leaves nobody who holds the streams as they were.
            let before = if is_last { Streams::nowhere() } else { before };
            let mut keeps = false;
            let done = match &command.body {
                Body::Simple(assignments, words) => {
                    let expanded = self.fields(words).await;
                    keeps = expanded.first().is_some_and(|name| name == "exec") && expanded.len() == 1;
                    self.simple(assignments, expanded).await
                }
                Body::Group(list) => self.list(list).await,
                Body::Subshell(list) => {
                    let mut shell = self.copy();
                    let end = match shell.list(list).await {
                        Err(Flow::Exit(end)) => end,
                        _ => shell.end(),
                    };
                    self.set_status(end);
                    Ok(())
                }
                Body::If(branches, otherwise) => self.condition(branches, otherwise.as_ref()).await,
                Body::While(until, condition, body) => self.repeat(*until, condition, body).await,
                Body::For(name, words, body) => {
                    let values = match words {
                        Some(words) => self.fields(words).await,
                        None => self.arguments.iter().skip(1).cloned().collect(),
                    };
                    self.each(name, values, body).await
                }
            };
            if !keeps {
                self.call.streams = before;
            }
            done
        })
    }

    async fn decide(&mut self, condition: &List) -> Result<bool, Flow> {
        self.deciding += 1;
        let gives_way = std::mem::replace(&mut self.gives_way, false);
        let done = self.list(condition).await;
        self.gives_way = gives_way;
        self.deciding -= 1;
        done.map(|()| self.status == 0)
    }

    async fn condition(&mut self, branches: &[(List, List)], otherwise: Option<&List>) -> Done {
        self.gives_way = false;
        for (condition, branch) in branches {
            if self.decide(condition).await? {
                return self.list(branch).await;
            }
        }
        self.status = 0;
        match otherwise {
            Some(list) => self.list(list).await,
            None => Ok(()),
        }
    }

    async fn repeat(&mut self, until: bool, condition: &List, body: &List) -> Done {
        self.gives_way = false;
        let mut last = 0;
        while self.decide(condition).await? != until {
            match self.list(body).await {
                Err(Flow::Break) => break,
                Ok(()) | Err(Flow::Continue) => last = self.status,
                Err(exit) => return Err(exit),
            }
            // A loop that never waits must not keep the others from their turn.
            tokio::task::yield_now().await;
        }
        self.status = last;
        Ok(())
    }

    async fn each(&mut self, name: &str, values: Vec<String>, body: &List) -> Done {
        self.gives_way = false;
        for value in values {
            self.variables.insert(name.to_owned(), value);
            match self.list(body).await {
                Err(Flow::Break) => break,
                Ok(()) | Err(Flow::Continue) => {}
                Err(exit) => return Err(exit),
            }
        }
        Ok(())
    }

    async fn redirect(&mut self, redirections: &[Redirection]) -> Result<(), Exit> {
        for redirection in redirections {
            let target = self.text(&redirection.target).await;
            let streams = &self.call.streams;
            let opened = match redirection.how {
                How::Read if target == "/dev/null" => Ok((None, Some(Input::Nothing))),
                How::Read => self.call.view.read(&target).map(|bytes| (None, Some(Input::bytes(bytes)))),
                How::Write | How::Append if target == "/dev/null" => Ok((Some(Output::Nothing), None)),
                How::Write | How::Append => {
                    let opened = self.call.view.open(&target, redirection.how == How::Append);
                    opened.map(|file| {
                        (Some(Output::File(std::sync::Arc::new(std::sync::Mutex::new(file)))), None)
                    })
                }
                How::Copy => Ok(match target.as_str() {
                    "1" => (Some(streams.stdout.clone()), None),
                    "2" => (Some(streams.stderr.clone()), None),
                    "-" => (Some(Output::Nothing), Some(Input::Nothing)),
                    _ => (None, None),
                }),
            };
            let (output, input) = match opened {
                Ok(opened) => opened,
                Err(error) => {
                    let text = format!("{}: line 1: {target}: {error}", self.name());
                    return Err(self.call.fail(1, &text).await);
                }
            };
            match (redirection.stream, output, input) {
                (0, _, Some(input)) => self.call.streams.stdin = input,
                (1, Some(output), _) => self.call.streams.stdout = output,
                (2, Some(output), _) => self.call.streams.stderr = output,
                (3.., Some(_), _) if redirection.how != How::Copy => {
                    self.opened.insert(redirection.stream, target);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn name(&self) -> &str {
        self.arguments.first().map_or("sh", String::as_str)
    }
}

#[cfg(test)]
mod tests;
