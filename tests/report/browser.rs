//! What a browser says of the pages: nothing is wider than a phone, every link leads somewhere, and axe finds nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::migration::REPORTS;

/// The names under which Chromium is installed.
const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Looks at the page as it stands in its frame, and tells the page around it what is wrong.
const LOOK: &str = "\
const wrong = [];\
if (document.documentElement.scrollWidth > window.innerWidth) wrong.push('wider than the window: ' + document.documentElement.scrollWidth + ' > ' + window.innerWidth);\
for (const link of document.querySelectorAll('a[href]')) { const to = link.getAttribute('href');\
 if (!to.startsWith('#') || !document.getElementById(to.slice(1))) wrong.push('link to nowhere: ' + to); }\
const ids = [...document.querySelectorAll('[id]')].map(e => e.id);\
if (new Set(ids).size !== ids.length) wrong.push('an id stands twice');\
let level = 0; for (const head of document.querySelectorAll('h1,h2,h3,h4')) { const own = +head.tagName[1];\
 if (own > level + 1) wrong.push('a heading is passed over before: ' + head.textContent); level = own; }\
for (const table of document.querySelectorAll('table')) if (!table.querySelector('th[scope]')) wrong.push('a table has no heads');\
const tell = () => parent.postMessage('VERDICT[' + window.innerWidth + ' ' + wrong.join('; ') + ']', '*');\
if (window.axe) axe.run().then(found => { for (const one of found.violations) wrong.push(one.id + ': ' + one.nodes[0].html.slice(0, 200) + ' ' + (one.nodes[0].failureSummary || '').slice(0, 300)); tell(); },\
 error => { wrong.push('axe: ' + error); tell(); });\
else tell();";

/// The page around it: no window is as narrow as a phone, a frame is.
const AROUND: &str = "<!DOCTYPE html><html lang=en><title>around</title><body><script>onmessage = event => { \
const told = document.createElement('pre'); told.textContent = event.data; document.body.append(told); };</script>";

fn chromium() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let all = std::env::split_paths(&folders);
    all.flat_map(|folder| CHROMIUM.map(|name| folder.join(name))).find(|file| file.is_file())
}

/// The browser, without a window and for a minute or two at most: one that hangs must not hang the tests.
fn headless(chromium: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.arg("150").arg(chromium).args(["--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"]);
    command
}

/// Whether it shows anything at all on this machine.
fn runs(chromium: &Path) -> bool {
    let shown = headless(chromium).arg("data:text/html,<p>it runs").output().unwrap();
    String::from_utf8_lossy(&shown.stdout).contains("it runs")
}

/// What a browser finds wrong in the page.
fn verdict(chromium: &Path, page: &str, axe: &str, width: u32, theme: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    let end = format!("<script>{axe}</script><script>{LOOK}</script></body>");
    // The last, as scripts and words before it may hold one too.
    let (before, after) = page.rsplit_once("</body>").unwrap();
    std::fs::write(&file, format!("{before}{end}{after}")).unwrap();
    let frame = format!(
        "<iframe src='page.html' title='page' style='border:0;width:{width}px;height:900px'></iframe>"
    );
    let around = folder.path().join("around.html");
    std::fs::write(&around, format!("{AROUND}{frame}</body></html>")).unwrap();
    let output = headless(chromium)
        .arg("--virtual-time-budget=60000")
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg("--window-size=1400,1000")
        .args((theme == "dark").then_some("--blink-settings=preferredColorScheme=0"))
        .arg(format!("file://{}", around.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let told =
        dom.rsplit_once("VERDICT[").and_then(|(_, rest)| Some(rest.split_once("]</pre>")?.0.to_owned()));
    let told = told.and_then(|told| told.strip_prefix(&format!("{width} ")).map(str::to_owned));
    told.unwrap_or_else(|| panic!("the browser told nothing: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn a_browser_finds_nothing_wrong_in_the_report_and_the_reference() {
    let Some(chromium) = chromium().filter(|chromium| runs(chromium)) else {
        println!("left out: no Chromium runs on this machine");
        return;
    };
    let axe = if let Some(file) = std::env::var_os("DRSH_AXE") {
        std::fs::read_to_string(file).unwrap()
    } else {
        println!("left out: DRSH_AXE names no axe.min.js");
        String::new()
    };
    let reference = drsh::reference::html();
    let mut wrong = Vec::new();
    for (name, page) in [("report", &REPORTS.html), ("reference", &reference)] {
        for (width, theme) in [(360, "light"), (1280, "dark")] {
            // Everything is to be looked at, not only what is open.
            let page = page.replace("<details>", "<details open>");
            let found = verdict(&chromium, &page, &axe, width, theme);
            if !found.is_empty() {
                wrong.push(format!("{name} at {width} in {theme}: {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
