//! `ssh_put` and `ssh_get`: files between a declared folder and a host.

use std::time::Duration;

use rhai::{Dynamic, Map, NativeCallContext};

use super::wire::{self, How, Mode};
use crate::declare::{Effect, Family, Function};
use crate::environment::{Folder, Host};
use crate::gate::{Call, Preview};
use crate::local;
use crate::options::Options;
use crate::problem::{Problem, Reply};

/// How long a copy may take where the script does not say.
const COPY: Duration = Duration::from_mins(30);

static SSH_PUT: Function = Function {
    signature: "ssh_put(host: Host, folder: Folder, path: string, remote: string, options?: map) -> map",
    effect: Effect::Change,
    doc: r#"
Copies a file to a host, where it appears only once it is whole and verified.

* `host: Host` - from `host("name")`
* `folder: Folder`, `path: string` - the file
* `remote: string` - where it goes: an absolute path, in a folder that exists; a file that is there is replaced
* `options: map` - `sudo: true` to write as root; `mode`: as `"0600"` (the usual), or `"keep"` for that of the file
  here; `limit`: how long it may take (30 minutes)

A copy that a broken connection stopped goes on where it stopped, also in a run that is resumed: what is on the host
already lies beside the file, as its name with `.drsh-` and the run's id behind it.
Returns `size` in bytes and `sha256`, which the host computed too.
Errors: `corrupt` if the host computed another; those of `ssh`; `not_found`, `outside`.
Source: E2.

```rhai
let copy = |name, path| ssh_put(host(name), folder("backup"), path, `/home/core/${path}`);
assert_eq(type_of(copy), "Fn");
```
"#,
};

static SSH_GET: Function = Function {
    signature: "ssh_get(host: Host, remote: string, folder: Folder, path: string, options?: map) -> map",
    effect: Effect::Change,
    doc: r#"
Copies a file from a host into a folder, where it appears only once it is whole and verified.

* `host: Host` - from `host("name")`
* `remote: string` - an absolute path
* `folder: Folder`, `path: string` - where it goes
* `options: map` - `sudo: true` to read as root; `mode`: as `"0600"` (the usual), or `"keep"` for that of the file
  there; `limit`: how long it may take (30 minutes)

A copy that a broken connection stopped goes on where it stopped.
Returns `size` in bytes and `sha256`, which the host computed too.
Errors: `corrupt` if the host computed another; those of `ssh`; `outside`, `file`.
Source: E0.

```rhai
let fetch = |name| ssh_get(host(name), "/home/core/assets/backup/snapshot.db", folder("backup"), "snapshot.db");
assert_eq(type_of(fetch), "Fn");
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.add(
        &SSH_PUT,
        |context: NativeCallContext,
         host: Host,
         folder: Folder,
         path: &str,
         remote: &str|
         -> Reply<Dynamic> { put(&context, &host, &folder, path, remote, Map::new()) },
    );
    family.add(
        &SSH_PUT,
        |context: NativeCallContext,
         host: Host,
         folder: Folder,
         path: &str,
         remote: &str,
         options: Map|
         -> Reply<Dynamic> { put(&context, &host, &folder, path, remote, options) },
    );
    family.add(
        &SSH_GET,
        |context: NativeCallContext,
         host: Host,
         remote: &str,
         folder: Folder,
         path: &str|
         -> Reply<Dynamic> { get(&context, &host, remote, &folder, path, Map::new()) },
    );
    family.add(
        &SSH_GET,
        |context: NativeCallContext,
         host: Host,
         remote: &str,
         folder: Folder,
         path: &str,
         options: Map|
         -> Reply<Dynamic> { get(&context, &host, remote, &folder, path, options) },
    );
}

fn put(
    context: &NativeCallContext,
    host: &Host,
    folder: &Folder,
    path: &str,
    remote: &str,
    options: Map,
) -> Reply<Dynamic> {
    let call = Call::of(context, &SSH_PUT)?;
    let how = Options::read(&SSH_PUT, options, &["sudo", "mode", "limit"])
        .and_then(|options| how(&options, remote));
    let (how, limit) = how.map_err(|problem| call.fail(problem))?;
    let from = call.clone().effect(Effect::Read).permit(folder, &format!("read {path}"))?;
    let about = format!("put {path} as {remote}");
    let (file, by) = (from.clone(), how.said());
    call.limit(limit).through_or_show(
        host,
        &about,
        |permitted| wire::put(permitted, from, path, remote, how),
        async |_| {
            let (size, sha256) = wire::measure(&file, path).await?;
            let value = wire::described(size, sha256);
            Ok(Preview::new(vec![format!("{size} bytes from {}{by}", &*file)], value))
        },
    )
}

fn get(
    context: &NativeCallContext,
    host: &Host,
    remote: &str,
    folder: &Folder,
    path: &str,
    options: Map,
) -> Reply<Dynamic> {
    let call = Call::of(context, &SSH_GET)?;
    let how = Options::read(&SSH_GET, options, &["sudo", "mode", "limit"])
        .and_then(|options| how(&options, remote));
    let (how, limit) = how.map_err(|problem| call.fail(problem))?;
    let call = call.limit(limit);
    // The folder is what changes; the host may be one that is only read.
    if call.is_shown() {
        let about = format!("get {remote} from {host} as {path}");
        let unknown = call.unknown(host);
        let value = Map::from([("size".into(), unknown.clone()), ("sha256".into(), unknown)]);
        return local::planned::bring(&call, folder, path, &about, value);
    }
    let into = call.permit(folder, &format!("write {path}"))?;
    let about = format!("get {remote}");
    call.effect(Effect::Read).through(host, &about, |permitted| wire::get(permitted, remote, into, path, how))
}

fn how(options: &Options, remote: &str) -> Result<(How, Duration), Problem> {
    if !remote.starts_with('/') {
        return Err(Problem::new("bad_argument", format!("`{remote}` is no absolute path"))
            .hint("say where on the host it is, beginning with /"));
    }
    let sudo = options.flag("sudo")?;
    let mode = match options.text("mode")?.as_deref() {
        None => Mode::Set(0o600),
        Some("keep") => Mode::Kept,
        Some(digits) if (3..=4).contains(&digits.len()) => {
            let mode = u32::from_str_radix(digits, 8).ok().filter(|_| !digits.starts_with('+'));
            Mode::Set(mode.ok_or_else(|| not_a_mode(options))?)
        }
        Some(_) => return Err(not_a_mode(options)),
    };
    Ok((How { sudo, mode }, options.duration("limit")?.unwrap_or(COPY)))
}

fn not_a_mode(options: &Options) -> Problem {
    options.wrong("mode", "three or four octal digits, as \"0600\", or \"keep\"")
}
