//! Which objects of a kind a call means: by label, by field, in one namespace or in all.

use std::fmt;

use rhai::{Dynamic, Map};
use serde_json::Value;

use crate::options::Options;
use crate::problem::Problem;

/// The keys of the options that select.
pub const KEYS: [&str; 3] = ["labels", "fields", "all_namespaces"];

/// Which objects of a kind are meant; all of the handle's namespace by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The label selector, as the API takes it.
    pub labels: Option<String>,
    /// The field selector.
    pub fields: Option<String>,
    /// Whether every namespace is meant.
    pub all_namespaces: bool,
}

impl Selection {
    /// Reads `labels` and `fields`, each a text as the API takes it or a map of what must be equal, and
    /// `all_namespaces`.
    ///
    /// Errors: `bad_argument`.
    pub fn read(options: &Options) -> Result<Self, Problem> {
        Ok(Self {
            labels: selector(options, "labels")?,
            fields: selector(options, "fields")?,
            all_namespaces: options.flag("all_namespaces")?,
        })
    }

    /// Whether it is sure, without asking the server, that an object is among those meant.
    ///
    /// Told so of a name and of labels that must be equal; of other selectors nothing is sure.
    #[must_use]
    pub fn surely_takes(&self, object: &Value) -> bool {
        let metadata = &object["metadata"];
        let holds = |selector: &Option<String>, value_of: &dyn Fn(&str) -> Option<Value>| {
            selector.iter().flat_map(|selector| selector.split(',')).all(|part| {
                let (name, wanted) = part.split_once('=').unwrap_or((part, ""));
                value_of(name.trim()).is_some_and(|value| value == wanted.trim_start_matches('=').trim())
            })
        };
        holds(&self.labels, &|name| metadata["labels"].get(name).cloned())
            && holds(&self.fields, &|name| (name == "metadata.name").then(|| metadata["name"].clone()))
    }

    /// Selects the one object called `name`.
    #[must_use]
    pub fn one(name: &str) -> Self {
        Self { fields: Some(format!("metadata.name={name}")), ..Self::default() }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let selectors: Vec<&str> =
            [&self.labels, &self.fields].into_iter().flatten().map(String::as_str).collect();
        if selectors.is_empty() { Ok(()) } else { write!(f, " with {}", selectors.join(" and ")) }
    }
}

fn selector(options: &Options, key: &str) -> Result<Option<String>, Problem> {
    let wrong = || options.wrong(key, "a selector such as \"app=etcd\", or a map such as #{app: \"etcd\"}");
    let Some(value) = options.any(key) else { return Ok(None) };
    let Some(map) = value.clone().try_cast::<Map>() else {
        return value.into_string().map(Some).map_err(|_| wrong());
    };
    let pair = |(name, value): (_, Dynamic)| value.into_string().map(|value| format!("{name}={value}"));
    let pairs = map.into_iter().map(pair).collect::<Result<Vec<String>, _>>().map_err(|_| wrong())?;
    Ok(Some(pairs.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare::{Effect, Function};

    static FUNCTION: Function =
        Function { signature: "oc_list(options: map)", effect: Effect::Read, doc: "" };

    fn read(key: &str, value: Dynamic) -> Result<Selection, Problem> {
        Selection::read(&Options::read(&FUNCTION, Map::from([(key.into(), value)]), &KEYS).unwrap())
    }

    #[test]
    fn a_map_selects_what_is_equal_in_all_of_it() {
        let map = Map::from([("app".into(), "etcd".into()), ("tier".into(), "control".into())]);
        let selection = read("labels", map.into()).unwrap();
        assert_eq!(selection.labels.as_deref(), Some("app=etcd,tier=control"));
        assert_eq!(selection.to_string(), " with app=etcd,tier=control");
    }

    #[test]
    fn a_text_is_taken_as_the_api_takes_it() {
        let selection = read("labels", "app in (etcd, api), !old".into()).unwrap();
        assert_eq!(selection.labels.as_deref(), Some("app in (etcd, api), !old"));
        assert_eq!(read("fields", 3_i64.into()).unwrap_err().kind, "bad_argument");
    }
}
