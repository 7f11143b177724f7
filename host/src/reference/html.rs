//! The whole reference as one HTML page that needs nothing else: no network, no script.

use std::fmt::Write as _;

use maud::PreEscaped;

use super::markdown;
use crate::page::{escaped, page};

const STYLE: &str = "body{max-width:54rem}code{overflow-wrap:anywhere}nav{columns:9.5rem auto;font-size:.95em}\
nav a{display:block;break-inside:avoid;padding:.1rem 0}";

/// Writes the page.
#[must_use]
pub fn html() -> String {
    let source = markdown();
    let body = rendered(&source);
    let mut links = String::new();
    for title in source.lines().filter_map(|line| line.strip_prefix("## ")) {
        let _ = write!(links, "<a href=\"#{}\">{}</a>", anchor(2, title), escaped(title));
    }
    let body = body.replacen("</h1>", &format!("</h1>\n<nav aria-label=\"Contents\">{links}</nav>"), 1);
    page("drsh reference", STYLE, &PreEscaped(format!("<main>{body}</main>")))
}

/// Turns the Markdown that the documentation keeps to into HTML: headings, paragraphs, lists, fences, code in lines.
fn rendered(text: &str) -> String {
    let mut page = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            page.push_str("<pre tabindex=\"0\"><code>");
            for code in lines.by_ref().take_while(|line| !line.starts_with("```")) {
                let _ = writeln!(page, "{}", escaped(code));
            }
            page.push_str("</code></pre>\n");
        } else if let Some((level, title)) = heading(line) {
            let _ = writeln!(page, "<h{level} id=\"{}\">{}</h{level}>", anchor(level, title), escaped(title));
        } else if is_item(line) {
            page.push_str("<ul>");
            let mut item = line.trim_start()[2..].to_owned();
            while let Some(next) = lines.next_if(|next| !next.trim().is_empty() && !next.starts_with("```")) {
                if is_item(next) {
                    if !item.is_empty() {
                        let _ = write!(page, "<li>{}</li>", inline(&item));
                    }
                    next.trim_start()[2..].clone_into(&mut item);
                } else if next.starts_with(' ') {
                    let _ = write!(item, " {}", next.trim());
                } else {
                    // A paragraph may follow a list at once.
                    let _ = write!(page, "<li>{}</li></ul>\n<p>{}</p>\n<ul>", inline(&item), inline(next));
                    item.clear();
                }
            }
            if !item.is_empty() {
                let _ = write!(page, "<li>{}</li>", inline(&item));
            }
            page.push_str("</ul>\n");
        } else if !line.trim().is_empty() {
            let mut paragraph = line.to_owned();
            while let Some(next) = lines.next_if(|next| {
                !next.trim().is_empty()
                    && !next.starts_with("```")
                    && !is_item(next)
                    && heading(next).is_none()
            }) {
                let _ = write!(paragraph, "\n{next}");
            }
            let _ = writeln!(page, "<p>{}</p>", inline(&paragraph));
        }
    }
    page.replace("<ul></ul>\n", "")
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.chars().take_while(|c| *c == '#').count();
    (1..=3).contains(&level).then(|| line[level..].strip_prefix(' ')).flatten().map(|title| (level, title))
}

fn is_item(line: &str) -> bool {
    line.trim_start().starts_with("* ") || line.trim_start().starts_with("- ")
}

fn inline(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let has_pairs = text.matches('`').count().is_multiple_of(2);
    let shown = parts.map(|(number, part)| match number % 2 {
        1 if has_pairs => format!("<code>{}</code>", escaped(part)),
        _ => escaped(part),
    });
    shown.collect()
}

/// What a link to a heading names. A family and its function may have one name.
fn anchor(level: usize, title: &str) -> String {
    let before = if level == 2 { "section-" } else { "" };
    before
        .chars()
        .chain(title.chars())
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_markdown_of_the_documentation_becomes_html() {
        let text = "## a::b\n\nText with `x < y`.\n\n* `one` - a\n  goes on\n* two\nAfter.\n\n```rhai\nlet a = \"<\";\n```\n";
        assert_eq!(
            rendered(text),
            "<h2 id=\"section-a--b\">a::b</h2>\n<p>Text with <code>x &lt; y</code>.</p>\n<ul><li><code>one</code> - a goes on</li>\
             <li>two</li></ul>\n<p>After.</p>\n<pre tabindex=\"0\"><code>let a = &quot;&lt;&quot;;\n</code></pre>\n"
        );
    }

    #[test]
    fn every_link_of_the_page_leads_to_one_heading() {
        let page = html();
        for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert_eq!(page.matches(&format!("id=\"{link}\"")).count(), 1, "{link}");
        }
    }
}
