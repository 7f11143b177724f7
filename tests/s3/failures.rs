//! What the operator reads when S3 does not do what was asked.

use crate::world::World;

on_lab_and_moto! {
    wrong_credentials_are_named_by_what_s3_says_of_them,
    a_credentials_file_that_is_not_there_is_named,
    a_profile_that_is_not_there_is_no_reason_to_use_another,
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
