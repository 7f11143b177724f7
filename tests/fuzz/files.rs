//! The operator's files: the environment, the shell env file, the kubeconfig, the folder of a backup.

use std::path::Path;

use drsh::engine::Script;
use drsh::environment::{Environment, import, shell};
use proptest::prelude::*;
use serde_json::json;

use super::broken::{broken, broken_bytes, cases, is_clear};
use super::place::carry_out;

const EXAMPLE: &str = include_str!("../../scripts/environment.example.toml");

const SHELL: &str = r#"# where the hosted cluster lives
export MGMT_KUBECONFIG=/root/mgmt/kubeconfig
export MGMT2_KUBECONFIG="${HOME}/mgmt2/kubeconfig"
CLUSTERNAME='demo' # its name
export HC_CLUSTER_NS=clusters
export HC_CLUSTER_NAME=${CLUSTERNAME:-demo}
export BUCKET_NAME="${CLUSTERNAME}-hosted-us-east-2"
export AWS_ZONE_ID="Z02718293M33QHDEQBROL"
export BACKUP_DIR=${HOME}/backup-\
here
"#;

const KUBECONFIG: &str = "apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: me}}]
clusters: [{name: here, cluster: {server: 'http://127.0.0.1:1', insecure-skip-tls-verify: true}}]
users: [{name: me, user: {token: canary}}]
";

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn an_environment_file_that_is_broken_is_read_or_refused(text in broken(EXAMPLE)) {
        match Environment::parse(&text, Path::new("place.toml")) {
            Ok(environment) => {
                // What is read can be written and read again.
                let again = toml::to_string(&environment).unwrap();
                Environment::parse(&again, Path::new("place.toml")).unwrap();
            }
            Err(problem) => {
                is_clear(&problem)?;
                prop_assert!(problem.message.contains("place.toml"), "{}", problem.message);
            }
        }
    }

    #[test]
    fn a_shell_env_file_that_is_broken_is_read_or_refused(text in broken(SHELL)) {
        let outer = |name: &str| (name == "HOME").then(|| "/root".to_owned());
        match shell::read(&text, "migration.env", &outer).and_then(|file| import::import(&file.variables, "migration.env")) {
            Ok(_) => {}
            Err(problem) => is_clear(&problem)?,
        }
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn a_kubeconfig_that_is_broken_is_used_or_refused(bytes in broken_bytes(KUBECONFIG)) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("kubeconfig"), bytes).unwrap();
        let environment = "name = \"here\"\n[clusters.here]\nkubeconfig = \"kubeconfig\"\n[limits]\ncall_seconds = 1\nattempt_seconds = 1\n";
        let script = Script::from_text("s.rhai", "fn main() { oc_version(cluster(\"here\")); }");
        // Nobody stands at the address: it is an error, whatever the file says.
        let problem = carry_out(folder.path(), environment, &script).unwrap_err();
        is_clear(&problem)?;
        prop_assert!(!problem.message.contains("canary"), "{}", problem.message);
    }

    #[test]
    fn the_manifest_of_a_backup_that_is_broken_is_read_or_refused(bytes in broken_bytes(manifest())) {
        let folder = tempfile::tempdir().unwrap();
        let backup = folder.path().join("backup");
        std::fs::create_dir_all(backup.join("namespaces/clusters")).unwrap();
        std::fs::write(backup.join("namespaces/clusters/hc-demo.yaml"), "kind: HostedCluster\n").unwrap();
        std::fs::write(backup.join("manifest.json"), bytes).unwrap();
        if let Err(problem) = carry_out(folder.path(), BACKUP, &reader()) {
            is_clear(&problem)?;
        }
    }

    #[test]
    fn a_file_of_a_backup_that_is_broken_is_read_or_refused(bytes in broken_bytes(OBJECT)) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("backup")).unwrap();
        std::fs::write(folder.path().join("backup/secret.yaml"), bytes).unwrap();
        let script = Script::from_text("s.rhai", "fn main() { folder_read_yaml(folder(\"backup\"), \"secret.yaml\"); }");
        if let Err(problem) = carry_out(folder.path(), BACKUP, &script) {
            is_clear(&problem)?;
            prop_assert!(problem.message.contains("secret.yaml"), "{}", problem.message);
            let told = problem.message.contains("canary-one") || problem.message.contains("Y2FuYXJ5LW9uZQ");
            prop_assert!(!told, "{}", problem.message);
        }
    }
}

const BACKUP: &str = "name = \"here\"\n[folders.backup]\npath = \"backup\"\n";

const OBJECT: &str = "apiVersion: v1
kind: Secret
metadata: {name: s, labels: {a: b}, annotations: {long: \"a\\tb\"}}
data:
  key: Y2FuYXJ5LW9uZQ==
  other: |
    bGlu
    ZXM=
stringData: &all {token: \"canary-one\", other: {a: canary-one}}
list: [1, 2.5, true, null, ~, 0x1f, 1_000, 2026-11-26]
";

fn manifest() -> String {
    let entry = json!({
        "file": "namespaces/clusters/hc-demo.yaml", "prefix": "hc", "kind": "HostedCluster",
        "namespace": "clusters", "name": "demo", "sha256": "00",
    });
    json!({
        "format": 1, "hosted_cluster": {"namespace": "clusters", "name": "demo"}, "facts": {"source_uid": "u"},
        "snapshots": [{"key": "demo-etcd-0-snapshot.db", "size": 1, "sha256": "00", "revision": 7}],
        "objects": [entry],
    })
    .to_string()
}

fn reader() -> Script {
    let job = "#{ namespace: \"clusters\", name: \"demo\", control_plane: \"clusters-demo\", accept_unmanifested_backup: false }";
    let text = format!("import \"backup\" as backup;\nfn main() {{ backup::read_contents({job}); }}");
    Script::from_text("s.rhai", &text)
}
