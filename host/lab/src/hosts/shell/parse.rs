//! Reads shell lines: the part of the POSIX language that people and programs send over SSH.

use super::syntax::{Body, Command, How, Item, List, Pipeline, Redirection};

/// Reads a whole script.
///
/// Errors: what is wrong, in the words of a shell.
pub fn parse(text: &str) -> Result<List, String> {
    let mut parser = Parser { letters: text.chars().collect(), at: 0 };
    let list = parser.list(&[])?;
    match parser.peek() {
        None => Ok(list),
        Some(letter) => Err(unexpected(letter)),
    }
}

pub(super) struct Parser {
    pub(super) letters: Vec<char>,
    pub(super) at: usize,
}

pub(super) type Parsed<T> = Result<T, String>;

fn unexpected(what: impl std::fmt::Display) -> String {
    format!("syntax error near unexpected token `{what}'")
}

/// The letters that end a word.
pub(super) const OPERATORS: &str = " \t\n;&|<>()";

impl Parser {
    pub(super) fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    pub(super) fn ahead(&self, text: &str) -> bool {
        self.letters[self.at..].iter().copied().take(text.len()).eq(text.chars())
    }

    pub(super) fn take(&mut self, text: &str) -> bool {
        let found = self.ahead(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Skips blanks and comments; with `lines`, also ends of lines.
    fn skip(&mut self, lines: bool) {
        while let Some(letter) = self.peek() {
            match letter {
                ' ' | '\t' => self.at += 1,
                '\n' if lines => self.at += 1,
                '\\' if self.ahead("\\\n") => self.at += 2,
                '#' => {
                    while self.peek().is_some_and(|letter| letter != '\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    /// The reserved word that comes next, if one of `words` does.
    fn reserved<'a>(&mut self, words: &[&'a str]) -> Option<&'a str> {
        let ends = |at: usize| self.letters.get(at).is_none_or(|letter| OPERATORS.contains(*letter));
        words.iter().find(|word| self.ahead(word) && ends(self.at + word.len())).copied()
    }

    pub(super) fn expect(&mut self, word: &str) -> Parsed<()> {
        self.skip(true);
        if self.reserved(&[word]).is_some() || word == ")" && self.peek() == Some(')') {
            self.at += word.len();
            return Ok(());
        }
        match self.peek() {
            Some(letter) => Err(unexpected(letter)),
            None => Err("syntax error: unexpected end of file".to_owned()),
        }
    }

    /// A list up to one of the reserved words `ends`, to a closing parenthesis, or to the end.
    pub(super) fn list(&mut self, ends: &[&str]) -> Parsed<List> {
        let mut items = Vec::new();
        loop {
            self.skip(true);
            if self.peek().is_none_or(|letter| letter == ')') || self.reserved(ends).is_some() {
                return Ok(List(items));
            }
            let first = self.pipeline()?;
            let mut rest = Vec::new();
            loop {
                self.skip(false);
                let both = self.take("&&");
                if !both && !self.take("||") {
                    break;
                }
                self.skip(true);
                rest.push((both, self.pipeline()?));
            }
            let background = self.peek() == Some('&');
            items.push(Item { first, rest, background });
            match self.peek() {
                Some(';' | '&' | '\n') => self.at += 1,
                None | Some(')') => {}
                Some(letter) => return Err(unexpected(letter)),
            }
        }
    }

    fn pipeline(&mut self) -> Parsed<Pipeline> {
        self.skip(false);
        let negated = self.reserved(&["!"]).is_some();
        if negated {
            self.at += 1;
        }
        let mut commands = vec![self.command()?];
        loop {
            self.skip(false);
            if self.ahead("||") || !self.take("|") {
                return Ok(Pipeline { negated, commands });
            }
            self.skip(true);
            commands.push(self.command()?);
        }
    }

    fn command(&mut self) -> Parsed<Command> {
        self.skip(false);
        let body = if self.take("(") {
            let list = self.list(&[])?;
            self.expect(")")?;
            Body::Subshell(list)
        } else {
            match self.reserved(&["{", "if", "while", "until", "for"]) {
                Some(word) => {
                    self.at += word.len();
                    self.compound(word)?
                }
                None => return self.simple(),
            }
        };
        let mut redirections = Vec::new();
        self.skip(false);
        while let Some(redirection) = self.redirection()? {
            redirections.push(redirection);
            self.skip(false);
        }
        Ok(Command { body, redirections })
    }

    fn compound(&mut self, word: &str) -> Parsed<Body> {
        match word {
            "{" => {
                let list = self.list(&["}"])?;
                self.expect("}")?;
                Ok(Body::Group(list))
            }
            "if" => self.condition(),
            "for" => self.loop_over(),
            _ => {
                let condition = self.list(&["do"])?;
                Ok(Body::While(word == "until", condition, self.body_of_loop()?))
            }
        }
    }

    fn condition(&mut self) -> Parsed<Body> {
        let mut branches = Vec::new();
        loop {
            let condition = self.list(&["then"])?;
            self.expect("then")?;
            branches.push((condition, self.list(&["elif", "else", "fi"])?));
            if self.reserved(&["elif"]).is_none() {
                break;
            }
            self.expect("elif")?;
        }
        let mut otherwise = None;
        if self.reserved(&["else"]).is_some() {
            self.expect("else")?;
            otherwise = Some(self.list(&["fi"])?);
        }
        self.expect("fi")?;
        Ok(Body::If(branches, otherwise))
    }

    fn loop_over(&mut self) -> Parsed<Body> {
        self.skip(false);
        let name = self.name();
        self.skip(true);
        let mut words = None;
        if self.reserved(&["in"]).is_some() {
            self.expect("in")?;
            self.skip(false);
            let mut given = Vec::new();
            while self.peek().is_some_and(|letter| !OPERATORS.contains(letter)) {
                given.push(self.word()?);
                self.skip(false);
            }
            words = Some(given);
        }
        self.take(";");
        Ok(Body::For(name, words, self.body_of_loop()?))
    }

    fn body_of_loop(&mut self) -> Parsed<List> {
        self.expect("do")?;
        let list = self.list(&["done"])?;
        self.expect("done")?;
        Ok(list)
    }

    fn simple(&mut self) -> Parsed<Command> {
        let (mut assignments, mut words, mut redirections) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            self.skip(false);
            if let Some(redirection) = self.redirection()? {
                redirections.push(redirection);
                continue;
            }
            match self.peek() {
                None => break,
                Some(letter) if OPERATORS.contains(letter) => break,
                Some(_) => {}
            }
            let start = self.at;
            let name = self.name();
            if words.is_empty() && !name.is_empty() && self.take("=") {
                assignments.push((name, self.word()?));
                continue;
            }
            self.at = start;
            words.push(self.word()?);
        }
        if assignments.is_empty() && words.is_empty() && redirections.is_empty() {
            return Err(self.peek().map_or("syntax error: unexpected end of file".to_owned(), unexpected));
        }
        Ok(Command { body: Body::Simple(assignments, words), redirections })
    }

    fn redirection(&mut self) -> Parsed<Option<Redirection>> {
        let start = self.at;
        let given =
            self.peek().and_then(|letter| letter.to_digit(10)).and_then(|digit| u8::try_from(digit).ok());
        self.at += usize::from(given.is_some());
        let (how, usual) = if self.take(">>") {
            (How::Append, 1)
        } else if self.take(">&") {
            (How::Copy, 1)
        } else if self.take(">|") || self.take(">") {
            (How::Write, 1)
        } else if self.ahead("<<") {
            return Err("here-documents are not played".to_owned());
        } else if self.take("<&") {
            (How::Copy, 0)
        } else if self.take("<") {
            (How::Read, 0)
        } else {
            self.at = start;
            return Ok(None);
        };
        self.skip(false);
        let target = self.word()?;
        if target.is_empty() {
            return Err(unexpected("newline"));
        }
        Ok(Some(Redirection { stream: given.unwrap_or(usual), how, target }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::syntax::{Piece, Value};
    use super::*;

    fn words(line: &str) -> Vec<String> {
        let list = parse(line).unwrap();
        let Body::Simple(_, words) = &list.0[0].first.commands[0].body else { return Vec::new() };
        words.iter().map(|word| word.iter().map(plain).collect()).collect()
    }

    fn plain(piece: &Piece) -> String {
        match &piece.value {
            Value::Text(text) => text.clone(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn quotes_of_every_kind_keep_what_is_in_them() {
        assert_eq!(words(r"'it'\''s' '$(reboot)' 'a b' ''"), ["it's", "$(reboot)", "a b", ""]);
        assert_eq!(words(r#"echo "a \"b\" \c" d\ e # not this"#), ["echo", r#"a "b" \c"#, "d e"]);
        assert_eq!(words("'a\nb'"), ["a\nb"]);
    }

    #[test]
    fn lists_pipes_and_redirections_are_told_apart() {
        let list = parse("a=1 x >f 2>&1 | y && ! z || w; v &").unwrap();
        assert_eq!((list.0.len(), list.0[0].rest.len(), list.0[1].background), (2, 2, true));
        assert_eq!(list.0[0].first.commands.len(), 2);
        assert_eq!(list.0[0].first.commands[0].redirections.len(), 2);
        assert!(list.0[0].rest[0].1.negated);
    }

    #[test]
    fn loops_and_conditions_nest() {
        let text =
            "for f in a b; do\n  if test -e $f; then rm $f; else echo no; fi\ndone\nwhile x; do y; done";
        let list = parse(text).unwrap();
        assert!(
            matches!(&list.0[0].first.commands[0].body, Body::For(name, Some(words), _) if name == "f" && words.len() == 2)
        );
        assert!(matches!(list.0[1].first.commands[0].body, Body::While(false, ..)));
    }

    #[test]
    fn what_is_no_line_is_refused_in_the_words_of_a_shell() {
        assert_eq!(parse("echo 'a").unwrap_err(), "unexpected EOF while looking for matching `''");
        assert_eq!(parse("a && ").unwrap_err(), "syntax error: unexpected end of file");
        assert_eq!(parse("a )").unwrap_err(), "syntax error near unexpected token `)'");
        assert_eq!(parse("; a").unwrap_err(), "syntax error near unexpected token `;'");
    }
}
