//! Waits and lists whose connection or history breaks off. It needs the faults of the lab.

use drsh_lab::faults::Fault;
use serde_json::json;

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
