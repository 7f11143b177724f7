//! `oc_delete`, `oc_delete_all`.

use rhai::{Array, Dynamic, Map, NativeCallContext};

use super::names::What;
use super::select::Selection;
use super::wire::delete::{Manner, Propagation};
use super::{Cluster, wire};
use crate::declare::{Effect, Family, Function};
use crate::gate::{Call, Preview};
use crate::options::Options;
use crate::problem::{Problem, Reply};
use crate::run::{Trace, spoken};

static OC_DELETE: Function = Function {
    signature: "oc_delete(cluster: Cluster, what: string, options?: map) -> bool",
    effect: Effect::Destroy,
    doc: r#"
Deletes the object that `what` names; one that is not there counts as deleted.

* `cluster: Cluster` - from `cluster("name")`, with `.namespace("ns")` where the kind is in namespaces
* `what: string` - kind and name, as in `pod/etcd-0`
* `options: map` - `uid: string` the UID that it must have; `propagation: "background"`, `"foreground"` or `"orphan"`;
  `grace: Duration` that it gets to end by itself; `wait: Duration` until it is gone

Only the object that was there when the call began is deleted, not one that is made anew under its name.
Returns whether there was one.
Errors: `conflict` if it has another UID, `timeout` with the finalizers that hold it, `wrong_cluster`, `denied`,
`unreachable`, `refused` unless the phase is approved.

```rhai
let home = cluster("source").namespace("default");
oc_apply(home, #{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "drsh-goes"}});
assert(oc_delete(home, "cm/drsh-goes", #{wait: seconds(30)}), "it was there");
assert(!oc_delete(home, "cm/drsh-goes"), "it is gone");
```
"#,
};

static OC_DELETE_ALL: Function = Function {
    signature: "oc_delete_all(cluster: Cluster, kind: string, options?: map) -> array",
    effect: Effect::Destroy,
    doc: r#"
Deletes every object of a kind in the handle's namespace, or those that are selected.

* `cluster: Cluster` - from `cluster("name").namespace("ns")`
* `kind: string` - the kind by any of its names
* `options: map` - `labels` and `fields` as in `oc_list`; `propagation`, `grace` and `wait` as in `oc_delete`

Only the objects that were there when the call began are deleted.
Returns their names.
Errors: those of `oc_delete`.

```rhai
let home = cluster("source").namespace("default");
let labels = #{goes: "now"};
oc_apply(home, #{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "drsh-one", labels: labels}});
assert_eq(oc_delete_all(home, "cm", #{labels: labels, wait: seconds(30)}), ["drsh-one"]);
```
"#,
};

/// Adds the functions of this file.
pub(super) fn add_to(family: &mut Family) {
    family.add(
        &OC_DELETE,
        |context: NativeCallContext<'_>, cluster: Cluster, what: &str| -> Reply<Dynamic> {
            delete(&context, &cluster, what, Map::new())
        },
    );
    family.add(
        &OC_DELETE,
        |context: NativeCallContext<'_>, cluster: Cluster, what: &str, options: Map| -> Reply<Dynamic> {
            delete(&context, &cluster, what, options)
        },
    );
    family.add(
        &OC_DELETE_ALL,
        |context: NativeCallContext<'_>, cluster: Cluster, kind: &str| -> Reply<Dynamic> {
            delete_all(&context, &cluster, kind, Map::new())
        },
    );
    family.add(
        &OC_DELETE_ALL,
        |context: NativeCallContext<'_>, cluster: Cluster, kind: &str, options: Map| -> Reply<Dynamic> {
            delete_all(&context, &cluster, kind, options)
        },
    );
}

fn delete(context: &NativeCallContext<'_>, cluster: &Cluster, what: &str, options: Map) -> Reply<Dynamic> {
    let call = Call::of(context, &OC_DELETE)?;
    let what = What::parse(what).map_err(|problem| call.fail(problem))?;
    let manner = Options::read(&OC_DELETE, options, &["uid", "propagation", "grace", "wait"])
        .and_then(|options| manner(&options))
        .map_err(|problem| call.fail(problem))?;
    let about = format!("delete {what}{}", cluster.within());
    patient(call, &manner).through_or_show(
        cluster,
        &about,
        |permitted| wire::delete::delete(permitted, &what, &manner),
        async |permitted| {
            let is_there = wire::delete::delete(permitted, &what, &manner).await?;
            let (lines, trace) = if is_there { (waited(&manner), Trace::Something) } else { none() };
            Ok(Preview::new(lines, is_there).leaves(trace))
        },
    )
}

fn delete_all(
    context: &NativeCallContext<'_>,
    cluster: &Cluster,
    kind: &str,
    options: Map,
) -> Reply<Dynamic> {
    let call = Call::of(context, &OC_DELETE_ALL)?;
    let (selection, manner) =
        Options::read(&OC_DELETE_ALL, options, &["labels", "fields", "propagation", "grace", "wait"])
            .and_then(|options| Ok((Selection::read(&options)?, manner(&options)?)))
            .map_err(|problem| call.fail(problem))?;
    let about = format!("delete all {kind}{}{selection}", cluster.within());
    let array = |names: Vec<String>| names.into_iter().map(Dynamic::from).collect::<Array>();
    patient(call, &manner).through_or_show(
        cluster,
        &about,
        async |permitted| Ok(array(wire::delete::delete_all(permitted, kind, &selection, &manner).await?)),
        async |permitted| {
            let names = wire::delete::delete_all(permitted, kind, &selection, &manner).await?;
            let mut lines: Vec<String> = names.iter().map(|name| format!("- {name}")).collect();
            let mut trace = Trace::Something;
            if names.is_empty() {
                (lines, trace) = none();
            } else {
                lines.extend(waited(&manner));
            }
            Ok(Preview::new(lines, array(names)).leaves(trace))
        },
    )
}

fn none() -> (Vec<String>, Trace) {
    (vec!["there is none: nothing would be different".to_owned()], Trace::Nothing)
}

/// What a plan says of the wait that follows.
fn waited(manner: &Manner) -> Vec<String> {
    manner.wait.iter().map(|limit| format!("then waits until it is gone, up to {}", spoken(*limit))).collect()
}

/// A call that waits may take that much longer.
fn patient(call: Call, manner: &Manner) -> Call {
    match manner.wait {
        Some(wait) => {
            let usual = call.run().environment().limits.call_seconds;
            call.limit(wait.saturating_add(std::time::Duration::from_secs(usual)))
        }
        None => call,
    }
}

fn manner(options: &Options) -> Result<Manner, Problem> {
    let propagation = match options.text("propagation")?.as_deref() {
        None => None,
        Some("background") => Some(Propagation::Background),
        Some("foreground") => Some(Propagation::Foreground),
        Some("orphan") => Some(Propagation::Orphan),
        Some(_) => return Err(options.wrong("propagation", "one of background, foreground, orphan")),
    };
    Ok(Manner {
        uid: options.text("uid")?,
        propagation,
        grace: options.duration("grace")?,
        wait: options.duration("wait")?,
    })
}
