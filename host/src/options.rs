//! The trailing map of named options that a script hands to a function, checked for keys nobody knows.

use std::time::Duration;

use rhai::{Array, Dynamic, ImmutableString, Map};

use crate::declare::Function;
use crate::problem::Problem;
use crate::unknown::Unknown;

/// The options of one call. Every key is known to the function; each value is checked when it is read.
#[derive(Debug, Clone)]
pub struct Options {
    function: &'static str,
    map: Map,
}

impl Options {
    /// Takes the map that the script gave to `function`, which understands the keys `known`.
    ///
    /// Errors: `bad_argument` if the map holds another key, with the known ones.
    pub fn read(function: &'static Function, map: Map, known: &[&str]) -> Result<Self, Problem> {
        map.values().try_for_each(Unknown::refuse)?;
        match map.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(Self { function: function.name(), map }),
            Some(key) => {
                Err(Problem::new("bad_argument", format!("{} knows no option `{key}`", function.name()))
                    .hint(format!("its options are {}", known.join(", "))))
            }
        }
    }

    /// The options of a call that gave none.
    #[must_use]
    pub fn none(function: &'static Function) -> Self {
        Self { function: function.name(), map: Map::new() }
    }

    /// Reads a text; `None` where the script did not say.
    pub fn text(&self, key: &str) -> Result<Option<String>, Problem> {
        Ok(self.value::<ImmutableString>(key, "text")?.map(|text| text.as_str().to_owned()))
    }

    /// Reads yes or no; no where the script did not say.
    pub fn flag(&self, key: &str) -> Result<bool, Problem> {
        Ok(self.value::<bool>(key, "true or false")?.unwrap_or(false))
    }

    /// Reads a whole number that is not negative; `None` where the script did not say.
    pub fn count(&self, key: &str) -> Result<Option<u64>, Problem> {
        let Some(number) = self.value::<i64>(key, "a whole number")? else { return Ok(None) };
        u64::try_from(number).map(Some).map_err(|_| self.wrong(key, "a number that is not negative"))
    }

    /// Reads a duration, as `minutes(5)`; `None` where the script did not say.
    pub fn duration(&self, key: &str) -> Result<Option<Duration>, Problem> {
        self.value::<Duration>(key, "a duration, such as minutes(5)")
    }

    /// Reads a list of texts; `None` where the script did not say.
    pub fn texts(&self, key: &str) -> Result<Option<Vec<String>>, Problem> {
        let Some(list) = self.value::<Array>(key, "a list of texts")? else { return Ok(None) };
        list.into_iter()
            .map(|item| item.into_string().map_err(|_| self.wrong(key, "a list of texts")))
            .collect::<Result<Vec<String>, Problem>>()
            .map(Some)
    }

    /// Reads a value of a type of the host, called `wanted` in errors; `None` where the script did not say.
    pub fn value<T: Clone + Send + Sync + 'static>(
        &self,
        key: &str,
        wanted: &str,
    ) -> Result<Option<T>, Problem> {
        match self.any(key) {
            None => Ok(None),
            Some(value) => value.try_cast::<T>().map(Some).ok_or_else(|| self.wrong(key, wanted)),
        }
    }

    /// Gives the value as it is; `None` where the script did not say, or said `()`.
    #[must_use]
    pub fn any(&self, key: &str) -> Option<Dynamic> {
        self.map.get(key).filter(|value| !value.is_unit()).map(Dynamic::flatten_clone)
    }

    /// Says that the option `key` should have been `wanted`.
    #[must_use]
    pub fn wrong(&self, key: &str, wanted: &str) -> Problem {
        Problem::new("bad_argument", format!("the option `{key}` of {} must be {wanted}", self.function))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare::Effect;

    static FUNCTION: Function =
        Function { signature: "s3_put(options: map)", effect: Effect::Change, doc: "" };

    fn options(key: &str, value: Dynamic) -> Result<Options, Problem> {
        Options::read(&FUNCTION, Map::from([(key.into(), value)]), &["lives", "parts"])
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_known_ones() {
        let problem = options("livse", 1_i64.into()).unwrap_err();
        assert_eq!(problem.message, "s3_put knows no option `livse`");
        assert_eq!(problem.hint.as_deref(), Some("its options are lives, parts"));
    }

    #[test]
    fn a_value_of_the_wrong_type_is_refused_by_name() {
        let problem = options("lives", 300_i64.into()).unwrap().duration("lives").unwrap_err();
        assert_eq!(problem.message, "the option `lives` of s3_put must be a duration, such as minutes(5)");
        let problem = options("parts", (-1_i64).into()).unwrap().count("parts").unwrap_err();
        assert_eq!(problem.message, "the option `parts` of s3_put must be a number that is not negative");
    }

    #[test]
    fn what_the_script_did_not_say_is_none() {
        let options = options("lives", Dynamic::UNIT).unwrap();
        assert_eq!(options.duration("lives").unwrap(), None);
        assert_eq!(options.text("parts").unwrap(), None);
    }
}
