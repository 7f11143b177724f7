//! What only the lab can be told to do: throttle, break connections, refuse.

use drsh_lab::faults::Fault;

use crate::add_two_clusters;
use crate::world::Lab;

#[test]
fn throttling_is_waited_out_and_told() {
    let world = Lab::new();
    add_two_clusters(&world);
    world.arm(Fault::Status(429), Some(1));
    world.arm(Fault::Reset, Some(1));
    assert_eq!(world.says(r#"route53_count(zone("dns"), #{under: "demo.hc.lab"})"#), "8");
    assert!(world.told().matches("Waiting").count() >= 2, "{}", world.told());
}

#[test]
fn a_refusal_is_told_apart_from_an_unknown_zone() {
    let world = Lab::new();
    world.arm(Fault::Status(403), None);
    assert_eq!(world.run(r#"route53_count(zone("dns"))"#).unwrap_err().kind, "denied");
}
