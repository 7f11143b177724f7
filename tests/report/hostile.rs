//! Names and words that would be markup, steer a terminal, or fill a page.

use crate::program::Program;

const SCRIPT: &str = r#"fn main() {
    phase("<img src=x onerror=alert(1)>");
    step("X1 <script>alert('1')</script> & \"quotes\" | pipes *stars* `ticks`").reads().run(|| {
        let long = "<b>";
        while long.len() < 1000000 { long += "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" + long; }
        print(long);
        note(long);
        warn("look: \u001b]0;title\u0007 \u202e reversed <script>x</script>");
        note("](javascript:alert(1)) # not a heading\n# nor this");
    });
    step("X2 fail").reads().run(|| fail("broken", "</p><script>alert(2)</script>", "<a href=x>next</a>"));
}"#;

fn reports() -> [String; 3] {
    let program = Program::new();
    program.write("<s>.rhai", SCRIPT);
    let printed = program.run(&["run", "<s>.rhai"]);
    assert_eq!(printed.code, 1, "{}", printed.err);
    let run = program.run_id();
    ["html", "markdown", "json"].map(|format| {
        let printed = program.run(&["report", &run, "--format", format]);
        assert_eq!(printed.code, 0, "{}", printed.err);
        printed.out
    })
}

#[test]
fn no_name_and_no_word_becomes_markup_and_none_fills_the_page() {
    let [html, markdown, json] = reports();
    for (form, text) in [("html", &html), ("markdown", &markdown)] {
        for markup in ["<script", "<img", "<b>", "<a href=x", "</p><"] {
            let own = form == "html" && markup == "</p><";
            assert!(own || !text.contains(markup), "{form} holds {markup}");
        }
    }
    for (form, text) in [("html", &html), ("markdown", &markdown), ("json", &json)] {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{form} steers what shows it");
        assert!(text.len() < 100_000, "{form} has {} bytes", text.len());
        assert!(text.contains("characters more, which `drsh show` has") || form == "markdown", "{form}");
    }
    assert!(html.contains("&lt;script&gt;alert('1')&lt;/script&gt; &amp; &quot;quotes&quot;"), "{html}");
    assert!(
        markdown.contains("&lt;script&gt;alert('1')&lt;/script&gt; &amp; \"quotes\" \\| pipes \\*stars\\*")
    );
    assert!(markdown.lines().all(|line| !line.starts_with("# nor this")), "{markdown}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["warnings"].as_array().unwrap().len(), 1);
}

#[test]
fn an_error_has_its_four_parts() {
    let [html, markdown, json] = reports();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let error = &json["starts"][0]["error"];
    assert_eq!(error["message"], "</p><script>alert(2)</script>");
    assert_eq!(error["hint"], "<a href=x>next</a>");
    assert!(error["at"][0].as_str().unwrap().ends_with("<s>.rhai:11"), "{error}");
    for part in [
        "<strong>error: </strong>",
        "<strong>state: </strong>1 step done, stopped in",
        "<strong>hint: </strong>",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(markdown.contains("state: 1 step done, stopped in \"X2 fail\""), "{markdown}");
}
