//! `ssh_forward`: a port of a host, reached as one of this machine.

use rhai::{ImmutableString, NativeCallContext};

use super::wire;
use crate::declare::{Effect, Family, Function};
use crate::environment::Host;
use crate::gate::Call;
use crate::problem::{Problem, Reply};

static SSH_FORWARD: Function = Function {
    signature: "ssh_forward(host: Host, port: int) -> string",
    effect: Effect::Read,
    doc: r#"
Makes a port of a host reachable on this machine, through the connection that the run holds to it.

The port is the host's own: what listens there on its loopback address. The way ends with the run, and with the
connection: a run that is resumed makes another one.

* `host: Host` - from `host("name")`
* `port: int` - such as 6443

Returns the address on this machine, such as `127.0.0.1:40123`, which answers to nobody outside it.
Errors: those of `ssh_open`; `bad_argument` for what is no port; `forward` if ssh here can listen on no
further port.
Source: E24.

```rhai
let way = |name| ssh_forward(host(name), 6443);
assert_eq(type_of(way), "Fn");
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.add(&SSH_FORWARD, |context: NativeCallContext, host: Host, port: i64| -> Reply<ImmutableString> {
        let call = Call::of(&context, &SSH_FORWARD)?;
        let port = u16::try_from(port).ok().filter(|port| *port > 0);
        let port = port.ok_or_else(|| call.fail(Problem::new("bad_argument", "a port is 1 to 65535")))?;
        let about = format!("forward port {port}");
        let address = call.through(&host, &about, |permitted| wire::forward(permitted, port))?;
        Ok(address.to_string().into())
    });
}
