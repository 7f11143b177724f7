//! What can be typed next: from the declarations, the stdlib, the environment, the session, and the clusters.

use std::sync::Arc;

use super::command::COMMANDS;
use super::live::{Live, Wanted};
use super::place::{Fits, Place, enclosing, place};
use super::variables::{Handle, Variables};
use crate::declare::Function;
use crate::engine::families;
use crate::environment::Environment;
use crate::reference::{Module, modules};

/// Words of the language.
const WORDS: &[&str] = &[
    "let ", "const ", "if ", "else ", "for ", "while ", "fn ", "return ", "true", "false", "in ", "switch ",
    "throw ",
];

/// What is offered: how it looks in a list, and what it puts into the line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offer {
    /// In a list.
    pub shown: String,
    /// In the line.
    pub put: String,
}

/// Knows everything that can be completed.
#[derive(Clone)]
pub struct Completion {
    environment: Arc<Environment>,
    functions: Arc<Vec<&'static Function>>,
    modules: Arc<Vec<Module>>,
    variables: Variables,
    live: Live,
}

impl Completion {
    /// Gathers what does not change.
    #[must_use]
    pub fn new(environment: Arc<Environment>, variables: Variables, live: Live) -> Self {
        let functions = families().iter().flat_map(|family| family.functions().to_vec()).collect();
        Self { environment, functions: Arc::new(functions), modules: Arc::new(modules()), variables, live }
    }

    /// The offers at the end of `before`, and the byte from which they replace it. Never waits.
    #[must_use]
    pub fn offers(&self, before: &str) -> (usize, Vec<Offer>) {
        let Place { from, word, fits } = place(before);
        let all = match fits {
            Fits::Command => {
                COMMANDS.iter().map(|(name, _)| same(name.split(' ').next().unwrap_or(name))).collect()
            }
            Fits::Argument(command) => match command.as_str() {
                "doc" => self.documented(),
                _ => Vec::new(),
            },
            Fits::Name => self.names(),
            Fits::Member(module) => self.members(&module),
            Fits::Method(expression) => {
                let fields = self.variables.fields(&expression);
                let functions = self.functions.iter().map(|one| of_function(one));
                functions.chain(fields.iter().map(|field| same(field))).collect()
            }
            Fits::Target(function) => self.targets(&function),
            Fits::Namespace(cluster) => self.of_kind(&cluster, "namespaces", "", &word),
            Fits::Object { cluster, is_pod: true, .. } => self.of_kind(&cluster, "pods", "", &word),
            Fits::Object { cluster, kind_only, .. } => match word.split_once('/') {
                Some((kind, _)) if !kind_only => self.of_kind(&cluster, kind, &format!("{kind}/"), &word),
                _ => self.kinds(&cluster, if kind_only { "" } else { "/" }),
            },
            Fits::Key(bucket) => self.keys(&bucket, &word),
            Fits::Nothing => Vec::new(),
        };
        let mut fitting: Vec<Offer> = all.into_iter().filter(|offer| offer.put.starts_with(&word)).collect();
        fitting.sort();
        fitting.dedup();
        (from, fitting)
    }

    /// The signature of the function whose brackets the end of `before` is in.
    #[must_use]
    pub fn signature(&self, before: &str) -> Option<String> {
        let name = enclosing(before)?.name;
        let head = before.rfind(&format!("{name}(")).map_or("", |at| &before[..at]);
        if let Some(module) = head.strip_suffix("::") {
            let module = module.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next()?;
            let module = self.modules.iter().find(|known| known.name == module)?;
            let function = module.function(&name)?;
            return Some(format!("{}::{name}({})", module.name, function.parameters));
        }
        self.functions.iter().find(|known| known.name() == name).map(|known| known.signature.to_owned())
    }

    /// Whether `name` is something that can be called.
    #[must_use]
    pub fn is_known(&self, name: &str) -> bool {
        self.functions.iter().any(|known| known.name() == name)
            || self.modules.iter().any(|known| known.name == name)
    }

    fn names(&self) -> Vec<Offer> {
        let functions = self.functions.iter().map(|one| of_function(one));
        let modules = self.modules.iter().map(|module| same(&format!("{}::", module.name)));
        let imports = self.variables.imports();
        let modules = modules.chain(imports.keys().map(|alias| same(&format!("{alias}::"))));
        let variables = self.variables.names();
        let words = WORDS.iter().map(|word| same(word));
        functions.chain(modules).chain(variables.iter().map(|name| same(name))).chain(words).collect()
    }

    fn documented(&self) -> Vec<Offer> {
        let members = self.modules.iter().flat_map(|module| {
            let own = module.functions.iter().map(move |one| same(&format!("{}::{}", module.name, one.name)));
            own.chain([same(&module.name)])
        });
        self.functions.iter().map(|one| same(one.name())).chain(members).collect()
    }

    fn members(&self, module: &str) -> Vec<Offer> {
        if module == "import" {
            return self.modules.iter().map(|module| same(&module.name)).collect();
        }
        let imported = self.variables.imports().remove(module);
        let name = imported.as_deref().unwrap_or(module);
        let Some(module) = self.modules.iter().find(|known| known.name == name) else { return Vec::new() };
        let functions = module.functions.iter().map(|one| Offer {
            shown: format!("{}({})", one.name, one.parameters),
            put: format!("{}(", one.name),
        });
        functions.chain(module.values.iter().map(|value| same(value))).collect()
    }

    fn targets(&self, function: &str) -> Vec<Offer> {
        let environment = &self.environment;
        let names: Vec<&String> = match function {
            "cluster" => environment.clusters.keys().collect(),
            "host" => environment.hosts.keys().collect(),
            "bucket" => environment.buckets.keys().collect(),
            "zone" => environment.zones.keys().collect(),
            _ => environment.folders.keys().collect(),
        };
        names.into_iter().map(|name| closed(name)).collect()
    }

    fn kinds(&self, cluster: &str, after: &str) -> Vec<Offer> {
        let Some((cluster, _)) = self.cluster(cluster) else { return Vec::new() };
        let known = self.live.answer(&Wanted::Kinds(cluster));
        known.iter().map(|kind| Offer { shown: kind.clone(), put: format!("{kind}{after}") }).collect()
    }

    /// The objects of a kind whose names go on with what of `word` follows `before`: of many thousands, few are copied.
    fn of_kind(&self, cluster: &str, kind: &str, before: &str, word: &str) -> Vec<Offer> {
        let Some(wanted) = self.names_of(cluster, kind) else { return Vec::new() };
        let Some(begun) = word.strip_prefix(before) else { return Vec::new() };
        let known = self.live.answer(&wanted);
        let fitting = known.iter().filter(|name| name.starts_with(begun));
        fitting.map(|name| Offer { shown: name.clone(), put: format!("{before}{name}\"") }).collect()
    }

    fn names_of(&self, cluster: &str, kind: &str) -> Option<Wanted> {
        let (cluster, namespace) = self.cluster(cluster)?;
        let namespace = namespace.filter(|_| kind != "namespaces");
        Some(Wanted::Names { cluster, namespace, kind: kind.to_owned() })
    }

    fn keys(&self, bucket: &str, word: &str) -> Vec<Offer> {
        let name = match self.variables.handle(bucket) {
            Some(Handle::Bucket(name)) => Some(name),
            _ => argument(bucket, "bucket("),
        };
        let Some(name) = name else { return Vec::new() };
        let folder = word.rfind('/').map_or("", |at| &word[..=at]);
        self.live.answer(&Wanted::Keys(name, folder.to_owned())).iter().map(|key| closed(key)).collect()
    }

    /// The cluster and namespace that an expression gives, where it can be told without carrying it out.
    fn cluster(&self, expression: &str) -> Option<(String, Option<String>)> {
        if let Some((before, namespace)) = expression.rsplit_once(".namespace(") {
            let namespace = namespace.trim_start_matches('"').split('"').next()?;
            return self.cluster(before).map(|(cluster, _)| (cluster, Some(namespace.to_owned())));
        }
        match self.variables.handle(expression) {
            Some(Handle::Cluster(name, namespace)) => Some((name, namespace)),
            _ => argument(expression, "cluster(").map(|name| (name, None)),
        }
    }

    /// Lets what would be offered be read, without making the offers: this comes with every key.
    fn ask(&self, before: &str) {
        let Place { word, fits, .. } = place(before);
        let wanted = match fits {
            Fits::Namespace(cluster) => self.names_of(&cluster, "namespaces"),
            Fits::Object { cluster, is_pod: true, .. } => self.names_of(&cluster, "pods"),
            Fits::Object { cluster, kind_only, .. } => match word.split_once('/') {
                Some((kind, _)) if !kind_only => self.names_of(&cluster, kind),
                _ => self.cluster(&cluster).map(|(cluster, _)| Wanted::Kinds(cluster)),
            },
            _ => None,
        };
        if let Some(wanted) = wanted {
            let _ = self.live.answer(&wanted);
        }
    }

    /// Asks beforehand for what the next words are likely to need.
    pub fn foresee(&self, before: &str) {
        let asks = ["oc_", "namespace("].iter().any(|word| before.contains(word));
        if asks && before.contains('(') {
            self.ask(before);
        }
    }
}

/// The literal argument of `function` in an expression that is nothing but its call.
fn argument(expression: &str, function: &str) -> Option<String> {
    let inner = expression.trim().strip_prefix(function)?.strip_suffix(')')?;
    Some(inner.trim().strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

fn same(text: &str) -> Offer {
    Offer { shown: text.to_owned(), put: text.to_owned() }
}

/// A text with the quote that closes it.
fn closed(text: &str) -> Offer {
    Offer { shown: text.to_owned(), put: format!("{text}\"") }
}

fn of_function(function: &Function) -> Offer {
    Offer { shown: format!("{}(", function.name()), put: format!("{}(", function.name()) }
}
