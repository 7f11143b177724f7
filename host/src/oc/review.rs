//! `oc_can_i`, `oc_api_resources`, `oc_version`: what may be done, what is served, which cluster it is.

use rhai::{Array, Dynamic, Map, NativeCallContext};

use super::kinds::Kind;
use super::wire::review as wire;
use super::{Cluster, inside};
use crate::declare::{Effect, Family, Function};
use crate::gate::Call;
use crate::options::Options;
use crate::problem::Reply;

static OC_CAN_I: Function = Function {
    signature: "oc_can_i(cluster: Cluster, verb: string, resource: string, options?: map) -> bool",
    effect: Effect::Read,
    doc: r#"
Asks whether the environment's credentials may do something.

* `cluster: Cluster` - from `cluster("name")`, with `.namespace("ns")` to ask for one namespace
* `verb: string` - such as `get`, `list`, `watch`, `create`, `patch`, `delete`
* `resource: string` - the kind by any of its names, with a subresource after `/`, as in `pods/exec`
* `options: map` - `name: string` asks for one object

Returns whether it is allowed.
Errors: `unknown_kind`, `ambiguous`, `unreachable`.

```rhai
assert(oc_can_i(cluster("source").namespace("clusters"), "patch", "hc"), "hosted clusters cannot be patched");
```
"#,
};

static OC_API_RESOURCES: Function = Function {
    signature: "oc_api_resources(cluster: Cluster) -> array",
    effect: Effect::Read,
    doc: r#"
Lists the kinds that the cluster serves, in each version, the one that the server prefers first.

* `cluster: Cluster` - from `cluster("name")`

Returns a list of maps: `name` (plural and group), `kind`, `group`, `version`, `short_names`, `namespaced`, `verbs`,
`subresources`.
Errors: `denied`, `unreachable`.

```rhai
let served = oc_api_resources(cluster("source"));
assert(served.some(|kind| kind.name == "nodepools.hypershift.openshift.io"), "HyperShift is not there");
```
"#,
};

static OC_VERSION: Function = Function {
    signature: "oc_version(cluster: Cluster) -> map",
    effect: Effect::Read,
    doc: r#"
Says which cluster it is.

* `cluster: Cluster` - from `cluster("name")`

Returns a map: `version` of Kubernetes, `uid` of the `kube-system` namespace, `server` that was asked.
Errors: `wrong_cluster`, `denied`, `unreachable`.

```rhai
let source = oc_version(cluster("source"));
assert(source.uid != oc_version(cluster("destination")).uid, "source and destination are one cluster");
```
"#,
};

/// Adds the functions of this file.
pub(super) fn add_to(family: &mut Family) {
    family.add(
        &OC_CAN_I,
        |context: NativeCallContext<'_>, cluster: Cluster, verb: &str, resource: &str| -> Reply<bool> {
            can_i(&context, &cluster, verb, resource, Map::new())
        },
    );
    family.add(
        &OC_CAN_I,
        |context: NativeCallContext<'_>,
         cluster: Cluster,
         verb: &str,
         resource: &str,
         options: Map|
         -> Reply<bool> { can_i(&context, &cluster, verb, resource, options) },
    );
    family.add(&OC_API_RESOURCES, |context: NativeCallContext<'_>, cluster: Cluster| -> Reply<Array> {
        let call = Call::of(&context, &OC_API_RESOURCES)?;
        let kinds = call.through(&cluster, "list the kinds that are served", wire::kinds)?;
        Ok(kinds.all.iter().map(|kind| described(kind)).collect())
    });
    family.add(&OC_VERSION, |context: NativeCallContext<'_>, cluster: Cluster| -> Reply<Dynamic> {
        let call = Call::of(&context, &OC_VERSION)?;
        let version = call.through(&cluster, "say its version", wire::version)?;
        Ok(inside(&call, version))
    });
}

fn can_i(
    context: &NativeCallContext<'_>,
    cluster: &Cluster,
    verb: &str,
    resource: &str,
    options: Map,
) -> Reply<bool> {
    let call = Call::of(context, &OC_CAN_I)?;
    let name = Options::read(&OC_CAN_I, options, &["name"])
        .and_then(|options| options.text("name"))
        .map_err(|problem| call.fail(problem))?;
    let about = format!("ask whether one may {verb} {resource}{}", cluster.within());
    call.through(cluster, &about, |permitted| wire::can_i(permitted, verb, resource, name.as_deref()))
}

fn described(kind: &Kind) -> Dynamic {
    let list = |texts: &[String]| Dynamic::from(texts.iter().cloned().map(Dynamic::from).collect::<Array>());
    Dynamic::from(Map::from([
        ("name".into(), kind.full_name().into()),
        ("kind".into(), kind.kind.clone().into()),
        ("group".into(), kind.group.clone().into()),
        ("version".into(), kind.version.clone().into()),
        ("short_names".into(), list(&kind.short_names)),
        ("namespaced".into(), kind.namespaced.into()),
        ("verbs".into(), list(&kind.verbs)),
        ("subresources".into(), list(&kind.subresources)),
    ]))
}
