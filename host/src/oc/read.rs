//! `oc_get`, `oc_find`, `oc_list`.

use rhai::{Dynamic, Map, NativeCallContext};

use super::names::What;
use super::select::{self, Selection};
use super::{Cluster, Objects, inside, wire};
use crate::declare::{Effect, Family, Function};
use crate::gate::Call;
use crate::options::Options;
use crate::problem::Reply;

static OC_GET: Function = Function {
    signature: "oc_get(cluster: Cluster, what: string) -> map",
    effect: Effect::Read,
    doc: r#"
Reads the one object that `what` names.

* `cluster: Cluster` - from `cluster("name")`, with `.namespace("ns")` where the kind is in namespaces
* `what: string` - kind and name, as in `hc/demo` or `hostedclusters.hypershift.openshift.io/demo`; the kind by any
  of its names, with its group where several groups have one of that name

Returns the object as a map; the data of a Secret, decoded, is secret.
Errors: `not_found`, `unknown_kind`, `ambiguous`, `denied`, `timeout`, `unreachable`, `wrong_cluster`.

```rhai
let namespace = oc_get(cluster("source"), "namespace/default");
assert_eq(namespace.metadata.name, "default");
```
"#,
};

static OC_FIND: Function = Function {
    signature: "oc_find(cluster: Cluster, what: string) -> any",
    effect: Effect::Read,
    doc: r#"
Reads the object that `what` names, which may be absent.

* `cluster: Cluster` - from `cluster("name")`, with `.namespace("ns")` where the kind is in namespaces
* `what: string` - kind and name, as in `hc/demo`

Returns the object as a map, or `()` if there is none.
Errors: those of `oc_get`, less `not_found`.

```rhai
assert_eq(oc_find(cluster("source").namespace("clusters"), "hc/no-such"), ());
```
"#,
};

static OC_LIST: Function = Function {
    signature: "oc_list(cluster: Cluster, kind: string, options?: map) -> Objects",
    effect: Effect::Read,
    doc: r#"
Reads all objects of a kind, every page of them.

* `cluster: Cluster` - from `cluster("name")`, with `.namespace("ns")` where the kind is in namespaces
* `kind: string` - the kind by any of its names
* `options: map` - `labels` and `fields`: selectors, as text or as a map of what must be equal;
  `all_namespaces: true` for those of every namespace

Returns the objects, as they were at one moment.
Errors: those of `oc_get`, less `not_found`.

```rhai
let pools = oc_list(cluster("source").namespace("clusters"), "np");
for pool in pools {
    assert_eq(pool.kind, "NodePool");
}
let etcd = oc_list(cluster("source"), "pods", #{labels: #{app: "etcd"}, all_namespaces: true});
assert(etcd.len() > 0, "no etcd pod anywhere");
```
"#,
};

/// Adds the functions of this file.
pub(super) fn add_to(family: &mut Family) {
    family.add(&OC_GET, |context: NativeCallContext<'_>, cluster: Cluster, what: &str| -> Reply<Dynamic> {
        let call = Call::of(&context, &OC_GET)?;
        let what = What::parse(what).map_err(|problem| call.fail(problem))?;
        let about = format!("get {what}{}", cluster.within());
        let object = call.through(&cluster, &about, |permitted| wire::read::get(permitted, &what))?;
        Ok(inside(&call, object))
    });
    family.add(&OC_FIND, |context: NativeCallContext<'_>, cluster: Cluster, what: &str| -> Reply<Dynamic> {
        let call = Call::of(&context, &OC_FIND)?;
        let what = What::parse(what).map_err(|problem| call.fail(problem))?;
        let about = format!("find {what}{}", cluster.within());
        let object = call.through(&cluster, &about, |permitted| wire::read::find(permitted, &what))?;
        Ok(object.map_or(Dynamic::UNIT, |object| inside(&call, object)))
    });
    family.add(&OC_LIST, |context: NativeCallContext<'_>, cluster: Cluster, kind: &str| -> Reply<Objects> {
        list(&context, &cluster, kind, Map::new())
    });
    family.add(
        &OC_LIST,
        |context: NativeCallContext<'_>, cluster: Cluster, kind: &str, options: Map| -> Reply<Objects> {
            list(&context, &cluster, kind, options)
        },
    );
}

fn list(context: &NativeCallContext<'_>, cluster: &Cluster, kind: &str, options: Map) -> Reply<Objects> {
    let call = Call::of(context, &OC_LIST)?;
    let selection = Options::read(&OC_LIST, options, &select::KEYS)
        .and_then(|options| Selection::read(&options))
        .map_err(|problem| call.fail(problem))?;
    let about = format!("list {kind}{}{selection}", cluster.within());
    let objects = call.through(cluster, &about, |permitted| wire::read::list(permitted, kind, &selection))?;
    Ok(objects.into_iter().map(|object| inside(&call, object)).collect())
}
