//! The kinds that every server has from the start.

use super::{Kind, Kinds, Scale};

/// One line of the table: plural, kind, short names, properties.
type Line = (&'static str, &'static str, &'static [&'static str], &'static [Property]);

#[derive(Clone, Copy, PartialEq)]
enum Property {
    /// Objects belong to the whole cluster.
    Cluster,
    /// Has `/status`.
    Status,
    /// Counts generations.
    Counted,
    /// Has `/scale`.
    Scaled,
    /// Shown by `kubectl get all`.
    All,
    /// Answered, never kept.
    Review,
    /// Has one more subresource.
    With(&'static str),
}

use Property::{All, Cluster, Counted, Review, Scaled, Status, With};

const TABLE: &[(&str, &str, &[Line])] = &[
    (
        "",
        "v1",
        &[
            ("bindings", "Binding", &[], &[Review]),
            ("configmaps", "ConfigMap", &["cm"], &[]),
            ("endpoints", "Endpoints", &["ep"], &[]),
            ("events", "Event", &["ev"], &[]),
            ("limitranges", "LimitRange", &["limits"], &[]),
            ("namespaces", "Namespace", &["ns"], &[Cluster, Status, With("finalize")]),
            ("nodes", "Node", &["no"], &[Cluster, Status]),
            ("persistentvolumeclaims", "PersistentVolumeClaim", &["pvc"], &[Status]),
            ("persistentvolumes", "PersistentVolume", &["pv"], &[Cluster, Status]),
            (
                "pods",
                "Pod",
                &["po"],
                &[Status, Counted, All, With("binding"), With("eviction"), With("exec"), With("log")],
            ),
            ("podtemplates", "PodTemplate", &[], &[Counted]),
            ("replicationcontrollers", "ReplicationController", &["rc"], &[Status, Counted, Scaled, All]),
            ("resourcequotas", "ResourceQuota", &["quota"], &[Status]),
            ("secrets", "Secret", &[], &[]),
            ("serviceaccounts", "ServiceAccount", &["sa"], &[With("token")]),
            ("services", "Service", &["svc"], &[Status, All]),
        ],
    ),
    (
        "apps",
        "v1",
        &[
            ("controllerrevisions", "ControllerRevision", &[], &[]),
            ("daemonsets", "DaemonSet", &["ds"], &[Status, Counted, All]),
            ("deployments", "Deployment", &["deploy"], &[Status, Counted, Scaled, All]),
            ("replicasets", "ReplicaSet", &["rs"], &[Status, Counted, Scaled, All]),
            ("statefulsets", "StatefulSet", &["sts"], &[Status, Counted, Scaled, All]),
        ],
    ),
    (
        "batch",
        "v1",
        &[
            ("cronjobs", "CronJob", &["cj"], &[Status, Counted, All]),
            ("jobs", "Job", &[], &[Status, Counted, All]),
        ],
    ),
    (
        "rbac.authorization.k8s.io",
        "v1",
        &[
            ("clusterrolebindings", "ClusterRoleBinding", &[], &[Cluster]),
            ("clusterroles", "ClusterRole", &[], &[Cluster]),
            ("rolebindings", "RoleBinding", &[], &[]),
            ("roles", "Role", &[], &[]),
        ],
    ),
    (
        "authorization.k8s.io",
        "v1",
        &[
            ("localsubjectaccessreviews", "LocalSubjectAccessReview", &[], &[Review]),
            ("selfsubjectaccessreviews", "SelfSubjectAccessReview", &[], &[Cluster, Review]),
            ("selfsubjectrulesreviews", "SelfSubjectRulesReview", &[], &[Cluster, Review]),
            ("subjectaccessreviews", "SubjectAccessReview", &[], &[Cluster, Review]),
        ],
    ),
    ("authentication.k8s.io", "v1", &[("selfsubjectreviews", "SelfSubjectReview", &[], &[Cluster, Review])]),
    ("coordination.k8s.io", "v1", &[("leases", "Lease", &[], &[])]),
    (
        "certificates.k8s.io",
        "v1",
        &[(
            "certificatesigningrequests",
            "CertificateSigningRequest",
            &["csr"],
            &[Cluster, Status, With("approval")],
        )],
    ),
    ("discovery.k8s.io", "v1", &[("endpointslices", "EndpointSlice", &[], &[])]),
    (
        "networking.k8s.io",
        "v1",
        &[
            ("ingressclasses", "IngressClass", &[], &[Cluster, Counted]),
            ("ingresses", "Ingress", &["ing"], &[Status, Counted]),
            ("networkpolicies", "NetworkPolicy", &["netpol"], &[Counted]),
        ],
    ),
    ("policy", "v1", &[("poddisruptionbudgets", "PodDisruptionBudget", &["pdb"], &[Status, Counted])]),
    (
        "storage.k8s.io",
        "v1",
        &[
            ("csidrivers", "CSIDriver", &[], &[Cluster]),
            ("csinodes", "CSINode", &[], &[Cluster]),
            ("storageclasses", "StorageClass", &["sc"], &[Cluster]),
            ("volumeattachments", "VolumeAttachment", &[], &[Cluster, Status]),
        ],
    ),
    ("scheduling.k8s.io", "v1", &[("priorityclasses", "PriorityClass", &["pc"], &[Cluster, Counted])]),
    (
        "apiextensions.k8s.io",
        "v1",
        &[(
            "customresourcedefinitions",
            "CustomResourceDefinition",
            &["crd", "crds"],
            &[Cluster, Status, Counted],
        )],
    ),
    ("apiregistration.k8s.io", "v1", &[("apiservices", "APIService", &[], &[Cluster, Status])]),
    (
        "admissionregistration.k8s.io",
        "v1",
        &[
            ("mutatingwebhookconfigurations", "MutatingWebhookConfiguration", &[], &[Cluster, Counted]),
            ("validatingadmissionpolicies", "ValidatingAdmissionPolicy", &[], &[Cluster, Status, Counted]),
            (
                "validatingadmissionpolicybindings",
                "ValidatingAdmissionPolicyBinding",
                &[],
                &[Cluster, Counted],
            ),
            ("validatingwebhookconfigurations", "ValidatingWebhookConfiguration", &[], &[Cluster, Counted]),
        ],
    ),
];

/// The kinds that a real server has without any `CustomResourceDefinition`, as far as clusters here use them.
#[must_use]
pub fn builtin() -> Kinds {
    let mut kinds = Kinds::default();
    for (group, version, lines) in TABLE {
        for line in *lines {
            kinds.add(kind_of(group, version, line));
        }
    }
    kinds
}

fn kind_of(group: &str, version: &str, (plural, kind, short_names, properties): &Line) -> Kind {
    let has = |property| properties.contains(&property);
    Kind {
        group: group.to_owned(),
        versions: vec![version.to_owned()],
        storage: version.to_owned(),
        kind: (*kind).to_owned(),
        list_kind: format!("{kind}List"),
        plural: (*plural).to_owned(),
        singular: kind.to_lowercase(),
        short_names: short_names.iter().map(|&name| name.to_owned()).collect(),
        categories: if has(All) {
            vec!["all".to_owned()]
        } else if *kind == "CustomResourceDefinition" {
            vec!["api-extensions".to_owned()]
        } else {
            Vec::new()
        },
        namespaced: !has(Cluster),
        status: has(Status),
        generation: has(Counted),
        kept: !has(Review),
        scale: has(Scaled).then(|| Scale {
            spec: ".spec.replicas".to_owned(),
            status: ".status.replicas".to_owned(),
            selector: Some(".spec.selector".to_owned()),
        }),
        others: properties
            .iter()
            .filter_map(|p| if let With(name) = p { Some(*name) } else { None })
            .collect(),
        ..Kind::default()
    }
}
