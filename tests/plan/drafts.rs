//! What earlier steps of a plan would have written and made, later steps find.

use super::kit::World;
use super::plan;

/// Plans one step and then another, that looks at what the first would have done.
fn looks(first: &str, then: &str) -> String {
    let world = World::small();
    std::fs::create_dir_all(world.backup("old")).unwrap();
    std::fs::write(world.backup("old/a.txt"), "as it was").unwrap();
    std::fs::write(world.backup("old/b.txt"), "as it was").unwrap();
    let text = format!(
        r#"fn main() {{
            let home = cluster("source").namespace("clusters");
            let f = folder("backup");
            phase("change", #{{ confirm: "demo", why: "makes a mess" }});
            step("X1 change").no_undo("done").run(|| {{ {first} }});
            step("X2 look").reads().run(|| {{ {then} }});
        }}"#
    );
    let printed = plan(&world, &text).well();
    assert_eq!(std::fs::read(world.backup("old/a.txt")).unwrap(), b"as it was");
    assert!(!world.backup("new").exists(), "{printed}");
    printed.out
}

/// Fails unless the second step comes to its end, having found all as it should be.
fn finds(first: &str, then: &str) {
    let out = looks(first, &format!("{then}; log(`all found`);"));
    assert!(out.contains("    says     all found"), "{out}");
    assert!(!out.contains("unknown  ") && !out.contains("check    "), "{out}");
}

#[test]
fn a_file_that_would_be_written_is_read_hashed_and_listed() {
    finds(
        r#"
            folder_write_text(f, "new/c.txt", "12345");
            folder_write_yaml(f, "new/deep/d.yaml", #{apiVersion: "v1", kind: "Secret", data: #{key: "dmFsdWU="}});
            folder_write_json(f, "old/a.txt", #{a: 1});
        "#,
        r#"
            assert_eq(folder_read_text(f, "new/c.txt"), "12345");
            assert_eq(folder_size(f, "new//c.txt"), 5);
            assert_eq(folder_sha256(f, "new/c.txt"), "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5");
            assert_eq(folder_read_yaml(f, "new/deep/d.yaml").kind, "Secret");
            assert_eq(type_of(folder_read_yaml(f, "new/deep/d.yaml").data.key), "Secret");
            assert_eq(folder_read_json(f, "old/a.txt").a, 1);
            assert_eq(folder_read_text(f, "old/b.txt"), "as it was");
            assert_eq(folder_list(f, "new"), ["c.txt", "deep"]);
            assert_eq(folder_list(f, "old"), ["a.txt", "b.txt"]);
            assert(folder_exists(f, "new") && folder_exists(f, "new/deep/d.yaml") && !folder_exists(f, "new/e"), "what is there");
            s3_put(bucket("backup"), "c.txt", file_source(f, "new/c.txt"))
        "#,
    );
}

#[test]
fn what_would_be_removed_is_not_there_and_may_be_written_anew() {
    finds(
        r#"
            folder_remove(f, "old");
            folder_write_text(f, "old/c.txt", "new");
            folder_make(f, "empty");
            folder_write_text(f, "empty/probe", "x");
            folder_remove(f, "empty/probe");
        "#,
        r#"
            assert_eq(folder_list(f, "old"), ["c.txt"]);
            assert_eq(folder_list(f, "empty"), []);
            assert(!folder_exists(f, "old/a.txt") && folder_exists(f, "old/c.txt"), "what is there");
            assert(!folder_remove(f, "old/a.txt"), "it is gone already");
        "#,
    );
    let out = looks(r#"folder_remove(f, "old/a.txt")"#, r#"folder_read_text(f, "old/a.txt")"#);
    let told =
        "unknown  from here on: old/a.txt in folder backup would not be there any more: it is removed before";
    assert!(out.contains(told), "{out}");
}

#[test]
fn of_a_document_what_is_known_is_read_and_what_is_not_is_carried_about() {
    let first = r#"
        let told = oc_exec(cluster("source").namespace("clusters-demo"), "etcd-0", ["touch", "/x"], #{container: "etcd"}).stdout;
        folder_write_json(f, "new/manifest.json", #{ format: 1, told: told });
    "#;
    finds(
        first,
        r#"
            let manifest = folder_read_json(f, "new/manifest.json");
            assert_eq(manifest.format, 1);
            assert(is_known(manifest.format) && !is_known(manifest.told) && !is_known([manifest]), "what is known");
            assert_eq(`${manifest.told}`, "(not known)");
            assert(!is_known(folder_sha256(f, "new/manifest.json")), "its bytes are not")
        "#,
    );
    let out = looks(first, r#"if folder_read_json(f, "new/manifest.json").told == "x" { log("never"); }"#);
    assert!(out.contains("unknown  from here on: what oc_exec on cluster source would answer"), "{out}");
    let out = looks(first, r#"folder_read_text(f, "new/manifest.json")"#);
    let told = "new/manifest.json in folder backup would be written before, and a plan does not write it";
    assert!(out.contains(told), "{out}");
}

#[test]
fn an_object_that_would_be_made_is_listed_patched_and_waited_for() {
    finds(
        r#"
            oc_apply(home, #{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "made", labels: #{of: "plan"}}, data: #{a: "1"}});
            oc_patch(home, "cm/made", #{data: #{b: "2"}});
            oc_delete(home, "hc/demo");
        "#,
        r#"
            assert_eq(oc_get(home, "cm/made").data.b, "2");
            assert("made" in oc_list(home, "cm").names(), "it is listed");
            assert_eq(oc_list(home, "cm", #{labels: "of=plan"}).names(), ["made"]);
            assert_eq(oc_list(home, "cm", #{labels: "of=another"}).names(), []);
            assert_eq(oc_wait(home, "cm/made", "to exist", minutes(1), |made| made != ()).data.a, "1");
            oc_wait(home, "hc/demo", "to be gone", minutes(1), |left| left == ());
        "#,
    );
}

#[test]
fn what_lies_in_a_namespace_that_would_be_made_is_told_as_the_script_gives_it() {
    let out = looks(
        r#"
            let other = cluster("source").namespace("new");
            oc_apply(cluster("source"), #{apiVersion: "v1", kind: "Namespace", metadata: #{name: "new"}});
            oc_apply(other, #{apiVersion: "v1", kind: "Secret", metadata: #{name: "made"}, stringData: #{a: "canary"}});
            oc_patch(other, "secret/made", #{metadata: #{labels: #{a: "b"}}, stringData: #{b: "canary"}});
        "#,
        "",
    );
    let told = [
        "apply Secret/made in new\n               as the script gives it: its namespace would be made before\n               + stringData.a: •••\n",
        "patch secret/made in new\n               + metadata.labels.a: \"b\"\n               + stringData.b: •••\n",
    ];
    for text in told {
        assert!(out.contains(text), "not said: {text}\n{out}");
    }
    assert!(!out.contains("canary"), "{out}");
}

#[test]
fn a_key_that_would_be_put_is_listed() {
    finds(
        r#"
            folder_write_text(f, "new/c.txt", "12345");
            s3_put(bucket("backup"), "planned/c.txt", file_source(f, "new/c.txt"));
            s3_put(bucket("backup"), "planned/b.txt", file_source(f, "new/c.txt"));
            s3_put(bucket("backup"), "gone.txt", file_source(f, "new/c.txt"));
        "#,
        r#"
            let found = s3_list(bucket("backup"), "planned/");
            assert_eq(found.map(|one| one.key), ["planned/b.txt", "planned/c.txt"]);
            assert(!is_known(found[0].size), "its size is not known")
        "#,
    );
}
