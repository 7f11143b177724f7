//! `kubectl exec` and `kubectl logs` say the same of the lab's containers and of those of a kubelet.

use std::path::Path;

use drsh_real::{Kubelet, Tools};

use crate::cluster::{Cluster, kubectl};
use crate::said::{Step, compare, reads, step};

/// A pod that runs, as far as the API knows.
const POD: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "etcd-0", "namespace": "default"},
  "spec": {"nodeName": "node-1", "containers": [{"name": "etcd", "image": "etcd"}]}}"#;

/// A real cluster with a kubelet, where the pod's container is.
fn real(kubectl: &Path) -> Option<(Cluster, Kubelet)> {
    let what = "kubectl exec on a real cluster";
    let (program, tools) = (Kubelet::find(what)?, Tools::find(what)?);
    let cluster = Cluster::real(kubectl)?;
    let kubelet = cluster.start_kubelet(&program, "node-1");
    tools.install(&kubelet.container_root("default", "etcd-0", "etcd").unwrap()).unwrap();
    kubelet.set_log(("default", "etcd-0", "etcd"), "etcd-0 works\n").unwrap();
    Some((cluster, kubelet))
}

#[test]
fn commands_run_with_and_without_input_and_their_exit_codes_come_back() {
    let Some(kubectl) = kubectl() else { return };
    let (lab, real) = (Cluster::lab(&kubectl), real(&kubectl));
    let steps = [
        reads("create --validate=false -f -", POD, "pod/etcd-0 created"),
        step("exec etcd-0 -- echo it works", "it works"),
        reads("exec etcd-0 -c etcd -i -- cat", "line\nlast", "line\nlast"),
        reads("exec etcd-0 -- cat", "not read", ""),
        step("! exec etcd-0 -- false", "exit code 1"),
        step("! exec etcd-0 -c none -- echo", "container none"),
        step("! exec none -- echo", "NotFound"),
        step("logs etcd-0", "etcd-0 works"),
        step("delete pod etcd-0 --force", "deleted"),
    ];
    let say = |cluster: &Cluster, step: &Step| cluster.run(&step.words(), step.input);
    let real = real.as_ref().map(|(real, _)| move |step: &Step| say(real, step));
    compare(&steps, |step| say(&lab, step), real);
}
