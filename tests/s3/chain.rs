//! The program by itself: credentials from AWS's default chain, where the environment names no file.

use std::process::{Command, Output};

use crate::world::{SECRET_KEY, World};

on_lab_and_moto! {
    where_the_environment_names_no_file_the_default_chain_of_aws_is_asked,
    without_any_credentials_the_operator_reads_what_to_do,
}

/// Runs the program with these further variables, and nothing of AWS from around the test.
fn program(world: &World, variables: &[(&str, &str)]) -> Output {
    world.write("script.rhai", r#"assert_eq(s3_find(bucket("backup"), "none"), ());"#);
    world.write("environment.toml", world.environment(""));
    let mut command = Command::new(env!("CARGO_BIN_EXE_drsh"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    command
        .args(["script.rhai", "--env", "environment.toml", "-vv"])
        .current_dir(world.path(""))
        .env("DRSH_STATE", world.path("state"))
        .env("HOME", world.path("backup"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn where_the_environment_names_no_file_the_default_chain_of_aws_is_asked(world: &World) {
    let output = program(world, &[("AWS_ACCESS_KEY_ID", "AKIALAB"), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY)]);
    let printed = printed(&output);
    assert!(output.status.success(), "{printed}");
    assert!(!printed.contains(SECRET_KEY), "the key is printed");
}

fn without_any_credentials_the_operator_reads_what_to_do(world: &World) {
    let output = program(world, &[]);
    let printed = printed(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("there are no credentials for bucket backup"), "{printed}");
}
