//! The report as Markdown: for an incident's ticket.

use std::fmt::Write as _;

use super::model::{Activity, Fate, Report, Step};
use super::words;

/// More changes of one step are counted, not listed.
const MOST_CALLS: usize = 50;

/// Writes it.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut text = String::new();
    head(&mut text, report);
    errors(&mut text, report);
    downtime(&mut text, report);
    steps(&mut text, report);
    changes(&mut text, report);
    rest(&mut text, report);
    text
}

fn head(text: &mut String, report: &Report) {
    let (state, next) = words::state(report);
    let _ = writeln!(text, "# {}: run {}\n", plain(&report.script), plain(&report.run));
    let _ = writeln!(
        text,
        "State: **{state}**.{}\n",
        next.map_or(String::new(), |next| format!(" Next: `{next}`."))
    );
    let _ = writeln!(
        text,
        "- began {} UTC, last record {} UTC",
        words::moment(report.began),
        words::moment(report.last)
    );
    let _ = writeln!(text, "- environment {}", plain(&report.environment_file));
    let _ = writeln!(text, "- script sha256 {}", report.script_sha256);
    for one in &report.identities {
        let _ = writeln!(
            text,
            "- cluster {}: {}, version {}",
            plain(&one.cluster),
            plain(&one.uid),
            plain(&one.version)
        );
    }
    let _ = writeln!(
        text,
        "\n## Starts\n\n| # | | began (UTC) | ended as | by | from the journal |\n|---|---|---|---|---|---|"
    );
    for start in &report.starts {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            start.number,
            words::way(start.way),
            words::moment(start.began),
            words::ending(start, report),
            plain(start.operator.as_deref().unwrap_or("not recorded")),
            start.from_journal
        );
    }
}

fn errors(text: &mut String, report: &Report) {
    let stopped = report.starts.iter().filter_map(|start| Some((start, start.error.as_ref()?)));
    for (number, (start, error)) in stopped.enumerate() {
        if number == 0 {
            text.push_str("\n## Errors\n");
        }
        let _ = writeln!(text, "\n- start {}: **error:** {}", start.number, plain(&error.message));
        for at in &error.at {
            let _ = writeln!(text, "  - at {}", plain(at));
        }
        let _ = writeln!(text, "  - state: {}", plain(&words::standing(report, start)));
        if let Some(hint) = &error.hint {
            let _ = writeln!(text, "  - hint: {}", plain(hint));
        }
    }
}

fn downtime(text: &mut String, report: &Report) {
    text.push_str("\n## Downtime, measured\n\n");
    if report.downtime.is_empty() {
        text.push_str("Nothing was measured: the script began no probe.\n");
    }
    for one in &report.downtime {
        let _ = writeln!(text, "- {}: {}", plain(&one.what), words::away(one));
        for away in &one.away {
            let (from, to) = (words::moment(away.span.from), words::clock(away.span.to));
            let end = if away.ended { "" } else { ", when it was looked last" };
            let took = words::span(super::downtime::lasted(&away.span));
            let _ = writeln!(text, "  - away {took}, from {from} to {to}{end}: {}", plain(&away.because));
        }
        for gap in &one.gaps {
            let (from, to) = (words::moment(gap.span.from), words::moment(gap.span.to));
            let _ = writeln!(text, "  - not measured between stops of drsh, from {from} to {to}");
        }
    }
}

fn steps(text: &mut String, report: &Report) {
    text.push_str(
        "\n## Steps\n\n| start | phase | step | | began (UTC) | took |\n|---|---|---|---|---|---|\n",
    );
    for step in &report.steps {
        let because = step.because.as_ref().map_or(String::new(), |because| format!(": {}", plain(because)));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {}{because} | {} | {} |",
            step.start,
            plain(step.phase.as_deref().unwrap_or_default()),
            plain(&step.name),
            words::fate(step),
            words::clock(step.began),
            step.milliseconds.filter(|_| step.fate != Fate::Skipped).map_or(String::new(), words::span)
        );
    }
    let waited = |step: &&Step| !step.activity.waits.is_empty();
    let between = &report.between;
    if between.waits.is_empty() && !report.steps.iter().any(|step| waited(&step)) {
        return;
    }
    text.push_str("\n## Waits\n");
    for step in report.steps.iter().filter(waited) {
        let _ = writeln!(text, "\n- {}", plain(&step.name));
        waits(text, &step.activity);
    }
    if !report.between.waits.is_empty() {
        text.push_str("\n- between steps\n");
        waits(text, &report.between);
    }
}

fn waits(text: &mut String, activity: &Activity) {
    for wait in &activity.waits {
        let limit = wait.limit.map_or(String::new(), |limit| format!(" of at most {}", words::span(limit)));
        let end = if wait.ran_out { ", and ran out of time" } else { "" };
        let took = words::span(wait.milliseconds);
        let _ = writeln!(text, "  - {took}{limit} for {}{end}", plain(&wait.what));
        for seen in &wait.seen {
            let _ = writeln!(text, "    - after {}: {}", words::span(seen.after), plain(&seen.text));
        }
    }
}

fn changes(text: &mut String, report: &Report) {
    if report.between.calls.is_empty() && report.steps.iter().all(|step| step.activity.calls.is_empty()) {
        return;
    }
    text.push_str("\n## Changes\n");
    let of_steps = report.steps.iter().map(|step| (step.name.as_str(), &step.activity.calls));
    for (name, calls) in of_steps.chain([("between steps", &report.between.calls)]) {
        if calls.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n- {}", plain(name));
        for call in calls.iter().take(MOST_CALLS) {
            let end = match (&call.problem, call.milliseconds) {
                (Some(problem), _) => format!(" (stopped: {})", plain(problem)),
                (None, None) => " (whether it was made is not known)".to_owned(),
                (None, Some(_)) => String::new(),
            };
            let _ = writeln!(text, "  - {}: {}{end}", plain(&call.target), plain(&call.about));
            for line in &call.changed {
                let _ = writeln!(text, "    - {}", plain(line));
            }
        }
        if let Some(more) = calls.len().checked_sub(MOST_CALLS).filter(|more| *more > 0) {
            let _ = writeln!(text, "  - and {more} more");
        }
    }
}

fn rest(text: &mut String, report: &Report) {
    if !(report.approvals.is_empty() && report.leases.is_empty() && report.points_of_no_return.is_empty()) {
        text.push_str("\n## Decisions\n\n");
    }
    for one in &report.approvals {
        let (at, phase, by) = (words::moment(one.at), plain(&one.phase), plain(&one.by));
        let _ = writeln!(text, "- {at} phase {phase} approved: {by}");
    }
    for one in &report.leases {
        let from =
            one.from.as_ref().map_or(String::new(), |from| format!(", taken over from run {}", plain(from)));
        let because = one.because.as_ref().map_or(String::new(), |because| format!(": {}", plain(because)));
        let _ =
            writeln!(text, "- {} cluster {} held{from}{because}", words::moment(one.at), plain(&one.cluster));
    }
    for one in &report.points_of_no_return {
        let _ = writeln!(text, "- {} point of no return: {}", words::moment(one.at), plain(&one.text));
    }
    for (title, remarks) in [("Warnings", &report.warnings), ("Notes", &report.notes)] {
        if !remarks.is_empty() {
            let _ = writeln!(text, "\n## {title}\n");
        }
        for one in remarks {
            let _ = writeln!(text, "- {} {}", words::moment(one.at), plain(&one.text));
        }
    }
    if !report.checksums.is_empty() {
        text.push_str("\n## Checksums of what was saved\n\n| what | size | sha256 |\n|---|---|---|\n");
    }
    for one in &report.checksums {
        let size = one.size.map_or(String::new(), words::size);
        let _ = writeln!(text, "| {} | {size} | {} |", plain(&one.name), one.sha256);
    }
    let Some(setting) = &report.setting else { return };
    let _ = writeln!(
        text,
        "\n## Environment {}\n\n| target | name | where |\n|---|---|---|",
        plain(&setting.environment)
    );
    for aim in &setting.targets {
        let mode = if aim.read_only { " (read-only)" } else { "" };
        let _ =
            writeln!(text, "| {} | {} | {}{mode} |", plain(&aim.kind), plain(&aim.name), plain(&aim.place));
    }
    text.push_str("\n| parameter | value |\n|---|---|\n");
    for (name, value) in &setting.parameters {
        let _ = writeln!(text, "| {} | {} |", plain(name), plain(value));
    }
}

/// Writes text so that none of it is Markdown or HTML, on one line.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    if text.starts_with(['+', '-', '=']) {
        plain.push('\\');
    }
    for c in text.chars() {
        match c {
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => plain.extend(['\\', c]),
            '\n' | '\r' | '\t' => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markdown() {
        assert_eq!(plain("a|b <script> [x](y) `c`\n# d"), "a\\|b &lt;script&gt; \\[x\\](y) \\`c\\` \\# d");
    }
}
