//! What the program reported, without what differs from one run to the next: times, and what it waited for.

/// A step as it is reported: how it ended, and its name.
pub fn steps(out: &str) -> Vec<String> {
    let steps = out
        .lines()
        .filter(|line| ["  done  ", "  stop  ", "  kept  "].iter().any(|mark| line.starts_with(mark)));
    steps.map(without_duration).collect()
}

/// The summary: each phase with its number of steps.
pub fn summary(out: &str) -> Vec<String> {
    let after = out.lines().skip_while(|line| !line.starts_with("done: ")).skip(1);
    after.take_while(|line| line.starts_with("  ")).map(without_duration).collect()
}

/// What is noted and warned of, by the words before the first figure or name.
fn without_duration(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    words[..words.len().saturating_sub(1)].join(" ")
}

#[test]
fn a_report_is_told_without_its_times() {
    let out = "backup\n  done  B0 check everything   0.8s\n        waiting for pods: 1 left\n  stop  B1 record  0.1s\n\n\
               done: x in 3s, run 1\n  backup        12 steps     4.1s\n\n";
    assert_eq!(steps(out), ["done B0 check everything", "stop B1 record"]);
    assert_eq!(summary(out), ["backup 12 steps"]);
}
