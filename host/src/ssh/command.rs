//! `ssh`: a command on a host.

use std::time::Duration;

use rhai::{Array, Dynamic, ImmutableString, Map, NativeCallContext};

use super::wire::{self, Command};
use crate::declare::{Effect, Family, Function};
use crate::environment::Host;
use crate::gate::{Call, Preview};
use crate::options::Options;
use crate::output::Output;
use crate::problem::{Problem, Reply};
use crate::secret::Secret;
use crate::unknown::Unknown;

static SSH: Function = Function {
    signature: "ssh(host: Host, command: array, limit: Duration, options?: map) -> Output",
    effect: Effect::Change,
    doc: r#"
Runs a command on a host and returns what it printed.

* `host: Host` - from `host("name")`
* `command: array of string` - program and arguments; each arrives byte for byte, no shell looks into it
* `limit: Duration` - how long it may take, connection included
* `options: map` - `sudo: true` to run it as root; `stdin: string or Secret`; `environment: map` of variables that it
  finds set, each a `string or Secret`; `stream: true` to tell its lines, and keep them in the journal, as they come;
  `reads: true` if it only looks: it then runs in a plan too, and again if the connection breaks

A secret reaches the command by `stdin` or `environment`, never by its arguments; variables go to the host by stdin
too, so that no process list shows them. The connection to a host is kept for the run. A command that outlives its
limit, or that the operator interrupts, is ended on the host with everything that it started.
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

/// The options of a command, wherever one is given.
pub(super) const KEYS: [&str; 5] = ["sudo", "stdin", "environment", "stream", "reads"];

pub(super) fn add_to(family: &mut Family) {
    Output::add_to(family);
    family.add(
        &SSH,
        |context: NativeCallContext, host: Host, command: Array, limit: Duration| -> Reply<Dynamic> {
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
         -> Reply<Dynamic> { run(&context, &host, command, limit, options) },
    );
}

fn run(
    context: &NativeCallContext,
    host: &Host,
    arguments: Array,
    limit: Duration,
    options: Map,
) -> Reply<Dynamic> {
    let call = Call::of(context, &SSH)?;
    let command = Options::read(&SSH, options, &KEYS).and_then(|options| read(arguments, &options));
    let command = command.map_err(|problem| call.fail(problem))?;
    let call = if command.repeatable { call.effect(Effect::Read) } else { call };
    let about = format!("run {command}");
    let call = call.limit(limit);
    let preview = Preview::new(command.particulars(), call.unknown(host));
    call.through_or_tell(host, &about, |permitted| wire::run(permitted, command), || preview)
}

/// Reads a command and what its options say of it.
pub(super) fn read(arguments: Array, options: &Options) -> Result<Command, Problem> {
    let arguments = arguments.into_iter().map(argument).collect::<Result<Vec<String>, Problem>>()?;
    let mut command = Command::new(arguments)?;
    command.stdin = match options.any("stdin") {
        None => None,
        Some(value) => Some(text_or_secret(value).ok_or_else(|| options.wrong("stdin", "text or a secret"))?),
    };
    command.environment = match options.value::<Map>("environment", "a map of variables")? {
        None => Vec::new(),
        Some(map) => map
            .into_iter()
            .map(|(name, value)| variable(options, &name, value))
            .collect::<Result<Vec<(String, Secret)>, Problem>>()?,
    };
    command.sudo = options.flag("sudo")?;
    command.repeatable = options.flag("reads")?;
    command.stream = options.flag("stream")?;
    Ok(command)
}

fn text_or_secret(value: Dynamic) -> Option<Secret> {
    if value.is::<Secret>() {
        return value.try_cast::<Secret>();
    }
    value.try_cast::<ImmutableString>().map(|text| Secret::new(text.as_str()))
}

fn variable(options: &Options, name: &str, value: Dynamic) -> Result<(String, Secret), Problem> {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    if !name.starts_with(letter) || !name.chars().all(|c| letter(c) || c.is_ascii_digit()) {
        return Err(
            options.wrong("environment", &format!("a map of variables, and `{name}` is no name of one"))
        );
    }
    let value = text_or_secret(value).filter(|value| !value.expose().contains('\0'));
    let wanted = format!("a map of texts or secrets, and that of {name} is none");
    Ok((name.to_owned(), value.ok_or_else(|| options.wrong("environment", &wanted))?))
}

fn argument(value: Dynamic) -> Result<String, Problem> {
    Unknown::refuse(&value)?;
    if value.is::<Secret>() {
        return Err(Problem::new(
            "bad_argument",
            "a secret cannot be an argument: the process list shows it",
        )
        .hint("give it to the command by `stdin` or `environment`"));
    }
    value.into_string().map_err(|kind| {
        Problem::new(
            "bad_argument",
            format!("a command is a list of texts, and one of them is of type {kind}"),
        )
    })
}
