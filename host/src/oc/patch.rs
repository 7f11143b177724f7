//! What a script means by a patch: its form, by the type of the argument or by name.

use rhai::{Array, Dynamic, Map};
use serde_json::Value;

use crate::data::{self, Exposure};
use crate::options::Options;
use crate::problem::Problem;

/// The keys of a patch's options.
pub const KEYS: [&str; 3] = ["type", "subresource", "force"];

/// The form of a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Fields replace fields; `()` removes one (RFC 7386).
    Merge,
    /// A list of operations (RFC 6902).
    Json,
    /// Fields merge by the rules of the kind; built-in kinds only.
    Strategic,
    /// Fields are applied and held by drsh.
    Apply,
}

/// A patch on its way to the wire.
#[derive(Debug, Clone)]
pub struct PatchOf {
    /// Its form.
    pub form: Form,
    /// Its content; secrets stand in it.
    pub body: Value,
    /// Its content if it is for a Secret, whose data is written in base64.
    pub body_of_secret: Value,
    /// The subresource that it is for.
    pub subresource: Option<String>,
    /// Whether an applied patch takes over fields that others hold.
    pub force: bool,
}

impl PatchOf {
    /// Reads a patch and its options. Errors: `bad_argument`, `invalid`.
    pub fn read(patch: &Dynamic, options: &Options) -> Result<Self, Problem> {
        Ok(Self {
            form: Form::of(patch, options)?,
            body: data::to_json(patch, Exposure::Exposed)?,
            body_of_secret: data::secrets_to_json(patch)?,
            subresource: options.text("subresource")?,
            force: options.flag("force")?,
        })
    }
}

impl Form {
    /// Takes the form that the options name, else the one that the argument's type stands for.
    ///
    /// Errors: `bad_argument`.
    pub fn of(patch: &Dynamic, options: &Options) -> Result<Self, Problem> {
        match options.text("type")?.as_deref() {
            Some("merge") => Ok(Self::Merge),
            Some("json") => Ok(Self::Json),
            Some("strategic") => Ok(Self::Strategic),
            Some("apply") => Ok(Self::Apply),
            Some(_) => Err(options.wrong("type", "one of merge, json, strategic, apply")),
            None if patch.is::<Map>() => Ok(Self::Merge),
            None if patch.is::<Array>() => Ok(Self::Json),
            None => Err(Problem::new(
                "bad_argument",
                "a patch is a map (merge) or a list of operations (JSON patch)",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare::{Effect, Function};

    static FUNCTION: Function =
        Function { signature: "oc_patch(options: map)", effect: Effect::Change, doc: "" };

    #[test]
    fn the_argument_tells_the_form_unless_it_is_named() {
        let none = Options::none(&FUNCTION);
        assert_eq!(Form::of(&Map::new().into(), &none).unwrap(), Form::Merge);
        assert_eq!(Form::of(&Array::new().into(), &none).unwrap(), Form::Json);
        assert_eq!(Form::of(&"x".into(), &none).unwrap_err().kind, "bad_argument");
        let named = Map::from([("type".into(), "strategic".into())]);
        let named = Options::read(&FUNCTION, named, &KEYS).unwrap();
        assert_eq!(Form::of(&Map::new().into(), &named).unwrap(), Form::Strategic);
        let wrong = Map::from([("type".into(), "mergee".into())]);
        let wrong = Options::read(&FUNCTION, wrong, &KEYS).unwrap();
        assert_eq!(Form::of(&Map::new().into(), &wrong).unwrap_err().kind, "bad_argument");
    }
}
