//! Waits that watch.

use drsh::problem::Problem;
use drsh::run::Event;
use drsh_lab::faults::Fault;
use serde_json::json;

use super::kit::{Kit, eval_in};

/// Carries out a wait for `data.a` of `cm/note` to be `2`, and lets `meanwhile` act once it has seen something.
fn waits(kit: &Kit, meanwhile: impl FnOnce() + Send) -> Result<String, Problem> {
    let script = "oc_wait(home, \"cm/note\", \"to have a = 2\", minutes(1), |note| {
             if note == () { return \"no note\"; }
             if note.data.a == \"2\" { true } else { `a is ${note.data.a}` }
         }).data.a";
    let run = kit.run();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| eval_in(&run, script));
        while !waiter.is_finished() && !saw_something(kit) {
            std::thread::yield_now();
        }
        meanwhile();
        waiter.join().unwrap().map(|value| value.into_string().unwrap())
    })
}

fn saw_something(kit: &Kit) -> bool {
    kit.heard.events().iter().any(|event| matches!(event, Event::Waiting { seen, .. } if !seen.is_empty()))
}

fn set(kit: &Kit, value: &str) {
    kit.store()
        .change("configmaps", "default", "note", |note| note["data"]["a"] = json!(value))
        .map_err(|status| status.message)
        .unwrap();
}

#[test]
fn a_wait_ends_when_the_object_changes() {
    let kit = Kit::new();
    kit.config_map("note", &json!({"a": "1"}));
    assert_eq!(waits(&kit, || set(&kit, "2")).unwrap(), "2");
    let what = "cm/note in default to have a = 2 on cluster source";
    let seen = Event::Waiting { what: what.into(), seen: "a is 1".into() };
    assert!(kit.heard.events().contains(&seen), "{:?}", kit.heard.events());
}

#[test]
fn a_wait_begins_before_its_object_is_there() {
    let kit = Kit::new();
    let meanwhile = || drop(kit.config_map("note", &json!({"a": "2"})));
    assert_eq!(waits(&kit, meanwhile).unwrap(), "2");
}

#[test]
fn a_wait_outlives_an_api_that_goes_away() {
    let kit = Kit::new();
    kit.config_map("note", &json!({"a": "1"}));
    let meanwhile = || {
        kit.server.down();
        set(&kit, "2");
        kit.runtime.block_on(kit.server.up()).unwrap();
    };
    assert_eq!(waits(&kit, meanwhile).unwrap(), "2");
}

#[test]
fn a_wait_outlives_a_history_that_was_compacted() {
    let kit = Kit::new();
    kit.config_map("note", &json!({"a": "1"}));
    let meanwhile = || {
        kit.server.down();
        set(&kit, "3");
        set(&kit, "2");
        kit.store().compact();
        kit.runtime.block_on(kit.server.up()).unwrap();
    };
    assert_eq!(waits(&kit, meanwhile).unwrap(), "2");
}

#[test]
fn a_wait_outlives_a_watch_that_is_cut_short() {
    let kit = Kit::new();
    kit.config_map("note", &json!({"a": "1"}));
    kit.strike("GET", "watch=", Fault::CutAfter(10), 1);
    kit.strike("GET", "watch=", Fault::Status(500), 1);
    kit.strike("GET", "watch=", Fault::Status(410), 1);
    assert_eq!(waits(&kit, || set(&kit, "2")).unwrap(), "2");
}

#[test]
fn a_wait_outlives_an_api_that_just_started() {
    let kit = Kit::new();
    kit.config_map("note", &json!({"a": "1"}));
    kit.strike("GET", "configmaps", Fault::Status(403), 2);
    kit.strike("GET", "configmaps", Fault::Status(404), 2);
    assert_eq!(waits(&kit, || set(&kit, "2")).unwrap(), "2");
}

#[test]
fn a_wait_that_runs_out_says_what_was_missing() {
    let kit = Kit::new();
    kit.config_map("note", &json!({"a": "1"}));
    let problem =
        kit.fail("oc_wait(home, \"cm/note\", \"to be so\", seconds(1), |note| `a is ${note.data.a}`)");
    assert_eq!(problem.kind, "timeout");
    let begins = "waited 1s for cm/note in default to be so on cluster source; seen last for ";
    assert!(problem.message.starts_with(begins), "{problem}");
    assert!(problem.message.ends_with(": a is 1"), "{problem}");
}

#[test]
fn an_error_in_the_closure_ends_the_wait() {
    let kit = Kit::new();
    kit.config_map("note", &json!({"a": "1"}));
    let problem =
        kit.fail("oc_wait(home, \"cm/note\", \"to be so\", minutes(1), |note| oc_get(home, \"cm/none\"))");
    assert_eq!(problem.kind, "not_found");
    let problem = kit.fail("oc_wait(home, \"cm/note\", \"to be so\", minutes(1), |note| 3)");
    assert_eq!(problem.kind, "bad_argument");
    assert_eq!(
        kit.fail("oc_wait(home, \"notes/a\", \"to be\", minutes(1), |note| true)").kind,
        "unknown_kind"
    );
}

#[test]
fn a_wait_for_many_sees_them_together() {
    let kit = Kit::new();
    kit.config_map("a", &json!({}));
    kit.config_map("b", &json!({}));
    let run = kit.run();
    let script = "oc_wait_all(home, \"cm\", #{labels: \"app in (a, b)\"}, \"to be one\", minutes(1), |all| {
             if all.len() == 1 { true } else { `${all.len()} are left` }
         }).names()[0]";
    let left = std::thread::scope(|scope| {
        let waiter = scope.spawn(|| eval_in(&run, script));
        while !waiter.is_finished() && !saw_something(&kit) {
            std::thread::yield_now();
        }
        kit.store().delete("configmaps", "default", "a").map_err(|status| status.message).unwrap();
        waiter.join().unwrap().unwrap().into_string().unwrap()
    });
    assert_eq!(left, "b");
}

#[test]
fn an_interruption_ends_a_wait() {
    let kit = Kit::new();
    let run = kit.run();
    let problem = std::thread::scope(|scope| {
        let waiter = scope
            .spawn(|| eval_in(&run, "oc_wait(home, \"cm/note\", \"to exist\", hours(1), |note| note != ())"));
        while !saw_something(&kit) {
            std::thread::yield_now();
        }
        run.cancel().cancel();
        waiter.join().unwrap().unwrap_err()
    });
    assert_eq!(problem.kind, "interrupted");
}
