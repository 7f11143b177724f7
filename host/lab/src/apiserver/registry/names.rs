//! Names: which ones are allowed, and how one is made from a prefix.

use uuid::Uuid;

/// Says what is wrong with `name` as the name of an object, if anything is.
pub fn problem(name: &str, colons_allowed: bool) -> Option<&'static str> {
    if colons_allowed {
        // RBAC and signing requests allow anything that can stand in a path.
        let bad = name == "." || name == ".." || name.contains(['/', '%']);
        return bad.then_some("may not be '.' or '..' and may not contain '/' or '%'");
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() > 253 {
        return Some("must be no more than 253 bytes");
    }
    (!name.split('.').all(label)).then_some(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
         and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    )
}

/// Makes a name from `prefix`, as the server does for `generateName`.
pub fn generated(prefix: &str) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let random = Uuid::new_v4().into_bytes();
    let kept: String = prefix.chars().take(58).collect();
    let suffix = random.iter().take(5).map(|&byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    kept.chars().chain(suffix).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_subdomain() {
        assert_eq!(problem("etcd-0.demo", false), None);
        for bad in ["Demo", "a_b", "-a", "a-", "a..b", "a/b"] {
            assert!(problem(bad, false).is_some(), "{bad}");
        }
        assert_eq!(problem("system:node", true), None);
        assert!(problem("a/b", true).is_some());
    }

    #[test]
    fn generated_names_begin_with_the_prefix_and_differ() {
        let (one, other) = (generated("pod-"), generated("pod-"));
        assert!(one.starts_with("pod-") && one.len() == 9);
        assert_ne!(one, other);
        assert_eq!(problem(&one, false), None);
    }
}
