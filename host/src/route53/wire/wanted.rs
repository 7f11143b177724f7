//! Which record sets a script asks for.

use std::fmt;

use super::name::{is_under, plain};

/// What a record set must be to count; what is not said holds for all.
#[derive(Debug, Clone, Default)]
pub(in crate::route53) struct Wanted {
    under: Option<String>,
    name: Option<String>,
    kind: Option<String>,
}

impl Wanted {
    pub(in crate::route53) fn new(under: Option<String>, name: Option<String>, kind: Option<String>) -> Self {
        let plain = |name: Option<String>| name.as_deref().map(plain);
        Self { under: plain(under), name: plain(name), kind: kind.map(|kind| kind.to_ascii_uppercase()) }
    }

    /// Whether a record set with this plain name and this type counts.
    pub(super) fn takes(&self, name: &str, kind: &str) -> bool {
        self.under.as_deref().is_none_or(|domain| is_under(name, domain))
            && self.name.as_deref().is_none_or(|wanted| wanted == name)
            && self.kind.as_deref().is_none_or(|wanted| wanted == kind)
    }

    /// The name that a listing can begin at: Route53 lists a domain before what is beneath it.
    pub(super) fn first(&self) -> Option<&str> {
        self.name.as_deref().or(self.under.as_deref())
    }

    /// Whether nothing after a record set with this plain name can count, once the listing began at [`Self::first`].
    pub(super) fn is_past(&self, name: &str) -> bool {
        self.first().is_some_and(|first| !is_under(name, first))
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.as_deref().unwrap_or("all"))?;
        f.write_str(" records")?;
        if let Some(name) = &self.name {
            write!(f, " of {name}")?;
        }
        if let Some(domain) = &self.under {
            write!(f, " under {domain}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_reads_like_a_sentence() {
        let text = |under: &str, kind: &str| {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            Wanted::new(some(under), None, some(kind)).to_string()
        };
        assert_eq!(text("Demo.hc.lab.", "txt"), "TXT records under demo.hc.lab");
        assert_eq!(text("", ""), "all records");
    }

    #[test]
    fn all_that_is_said_must_hold() {
        let wanted = Wanted::new(Some("demo.hc.lab".into()), None, Some("TXT".into()));
        assert!(wanted.takes("api.demo.hc.lab", "TXT"));
        assert!(!wanted.takes("api.demo.hc.lab", "A"));
        assert!(!wanted.takes("api.demo-2.hc.lab", "TXT"));
    }
}
