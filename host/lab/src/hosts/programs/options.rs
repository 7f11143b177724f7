//! The options of a command line, as getopt reads them.

use super::super::call::Call;

/// What was said with options, and the words that are none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    given: Vec<(String, String)>,
    /// The words that are no options.
    pub(super) words: Vec<String>,
}

impl Options {
    /// Reads the words of a call; the options `with_value` take one, which may be the next word.
    pub(super) fn of(call: &Call, with_value: &[&str]) -> Self {
        Self::read(call.words(), with_value)
    }

    pub(super) fn read(arguments: &[String], with_value: &[&str]) -> Self {
        let mut options = Self::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                options.words.extend(words.by_ref().cloned());
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, value) = match long.split_once('=') {
                    Some((name, value)) => (name, value.to_owned()),
                    None if with_value.contains(&long) => (long, words.next().cloned().unwrap_or_default()),
                    None => (long, String::new()),
                };
                options.given.push((name.to_owned(), value));
            } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                for (at, letter) in letters.char_indices() {
                    let name = letter.to_string();
                    if with_value.contains(&name.as_str()) {
                        let rest = &letters[at + letter.len_utf8()..];
                        let value =
                            if rest.is_empty() { words.next().cloned() } else { Some(rest.to_owned()) };
                        options.given.push((name, value.unwrap_or_default()));
                        break;
                    }
                    options.given.push((name, String::new()));
                }
            } else {
                options.words.push(word.clone());
            }
        }
        options
    }

    /// Whether any of these options was given.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.given.iter().any(|(name, _)| names.contains(&name.as_str()))
    }

    /// The value of the last of these options.
    pub(super) fn value(&self, names: &[&str]) -> Option<&str> {
        let given = self.given.iter().rev().find(|(name, _)| names.contains(&name.as_str()));
        given.map(|(_, value)| value.as_str())
    }

    /// The values of these options, in their order.
    pub(super) fn values<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a str> {
        let given = self.given.iter().filter(|(name, _)| names.contains(&name.as_str()));
        given.map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_together_with_values_and_end_at_two_dashes() {
        let words = ["-Tfk", "5", "--mode=0600", "--name", "x", "a", "--", "-b"].map(str::to_owned);
        let options = Options::read(&words, &["k", "name"]);
        assert!(options.has(&["T"]) && options.has(&["f"]) && !options.has(&["b"]));
        assert_eq!((options.value(&["k"]), options.value(&["mode", "m"])), (Some("5"), Some("0600")));
        assert_eq!(
            (options.value(&["name"]), options.words.clone()),
            (Some("x"), vec!["a".to_owned(), "-b".to_owned()])
        );
    }
}
