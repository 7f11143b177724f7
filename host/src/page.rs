//! One HTML page that needs nothing else: no network, no script. What the reference and the reports share.

use maud::{DOCTYPE, Markup, PreEscaped, Render as _, html};

/// Colours, type and spacing in both themes, and on paper.
const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#fff;--text:#1b1f24;--muted:#57606a;--line:#d0d7de;--soft:#f3f5f7;\
--good:#1a7f37;--bad:#c62828;--care:#8a5a00;--link:#0b57d0}\
@media(prefers-color-scheme:dark){:root{--ground:#0f1317;--text:#e6e9ec;--muted:#9aa4ae;--line:#343c45;--soft:#1a2027;\
--good:#57c97a;--bad:#ff7b72;--care:#e3b341;--link:#79b8ff}}\
*{box-sizing:border-box}html{scroll-padding-top:1rem}\
body{background:var(--ground);color:var(--text);font:16px/1.55 system-ui,sans-serif;margin:0 auto;padding:1rem 1.25rem 4rem;\
overflow-wrap:anywhere}a{color:var(--link)}a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--link);\
outline-offset:2px}h1,h2,h3{line-height:1.25}\
h2{border-top:1px solid var(--line);margin-top:3rem;padding-top:1rem}h3{margin:2rem 0 .5rem}\
code,pre{font-family:ui-monospace,monospace;font-size:.9em}code{background:var(--soft);padding:.1em .25em}\
pre{background:var(--soft);overflow-x:auto;padding:.75rem}pre code{background:none;padding:0;overflow-wrap:normal}\
@media print{:root{color-scheme:light;--ground:#fff;--text:#000;--muted:#444;--line:#999;--soft:#f3f3f3;--good:#1a7f37;\
--bad:#b00;--care:#7a4f00;--link:#000}body{font-size:10.5pt;max-width:none;padding:0}nav{display:none}}";

/// Writes a page; `style` comes after what all pages share.
#[must_use]
pub fn page(title: &str, style: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(style)) }
            }
            body { (body) }
        }
    };
    page.into_string() + "\n"
}

/// Writes text so that none of it is markup.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.render().into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        let written = page("</title><script>", "", &html! { p title=("\" onclick=\"x") { "<script>&" } });
        assert!(!written.contains("<script") && !written.contains("\" onclick"), "{written}");
        assert!(written.contains("&lt;script&gt;&amp;"));
    }
}
