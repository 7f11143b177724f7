//! Names: which ones are allowed, and how one is made from a prefix.

use uuid::Uuid;

use crate::apiserver::kinds::Kind;

const SUBDOMAIN: &str = r"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/// Says what is wrong with `name` as the name of an object of this kind, if anything is.
pub fn problem(kind: &Kind, name: &str) -> Option<&'static str> {
    if kind.group == "rbac.authorization.k8s.io" || kind.group == "certificates.k8s.io" {
        // RBAC and signing requests allow anything that can stand in a path.
        return match name {
            "." => Some("may not be '.'"),
            ".." => Some("may not be '..'"),
            _ if name.contains('/') => Some("may not contain '/'"),
            _ => name.contains('%').then_some("may not contain '%'"),
        };
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if kind.is("", "Namespace") {
        if name.contains('.') {
            return Some("must not contain dots");
        }
        if name.len() > 63 {
            return Some("must be no more than 63 characters");
        }
    }
    if name.len() > 253 {
        return Some("must be no more than 253 characters");
    }
    (!name.split('.').all(label)).then_some(SUBDOMAIN)
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

    fn kind(group: &str, kind: &str) -> Kind {
        Kind { group: group.to_owned(), kind: kind.to_owned(), ..Kind::default() }
    }

    #[test]
    fn a_name_is_a_subdomain() {
        let pod = kind("", "Pod");
        assert_eq!(problem(&pod, "etcd-0.demo"), None);
        for bad in ["Demo", "a_b", "-a", "a-", "a..b", "a/b"] {
            assert!(problem(&pod, bad).is_some(), "{bad}");
        }
        let role = kind("rbac.authorization.k8s.io", "Role");
        assert_eq!(problem(&role, "system:node"), None);
        assert!(problem(&role, "a/b").is_some());
        assert!(problem(&kind("", "Namespace"), "a.b").is_some());
    }

    #[test]
    fn generated_names_begin_with_the_prefix_and_differ() {
        let (one, other) = (generated("pod-"), generated("pod-"));
        assert!(one.starts_with("pod-") && one.len() == 9);
        assert_ne!(one, other);
        assert_eq!(problem(&kind("", "Pod"), &one), None);
    }
}
