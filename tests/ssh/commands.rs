//! Commands: what arrives, what comes back, how they end.

use crate::world::World;

#[test]
fn a_command_gives_back_what_it_printed() {
    let Some(world) = World::new() else { return };
    let script = r#"
        let output = ssh(host("one"), ["sh", "-c", "echo out; echo complaint >&2"], seconds(30));
        `${output.stdout}|${output.stderr}`
    "#;
    assert_eq!(world.says(script), "out|complaint");
}

#[test]
fn every_argument_arrives_byte_for_byte() {
    let Some(world) = World::new() else { return };
    // Each would do harm, or be lost, if a shell looked into it.
    let nasty = [
        "",
        " ",
        "  two  spaces ",
        "it's",
        "\"quoted\"",
        "a\\b",
        "\\",
        "$HOME",
        "$(id)",
        "`id`",
        "a;b",
        "a|b",
        "a&b",
        "a>b",
        "*",
        "?",
        "[a]",
        "~",
        "!",
        "!!",
        "#no",
        "-n",
        "--",
        "{a,b}",
        "line one\nline two\n",
        "\ttab",
        "%s%n",
        "ключ",
        "\u{1f600}",
        "'; touch /tmp/harm; '",
        "$'\\x41'",
        "\r",
    ];
    let words: Vec<String> = nasty
        .iter()
        .map(|word| format!("{word:?}").replace("\\u{1f600}", "\u{1f600}").replace("\\'", "'"))
        .collect();
    let script = format!(
        r#"ssh(host("one"), ["sh", "-c", `for word in "$@"; do printf '%s' "$word" | od -An -v -tx1 | tr -d ' \n'; echo; done`, "sh", {}], seconds(30)).stdout"#,
        words.join(", ")
    );
    let hex = |word: &&str| word.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<String>>().concat();
    let expected: Vec<String> = nasty.iter().map(hex).collect();
    assert_eq!(world.says(&script).split('\n').collect::<Vec<&str>>(), expected);
}

#[test]
fn a_status_that_is_not_zero_is_an_error_with_the_last_line_of_stderr() {
    let Some(world) = World::new() else { return };
    for (command, message) in [
        (r#"["sh", "-c", "echo why >&2; exit 7"]"#, "ended with status 7: why"),
        (r#"["sh", "-c", "exit 255"]"#, "ended with status 255"),
        (r#"["no-such-program"]"#, "ended with status 127: no such program: timeout: failed to run command"),
        (r#"["sh", "-c", "kill -9 $PPID"]"#, "on host one was ended by a signal"),
        (r#"["sh", "-c", "kill -15 $$"]"#, "on host one was ended by a signal"),
    ] {
        let problem = world.run(&format!(r#"ssh(host("one"), {command}, seconds(30))"#)).unwrap_err();
        assert_eq!(problem.kind, "exit", "{problem}");
        assert!(problem.message.contains(message), "{problem}");
    }
}

#[test]
fn a_command_reads_what_it_is_given() {
    let Some(world) = World::new() else { return };
    let script = r#"ssh(host("one"), ["wc", "-c"], seconds(30), #{stdin: "ключ\n"}).stdout"#;
    assert_eq!(world.says(script).trim(), "9");
}

#[test]
fn a_secret_reaches_a_command_by_stdin_and_stays_out_of_every_text() {
    let Some(world) = World::new() else { return };
    let object = "apiVersion: v1\nkind: Secret\nstringData:\n  key: Canary-7f3c-of-a-key\n";
    std::fs::write(world.path("backup/secret.yaml"), object).unwrap();
    let with = |command: &str| {
        format!(
            r#"let key = folder_read_yaml(folder("backup"), "secret.yaml").stringData.key;
            ssh(host("one"), {command}, seconds(30), #{{stdin: key}}).stdout"#
        )
    };
    assert_eq!(world.says(&with(r#"["wc", "-c"]"#)).trim(), "20");
    let problem = world.run(&with(r#"["sh", "-c", "cat >&2; exit 3"]"#)).unwrap_err();
    assert!(problem.message.ends_with("ended with status 3: •••"), "{problem}");
    let argument = with(r#"["echo", key]"#);
    let problem = world.run(&argument).unwrap_err();
    assert!(problem.kind == "bad_argument" && problem.message.contains("cannot be an argument"), "{problem}");
    assert!(!world.told().contains("Canary"));
}

#[test]
fn what_is_no_text_is_no_argument() {
    let Some(world) = World::new() else { return };
    let problem = world.run(r#"ssh(host("one"), ["sleep", 1], seconds(30))"#).unwrap_err();
    assert!(problem.kind == "bad_argument" && problem.message.contains("of type i64"), "{problem}");
}

#[test]
fn much_output_on_both_pipes_at_once_does_not_stop_a_command() {
    let Some(world) = World::new() else { return };
    let script = r#"
        let command = ["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero | tr '\\0' y >&2"];
        let output = ssh(host("one"), command, seconds(60));
        `${output.stdout.len} ${output.stderr.len}`
    "#;
    assert_eq!(world.says(script), "3000000 3000000");
}

#[test]
fn one_connection_serves_more_commands_side_by_side_than_sshd_takes() {
    let Some(world) = World::new() else { return };
    let script = r#"
        let one = host("one");
        let ask = |n| ssh(one, ["sh", "-c", `set -- $SSH_CONNECTION; echo $2`], seconds(30)).stdout;
        let ports = parallel([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20], 20, ask);
        let first = ports[0];
        first.len() > 0 && ports.all(|port| port == first)
    "#;
    assert_eq!(world.says(script), "true");
}

#[test]
fn a_host_behind_another_is_reached() {
    let Some(world) = World::new() else { return };
    assert_eq!(world.says(r#"ssh(host("jumped"), ["echo", "here"], seconds(30)).stdout"#), "here");
}

#[test]
fn a_host_that_is_only_read_takes_commands_that_say_that_they_look() {
    let Some(world) = World::new() else { return };
    let problem = world.run(r#"ssh(host("read"), ["true"], seconds(30))"#).unwrap_err();
    assert_eq!(problem.kind, "refused");
    assert_eq!(world.says(r#"ssh(host("read"), ["echo", "x"], seconds(30), #{reads: true}).stdout"#), "x");
}
