//! Waits that watch.

use drsh::problem::Problem;
use drsh::run::Event;
use serde_json::json;

use super::super::kit::Kit;
use super::kit;

/// Carries out a wait for `data.a` of `cm/note` to be `2`, and lets `meanwhile` act once it has seen something.
pub(super) fn waits(kit: &Kit, meanwhile: impl FnOnce() + Send) -> Result<String, Problem> {
    let script = "oc_wait(home, \"cm/note\", \"to have a = 2\", minutes(1), |note| {
             if note == () { return \"no note\"; }
             if note.data.a == \"2\" { true } else { `a is ${note.data.a}` }
         }).data.a";
    let run = kit.run();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| kit.eval_in(&run, script));
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

pub(super) fn set(kit: &Kit, value: &str) {
    kit.change("note", &json!({"data": {"a": value}}));
}

#[test]
fn a_wait_ends_when_the_object_changes() {
    let Some(kit) = kit() else { return };
    kit.config_map("note", &json!({"a": "1"}));
    assert_eq!(waits(&kit, || set(&kit, "2")).unwrap(), "2");
    let what = format!("cm/note in {} to have a = 2 on cluster source", kit.home());
    let events = kit.heard.events();
    let is_told = |event: &Event| matches!(event, Event::Waiting { what: told, seen, .. } if *told == what && seen == "a is 1");
    assert!(events.iter().any(is_told), "{events:?}");
    let is_over = |event: &Event| matches!(event, Event::WaitEnded { what: told, .. } if *told == what);
    assert!(events.iter().any(is_over), "{events:?}");
}

#[test]
fn a_wait_begins_before_its_object_is_there() {
    let Some(kit) = kit() else { return };
    let meanwhile = || drop(kit.config_map("note", &json!({"a": "2"})));
    assert_eq!(waits(&kit, meanwhile).unwrap(), "2");
}

#[test]
fn a_wait_outlives_an_api_that_goes_away() {
    let Some(kit) = kit() else { return };
    kit.config_map("note", &json!({"a": "1"}));
    let meanwhile = || {
        kit.front.down();
        set(&kit, "2");
        kit.front.up();
    };
    assert_eq!(waits(&kit, meanwhile).unwrap(), "2");
}

#[test]
fn a_wait_that_runs_out_says_what_was_missing() {
    let Some(kit) = kit() else { return };
    kit.config_map("note", &json!({"a": "1"}));
    let problem =
        kit.fail("oc_wait(home, \"cm/note\", \"to be so\", seconds(5), |note| `a is ${note.data.a}`)");
    assert_eq!(problem.kind, "timeout");
    let begins =
        format!("waited 5s for cm/note in {} to be so on cluster source; seen last for ", kit.home());
    assert!(problem.message.starts_with(&begins), "{problem}");
    assert!(problem.message.ends_with(": a is 1"), "{problem}");
}

#[test]
fn an_error_in_the_closure_ends_the_wait() {
    let Some(kit) = kit() else { return };
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
    let Some(kit) = kit() else { return };
    kit.config_map("a", &json!({}));
    kit.config_map("b", &json!({}));
    let run = kit.run();
    let script = "oc_wait_all(home, \"cm\", #{labels: \"app in (a, b)\"}, \"to be one\", minutes(1), |all| {
             if all.len() == 1 { true } else { `${all.len()} are left` }
         }).names()[0]";
    let left = std::thread::scope(|scope| {
        let waiter = scope.spawn(|| kit.eval_in(&run, script));
        while !waiter.is_finished() && !saw_something(&kit) {
            std::thread::yield_now();
        }
        kit.delete_config_map("a");
        waiter.join().unwrap().unwrap().into_string().unwrap()
    });
    assert_eq!(left, "b");
}

#[test]
fn an_interruption_ends_a_wait() {
    let Some(kit) = kit() else { return };
    let run = kit.run();
    let problem = std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            kit.eval_in(&run, "oc_wait(home, \"cm/note\", \"to exist\", hours(1), |note| note != ())")
        });
        while !saw_something(&kit) {
            std::thread::yield_now();
        }
        run.cancel().cancel();
        waiter.join().unwrap().unwrap_err()
    });
    assert_eq!(problem.kind, "interrupted");
}
