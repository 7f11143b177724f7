//! Forty mistakes, each planted in a script: every one is found, at its line, under its word, with a hint that helps.

use drsh::check::{Finding, check};
use drsh::engine::{Library, Script};

/// A script with one mistake; `«` marks where it stands.
struct Planted {
    word: &'static str,
    /// What the message or the hint must say.
    says: &'static str,
    text: &'static str,
}

const fn planted(word: &'static str, says: &'static str, text: &'static str) -> Planted {
    Planted { word, says, text }
}

const SYNTAX: &[Planted] = &[
    planted("syntax", "expecting '}'", "fn main() {\n    log(\"a\");\n«"),
    planted("syntax", "a text is not closed", "fn main() {\n    log(«\"a);\n}"),
    planted("syntax", "expecting ';'", "fn main() {\n    let a = 1\n    «log(`${a}`);\n}"),
    planted("syntax", "keeps for itself", "fn main() {\n    «eval(\"1\");\n}"),
    planted("syntax", "keeps for itself", "fn main() {\n    let «shared = 1;\n}"),
    planted("syntax", "duplicated property", "fn main() {\n    let a = #{ b: 1,\n        «b: 2 };\n}"),
];

const NAMES: &[Planted] = &[
    planted(
        "unknown_variable",
        "did you mean `before`?",
        "fn main() {\n    let before = 1;\n    log(`${«befor}`);\n}",
    ),
    planted("unknown_variable", "pass what they need", "let outer = 1;\nfn main() {\n    log(«xyz);\n}"),
    planted(
        "unknown_function",
        "did you mean oc_get(",
        "fn main() {\n    «oc_gt(cluster(\"a\"), \"pod/b\");\n}",
    ),
    planted(
        "unknown_function",
        "did you mean wait_for(",
        "fn main() {\n    «wait_fro(\"x\", seconds(1), || true);\n}",
    ),
    planted(
        "unknown_function",
        "did you mean names(",
        "fn main() {\n    oc_list(cluster(\"a\"), \"pods\").«naems();\n}",
    ),
    planted("unknown_function", "did you mean helper?", "fn helper(a) { a }\nfn main() {\n    «helpr(1);\n}"),
    planted("unknown_function", "did you mean hcp::is_paused?", "fn main() {\n    «is_paused(1);\n}"),
    planted("unknown_function", "drsh doc", "fn main() {\n    «zzzzzzzzzz();\n}"),
    planted(
        "unknown_function",
        "did you mean",
        "fn main() {\n    let f = || {\n        «minuts(5)\n    };\n}",
    ),
    planted(
        "wrong_arguments",
        "oc_get(cluster: Cluster, what: string)",
        "fn main() {\n    «oc_get(\"pod/a\");\n}",
    ),
    planted("wrong_arguments", "in brackets", "fn main() {\n    cluster(\"a\").«namespace();\n}"),
    planted("wrong_arguments", "helper(a)", "fn helper(a) { a }\nfn main() {\n    «helper(1, 2);\n}"),
    planted("unknown_module", "did you mean \"hcp\"?", "import «\"hpc\" as hpc;\nfn main() {}"),
    planted("unknown_module", "leads outside", "import «\"../secret\" as secret;\nfn main() {}"),
    planted("unknown_module", "computed", "let name = \"hcp\";\n«import name as hcp;"),
    planted("unknown_module", "import \"hcp\" as hcp", "fn main() {\n    «hcp::pause(1);\n}"),
    planted(
        "unknown_member",
        "did you mean hcp::pause(job)?",
        "import \"hcp\" as hcp;\nfn main() {\n    «hcp::puase(1);\n}",
    ),
    planted(
        "unknown_member",
        "did you mean kind::MACHINE?",
        "import \"kind\" as kind;\nfn main() {\n    log(«kind::MACHNE);\n}",
    ),
    planted(
        "wrong_arguments",
        "hcp::pause(job)",
        "import \"hcp\" as hcp;\nfn main() {\n    «hcp::pause();\n}",
    ),
];

const TYPES: &[Planted] = &[
    planted("wrong_type", "seconds(5) or minutes(5)", "fn main() {\n    wait_for(\"x\", «5, || true);\n}"),
    planted("wrong_type", "wants Cluster", "fn main() {\n    oc_get(«\"source\", \"pod/a\");\n}"),
    planted("wrong_type", "gets Host", "fn main() {\n    oc_get(«host(\"a\"), \"pod/a\");\n}"),
    planted(
        "wrong_type",
        "gets string",
        "fn main() {\n    step(\"X1 a\").no_undo(\"b\").run(|| ssh(host(\"a\"), «\"hostname\", seconds(5)));\n}",
    ),
    planted("wrong_type", "wants Fn", "fn main() {\n    step(\"X1 a\").reads().run(«1);\n}"),
];

const STEPS: &[Planted] = &[
    planted("no_undo", "does not say how it is undone", "fn main() {\n    «step(\"X1 act\").run(|| 1);\n}"),
    planted("no_undo", "twice", "fn main() {\n    step(\"X1 act\").reads().«no_undo(\"a\").run(|| 1);\n}"),
    planted("never_runs", "never runs", "fn main() {\n    «step(\"X1 act\").reads();\n}"),
    planted("never_runs", "never runs", "fn main() {\n    «step(\"X1 act\");\n}"),
    planted(
        "step_id",
        "computed",
        "fn main() {\n    let name = \"X1 a\";\n    step(«name).reads().run(|| 1);\n}",
    ),
    planted(
        "step_id",
        "partly computed",
        "fn main() {\n    let n = 1;\n    step(«`X${n} a`).reads().run(|| 1);\n}",
    ),
    planted("step_id", "no id", "fn main() {\n    «step(\"\").reads().run(|| 1);\n}"),
    planted(
        "step_twice",
        "stands at",
        "fn main() {\n    step(\"X1 a\").reads().run(|| 1);\n    «step(\"X1 b\").reads().run(|| 1);\n}",
    ),
    planted(
        "step_twice",
        "each turn",
        "fn main() {\n    for a in [1, 2] {\n        «step(\"X1 a\").reads().run(|| 1);\n    }\n}",
    ),
    planted(
        "step_twice",
        "each turn",
        "fn main() {\n    for a in [1, 2] {\n        «step(`X1 stop ${a}`).reads().run(|| 1);\n    }\n}",
    ),
    planted(
        "nested_step",
        "inside of a step",
        "fn main() {\n    step(\"X1 a\").reads().run(|| {\n        «step(\"X2 b\").reads().run(|| 1)\n    });\n}",
    ),
];

const EFFECTS: &[Planted] = &[
    planted(
        "not_approved",
        "cannot be undone",
        "fn main() {\n    step(\"X1 a\").no_undo(\"gone\").run(|| {\n        «oc_delete(cluster(\"a\"), \"pod/b\")\n    });\n}",
    ),
    planted(
        "not_approved",
        "through oc_delete",
        "import \"leftover\" as leftover;\nfn main() {\n    phase(\"look\");\n    step(\"X1 a\").no_undo(\"gone\").run(|| «leftover::remove(1));\n}",
    ),
    planted(
        "outside_step",
        "outside of a step",
        "fn main() {\n    «oc_scale(cluster(\"a\"), \"deployment/b\", 0);\n}",
    ),
    planted(
        "outside_step",
        "through oc_patch",
        "import \"hcp\" as hcp;\nfn main() {\n    «hcp::pause(1);\n}",
    ),
    planted(
        "changes",
        "only reads",
        "fn main() {\n    step(\"X1 a\").reads().run(|| «oc_scale(cluster(\"a\"), \"deployment/b\", 0));\n}",
    ),
    planted(
        "changes",
        "only looks",
        "fn main() {\n    step(\"X1 a\").done_when(|| «oc_scale(cluster(\"a\"), \"deployment/b\", 0)).no_undo(\"b\").run(|| 1);\n}",
    ),
];

const WAITS: &[Planted] = &[
    planted(
        "no_limit",
        "wait_for(what: string, limit: Duration",
        "fn main() {\n    «wait_for(\"x\", || true);\n}",
    ),
    planted("no_limit", "wants Duration", "fn main() {\n    wait_for(\"x\", «(), || true);\n}"),
    planted("no_limit", "never ends", "fn main() {\n    «loop { log(\"a\"); }\n}"),
    planted(
        "no_limit",
        "again and again",
        "fn main() {\n    «while oc_find(cluster(\"a\"), \"pod/b\") != () { log(\"still there\"); }\n}",
    ),
    planted(
        "no_limit",
        "again and again",
        "fn main() {\n    «loop { if oc_find(cluster(\"a\"), \"pod/b\") == () { break; } }\n}",
    ),
];

/// What is found in a planted script, and where the mark stands in it: line and column.
fn found(planted: &Planted) -> (Vec<Finding>, usize, usize) {
    let before = planted.text.split('«').next().unwrap();
    let line = before.lines().count() + usize::from(before.ends_with('\n'));
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    let script = Script::from_text("planted.rhai", &planted.text.replace('«', ""));
    (check(&script, &Library::new(None, None), None), line, column)
}

#[test]
fn each_planted_mistake_is_found_at_its_place_and_nothing_else() {
    let all = [SYNTAX, NAMES, TYPES, STEPS, EFFECTS, WAITS].concat_all();
    assert!(all.len() >= 40, "only {} mistakes are planted", all.len());
    let mut wrong = Vec::new();
    for planted in all {
        let (findings, line, column) = found(planted);
        let one = match &findings[..] {
            [one] => one,
            other => {
                let listed: Vec<String> = other.iter().map(ToString::to_string).collect();
                wrong.push(format!("{} findings in\n{}\n{}", other.len(), planted.text, listed.join("\n")));
                continue;
            }
        };
        // The compiler notices the end of a file a line later than people do.
        let is_there = one.line == line && (one.column == column || planted.word == "syntax");
        let is_said = format!("{} {}", one.message, one.hint).contains(planted.says);
        if !is_there || !is_said || one.word != planted.word {
            wrong.push(format!(
                "{line}:{column} {} `{}` in\n{}\n{one}",
                planted.word, planted.says, planted.text
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n\n"));
}

trait ConcatAll {
    fn concat_all(self) -> Vec<&'static Planted>;
}

impl<const N: usize> ConcatAll for [&'static [Planted]; N] {
    fn concat_all(self) -> Vec<&'static Planted> {
        self.into_iter().flatten().collect()
    }
}

#[test]
fn what_is_right_is_not_found_wrong() {
    let right = [
        "fn main() {\n    phase(\"teardown\", #{ confirm: \"a\", why: \"b\" });\n    step(\"X1 a\").no_undo(\"gone\").run(|| oc_delete(cluster(\"a\"), \"pod/b\"));\n}",
        "fn main() {\n    step(\"X1 a\").undo(|was| oc_delete(cluster(\"a\"), \"pod/b\")).run(|| oc_create(cluster(\"a\"), #{}));\n}",
        "fn main() {\n    if 1 == 2 { step(\"X1 a\").reads().run(|| 1); } else { step(\"X1 b\").reads().run(|| 1); }\n}",
        "fn main() {\n    for host in [\"a\"] { step(`X1 stop: ${host}`).reads().run(|| 1); step(\"X2 start: \" + host).reads().run(|| 1); }\n}",
        "fn main() {\n    let n = 0;\n    while n < 3 { n += 1; oc_version(cluster(\"a\")); }\n}",
        "fn helper() { this.a }\nfn main() {\n    let a = #{ a: 1 };\n    a.helper();\n    let f = |x| x;\n    f.call(1);\n    print(type_of(f));\n}",
    ];
    for text in right {
        let found = check(&Script::from_text("right.rhai", text), &Library::new(None, None), None);
        assert!(found.is_empty(), "{text}\n{}", found[0]);
    }
}
