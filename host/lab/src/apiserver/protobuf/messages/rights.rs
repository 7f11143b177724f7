//! Messages of who may do what: roles, reviews, tokens and certificate signing requests.

use super::super::schema::Type::{Bytes, Integer, Message as Sub, Text, Time};
use super::meta::{LABEL_SELECTOR, OBJECT_META};
use super::{Message, many, message, plain, pointer, skipped};

pub static ROLE: Message =
    message("Role", &[plain(1, "metadata", Sub(&OBJECT_META)), many(2, "rules", Sub(&RULE))]);

pub static CLUSTER_ROLE: Message = message(
    "ClusterRole",
    &[
        plain(1, "metadata", Sub(&OBJECT_META)),
        many(2, "rules", Sub(&RULE)),
        pointer(3, "aggregationRule", Sub(&AGGREGATION)),
    ],
);

static AGGREGATION: Message =
    message("AggregationRule", &[many(1, "clusterRoleSelectors", Sub(&LABEL_SELECTOR))]);

static RULE: Message = message(
    "PolicyRule",
    &[
        many(1, "verbs", Text),
        many(2, "apiGroups", Text),
        many(3, "resources", Text),
        many(4, "resourceNames", Text),
        many(5, "nonResourceURLs", Text),
    ],
);

/// A `RoleBinding` and a `ClusterRoleBinding` have the same fields.
pub static BINDING: Message = message(
    "RoleBinding",
    &[
        plain(1, "metadata", Sub(&OBJECT_META)),
        many(2, "subjects", Sub(&SUBJECT)),
        plain(3, "roleRef", Sub(&ROLE_REFERENCE)),
    ],
);

static SUBJECT: Message = message(
    "Subject",
    &[
        plain(1, "kind", Text),
        plain(2, "apiGroup", Text),
        plain(3, "name", Text),
        plain(4, "namespace", Text),
    ],
);

static ROLE_REFERENCE: Message =
    message("RoleRef", &[plain(1, "apiGroup", Text), plain(2, "kind", Text), plain(3, "name", Text)]);

pub static SELF_REVIEW: Message =
    message("SelfSubjectReview", &[plain(1, "metadata", Sub(&OBJECT_META)), skipped(2)]);

pub static ACCESS_REVIEW: Message = message(
    "SelfSubjectAccessReview",
    &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&ACCESS_REVIEW_SPEC)), skipped(3)],
);

static ACCESS_REVIEW_SPEC: Message = message(
    "SelfSubjectAccessReviewSpec",
    &[
        pointer(1, "resourceAttributes", Sub(&RESOURCE_ATTRIBUTES)),
        pointer(2, "nonResourceAttributes", Sub(&PATH_ATTRIBUTES)),
    ],
);

static RESOURCE_ATTRIBUTES: Message = message(
    "ResourceAttributes",
    &[
        plain(1, "namespace", Text),
        plain(2, "verb", Text),
        plain(3, "group", Text),
        plain(4, "version", Text),
        plain(5, "resource", Text),
        plain(6, "subresource", Text),
        plain(7, "name", Text),
    ],
);

static PATH_ATTRIBUTES: Message =
    message("NonResourceAttributes", &[plain(1, "path", Text), plain(2, "verb", Text)]);

pub static RULES_REVIEW: Message = message(
    "SelfSubjectRulesReview",
    &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&RULES_REVIEW_SPEC)), skipped(3)],
);

static RULES_REVIEW_SPEC: Message = message("SelfSubjectRulesReviewSpec", &[plain(1, "namespace", Text)]);

pub static TOKEN_REQUEST: Message = message(
    "TokenRequest",
    &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&TOKEN_REQUEST_SPEC)), skipped(3)],
);

static TOKEN_REQUEST_SPEC: Message = message(
    "TokenRequestSpec",
    &[
        many(1, "audiences", Text),
        pointer(3, "boundObjectRef", Sub(&BOUND_OBJECT)),
        pointer(4, "expirationSeconds", Integer),
    ],
);

static BOUND_OBJECT: Message = message(
    "BoundObjectReference",
    &[plain(1, "kind", Text), plain(2, "apiVersion", Text), plain(3, "name", Text), plain(4, "uid", Text)],
);

/// With its status: approving a request sends the whole of it.
pub static SIGNING_REQUEST: Message = message(
    "CertificateSigningRequest",
    &[
        plain(1, "metadata", Sub(&OBJECT_META)),
        plain(2, "spec", Sub(&SIGNING_REQUEST_SPEC)),
        plain(3, "status", Sub(&SIGNING_REQUEST_STATUS)),
    ],
);

static SIGNING_REQUEST_SPEC: Message = message(
    "CertificateSigningRequestSpec",
    &[
        plain(1, "request", Bytes),
        plain(2, "username", Text),
        plain(3, "uid", Text),
        many(4, "groups", Text),
        many(5, "usages", Text),
        plain(7, "signerName", Text),
        pointer(8, "expirationSeconds", Integer),
    ],
);

static SIGNING_REQUEST_STATUS: Message = message(
    "CertificateSigningRequestStatus",
    &[many(1, "conditions", Sub(&SIGNING_REQUEST_CONDITION)), plain(2, "certificate", Bytes)],
);

static SIGNING_REQUEST_CONDITION: Message = message(
    "CertificateSigningRequestCondition",
    &[
        plain(1, "type", Text),
        plain(2, "reason", Text),
        plain(3, "message", Text),
        plain(4, "lastUpdateTime", Time),
        plain(5, "lastTransitionTime", Time),
        plain(6, "status", Text),
    ],
);
