//! Lines that look as if they held a secret: no file keeps them.

/// Words that a secret is likely to be given to.
const WORDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "private_key",
    "access_key",
    "credential",
    "bearer",
];

/// Whether a line gives a text to something that is called like a secret, or holds a key.
#[must_use]
pub fn looks_secret(line: &str) -> bool {
    let small = line.to_lowercase();
    if small.contains("-----begin") || small.contains("authorization:") {
        return true;
    }
    WORDS.iter().any(|word| {
        small.match_indices(word).any(|(at, _)| {
            let rest = small[at + word.len()..]
                .trim_start_matches(|c: char| c.is_alphanumeric() || "_\"'` ".contains(c));
            let Some(value) = rest.strip_prefix([':', '=']) else { return false };
            value.trim_start_matches([' ', '=']).starts_with(['"', '\'', '`'])
        })
    })
}

#[cfg(test)]
mod tests {
    use super::looks_secret;

    #[test]
    fn what_is_given_to_a_secret_is_told_from_what_only_names_one() {
        for line in [
            "let password = \"hunter2\";",
            "let my_token=`abc`",
            "oc_create(c, #{ stringData: #{ \"api_key\": \"abc\" } })",
            "let x = #{ Secret_Access: 'a' };",
            "let k = `-----BEGIN RSA PRIVATE KEY-----`",
        ] {
            assert!(looks_secret(line), "{line}");
        }
        for line in [
            "oc_get(cluster(\"source\"), \"secret/pull-secret\")",
            "let secrets = oc_list(c, \"secrets\");",
            "let secret = oc_get(c, \"secret/a\");",
        ] {
            assert!(!looks_secret(line), "{line}");
        }
    }
}
