//! The handle by which a script holds a cluster, and the namespace that it means.

use std::fmt;
use std::sync::Arc;

use rhai::{ImmutableString, NativeCallContext};

use crate::declare::{Effect, Family, Function};
use crate::environment::{Cluster as Declared, Kind, Mode, Target};
use crate::gate::Call;
use crate::problem::{Problem, Reply};

/// A cluster that the environment declares, and the namespace to work in, if one was named.
#[derive(Clone)]
pub struct Cluster {
    declared: Declared,
    namespace: Option<Arc<str>>,
}

impl Cluster {
    /// The declared target.
    #[must_use]
    pub fn declared(&self) -> &Declared {
        &self.declared
    }

    /// The namespace to work in, if one was named.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// ` in NAMESPACE` where one was named, for sentences.
    #[must_use]
    pub fn within(&self) -> String {
        self.namespace.as_ref().map_or(String::new(), |namespace| format!(" in {namespace}"))
    }

    /// The same cluster with another namespace.
    #[must_use]
    pub fn scoped(&self, namespace: Option<&str>) -> Self {
        Self { declared: self.declared.clone(), namespace: namespace.map(Arc::from) }
    }
}

impl From<Declared> for Cluster {
    fn from(declared: Declared) -> Self {
        Self { declared, namespace: None }
    }
}

impl Target for Cluster {
    fn kind(&self) -> Kind {
        Kind::Cluster
    }

    fn name(&self) -> &str {
        self.declared.name()
    }

    fn mode(&self) -> Mode {
        self.declared.mode()
    }
}

impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.declared)?;
        match &self.namespace {
            Some(namespace) => write!(f, " namespace {namespace}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

static CLUSTER: Function = Function {
    signature: "cluster(name: string) -> Cluster",
    effect: Effect::None,
    doc: r#"
Gives the handle of a cluster that the environment declares.

* `name: string` - its name under `[clusters]` in the environment file

Nothing is contacted yet. The first call that reaches the cluster checks that it is the one that earlier runs met,
by the UID of its `kube-system` namespace, and stops with `wrong_cluster` if it is not.

Returns the handle; its properties are `name` and `namespace_name`.
Errors: `unknown_target`.

```rhai
let source = cluster("source");
assert_eq(source.name, "source");
```
"#,
};

static NAMESPACE: Function = Function {
    signature: "namespace(cluster: Cluster, name: string) -> Cluster",
    effect: Effect::None,
    doc: r#"
Gives the handle of the same cluster for work in one namespace.

* `cluster: Cluster` - from `cluster("name")`
* `name: string` - the namespace

Returns the new handle; the old one is unchanged.
Errors: `bad_argument` if that cannot be the name of a namespace.

```rhai
let clusters = cluster("source").namespace("clusters");
assert_eq(clusters.namespace_name, "clusters");
```
"#,
};

/// Adds the handle and its properties.
pub(super) fn add_to(family: &mut Family) {
    family.name_type::<Cluster>("Cluster");
    family.add(&CLUSTER, |context: NativeCallContext<'_>, name: &str| -> Reply<Cluster> {
        let call = Call::of(&context, &CLUSTER)?;
        find(&call, name).map_err(|problem| call.fail(problem))
    });
    family.add(
        &NAMESPACE,
        |context: NativeCallContext<'_>, cluster: &mut Cluster, name: &str| -> Reply<Cluster> {
            let call = Call::of(&context, &NAMESPACE)?;
            if is_label(name) {
                return Ok(cluster.scoped(Some(name)));
            }
            let wrong = Problem::new("bad_argument", format!("`{name}` cannot be the name of a namespace"));
            Err(call.fail(wrong.hint("a name has small letters, digits and `-`, at most 63 of them")))
        },
    );
    family.property("name", |cluster: &mut Cluster| -> Reply<ImmutableString> { Ok(cluster.name().into()) });
    family.property("namespace_name", |cluster: &mut Cluster| -> Reply<ImmutableString> {
        Ok(cluster.namespace().unwrap_or_default().into())
    });
}

fn find(call: &Call, name: &str) -> Result<Cluster, Problem> {
    let environment = call.run().environment();
    Declared::named(environment, name).map(Cluster::from).ok_or_else(|| {
        let declared: Vec<&str> = environment.clusters.keys().map(String::as_str).collect();
        let file = environment.file.display();
        let problem = Problem::new("unknown_target", format!("{file} declares no cluster `{name}`"));
        match (super::names::nearest(name, declared.iter().copied()), declared.is_empty()) {
            (_, true) => problem.hint(format!("add [clusters.{name}] to it")),
            (Some(near), _) => {
                problem.hint(format!("did you mean `{near}`? declared are {}", declared.join(", ")))
            }
            (None, _) => problem.hint(format!("declared are {}", declared.join(", "))),
        }
    })
}

/// Whether `name` can be the name of a namespace (RFC 1123 label).
fn is_label(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&name.len())
        && name.chars().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::is_label;

    #[test]
    fn only_what_can_be_a_namespace_is_taken_for_one() {
        assert!(is_label("clusters-demo"));
        for wrong in ["", "Clusters", "a/b", "..", "-a", "a-", "a b", &"a".repeat(64)] {
            assert!(!is_label(wrong), "{wrong}");
        }
    }
}
