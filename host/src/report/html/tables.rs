//! What changed, what was decided, what was kept, where it was.

use maud::{Markup, html};

use super::super::model::{Call, Remark, Report};
use super::super::words;

/// More changes of one step are counted, not listed: the JSON form has them all.
const MOST_CALLS: usize = 200;

/// Whether anything was changed.
pub fn has_changes(report: &Report) -> bool {
    !report.between.calls.is_empty() || report.steps.iter().any(|step| !step.activity.calls.is_empty())
}

/// The changes, by step.
pub fn changes(report: &Report) -> Markup {
    let of_steps = report.steps.iter().map(|step| (step.name.as_str(), &step.activity.calls));
    let all =
        of_steps.chain([("between steps", &report.between.calls)]).filter(|(_, calls)| !calls.is_empty());
    html! {
        @if has_changes(report) {
            section aria-labelledby="changes" {
                h2 #changes { "Changes" }
                @for (name, calls) in all {
                    details {
                        summary { (name) ": " (calls.len()) @if calls.len() == 1 { " change" } @else { " changes" } }
                        @for call in calls.iter().take(MOST_CALLS) { (change(call)) }
                        @if calls.len() > MOST_CALLS {
                            p .muted { "and " (calls.len() - MOST_CALLS) " more, which `drsh report --format json` has" }
                        }
                    }
                }
            }
        }
    }
}

fn change(call: &Call) -> Markup {
    html! {
        div .change {
            p {
                span .muted { (words::clock(call.began)) " " } (call.target) ": " (call.about)
                @if call.effect == "destroy" { span .care { " (cannot be changed back)" } }
            }
            @if let Some(problem) = &call.problem { p .bad { "stopped: " (problem) } }
            @else if call.milliseconds.is_none() { p .care { "whether it was made is not known" } }
            @if !call.changed.is_empty() { pre .diff tabindex="0" { (call.changed.join("\n")) } }
        }
    }
}

/// Whether anything was decided.
pub fn has_decisions(report: &Report) -> bool {
    !(report.approvals.is_empty() && report.leases.is_empty() && report.points_of_no_return.is_empty())
}

/// Approvals, leases and points of no return.
pub fn decisions(report: &Report) -> Markup {
    let rows = |rows: &mut Vec<(jiff::Timestamp, String)>| {
        for one in &report.approvals {
            rows.push((one.at, format!("phase {} approved: {}", one.phase, one.by)));
        }
        for one in &report.leases {
            let from =
                one.from.as_ref().map_or(String::new(), |from| format!(", taken over from run {from}"));
            let because = one.because.as_ref().map_or(String::new(), |because| format!(": {because}"));
            rows.push((one.at, format!("cluster {} held{from}{because}", one.cluster)));
        }
        for one in &report.points_of_no_return {
            rows.push((one.at, format!("point of no return: {}", one.text)));
        }
        rows.sort();
    };
    let mut all = Vec::new();
    rows(&mut all);
    html! {
        @if has_decisions(report) {
            section aria-labelledby="decisions" {
                h2 #decisions { "Approvals, leases, points of no return" }
                (table("Decisions", &["When", "What"], all.into_iter().map(|(at, what)| html! {
                    td .number { (words::moment(at)) } td { (what) }
                })))
            }
        }
    }
}

/// Words that were kept.
pub fn remarks(anchor: &str, title: &str, remarks: &[Remark]) -> Markup {
    html! {
        @if !remarks.is_empty() {
            section aria-labelledby=(anchor) {
                h2 id=(anchor) { (title) }
                (table(title, &["When", "Step", "What"], remarks.iter().map(|one| html! {
                    td .number { (words::moment(one.at)) }
                    td { (one.step.as_deref().unwrap_or("none")) }
                    td .words { (one.text) }
                })))
            }
        }
    }
}

/// The checksums of what was saved.
pub fn checksums(report: &Report) -> Markup {
    html! {
        @if !report.checksums.is_empty() {
            section aria-labelledby="checksums" {
                h2 #checksums { "Checksums of what was saved" }
                details {
                    summary { (report.checksums.len()) " with their SHA-256" }
                    (table("Checksums", &["What", "Size", "SHA-256"], report.checksums.iter().map(|one| html! {
                        td { (one.name) }
                        td .number { (one.size.map_or(String::new(), words::size)) }
                        td .sum { (one.sha256) }
                    })))
                }
            }
        }
    }
}

/// The starts, the clusters as they were met, targets and parameters.
pub fn setting(report: &Report) -> Markup {
    html! {
        section aria-labelledby="setting" {
            h2 #setting { "Run and environment" }
            h3 { "Starts" }
            (table("Starts", &["Start", "Began", "Ended", "How", "By", "From the journal"], report.starts.iter().map(|start| html! {
                th scope="row" { (start.number) " " (words::way(start.way)) }
                td .number { (words::moment(start.began)) }
                td .number { (words::moment(start.last)) }
                td {
                    (words::ending(start, report))
                    @if let Some(from) = &start.started_over_from { ", again from " (from) }
                    @if start.script_sha256 != report.script_sha256 { ", the script was edited before" }
                }
                td { (start.operator.as_deref().unwrap_or("not recorded")) }
                td .number { (start.from_journal) }
            })))
            h3 { "Script and environment file" }
            dl {
                dt { "Script" } dd { (report.script) }
                dt { "SHA-256 of its text" } dd .sum { (report.script_sha256) }
                dt { "Environment file" } dd { (report.environment_file) }
            }
            @if !report.identities.is_empty() {
                h3 { "Clusters as they were met" }
                (table("Clusters", &["Cluster", "UID of kube-system", "Version"], report.identities.iter().map(|one| html! {
                    th scope="row" { (one.cluster) } td .sum { (one.uid) } td { (one.version) }
                })))
            }
            @if let Some(setting) = &report.setting {
                h3 { "Targets" }
                (table("Targets", &["Target", "Where", "Mode"], setting.targets.iter().map(|aim| html! {
                    th scope="row" { (aim.kind) " " (aim.name) }
                    td { (aim.place) }
                    td { @if aim.read_only { "read-only" } @else { "read-write" } }
                })))
                @if !setting.parameters.is_empty() {
                    h3 { "Parameters" }
                    (table("Parameters", &["Parameter", "Value"], setting.parameters.iter().map(|(name, value)| html! {
                        th scope="row" { (name) } td { (value) }
                    })))
                }
            }
        }
    }
}

/// A table that scrolls by itself where it is wider than the page.
fn table(label: &str, heads: &[&str], rows: impl Iterator<Item = Markup>) -> Markup {
    html! {
        div .wide role="region" tabindex="0" aria-label={ "Table: " (label) } {
            table {
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { @for row in rows { tr { (row) } } }
            }
        }
    }
}
