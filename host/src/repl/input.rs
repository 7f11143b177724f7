//! Where lines come from: an editor on a terminal, or a pipe, without a prompt.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};
use tokio::runtime::Runtime;

use super::complete::Completion;
use super::helper::Helper;
use super::live::Live;
use super::session::Session;
use super::{Seat, secretive};
use crate::engine::engine;
use crate::run::{Beginning, Claim, Deaf, Direction, Replay, Run, random_id};

/// What came.
pub enum Typed {
    /// Something to carry out.
    Text(String),
    /// Ctrl-C: the line is dropped.
    Cancelled,
    /// Ctrl-D, or the end of the pipe.
    Over,
}

/// A source of lines.
pub enum Input {
    /// A person at a terminal.
    Person(Box<Person>),
    /// A pipe.
    Pipe,
}

/// A line editor with its history.
pub struct Person {
    editor: Editor<Helper, FileHistory>,
    history: PathBuf,
}

impl Input {
    /// The one that fits the seat: a terminal that no editor comes up on is read as a pipe is.
    pub fn of(seat: &Arc<Seat>, session: &Session, runtime: &Runtime) -> Self {
        if !seat.is_terminal {
            return Input::Pipe;
        }
        let config = Config::builder().completion_type(CompletionType::List).auto_add_history(false);
        let editor = config.max_history_size(5000).and_then(|config| Editor::with_config(config.build()));
        let Ok(mut editor) = editor else { return Input::Pipe };
        let library = session.library.clone();
        let live = Live::begin(looker(seat, runtime), move |run| engine(Some(run), &library));
        let completion = Completion::new(seat.environment.clone(), session.variables.clone(), live);
        let has_colours = std::env::var_os("NO_COLOR").is_none();
        editor.set_helper(Some(Helper { completion, has_colours, is_armed: false }));
        let history = history_file(seat);
        // A history that cannot be read is begun anew.
        let _ = editor.load_history(&history);
        Input::Person(Box::new(Person { editor, history }))
    }

    /// Reads the next whole entry.
    pub fn next(&mut self, session: &Session) -> Typed {
        match self {
            Input::Person(person) => person.next(session, ""),
            Input::Pipe => from_pipe(),
        }
    }

    /// Reads the next entry from a text that is already there to be edited.
    pub fn edit(&mut self, session: &Session, text: &str) -> Typed {
        match self {
            Input::Person(person) => person.next(session, text),
            Input::Pipe => Typed::Cancelled,
        }
    }

    /// Keeps what was typed for later sessions, unless it looks as if it held a secret.
    pub fn keep(&mut self, session: &Session, text: &str) {
        if let Input::Person(person) = self
            && !secretive::looks_secret(text)
            && person.editor.add_history_entry(session.run.redactor().clean(text).into_owned()).is_ok()
        {
            let _ = person.editor.save_history(&person.history);
        }
    }

    /// How many lines the terminal has.
    pub fn rows(&mut self) -> Option<usize> {
        match self {
            Input::Person(person) => person.editor.dimensions().map(|(_, rows)| rows.into()),
            Input::Pipe => None,
        }
    }
}

impl Person {
    fn next(&mut self, session: &Session, text: &str) -> Typed {
        if let Some(helper) = self.editor.helper_mut() {
            helper.is_armed = session.is_armed();
        }
        match self.editor.readline_with_initial(session.prompt().as_str(), (text, "")) {
            Ok(typed) => Typed::Text(typed),
            Err(ReadlineError::Interrupted) => Typed::Cancelled,
            Err(_) => Typed::Over,
        }
    }
}

fn from_pipe() -> Typed {
    let mut text = String::new();
    loop {
        match std::io::stdin().read_line(&mut text) {
            Ok(0) if text.is_empty() => return Typed::Over,
            Ok(0) => return Typed::Text(text),
            Ok(_) if text.starts_with(':') || !Session::is_incomplete(&text) => return Typed::Text(text),
            Ok(_) => {}
            // What is no text ends it: nobody can tell what was meant.
            Err(_) => return Typed::Over,
        }
    }
}

/// The run that completion looks through: it changes nothing, and tells nobody anything.
fn looker(seat: &Arc<Seat>, runtime: &Runtime) -> Arc<Run> {
    Run::begin(Beginning {
        id: random_id(),
        environment: seat.environment.clone(),
        journal: None,
        replay: Replay::default(),
        approved: std::collections::BTreeSet::new(),
        may_change: false,
        direction: Direction::Forward,
        until: None,
        memory: Some(seat.identities.clone()),
        runtime: runtime.handle().clone(),
        listener: Box::new(Deaf),
        asker: None,
        claim: Claim::default(),
    })
}

/// The history of this environment, which only its owner can read.
fn history_file(seat: &Seat) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' };
    let file = seat.history.join(seat.environment.name.chars().map(plain).collect::<String>());
    let _ = std::fs::create_dir_all(&seat.history);
    // Made before the editor would make it, for its permissions.
    let _ = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&file);
    file
}
