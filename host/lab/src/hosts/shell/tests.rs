//! What the shell of a host does with lines that people and programs send.

use std::sync::{Arc, Mutex};

use super::super::call::Streams;
use super::super::files::Files;
use super::super::host_for_tests;
use super::super::process::{Exit, Signal};
use super::super::stream::{Input, Output};
use super::super::user::User;

/// What a line printed to both streams, and how it ended.
async fn run_with(line: &str, stdin: &str) -> (String, Result<(), Exit>, Files) {
    let host = host_for_tests().await;
    let memory = Arc::new(Mutex::new(Vec::new()));
    let output = Output::Memory(memory.clone());
    let stdin = Input::bytes(stdin.as_bytes().to_vec());
    let call = host.login(User::Core, line, Streams { stdin, stdout: output.clone(), stderr: output });
    let ended = call.run().await;
    let bytes = std::mem::take(&mut *memory.lock().unwrap());
    (String::from_utf8(bytes).unwrap(), ended, host.files().clone())
}

async fn said(line: &str) -> String {
    run_with(line, "").await.0
}

async fn ended(line: &str) -> Result<(), Exit> {
    run_with(line, "").await.1
}

#[tokio::test]
async fn words_arrive_byte_for_byte() {
    assert_eq!(said(r"'echo' 'it'\''s' '$(reboot)' 'a  b' '*'").await, "it's $(reboot) a  b *\n");
    assert_eq!(said("a='x  y'; echo $a \"$a\" ${b:-none}").await, "x y x  y none\n");
}

#[tokio::test]
async fn variables_come_from_the_input_and_lose_their_ends() {
    assert_eq!(
        said("a=x.tar.gz; echo ${a%.*} ${a%.zip} \"${a%z}\" ${b%x}.").await,
        "x.tar x.tar.gz x.tar.g .\n"
    );
    let line = r#"sh -c 'for name in WAY; do IFS= read -r value || exit 125; value=$(printf "%b." "$value");
        export "$name=${value%.}"; done; unset name value; exec "$@"' sh sh -c 'echo "$WAY${value:-}"'"#;
    assert_eq!(run_with(line, "http://a:b\\0134@c\n").await.0, "http://a:b\\@c\n");
}

#[tokio::test]
async fn lists_stop_where_a_shell_stops() {
    assert_eq!(said("true && echo a || echo b; false && echo c || echo d").await, "a\nd\n");
    assert_eq!(said("set -e; echo a; false || true; false; echo b").await, "a\n");
    assert_eq!(
        said("if ! false; then echo yes; else echo no; fi; for i in 1 2; do echo $i; done").await,
        "yes\n1\n2\n"
    );
    assert_eq!(ended("exit 7").await, Err(Exit::Code(7)));
}

#[tokio::test]
async fn what_cannot_be_run_is_said_as_bash_says_it() {
    assert_eq!(said("nothing").await, "bash: line 1: nothing: command not found\n");
    assert_eq!(ended("nothing").await, Err(Exit::Code(127)));
    assert_eq!(said("/etc/hostname").await, "bash: line 1: /etc/hostname: Permission denied\n");
    assert_eq!(ended("echo 'a").await, Err(Exit::Code(2)));
}

#[tokio::test]
async fn streams_lead_where_they_are_sent() {
    let line = "cd /tmp && echo one >a && echo two >>a; ls /nowhere 2>>a; cat <a | grep -c . ; cat a 1>&2 2>/dev/null";
    assert_eq!(said(line).await, "3\none\ntwo\nls: cannot access '/nowhere': No such file or directory\n");
    assert_eq!(said("echo x > /etc/x; echo $?").await, "bash: line 1: /etc/x: Permission denied\n1\n");
}

#[tokio::test]
async fn a_pipe_ends_for_its_writer_when_its_reader_has_enough() {
    assert_eq!(said("while true; do echo y; done | head -n 2").await, "y\ny\n");
}

#[tokio::test]
async fn a_file_arrives_by_standard_input_as_a_copy_sends_it() {
    let line =
        r#"'timeout' '-k' '5' '60' 'sh' '-c' 'umask 077 && cat > "$1" && sync -- "$1"' 'sh' '/tmp/a b'"#;
    let (said, ended, files) = run_with(line, "content").await;
    assert_eq!((said.as_str(), ended), ("", Ok(())));
    let view = files.view(User::Core);
    assert_eq!(view.read("/tmp/a b").unwrap(), b"content");
    assert_eq!(view.meta("/tmp/a b").unwrap().mode, 0o600);
}

#[tokio::test]
async fn sudo_is_root_with_an_environment_of_its_own_unless_told_to_keep_it() {
    assert_eq!(said("sudo -n -- whoami; sudo -u core id -u; whoami").await, "root\n1000\ncore\n");
    assert_eq!(
        said("export A=1; sudo env | grep -c ^A=; sudo -E env | grep ^A=; sudo A=2 env | grep ^A=").await,
        "0\nA=1\nA=2\n"
    );
    assert_eq!(said("sudo nothing").await, "sudo: nothing: command not found\n");
}

#[tokio::test]
async fn a_limit_ends_a_command_and_all_that_it_started() {
    assert_eq!(ended("timeout 0.05 sh -c 'sleep 90000 & sleep 90000'").await, Err(Exit::Code(124)));
    assert_eq!(said("timeout 0.05 sh -c 'sleep 90000 & wait'; ps -o comm= | grep -c sleep").await, "0\n");
}

#[tokio::test]
async fn a_signal_ends_a_command_and_is_seen_by_who_ran_it() {
    assert_eq!(said("sleep 90000 & kill $!; wait; kill $! 2>&1 | grep -c 'No such'").await, "1\n");
    assert_eq!(ended("kill -9 $$").await, Err(Exit::Signal(Signal::Kill)));
}

#[tokio::test]
async fn what_is_left_behind_goes_on_alone() {
    let line = "setsid sh -c 'sleep 2; echo done >/tmp/status' >/dev/null 2>&1 & until test -s /tmp/status; do sleep 1; done; cat /tmp/status";
    assert_eq!(said(line).await, "done\n");
}

#[tokio::test]
async fn patterns_become_file_names_and_stay_what_they_are_without_any() {
    assert_eq!(
        said("cd /tmp; echo >a.pem; echo >b.pem; echo *.pem '*.pem' *.key; rm -v *.pem").await,
        "a.pem b.pem *.pem *.key\nremoved 'a.pem'\nremoved 'b.pem'\n"
    );
}

#[tokio::test]
async fn a_script_that_was_brought_runs_by_its_first_line() {
    let line =
        r#"printf '#!/bin/sh\necho "$1" and $#\n' >/tmp/x.sh; /tmp/x.sh; chmod +x /tmp/x.sh; /tmp/x.sh a b"#;
    assert_eq!(said(line).await, "bash: line 1: /tmp/x.sh: Permission denied\na and 2\n");
}
