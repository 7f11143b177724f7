//! The names that HyperShift makes from other names.

use sha2::{Digest, Sha256};

/// The namespace of the control plane of the hosted cluster `namespace/name`: dots become dashes.
///
/// ```
/// use drsh_lab::actors::names::control_plane_namespace;
/// assert_eq!(control_plane_namespace("clusters", "demo.one"), "clusters-demo-one");
/// ```
#[must_use]
pub fn control_plane_namespace(namespace: &str, name: &str) -> String {
    format!("{namespace}-{name}").replace('.', "-")
}

/// Eight characters that follow from `text`, as operators put them behind names.
#[must_use]
pub fn short_hash(text: &str) -> String {
    digest(text)[..8].to_owned()
}

/// A UUID that follows from `text`, for ids that somebody chose once and wrote down.
#[must_use]
pub fn uuid_of(text: &str) -> String {
    let hex = digest(text);
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

/// Five letters and digits that follow from `text`, as generated names end with.
#[must_use]
pub fn suffix_of(text: &str) -> String {
    // The alphabet of Kubernetes' generated names: no vowels, so that no words appear.
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    Sha256::digest(text)
        .iter()
        .take(5)
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))
        .collect()
}

fn digest(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_their_text_and_differ_with_it() {
        assert_eq!(short_hash("demo-a"), short_hash("demo-a"));
        assert_ne!(short_hash("demo-a"), short_hash("demo-b"));
        assert_eq!(suffix_of("demo-a").len(), 5);
        assert_eq!(uuid_of("demo").len(), 36);
    }
}
