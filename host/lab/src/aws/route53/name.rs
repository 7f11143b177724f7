//! DNS names as Route53 keeps them: lower case, absolute, ordered by their labels from the right.

use std::cmp::Ordering;
use std::fmt;

/// A fully qualified domain name, in lower case, with its final dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DnsName(String);

impl DnsName {
    /// Reads a name with or without its final dot; `\052` stands for `*`, as every octal escape does.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut name = unescape(text).to_ascii_lowercase();
        if !name.ends_with('.') {
            name.push('.');
        }
        Self(name)
    }

    /// The name with its final dot, unescaped.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as Route53 writes it in an answer: all but letters, digits, `-`, `_` and `.` in octal.
    #[must_use]
    pub fn escaped(&self) -> String {
        self.0.bytes().fold(String::with_capacity(self.0.len()), |mut text, byte| {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => text.push(char::from(byte)),
                other => {
                    text.push('\\');
                    text.extend([6, 3, 0].map(|shift| char::from(b'0' + ((other >> shift) & 7))));
                }
            }
            text
        })
    }

    /// Says whether this name is `zone` itself or lies below it.
    #[must_use]
    pub fn is_within(&self, zone: &DnsName) -> bool {
        self == zone || self.0.strip_suffix(&zone.0).is_some_and(|front| front.ends_with('.'))
    }

    fn labels_from_right(&self) -> impl Iterator<Item = &str> {
        self.0.trim_end_matches('.').rsplit('.')
    }
}

impl Ord for DnsName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.labels_from_right().cmp(other.labels_from_right())
    }
}

impl PartialOrd for DnsName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn unescape(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        name.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 4).and_then(|octal| u8::from_str_radix(octal, 8).ok());
        if let Some(byte) = code.filter(u8::is_ascii) {
            name.push(char::from(byte));
            rest = &rest[at + 4..];
        } else {
            name.push('\\');
            rest = &rest[at + 1..];
        }
    }
    name.push_str(rest);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_their_labels_from_the_right() {
        let mut names =
            ["b.a.example", "example", "a.b.example", "a.example", "*.a.example"].map(DnsName::new);
        names.sort();
        let sorted: Vec<_> = names.iter().map(DnsName::as_str).collect();
        assert_eq!(sorted, ["example.", "a.example.", "*.a.example.", "b.a.example.", "a.b.example."]);
    }

    #[test]
    fn a_wildcard_is_written_in_octal_and_read_either_way() {
        assert_eq!(DnsName::new("*.Apps.Lab").escaped(), "\\052.apps.lab.");
        assert_eq!(DnsName::new("\\052.apps.lab."), DnsName::new("*.apps.lab"));
    }

    #[test]
    fn a_name_that_only_ends_alike_is_not_within_the_zone() {
        assert!(DnsName::new("a.lab").is_within(&DnsName::new("lab")));
        assert!(DnsName::new("lab").is_within(&DnsName::new("lab")));
        assert!(!DnsName::new("collab").is_within(&DnsName::new("lab")));
    }
}
