//! What is wrong with the script that is named.

use super::kit::{Desk, STOPS};

fn written(name: &str, text: impl AsRef<[u8]>) -> Desk {
    let desk = Desk::new();
    desk.write("s.rhai", text);
    desk.said(name, &desk.run(&["s.rhai"]));
    desk
}

/// Nothing can be gone on with where nothing was begun.
fn refused(name: &str, text: impl AsRef<[u8]>) {
    assert!(written(name, text).runs().is_empty(), "a run was begun");
}

#[test]
fn what_editors_on_other_systems_leave_is_no_mistake_and_lines_keep_their_numbers() {
    written(
        "script_from_another_system",
        format!("\u{feff}#!/usr/bin/env drsh\n{STOPS}").replace('\n', "\r\n"),
    );
}

#[test]
fn a_bracket_is_not_closed() {
    refused("bracket_not_closed", "fn main() {\n    step(\"X1 look\".reads().run(|| 1);\n}\n");
}

#[test]
fn main_is_misspelt() {
    refused("main_misspelt", "fn mian() { log(\"done\"); }\n");
}

#[test]
fn main_has_parameters() {
    refused("main_with_parameters", "fn main(job) { log(job); }\n");
}

#[test]
fn the_file_is_empty() {
    refused("script_empty", "");
}

#[test]
fn the_file_is_in_another_encoding() {
    refused("script_in_utf_16", b"\xff\xfef\0n\0");
}

#[test]
fn a_parameter_is_used_as_if_it_were_a_variable() {
    refused("variable_unknown", "fn main() { log(hosted_cluster_name); }\n");
}

#[test]
fn a_function_is_misspelt_behind_a_step_that_acts() {
    written(
        "function_misspelt",
        "fn main() {\n    step(\"X1 look\").reads().run(|| 1);\n    oc_lst(1, \"nodes\");\n}\n",
    );
}

#[test]
fn a_module_is_misspelt() {
    written("module_misspelt", "import \"hpc\" as hpc;\nfn main() { hpc::pause(1); }\n");
}

#[test]
fn an_undo_is_forgotten() {
    written("undo_forgotten", "fn main() { step(\"X1 act\").run(|| 1); }\n");
}

#[test]
fn a_step_id_stands_twice() {
    written(
        "step_twice",
        "fn main() {\n    step(\"X1 one\").reads().run(|| 1);\n    step(\"X1 two\").reads().run(|| 2);\n}\n",
    );
}

#[test]
fn a_target_is_not_declared() {
    written("target_not_declared", "fn main() { ssh(host(\"master-0\"), [\"hostname\"], seconds(5)); }\n");
}

#[test]
fn an_argument_has_the_wrong_type() {
    written("argument_of_the_wrong_type", "fn main() { wait_for(\"the node\", 300, || true); }\n");
}

#[test]
fn a_list_is_shorter_than_it_was_thought() {
    written("list_too_short", "fn main() { let hosts = [\"a\"]; log(hosts[1]); }\n");
}
