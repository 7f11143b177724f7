//! `route53_records` and `route53_count`: the record sets of a zone, or those of one domain in it.

use rhai::{Array, Map, NativeCallContext};

use super::wire::{self, Wanted};
use crate::declare::{Effect, Family, Function};
use crate::environment::Zone;
use crate::gate::Call;
use crate::options::Options;
use crate::problem::Reply;

/// The options that both functions know.
const KNOWN: &[&str] = &["under", "name", "type"];

static ROUTE53_RECORDS: Function = Function {
    signature: "route53_records(zone: Zone, options?: map) -> array of map",
    effect: Effect::Read,
    doc: r#"
Reads the record sets of a zone, all pages.

* `zone: Zone` - from `zone("name")`
* `options?: map` - which ones; all that are given must hold:
  `under`: a domain, whose own records and those of its subdomains count, label by label, so that `demo.hc.lab`
  takes in `api.demo.hc.lab` and not `api.demo-2.hc.lab`; `name`: this very name; `type`: as `"TXT"`

Returns one map a record set, in the order of the zone: `name` (lower case, without the last dot, `*` for a wildcard),
`type`, `ttl` in seconds (`()` for an alias), `values` (as Route53 writes them: a TXT in quotation marks), `alias`
(the name that it points to, else `()`).
Errors: `not_found` for the zone, `denied`, `expired_credentials`, `throttled`, `unreachable`, `timeout`.
Source: B9, H13, F64.

```rhai
for record in route53_records(zone("dns"), #{under: "demo.hc.lab", type: "TXT"}) {
    assert(record.name.ends_with("demo.hc.lab"), record.name);
}
```
"#,
};

static ROUTE53_COUNT: Function = Function {
    signature: "route53_count(zone: Zone, options?: map) -> int",
    effect: Effect::Read,
    doc: r#"
Counts the record sets of a zone, all pages.

* `zone: Zone` - from `zone("name")`
* `options?: map` - which ones, as for `route53_records`: `under`, `name`, `type`

Returns how many record sets there are, not how many lines or values.
Errors: those of `route53_records`.
Source: B9, H13, F64.

```rhai
assert_eq(route53_count(zone("dns"), #{under: "no-such-cluster.hc.lab"}), 0);
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.add(&ROUTE53_RECORDS, |context: NativeCallContext, zone: Zone| -> Reply<Array> {
        records(&context, &zone, Map::new())
    });
    family.add(&ROUTE53_RECORDS, |context: NativeCallContext, zone: Zone, options: Map| -> Reply<Array> {
        records(&context, &zone, options)
    });
    family.add(&ROUTE53_COUNT, |context: NativeCallContext, zone: Zone| -> Reply<i64> {
        count(&context, &zone, Map::new())
    });
    family.add(&ROUTE53_COUNT, |context: NativeCallContext, zone: Zone, options: Map| -> Reply<i64> {
        count(&context, &zone, options)
    });
}

fn records(context: &NativeCallContext, zone: &Zone, options: Map) -> Reply<Array> {
    let call = Call::of(context, &ROUTE53_RECORDS)?;
    let wanted = wanted(&call, &ROUTE53_RECORDS, options)?;
    call.through(zone, &format!("list {wanted}"), |permitted| wire::records(permitted, wanted))
}

fn count(context: &NativeCallContext, zone: &Zone, options: Map) -> Reply<i64> {
    let call = Call::of(context, &ROUTE53_COUNT)?;
    let wanted = wanted(&call, &ROUTE53_COUNT, options)?;
    call.through(zone, &format!("count {wanted}"), |permitted| wire::count(permitted, wanted))
}

fn wanted(call: &Call, function: &'static Function, options: Map) -> Reply<Wanted> {
    let read = || {
        let options = Options::read(function, options, KNOWN)?;
        Ok(Wanted::new(options.text("under")?, options.text("name")?, options.text("type")?))
    };
    read().map_err(|problem| call.fail(problem))
}
