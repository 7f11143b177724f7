//! Commands in containers, and what they wrote.

use drsh::stream::ByteSource;
use tokio::io::AsyncReadExt as _;

use super::super::kit::Kit;

/// A kit with a pod.
fn kit() -> Option<Kit> {
    let kit = super::kit()?;
    kit.pod("etcd-0");
    Some(kit)
}

#[test]
fn a_command_gives_back_what_it_printed() {
    let Some(kit) = kit() else { return };
    let script =
        "let output = oc_exec(home, \"etcd-0\", [\"say\", \"one\\n\", \"two\"], #{container: \"etcd\"});
         output.stdout + \"|\" + output.stderr";
    assert_eq!(kit.text(script), "one|two");
    let container = "oc_exec(home, \"etcd-0\", [\"where\"], #{container: \"other\"}).stdout";
    assert_eq!(kit.text(container), "etcd-0/other");
}

#[test]
fn a_status_that_is_not_zero_is_an_error_with_the_last_line_of_stderr() {
    let Some(kit) = kit() else { return };
    let problem = kit.fail(
        "oc_exec(home, \"etcd-0\", [\"fail\", \"3\", \"first\\nno space left\\n\"], #{container: \"etcd\"})",
    );
    assert_eq!(problem.kind, "exit");
    assert_eq!(problem.message, "`fail` in pod etcd-0 ended with status 3: no space left");
}

#[test]
fn what_never_ran_and_where_it_could_not_are_told_apart() {
    let Some(kit) = kit() else { return };
    let problem = kit.fail("oc_exec(home, \"etcd-0\", [\"unheard-of\"], #{container: \"etcd\"})");
    assert_eq!(problem.kind, "exit");
    assert!(problem.message.contains("`unheard-of` not found in $PATH"), "{problem}");
    let problem = kit.fail("oc_exec(home, \"etcd-0\", [\"where\"], #{container: \"absent\"})");
    assert_eq!(problem.kind, "invalid");
    assert!(problem.message.contains("container not found"), "{problem}");
    let problem = kit.fail("oc_exec(home, \"etcd-9\", [\"where\"], #{container: \"etcd\"})");
    assert_eq!(problem.kind, "not_found", "{problem}");
}

#[test]
fn a_command_reads_text_and_secrets_from_its_stdin() {
    let Some(kit) = kit() else { return };
    assert_eq!(
        kit.text("oc_exec(home, \"etcd-0\", [\"upper\"], #{container: \"etcd\", stdin: \"quiet\"}).stdout"),
        "QUIET"
    );
    let long = "let text = \"\"; text.pad(200000, 'x'); oc_exec(home, \"etcd-0\", [\"upper\"], #{container: \"etcd\", stdin: text}).stdout.len()";
    assert_eq!(kit.eval(long).as_int().unwrap(), 200_000);
}

#[test]
fn bytes_that_are_no_text_are_refused_as_text() {
    let Some(kit) = kit() else { return };
    let problem = kit.fail("oc_exec(home, \"etcd-0\", [\"bytes\", \"300\"], #{container: \"etcd\"})");
    assert_eq!(problem.kind, "output");
    assert_eq!(problem.message, "`bytes` in pod etcd-0 printed what is no text in UTF-8");
    assert_eq!(problem.hint.as_deref(), Some("`oc_exec_stream` takes bytes as they are"));
}

#[test]
fn an_output_that_memory_does_not_bear_is_not_taken() {
    let Some(kit) = kit() else { return };
    let problem = kit.fail("oc_exec(home, \"etcd-0\", [\"fill\", \"17000000\"], #{container: \"etcd\"})");
    assert_eq!(problem.kind, "output");
    assert_eq!(problem.message, "the output of `fill` in pod etcd-0 is not taken: it is more than 16 MiB");
    assert!(problem.hint.unwrap().starts_with("`oc_exec_stream` hands on more"));
}

#[test]
fn a_connection_that_breaks_is_an_error_and_never_a_short_output() {
    let Some(kit) = kit() else { return };
    kit.front.cut_after(500_000);
    let problem = kit.fail("oc_exec(home, \"etcd-0\", [\"fill\", \"1000000\"], #{container: \"etcd\"})");
    assert_eq!(problem.kind, "connection_lost");
    assert!(problem.message.contains("was lost after"), "{problem}");
}

#[test]
fn a_command_that_only_looks_runs_again_when_the_connection_broke() {
    let Some(kit) = kit() else { return };
    kit.front.cut_after(500_000);
    let script =
        "oc_exec(home, \"etcd-0\", [\"fill\", \"1000000\"], #{container: \"etcd\", reads: true}).stdout";
    assert_eq!(kit.text(script), "x".repeat(1_000_000));
    assert!(kit.front.has_cut(), "the connection broke");
}

#[test]
fn a_stream_that_breaks_says_at_its_end_that_it_is_not_whole() {
    let Some(kit) = kit() else { return };
    kit.front.cut_after(500_000);
    let (bytes, ended) = read(&kit, "[\"bytes\", \"1000000\"]");
    assert!(bytes.len() < 1_000_000);
    assert_eq!(ended.unwrap_err().kind, "connection_lost");
}

#[test]
fn a_command_that_only_looks_runs_on_a_read_only_cluster() {
    let Some(kit) = kit().map(Kit::read_only) else { return };
    assert_eq!(kit.fail("oc_exec(home, \"etcd-0\", [\"say\", \"a\", \"\"])").kind, "refused");
    assert_eq!(
        kit.text(
            "oc_exec(home, \"etcd-0\", [\"say\", \"a\", \"\"], #{container: \"etcd\", reads: true}).stdout"
        ),
        "a"
    );
}

fn read(kit: &Kit, command: &str) -> (Vec<u8>, Result<(), drsh::problem::Problem>) {
    let script =
        format!("oc_exec_stream(home, \"etcd-0\", {command}, #{{container: \"etcd\", reads: true}})");
    let source = kit.eval(&script).cast::<ByteSource>();
    kit.runtime.block_on(async {
        let mut opened = source.open().await.unwrap();
        let mut bytes = Vec::new();
        opened.reader.read_to_end(&mut bytes).await.unwrap();
        (bytes, opened.finish.await)
    })
}

#[test]
fn a_stream_holds_every_byte() {
    let Some(kit) = kit() else { return };
    let (bytes, ended) = read(&kit, "[\"bytes\", \"5000000\"]");
    ended.unwrap();
    assert_eq!(bytes.len(), 5_000_000);
    assert!(bytes.iter().enumerate().all(|(place, byte)| usize::from(*byte) == place % 256));
}

#[test]
fn a_stream_says_at_its_end_that_its_command_failed() {
    let Some(kit) = kit() else { return };
    let (bytes, ended) = read(&kit, "[\"fail\", \"2\", \"why\"]");
    assert_eq!((bytes.as_slice(), ended.unwrap_err().kind.as_ref()), (b"some output".as_slice(), "exit"));
}

#[test]
fn a_log_is_read() {
    let Some(kit) = kit() else { return };
    assert_eq!(kit.text("oc_logs(home, \"etcd-0\", #{container: \"etcd\"})"), "etcd-0 etcd says hello\n");
}
