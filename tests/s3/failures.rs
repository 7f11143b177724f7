//! What the operator reads when S3 does not do what was asked.

use crate::world::World;

on_lab_and_moto! {
    wrong_credentials_are_named_by_what_s3_says_of_them,
    a_credentials_file_that_is_not_there_is_named,
    a_profile_that_is_not_there_is_no_reason_to_use_another,
    credentials_that_have_expired_are_told_before_they_are_used,
    credentials_that_come_no_more_are_told_with_what_was_not_asked,
    a_key_without_a_name_is_not_asked_for,
    a_certificate_of_an_unknown_authority_is_refused_at_once,
    a_server_that_is_not_there_is_tried_until_the_limit_and_told,
}

const HEAD: &str = r#"s3_head(bucket("backup"), "demo.db")"#;

fn wrong_credentials_are_named_by_what_s3_says_of_them(world: &World) {
    let environment = world.environment("region = \"eu-west-1\"\ncredentials = { file = \"credentials\" }\n");
    let problem = world.run_in(&environment, HEAD).unwrap_err();
    assert_eq!(problem.kind, "denied");
    assert!(problem.message.contains("InvalidAccessKeyId"), "{problem}");
}

fn a_credentials_file_that_is_not_there_is_named(world: &World) {
    let problem = world.run_in(&world.environment("credentials = { file = \"none\" }\n"), HEAD).unwrap_err();
    assert!(
        problem.kind == "environment" && problem.message.contains("/none for bucket backup"),
        "{problem}"
    );
}

fn a_profile_that_is_not_there_is_no_reason_to_use_another(world: &World) {
    let lines = "credentials = { file = \"credentials\", profile = \"none\" }\n";
    assert_eq!(world.run_in(&world.environment(lines), HEAD).unwrap_err().kind, "denied");
}

fn credentials_that_have_expired_are_told_before_they_are_used(world: &World) {
    let answer = r#"{"Version": 1, "AccessKeyId": "ASIALAB", "SecretAccessKey": "canary-secret", "SessionToken":
        "canary-token", "Expiration": "2020-01-01T00:00:00Z"}"#;
    world.write("answer.json", answer);
    let process = format!("[lab]\ncredential_process = cat {}\n", world.path("answer.json").display());
    world.write("credentials", process);
    let problem = world.run(HEAD).unwrap_err();
    assert_eq!(problem.kind, "expired_credentials");
    assert_eq!(problem.message, "the credentials for bucket backup have expired");
    assert_eq!(problem.hint.as_deref(), Some("log in again"));
}

fn credentials_that_come_no_more_are_told_with_what_was_not_asked(world: &World) {
    let script = r#"if [ -e "$1" ]; then echo "the session has ended" >&2; exit 7; fi; touch "$1"
        echo '{"Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "canary-secret"}'"#;
    world.write("login", script);
    let (login, done) = (world.path("login"), world.path("done"));
    let process = format!("[lab]\ncredential_process = sh {} {}\n", login.display(), done.display());
    world.write("credentials", process);
    let problem = world.run(HEAD).unwrap_err();
    assert_eq!(problem.kind, "denied");
    let begins = "S3 was not asked to tell the region of bucket backup: Error retrieving credentials: ";
    assert!(problem.message.starts_with(begins), "{problem}");
    assert!(problem.message.contains("the session has ended"), "{problem}");
    assert_eq!(problem.hint.as_deref(), Some("look at the credentials that the environment names"));
}

fn a_key_without_a_name_is_not_asked_for(world: &World) {
    let problem = world.run(r#"s3_head(bucket("backup"), "")"#).unwrap_err();
    assert_eq!(problem.kind, "invalid");
    let begins = "S3 cannot be asked to head  in bucket backup: ";
    assert!(problem.message.starts_with(begins) && problem.message.contains("key"), "{problem}");
    assert_eq!(problem.hint.as_deref(), Some("look at the names in it: none may be empty"));
}

fn a_certificate_of_an_unknown_authority_is_refused_at_once(world: &World) {
    let other = drsh_lab::apiserver::authority::Authority::new("other").unwrap();
    world.write("ca.pem", other.pem());
    let problem = world.run(HEAD).unwrap_err();
    assert_eq!(problem.kind, "unreachable");
    assert!(problem.message.contains("certificate") && problem.hint.unwrap().contains("ca_file"));
}

fn a_server_that_is_not_there_is_tried_until_the_limit_and_told(world: &World) {
    let lines = "region = \"eu-west-1\"\ncredentials = { file = \"credentials\", profile = \"lab\" }\n";
    let environment = world
        .environment(lines)
        .replace(&world.endpoint(), "http://127.0.0.1:9")
        .replace("call_seconds = 60", "call_seconds = 5");
    let problem = world.run_in(&environment, HEAD).unwrap_err();
    assert_eq!(problem.kind, "unreachable");
    assert!(problem.message.contains("(tried "), "{problem}");
    assert!(world.told().contains("Waiting"));
}
