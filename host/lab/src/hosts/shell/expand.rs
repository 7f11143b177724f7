//! How words become arguments: variables, output of commands, splitting, file names.

use futures::future::BoxFuture;

use super::super::stream::{Input, Output};
use super::syntax::{List, Piece, Value, Word};
use super::{Flow, Shell, matches};

/// A part of an argument that is being made; what was quoted is no pattern.
#[derive(Default)]
struct Field {
    text: String,
    /// The same with what was quoted made plain for patterns.
    pattern: String,
    has_pattern: bool,
    exists: bool,
}

impl Field {
    fn push(&mut self, text: &str, quoted: bool) {
        self.exists |= quoted || !text.is_empty();
        self.text += text;
        for letter in text.chars() {
            if "*?[\\".contains(letter) {
                if quoted || letter == '\\' {
                    self.pattern.push('\\');
                } else {
                    self.has_pattern = true;
                }
            }
            self.pattern.push(letter);
        }
    }
}

impl Shell {
    /// The arguments that `words` stand for.
    pub(super) async fn fields(&mut self, words: &[Word]) -> Vec<String> {
        let mut all = Vec::new();
        for word in words {
            for field in self.split(word).await {
                let names = if field.has_pattern { self.file_names(&field.pattern) } else { Vec::new() };
                if names.is_empty() {
                    all.push(field.text);
                } else {
                    all.extend(names);
                }
            }
        }
        all
    }

    /// The one text that `word` stands for, as where something is assigned.
    pub(super) fn text<'a>(&'a mut self, word: &'a [Piece]) -> BoxFuture<'a, String> {
        Box::pin(async move {
            let mut text = String::new();
            for piece in word {
                text += &self.value(&piece.value).await;
            }
            text
        })
    }

    async fn split(&mut self, word: &[Piece]) -> Vec<Field> {
        let mut fields = Vec::new();
        let mut field = Field::default();
        for piece in word {
            if matches!(&piece.value, Value::Variable(name, None) if piece.quoted && name == "@") {
                for (at, argument) in self.arguments.iter().skip(1).enumerate() {
                    if at > 0 {
                        fields.push(std::mem::take(&mut field));
                    }
                    field.push(argument, true);
                }
                continue;
            }
            let value = self.value(&piece.value).await;
            if piece.quoted || matches!(piece.value, Value::Text(_)) {
                field.push(&value, piece.quoted);
                continue;
            }
            let parts: Vec<&str> = value.split([' ', '\t', '\n']).collect();
            for (at, part) in parts.iter().enumerate() {
                if at > 0 && field.exists {
                    fields.push(std::mem::take(&mut field));
                }
                field.push(part, false);
            }
        }
        if field.exists {
            fields.push(field);
        }
        fields
    }

    async fn value(&mut self, value: &Value) -> String {
        match value {
            Value::Text(text) => text.clone(),
            Value::Output(list) => self.output(list).await,
            Value::WithoutEnd(name, end) => {
                let pattern = self.text(end).await;
                let whole = self.variable(name).unwrap_or_default();
                let mut cuts = whole.char_indices().map(|(at, _)| at).chain([whole.len()]).rev();
                // The shortest end that fits goes.
                let cut = cuts.find(|at| matches(&pattern, &whole[*at..]));
                whole[..cut.unwrap_or(whole.len())].to_owned()
            }
            Value::Variable(name, otherwise) => {
                let found = self.variable(name);
                match otherwise {
                    Some((empty_too, word)) if found.as_ref().is_none_or(|v| *empty_too && v.is_empty()) => {
                        self.text(word).await
                    }
                    _ => found.unwrap_or_default(),
                }
            }
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "?" => Some(self.status.to_string()),
            "$" => Some(self.call.origin.parent.to_string()),
            "!" => self.last_background.map(|id| id.to_string()),
            "#" => Some(self.arguments.len().saturating_sub(1).to_string()),
            "@" | "*" => Some(self.arguments.iter().skip(1).cloned().collect::<Vec<_>>().join(" ")),
            "PWD" => Some(self.call.view.folder().to_owned()),
            _ => match name.parse::<usize>() {
                Ok(at) => self.arguments.get(at).cloned(),
                Err(_) => self.variables.get(name).cloned(),
            },
        }
    }

    /// What a command prints, without the ends of lines at its end.
    async fn output(&mut self, list: &List) -> String {
        let (writer, reader) = tokio::io::duplex(super::PIPE);
        let mut shell = self.copy();
        shell.call.streams.stdout = Output::wire(writer);
        // What it left in the background is waited for too, as long as that holds the pipe.
        let all = async move {
            match shell.list(list).await {
                Err(Flow::Exit(end)) => end.map_or_else(super::Exit::code, |()| 0),
                _ => shell.status,
            }
        };
        let reader = Input::wire(reader);
        let (status, bytes) = tokio::join!(all, reader.read_all());
        self.status = status;
        String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned()
    }

    /// The names of the files that fit a pattern, in order.
    fn file_names(&self, pattern: &str) -> Vec<String> {
        let absolute = pattern.starts_with('/');
        let mut found = vec![if absolute { "/".to_owned() } else { String::new() }];
        for part in pattern.split('/').filter(|part| !part.is_empty()) {
            let mut next = Vec::new();
            for folder in &found {
                let place = if folder.is_empty() { "." } else { folder };
                let names = self.call.view.list(place).unwrap_or_default();
                let fitting = names
                    .into_iter()
                    .map(|(name, _)| name)
                    .filter(|name| matches(part, name) && (!name.starts_with('.') || part.starts_with('.')));
                let slash = if folder.is_empty() || folder.ends_with('/') { "" } else { "/" };
                next.extend(fitting.map(|name| format!("{folder}{slash}{name}")));
            }
            found = next;
        }
        found
    }
}
