//! Presigned URLs: how long they live, what they let do, and who sees them.

use crate::world::{SECRET_KEY, World};

on_lab_and_moto! {
    a_presigned_url_is_secret_and_short_enough_for_the_api,
    a_presigned_url_is_good_for_what_it_says_and_nothing_else,
    a_life_that_s3_does_not_allow_is_refused,
    a_url_that_would_outlive_temporary_credentials_is_refused,
    temporary_credentials_that_do_not_say_until_when_are_warned_of,
}

const SIGN: &str = r#"s3_presign(bucket("backup"), "demo.db", #{method: "GET", lives: hours(4)})"#;

fn a_presigned_url_is_secret_and_short_enough_for_the_api(world: &World) {
    let said =
        world.says(&format!("let url = {SIGN}; `${{url}} ${{url.length > 100 && url.length <= 1024}}`"));
    assert_eq!(said, "••• true");
}

fn a_presigned_url_is_good_for_what_it_says_and_nothing_else(world: &World) {
    world.snapshot("a.db", 10);
    let script = format!(
        r#"let backup = folder("backup");
        s3_put(bucket("backup"), "demo.db", file_source(backup, "a.db"));
        folder_write_text(backup, "url", {SIGN})"#
    );
    world.does(&script);
    let url = std::fs::read_to_string(world.path("backup/url")).unwrap();
    assert!(url.contains("X-Amz-Expires=14400") && !url.contains(SECRET_KEY), "{url}");
    assert_eq!(world.status("GET", &url), 200);
    assert_eq!(world.status("PUT", &url), 403);
    assert_eq!(world.status("GET", &url.replace("demo.db", "other.db")), 403);
}

fn a_life_that_s3_does_not_allow_is_refused(world: &World) {
    for (lives, kind) in [("hours(169)", "bad_argument"), ("seconds(0)", "bad_argument"), ("hours(168)", "")]
    {
        let done = world.run(&format!(r#"s3_presign(bucket("backup"), "k", #{{lives: {lives}}})"#));
        let problem = done.err();
        if let Some(problem) = &problem {
            assert!(problem.message.starts_with("a presigned URL cannot live for "), "{problem}");
        }
        assert_eq!(problem.map(|problem| problem.kind.into_owned()).unwrap_or_default(), kind, "{lives}");
    }
    let problem = world.run(r#"s3_presign(bucket("backup"), "k", #{method: "GET"})"#).unwrap_err();
    assert!(problem.message.contains("option `lives`"), "{problem}");
}

fn a_url_that_would_outlive_temporary_credentials_is_refused(world: &World) {
    let (given, end) = world.temporary();
    let (key, secret, token) =
        (given.access_key_id(), given.secret_access_key(), given.session_token().unwrap());
    let answer = format!(
        r#"{{"Version": 1, "AccessKeyId": "{key}", "SecretAccessKey": "{secret}", "SessionToken": "{token}", "Expiration": "{end}"}}"#
    );
    world.write("answer.json", answer);
    let process = format!("[lab]\ncredential_process = cat {}\n", world.path("answer.json").display());
    world.write("credentials", process);
    let problem = world.run(SIGN).unwrap_err();
    assert_eq!(problem.kind, "short_credentials");
    assert!(problem.message.contains("live for another 1h"), "{problem}");
    let short = SIGN.replace("hours(4)", "hours(1)");
    assert_eq!(world.says(&format!("`${{{short}}}`")), "•••");
}

fn temporary_credentials_that_do_not_say_until_when_are_warned_of(world: &World) {
    let (given, _) = world.temporary();
    let (key, secret, token) =
        (given.access_key_id(), given.secret_access_key(), given.session_token().unwrap());
    world.write(
        "credentials",
        format!("[lab]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\naws_session_token = {token}\n"),
    );
    world.does(SIGN);
    assert!(world.told().contains("the URL dies with them"), "{}", world.told());
}
