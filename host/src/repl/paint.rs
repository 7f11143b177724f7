//! Colours for what is typed.

use std::fmt::Write as _;

const KEYWORDS: &[&str] = &[
    "let", "const", "if", "else", "for", "while", "loop", "do", "until", "in", "fn", "return", "break",
    "continue", "switch", "throw", "try", "catch", "import", "as", "true", "false", "this", "private",
];

/// Paints a line; `is_known` tells the names that can be called.
pub fn painted(line: &str, is_known: impl Fn(&str) -> bool) -> String {
    let mut done = String::with_capacity(line.len() * 2);
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (length, colour) = match first {
            '/' if rest.starts_with("//") => (rest.len(), Some(90)),
            '"' | '`' => (text_length(rest, first), Some(32)),
            c if c.is_ascii_digit() => {
                (while_length(rest, |c| c.is_ascii_alphanumeric() || c == '_'), Some(36))
            }
            c if c.is_alphabetic() || c == '_' => {
                let length = while_length(rest, |c| c.is_alphanumeric() || c == '_');
                let word = &rest[..length];
                (length, if KEYWORDS.contains(&word) { Some(35) } else { is_known(word).then_some(34) })
            }
            c => (c.len_utf8(), None),
        };
        let (piece, after) = rest.split_at(length);
        match colour {
            Some(colour) => drop(write!(done, "\x1b[{colour}m{piece}\x1b[0m")),
            None => done.push_str(piece),
        }
        rest = after;
    }
    done
}

fn while_length(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

/// The length of a text with its quotes; all that is left where it is not closed.
fn text_length(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            letter if letter == quote => return at + letter.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::painted;

    #[test]
    fn colours_change_nothing_else() {
        for line in ["let a = oc_get(\"x\\\"é\", 5) // end", "`${a}", "é\"", ""] {
            let painted = painted(line, |word| word == "oc_get");
            let mut plain = String::new();
            for (number, piece) in painted.split('\x1b').enumerate() {
                plain.push_str(if number == 0 { piece } else { piece.split_once('m').unwrap().1 });
            }
            assert_eq!(plain, line);
        }
    }
}
