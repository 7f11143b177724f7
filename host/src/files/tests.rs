//! The family's functions as a script calls them, on a folder of their own.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;

use rhai::{Dynamic, Engine};

use crate::environment::Environment;
use crate::problem::Problem;
use crate::run::{Beginning, Claim, Deaf, Replay, Run};

/// A script's world: one folder to write, one to read.
struct World {
    place: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
}

impl World {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("kept")).unwrap();
        std::fs::write(place.path().join("kept/secret.txt"), "outside of the other folder").unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { place, runtime }
    }

    fn root(&self) -> std::path::PathBuf {
        self.place.path().join("backup")
    }

    fn does(&self, script: &str) {
        let _ = self.run(script).unwrap();
    }

    fn run(&self, script: &str) -> Result<Dynamic, Problem> {
        let text = "name = \"test\"\n[folders.backup]\npath = \"backup\"\n[folders.kept]\npath = \"kept\"\nmode = \"read-only\"\n";
        let environment = Environment::parse(text, &self.place.path().join("env.toml")).unwrap();
        let run = Run::begin(Beginning {
            id: "0000beef".into(),
            environment: Arc::new(environment),
            journal: None,
            replay: Replay::default(),
            direction: crate::run::Direction::Forward,
            approved: ["*".to_owned()].into(),
            may_change: true,
            memory: None,
            runtime: self.runtime.handle().clone(),
            listener: Box::new(Deaf),
            asker: None,
            claim: Claim::default(),
            until: None,
        });
        let mut engine = Engine::new();
        engine.register_global_module(super::family().into_module().into());
        engine.set_default_tag(Dynamic::from(run));
        engine
            .eval::<Dynamic>(script)
            .map_err(|error| Problem::within(&error).unwrap_or_else(|| panic!("{error}")))
    }
}

#[test]
fn no_path_leads_out_of_the_folder() {
    let world = World::new();
    world.does("folder_make(folder(\"backup\"), \"\")");
    symlink(world.place.path().join("kept"), world.root().join("link")).unwrap();
    symlink("../kept/secret.txt", world.root().join("file")).unwrap();
    symlink(world.place.path().join("nowhere"), world.root().join("dangling")).unwrap();
    let absolute = world.place.path().join("kept/secret.txt").display().to_string();
    for path in
        ["../kept/secret.txt", "a/../../kept/secret.txt", "./x", absolute.as_str(), "link/secret.txt", "file"]
    {
        let problem = world.run(&format!("folder_read_text(folder(\"backup\"), \"{path}\")")).unwrap_err();
        assert_eq!(problem.kind, "outside", "{path}: {problem}");
    }
    for path in ["../new", "link/new", "link/deep/new", "dangling/new"] {
        let problem =
            world.run(&format!("folder_write_text(folder(\"backup\"), \"{path}\", \"x\")")).unwrap_err();
        assert!(matches!(&*problem.kind, "outside" | "file" | "not_found"), "{path}: {problem}");
    }
    assert!(!world.place.path().join("kept/new").exists());
    assert!(!world.place.path().join("nowhere").exists());
}

#[test]
fn a_link_in_the_place_of_a_file_is_replaced_and_not_written_through() {
    let world = World::new();
    world.does("folder_make(folder(\"backup\"), \"\")");
    symlink("../kept/secret.txt", world.root().join("file")).unwrap();
    world.does("folder_write_text(folder(\"backup\"), \"file\", \"new\")");
    let kept = std::fs::read_to_string(world.place.path().join("kept/secret.txt")).unwrap();
    assert_eq!(kept, "outside of the other folder");
}

#[test]
fn files_are_private_and_so_are_the_folders_made_for_them() {
    let world = World::new();
    world.does("folder_write_text(folder(\"backup\"), \"a/b/c.txt\", \"x\")");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&world.root().join("a/b/c.txt")), 0o600);
    for folder in ["", "a", "a/b"] {
        assert_eq!(mode(&world.root().join(folder)), 0o700, "{folder}");
    }
}

#[test]
fn a_secret_is_written_as_what_it_is_and_is_secret_again_when_read() {
    let world = World::new();
    std::fs::create_dir(world.root()).unwrap();
    let written = "apiVersion: v1\nkind: Secret\ndata:\n  key: Y2FuYXJ5LTdmM2M=\n";
    std::fs::write(world.root().join("one.yaml"), written).unwrap();
    let shown = world
        .run(
            r#"
            let backup = folder("backup");
            let secret = folder_read_yaml(backup, "one.yaml");
            folder_write_yaml(backup, "two.yaml", secret);
            `${secret}`
            "#,
        )
        .unwrap()
        .into_string()
        .unwrap();
    assert!(!shown.contains("canary") && !shown.contains("Y2FuYXJ5"), "{shown}");
    let again = std::fs::read_to_string(world.root().join("two.yaml")).unwrap();
    assert!(again.contains("key: Y2FuYXJ5LTdmM2M="), "{again}");
}

#[test]
fn a_broken_file_is_named_with_its_line() {
    let world = World::new();
    std::fs::create_dir(world.root()).unwrap();
    std::fs::write(world.root().join("bad.yaml"), "a: 1\nb: [1\nc: }\n").unwrap();
    std::fs::write(world.root().join("bad.json"), "{\n\"a\": 1,\n}").unwrap();
    let problem = world.run("folder_read_yaml(folder(\"backup\"), \"bad.yaml\")").unwrap_err();
    assert!(
        problem.kind == "invalid" && problem.message.contains("/backup/bad.yaml:3: not read as YAML: "),
        "{problem}"
    );
    let problem = world.run("folder_read_json(folder(\"backup\"), \"bad.json\")").unwrap_err();
    assert!(problem.message.ends_with("/backup/bad.json:3: not read as JSON: trailing comma"), "{problem}");
}

#[test]
fn a_folder_that_is_declared_read_only_is_read_and_never_written() {
    let world = World::new();
    let text = world.run("folder_read_text(folder(\"kept\"), \"secret.txt\")").unwrap();
    assert_eq!(text.into_string().unwrap(), "outside of the other folder");
    let problem = world.run("folder_write_text(folder(\"kept\"), \"new.txt\", \"x\")").unwrap_err();
    assert_eq!(problem.kind, "refused");
}

#[test]
fn what_is_removed_is_the_link_and_not_what_it_leads_to() {
    let world = World::new();
    world.does("folder_make(folder(\"backup\"), \"\")");
    symlink(world.place.path().join("kept"), world.root().join("link")).unwrap();
    world.does("folder_remove(folder(\"backup\"), \"link\")");
    assert!(!world.root().join("link").exists() && world.place.path().join("kept/secret.txt").exists());
}

#[test]
fn the_folder_itself_is_neither_removed_nor_written() {
    let world = World::new();
    world.does("folder_write_text(folder(\"backup\"), \"a.txt\", \"x\")");
    let problem = world.run("folder_remove(folder(\"backup\"), \"\")").unwrap_err();
    assert_eq!((&*problem.kind, &*problem.message), ("refused", "folder backup itself is not removed"));
    assert_eq!(problem.hint.unwrap(), "name a file or a folder in it");
    let problem = world.run("folder_write_text(folder(\"backup\"), \"\", \"x\")").unwrap_err();
    assert_eq!((&*problem.kind, &*problem.message), ("file", "a file in folder backup needs a name"));
    assert!(problem.hint.unwrap().contains("its path is relative to"));
    assert!(world.root().join("a.txt").exists());
}

#[test]
fn half_written_files_of_a_crashed_run_are_left_out_of_lists() {
    let world = World::new();
    world.does("folder_write_text(folder(\"backup\"), \"a.yaml\", \"x\")");
    std::fs::write(world.root().join(".drsh-x1y2z3"), "half").unwrap();
    let names =
        world.run("folder_list(folder(\"backup\"), \"\")").unwrap().into_typed_array::<String>().unwrap();
    assert_eq!(names, ["a.yaml"]);
}

#[test]
fn an_unknown_folder_is_refused_with_the_declared_ones() {
    let problem = World::new().run("folder(\"bakcup\")").unwrap_err();
    assert_eq!(
        (&*problem.kind, problem.message.as_str()),
        ("unknown_target", "no folder is called `bakcup`")
    );
    assert!(problem.hint.unwrap().contains("declares backup, kept"));
}
