//! Names of records, as people write them.

/// Makes a name comparable: lower case, without the last dot, Route53's octal escapes read (`\052` is `*`).
pub(super) fn plain(name: &str) -> String {
    let name = name.strip_suffix('.').unwrap_or(name);
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        if let Some(code) = escape.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            plain.push(char::from(code));
            rest = &escape[3..];
        } else {
            plain.push('\\');
            rest = escape;
        }
    }
    plain.push_str(rest);
    plain.to_ascii_lowercase()
}

/// Whether `name` is `domain` or a name beneath it; both are plain.
pub(super) fn is_under(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_people_write_it() {
        for (written, meant) in [
            ("api.demo.hc.lab.", "api.demo.hc.lab"),
            ("\\052.apps.demo.hc.lab.", "*.apps.demo.hc.lab"),
            ("API.Demo.HC.lab", "api.demo.hc.lab"),
            ("a\\100b.lab.", "a@b.lab"),
            ("odd\\9.lab", "odd\\9.lab"),
            ("end\\", "end\\"),
            ("", ""),
        ] {
            assert_eq!(plain(written), meant, "{written}");
        }
    }

    #[test]
    fn a_domain_takes_in_itself_and_what_is_beneath_it_and_no_namesake() {
        for name in ["demo.hc.lab", "api.demo.hc.lab", "*.apps.demo.hc.lab"] {
            assert!(is_under(name, "demo.hc.lab"), "{name}");
        }
        for name in [
            "mydemo.hc.lab",
            "demo-2.hc.lab",
            "api.demo-2.hc.lab",
            "hc.lab",
            "demoxhc.lab",
            "api.xdemo.hc.lab",
        ] {
            assert!(!is_under(name, "demo.hc.lab"), "{name}");
        }
    }
}
