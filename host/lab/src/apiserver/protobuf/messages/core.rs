//! Messages of small kinds: namespaces, secrets, config maps, services, quotas, claims, events, leases, priorities.

use super::super::schema::Type::{
    Bool, Bytes, IntOrString, Integer, Message as Sub, MicroTime, Quantity, Text, Time,
};
use super::meta::{LABEL_SELECTOR, OBJECT_META};
use super::pod::{LOCAL_REFERENCE, REQUIREMENTS};
use super::{Message, many, map, message, plain, pointer, skipped};

pub static NAMESPACE: Message = message(
    "Namespace",
    &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&NAMESPACE_SPEC)), skipped(3)],
);

static NAMESPACE_SPEC: Message = message("NamespaceSpec", &[many(1, "finalizers", Text)]);

pub static SECRET: Message = message(
    "Secret",
    &[
        plain(1, "metadata", Sub(&OBJECT_META)),
        map(2, "data", &Bytes),
        plain(3, "type", Text),
        map(4, "stringData", &Text),
        pointer(5, "immutable", Bool),
    ],
);

pub static CONFIG_MAP: Message = message(
    "ConfigMap",
    &[
        plain(1, "metadata", Sub(&OBJECT_META)),
        map(2, "data", &Text),
        map(3, "binaryData", &Bytes),
        pointer(4, "immutable", Bool),
    ],
);

pub static SERVICE_ACCOUNT: Message = message(
    "ServiceAccount",
    &[
        plain(1, "metadata", Sub(&OBJECT_META)),
        many(2, "secrets", Sub(&REFERENCE)),
        many(3, "imagePullSecrets", Sub(&LOCAL_REFERENCE)),
        pointer(4, "automountServiceAccountToken", Bool),
    ],
);

pub static REFERENCE: Message = message(
    "ObjectReference",
    &[
        plain(1, "kind", Text),
        plain(2, "namespace", Text),
        plain(3, "name", Text),
        plain(4, "uid", Text),
        plain(5, "apiVersion", Text),
        plain(6, "resourceVersion", Text),
        plain(7, "fieldPath", Text),
    ],
);

pub static SERVICE: Message = message(
    "Service",
    &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&SERVICE_SPEC)), skipped(3)],
);

static SERVICE_SPEC: Message = message(
    "ServiceSpec",
    &[
        many(1, "ports", Sub(&SERVICE_PORT)),
        map(2, "selector", &Text),
        plain(3, "clusterIP", Text),
        plain(4, "type", Text),
        many(5, "externalIPs", Text),
        plain(7, "sessionAffinity", Text),
        plain(8, "loadBalancerIP", Text),
        many(9, "loadBalancerSourceRanges", Text),
        plain(10, "externalName", Text),
        plain(11, "externalTrafficPolicy", Text),
        plain(12, "healthCheckNodePort", Integer),
        plain(13, "publishNotReadyAddresses", Bool),
        pointer(17, "ipFamilyPolicy", Text),
        many(18, "clusterIPs", Text),
        many(19, "ipFamilies", Text),
        pointer(20, "allocateLoadBalancerNodePorts", Bool),
        pointer(21, "loadBalancerClass", Text),
        pointer(22, "internalTrafficPolicy", Text),
        pointer(23, "trafficDistribution", Text),
    ],
);

static SERVICE_PORT: Message = message(
    "ServicePort",
    &[
        plain(1, "name", Text),
        plain(2, "protocol", Text),
        plain(3, "port", Integer),
        plain(4, "targetPort", IntOrString),
        plain(5, "nodePort", Integer),
        pointer(6, "appProtocol", Text),
    ],
);

pub static QUOTA: Message = message(
    "ResourceQuota",
    &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&QUOTA_SPEC)), skipped(3)],
);

static QUOTA_SPEC: Message =
    message("ResourceQuotaSpec", &[map(1, "hard", &Quantity), many(2, "scopes", Text)]);

pub static VOLUME_CLAIM: Message = message(
    "PersistentVolumeClaim",
    &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&VOLUME_CLAIM_SPEC)), skipped(3)],
);

static VOLUME_CLAIM_SPEC: Message = message(
    "PersistentVolumeClaimSpec",
    &[
        many(1, "accessModes", Text),
        plain(2, "resources", Sub(&REQUIREMENTS)),
        plain(3, "volumeName", Text),
        pointer(4, "selector", Sub(&LABEL_SELECTOR)),
        pointer(5, "storageClassName", Text),
        pointer(6, "volumeMode", Text),
        pointer(9, "volumeAttributesClassName", Text),
    ],
);

pub static EVENT: Message = message(
    "Event",
    &[
        plain(1, "metadata", Sub(&OBJECT_META)),
        plain(2, "involvedObject", Sub(&REFERENCE)),
        plain(3, "reason", Text),
        plain(4, "message", Text),
        plain(5, "source", Sub(&EVENT_SOURCE)),
        plain(6, "firstTimestamp", Time),
        plain(7, "lastTimestamp", Time),
        plain(8, "count", Integer),
        plain(9, "type", Text),
        plain(10, "eventTime", MicroTime),
        plain(12, "action", Text),
        pointer(13, "related", Sub(&REFERENCE)),
        plain(14, "reportingComponent", Text),
        plain(15, "reportingInstance", Text),
    ],
);

static EVENT_SOURCE: Message = message("EventSource", &[plain(1, "component", Text), plain(2, "host", Text)]);

pub static LEASE: Message =
    message("Lease", &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&LEASE_SPEC))]);

static LEASE_SPEC: Message = message(
    "LeaseSpec",
    &[
        pointer(1, "holderIdentity", Text),
        pointer(2, "leaseDurationSeconds", Integer),
        pointer(3, "acquireTime", MicroTime),
        pointer(4, "renewTime", MicroTime),
        pointer(5, "leaseTransitions", Integer),
        pointer(6, "strategy", Text),
        pointer(7, "preferredHolder", Text),
    ],
);

pub static PRIORITY_CLASS: Message = message(
    "PriorityClass",
    &[
        plain(1, "metadata", Sub(&OBJECT_META)),
        // Required, and 0 is a priority like any other.
        pointer(2, "value", Integer),
        plain(3, "globalDefault", Bool),
        plain(4, "description", Text),
        pointer(5, "preemptionPolicy", Text),
    ],
);
