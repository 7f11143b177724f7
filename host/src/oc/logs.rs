//! `oc_logs`: what containers wrote.

use rhai::{Map, NativeCallContext};

use super::Cluster;
use super::names::is_name;
use super::wire::review::{self as wire, LogOf};
use crate::declare::{Effect, Family, Function};
use crate::gate::Call;
use crate::options::Options;
use crate::problem::{Problem, Reply};

static OC_LOGS: Function = Function {
    signature: "oc_logs(cluster: Cluster, pod: string, options?: map) -> string",
    effect: Effect::Read,
    doc: r#"
Reads what a container of a pod wrote, 16 MiB at most.

* `cluster: Cluster` - from `cluster("name").namespace("ns")`
* `pod: string` - the pod's name
* `options: map` - `container: string`, needed where there are several; `tail: int` the last lines only;
  `since: Duration` how far back; `previous: true` for the container's last life

Returns the text.
Errors: `not_found`, `invalid` where the container must be named, `denied`, `unreachable`.

```rhai
let control_plane = cluster("source").namespace("clusters-demo");
let text = oc_logs(control_plane, "etcd-0", #{container: "etcd", tail: 5});
assert(text.split("\n").len() <= 6, text);
```
"#,
};

/// Adds the functions of this file.
pub(super) fn add_to(family: &mut Family) {
    family.add(&OC_LOGS, |context: NativeCallContext<'_>, cluster: Cluster, pod: &str| -> Reply<String> {
        logs(&context, &cluster, pod, Map::new())
    });
    family.add(
        &OC_LOGS,
        |context: NativeCallContext<'_>, cluster: Cluster, pod: &str, options: Map| -> Reply<String> {
            logs(&context, &cluster, pod, options)
        },
    );
}

fn logs(context: &NativeCallContext<'_>, cluster: &Cluster, pod: &str, options: Map) -> Reply<String> {
    let call = Call::of(context, &OC_LOGS)?;
    let wanted = Options::read(&OC_LOGS, options, &["container", "tail", "since", "previous"])
        .and_then(|options| read(pod, &options))
        .map_err(|problem| call.fail(problem))?;
    let about = format!("read the log of pod {pod}{}", cluster.within());
    let text = call.through(cluster, &about, |permitted| wire::logs(permitted, pod, &wanted))?;
    Ok(call.run().redactor().clean(&text).into_owned())
}

fn read(pod: &str, options: &Options) -> Result<LogOf, Problem> {
    if !is_name(pod) {
        return Err(Problem::new("bad_argument", format!("`{pod}` cannot be the name of a pod")));
    }
    Ok(LogOf {
        container: options.text("container")?,
        previous: options.flag("previous")?,
        tail: options.count("tail")?,
        since: options.duration("since")?,
    })
}
