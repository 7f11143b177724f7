//! Lines that ask for what cannot be: each is typed in a REPL, and says what is wrong with it.

use std::io::Write as _;
use std::process::Stdio;

use drsh::environment::HostEntry;

use super::kit::Desk;
use super::world::World;

/// What is typed, and what the error says of it.
const LINES: &[(&str, &str)] = &[
    (":nothing", "there is no command :nothing"),
    (":plan maybe", "`:plan` wants on or off"),
    (":doc", "`:doc` wants a name"),
    (":save", "`:save` wants the name of a file"),
    (":arm production", "still read-only: the typed name was another"),
    ("parallel([1], 0, |x| x)", "0 branches at a time cannot be had"),
    ("parallel([1, 2], 2, |x| fail(\"x\", `${x} is broken`))", "2 branches stopped: "),
    ("cluster(\"sorce\")", "declares no cluster `sorce`"),
    ("source.namespace(\"A B\")", "`A B` cannot be the name of a namespace"),
    ("oc_get(source, \"nothings/a\")", "cluster serves no kind `nothings`"),
    ("oc_get(source, \"node/\")", "does not name an object: "),
    ("oc_list(source, \"nodes\")[99]", "there is no object 99 in a list of "),
    ("oc_list(source, \"nodes\", #{ label: \"a\" })", "oc_list knows no option `label`"),
    ("oc_exec(home, \"A B\", [\"ls\"])", "`A B` cannot be the name of a pod"),
    ("oc_exec(home, \"pod\", [])", "a command needs a program"),
    ("oc_exec(home, \"pod\", [\"ls\", 1])", "a command is a list of texts, and one of them is of type "),
    ("oc_logs(home, \"A B\")", "`A B` cannot be the name of a pod"),
    ("oc_patch(source, \"node/a\", 5)", "a patch is a map (merge) or a list of operations (JSON patch)"),
    ("oc_scale(home, \"deployment/a\", -1)", " cannot have -1 replicas"),
    (
        "oc_through(source, \"10.0.0.1:6443\")",
        "`10.0.0.1:6443` is no address of this machine's loopback with a port",
    ),
    (
        "oc_wait(source, \"namespace/default\", \"to be\", seconds(5), |seen| 5)",
        "the closure of a wait answered a value of type ",
    ),
    ("host(\"master-1\")", "no host is called `master-1`"),
    ("ssh(bastion, [1], seconds(1))", "a command is a list of texts, and one of them is of type "),
    ("ssh_put(bastion, kept, \"a\", \"relative\")", "`relative` is no absolute path"),
    ("ssh_forward(bastion, 0)", "a port is 1 to 65535"),
    ("ssh_start(bastion, [\"ls\"], \"a b\")", "`a b` is no name for a job"),
    (
        "s3_presign(bucket(\"backup\"), \"k\", #{ method: \"GET\", lives: hours(24 * 9) })",
        "a presigned URL cannot live for ",
    ),
    ("folder_read_text(kept, \"../secret\")", "`../secret` leads out of folder backup"),
    ("seconds(-1)", "-1 is no number of "),
    ("step(\"\").reads().run(|| 1)", "cannot be the name of a step: "),
    ("phase(\"teardown\", #{ why: \"it deletes\" })", "the approval of phase `teardown` lacks `confirm`"),
    (
        "step(\"X1 a\").reads().run(|| step(\"X2 b\").reads().run(|| 1))",
        "the step `X2 b` begins inside of the step `X1 a`",
    ),
];

#[test]
fn each_line_that_cannot_be_carried_out_says_why() {
    let (world, desk) = (World::shared(), Desk::beside(World::shared().path()));
    let file = world.environment("calls", |environment| {
        let bastion = HostEntry { address: "127.0.0.1".to_owned(), port: Some(1), ..HostEntry::default() };
        environment.hosts.insert("bastion".to_owned(), bastion);
    });
    let mut command = desk.command(&["repl", "--env", file.to_str().unwrap()]);
    let told = desk.path().join("told");
    let both = std::fs::File::create(&told).unwrap();
    command.stdin(Stdio::piped()).stdout(both.try_clone().unwrap()).stderr(both);
    let mut repl = command.spawn().unwrap();
    let mut typed = "let source = cluster(\"source\");\nlet home = source.namespace(\"default\");\nlet kept = folder(\"backup\");\nlet bastion = host(\"bastion\");\n".to_owned();
    for (number, (line, _)) in LINES.iter().enumerate() {
        typed.push_str(&format!("log(\"== {number}\")\n{line}\n"));
    }
    repl.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    repl.wait().unwrap();
    let told = std::fs::read_to_string(&told).unwrap();
    let answers: Vec<&str> = told.split("== ").skip(1).collect();
    assert_eq!(answers.len(), LINES.len(), "{told}");
    let wrong: Vec<String> = (LINES.iter().zip(answers))
        .filter(|((_, wanted), answer)| !answer.contains(wanted) || !answer.contains("\nhint: "))
        .map(|((line, wanted), answer)| format!("`{line}` should say `{wanted}`, with a hint: {answer}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
