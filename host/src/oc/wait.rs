//! `oc_wait`, `oc_wait_all`: watches until a closure says that things are as they should be.

use std::sync::Arc;
use std::time::Duration;

use rhai::{Dynamic, FnPtr, Map, NativeCallContext};

use super::names::What;
use super::select::{self, Selection};
use super::verdict::{Verdict, Vigil};
use super::wire::follow::{Follow, News, Seen};
use super::{Cluster, Objects};
use crate::closure::Closure;
use crate::declare::{Effect, Family, Function};
use crate::environment::Target;
use crate::gate::Call;
use crate::options::Options;
use crate::problem::{Problem, Reply};
use crate::run::Run;
use crate::unknown::{self, Unknown};

static OC_WAIT: Function = Function {
    signature: "oc_wait(cluster: Cluster, what: string, until: string, limit: Duration, check: Fn) -> any",
    effect: Effect::Read,
    doc: r#"
Watches one object until `check` says that it is as it should be.

* `cluster: Cluster` - from `cluster("name")`, with `.namespace("ns")` where the kind is in namespaces
* `what: string` - kind and name, as in `hc/demo`
* `until: string` - what is waited for, completing "waited for hc/demo": `to be Available`
* `limit: Duration` - how long at most
* `check: Fn` - is given the object as it is now, or `()` while there is none; answers `true`, `false`, or text that
  says what is still missing

An API that is away for a while is waited for too. Returns the object that `check` was content with, or `()`.
Errors: `timeout` with what was missing last and since when; those of `oc_get`, less `not_found`; those of `check`.

```rhai
let clusters = cluster("source").namespace("clusters");
let hc = oc_wait(clusters, "hc/demo", "to exist", minutes(1), |hc| hc != ());
assert_eq(hc.metadata.name, "demo");
```
"#,
};

static OC_WAIT_ALL: Function = Function {
    signature: "oc_wait_all(cluster: Cluster, kind: string, options: map, until: string, limit: Duration, check: Fn) \
                -> Objects",
    effect: Effect::Read,
    doc: r#"
Watches objects of a kind until `check` says that together they are as they should be.

* `cluster: Cluster` - from `cluster("name")`, with `.namespace("ns")` where the kind is in namespaces
* `kind: string` - the kind by any of its names
* `options: map` - `labels`, `fields`, `all_namespaces` as in `oc_list`; `#{}` for all of the namespace
* `until: string` - what is waited for, completing "waited for pods": `to be gone`
* `limit: Duration` - how long at most
* `check: Fn` - is given the selected `Objects` as they are now; answers `true`, `false`, or text that says what is
  still missing

An API that is away for a while is waited for too. Returns the objects that `check` was content with.
Errors: those of `oc_wait`.

```rhai
let clusters = cluster("source").namespace("clusters");
let pools = oc_wait_all(clusters, "np", #{}, "to exist", minutes(1), |pools| !pools.is_empty());
assert(pools.len() > 0, "no NodePool");
```
"#,
};

/// Adds the functions of this file.
pub(super) fn add_to(family: &mut Family) {
    family.add(
        &OC_WAIT,
        |context: NativeCallContext<'_>,
         cluster: Cluster,
         what: &str,
         until: &str,
         limit: Duration,
         check: FnPtr|
         -> Reply<Dynamic> {
            let call = Call::of(&context, &OC_WAIT)?.limit(limit);
            let what = What::parse(what).map_err(|problem| call.fail(problem))?;
            let subject = format!("{what}{} {until}", cluster.within());
            let watch = Watch { call, cluster, kind: &what.kind, selection: Selection::one(&what.name) };
            let check = Closure::new(check);
            watch.until(&subject, limit, |news| {
                let object = match news.as_slice() {
                    [seen, ..] => Dynamic::clone(&seen.object),
                    [] => Dynamic::UNIT,
                };
                let otherwise =
                    if object.is_unit() { "it does not exist" } else { "it is there, but not so" };
                let answer = check.call(&context, (object.clone(),))?;
                Ok((answer, otherwise, object))
            })
        },
    );
    family.add(
        &OC_WAIT_ALL,
        |context: NativeCallContext<'_>,
         cluster: Cluster,
         kind: &str,
         options: Map,
         until: &str,
         limit: Duration,
         check: FnPtr|
         -> Reply<Dynamic> {
            let call = Call::of(&context, &OC_WAIT_ALL)?.limit(limit);
            let selection = Options::read(&OC_WAIT_ALL, options, &select::KEYS)
                .and_then(|options| Selection::read(&options))
                .map_err(|problem| call.fail(problem))?;
            let subject = format!("{kind}{}{selection} {until}", cluster.within());
            let check = Closure::new(check);
            Watch { call, cluster, kind, selection }.until(&subject, limit, |news| {
                let objects = Objects::new(news.iter().map(|seen| seen.object.clone()).collect());
                let answer = check.call(&context, (objects.clone(),))?;
                Ok((answer, "they are not so yet", objects))
            })
        },
    );
}

struct Watch<'a> {
    call: Call,
    cluster: Cluster,
    kind: &'a str,
    selection: Selection,
}

impl Watch<'_> {
    /// Shows `check` every state on the script's thread, until it is content or the limit passes.
    fn until<R>(
        self,
        subject: &str,
        limit: Duration,
        mut check: impl FnMut(Vec<Arc<Seen>>) -> Reply<(Dynamic, &'static str, R)>,
    ) -> Reply<Dynamic>
    where
        R: Clone + Send + Sync + 'static,
    {
        let Self { call, cluster, kind, selection } = self;
        let run = call.run().clone();
        let permitted = call.permit(&cluster, &format!("watch {subject}"))?;
        let subject = format!("{subject} on cluster {}", cluster.name());
        let mut vigil = Vigil::new(&run, subject.clone(), limit);
        let fail = |problem: Problem| call.fail(problem);
        let begin = async { Follow::begin(&permitted, kind, &selection) };
        let mut follow = run.block_on(None, begin).map_err(fail)?;
        loop {
            let next = match run.block_on(Some(vigil.left()), follow.next()) {
                Err(problem) if &*problem.kind == "timeout" => return Err(fail(vigil.ran_out())),
                next => next.and_then(|news| news).map_err(fail)?,
            };
            let objects = match next {
                News::Objects(objects) => objects,
                News::Away(problem) if run.is_planning() => {
                    return would_wait(&run, &subject, limit, problem.message).map_err(fail);
                }
                News::Away(problem) => {
                    vigil.see(&problem.message);
                    continue;
                }
            };
            let (answer, otherwise, content) = match check(objects) {
                Err(error) if run.is_planning() && run.is_blamed_on_plan(&unknown::cause(&error)) => {
                    return would_wait(&run, &subject, limit, unknown::cause(&error).message).map_err(fail);
                }
                checked => checked?,
            };
            if run.is_planning() && answer.is::<Unknown>() {
                return would_wait(&run, &subject, limit, "not known in a plan".to_owned()).map_err(fail);
            }
            match Verdict::of(&answer, otherwise).map_err(fail)? {
                Verdict::Met => {
                    vigil.met().map_err(fail)?;
                    return Ok(Dynamic::from(content));
                }
                Verdict::Missing(missing) if run.is_planning() => {
                    return would_wait(&run, &subject, limit, missing).map_err(fail);
                }
                Verdict::Missing(missing) => vigil.see(&missing),
            }
        }
    }
}

/// In a plan nothing comes about by waiting: says what would be waited for, and what is so now.
fn would_wait(run: &Run, subject: &str, limit: Duration, now: String) -> Result<Dynamic, Problem> {
    run.would_wait(subject, limit, now)?;
    Ok(Unknown::value(&format!("what {subject} would look like is not known in a plan")))
}
