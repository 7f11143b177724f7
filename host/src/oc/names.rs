//! How scripts name objects, `hc/demo`, and what they may have meant by a name that is not known.

use std::fmt;

use crate::problem::Problem;

/// One object, as scripts name it: kind and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct What {
    /// The kind, as people say it.
    pub kind: String,
    /// The name.
    pub name: String,
}

impl What {
    /// Reads `hc/demo` or `hostedclusters.hypershift.openshift.io/demo`.
    ///
    /// Errors: `bad_argument`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let wrong = |why: &str| {
            Problem::new("bad_argument", format!("`{text}` does not name an object: {why}"))
                .hint("write kind and name as in `hc/demo` or `deployments.apps/kube-apiserver`")
        };
        let (kind, name) =
            text.split_once('/').ok_or_else(|| wrong("it has no `/` between kind and name"))?;
        if kind.is_empty() {
            return Err(wrong("its kind is empty"));
        }
        if !is_name(name) {
            return Err(wrong(&format!("`{name}` cannot be a name")));
        }
        Ok(Self { kind: kind.to_owned(), name: name.to_owned() })
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// Whether the API could take `name` as the name of any object: it must stay one segment of a path.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '_' | '@' | '~');
    !name.is_empty() && name.len() <= 253 && name != "." && name != ".." && name.chars().all(fits)
}

/// Finds the known name that is nearest to `name`, if one is near enough to be meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_ascii_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&wanted, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_and_name_are_told_apart() {
        let what = What::parse("hostedclusters.hypershift.openshift.io/demo").unwrap();
        assert_eq!(
            (what.kind.as_str(), what.name.as_str()),
            ("hostedclusters.hypershift.openshift.io", "demo")
        );
        assert_eq!(What::parse("clusterrole/system:admin").unwrap().name, "system:admin");
    }

    #[test]
    fn a_name_that_would_lead_elsewhere_is_refused() {
        for wrong in ["demo", "hc/", "/demo", "hc/..", "hc/a/b", "hc/a?x=1", "hc/a%2fb", "hc/a b"] {
            assert_eq!(What::parse(wrong).unwrap_err().kind, "bad_argument", "{wrong}");
        }
    }

    #[test]
    fn a_slip_of_the_finger_is_recognized_and_a_stranger_is_not() {
        assert_eq!(nearest("soruce", ["source", "destination"]), Some("source"));
        assert_eq!(nearest("hostedcluters", ["hostedclusters", "nodepools"]), Some("hostedclusters"));
        assert_eq!(nearest("xyz", ["source", "destination"]), None);
    }
}
