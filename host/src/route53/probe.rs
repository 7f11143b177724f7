//! `route53_probe`: measures beside the script when a zone has an address for a name.

use std::time::Duration;

use rhai::NativeCallContext;

use super::wire::{self, Wanted};
use crate::declare::{Effect, Family, Function};
use crate::environment::{Target, Zone};
use crate::gate::Call;
use crate::problem::Reply;

/// How often it is looked: Route53 takes five requests a second of a whole account.
const PAUSE: Duration = Duration::from_secs(2);

/// How long one look may take.
const LIMIT: Duration = Duration::from_secs(10);

/// The kinds of record that lead to an address.
const ADDRESSES: [&str; 3] = ["A", "AAAA", "CNAME"];

static ROUTE53_PROBE: Function = Function {
    signature: "route53_probe(zone: Zone, name: string)",
    effect: Effect::Read,
    doc: r#"
Measures from here to the end of the run when a zone has an address for a name: `drsh report` tells when it had none.

* `zone: Zone` - from `zone("name")`
* `name: string` - the whole name, such as `api-demo.hc.lab`

Every two seconds the zone is asked for this name. A zone that does not answer counts as one without the name, with the
reason. Only changes are kept in the journal. It goes on beside the script, never stops it and changes nothing; in a
plan nothing is measured.
Errors: `refused` by the gate.

```rhai
route53_probe(zone("dns"), "api-demo.hc.lab");
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.add(&ROUTE53_PROBE, |context: NativeCallContext, zone: Zone, name: &str| -> Reply<()> {
        let call = Call::of(&context, &ROUTE53_PROBE)?;
        let permitted = call.permit(&zone, "measure whether it has a name")?;
        if call.run().is_planning() {
            return Ok(());
        }
        let (what, name) = (format!("{name} in zone {}", zone.name()), name.to_owned());
        call.run().measure(what, PAUSE, move || {
            let (permitted, name) = (permitted.anew(LIMIT), name.clone());
            async move {
                let wanted = Wanted::new(None, Some(name), None);
                let kinds = wire::kinds(permitted, wanted).await.map_err(|problem| problem.message)?;
                let is_there = kinds.iter().any(|kind| ADDRESSES.contains(&kind.as_str()));
                if is_there { Ok(()) } else { Err("the zone has no address for it".to_owned()) }
            }
        });
        Ok(())
    });
}
