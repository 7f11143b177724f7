//! The secrets that a run knows, found in a text at a cost that does not grow with their number.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

/// Shorter values are not kept: cutting them out would garble ordinary words. It is also what secrets are found by.
pub(super) const SHORTEST: usize = 8;

/// Secrets by the bytes that they begin with, the longest first among those that begin alike.
#[derive(Default)]
pub(super) struct Known(HashMap<[u8; SHORTEST], Vec<Zeroizing<String>>>);

impl Known {
    /// Keeps a secret, if it is long enough.
    pub(super) fn insert(&mut self, secret: &str) {
        let Some(beginning) = secret.as_bytes().first_chunk() else { return };
        let alike = self.0.entry(*beginning).or_default();
        if !alike.iter().any(|known| **known == *secret) {
            let at = alike.partition_point(|known| known.len() >= secret.len());
            alike.insert(at, Zeroizing::new(secret.to_owned()));
        }
    }

    /// Where secrets stand in `text`, from the first on; those that overlap are one.
    pub(super) fn within(&self, text: &str) -> Vec<Range<usize>> {
        let bytes = text.as_bytes();
        let mut found: Vec<Range<usize>> = Vec::new();
        for (at, window) in bytes.windows(SHORTEST).enumerate() {
            let alike = window.first_chunk().and_then(|beginning| self.0.get(beginning));
            let is_there = |secret: &&Zeroizing<String>| bytes[at..].starts_with(secret.as_bytes());
            let Some(longest) = alike.and_then(|alike| alike.iter().find(is_there)) else { continue };
            let end = at + longest.len();
            match found.last_mut() {
                Some(last) if at < last.end => last.end = last.end.max(end),
                _ => found.push(at..end),
            }
        }
        found
    }
}

/// How many there are, and none of them.
impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.0.values().map(Vec::len).sum::<usize>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a text that are secrets.
    fn found<'a>(known: &Known, text: &'a str) -> Vec<&'a str> {
        known.within(text).into_iter().map(|part| &text[part]).collect()
    }

    fn known(secrets: &[&str]) -> Known {
        let mut known = Known::default();
        for secret in secrets {
            known.insert(secret);
        }
        known
    }

    #[test]
    fn each_place_is_found_and_the_longest_secret_there() {
        let known = known(&["canary-1", "canary-1-and-more", "canary-1-and", "canary-1-and-more", "short"]);
        assert_eq!(found(&known, "canary-1-and-more, canary-1 short"), ["canary-1-and-more", "canary-1"]);
        assert!(found(&known, "canary-").is_empty());
        assert_eq!(found(&known, "é canary-1é"), ["canary-1"]);
        assert_eq!(format!("{known:?}"), "3 secrets");
    }

    #[test]
    fn secrets_that_overlap_leave_nothing_of_either() {
        let known = known(&["abcdefgh-1", "gh-1-ijkl", "ijkl-mnop"]);
        assert_eq!(found(&known, "x abcdefgh-1-ijkl-mnop y"), ["abcdefgh-1-ijkl-mnop"]);
        assert_eq!(found(&known, "abcdefgh-1abcdefgh-1"), ["abcdefgh-1", "abcdefgh-1"]);
    }
}
