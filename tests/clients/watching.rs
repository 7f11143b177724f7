//! `kubectl get --watch` sees what happens while it looks.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::cluster::{Cluster, kubectl};
use crate::said::plain;

/// The first lines that a watch prints while objects come, change and go.
fn watched(cluster: &Cluster) -> Vec<String> {
    let run = |words: &[&str]| {
        let said = cluster.run(words, "");
        assert_eq!(said.code, Some(0), "{said}");
    };
    run(&["create", "namespace", "watching"]);
    run(&["create", "configmap", "first", "-n", "watching"]);
    let words = ["get", "configmaps", "-n", "watching", "--watch", "--output-watch-events"];
    let words: Vec<&str> =
        words.into_iter().chain(["--field-selector", "metadata.name!=kube-root-ca.crt"]).collect();
    let mut watch = cluster.command(&words).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = || plain(&lines.next().unwrap().unwrap());
    let mut seen = vec![next(), next()];
    run(&["create", "configmap", "second", "-n", "watching", "--from-literal=a=1"]);
    seen.push(next());
    run(&["label", "configmap", "second", "-n", "watching", "tier=db"]);
    seen.push(next());
    run(&["delete", "configmap", "second", "-n", "watching"]);
    seen.push(next());
    watch.kill().unwrap();
    let _ = watch.wait();
    seen
}

#[test]
fn a_watch_prints_what_comes_changes_and_goes() {
    let Some(kubectl) = kubectl() else { return };
    let ours = watched(&Cluster::lab(&kubectl));
    assert!(ours[4].starts_with("DELETED"), "{ours:?}");
    if let Some(real) = Cluster::real(&kubectl) {
        assert_eq!(ours, watched(&real));
    }
}
