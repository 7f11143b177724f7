//! How full file systems and folders are: `df` and `du`.

use std::fmt::Write as _;

use super::super::call::{Call, End};
use super::super::files::Usage;
use super::Options;

pub(super) async fn run(call: Call) -> End {
    if call.name() == "du" { du(&call).await } else { df(&call).await }
}

async fn df(call: &Call) -> End {
    let options = Options::of(call, &["B", "block-size"]);
    let mut end = Ok(());
    let mut all = Vec::new();
    if options.words.is_empty() {
        all = call.view.all_usage();
    }
    for path in &options.words {
        match call.view.usage(path) {
            Ok(usage) => all.push(usage),
            Err(error) => end = Err(call.fail(1, &format!("df: {path}: {error}")).await),
        }
    }
    if all.is_empty() {
        return end;
    }
    let (unit, title) = match options.value(&["B", "block-size"]) {
        Some("1") => (1, "1B-blocks"),
        Some("1M" | "M") => (1 << 20, "1M-blocks"),
        _ if options.has(&["m"]) => (1 << 20, "1M-blocks"),
        _ if options.has(&["P"]) => (1024, "1024-blocks"),
        _ => (1024, "1K-blocks"),
    };
    let mut text = String::new();
    if let Some(columns) = options.value(&["output"]) {
        let columns: Vec<&str> = columns.split(',').collect();
        let titles = columns.iter().map(|column| match *column {
            "avail" => "Avail",
            "used" => "Used",
            "size" => title,
            "target" => "Mounted on",
            _ => "Filesystem",
        });
        let _ = writeln!(text, "{}", titles.collect::<Vec<_>>().join(" "));
        for usage in &all {
            let cells = columns.iter().map(|column| cell(column, usage, unit));
            let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join(" "));
        }
    } else {
        let _ = writeln!(text, "Filesystem     {title}      Used Available Use% Mounted on");
        for usage in &all {
            let share = (usage.used * 100).div_ceil(usage.capacity.max(1));
            let [size, used, available] = ["size", "used", "avail"].map(|column| cell(column, usage, unit));
            let (device, at) = (&usage.device, &usage.at);
            let _ = writeln!(text, "{device:<14} {size:>9} {used:>9} {available:>9} {share:>3}% {at}");
        }
    }
    call.print(text).await?;
    end
}

fn cell(column: &str, usage: &Usage, unit: u64) -> String {
    match column {
        "avail" => (usage.capacity.saturating_sub(usage.used) / unit).to_string(),
        "used" => usage.used.div_ceil(unit).to_string(),
        "size" => (usage.capacity / unit).to_string(),
        "target" => usage.at.clone(),
        _ => usage.device.clone(),
    }
}

async fn du(call: &Call) -> End {
    let options = Options::of(call, &[]);
    let mut end = Ok(());
    for path in &options.words {
        match call.view.walk(path) {
            Ok(found) => {
                let bytes: u64 =
                    found.iter().filter(|(_, meta)| meta.is_file()).map(|(_, meta)| meta.size).sum();
                let size = if options.has(&["b"]) { bytes } else { bytes.div_ceil(1024) };
                call.print(format!("{size}\t{path}\n")).await?;
            }
            Err(error) => end = Err(call.fail(1, &format!("du: cannot access '{path}': {error}")).await),
        }
    }
    end
}
