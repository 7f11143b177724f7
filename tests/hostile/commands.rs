//! No shell looks into what a script hands to a command, whatever it is.

use super::kit::{OnHosts, World};
use drsh_lab::scenario::HostsPlan;

/// What would do harm if a shell saw it.
const WORDS: [&str; 16] = [
    "; touch /tmp/owned",
    "$(touch /tmp/owned)",
    "`touch /tmp/owned`",
    "&& touch /tmp/owned",
    "| touch /tmp/owned",
    "> /tmp/owned",
    "a\ntouch /tmp/owned",
    "'; touch /tmp/owned; '",
    "\"; touch /tmp/owned; \"",
    "\\'; touch /tmp/owned #",
    "-n",
    "*",
    "~",
    "$HOME",
    "",
    "#",
];

/// The words as a list of the script's language.
fn listed() -> String {
    let quoted = |word: &&str| serde_json::to_string(word).unwrap();
    WORDS.iter().map(quoted).collect::<Vec<_>>().join(", ")
}

#[test]
fn every_argument_arrives_on_a_host_as_it_is() {
    let world = OnHosts::of(HostsPlan::default());
    let name = world.lab().description().hosts[0].name.clone();
    for options in ["#{}", "#{sudo: true}", "#{environment: #{A: \"; touch /tmp/owned\"}}"] {
        let text = format!(
            "fn main() {{ let words = [{}]; let said = ssh(host(\"{name}\"), [\"printf\", \"%s|\"] + words, seconds(30), {options}).stdout; \
             let wanted = \"\"; for word in words {{ wanted += word + \"|\"; }} assert_eq(said, wanted); log(\"as it is\"); }}",
            listed()
        );
        let printed = world.run_text(&text).well();
        assert!(printed.out.contains("as it is"), "{printed}");
    }
    assert!(!world.files(&name).exists("/tmp/owned"));
}

#[test]
fn names_of_files_and_jobs_are_no_commands_either() {
    let world = OnHosts::of(HostsPlan::default());
    let name = world.lab().description().hosts[0].name.clone();
    std::fs::create_dir_all(world.backups()).unwrap();
    std::fs::write(world.backups().join("a"), "x").unwrap();
    for word in WORDS {
        let word = serde_json::to_string(word).unwrap();
        for call in [
            format!("ssh_put(host(\"{name}\"), folder(\"backup\"), \"a\", \"/tmp/x \" + {word})"),
            format!("ssh_get(host(\"{name}\"), \"/tmp/\" + {word}, folder(\"backup\"), \"got\")"),
            format!("ssh_start(host(\"{name}\"), [\"true\"], {word})"),
            format!("ssh_attach(host(\"{name}\"), {word}, seconds(5))"),
        ] {
            world.run_text(&format!("fn main() {{ {call}; }}"));
        }
    }
    assert!(!world.files(&name).exists("/tmp/owned"), "a name was run as a command");
}

#[test]
fn every_argument_arrives_in_a_pod_as_it_is() {
    let world = World::small();
    let plane = world.plane().to_owned();
    let text = format!(
        "fn main() {{ let words = [{}]; let pod = cluster(\"source\").namespace(\"{plane}\"); \
         try {{ oc_exec(pod, \"etcd-0\", [\"rm\", \"-f\"] + words, #{{container: \"etcd\"}}); }} catch (e) {{ log(e.message); }} \
         for word in words {{ try {{ oc_exec(pod, word, [\"ls\"]); log(\"let in\"); }} catch (e) {{ }} }} }}",
        listed()
    );
    let printed = world.run_text(&text);
    assert_eq!(printed.code, 0, "{printed}");
    assert!(!printed.out.contains("let in"), "{printed}");
}
