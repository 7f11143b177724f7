//! DNS records: whether they are gone is known, or it is an error; it is never assumed.

use drsh_lab::aws::route53::{Change, Record};
use drsh_lab::faults::Fault;

use crate::kit::{Printed, World};

/// `grep -c` of nothing prints 0: expired credentials look like a clean zone, and only one page is read (F4, F64, F66).
#[test]
fn a_zone_that_cannot_be_read_is_not_a_clean_zone() {
    let mut world = World::small();
    world.environment.limits.call_seconds = 3;
    let many: Vec<_> = (0..350)
        .map(|number| Change::Create(Record::new(&format!("aa-{number:03}.hc.lab"), "A", 60, ["192.0.2.7"])))
        .collect();
    many.chunks(100).for_each(|some| world.lab().zone().change(some).unwrap());
    world.make_hasty();
    let stopped_in_b9 = |printed: &Printed| {
        assert!(printed.line("state: ").contains("stopped in \"B9 "), "{printed}");
    };

    // The records of the cluster come after the first page, and nobody removes them.
    world.lab().faults().switch_on("external-dns: stuck");
    let first = world.run("backup_hcp").stopped(1, &["external-dns", "remain", "api-demo.hc.lab", "TXT"]);
    stopped_in_b9(&first);
    assert!(!first.err.contains("aa-0"), "{first}");

    world.lab().faults().clear();
    for status in [500, 403] {
        world.strike("route53", "", "/rrset", Fault::Status(status), None);
        stopped_in_b9(&world.resume(&first).stopped(1, &[]));
        world.lab().faults().clear();
    }
    world.make_patient();
    world.resume(&first).well();
    let left = world.lab().records();
    assert_eq!(left.iter().filter(|record| record.name.to_string().contains("demo")).count(), 0);
    assert_eq!(left.iter().filter(|record| record.name.to_string().starts_with("aa-")).count(), 350);
}
