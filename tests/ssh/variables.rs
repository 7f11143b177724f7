//! Variables, input, and lines that are told as they come.

use std::os::unix::fs::PermissionsExt;

use crate::world::{World, processes};

#[test]
fn variables_arrive_byte_for_byte_and_leave_the_input_alone() {
    let Some(world) = World::new() else { return };
    let script = r#"
        let variables = #{"HTTPS_PROXY": "http://u:p@proxy:3128", "ODD": "a b\\n'$HOME'\n`id`\n", "EMPTY": ""};
        let command = ["sh", "-c", `printf '%s|%s|%s|' "$HTTPS_PROXY" "$ODD" "\${EMPTY-unset}"; cat`];
        ssh(host("one"), command, seconds(30), #{environment: variables, stdin: "line\nrest"}).stdout
    "#;
    let script = script.replace("\\${", "${\"$\"}{");
    assert_eq!(world.says(&script), "http://u:p@proxy:3128|a b\\n'$HOME'\n`id`\n||line\nrest");
}

#[test]
fn variables_pass_sudo_as_the_documented_restore_needs_it() {
    let Some(world) = World::new() else { return };
    let program = world.hosts[0].folder().join("bin/sudo");
    // As sudo does, it lets no variable through by itself.
    std::fs::write(
        &program,
        "#!/bin/sh\n[ \"$1 $2\" = '-n --' ] || exit 9\nshift 2\nexec env -i PATH=\"$PATH\" \"$@\"\n",
    )
    .unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let script = r#"ssh(host("one"), ["sh", "-c", "echo \"$NO_PROXY:$DRSH_HOST\""], seconds(30),
        #{sudo: true, environment: #{"NO_PROXY": "10.0.0.0/16"}}).stdout"#;
    assert_eq!(world.says(script), "10.0.0.0/16:");
}

#[test]
fn a_variable_that_is_none_is_refused() {
    let Some(world) = World::new() else { return };
    for map in
        [r#"#{"A B": "x"}"#, r#"#{"1A": "x"}"#, r#"#{"A=B": "x"}"#, r#"#{"": "x"}"#, "#{A: 1}", r#""A=B""#]
    {
        let script = format!(r#"ssh(host("one"), ["true"], seconds(30), #{{environment: {map}}})"#);
        let problem = world.run(&script).unwrap_err();
        assert!(
            problem.kind == "bad_argument" && problem.message.contains("`environment`"),
            "{map}: {problem}"
        );
    }
}

#[test]
fn a_secret_variable_stands_in_no_process_list() {
    let Some(world) = World::new() else { return };
    let object = "apiVersion: v1\nkind: Secret\nstringData:\n  key: Canary-7f3c-of-a-proxy\n";
    std::fs::write(world.path("backup/secret.yaml"), object).unwrap();
    let ready = world.ready();
    let script = format!(
        r#"let key = folder_read_yaml(folder("backup"), "secret.yaml").stringData.key;
        ssh(host("one"), ["sh", "-c", `touch '{ready}'; echo "$KEY" >&2; read line; exit 3`], minutes(2), #{{environment: #{{"KEY": key}}, stream: true, stdin: "x\n"}})"#
    );
    let run = world.begin(&world.environment());
    let problem = world
        .run_and(&run, &script, || {
            let lines = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
            let lines = lines.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
            assert!(!lines.into_iter().any(|line| String::from_utf8_lossy(&line).contains("Canary-7f3c-of")));
        })
        .unwrap_err();
    assert!(problem.message.ends_with("ended with status 3: •••"), "{problem}");
    assert!(world.told().contains("one: •••") && !world.told().contains("Canary"), "{}", world.told());
}

#[test]
fn lines_are_told_as_they_come_and_not_without_end() {
    let Some(world) = World::new() else { return };
    let ready = world.ready();
    let script = format!(
        r#"ssh(host("one"), ["sh", "-c", `echo first; while [ ! -e '{ready}' ]; do :; done; seq 3000; printf half`],
            minutes(2), #{{stream: true}}).stdout.len"#
    );
    let run = world.begin(&world.environment());
    let length = std::thread::scope(|scope| {
        let script = scope.spawn(|| crate::world::carry_out(&run, &script));
        // The command ends only once its first line was told.
        crate::world::until("the first line", || world.told().contains("one: first") || script.is_finished());
        std::fs::write(world.path("remote/ready"), "").unwrap();
        script.join().unwrap().unwrap()
    });
    assert_eq!(length.to_string(), "13903");
    let told = world.told();
    assert!(
        told.contains("one: 1999\"") && !told.contains("one: 2000\"") && !told.contains("one: half"),
        "{told}"
    );
    assert!(told.contains("1002 more lines are not shown"), "{told}");
}

#[test]
fn ten_mebibytes_of_input_arrive() {
    let Some(world) = World::new() else { return };
    let script = r#"
        let text = "0123456789abcdef";
        while text.len < 10485760 { text += text; }
        ssh(host("one"), ["sh", "-c", "head -c 10485760 | sha256sum"], minutes(2), #{stdin: text}).stdout
    "#;
    let whole = "0123456789abcdef".repeat(10 << 16);
    let expected = sha256(whole.as_bytes());
    assert!(world.says(script).starts_with(&expected));
    assert_eq!(processes("head -c 10485760 | sha256sum"), 0);
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<String>>().concat()
}
