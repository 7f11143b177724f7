//! Canaries: what is secret appears in nothing that is printed, kept, or visible to others.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::kit::{Printed, moved};

/// What must be seen nowhere, each with what it is.
fn canaries() -> Vec<(&'static str, String)> {
    let it = moved();
    let (_, credentials) = &it.given.0["aws-credentials"];
    let credentials = String::from_utf8_lossy(credentials);
    let key = credentials.lines().find_map(|line| line.strip_prefix("aws_secret_access_key = ")).unwrap();
    let pull_secret =
        it.was("Secret", "clusters", "pull-secret")["data"][".dockerconfigjson"].as_str().unwrap();
    let plain = String::from_utf8(STANDARD.decode(pull_secret).unwrap()).unwrap();
    let plain: Value = serde_json::from_str(&plain).unwrap();
    let url = it.is("HostedCluster.hypershift.openshift.io", "clusters", "demo");
    let url = url["spec"]["etcd"]["managed"]["storage"]["restoreSnapshotURL"][0].as_str().unwrap();
    let signature = url.split("X-Amz-Signature=").nth(1).unwrap().split('&').next().unwrap();
    let all = vec![
        ("the AWS secret key", key.to_owned()),
        ("the pull secret", pull_secret.to_owned()),
        ("the pull secret's password", plain["auths"]["quay.io"]["auth"].as_str().unwrap().to_owned()),
        ("the signature of the presigned URL", signature.to_owned()),
    ];
    assert!(all.iter().all(|(_, canary)| canary.len() > 20), "{all:?}");
    all
}

fn assert_clean(what: &str, text: &str) {
    for (name, canary) in canaries() {
        assert!(!text.contains(&canary), "{what} holds {name}");
    }
}

/// The bash prints the presigned URL, and turns tracing on over its keys (F45, F57).
#[test]
fn nothing_secret_is_printed_even_when_asked_to_say_everything() {
    let Printed { out, err, .. } = &moved().printed;
    assert!(err.len() > 1000, "-vv said nothing");
    assert_clean("standard output", out);
    assert_clean("standard error", err);
}

/// What is kept for a resume outlives the run by years.
#[test]
fn nothing_secret_is_kept_in_the_journal_or_beside_it() {
    for (file, (mode, bytes)) in &moved().state {
        assert_clean(file, &String::from_utf8_lossy(bytes));
        assert_eq!(mode & 0o077, 0, "{file}");
    }
}

/// The bash puts its secret key on openssl's command line (H6, F44).
#[test]
fn nothing_secret_stands_in_an_argument_list_or_an_environment() {
    let it = moved();
    assert!(it.printed.seen.iter().any(|one| one.contains("migrate_hcp")), "the process was not seen");
    it.printed.seen.iter().for_each(|text| assert_clean("a process", text));
}

/// The bash signs in the pod: key and signature end in the API server's audit log (H6, F44).
#[test]
fn nothing_secret_enters_a_pod_by_the_arguments_of_a_command() {
    let commands: Vec<_> = moved().log.iter().filter(|entry| entry.who.ends_with("/exec")).collect();
    assert!(commands.iter().any(|entry| entry.what.contains("etcdctl")), "no command was run in a pod");
    for entry in commands {
        assert_clean("a command in a pod", &entry.what);
        assert!(!entry.what.contains("X-Amz-") && !entry.what.contains("https://demo"), "{}", entry.what);
    }
}

/// The backup is for the hosted cluster's secrets: what opens the bucket has no place in it.
#[test]
fn the_backup_holds_no_key_of_the_bucket() {
    let hidden = canaries();
    for (file, (_, bytes)) in &moved().backup {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains(&hidden[0].1) && !text.contains("X-Amz-Signature"), "{file}");
    }
}
