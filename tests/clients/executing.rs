//! `kubectl exec` and `kubectl logs` in the lab. A real cluster runs commands through a kubelet; against one without it
//! there is nothing to hold these against, so that this file knows the lab alone.

use crate::cluster::{Cluster, kubectl};

/// A pod that runs, as far as the API knows.
const POD: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "etcd-0", "namespace": "default"},
  "spec": {"nodeName": "node-1", "containers": [{"name": "etcd", "image": "etcd"}]}}"#;

/// What is typed after `kubectl`, what it reads, how it ends, and what it prints.
const CASES: &[(&[&str], &str, i32, &str)] = &[
    (&["exec", "etcd-0", "--", "echo", "it", "works"], "", 0, "it works\n"),
    (&["exec", "etcd-0", "-c", "etcd", "-i", "--", "cat"], "line\nlast", 0, "line\nlast"),
    (&["exec", "etcd-0", "--", "cat"], "not read", 0, ""),
    (&["exec", "etcd-0", "--", "false"], "", 1, ""),
];

/// Makes the pod and types the cases.
fn type_cases(cluster: &Cluster) {
    let made = cluster.run(&["create", "--validate=false", "-f", "-"], POD);
    assert_eq!(made.code, Some(0), "{made}");
    for (words, input, code, out) in CASES {
        let said = cluster.run(words, input);
        assert_eq!((said.code, said.out.as_str()), (Some(*code), *out), "{words:?}: {said}");
    }
}

#[test]
fn commands_run_with_and_without_input_and_their_exit_codes_come_back() {
    let Some(kubectl) = kubectl() else { return };
    type_cases(&Cluster::lab(&kubectl));
}

#[test]
fn a_container_that_is_not_there_is_named() {
    let Some(kubectl) = kubectl() else { return };
    let cluster = Cluster::lab(&kubectl);
    let _ = cluster.run(&["create", "--validate=false", "-f", "-"], POD);
    let said = cluster.run(&["exec", "etcd-0", "-c", "none", "--", "echo"], "");
    assert!(said.code != Some(0) && said.err.contains("container none"), "{said}");
    let said = cluster.run(&["logs", "etcd-0"], "");
    assert_eq!((said.code, said.out.as_str()), (Some(0), "etcd-0 works\n"), "{said}");
}
