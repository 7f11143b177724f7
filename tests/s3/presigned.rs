//! Presigned URLs: how long they live, what they let do, and who sees them.

use drsh_lab::aws::Credentials;

use crate::world::{SECRET_KEY, World};

const SIGN: &str = r#"s3_presign(bucket("backup"), "demo.db", #{method: "GET", lives: hours(4)})"#;

#[test]
fn a_presigned_url_is_secret_and_short_enough_for_the_api() {
    let world = World::new();
    let said =
        world.says(&format!("let url = {SIGN}; `${{url}} ${{url.length > 100 && url.length <= 1024}}`"));
    assert_eq!(said, "••• true");
}

#[test]
fn a_presigned_url_is_good_for_what_it_says_and_nothing_else() {
    let world = World::new();
    world.snapshot("a.db", 10);
    let lines = "credentials = { file = \"credentials\", profile = \"lab\" }\n";
    let environment =
        world.environment(lines).replace(&world.server.endpoint(), &world.server.plain_endpoint());
    let script = format!(
        r#"let backup = folder("backup");
        s3_put(bucket("backup"), "demo.db", file_source(backup, "a.db"));
        folder_write_text(backup, "url", {SIGN})"#
    );
    let _ = world.run_in(&environment, &script).unwrap();
    let url = std::fs::read_to_string(world.path("backup/url")).unwrap();
    assert!(url.contains("X-Amz-Expires=14400") && !url.contains(SECRET_KEY), "{url}");
    assert_eq!(status(&url, "GET"), "200");
    assert_eq!(status(&url, "PUT"), "403");
    assert_eq!(status(&url.replace("demo.db", "other.db"), "GET"), "403");
}

/// Asks for an http URL by hand, as anybody who holds it could; returns the status of the answer.
fn status(url: &str, method: &str) -> String {
    use std::io::{Read, Write};
    let (place, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut connection = std::net::TcpStream::connect(place).unwrap();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nhost: {place}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn a_life_that_s3_does_not_allow_is_refused() {
    let world = World::new();
    for (lives, kind) in [("hours(169)", "bad_argument"), ("seconds(0)", "bad_argument"), ("hours(168)", "")]
    {
        let done = world.run(&format!(r#"s3_presign(bucket("backup"), "k", #{{lives: {lives}}})"#));
        assert_eq!(done.err().map(|problem| problem.kind.into_owned()).unwrap_or_default(), kind, "{lives}");
    }
    let problem = world.run(r#"s3_presign(bucket("backup"), "k", #{method: "GET"})"#).unwrap_err();
    assert!(problem.message.contains("option `lives`"), "{problem}");
}

#[test]
fn a_url_that_would_outlive_temporary_credentials_is_refused() {
    let world = World::new();
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(90);
    world.keyring.add(Credentials::temporary("ASIALAB", SECRET_KEY, "canary-token", end));
    let answer = format!(
        r#"{{"Version": 1, "AccessKeyId": "ASIALAB", "SecretAccessKey": "{SECRET_KEY}", "SessionToken": "canary-token", "Expiration": "{end}"}}"#
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

#[test]
fn temporary_credentials_that_do_not_say_until_when_are_warned_of() {
    let world = World::new();
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(90);
    world.keyring.add(Credentials::temporary("ASIALAB", SECRET_KEY, "canary-token", end));
    world.write(
        "credentials",
        format!("[lab]\naws_access_key_id = ASIALAB\naws_secret_access_key = {SECRET_KEY}\naws_session_token = canary-token\n"),
    );
    world.does(SIGN);
    assert!(world.told().contains("the URL dies with them"), "{}", world.told());
}
