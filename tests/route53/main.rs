//! The family `route53` against the lab's Route53: pages, names, throttling, refusals.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod world;

use drsh_lab::aws::route53::{Change, Record};
use drsh_lab::faults::Fault;

use crate::world::World;

fn two_clusters() -> World {
    let world = World::new();
    let names = [
        "api.demo.hc.lab",
        "oauth.demo.hc.lab",
        "*.apps.demo.hc.lab",
        "demo.hc.lab",
        "api.demo-2.hc.lab",
        "api.mydemo.hc.lab",
        "demo-2.hc.lab",
        "api.demoxhc.lab.hc.lab",
    ];
    for name in names {
        world.change(&[
            Change::Create(Record::alias(name, "Z35SXDOTRQ7X7K", "lb.elb.lab")),
            Change::Create(Record::new(
                name,
                "TXT",
                300,
                ["\"heritage=external-dns,external-dns/owner=demo\""],
            )),
        ]);
    }
    world
}

#[test]
fn the_records_of_a_domain_are_its_own_and_those_beneath_it() {
    let world = two_clusters();
    assert_eq!(world.says(r#"route53_count(zone("dns"), #{under: "demo.hc.lab"})"#), "8");
    assert_eq!(world.says(r#"route53_count(zone("dns"), #{under: "demo.hc.lab", type: "TXT"})"#), "4");
    assert_eq!(world.says(r#"route53_count(zone("dns"), #{under: "demo-2.hc.lab."})"#), "4");
    let names = r#"route53_records(zone("dns"), #{under: "DEMO.hc.lab", type: "a"}).map(|record| record.name).to_string()"#;
    let said = world.says(names);
    for name in ["\"demo.hc.lab\"", "\"api.demo.hc.lab\"", "\"oauth.demo.hc.lab\"", "\"*.apps.demo.hc.lab\""]
    {
        assert!(said.contains(name), "{said}");
    }
    assert!(!said.contains("demo-2") && !said.contains("mydemo"), "{said}");
}

#[test]
fn a_record_is_told_as_people_read_it() {
    let world = two_clusters();
    let script = r#"
        let zone = zone("dns");
        let text = route53_records(zone, #{name: "api.demo.hc.lab", type: "TXT"});
        let alias = route53_records(zone, #{name: "*.apps.demo.hc.lab", type: "A"});
        `${text.len} ${text[0].ttl} ${text[0].values[0]} ${text[0].alias == ()} ${alias.len} ${alias[0].alias} ${alias[0].ttl == ()}`
    "#;
    let said = world.says(script);
    assert_eq!(said, "1 300 \"heritage=external-dns,external-dns/owner=demo\" true 1 lb.elb.lab true");
}

#[test]
fn every_page_is_read() {
    let world = World::new();
    for n in 0..650 {
        world.change(&[Change::Create(Record::new(&format!("r{n}.demo.hc.lab"), "A", 60, ["10.0.0.1"]))]);
    }
    world.change(&[Change::Create(Record::new("r.other.hc.lab", "A", 60, ["10.0.0.1"]))]);
    assert_eq!(world.says(r#"route53_count(zone("dns"), #{under: "demo.hc.lab"})"#), "650");
    assert_eq!(world.says(r#"route53_count(zone("dns"), #{type: "A"})"#), "651");
    assert!(world.says(r#"route53_count(zone("dns"))"#).parse::<usize>().unwrap() >= 651);
}

#[test]
fn throttling_is_waited_out_and_told() {
    let world = two_clusters();
    world.arm(Fault::Status(429), Some(1));
    world.arm(Fault::Reset, Some(1));
    assert_eq!(world.says(r#"route53_count(zone("dns"), #{under: "demo.hc.lab"})"#), "8");
    assert!(world.told().matches("Waiting").count() >= 2, "{}", world.told());
}

#[test]
fn an_unknown_zone_and_a_refusal_are_told_apart() {
    let world = two_clusters();
    let problem = world.run(r#"route53_count(zone("gone"))"#).unwrap_err();
    assert!(problem.kind == "not_found" && problem.message.contains("NoSuchHostedZone"), "{problem}");
    world.arm(Fault::Status(403), None);
    assert_eq!(world.run(r#"route53_count(zone("dns"))"#).unwrap_err().kind, "denied");
}

#[test]
fn a_misspelled_option_is_refused_with_the_known_ones() {
    let problem = two_clusters().run(r#"route53_count(zone("dns"), #{undr: "demo.hc.lab"})"#).unwrap_err();
    assert_eq!(problem.hint.as_deref(), Some("its options are under, name, type"));
}
