//! Messages of `meta.k8s.io/v1`, which all kinds share.

use super::super::schema::Type::{Bool, Integer, Json, Message as Sub, Text, Time};
use super::{Message, many, map, message, plain, pointer};

pub static OBJECT_META: Message = message(
    "ObjectMeta",
    &[
        plain(1, "name", Text),
        plain(2, "generateName", Text),
        plain(3, "namespace", Text),
        plain(4, "selfLink", Text),
        plain(5, "uid", Text),
        plain(6, "resourceVersion", Text),
        plain(7, "generation", Integer),
        plain(8, "creationTimestamp", Time),
        pointer(9, "deletionTimestamp", Time),
        pointer(10, "deletionGracePeriodSeconds", Integer),
        map(11, "labels", &Text),
        map(12, "annotations", &Text),
        many(13, "ownerReferences", Sub(&OWNER)),
        many(14, "finalizers", Text),
        many(17, "managedFields", Sub(&MANAGED_FIELDS)),
    ],
);

static OWNER: Message = message(
    "OwnerReference",
    &[
        plain(1, "kind", Text),
        plain(3, "name", Text),
        plain(4, "uid", Text),
        plain(5, "apiVersion", Text),
        pointer(6, "controller", Bool),
        pointer(7, "blockOwnerDeletion", Bool),
    ],
);

static MANAGED_FIELDS: Message = message(
    "ManagedFieldsEntry",
    &[
        plain(1, "manager", Text),
        plain(2, "operation", Text),
        plain(3, "apiVersion", Text),
        pointer(4, "time", Time),
        plain(6, "fieldsType", Text),
        pointer(7, "fieldsV1", Json),
        plain(8, "subresource", Text),
    ],
);

pub static LABEL_SELECTOR: Message =
    message("LabelSelector", &[map(1, "matchLabels", &Text), many(2, "matchExpressions", Sub(&REQUIREMENT))]);

static REQUIREMENT: Message = message(
    "LabelSelectorRequirement",
    &[plain(1, "key", Text), plain(2, "operator", Text), many(3, "values", Text)],
);

pub static DELETE_OPTIONS: Message = message(
    "DeleteOptions",
    &[
        pointer(1, "gracePeriodSeconds", Integer),
        pointer(2, "preconditions", Sub(&PRECONDITIONS)),
        pointer(3, "orphanDependents", Bool),
        pointer(4, "propagationPolicy", Text),
        many(5, "dryRun", Text),
        pointer(6, "ignoreStoreReadErrorWithClusterBreakingPotential", Bool),
    ],
);

static PRECONDITIONS: Message =
    message("Preconditions", &[pointer(1, "uid", Text), pointer(2, "resourceVersion", Text)]);
