//! The environment: everything that is wrong is said at once, and nothing is touched.

use super::program::Program;

#[test]
fn everything_that_a_script_lacks_is_said_at_once_with_exit_2() {
    let program = Program::new();
    program.write(
        "s.rhai",
        "fn main() { require(#{ clusters: [\"source\"], buckets: [\"backup\"], parameters: #{ hosted_cluster_name: \"dns-label\" } }); log(\"touched\"); }",
    );
    let printed = program.run(&["s.rhai"]);
    assert_eq!(printed.code, 2);
    assert!(
        printed.err.contains(
            "error: 3 inputs are missing or wrong in environment.toml:\n  \
             [buckets.backup] is missing: declare it, with bucket = \"NAME\"\n  \
             [clusters.source] is missing: declare it, with kubeconfig = \"FILE\"\n  \
             parameters.hosted_cluster_name is missing"
        ),
        "{}",
        printed.err
    );
    assert!(!printed.out.contains("touched"));
}

#[test]
fn a_misspelt_key_is_refused_with_its_line() {
    let program = Program::new();
    program.write("environment.toml", "name = \"here\"\n\n[clusters.source]\nkubeconfg = \"k\"\n");
    let printed = program.run(&["env", "check"]);
    assert_eq!(printed.code, 2);
    assert!(
        printed.err.starts_with("error: environment.toml:4: there is no `kubeconfg` in [clusters.source]"),
        "{}",
        printed.err
    );
}

#[test]
fn the_documented_env_file_is_imported_and_not_overwritten() {
    let program = Program::new();
    program.write(
        "env.sh",
        "AWS_ZONE_ID=\"Z1\"\nexport MGMT_CLUSTER_NAME=\"${WHO:-ann}-dev\"\nMGMT_KUBECONFIG=src\nMGMT2_KUBECONFIG=dst\nHC_CLUSTER_NS=clusters\n\
         HC_CLUSTER_NAME=\"ann-hosted\"\nHC_KUBECONFIG=hc\nBACKUP_DIR=backup\nBUCKET_NAME=b\nAWS_ZONE_ID=Z2\nPULL_SECRET_FILE=x\n",
    );
    let printed = program.run(&["env", "import", "env.sh", "--output", "made.toml"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(printed.err.contains(
        "note: env.sh: AWS_ZONE_ID is assigned on line 1 and again on line 10: the later one holds"
    ));
    assert!(printed.err.contains("note: PULL_SECRET_FILE is not needed"));
    let made = std::fs::read_to_string(program.path().join("made.toml")).unwrap();
    assert!(made.contains("id = \"Z2\"") && made.contains("source_name = \"ann-dev\""), "{made}");
    let again = program.run(&["env", "import", "env.sh", "--output", "made.toml"]);
    assert_eq!(again.code, 2);
    assert_eq!(program.run(&["env", "check", "--env", "made.toml", "--offline"]).code, 0);
}

#[test]
fn a_command_in_the_env_file_is_refused_and_not_executed() {
    let program = Program::new();
    program.write("env.sh", "A=$(touch executed)\n");
    let printed = program.run(&["env", "import", "env.sh"]);
    assert_eq!(printed.code, 2);
    assert!(printed.err.contains("line 1: a command substitution is refused"), "{}", printed.err);
    assert!(!program.path().join("executed").exists());
}
