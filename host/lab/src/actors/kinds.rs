//! The kinds that the lab's actors know by name.

use super::kind::Kind;

macro_rules! kinds {
    ($($scope:ident $name:ident = $group:literal $version:literal $kind:literal $plural:literal;)+) => {
        $(
            #[doc = concat!("`", $plural, "` of the group `", $group, "`.")]
            pub const $name: Kind = Kind::$scope($group, $version, $kind, $plural);
        )+
    };
}

kinds! {
    cluster NAMESPACE = "" "v1" "Namespace" "namespaces";
    cluster NODE = "" "v1" "Node" "nodes";
    cluster PERSISTENT_VOLUME = "" "v1" "PersistentVolume" "persistentvolumes";
    namespaced POD = "" "v1" "Pod" "pods";
    namespaced SECRET = "" "v1" "Secret" "secrets";
    namespaced CONFIG_MAP = "" "v1" "ConfigMap" "configmaps";
    namespaced SERVICE = "" "v1" "Service" "services";
    namespaced SERVICE_ACCOUNT = "" "v1" "ServiceAccount" "serviceaccounts";
    namespaced PERSISTENT_VOLUME_CLAIM = "" "v1" "PersistentVolumeClaim" "persistentvolumeclaims";
    namespaced DEPLOYMENT = "apps" "v1" "Deployment" "deployments";
    namespaced REPLICA_SET = "apps" "v1" "ReplicaSet" "replicasets";
    namespaced STATEFUL_SET = "apps" "v1" "StatefulSet" "statefulsets";
    namespaced DAEMON_SET = "apps" "v1" "DaemonSet" "daemonsets";
    namespaced LEASE = "coordination.k8s.io" "v1" "Lease" "leases";
    cluster CERTIFICATE_SIGNING_REQUEST =
        "certificates.k8s.io" "v1" "CertificateSigningRequest" "certificatesigningrequests";
    cluster CUSTOM_RESOURCE_DEFINITION =
        "apiextensions.k8s.io" "v1" "CustomResourceDefinition" "customresourcedefinitions";
    namespaced HOSTED_CLUSTER = "hypershift.openshift.io" "v1beta1" "HostedCluster" "hostedclusters";
    namespaced HOSTED_CONTROL_PLANE =
        "hypershift.openshift.io" "v1beta1" "HostedControlPlane" "hostedcontrolplanes";
    namespaced NODE_POOL = "hypershift.openshift.io" "v1beta1" "NodePool" "nodepools";
    namespaced AWS_ENDPOINT_SERVICE =
        "hypershift.openshift.io" "v1beta1" "AWSEndpointService" "awsendpointservices";
    namespaced CLUSTER = "cluster.x-k8s.io" "v1beta1" "Cluster" "clusters";
    namespaced MACHINE = "cluster.x-k8s.io" "v1beta1" "Machine" "machines";
    namespaced MACHINE_SET = "cluster.x-k8s.io" "v1beta1" "MachineSet" "machinesets";
    namespaced MACHINE_DEPLOYMENT = "cluster.x-k8s.io" "v1beta1" "MachineDeployment" "machinedeployments";
    namespaced MACHINE_HEALTH_CHECK = "cluster.x-k8s.io" "v1beta1" "MachineHealthCheck" "machinehealthchecks";
    namespaced AWS_CLUSTER = "infrastructure.cluster.x-k8s.io" "v1beta2" "AWSCluster" "awsclusters";
    namespaced AWS_MACHINE = "infrastructure.cluster.x-k8s.io" "v1beta2" "AWSMachine" "awsmachines";
    namespaced AWS_MACHINE_TEMPLATE =
        "infrastructure.cluster.x-k8s.io" "v1beta2" "AWSMachineTemplate" "awsmachinetemplates";
    namespaced ROUTE = "route.openshift.io" "v1" "Route" "routes";
    cluster ETCD = "operator.openshift.io" "v1" "Etcd" "etcds";
    cluster KUBE_API_SERVER = "operator.openshift.io" "v1" "KubeAPIServer" "kubeapiservers";
    cluster KUBE_CONTROLLER_MANAGER =
        "operator.openshift.io" "v1" "KubeControllerManager" "kubecontrollermanagers";
    cluster KUBE_SCHEDULER = "operator.openshift.io" "v1" "KubeScheduler" "kubeschedulers";
    cluster CLUSTER_VERSION = "config.openshift.io" "v1" "ClusterVersion" "clusterversions";
    cluster CLUSTER_OPERATOR = "config.openshift.io" "v1" "ClusterOperator" "clusteroperators";
}
