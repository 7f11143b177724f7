//! `ssh_open`, `ssh_all`: many hosts side by side.

use std::collections::BTreeSet;
use std::time::Duration;

use rhai::{Array, Dynamic, Map, NativeCallContext};

use super::command::{self, KEYS};
use super::wire::{self, Command};
use crate::declare::{Effect, Family, Function};
use crate::environment::{Host, Target};
use crate::gate::{Call, Preview};
use crate::options::Options;
use crate::output::Output;
use crate::problem::{Problem, Reply};
use crate::run::Event;

/// How many hosts are worked on at a time where the script does not say.
const AT_A_TIME: u64 = 10;

/// More at a time than this help nobody.
const MOST: u64 = 100;

static SSH_OPEN: Function = Function {
    signature: "ssh_open(hosts: array, options?: map) -> array of map",
    effect: Effect::Read,
    doc: r#"
Opens the connections to many hosts and holds them, asked in between whether they live, to the end of the run.

A procedure that takes the API away begins with it: what cannot be reached is known before anything is touched.

* `hosts: array of Host` - from `host("name")`, none twice
* `options: map` - `at_least: int`: how many must be reached (all); `limit: Duration` for each host (as the environment
  says for a call)

Returns, in the order of `hosts`, for each a map of `host`, its name, `ok`, and `problem`, a text that is empty if all
is well.
Errors: `unreachable`, `denied`, `unknown_host_key`, `host_key_changed`, which name each host that was not reached;
`several` if their reasons differ.
Source: E1.

```rhai
let open = |names| ssh_open(names.map(|name| host(name)), #{at_least: 2});
assert_eq(type_of(open), "Fn");
```
"#,
};

static SSH_ALL: Function = Function {
    signature: "ssh_all(hosts: array, command: array, limit: Duration, options?: map) -> array of map",
    effect: Effect::Change,
    doc: r#"
Runs a command on many hosts side by side.

* `hosts: array of Host` - from `host("name")`, none twice
* `command: array of string` - as for `ssh`
* `limit: Duration` - how long it may take on each host
* `options: map` - those of `ssh`; `at_least: int`: on how many hosts it must succeed (all); `most: int`: on how many
  hosts at a time, 1 to 100 (10)

It runs on all of the hosts, also if it fails on one. Returns, in the order of `hosts`, for each a map of `host`, its
name, `ok`, `stdout`, `stderr`, and `problem`, a text that is empty if all is well.
Errors: those of `ssh`, which name each host that failed and why; `several` if their kinds differ.
Source: E3-E9, E14.

```rhai
let uptimes = |names| ssh_all(names.map(|name| host(name)), ["cat", "/proc/uptime"], seconds(10), #{reads: true});
assert_eq(type_of(uptimes), "Fn");
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.add(&SSH_OPEN, |context: NativeCallContext, hosts: Array| -> Reply<Array> {
        open(&context, hosts, Map::new())
    });
    family.add(&SSH_OPEN, |context: NativeCallContext, hosts: Array, options: Map| -> Reply<Array> {
        open(&context, hosts, options)
    });
    family.add(
        &SSH_ALL,
        |context: NativeCallContext, hosts: Array, command: Array, limit: Duration| -> Reply<Array> {
            all(&context, hosts, command, limit, Map::new())
        },
    );
    family.add(
        &SSH_ALL,
        |context: NativeCallContext,
         hosts: Array,
         command: Array,
         limit: Duration,
         options: Map|
         -> Reply<Array> { all(&context, hosts, command, limit, options) },
    );
}

fn open(context: &NativeCallContext, hosts: Array, options: Map) -> Reply<Array> {
    let call = Call::of(context, &SSH_OPEN)?;
    let read = || {
        let options = Options::read(&SSH_OPEN, options, &["at_least", "limit"])?;
        let hosts = distinct(hosts)?;
        Ok((enough(&options, hosts.len())?, options.duration("limit")?, hosts))
    };
    let (enough, limit, hosts) = read().map_err(|problem| call.fail(problem))?;
    let call = if let Some(limit) = limit { call.limit(limit) } else { call };
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let done = call.through_each(&hosts, "connect", most, wire::open)?;
    let done = judged(&call, &hosts, enough, done)?;
    Ok(done.into_iter().map(|(host, done)| Dynamic::from_map(described(&host, &done))).collect())
}

fn all(
    context: &NativeCallContext,
    hosts: Array,
    command: Array,
    limit: Duration,
    options: Map,
) -> Reply<Array> {
    let call = Call::of(context, &SSH_ALL)?;
    let read = || {
        let options = Options::read(&SSH_ALL, options, &[&KEYS[..], &["at_least", "most"]].concat())?;
        let hosts = distinct(hosts)?;
        let most = options.count("most")?.unwrap_or(AT_A_TIME);
        if !(1..=MOST).contains(&most) {
            return Err(options.wrong("most", "a number from 1 to 100"));
        }
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok((command::read(command, &options)?, enough(&options, hosts.len())?, most, hosts))
    };
    let (command, enough, most, hosts) = read().map_err(|problem| call.fail(problem))?;
    let call = if command.repeatable { call.effect(Effect::Read) } else { call }.limit(limit);
    let about = format!("run {command}");
    if call.is_shown() {
        return hosts
            .iter()
            .map(|host| shown(&call, host, &about, &command, enough == hosts.len()))
            .collect();
    }
    let done = call.through_each(&hosts, &about, most, |permitted| wire::run(permitted, command.clone()))?;
    let done = judged(&call, &hosts, enough, done)?;
    Ok(done.into_iter().map(|(host, done)| with_output(described(&host, &done), done)).collect())
}

/// In a plan: what the command would be on one host; if it must succeed on all, it does.
fn shown(call: &Call, host: &Host, about: &str, command: &Command, all: bool) -> Reply<Dynamic> {
    let unknown = call.unknown(host);
    let answer = |known: Dynamic| if all { known } else { unknown.clone() };
    let map = Map::from([
        ("host".into(), host.name().to_owned().into()),
        ("ok".into(), answer(true.into())),
        ("problem".into(), answer("".into())),
        ("stdout".into(), unknown.clone()),
        ("stderr".into(), unknown.clone()),
    ]);
    let preview = Preview::new(command.particulars(), map);
    call.through_or_tell(host, about, async |_| Ok(()), || preview)
}

/// Reads a list of hosts, in which each stands once.
fn distinct(hosts: Array) -> Result<Vec<Host>, Problem> {
    let wrong = |message: String| Err(Problem::new("bad_argument", message));
    let mut seen = BTreeSet::new();
    let mut distinct = Vec::with_capacity(hosts.len());
    for value in hosts {
        let kind = value.type_name();
        let Some(host) = value.try_cast::<Host>() else {
            return wrong(format!("`hosts` is a list of hosts, and one of them is of type {kind}"));
        };
        if !seen.insert(host.name().to_owned()) {
            return wrong(format!("{host} stands twice in `hosts`"));
        }
        distinct.push(host);
    }
    if distinct.is_empty() { wrong("`hosts` names no host".to_owned()) } else { Ok(distinct) }
}

/// How many hosts must succeed.
fn enough(options: &Options, count: usize) -> Result<usize, Problem> {
    match options.count("at_least")? {
        None => Ok(count),
        Some(least) => {
            usize::try_from(least).ok().filter(|least| (1..=count).contains(least)).ok_or_else(|| {
                options.wrong("at_least", &format!("a number from 1 to {count}, as many as there are hosts"))
            })
        }
    }
}

/// What came of each host.
type Outcomes<R> = Vec<(Host, Result<R, Problem>)>;

/// Stops unless it succeeded on enough hosts; a host that may be left out is told all the same.
fn judged<R>(
    call: &Call,
    hosts: &[Host],
    enough: usize,
    done: Vec<Result<R, Problem>>,
) -> Reply<Outcomes<R>> {
    let done: Outcomes<R> = hosts.iter().cloned().zip(done).collect();
    let failed: Vec<(&Host, &Problem)> =
        done.iter().filter_map(|(host, done)| Some((host, done.as_ref().err()?))).collect();
    if hosts.len() - failed.len() >= enough {
        for (host, problem) in failed {
            call.run().tell(Event::Warned(format!("{host} is left out: {}", problem.message)));
        }
        return Ok(done);
    }
    Err(call.fail(together(&failed, hosts.len(), enough)))
}

/// Makes one problem of several: each host with its reason.
fn together(failed: &[(&Host, &Problem)], count: usize, enough: usize) -> Problem {
    let reasons: Vec<String> =
        failed.iter().map(|(host, problem)| format!("{}: {}", host.name(), problem.message)).collect();
    let kinds: BTreeSet<&str> = failed.iter().map(|(_, problem)| &*problem.kind).collect();
    let kind = match kinds.first() {
        Some(kind) if kinds.len() == 1 => (*kind).to_owned(),
        _ => "several".to_owned(),
    };
    let needed = if enough == count { String::new() } else { format!(", and {enough} must succeed") };
    let message = format!("{} of {count} hosts failed{needed}: {}", failed.len(), reasons.join("; "));
    let mut problem = Problem::new(kind, message);
    problem.hint = failed.iter().find_map(|(_, problem)| problem.hint.clone());
    problem
}

fn described<R>(host: &Host, done: &Result<R, Problem>) -> Map {
    let problem = done.as_ref().err().map_or("", |problem| problem.message.as_str());
    Map::from([
        ("host".into(), host.name().to_owned().into()),
        ("ok".into(), done.is_ok().into()),
        ("problem".into(), problem.to_owned().into()),
    ])
}

fn with_output(mut map: Map, done: Result<Output, Problem>) -> Dynamic {
    let output = done.unwrap_or_else(|_| Output::new("", ""));
    map.insert("stdout".into(), output.stdout.into());
    map.insert("stderr".into(), output.stderr.into());
    Dynamic::from_map(map)
}
