//! Waits, lists and commands whose connection or history breaks off. It needs the faults of the lab.

use drsh_lab::faults::Fault;
use serde_json::json;

use super::executing::{self, read};
use super::kit;
use super::waiting::{set, waits};

#[test]
fn a_wait_outlives_a_history_that_was_compacted() {
    let Some(kit) = kit() else { return };
    kit.config_map("note", &json!({"a": "1"}));
    let meanwhile = || {
        kit.front.down();
        set(&kit, "3");
        set(&kit, "2");
        kit.cluster.store().compact();
        kit.front.up();
    };
    assert_eq!(waits(&kit, meanwhile).unwrap(), "2");
}

#[test]
fn a_wait_outlives_a_watch_that_is_cut_short() {
    let Some(kit) = kit() else { return };
    kit.config_map("note", &json!({"a": "1"}));
    kit.strike("GET", "watch=", Fault::CutAfter(10), 1);
    kit.strike("GET", "watch=", Fault::Status(500), 1);
    kit.strike("GET", "watch=", Fault::Status(410), 1);
    assert_eq!(waits(&kit, || set(&kit, "2")).unwrap(), "2");
}

#[test]
fn a_wait_outlives_an_api_that_just_started() {
    let Some(kit) = kit() else { return };
    kit.config_map("note", &json!({"a": "1"}));
    kit.strike("GET", "configmaps", Fault::Status(403), 2);
    kit.strike("GET", "configmaps", Fault::Status(404), 2);
    assert_eq!(waits(&kit, || set(&kit, "2")).unwrap(), "2");
}

#[test]
fn a_list_whose_pages_expire_begins_anew() {
    let Some(kit) = kit() else { return };
    kit.config_maps((0..600).map(|number| format!("n-{number:04}")));
    kit.strike("GET", "continue=", Fault::Status(410), 2);
    assert_eq!(kit.eval("oc_list(home, \"cm\").len()").as_int().unwrap(), 600);
    assert_eq!(kit.cluster.faults().strike("source", "GET", "continue="), None, "the fault struck");
}

#[test]
fn a_connection_that_breaks_is_an_error_and_never_a_short_output() {
    let Some(kit) = executing::kit() else { return };
    kit.strike("", "exec", Fault::CutAfter(100_000), 1);
    let problem = kit.fail("oc_exec(home, \"etcd-0\", [\"bytes\", \"1000000\"], #{container: \"etcd\"})");
    assert_eq!(problem.kind, "connection_lost");
    assert!(problem.message.contains("was lost after"), "{problem}");
}

#[test]
fn a_command_that_only_looks_runs_again_when_the_connection_broke() {
    let Some(kit) = executing::kit() else { return };
    kit.strike("", "exec", Fault::CutAfter(50), 1);
    let text = "x".repeat(500);
    let script = format!(
        "oc_exec(home, \"etcd-0\", [\"say\", \"{text}\", \"\"], #{{container: \"etcd\", reads: true}}).stdout"
    );
    assert_eq!(kit.text(&script), text);
}

#[test]
fn a_stream_that_breaks_says_at_its_end_that_it_is_not_whole() {
    let Some(kit) = executing::kit() else { return };
    kit.strike("", "exec", Fault::CutAfter(100_000), 1);
    let (bytes, ended) = read(&kit, "[\"bytes\", \"1000000\"]");
    assert!(bytes.len() < 1_000_000);
    assert_eq!(ended.unwrap_err().kind, "connection_lost");
}
