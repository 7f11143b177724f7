//! A secret in a script's hands: it comes out nowhere.

use super::program::Program;

const CANARY: &str = "canary-7f3c-of-the-pull-secret";

/// A folder with a Secret in a file, as backups hold them.
fn program() -> Program {
    let program = Program::new();
    program.write("environment.toml", "name = \"here\"\n[folders.keep]\npath = \"kept\"\n");
    std::fs::create_dir(program.path().join("kept")).unwrap();
    program.write(
        "kept/secret.yaml",
        &format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  token: {CANARY}\n"),
    );
    program
}

/// Everything that the program left behind, but for the folder with the secret itself.
fn left(program: &Program) -> String {
    let mut all = String::new();
    let mut folders = vec![program.path().join("state")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
            }
        }
    }
    all
}

#[test]
fn no_way_of_saying_a_secret_says_it() {
    for body in [
        "log(`${secret}`)",
        "print(secret)",
        "debug(secret)",
        "warn(\"it is \" + secret)",
        "note(secret.to_string())",
        "note(secret.to_debug())",
        "log([secret].to_string())",
        "log(#{a: secret}.to_string())",
        "log(#{a: [secret]}.to_json())",
        "log(type_of(secret) + secret.length)",
        "throw secret",
        "throw #{message: secret, kind: \"x\"}",
        "throw `it is ${secret}`",
        "fail(\"x\", `it is ${secret}`, `look at ${secret}`)",
        "assert(false, `it is ${secret}`)",
        "assert_eq(secret, \"a guess\")",
        "let m = #{}; m[secret] = 1; log(`${m}`)",
        "let m = #{}; m[`${secret}`] = 1; log(`${m.keys()}`)",
        "log(secret.chars())",
        "log(secret[0])",
        "for letter in secret { log(letter) }",
        "log(secret.split(\"\")[0])",
        "log(secret.sub_string(0, 4))",
        "log(\"\" + secret.bytes)",
        "log(secret.len())",
        "let s = \"\"; s += secret; log(s)",
        "step(`X1 tell ${secret}`).reads().run(|| 1)",
        "step(\"X1 keep\").reads().run(|| secret)",
        "step(\"X1 keep\").reads().run(|| #{a: [secret]})",
        "step(\"X1 fail\").reads().run(|| throw secret)",
        "step(\"X1 leave\").no_undo(`because of ${secret}`).run(|| 1)",
        "phase(`tell ${secret}`)",
        "phase(\"x\", #{confirm: \"x\", why: `tells ${secret}`})",
        "point_of_no_return(`tells ${secret}`)",
        "wait_for(`the ${secret}`, seconds(0), || `${secret}`)",
        "folder_read_text(folder(\"keep\"), secret)",
        "folder_read_text(folder(\"keep\"), `${secret}`)",
        "folder(`${secret}`)",
        "host(secret)",
        "require(#{parameters: #{a: `${secret}`}})",
        "parallel([secret], 1, |one| throw `it is ${one}`)",
        // Taken out through a file of the folder that may hold it: what is said is cut out all the same.
        "folder_write_text(folder(\"keep\"), \"out\", secret); log(folder_read_text(folder(\"keep\"), \"out\"))",
        "folder_write_text(folder(\"keep\"), \"out\", secret); throw folder_read_text(folder(\"keep\"), \"out\")",
        "folder_write_text(folder(\"keep\"), \"out\", secret); step(\"X1\").reads().run(|| folder_read_text(folder(\"keep\"), \"out\"))",
        "folder_write_text(folder(\"keep\"), \"out\", secret); step(`X1 ${folder_read_text(folder(\"keep\"), \"out\")}`).reads().run(|| 1)",
        "folder_write_text(folder(\"keep\"), \"out\", secret); phase(folder_read_text(folder(\"keep\"), \"out\"))",
        "folder_write_text(folder(\"keep\"), \"out\", secret); point_of_no_return(folder_read_text(folder(\"keep\"), \"out\"))",
        "folder_write_text(folder(\"keep\"), \"out\", secret); folder_read_text(folder(\"keep\"), folder_read_text(folder(\"keep\"), \"out\"))",
        "folder_write_text(folder(\"keep\"), \"out\", secret); step(\"X1\").no_undo(folder_read_text(folder(\"keep\"), \"out\")).run(|| 1)",
    ] {
        let program = program();
        let text = format!(
            "fn main() {{ let secret = folder_read_yaml(folder(\"keep\"), \"secret.yaml\").stringData.token; {body}; }}"
        );
        program.write("s.rhai", &text);
        for arguments in [
            &["s.rhai", "-vv"][..],
            &["plan", "s.rhai", "-vv"][..],
            &["s.rhai", "--output", "json"][..],
            &["plan", "s.rhai", "--output", "json"][..],
        ] {
            let printed = program.run(arguments);
            let all = format!("{}{}{}", printed.out, printed.err, left(&program));
            assert!(!all.contains(CANARY), "{body} tells it, with {arguments:?}:\n{all}");
            // Not even a good part of it.
            assert!(!all.contains("7f3c-of"), "{body} tells a part of it, with {arguments:?}:\n{all}");
        }
    }
}

#[test]
fn a_secret_is_no_argument_of_a_command() {
    let program = program();
    let text =
        "name = \"here\"\n[folders.keep]\npath = \"kept\"\n[hosts.away]\naddress = \"127.0.0.1\"\nport = 1\n";
    program.write("environment.toml", text);
    for command in ["[secret]", "[\"echo\", secret]"] {
        program.write("s.rhai", &format!("fn main() {{ let secret = folder_read_yaml(folder(\"keep\"), \"secret.yaml\").stringData.token; ssh(host(\"away\"), {command}, seconds(5)); }}"));
        let printed = program.run(&["s.rhai"]);
        assert!(
            printed.err.contains("a secret cannot be an argument: the process list shows it"),
            "{}",
            printed.err
        );
    }
}
