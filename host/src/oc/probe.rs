//! `oc_probe`: measures beside the script when the API of a cluster answers, and when its name resolves.

use std::net::IpAddr;
use std::time::Duration;

use rhai::NativeCallContext;

use super::{Cluster, wire};
use crate::declare::{Effect, Family, Function};
use crate::environment::Target;
use crate::gate::Call;
use crate::problem::Reply;
use crate::run::Event;

/// How often it is looked.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a name may take to resolve.
const LIMIT: Duration = Duration::from_secs(5);

static OC_PROBE: Function = Function {
    signature: "oc_probe(cluster: Cluster) -> string",
    effect: Effect::Read,
    doc: r#"
Measures from here to the end of the run when the API of a cluster answers, and when its name resolves: `drsh report`
then tells how long users were without it.

* `cluster: Cluster` - from `cluster("name")`; it may be down

Every second `/readyz` is asked by the kubeconfig's way over a new connection, without an account, and where no proxy
does that, this machine's resolver is asked for the name. Any answer below 500 counts. Only changes are kept in the
journal. It goes on beside the script, never stops it and changes nothing; in a plan nothing is measured.

Returns the name of the server as the kubeconfig has it, or empty text for a bare address and for a kubeconfig that is of
no use, which is told.
Errors: `refused` by the gate.

```rhai
let name = oc_probe(cluster("hosted"));
```
"#,
};

/// Adds the functions of this file.
pub(super) fn add_to(family: &mut Family) {
    family.add(&OC_PROBE, |context: NativeCallContext<'_>, cluster: Cluster| -> Reply<String> {
        let call = Call::of(&context, &OC_PROBE)?;
        let run = call.run().clone();
        let permitted = call.permit(&cluster, "measure whether it answers")?;
        let read = run.block_on(None, wire::Door::of(&permitted)).map_err(|problem| call.fail(problem))?;
        let door = match read {
            Ok(door) => door,
            Err(problem) => {
                // Whoever needs the cluster stops by itself: what only looks on must not.
                run.tell(Event::Warned(format!("not measured: {problem}")));
                return Ok(String::new());
            }
        };
        let host = door.host();
        let is_name = host.parse::<IpAddr>().is_err();
        if !run.is_planning() {
            if is_name && !door.is_behind_proxy() {
                let name = host.clone();
                run.measure(format!("name {host}"), PAUSE, move || resolves(name.clone()));
            }
            let what = format!("API of cluster {} at {}", cluster.name(), door.address());
            run.measure(what, PAUSE, move || {
                let door = door.clone();
                async move { door.look().await }
            });
        }
        Ok(if is_name { host } else { String::new() })
    });
}

/// Asks this machine's resolver for a name.
async fn resolves(name: String) -> Result<(), String> {
    match tokio::time::timeout(LIMIT, tokio::net::lookup_host((name.as_str(), 443))).await {
        Err(_) => Err("the resolver did not answer within 5s".to_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Ok(Ok(mut addresses)) => addresses.next().map(drop).ok_or_else(|| "it has no address".to_owned()),
    }
}
