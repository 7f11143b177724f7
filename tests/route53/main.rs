//! The family `route53` against the lab's Route53 and against moto: pages, names, refusals; throttling in the lab.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod faults;
mod world;

use aws_sdk_route53::types::RrType;

use crate::world::{World, alias, record};

/// Makes a test of each of these, against the lab and against moto.
macro_rules! on_lab_and_moto {
    ($($test:ident),* $(,)?) => {
        mod lab {
            $(#[test] fn $test() { super::$test(&crate::world::World::lab()); })*
        }
        mod moto {
            $(#[test] fn $test() { let _ = crate::world::World::moto().map(|world| super::$test(&world)); })*
        }
    };
}

on_lab_and_moto! {
    the_records_of_a_domain_are_its_own_and_those_beneath_it,
    a_record_is_told_as_people_read_it,
    every_page_is_read,
    an_unknown_zone_is_told_as_route53_calls_it,
    a_misspelled_option_is_refused_with_the_known_ones,
}

/// Adds what two hosted clusters with names alike have in DNS.
pub fn add_two_clusters(world: &World) {
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
    let owner = "\"heritage=external-dns,external-dns/owner=demo\"";
    for name in names {
        world.create([alias(name, "lb.elb.lab"), record(name, RrType::Txt, 300, owner)]);
    }
}

fn the_records_of_a_domain_are_its_own_and_those_beneath_it(world: &World) {
    add_two_clusters(world);
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

fn a_record_is_told_as_people_read_it(world: &World) {
    add_two_clusters(world);
    let script = r#"
        let zone = zone("dns");
        let text = route53_records(zone, #{name: "api.demo.hc.lab", type: "TXT"});
        let alias = route53_records(zone, #{name: "*.apps.demo.hc.lab", type: "A"});
        `${text.len} ${text[0].ttl} ${text[0].values[0]} ${text[0].alias == ()} ${alias.len} ${alias[0].alias} ${alias[0].ttl == ()}`
    "#;
    let said = world.says(script);
    assert_eq!(said, "1 300 \"heritage=external-dns,external-dns/owner=demo\" true 1 lb.elb.lab true");
}

fn every_page_is_read(world: &World) {
    let records = (0..650).map(|n| record(&format!("r{n}.demo.hc.lab"), RrType::A, 60, "10.0.0.1"));
    world.create(records);
    world.create([record("r.other.hc.lab", RrType::A, 60, "10.0.0.1")]);
    assert_eq!(world.says(r#"route53_count(zone("dns"), #{under: "demo.hc.lab"})"#), "650");
    assert_eq!(world.says(r#"route53_count(zone("dns"), #{type: "A"})"#), "651");
    assert!(world.says(r#"route53_count(zone("dns"))"#).parse::<usize>().unwrap() >= 651);
}

fn an_unknown_zone_is_told_as_route53_calls_it(world: &World) {
    let problem = world.run(r#"route53_count(zone("gone"))"#).unwrap_err();
    assert!(problem.kind == "not_found" && problem.message.contains("NoSuchHostedZone"), "{problem}");
}

fn a_misspelled_option_is_refused_with_the_known_ones(world: &World) {
    let problem = world.run(r#"route53_count(zone("dns"), #{undr: "demo.hc.lab"})"#).unwrap_err();
    assert_eq!(problem.hint.as_deref(), Some("its options are under, name, type"));
}
