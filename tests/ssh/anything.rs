//! Whatever a command prints, and however it ends: its text as it is, or an error that says why there is none.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::world::World;

/// Bytes as a broken program may print them: text, control characters, halves of letters, anything.
fn printed() -> impl Strategy<Value = Vec<u8>> {
    let text = "[ -~\n\u{1b}\u{202e}äß€😀]{0,300}".prop_map(String::into_bytes);
    let cut = ("[äß€😀]{1,40}", 0..4_usize).prop_map(|(text, off)| {
        let mut bytes = text.into_bytes();
        bytes.truncate(bytes.len().saturating_sub(off));
        bytes
    });
    prop_oneof![text, cut, proptest::collection::vec(any::<u8>(), 0..3000)]
}

#[test]
fn whatever_a_command_prints_comes_back_as_it_is_or_as_an_error_that_says_something() {
    let Some(world) = World::new() else { return };
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(48);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
    let (out_file, err_file) = (world.path("remote/out"), world.path("remote/err"));
    let script = format!(
        r#"let done = ssh(host("one"), ["sh", "-c", "cat '{}'; cat '{}' >&2; exit $0", STATUS], seconds(30)); done.stdout"#,
        out_file.display(),
        err_file.display()
    );
    let property = |(out, err, status): (Vec<u8>, Vec<u8>, u8)| {
        std::fs::write(&out_file, &out).unwrap();
        std::fs::write(&err_file, &err).unwrap();
        match world.run(&script.replace("STATUS", &format!("\"{status}\""))) {
            Ok(said) => {
                prop_assert_eq!(status, 0);
                let (said, out) = (said.to_string(), String::from_utf8(out).unwrap());
                prop_assert_eq!(said.trim_end(), out.trim_end());
            }
            Err(problem) => {
                let known = ["exit", "output", "signal"];
                prop_assert!(known.contains(&&*problem.kind), "{}: {problem}", problem.kind);
                prop_assert!(!problem.message.trim().is_empty());
                let is_text = std::str::from_utf8(&out).is_ok() && std::str::from_utf8(&err).is_ok();
                prop_assert!(status != 0 || !is_text, "a good command failed: {problem}");
            }
        }
        Ok(())
    };
    let statuses = prop_oneof![3 => Just(0_u8), 1 => any::<u8>()];
    TestRunner::new(config).run(&(printed(), printed(), statuses), property).unwrap();
}
