//! What is written wrong in the environment file. Nothing is begun with any of these.

use super::kit::{Desk, ENDS};

fn written(name: &str, text: impl AsRef<[u8]>) {
    let desk = Desk::new();
    desk.write("s.rhai", ENDS);
    desk.write("environment.toml", text);
    desk.said(name, &desk.run(&["s.rhai"]));
    assert!(desk.runs().is_empty(), "a run was begun");
}

#[test]
fn the_file_is_not_there() {
    let desk = Desk::new();
    desk.write("s.rhai", ENDS);
    desk.said("environment_absent", &desk.run(&["s.rhai", "--env", "productoin.toml"]));
    desk.said("environment_is_a_folder", &desk.run(&["s.rhai", "--env", "."]));
    desk.said("environment_is_a_script", &desk.run(&["s.rhai", "--env", "s.rhai"]));
}

#[test]
fn what_editors_on_other_systems_leave_is_no_mistake() {
    let desk = Desk::new();
    desk.write("s.rhai", ENDS);
    desk.write("environment.toml", "\u{feff}name = \"here\"\r\n\t[folders.backup]\r\n\tpath = \"b\"\r\n");
    desk.said("environment_from_another_system", &desk.run(&["s.rhai"]));
}

#[test]
fn a_table_is_in_capitals() {
    written("table_in_capitals", "name = \"here\"\n[Clusters.source]\nkubeconfig = \"k\"\n");
}

#[test]
fn a_key_is_misspelt() {
    written("key_misspelt", "name = \"here\"\n[clusters.source]\nKubeconfig = \"k\"\n");
}

#[test]
fn a_key_is_missing() {
    written("key_missing", "name = \"here\"\n[buckets.backup]\nregion = \"us-east-1\"\n");
}

#[test]
fn a_table_stands_twice() {
    written(
        "table_twice",
        "name = \"here\"\n[clusters.source]\nkubeconfig = \"k\"\n[clusters.source]\nkubeconfig = \"l\"\n",
    );
}

#[test]
fn a_number_stands_in_quotes() {
    written("number_in_quotes", "name = \"here\"\n[limits]\ncall_seconds = \"120\"\n");
}

#[test]
fn a_number_is_negative() {
    written("number_negative", "name = \"here\"\n[limits]\nattempt_seconds = -30\n");
}

#[test]
fn a_limit_is_nothing() {
    written("limit_of_nothing", "name = \"here\"\n[limits]\ncall_seconds = 0\n");
}

#[test]
fn a_mode_is_misspelt() {
    written("mode_misspelt", "name = \"here\"\n[clusters.source]\nkubeconfig = \"k\"\nmode = \"readonly\"\n");
}

#[test]
fn quotes_are_curly() {
    written("curly_quotes", "name = \u{201c}here\u{201d}\n");
}

#[test]
fn a_quote_is_not_closed() {
    written("quote_not_closed", "name = \"here\n[limits]\n");
}

#[test]
fn a_path_has_backslashes() {
    written(
        "backslashes",
        "name = \"here\"\n[clusters.source]\nkubeconfig = \"C:\\Users\\me\\kubeconfig\"\n",
    );
}

#[test]
fn the_file_is_yaml() {
    written("environment_in_yaml", "name: here\nclusters:\n  source: k\n");
}

#[test]
fn the_file_is_empty_or_has_no_name() {
    written("environment_empty", "");
    written("name_blank", "name = \" \"\n");
}

#[test]
fn the_file_is_in_another_encoding() {
    written("environment_in_latin_1", b"name = \"h\xe9re\"\n");
}

#[test]
fn a_host_cannot_be_reached_as_it_is_described() {
    written(
        "identity_file_absent",
        "name = \"here\"\n[hosts.master-0]\naddress = \"10.0.0.5\"\nidentity_file = \"keys/core\"\n",
    );
    written(
        "jump_in_a_circle",
        "name = \"here\"\n[hosts.a]\naddress = \"10.0.0.5\"\njump = \"b\"\n[hosts.b]\naddress = \"10.0.0.6\"\njump = \"a\"\n",
    );
    written("address_with_a_user", "name = \"here\"\n[hosts.a]\naddress = \"core@10.0.0.5\"\n");
}

#[test]
fn what_a_script_needs_is_not_declared() {
    let desk = Desk::new();
    desk.write("environment.toml", "name = \"here\"\n[clusters.sorce]\nkubeconfig = \"k\"\n[parameters]\nhosted_cluster_name = \"Demo_1\"\nsource_lost = \"yes\"\n");
    desk.said("environment_of_another_procedure", &desk.run(&["scripts/migrate_hcp.rhai"]));
}
