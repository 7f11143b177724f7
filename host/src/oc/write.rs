//! `oc_create`, `oc_apply`, `oc_patch`, `oc_scale`.

use rhai::{Dynamic, Map, NativeCallContext};
use serde_json::Value;

use super::difference::NO_DIFFERENCE;
use super::names::What;
use super::patch::{self, PatchOf};
use super::{Cluster, inside, wire};
use crate::data;
use crate::declare::{Effect, Family, Function};
use crate::gate::{Call, Preview};
use crate::options::Options;
use crate::problem::{Problem, Reply};
use crate::run::Trace;

static OC_CREATE: Function = Function {
    signature: "oc_create(cluster: Cluster, object: map) -> map",
    effect: Effect::Change,
    doc: r#"
Creates an object that must not be there yet.

* `cluster: Cluster` - from `cluster("name")`; its namespace is taken where the object names none
* `object: map` - the object, with `apiVersion`, `kind` and `metadata`; secrets may stand in it

Returns the object as the server made it.
Errors: `already_exists`, `invalid` with each cause, `unknown_kind`, `denied`, `unreachable`.

```rhai
let clusters = cluster("source").namespace("clusters");
let name = `note-${random_id()}`;
oc_create(clusters, #{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: name}, data: #{by: "drsh"}});
assert_eq(oc_get(clusters, `cm/${name}`).data.by, "drsh");
```
"#,
};

static OC_APPLY: Function = Function {
    signature: "oc_apply(cluster: Cluster, object: map, options?: map) -> map",
    effect: Effect::Change,
    doc: r#"
Makes an object be as given: creates it, or sets the fields that are named, on the server's side.

* `cluster: Cluster` - from `cluster("name")`; its namespace is taken where the object names none
* `object: map` - the object, or those of its fields that matter; fields are held by the manager `drsh`
* `options: map` - `force: true` takes over fields that other managers hold

Returns the object as it then is.
Errors: `conflict` with each field and who holds it, `invalid` with each cause, `unknown_kind`, `denied`, `unreachable`.

```rhai
let home = cluster("source").namespace("default");
let note = #{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "drsh-example"}, data: #{round: "1"}};
oc_apply(home, note);
note.data.round = "2";
assert_eq(oc_apply(home, note).data.round, "2");
```
"#,
};

static OC_PATCH: Function = Function {
    signature: "oc_patch(cluster: Cluster, what: string, patch: any, options?: map) -> map",
    effect: Effect::Change,
    doc: r#"
Changes the fields of an object that `patch` names.

* `cluster: Cluster` - from `cluster("name")`, with `.namespace("ns")` where the kind is in namespaces
* `what: string` - kind and name, as in `hc/demo`
* `patch: map or array` - a map merges, and `()` in it removes a field; an array is a list of JSON patch operations
* `options: map` - `type: "merge"`, `"json"`, `"strategic"` or `"apply"` by name; `subresource: "status"`;
  `force: true` with `"apply"`

Returns the object as it then is.
Errors: `not_found`, `conflict`, `invalid` with each cause, `unknown_kind`, `ambiguous`, `denied`, `unreachable`.

```rhai
let home = cluster("source").namespace("default");
oc_apply(home, #{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "drsh-example"}, data: #{a: "1", b: "2"}});
let after = oc_patch(home, "cm/drsh-example", #{data: #{a: "3", b: ()}});
assert_eq(after.data, #{a: "3"});
let after = oc_patch(home, "cm/drsh-example", [#{op: "replace", path: "/data/a", value: "4"}]);
assert_eq(after.data.a, "4");
```
"#,
};

static OC_SCALE: Function = Function {
    signature: "oc_scale(cluster: Cluster, what: string, replicas: int) -> int",
    effect: Effect::Change,
    doc: r#"
Sets how many replicas something shall have.

* `cluster: Cluster` - from `cluster("name").namespace("ns")`
* `what: string` - kind and name, as in `deployment/kube-apiserver`
* `replicas: int` - how many

Returns how many it should have had before, for an undo. The pods follow later: wait for them.
Errors: `not_found`, `invalid` if the kind has no scale, `denied`, `unreachable`.

```rhai
let control_plane = cluster("source").namespace("clusters-demo");
let before = oc_scale(control_plane, "deployment/kube-apiserver", 0);
assert_eq(oc_scale(control_plane, "deployment/kube-apiserver", before), 0);
```
"#,
};

/// Adds the functions of this file.
pub(super) fn add_to(family: &mut Family) {
    family.add(
        &OC_CREATE,
        |context: NativeCallContext<'_>, cluster: Cluster, object: Map| -> Reply<Dynamic> {
            let call = Call::of(&context, &OC_CREATE)?;
            let object = outside(object).map_err(|problem| call.fail(problem))?;
            let about = format!("create {}{}", said(&object), cluster.within());
            let tried = object.clone();
            call.through_or_show(
                &cluster,
                &about,
                async |permitted| Ok(inside(&call, wire::write::create(permitted, object).await?)),
                async |permitted| Ok(shown(&call, wire::planned::create(permitted, tried).await?)),
            )
        },
    );
    family.add(
        &OC_APPLY,
        |context: NativeCallContext<'_>, cluster: Cluster, object: Map| -> Reply<Dynamic> {
            apply(&context, &cluster, object, Map::new())
        },
    );
    family.add(
        &OC_APPLY,
        |context: NativeCallContext<'_>, cluster: Cluster, object: Map, options: Map| -> Reply<Dynamic> {
            apply(&context, &cluster, object, options)
        },
    );
    family.add(
        &OC_PATCH,
        |context: NativeCallContext<'_>, cluster: Cluster, what: &str, patch: Dynamic| -> Reply<Dynamic> {
            self::patch(&context, &cluster, what, &patch, Map::new())
        },
    );
    family.add(
        &OC_PATCH,
        |context: NativeCallContext<'_>,
         cluster: Cluster,
         what: &str,
         patch: Dynamic,
         options: Map|
         -> Reply<Dynamic> { self::patch(&context, &cluster, what, &patch, options) },
    );
    family.add(
        &OC_SCALE,
        |context: NativeCallContext<'_>, cluster: Cluster, what: &str, replicas: i64| -> Reply<Dynamic> {
            let call = Call::of(&context, &OC_SCALE)?;
            let what = What::parse(what).map_err(|problem| call.fail(problem))?;
            let replicas = u64::try_from(replicas).map_err(|_| {
                call.fail(Problem::new("bad_argument", format!("{what} cannot have {replicas} replicas")))
            })?;
            let about = format!("scale {what}{} to {replicas}", cluster.within());
            call.through_or_show(
                &cluster,
                &about,
                async |permitted| {
                    let before = wire::write::scale(permitted, &what, replicas).await?;
                    Ok(i64::try_from(before).unwrap_or(i64::MAX))
                },
                |permitted| wire::planned::scale(permitted, &what, replicas),
            )
        },
    );
}

fn apply(context: &NativeCallContext<'_>, cluster: &Cluster, object: Map, options: Map) -> Reply<Dynamic> {
    let call = Call::of(context, &OC_APPLY)?;
    let force = Options::read(&OC_APPLY, options, &["force"])
        .and_then(|options| options.flag("force"))
        .map_err(|problem| call.fail(problem))?;
    let object = outside(object).map_err(|problem| call.fail(problem))?;
    let about = format!("apply {}{}", said(&object), cluster.within());
    let tried = object.clone();
    call.through_or_show(
        cluster,
        &about,
        async |permitted| Ok(inside(&call, wire::write::apply(permitted, object, force).await?)),
        async |permitted| Ok(shown(&call, wire::planned::apply(permitted, tried, force).await?)),
    )
}

fn patch(
    context: &NativeCallContext<'_>,
    cluster: &Cluster,
    what: &str,
    patch: &Dynamic,
    options: Map,
) -> Reply<Dynamic> {
    let call = Call::of(context, &OC_PATCH)?;
    let what = What::parse(what).map_err(|problem| call.fail(problem))?;
    let patch = Options::read(&OC_PATCH, options, &patch::KEYS)
        .and_then(|options| PatchOf::read(patch, &options))
        .map_err(|problem| call.fail(problem))?;
    let about = format!("patch {what}{}", cluster.within());
    call.through_or_show(
        cluster,
        &about,
        async |permitted| Ok(inside(&call, wire::write::patch(permitted, &what, &patch).await?)),
        async |permitted| Ok(shown(&call, wire::planned::patch(permitted, &what, &patch).await?)),
    )
}

/// What a plan shows of a change to an object; the object goes on to the script.
pub(super) fn shown(call: &Call, (lines, object): (Vec<String>, Value)) -> Preview {
    let trace = if lines == [NO_DIFFERENCE] { Trace::Nothing } else { Trace::Something };
    Preview::new(lines, inside(call, object)).leaves(trace)
}

fn outside(object: Map) -> Result<Value, Problem> {
    data::object_to_json(&Dynamic::from(object))
}

/// Kind and name, as far as the object says them.
fn said(object: &Value) -> String {
    let kind = object["kind"].as_str().unwrap_or("an object of no kind");
    let name = object["metadata"]["name"].as_str().unwrap_or("(named by the server)");
    format!("{kind}/{name}")
}
