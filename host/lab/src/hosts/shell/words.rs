//! Reads the words of shell lines: quotes, variables, and what commands print.

use super::parse::{OPERATORS, Parsed, Parser};
use super::syntax::{Piece, Value, Word};

impl Parser {
    pub(super) fn name(&mut self) -> String {
        let start = self.at;
        let fits = |letter: char, first: bool| {
            letter == '_' || letter.is_ascii_alphabetic() || !first && letter.is_ascii_digit()
        };
        while self.peek().is_some_and(|letter| fits(letter, self.at == start)) {
            self.at += 1;
        }
        self.letters[start..self.at].iter().collect()
    }

    pub(super) fn word(&mut self) -> Parsed<Word> {
        self.word_until(OPERATORS)
    }

    fn word_until(&mut self, ends: &str) -> Parsed<Word> {
        let mut word = Word::new();
        while let Some(letter) = self.peek() {
            if ends.contains(letter) {
                break;
            }
            self.at += 1;
            match letter {
                '\'' => word.push(text(self.until_quote()?, true)),
                '"' => self.double_quoted(&mut word)?,
                '\\' => match self.peek() {
                    Some('\n') => self.at += 1,
                    Some(next) => {
                        self.at += 1;
                        word.push(text(next.to_string(), true));
                    }
                    None => word.push(text("\\".to_owned(), true)),
                },
                '$' => word.push(self.dollar(false)?),
                '`' => return Err("command substitution with ` is not played; use $()".to_owned()),
                other => word.push(text(other.to_string(), false)),
            }
        }
        Ok(word)
    }

    fn until_quote(&mut self) -> Parsed<String> {
        let start = self.at;
        while self.peek().is_some_and(|letter| letter != '\'') {
            self.at += 1;
        }
        if self.peek().is_none() {
            return Err("unexpected EOF while looking for matching `''".to_owned());
        }
        self.at += 1;
        Ok(self.letters[start..self.at - 1].iter().collect())
    }

    fn double_quoted(&mut self, word: &mut Word) -> Parsed<()> {
        word.push(text(String::new(), true));
        loop {
            let Some(letter) = self.peek() else {
                return Err("unexpected EOF while looking for matching `\"'".to_owned());
            };
            self.at += 1;
            match letter {
                '"' => return Ok(()),
                '\\' if self.peek().is_some_and(|next| "$`\"\\\n".contains(next)) => {
                    let next = self.letters[self.at];
                    self.at += 1;
                    if next != '\n' {
                        word.push(text(next.to_string(), true));
                    }
                }
                '$' => word.push(self.dollar(true)?),
                other => word.push(text(other.to_string(), true)),
            }
        }
    }

    /// What stands after a `$`.
    fn dollar(&mut self, quoted: bool) -> Parsed<Piece> {
        if self.ahead("((") {
            return Err("arithmetic is not played".to_owned());
        }
        if self.take("(") {
            let list = self.list(&[])?;
            self.expect(")")?;
            return Ok(Piece { value: Value::Output(list), quoted });
        }
        if self.take("{") {
            let name = self.parameter();
            if !name.is_empty() && self.take("%") {
                let end = self.word_until("}")?;
                if !self.take("}") {
                    return Err("bad substitution".to_owned());
                }
                return Ok(Piece { value: Value::WithoutEnd(name, end), quoted });
            }
            if self.ahead(":?") {
                // What is said where the variable is empty: nothing that is played leaves it so.
                self.word_until("}")?;
            }
            let empty_too = self.take(":");
            let otherwise = if self.take("-") { Some((empty_too, self.word_until("}")?)) } else { None };
            if name.is_empty() || !self.take("}") {
                return Err("bad substitution".to_owned());
            }
            return Ok(Piece { value: Value::Variable(name, otherwise), quoted });
        }
        let name = self.parameter();
        if name.is_empty() {
            return Ok(text("$".to_owned(), true));
        }
        Ok(Piece { value: Value::Variable(name, None), quoted })
    }

    fn parameter(&mut self) -> String {
        match self.peek() {
            Some(letter) if letter.is_ascii_digit() || "?$!#@*".contains(letter) => {
                self.at += 1;
                letter.to_string()
            }
            _ => self.name(),
        }
    }
}

fn text(text: String, quoted: bool) -> Piece {
    Piece { value: Value::Text(text), quoted }
}
