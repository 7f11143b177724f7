//! A list of objects as scripts hold it: cheap to pass on, whatever its length.

use std::fmt;
use std::sync::Arc;

use rhai::{Array, Dynamic, FnPtr, Map, NativeCallContext};

use crate::declare::{Effect, Family, Function};
use crate::problem::{Problem, Reply};

/// Objects that were read together. Copies share them.
#[derive(Clone, Default)]
pub struct Objects {
    list: Arc<Vec<Arc<Dynamic>>>,
}

impl Objects {
    /// Takes the objects.
    #[must_use]
    pub fn new(list: Vec<Arc<Dynamic>>) -> Self {
        Self { list: Arc::new(list) }
    }

    /// The names, in the list's order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.list.iter().map(|object| name_of(object)).collect()
    }

    fn len(&self) -> i64 {
        i64::try_from(self.list.len()).unwrap_or(i64::MAX)
    }

    fn at(&self, index: i64) -> Option<Dynamic> {
        let place = if index < 0 { index + self.len() } else { index };
        self.list.get(usize::try_from(place).ok()?).map(|object| Dynamic::clone(object))
    }

    fn keep(&self, context: &NativeCallContext<'_>, check: &FnPtr) -> Reply<Self> {
        let mut kept = Vec::new();
        for object in self.list.iter() {
            if is_so(context, check, object)? {
                kept.push(object.clone());
            }
        }
        Ok(Self::new(kept))
    }

    fn first(
        &self,
        context: &NativeCallContext<'_>,
        check: &FnPtr,
        wanted: bool,
    ) -> Reply<Option<&Arc<Dynamic>>> {
        for object in self.list.iter() {
            if is_so(context, check, object)? == wanted {
                return Ok(Some(object));
            }
        }
        Ok(None)
    }
}

impl FromIterator<Dynamic> for Objects {
    fn from_iter<T: IntoIterator<Item = Dynamic>>(objects: T) -> Self {
        Self::new(objects.into_iter().map(Arc::new).collect())
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.names())
    }
}

impl IntoIterator for Objects {
    type Item = Dynamic;
    type IntoIter = ObjectsIter;

    fn into_iter(self) -> Self::IntoIter {
        ObjectsIter { objects: self, next: 0 }
    }
}

/// Gives one object after the other.
pub struct ObjectsIter {
    objects: Objects,
    next: i64,
}

impl Iterator for ObjectsIter {
    type Item = Dynamic;

    fn next(&mut self) -> Option<Dynamic> {
        let object = self.objects.at(self.next)?;
        self.next += 1;
        Some(object)
    }
}

fn is_so(context: &NativeCallContext<'_>, check: &FnPtr, object: &Dynamic) -> Reply<bool> {
    check.call_within_context::<bool>(context, (object.clone(),))
}

fn name_of(object: &Dynamic) -> String {
    let name = || {
        let object = object.read_lock::<Map>()?;
        let metadata = object.get("metadata")?.read_lock::<Map>()?;
        metadata.get("name")?.clone().into_string().ok()
    };
    name().unwrap_or_default()
}

static LEN: Function = Function {
    signature: "len(objects: Objects) -> int",
    effect: Effect::None,
    doc: r#"
Counts the objects; also a property, as in `objects.len`.

```rhai
let pods = oc_list(cluster("source").namespace("clusters-demo"), "pods");
assert_eq(pods.len(), pods.names().len());
```
"#,
};

static IS_EMPTY: Function = Function {
    signature: "is_empty(objects: Objects) -> bool",
    effect: Effect::None,
    doc: r#"
Says whether there is no object; also a property.

```rhai
let none = oc_list(cluster("source").namespace("clusters"), "hc", #{labels: "no=such-label"});
assert(none.is_empty(), "nothing has that label");
```
"#,
};

static NAMES: Function = Function {
    signature: "names(objects: Objects) -> array",
    effect: Effect::None,
    doc: r#"
Gives the names of the objects, in their order.

```rhai
let clusters = oc_list(cluster("source").namespace("clusters"), "hc");
assert("demo" in clusters.names(), "there is no demo");
```
"#,
};

static FILTER: Function = Function {
    signature: "filter(objects: Objects, check: Fn) -> Objects",
    effect: Effect::None,
    doc: r#"
Gives the objects for which `check` says `true`.

```rhai
let pools = oc_list(cluster("source").namespace("clusters"), "np");
let own = pools.filter(|pool| pool.spec.clusterName == "demo");
assert(own.len() > 0, "demo has no NodePool");
```
"#,
};

static MAP: Function = Function {
    signature: "map(objects: Objects, make: Fn) -> array",
    effect: Effect::None,
    doc: r#"
Gives what `make` makes of each object.

```rhai
let pools = oc_list(cluster("source").namespace("clusters"), "np");
let kinds = pools.map(|pool| pool.kind);
assert_eq(kinds[0], "NodePool");
```
"#,
};

static SOME: Function = Function {
    signature: "some(objects: Objects, check: Fn) -> bool",
    effect: Effect::None,
    doc: r#"
Says whether `check` says `true` of at least one object.

```rhai
let clusters = oc_list(cluster("source").namespace("clusters"), "hc");
assert(clusters.some(|hc| hc.metadata.name == "demo"), "there is no demo");
```
"#,
};

static ALL: Function = Function {
    signature: "all(objects: Objects, check: Fn) -> bool",
    effect: Effect::None,
    doc: r#"
Says whether `check` says `true` of every object; of none, it is so.

```rhai
let clusters = oc_list(cluster("source").namespace("clusters"), "hc");
assert(clusters.all(|hc| hc.metadata.namespace == "clusters"), "one is from elsewhere");
```
"#,
};

static FIND: Function = Function {
    signature: "find(objects: Objects, check: Fn) -> any",
    effect: Effect::None,
    doc: r#"
Gives the first object for which `check` says `true`, or `()` if there is none.

```rhai
let clusters = oc_list(cluster("source").namespace("clusters"), "hc");
assert_eq(clusters.find(|hc| hc.metadata.name == "demo").kind, "HostedCluster");
assert_eq(clusters.find(|hc| false), ());
```
"#,
};

static TO_ARRAY: Function = Function {
    signature: "to_array(objects: Objects) -> array",
    effect: Effect::None,
    doc: r#"
Copies the objects into an array, for what only arrays can do.

```rhai
let clusters = oc_list(cluster("source").namespace("clusters"), "hc").to_array();
assert_eq(type_of(clusters), "array");
```
"#,
};

/// Adds the type and what can be done with it.
pub(super) fn add_to(family: &mut Family) {
    family.name_type::<Objects>("Objects");
    family.property("len", |objects: &mut Objects| objects.len());
    family.property("is_empty", |objects: &mut Objects| objects.list.is_empty());
    family.add(&LEN, |objects: &mut Objects| objects.len());
    family.add(&IS_EMPTY, |objects: &mut Objects| objects.list.is_empty());
    family.add(&NAMES, |objects: &mut Objects| -> Array {
        objects.names().into_iter().map(Dynamic::from).collect()
    });
    family.add(&FILTER, |context: NativeCallContext<'_>, objects: Objects, check: FnPtr| -> Reply<Objects> {
        objects.keep(&context, &check)
    });
    family.add(&MAP, |context: NativeCallContext<'_>, objects: Objects, make: FnPtr| -> Reply<Array> {
        objects.into_iter().map(|object| make.call_within_context::<Dynamic>(&context, (object,))).collect()
    });
    family.add(&SOME, |context: NativeCallContext<'_>, objects: Objects, check: FnPtr| -> Reply<bool> {
        Ok(objects.first(&context, &check, true)?.is_some())
    });
    family.add(&ALL, |context: NativeCallContext<'_>, objects: Objects, check: FnPtr| -> Reply<bool> {
        Ok(objects.first(&context, &check, false)?.is_none())
    });
    family.add(&FIND, |context: NativeCallContext<'_>, objects: Objects, check: FnPtr| -> Reply<Dynamic> {
        let found = objects.first(&context, &check, true)?;
        Ok(found.map_or(Dynamic::UNIT, |object| Dynamic::clone(object)))
    });
    family.add(&TO_ARRAY, |objects: &mut Objects| -> Array { objects.clone().into_iter().collect() });
    let module = family.module_mut();
    module.set_iterable::<Objects>();
    module.set_indexer_get_fn(|objects: &mut Objects, index: i64| {
        objects.at(index).ok_or_else(|| {
            let count = objects.len();
            Problem::new("bad_argument", format!("there is no object {index} in a list of {count}"))
                .at(rhai::Position::NONE)
        })
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Objects {
        let object = |name: &str| {
            let metadata = Map::from([("name".into(), name.into())]);
            Dynamic::from(Map::from([("metadata".into(), metadata.into())]))
        };
        ["a", "b", "c"].map(object).into_iter().collect()
    }

    fn eval<T: Clone + Send + Sync + 'static>(script: &str) -> T {
        let mut engine = rhai::Engine::new();
        let mut family = Family::new("objects");
        add_to(&mut family);
        engine.register_global_module(family.into_module().into());
        let mut scope = rhai::Scope::new();
        scope.push("objects", three());
        engine.eval_with_scope::<T>(&mut scope, script).unwrap()
    }

    #[test]
    fn scripts_index_iterate_and_search_a_list_of_objects() {
        assert_eq!(eval::<i64>("objects.len() + objects.len"), 6);
        assert_eq!(eval::<String>("objects[0].metadata.name + objects[-1].metadata.name"), "ac");
        assert_eq!(eval::<String>("let all = \"\"; for o in objects { all += o.metadata.name; } all"), "abc");
        assert_eq!(eval::<i64>("objects.filter(|o| o.metadata.name != \"b\").len()"), 2);
        assert_eq!(eval::<String>("objects.find(|o| o.metadata.name > \"a\").metadata.name"), "b");
        assert!(eval::<bool>("objects.find(|o| false) == ()"));
        assert!(eval::<bool>(
            "objects.some(|o| o.metadata.name == \"c\") && !objects.all(|o| o.metadata.name == \"c\")"
        ));
        assert_eq!(eval::<String>("objects.map(|o| o.metadata.name).reduce(|a, b| b + a, \"\")"), "cba");
    }

    #[test]
    fn an_index_outside_of_the_list_is_an_error() {
        let objects = three();
        assert!(objects.at(3).is_none() && objects.at(-4).is_none());
    }
}
