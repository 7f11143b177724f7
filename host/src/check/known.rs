//! The functions that a script can call: those that are declared, and those of the language.

use std::collections::{BTreeSet, HashMap};

use rhai::Engine;

use crate::declare::{Function, Signature};
use crate::engine::families;

/// Functions of the language that its own lists leave out.
const BUILT_IN: &[(&str, std::ops::RangeInclusive<usize>)] = &[
    ("Fn", 1..=1),
    ("call", 1..=32),
    ("curry", 1..=32),
    ("is_shared", 1..=1),
    ("is_def_var", 1..=1),
    ("is_def_fn", 2..=3),
    ("type_of", 1..=1),
    ("print", 1..=1),
    ("debug", 1..=1),
];

/// A declared function, taken apart.
pub struct Declared {
    /// The declaration.
    pub function: &'static Function,
    /// Its signature.
    pub signature: Signature,
}

/// Every function by name.
pub struct Known {
    declared: HashMap<&'static str, Declared>,
    language: HashMap<String, BTreeSet<usize>>,
}

impl Known {
    /// Gathers them from the declarations and from `engine`.
    pub fn new(engine: &Engine) -> Self {
        let mut declared = HashMap::new();
        for function in families().iter().flat_map(|family| family.functions().to_vec()) {
            if let Some(signature) = Signature::parse(function.signature) {
                declared.insert(function.name(), Declared { function, signature });
            }
        }
        let mut language: HashMap<String, BTreeSet<usize>> = HashMap::new();
        let all = engine.collect_fn_metadata(
            None,
            |one| Some((one.metadata.name.to_string(), one.metadata.num_params)),
            true,
        );
        for (name, count) in all {
            language.entry(name).or_default().insert(count);
        }
        for (name, counts) in BUILT_IN {
            language.entry((*name).to_owned()).or_default().extend(counts.clone());
        }
        Self { declared, language }
    }

    /// The declaration of `name`.
    pub fn declared(&self, name: &str) -> Option<&Declared> {
        self.declared.get(name)
    }

    /// How many arguments `name` can have; `None` if nothing is called so.
    pub fn counts(&self, name: &str) -> Option<BTreeSet<usize>> {
        let language = self.language.get(name);
        let declared = self.declared.get(name).map(|declared| declared.signature.arity());
        match (language, declared) {
            (None, None) => None,
            (language, declared) => {
                Some(language.into_iter().flatten().copied().chain(declared.into_iter().flatten()).collect())
            }
        }
    }

    /// The names that a script is likely to mean: those of functions, not of operators or properties.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let is_word = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        self.declared.keys().copied().chain(self.language.keys().map(String::as_str)).filter(is_word)
    }
}
