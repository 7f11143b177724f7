//! What the operator reads when S3 does not do what was asked.

use drsh_lab::faults::Fault;

use crate::world::{SECRET_KEY, World};

const HEAD: &str = r#"s3_head(bucket("backup"), "demo.db")"#;

#[test]
fn wrong_credentials_are_named_by_what_s3_says_of_them() {
    let world = World::new();
    let environment = world.environment("region = \"eu-west-1\"\ncredentials = { file = \"credentials\" }\n");
    let problem = world.run_in(&environment, HEAD).unwrap_err();
    assert_eq!(problem.kind, "denied");
    assert!(problem.message.contains("InvalidAccessKeyId"), "{problem}");
}

#[test]
fn a_credentials_file_that_is_not_there_is_named() {
    let world = World::new();
    let problem = world.run_in(&world.environment("credentials = { file = \"none\" }\n"), HEAD).unwrap_err();
    assert!(
        problem.kind == "environment" && problem.message.contains("/none for bucket backup"),
        "{problem}"
    );
}

#[test]
fn a_profile_that_is_not_there_is_no_reason_to_use_another() {
    let world = World::new();
    let lines = "credentials = { file = \"credentials\", profile = \"none\" }\n";
    assert_eq!(world.run_in(&world.environment(lines), HEAD).unwrap_err().kind, "denied");
}

#[test]
fn a_wrong_region_is_refused_with_the_right_one() {
    let world = World::new();
    world.snapshot("a.db", 10);
    let lines = "region = \"us-west-2\"\ncredentials = { file = \"credentials\", profile = \"lab\" }\n";
    let put = r#"s3_put(bucket("backup"), "demo.db", file_source(folder("backup"), "a.db"))"#;
    for script in [HEAD, put] {
        let problem = world.run_in(&world.environment(lines), script).unwrap_err();
        assert_eq!(problem.kind, "wrong_region", "{problem}");
        assert!(problem.hint.unwrap().contains("eu-west-1"));
    }
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused_at_once() {
    let world = World::new();
    let other = drsh_lab::apiserver::authority::Authority::new("other").unwrap();
    world.write("ca.pem", other.pem());
    let problem = world.run(HEAD).unwrap_err();
    assert_eq!(problem.kind, "unreachable");
    assert!(problem.message.contains("certificate") && problem.hint.unwrap().contains("ca_file"));
}

#[test]
fn a_server_that_is_not_there_is_tried_until_the_limit_and_told() {
    let world = World::new();
    let lines = "region = \"eu-west-1\"\ncredentials = { file = \"credentials\", profile = \"lab\" }\n";
    let environment = world
        .environment(lines)
        .replace(&world.server.endpoint(), "http://127.0.0.1:9")
        .replace("call_seconds = 60", "call_seconds = 1");
    let problem = world.run_in(&environment, HEAD).unwrap_err();
    assert_eq!(problem.kind, "unreachable");
    assert!(problem.message.contains("(tried "), "{problem}");
    assert!(world.told().contains("Waiting"));
}

#[test]
fn a_server_that_answers_nothing_does_not_hang_the_call() {
    let world = World::new();
    world.arm("HEAD", "", Fault::Hang, None);
    let environment = world
        .environment("credentials = { file = \"credentials\", profile = \"lab\" }\n")
        .replace("call_seconds = 60", "call_seconds = 2")
        .replace("attempt_seconds = 20", "attempt_seconds = 1");
    assert_eq!(world.run_in(&environment, HEAD).unwrap_err().kind, "timeout");
}

#[test]
fn the_secret_key_is_in_no_event_and_no_error() {
    let world = World::new();
    world.arm("HEAD", "", Fault::Status(500), Some(3));
    let problem = world.run(HEAD).unwrap_err();
    let seen = format!("{} {:?} {}", problem.message, problem.hint, world.told());
    assert!(!seen.contains(SECRET_KEY), "{seen}");
    assert_eq!(problem.kind, "not_found");
}
