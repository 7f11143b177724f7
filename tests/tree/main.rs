//! Holds the tree to the rules that a test can check: layers, wires, sizes, first lines.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod errors;
mod source;

use source::{Source, sources};

/// The layers, lowest first; a file may import from its own layer's module and from lower layers.
const LAYERS: &[&[&str]] = &[
    &["problem", "secret", "closure", "declare", "options", "output", "page", "tame", "unknown"],
    &["data", "stream"],
    &["environment", "journal"],
    &["run"],
    &["gate", "retry", "local"],
    &["oc", "ssh", "s3", "route53", "pki", "files", "time", "text", "steps", "aws"],
    &["engine"],
    &["reference", "report"],
    &["check"],
    &["repl"],
    &["cli"],
];

/// Who may name an outside client crate.
const CLIENTS: &[(&str, &[&str])] = &[
    ("kube", &["oc/wire/"]),
    ("k8s_openapi", &["oc/wire/"]),
    ("openssh", &["ssh/wire/", "ssh/wire.rs"]),
    ("x509_parser", &["pki/"]),
    ("aws_sdk_s3", &["s3/wire/", "s3/wire.rs"]),
    ("aws_sdk_route53", &["route53/wire/", "route53/wire.rs"]),
    ("drsh_lab", &["cli/"]),
];

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn host() -> Vec<Source> {
    sources("host/src")
        .into_iter()
        .filter(|source| !source.name.ends_with("lib.rs") && !source.name.ends_with("main.rs"))
        .collect()
}

#[test]
fn imports_point_down_only_and_no_family_knows_another() {
    let mut wrong = Vec::new();
    for source in host() {
        let own = source.module();
        let Some(layer) = layer_of(&own) else {
            wrong.push(format!("{}: the module `{own}` stands in no layer", source.name));
            continue;
        };
        for imported in source.imported_modules() {
            let below = layer_of(&imported).is_some_and(|other| other < layer);
            if imported != own && !below && !same_ground(&own, &imported) {
                wrong.push(format!("{}: `{own}` imports `{imported}`", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The lowest layers are one ground each; families are not.
fn same_ground(own: &str, imported: &str) -> bool {
    layer_of(own) == layer_of(imported) && layer_of(own).is_some_and(|layer| layer < 5)
        || imported == "aws" && matches!(own, "s3" | "route53")
}

#[test]
fn only_a_familys_wire_names_its_client_crate() {
    let mut wrong = Vec::new();
    for source in host() {
        for (client, places) in CLIENTS {
            let named = source.code_lines().any(|line| {
                line.contains(&format!("{client}::")) && !line.contains(&format!("crate::{client}::"))
            });
            let allowed = places.iter().any(|place| source.name.starts_with(&format!("host/src/{place}")));
            if named && !allowed {
                wrong.push(format!("{} names {client}", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_lab_knows_nothing_of_drsh() {
    let wrong: Vec<String> = sources("host/lab/src")
        .into_iter()
        .filter(|source| source.code_lines().any(|line| line.contains("drsh::")))
        .map(|source| source.name)
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_first_what_lives_there_and_none_is_long() {
    let mut wrong = Vec::new();
    for source in ["host/src", "host/lab/src", "host/lab/tests", "tests"].into_iter().flat_map(sources) {
        if !source.text.starts_with("//!") {
            wrong.push(format!("{} does not begin with //!", source.name));
        }
        let lines = source.text.lines().count();
        if lines > 400 {
            wrong.push(format!("{} has {lines} lines", source.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_declaration_can_be_read_and_has_an_example() {
    let mut wrong = Vec::new();
    for family in drsh::engine::families() {
        for function in family.functions() {
            let name = function.name();
            if drsh::declare::Signature::parse(function.signature).is_none() {
                wrong.push(format!("{name}: `{}` is no signature", function.signature));
            }
            if !function.doc.contains("```rhai\n") {
                wrong.push(format!("{name} has no example"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
