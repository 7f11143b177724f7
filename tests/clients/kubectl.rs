//! `kubectl` says the same of the lab and of a real cluster: making, reading, changing, waiting, deleting, discovering.

use crate::cluster::both;
use crate::said::{reads, step};

/// A custom object that the tests work on.
const POOL: &str = r#"{"apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Cluster", "metadata": {"name": "demo"},
  "spec": {"paused": false}}"#;

#[test]
fn what_is_made_is_there_as_it_was_made() {
    both(
        "making",
        &[
            step("create secret generic db --from-literal=password=canary", "secret/db created"),
            step(
                "create configmap settings --from-literal=a=1 --from-literal=b=two",
                "configmap/settings created",
            ),
            step("create serviceaccount robot", "serviceaccount/robot created"),
            step("create role reader --verb=get,list --resource=pods,configmaps", "role.rbac"),
            step("create rolebinding readers --role=reader --user=nobody", "rolebinding.rbac"),
            step("create deployment web --image=nginx:1 --replicas=2", "deployment.apps/web created"),
            step("create service clusterip web --clusterip=None --tcp=80:8080", "service/web created"),
            step("! create configmap settings", "already exists"),
            step("! create configmap Settings", "Invalid value"),
            step("create configmap dry --from-literal=a=1 --dry-run=server -o yaml", "name: dry"),
            reads(
                "! create -f -",
                r#"{"apiVersion": "v1", "kind": "Colour", "metadata": {"name": "x"}}"#,
                "Colour",
            ),
            reads(
                "! create -f -",
                r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": {}}"#,
                "Required",
            ),
            step("get configmap settings -o yaml", "b: two"),
            step("get secret db -o json", "Opaque"),
            step("get role reader -o yaml", "configmaps"),
            step("get rolebinding readers -o yaml", "nobody"),
            step("get deployment web -o yaml", "progressDeadlineSeconds"),
            step("get service web -o jsonpath={.spec.ports}", "8080"),
        ],
    );
}

#[test]
fn what_is_there_is_shown_in_every_way() {
    both(
        "reading",
        &[
            step("create configmap one --from-literal=a=1", ""),
            step("create configmap two --from-literal=a=1 --from-literal=b=2", ""),
            step("label configmap two tier=db", "labeled"),
            step("create secret generic db --from-literal=password=canary", ""),
            step("create deployment web --image=nginx:1", ""),
            step("get configmaps", "NAME"),
            step("get configmap one two -o wide", "two"),
            step("get cm,secret", "secret/db"),
            step("get deployment", "UP-TO-DATE"),
            step("get deploy -o wide", "CONTAINERS"),
            step("get configmaps --show-labels", "tier=db"),
            step("get configmaps -l tier=db -o name", "configmap/two"),
            step("get configmaps -l tier!=db -o name", "configmap/one"),
            step("get configmaps --field-selector metadata.name=one -o name", "configmap/one"),
            step("! get configmaps --field-selector data.a=1", "is not a known field selector"),
            step("get configmap two -o jsonpath={.data.b}", "2"),
            step("get configmaps -o jsonpath='{range .items[*]}{.metadata.name} {end}'", "one two"),
            step("get configmaps -o custom-columns=N:.metadata.name,A:.data.a", "two"),
            step("get configmap one -o jsonpath={.metadata.managedFields[*].manager}", "kubectl-create"),
            step("get pods", "No resources found"),
            step("! get configmap none", "NotFound"),
            step("! get colours", "colours"),
            step("get configmap none --ignore-not-found", ""),
            step("describe configmap two", "tier=db"),
            step("! get --raw /api/v1/namespaces/reading/configmaps/none", "NotFound"),
            step("get --raw /healthz", "ok"),
            step("get namespace reading", "Active"),
        ],
    );
}

const APPLIED: &str = r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": {"a": "1", "b": "2"}}"#;
const CHANGED: &str =
    r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": {"a": "one"}}"#;

#[test]
fn what_is_changed_is_changed_and_nothing_else() {
    both(
        "changing",
        &[
            reads("! diff -f -", CHANGED, "+  a: one"),
            reads("apply -f -", APPLIED, "created"),
            reads("apply -f -", APPLIED, "unchanged"),
            reads("! diff -f -", CHANGED, "+  a: one"),
            reads("apply -f - --dry-run=server", CHANGED, "(server dry run)"),
            reads("apply -f -", CHANGED, "configured"),
            step("get configmap applied -o yaml", "a: one"),
            reads("apply --server-side -f -", CHANGED, "serverside-applied"),
            reads("! apply --server-side --field-manager other -f -", APPLIED, "conflict"),
            reads(
                "apply --server-side --field-manager other --force-conflicts -f -",
                APPLIED,
                "serverside-applied",
            ),
            step("get configmap applied -o jsonpath='{.metadata.managedFields[*].manager}'", "other"),
            step(
                "patch configmap applied --type=merge -p '{\"data\": {\"b\": null, \"c\": \"3\"}}'",
                "patched",
            ),
            step("patch configmap applied --type=merge -p '{\"data\": {\"c\": \"3\"}}'", "no change"),
            step(
                "patch configmap applied --type=json -p '[{\"op\": \"replace\", \"path\": \"/data/c\", \"value\": \"4\"}]'",
                "patched",
            ),
            step(
                "! patch configmap applied --type=json -p '[{\"op\": \"test\", \"path\": \"/data/c\", \"value\": \"5\"}]'",
                "The request is invalid",
            ),
            step(
                "! patch configmap applied --type=json -p '[{\"op\": \"remove\", \"path\": \"/data/z\"}]'",
                "The request is invalid",
            ),
            step("create deployment web --image=nginx:1", ""),
            step(
                "patch deployment web -p '{\"spec\": {\"template\": {\"spec\": {\"containers\": [{\"name\": \"side\", \"image\": \"sh\"}]}}}}'",
                "patched",
            ),
            step("get deployment web -o jsonpath={.spec.template.spec.containers[*].name}", "side nginx"),
            step("scale deployment web --replicas=3", "scaled"),
            step("! scale deployment web --current-replicas=5 --replicas=1", "Expected"),
            step("get deployment web -o jsonpath='{.spec.replicas} {.metadata.generation}'", "3 3"),
            step("set image deployment/web nginx=nginx:2", "image updated"),
            step("label configmap applied tier=db", "labeled"),
            step("! label configmap applied tier=web", "overwrite"),
            step("label configmap applied tier=web --overwrite", "labeled"),
            step("label configmap applied tier-", "unlabeled"),
            step("annotate configmap applied why=because", "annotated"),
            reads("replace -f -", CHANGED, "replaced"),
            reads(
                "! replace -f -",
                r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "none"}}"#,
                "NotFound",
            ),
            reads(
                "! replace -f -",
                r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied", "resourceVersion": "1"}}"#,
                "Conflict",
            ),
            step("get configmap applied -o yaml", "a: one"),
        ],
    );
}

#[test]
fn custom_kinds_are_served_as_builtin_ones_are() {
    both(
        "custom",
        &[
            reads("create -f -", POOL, "created"),
            reads("apply --server-side -f -", POOL, "serverside-applied"),
            reads(
                "! create -f -",
                r#"{"apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Cluster", "metadata": {"name": "x"}, "spec": {"paused": "yes"}}"#,
                "paused",
            ),
            reads(
                "! create -f -",
                r#"{"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": {"name": "x"}, "colour": 1}"#,
                "colour",
            ),
            step("get clusters.cluster.x-k8s.io", "demo"),
            step("get clusters.cluster.x-k8s.io demo -o yaml", "paused: false"),
            step(
                "patch clusters.cluster.x-k8s.io demo --type=merge -p '{\"spec\": {\"paused\": true}}'",
                "patched",
            ),
            step(
                "! patch clusters.cluster.x-k8s.io demo -p '{\"spec\": {\"paused\": false}}'",
                "strategic-merge-patch+json is not supported",
            ),
            step(
                "patch clusters.cluster.x-k8s.io demo --subresource=status --type=merge -p '{\"status\": {\"phase\": \"Provisioned\"}}'",
                "patched",
            ),
            step(
                "get clusters.cluster.x-k8s.io demo -o jsonpath='{.status.phase} {.metadata.generation}'",
                "Provisioned 2",
            ),
            step(
                "wait clusters.cluster.x-k8s.io demo --for=jsonpath={.status.phase}=Provisioned --timeout=20s",
                "condition met",
            ),
            step("explain clusters.spec --api-version=cluster.x-k8s.io/v1beta1", "paused"),
            step("delete clusters.cluster.x-k8s.io demo", "deleted"),
        ],
    );
}

#[test]
fn waiting_and_deleting_end_when_it_is_so() {
    both(
        "ending",
        &[
            step("create deployment web --image=nginx:1", ""),
            step("! wait deployment web --for=condition=Available --timeout=1s", "timed out"),
            step(
                "patch deployment web --subresource=status --type=merge -p '{\"status\": {\"observedGeneration\": 1, \"replicas\": 1, \"updatedReplicas\": 1, \"readyReplicas\": 1, \"availableReplicas\": 1, \"conditions\": [{\"type\": \"Available\", \"status\": \"True\"}]}}'",
                "patched",
            ),
            step("wait deployment web --for=condition=Available --timeout=20s", "condition met"),
            step("rollout status deployment web --timeout=20s", "successfully rolled out"),
            step("get deployment web", "1/1"),
            step("create configmap one", ""),
            step("create configmap two", ""),
            step("label configmap one two tier=db", ""),
            step("delete configmap one --dry-run=server", "(server dry run)"),
            step("delete configmap one", "deleted"),
            step("! delete configmap one", "NotFound"),
            step("delete configmap one --ignore-not-found", ""),
            step("delete configmap -l tier=db", "two"),
            step("create configmap held", ""),
            step(
                "patch configmap held --type=merge -p '{\"metadata\": {\"finalizers\": [\"example.com/hold\"]}}'",
                "patched",
            ),
            step("delete configmap held --wait=false", "deleted"),
            step("! wait configmap held --for=delete --timeout=1s", "timed out"),
            step("patch configmap held --type=merge -p '{\"metadata\": {\"finalizers\": null}}'", "patched"),
            step("wait configmap held --for=delete --timeout=20s", ""),
            step("delete deployment web --cascade=background", "deleted"),
            step("delete secret --all", ""),
        ],
    );
}

#[test]
fn the_server_says_what_it_has_and_who_may_what() {
    both(
        "asking",
        &[
            step("auth can-i delete pods", "yes"),
            step("auth whoami -o jsonpath={.status.userInfo.groups}", "system:masters"),
            step("! auth can-i get secrets --kubeconfig nobody.kubeconfig", "no"),
            step("! get secrets --kubeconfig nobody.kubeconfig", "Forbidden"),
            step("create role reader --verb=get,list --resource=configmaps", ""),
            step("create rolebinding readers --role=reader --user=nobody", ""),
            step("auth can-i list configmaps --kubeconfig nobody.kubeconfig", "yes"),
            step("get configmap none --ignore-not-found --kubeconfig nobody.kubeconfig", ""),
            step("! delete configmap none --kubeconfig nobody.kubeconfig", "Forbidden"),
            step("! auth can-i delete pods --as nobody", "no"),
            step("api-resources --api-group=hypershift.openshift.io", "hostedclusters"),
            step("api-resources --api-group=apps -o wide", "deployments"),
            step("api-resources --api-group=rbac.authorization.k8s.io -o wide", "roles"),
            step("api-resources --api-group=cluster.x-k8s.io -o wide", "machinesets"),
            step("explain hostedclusters.spec", "platform"),
            step("explain nodepools.spec --recursive", "replicas"),
        ],
    );
}
