//! A migration that is killed in the middle and resumed, and what its report says.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drsh_lab::scenario::Scenario;
use serde_json::Value;

use crate::kit::{Printed, World};

/// The reports of one migration, and what must not stand in them.
pub struct Reports {
    pub html: String,
    markdown: String,
    json: Value,
    text: String,
    canaries: Vec<String>,
}

/// Killed once the namespaces are made on the destination: the hosted API is away by then.
pub static REPORTS: LazyLock<Reports> = LazyLock::new(|| {
    let world = World::of(Scenario::small()).approving("teardown");
    let pull_secret = world.source().get("secrets", "clusters", "pull-secret").unwrap();
    let pull_secret = pull_secret["data"][".dockerconfigjson"].as_str().unwrap().to_owned();
    let credentials = std::fs::read_to_string(&world.known().aws.credentials_file).unwrap();
    let key = credentials.lines().find_map(|line| line.strip_prefix("aws_secret_access_key = ")).unwrap();
    let plain: Value = serde_json::from_slice(&STANDARD.decode(&pull_secret).unwrap()).unwrap();
    let password = plain["auths"]["quay.io"]["auth"].as_str().unwrap().to_owned();
    let killed = world.kill_after("migrate_hcp", "R2");
    world.resume(&killed).well();
    let report = |format: &str| {
        let arguments = ["report", &killed.run, "--format", format];
        // Without what the world approves: a report asks for nothing.
        let child = crate::kit::started(&arguments, world.place(), &world.state());
        crate::kit::ended(child).well().out
    };
    let text = report("json");
    Reports {
        html: report("html"),
        markdown: report("markdown"),
        json: serde_json::from_str(&text).unwrap(),
        text,
        canaries: vec![key.to_owned(), pull_secret, password, "X-Amz-Signature".to_owned()],
    }
});

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn step<'a>(id: &str, start: u64) -> &'a Value {
    let steps = list(&REPORTS.json, "steps");
    let found = steps.iter().find(|step| step["id"] == id && step["start"] == start);
    found.unwrap_or_else(|| panic!("no step {id} in start {start}"))
}

#[test]
fn both_starts_stand_there_and_how_they_ended() {
    let json = &REPORTS.json;
    assert_eq!((&json["schema"], &json["state"]), (&1.into(), &"done".into()));
    let starts: Vec<_> =
        list(json, "starts").iter().map(|start| (&start["way"], &start["outcome"])).collect();
    assert_eq!(starts, [(&"first".into(), &Value::Null), (&"resume".into(), &"done".into())]);
    assert!(json["starts"][1]["from_journal"].as_u64().unwrap() >= 16, "{}", json["starts"][1]);
    assert_eq!((&step("B2", 1)["fate"], &step("R2", 1)["fate"]), (&"done".into(), &"done".into()));
    assert_eq!((&step("T7", 2)["fate"], &step("T7", 2)["phase"]), (&"done".into(), &"teardown".into()));
}

#[test]
fn the_clusters_the_targets_and_the_parameters_are_told() {
    let json = &REPORTS.json;
    let mut clusters: Vec<_> =
        list(json, "identities").iter().map(|one| one["cluster"].as_str().unwrap()).collect();
    clusters.sort_unstable();
    assert_eq!(clusters, ["destination", "hosted", "source"]);
    assert!(list(&json["setting"], "targets").iter().any(|one| one["kind"] == "bucket"));
    assert!(REPORTS.markdown.contains("hosted\\_cluster\\_name | demo"), "{}", REPORTS.markdown);
}

#[test]
fn what_changed_stands_there_field_by_field() {
    let calls = list(step("B2", 1), "calls");
    let changed: Vec<_> = calls.iter().flat_map(|call| list(call, "changed")).collect();
    assert!(changed.iter().any(|line| **line == "+ spec.pausedUntil: \"true\""), "{calls:?}");
    let scaled = list(step("B4", 1), "calls");
    let lines: Vec<_> = scaled.iter().flat_map(|call| list(call, "changed")).collect();
    assert!(lines.iter().any(|line| line.as_str().unwrap().starts_with("~ spec.replicas: ")), "{scaled:?}");
    let secrets = list(step("R3", 2), "calls");
    let masked = secrets.iter().flat_map(|call| list(call, "changed"));
    assert!(masked.filter(|line| line.as_str().unwrap().ends_with("•••")).count() > 0, "{secrets:?}");
}

#[test]
fn waits_say_what_was_missing_and_how_long_they_might_have_taken() {
    let waits = list(step("B4", 1), "waits");
    assert!(waits.iter().any(|wait| wait["limit"] == 300_000 && !list(wait, "seen").is_empty()), "{waits:?}");
}

#[test]
fn the_time_without_the_api_is_measured_through_the_kill() {
    let downtime = list(&REPORTS.json, "downtime");
    let of = |begin: &str| downtime.iter().find(|one| one["what"].as_str().unwrap().starts_with(begin));
    let api = of("API of cluster hosted at api-demo.hc.lab").unwrap();
    assert!(api["away_milliseconds"].as_u64().unwrap() > 0, "{api}");
    let gaps = list(api, "gaps");
    assert_eq!(gaps.len(), 1, "{api}");
    assert!(api["at_most_milliseconds"].as_u64() >= api["away_milliseconds"].as_u64(), "{api}");
    assert!(of("api-demo.hc.lab in zone dns").is_some(), "{downtime:?}");
    assert!(REPORTS.markdown.contains("not measured between stops of drsh"), "{}", REPORTS.markdown);
}

#[test]
fn approvals_leases_and_checksums_stand_there() {
    let json = &REPORTS.json;
    assert!(list(json, "approvals").iter().any(|one| one["phase"] == "teardown"));
    assert!(list(json, "leases").iter().any(|one| one["cluster"] == "source"));
    let names: Vec<_> = list(json, "checksums").iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.iter().any(|name| name.ends_with("hc-demo.yaml")), "{names:?}");
    assert!(names.iter().any(|name| name.ends_with("etcd-0-snapshot.db")), "{names:?}");
    assert!(list(json, "checksums").iter().any(|one| one["size"].as_u64().is_some()));
}

#[test]
fn nothing_secret_stands_in_any_form() {
    for text in [&REPORTS.html, &REPORTS.markdown, &REPORTS.text] {
        for canary in &REPORTS.canaries {
            assert!(!text.contains(canary.as_str()), "{canary} is told");
        }
    }
}

#[test]
fn the_page_needs_nothing_else() {
    let page = &REPORTS.html;
    for outside in ["<script", "<link", "src=", "@import", "url(", "<iframe"] {
        assert!(!page.contains(outside), "{outside}");
    }
    for title in
        ["Downtime, measured", "Timeline", "Steps and waits", "Changes", "Checksums of what was saved"]
    {
        assert!(page.contains(&format!(">{title}</h2>")), "{title}");
    }
}
