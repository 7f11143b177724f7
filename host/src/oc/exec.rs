//! `oc_exec`, `oc_exec_stream`: commands in containers.

use rhai::{Array, Dynamic, ImmutableString, Map, NativeCallContext};

use super::Cluster;
use super::names::is_name;
use super::wire::exec::{self as wire, Command};
use crate::declare::{Effect, Family, Function};
use crate::gate::{Call, Preview};
use crate::options::Options;
use crate::problem::{Problem, Reply};
use crate::secret::Secret;
use crate::stream::ByteSource;
use crate::unknown::Unknown;

static OC_EXEC: Function = Function {
    signature: "oc_exec(cluster: Cluster, pod: string, command: array, options?: map) -> Output",
    effect: Effect::Change,
    doc: r#"
Runs a command in a container of a pod and returns what it printed.

* `cluster: Cluster` - from `cluster("name").namespace("ns")`
* `pod: string` - the pod's name
* `command: array of string` - program and arguments; nothing is given to a shell
* `options: map` - `container: string`, needed where the pod has several; `stdin: string or Secret`;
  `reads: true` if the command only looks: it then runs in a plan too, and again if the connection breaks;
  `limit: Duration` how long it may take; `follows_change: true` if it looks at what an earlier change of the script
  makes: in a plan its answer is not known, and it does not run

A secret reaches the command by `stdin`, never by its arguments.
Returns `Output`: `stdout` and `stderr`, text, without the last newline.
Errors: `exit` if the status is not zero, with the last line of stderr; `connection_lost` if the connection breaks
before the command ends; `output` for more than 16 MiB or what is no text; `not_found`, `denied`, `timeout`,
`unreachable`.

```rhai
let control_plane = cluster("source").namespace("clusters-demo");
let status = ["etcdctl", "version"];
let output = oc_exec(control_plane, "etcd-0", status, #{container: "etcd", reads: true});
assert(output.stdout.contains("etcdctl version"), output.stdout);
```
"#,
};

static OC_EXEC_STREAM: Function = Function {
    signature: "oc_exec_stream(cluster: Cluster, pod: string, command: array, options?: map) -> ByteSource",
    effect: Effect::Change,
    doc: r#"
Gives what a command prints as a source of bytes, for a function that takes one, such as `s3_put`.

* `cluster: Cluster` - from `cluster("name").namespace("ns")`
* `pod: string` - the pod's name
* `command: array of string` - program and arguments; nothing is given to a shell
* `options: map` - `container: string`; `stdin: string or Secret`; `reads: true` if the command only looks

The command runs when the source is read, and again each time it is read anew. A status that is not zero, and a
connection that breaks, are errors of the reader: it never takes a part for the whole.
Returns the source.
Errors: `bad_argument`; those of `oc_exec` when it is read.

```rhai
let control_plane = cluster("source").namespace("clusters-demo");
let options = #{container: "etcd", reads: true};
let snapshot = oc_exec_stream(control_plane, "etcd-0", ["cat", "/var/lib/data/snapshot.db"], options);
assert_eq(`${snapshot}`, "`cat` in pod etcd-0 in clusters-demo");
```
"#,
};

const KEYS: [&str; 5] = ["container", "stdin", "reads", "limit", "follows_change"];

/// Adds the functions of this file.
pub(super) fn add_to(family: &mut Family) {
    family.add(
        &OC_EXEC,
        |context: NativeCallContext<'_>, cluster: Cluster, pod: &str, command: Array| -> Reply<Dynamic> {
            exec(&context, &cluster, pod, command, Map::new())
        },
    );
    family.add(
        &OC_EXEC,
        |context: NativeCallContext<'_>,
         cluster: Cluster,
         pod: &str,
         command: Array,
         options: Map|
         -> Reply<Dynamic> { exec(&context, &cluster, pod, command, options) },
    );
    family.name_type::<ByteSource>("ByteSource");
    family.module_mut().set_native_fn("to_string", |source: &mut ByteSource| Ok(source.to_string()));
    family.add(
        &OC_EXEC_STREAM,
        |context: NativeCallContext<'_>, cluster: Cluster, pod: &str, command: Array| -> Reply<ByteSource> {
            stream(&context, &cluster, pod, command, Map::new())
        },
    );
    family.add(
        &OC_EXEC_STREAM,
        |context: NativeCallContext<'_>,
         cluster: Cluster,
         pod: &str,
         command: Array,
         options: Map|
         -> Reply<ByteSource> { stream(&context, &cluster, pod, command, options) },
    );
}

fn exec(
    context: &NativeCallContext<'_>,
    cluster: &Cluster,
    pod: &str,
    arguments: Array,
    options: Map,
) -> Reply<Dynamic> {
    let call = Call::of(context, &OC_EXEC)?;
    let read = || {
        let options = Options::read(&OC_EXEC, options, &KEYS)?;
        Ok((read_command(pod, arguments, &options)?, options.duration("limit")?))
    };
    let (command, limit) = read().map_err(|problem| call.fail(problem))?;
    let call = narrowed(call, &command);
    let call = match limit {
        Some(limit) => call.limit(limit),
        None => call,
    };
    let about = format!("run {}{}", command.about(), cluster.within());
    if command.follows_change && call.run().is_planning() {
        return Ok(call.unknown(cluster));
    }
    call.through_or_tell(
        cluster,
        &about,
        |permitted| wire::run(permitted, &command),
        || Preview::new(command.particulars(), call.unknown(cluster)),
    )
}

fn stream(
    context: &NativeCallContext<'_>,
    cluster: &Cluster,
    pod: &str,
    arguments: Array,
    options: Map,
) -> Reply<ByteSource> {
    let call = Call::of(context, &OC_EXEC_STREAM)?;
    let command = Options::read(&OC_EXEC_STREAM, options, &KEYS[..3])
        .and_then(|options| read_command(pod, arguments, &options))
        .map_err(|problem| call.fail(problem))?;
    let call = narrowed(call, &command);
    let about = format!("{}{}", command.about(), cluster.within());
    if call.is_shown() {
        let preview = || Preview::new(command.particulars(), ());
        drop(call.through_or_tell(cluster, &format!("run {about}"), async |_| Ok(()), preview)?);
        return Ok(unread(&about));
    }
    let permitted = call.permit(cluster, &format!("run {about}"))?;
    Ok(ByteSource::new(&about, move || {
        let (permitted, command) = (permitted.clone(), command.clone());
        Box::pin(async move { wire::open(permitted, command).await })
    }))
}

/// The source that a plan hands on: nothing is read from it.
fn unread(about: &str) -> ByteSource {
    let why = format!("what {about} would print is not known in a plan");
    ByteSource::new(about, move || {
        let problem = Unknown::because(&why).problem();
        Box::pin(async move { Err(problem) })
    })
}

/// A command that is said to look only has that effect.
fn narrowed(call: Call, command: &Command) -> Call {
    if command.repeatable { call.effect(Effect::Read) } else { call }
}

fn read_command(pod: &str, arguments: Array, options: &Options) -> Result<Command, Problem> {
    if !is_name(pod) {
        return Err(Problem::new("bad_argument", format!("`{pod}` cannot be the name of a pod")));
    }
    let arguments = arguments.into_iter().map(argument).collect::<Result<Vec<String>, Problem>>()?;
    if arguments.first().is_none_or(String::is_empty) {
        return Err(Problem::new("bad_argument", "a command needs a program"));
    }
    let stdin = match options.any("stdin") {
        None => None,
        Some(value) => Some(
            value
                .clone()
                .try_cast::<Secret>()
                .or_else(|| value.try_cast::<ImmutableString>().map(|text| Secret::new(text.as_str())))
                .ok_or_else(|| options.wrong("stdin", "text or a secret"))?,
        ),
    };
    let container = options.text("container")?;
    let (repeatable, follows_change) = (options.flag("reads")?, options.flag("follows_change")?);
    Ok(Command { pod: pod.to_owned(), container, arguments, stdin, repeatable, follows_change })
}

fn argument(value: Dynamic) -> Result<String, Problem> {
    Unknown::refuse(&value)?;
    if value.is::<Secret>() {
        let problem =
            Problem::new("bad_argument", "a secret cannot be an argument: the process list shows it");
        return Err(problem.hint("give it to the command by `stdin`"));
    }
    value.into_string().map_err(|kind| {
        Problem::new(
            "bad_argument",
            format!("a command is a list of texts, and one of them is of type {kind}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: Array, options: Map) -> Result<Command, Problem> {
        read_command("etcd-0", arguments, &Options::read(&OC_EXEC, options, &KEYS)?)
    }

    #[test]
    fn a_secret_is_refused_as_an_argument_and_taken_by_stdin() {
        let secret = || Dynamic::from(Secret::new("canary"));
        let problem = read(vec!["login".into(), secret()], Map::new()).unwrap_err();
        assert_eq!(problem.kind, "bad_argument");
        let command = read(vec!["login".into()], Map::from([("stdin".into(), secret())])).unwrap();
        assert_eq!(command.stdin.unwrap().expose(), "canary");
    }

    #[test]
    fn what_is_no_command_is_refused() {
        assert!(read(Vec::new(), Map::new()).is_err());
        assert!(read(vec![3_i64.into()], Map::new()).is_err());
        assert!(read(vec!["a".into()], Map::from([("stdin".into(), 3_i64.into())])).is_err());
        assert!(read_command("../x", vec!["a".into()], &Options::none(&OC_EXEC)).is_err());
    }
}
