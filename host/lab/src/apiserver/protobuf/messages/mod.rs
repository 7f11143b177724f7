//! The messages of the kinds that clients send: field numbers as Kubernetes' API has published them.

mod apps;
mod core;
mod meta;
mod pod;
mod rights;

use super::schema::{Message, many, map, message, plain, pointer, skipped};

/// Finds the message of a kind.
pub fn find(api_version: &str, kind: &str) -> Option<&'static Message> {
    Some(match (api_version, kind) {
        // Options go with any group and version.
        (_, "DeleteOptions") => &meta::DELETE_OPTIONS,
        ("v1", "ConfigMap") => &core::CONFIG_MAP,
        ("v1", "Event") => &core::EVENT,
        ("v1", "Namespace") => &core::NAMESPACE,
        ("v1", "PersistentVolumeClaim") => &core::VOLUME_CLAIM,
        ("v1", "Pod") => &pod::POD,
        ("v1", "ResourceQuota") => &core::QUOTA,
        ("v1", "Secret") => &core::SECRET,
        ("v1", "Service") => &core::SERVICE,
        ("v1", "ServiceAccount") => &core::SERVICE_ACCOUNT,
        ("apps/v1", "Deployment") => &apps::DEPLOYMENT,
        ("apps/v1", "StatefulSet") => &apps::STATEFUL_SET,
        ("autoscaling/v1", "Scale") => &apps::SCALE,
        ("batch/v1", "CronJob") => &apps::CRON_JOB,
        ("batch/v1", "Job") => &apps::JOB,
        ("policy/v1", "Eviction") => &apps::EVICTION,
        ("policy/v1", "PodDisruptionBudget") => &apps::DISRUPTION_BUDGET,
        ("coordination.k8s.io/v1", "Lease") => &core::LEASE,
        ("scheduling.k8s.io/v1", "PriorityClass") => &core::PRIORITY_CLASS,
        ("authentication.k8s.io/v1", "SelfSubjectReview") => &rights::SELF_REVIEW,
        ("authentication.k8s.io/v1", "TokenRequest") => &rights::TOKEN_REQUEST,
        ("authorization.k8s.io/v1", "SelfSubjectAccessReview") => &rights::ACCESS_REVIEW,
        ("authorization.k8s.io/v1", "SelfSubjectRulesReview") => &rights::RULES_REVIEW,
        ("certificates.k8s.io/v1", "CertificateSigningRequest") => &rights::SIGNING_REQUEST,
        ("rbac.authorization.k8s.io/v1", "ClusterRole") => &rights::CLUSTER_ROLE,
        ("rbac.authorization.k8s.io/v1", "Role") => &rights::ROLE,
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding" | "RoleBinding") => &rights::BINDING,
        _ => return None,
    })
}
