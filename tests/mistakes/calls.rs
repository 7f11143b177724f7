//! Lines that ask for what cannot be: each is typed in a REPL, and says what is wrong with it.

use std::io::Write as _;
use std::process::Stdio;

use drsh::environment::{FolderEntry, HostEntry};

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
    ("oc_get(source, \"nothings/a\")", "the cluster serves no kind `nothings`"),
    ("oc_get(source, \"node/\")", "`node/` does not name an object: "),
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
    ("oc_get(source, \"pod/a\")", "write cluster(\"source\").namespace(\"...\")"),
    ("parse_json(\"{\")", "the text is not JSON: "),
    ("version_at_least(\"x\", \"4.14\")", "`x` is no version"),
    ("time_since(\"yesterday\")", "`yesterday` is no time as RFC 3339 writes it"),
    ("folder_read_text(folder(\"scratch\"), \"bytes\")", ": this is not text in UTF-8"),
    ("fn deep(n) { deep(n + 1) } deep(0)", "functions call one another too deep"),
    ("deep(0)", "look for a function that calls itself without end"),
    ("import \"../secret\" as secret;", "the module name `../secret` leads outside the library"),
    ("import \"circle\" as circle;", "module `circle` imports itself: "),
    ("ssh(bastion, [\"a\\x00b\"], seconds(1))", "an argument cannot hold a NUL byte"),
    ("csr_read(\"none\")", "the certificate request "),
    (":arm lab\noc_delete(home, \"configmaps/none\")\nno", "the line was left: the typed name was another"),
    // Armed from here on, and each of these is refused before anything is sent.
    ("oc_patch(source, \"node/a\", [1])", "this is no JSON patch: "),
    (
        "oc_patch(source, \"node/a\", [1])",
        "it is a list of maps such as #{op: \"replace\", path: \"/spec/replicas\", value: 0}",
    ),
    ("oc_apply(home, #{})", "the object does not say its `apiVersion` and `kind`"),
    (
        "oc_apply(home, #{apiVersion: \"v1\", kind: \"ConfigMap\"})",
        "an object to apply needs `metadata.name`",
    ),
    (
        "oc_apply(home, #{apiVersion: \"v1\", kind: \"ConfigMap\", metadata: #{name: \"A B\"}})",
        "`A B` cannot be the name of an object",
    ),
    (
        "oc_apply(home, #{apiVersion: \"v1\", kind: \"ConfigMap\", metadata: #{name: \"a\", namespace: \"other\"}})",
        " is of namespace other, and the handle is for namespace default",
    ),
    (
        "oc_apply(source, #{apiVersion: \"v1\", kind: \"ConfigMap\", metadata: #{name: \"a\"}})",
        " are in namespaces, and neither the object nor the handle names one",
    ),
];

#[test]
fn each_line_that_cannot_be_carried_out_says_why() {
    let (world, desk) = (World::shared(), Desk::beside(World::shared().path()));
    let file = world.environment("calls", |environment| {
        let bastion = HostEntry { address: "127.0.0.1".to_owned(), port: Some(1), ..HostEntry::default() };
        environment.hosts.insert("bastion".to_owned(), bastion);
        let scratch = FolderEntry { path: desk.path().join("scratch"), ..FolderEntry::default() };
        environment.folders.insert("scratch".to_owned(), scratch);
    });
    std::fs::create_dir(desk.path().join("scratch")).unwrap();
    desk.write("scratch/bytes", b"\xff\n");
    desk.write("circle.rhai", "import \"back\" as back;\n");
    desk.write("back.rhai", "import \"circle\" as circle;\n");
    let mut command = desk.command(&["repl", "--env", file.to_str().unwrap()]);
    let told = desk.path().join("told");
    let both = std::fs::File::create(&told).unwrap();
    command.stdin(Stdio::piped()).stdout(both.try_clone().unwrap()).stderr(both);
    let mut repl = command.spawn().unwrap();
    let mut typed = "let source = cluster(\"source\");\nlet home = source.namespace(\"default\");\nlet kept = folder(\"backup\");\nlet bastion = host(\"bastion\");\n".to_owned();
    for (number, (line, _)) in LINES.iter().enumerate() {
        typed.extend(["log(\"== ", &number.to_string(), "\")\n", line, "\n"]);
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
