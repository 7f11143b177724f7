//! `ssh`: a command on a host.

use std::time::Duration;

use rhai::{Array, Dynamic, ImmutableString, Map, NativeCallContext};

use super::wire::{self, Command};
use crate::declare::{Effect, Family, Function};
use crate::environment::Host;
use crate::gate::Call;
use crate::options::Options;
use crate::output::Output;
use crate::problem::{Problem, Reply};
use crate::secret::Secret;

static SSH: Function = Function {
    signature: "ssh(host: Host, command: array, limit: Duration, options?: map) -> Output",
    effect: Effect::Change,
    doc: r#"
Runs a command on a host and returns what it printed.

* `host: Host` - from `host("name")`
* `command: array of string` - program and arguments; each arrives byte for byte, no shell looks into it
* `limit: Duration` - how long it may take, connection included; it is ended on the host soon after that
* `options: map` - `sudo: true` to run it as root; `stdin: string or Secret`; `reads: true` if it only looks: it then
  runs in a plan too, and again if the connection breaks

A secret reaches the command by `stdin`, never by its arguments. The connection to a host is kept for the run.
Returns `Output`: `stdout` and `stderr`, text, without the last newline.
Errors: `exit` if the status is not zero, with the last line of stderr; `timeout`; `unreachable`; `denied`;
`host_key_changed` and `unknown_host_key`, which nothing overrides; `connection_lost` if the connection breaks before
the command ends; `output` for more than 16 MiB or what is no text.
Source: E3-E8, E14.

```rhai
// The hosts of a place are named in its environment file.
let uptime = |name| ssh(host(name), ["cat", "/proc/uptime"], seconds(10), #{reads: true}).stdout;
assert_eq(type_of(uptime), "Fn");
```
"#,
};

const KEYS: &[&str] = &["sudo", "stdin", "reads"];

pub(super) fn add_to(family: &mut Family) {
    Output::add_to(family);
    family.add(
        &SSH,
        |context: NativeCallContext, host: Host, command: Array, limit: Duration| -> Reply<Output> {
            run(&context, &host, command, limit, Map::new())
        },
    );
    family.add(
        &SSH,
        |context: NativeCallContext,
         host: Host,
         command: Array,
         limit: Duration,
         options: Map|
         -> Reply<Output> { run(&context, &host, command, limit, options) },
    );
}

fn run(
    context: &NativeCallContext,
    host: &Host,
    arguments: Array,
    limit: Duration,
    options: Map,
) -> Reply<Output> {
    let call = Call::of(context, &SSH)?;
    let command = read(arguments, options).map_err(|problem| call.fail(problem))?;
    let call = if command.repeatable { call.effect(Effect::Read) } else { call };
    let about = format!("run {command}");
    call.limit(limit).through(host, &about, |permitted| wire::run(permitted, command))
}

fn read(arguments: Array, options: Map) -> Result<Command, Problem> {
    let options = Options::read(&SSH, options, KEYS)?;
    let arguments = arguments.into_iter().map(argument).collect::<Result<Vec<String>, Problem>>()?;
    let stdin = match options.any("stdin") {
        None => None,
        Some(value) if value.is::<Secret>() => value.try_cast::<Secret>(),
        Some(value) => {
            let text = value
                .try_cast::<ImmutableString>()
                .ok_or_else(|| options.wrong("stdin", "text or a secret"))?;
            Some(Secret::new(text.as_str()))
        }
    };
    let mut command = Command::new(arguments)?;
    (command.sudo, command.stdin, command.repeatable) =
        (options.flag("sudo")?, stdin, options.flag("reads")?);
    Ok(command)
}

fn argument(value: Dynamic) -> Result<String, Problem> {
    if value.is::<Secret>() {
        return Err(Problem::new(
            "bad_argument",
            "a secret cannot be an argument: the process list shows it",
        )
        .hint("give it to the command by `stdin`"));
    }
    value.into_string().map_err(|kind| {
        Problem::new(
            "bad_argument",
            format!("a command is a list of texts, and one of them is of type {kind}"),
        )
    })
}
