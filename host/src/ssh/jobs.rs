//! `ssh_start`, `ssh_attach`, `ssh_forget`: commands that go on when the connection, or drsh, does not.

use std::time::Duration;

use rhai::{Array, Dynamic, ImmutableString, Map, NativeCallContext};

use super::command;
use super::wire::{self, Job};
use crate::declare::{Effect, Family, Function};
use crate::environment::Host;
use crate::gate::{Call, Preview};
use crate::options::Options;
use crate::output::Output;
use crate::problem::{Problem, Reply};

/// The longest name of a job.
const LONGEST: usize = 64;

static SSH_START: Function = Function {
    signature: "ssh_start(host: Host, command: array, name: string, options?: map) -> string",
    effect: Effect::Change,
    doc: r#"
Starts a command on a host that goes on by itself: neither a lost connection nor the end of drsh ends it.

* `host: Host` - from `host("name")`
* `command: array of string` - as for `ssh`; it finds its input empty
* `name: string` - what the job is called on the host: lower-case letters, digits, `.`, `_` and `-`, 64 at most
* `options: map` - `sudo: true` to run it as root; `environment: map` as for `ssh`; `limit: Duration`: how long the
  start may take (as the environment says for a call)

A name is started once: if the job runs, or ran to its end, before or in an earlier run, it is left as it is. Its
output, process and exit status lie in `~/.drsh/NAME` on the host, which nobody else may enter, until `ssh_forget`.
Returns `"started"`, `"running"` if it ran before the call, or `"ended"`.
Errors: those of `ssh`; `conflict` if the name is that of another command; `job_lost` if it ended without leaving its
status, as by a restart of the host.
Source: E12.

```rhai
let restore = |name| ssh_start(host(name), ["/usr/local/bin/cluster-restore.sh", "/home/core/backup"], "restore", #{sudo: true});
assert_eq(type_of(restore), "Fn");
```
"#,
};

static SSH_ATTACH: Function = Function {
    signature: "ssh_attach(host: Host, name: string, limit: Duration, options?: map) -> Output",
    effect: Effect::Read,
    doc: r#"
Follows a job that `ssh_start` started, tells its lines as they come, and returns when it has ended.

* `host: Host` - from `host("name")`
* `name: string` - that of the job
* `limit: Duration` - how long to wait; the job goes on after that
* `options: map` - `sudo: true` if it was started so; `stream: false` to tell no lines

A connection that breaks is made again, and the output goes on from the byte that was seen last. Attached anew, it
begins with the first. Returns `Output` as `ssh` does, of each stream the last MiB.
Errors: `exit` if the status of the job is not zero; `not_found`; `job_lost`; `timeout`; those of connecting.
Source: E12.

```rhai
let follow = |name| ssh_attach(host(name), "restore", hours(1), #{sudo: true});
assert_eq(type_of(follow), "Fn");
```
"#,
};

static SSH_FORGET: Function = Function {
    signature: "ssh_forget(host: Host, name: string, options?: map) -> bool",
    effect: Effect::Change,
    doc: r#"
Removes what a job that has ended left on its host; its name can then be started again.

* `host: Host` - from `host("name")`
* `name: string` - that of the job
* `options: map` - `sudo: true` if it was started so

Returns whether something was there.
Errors: `conflict` if it still runs; those of `ssh`.
Source: E12.

```rhai
let forget = |name| ssh_forget(host(name), "restore", #{sudo: true});
assert_eq(type_of(forget), "Fn");
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.add(
        &SSH_START,
        |context: NativeCallContext, host: Host, command: Array, name: &str| -> Reply<Dynamic> {
            start(&context, &host, command, name, Map::new())
        },
    );
    family.add(
        &SSH_START,
        |context: NativeCallContext,
         host: Host,
         command: Array,
         name: &str,
         options: Map|
         -> Reply<Dynamic> { start(&context, &host, command, name, options) },
    );
    family.add(
        &SSH_ATTACH,
        |context: NativeCallContext, host: Host, name: &str, limit: Duration| -> Reply<Output> {
            attach(&context, &host, name, limit, Map::new())
        },
    );
    family.add(
        &SSH_ATTACH,
        |context: NativeCallContext,
         host: Host,
         name: &str,
         limit: Duration,
         options: Map|
         -> Reply<Output> { attach(&context, &host, name, limit, options) },
    );
    family.add(&SSH_FORGET, |context: NativeCallContext, host: Host, name: &str| -> Reply<Dynamic> {
        forget(&context, &host, name, Map::new())
    });
    family.add(
        &SSH_FORGET,
        |context: NativeCallContext, host: Host, name: &str, options: Map| -> Reply<Dynamic> {
            forget(&context, &host, name, options)
        },
    );
}

fn start(
    context: &NativeCallContext,
    host: &Host,
    arguments: Array,
    name: &str,
    options: Map,
) -> Reply<Dynamic> {
    let call = Call::of(context, &SSH_START)?;
    let read = || {
        let options = Options::read(&SSH_START, options, &["sudo", "environment", "limit"])?;
        Ok((job(name, &options)?, command::read(arguments, &options)?, options.duration("limit")?))
    };
    let (job, command, limit) = read().map_err(|problem| call.fail(problem))?;
    let call = if let Some(limit) = limit { call.limit(limit) } else { call };
    let about = format!("start job {name}: {command}");
    let mut lines = command.particulars();
    lines.push("goes on by itself as a job of the host".to_owned());
    let preview = Preview::new(lines, call.unknown(host));
    call.through_or_tell(
        host,
        &about,
        async |permitted| Ok(ImmutableString::from(wire::start(permitted, job, command).await?)),
        || preview,
    )
}

fn attach(
    context: &NativeCallContext,
    host: &Host,
    name: &str,
    limit: Duration,
    options: Map,
) -> Reply<Output> {
    let call = Call::of(context, &SSH_ATTACH)?;
    let read = || {
        let options = Options::read(&SSH_ATTACH, options, &["sudo", "stream"])?;
        let live = options.value::<bool>("stream", "true or false")?.unwrap_or(true);
        Ok((job(name, &options)?, live))
    };
    let (job, live) = read().map_err(|problem| call.fail(problem))?;
    let about = format!("attach to job {name}");
    call.limit(limit).through(host, &about, |permitted| wire::attach(permitted, job, live))
}

fn forget(context: &NativeCallContext, host: &Host, name: &str, options: Map) -> Reply<Dynamic> {
    let call = Call::of(context, &SSH_FORGET)?;
    let read = || job(name, &Options::read(&SSH_FORGET, options, &["sudo"])?);
    let job = read().map_err(|problem| call.fail(problem))?;
    let preview = Preview::new(Vec::new(), call.unknown(host));
    let about = format!("forget job {name}");
    call.through_or_tell(host, &about, |permitted| wire::forget(permitted, job), || preview)
}

fn job(name: &str, options: &Options) -> Result<Job, Problem> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    let well_named = name.len() <= LONGEST
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.chars().all(plain);
    if !well_named {
        let message = format!("`{name}` is no name for a job");
        return Err(Problem::new("bad_argument", message).hint(
            "it has lower-case letters, digits, `.`, `_` and `-`, begins with a letter or a digit, and is 64 long at most",
        ));
    }
    Ok(Job { name: name.to_owned(), sudo: options.flag("sudo")? })
}
