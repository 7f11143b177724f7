//! Messages of workloads: deployments, stateful sets, jobs, and what scales, evicts and protects their pods.

use super::super::schema::Type::{Bool, IntOrString, Integer, Message as Sub, Text};
use super::core::VOLUME_CLAIM;
use super::meta::{DELETE_OPTIONS, LABEL_SELECTOR, OBJECT_META};
use super::pod::POD_TEMPLATE;
use super::{Message, many, message, plain, pointer, skipped};

pub static DEPLOYMENT: Message = message(
    "Deployment",
    &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&DEPLOYMENT_SPEC)), skipped(3)],
);

static DEPLOYMENT_SPEC: Message = message(
    "DeploymentSpec",
    &[
        pointer(1, "replicas", Integer),
        pointer(2, "selector", Sub(&LABEL_SELECTOR)),
        plain(3, "template", Sub(&POD_TEMPLATE)),
        plain(4, "strategy", Sub(&DEPLOYMENT_STRATEGY)),
        plain(5, "minReadySeconds", Integer),
        pointer(6, "revisionHistoryLimit", Integer),
        plain(7, "paused", Bool),
        pointer(9, "progressDeadlineSeconds", Integer),
    ],
);

static DEPLOYMENT_STRATEGY: Message = message(
    "DeploymentStrategy",
    &[plain(1, "type", Text), pointer(2, "rollingUpdate", Sub(&ROLLING_DEPLOYMENT))],
);

static ROLLING_DEPLOYMENT: Message = message(
    "RollingUpdateDeployment",
    &[pointer(1, "maxUnavailable", IntOrString), pointer(2, "maxSurge", IntOrString)],
);

pub static STATEFUL_SET: Message = message(
    "StatefulSet",
    &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&STATEFUL_SET_SPEC)), skipped(3)],
);

static STATEFUL_SET_SPEC: Message = message(
    "StatefulSetSpec",
    &[
        pointer(1, "replicas", Integer),
        pointer(2, "selector", Sub(&LABEL_SELECTOR)),
        plain(3, "template", Sub(&POD_TEMPLATE)),
        many(4, "volumeClaimTemplates", Sub(&VOLUME_CLAIM)),
        plain(5, "serviceName", Text),
        plain(6, "podManagementPolicy", Text),
        plain(7, "updateStrategy", Sub(&STATEFUL_SET_STRATEGY)),
        pointer(8, "revisionHistoryLimit", Integer),
        plain(9, "minReadySeconds", Integer),
        pointer(10, "persistentVolumeClaimRetentionPolicy", Sub(&RETENTION)),
    ],
);

static STATEFUL_SET_STRATEGY: Message = message(
    "StatefulSetUpdateStrategy",
    &[plain(1, "type", Text), pointer(2, "rollingUpdate", Sub(&ROLLING_STATEFUL_SET))],
);

static ROLLING_STATEFUL_SET: Message = message(
    "RollingUpdateStatefulSetStrategy",
    &[pointer(1, "partition", Integer), pointer(2, "maxUnavailable", IntOrString)],
);

static RETENTION: Message = message(
    "StatefulSetPersistentVolumeClaimRetentionPolicy",
    &[plain(1, "whenDeleted", Text), plain(2, "whenScaled", Text)],
);

pub static JOB: Message =
    message("Job", &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&JOB_SPEC)), skipped(3)]);

static JOB_SPEC: Message = message(
    "JobSpec",
    &[
        pointer(1, "parallelism", Integer),
        pointer(2, "completions", Integer),
        pointer(3, "activeDeadlineSeconds", Integer),
        pointer(4, "selector", Sub(&LABEL_SELECTOR)),
        pointer(5, "manualSelector", Bool),
        plain(6, "template", Sub(&POD_TEMPLATE)),
        pointer(7, "backoffLimit", Integer),
        pointer(8, "ttlSecondsAfterFinished", Integer),
        pointer(9, "completionMode", Text),
        pointer(10, "suspend", Bool),
        pointer(12, "backoffLimitPerIndex", Integer),
        pointer(13, "maxFailedIndexes", Integer),
        pointer(14, "podReplacementPolicy", Text),
        pointer(15, "managedBy", Text),
    ],
);

pub static CRON_JOB: Message = message(
    "CronJob",
    &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&CRON_JOB_SPEC)), skipped(3)],
);

static CRON_JOB_SPEC: Message = message(
    "CronJobSpec",
    &[
        plain(1, "schedule", Text),
        pointer(2, "startingDeadlineSeconds", Integer),
        plain(3, "concurrencyPolicy", Text),
        pointer(4, "suspend", Bool),
        plain(5, "jobTemplate", Sub(&JOB_TEMPLATE)),
        pointer(6, "successfulJobsHistoryLimit", Integer),
        pointer(7, "failedJobsHistoryLimit", Integer),
        pointer(8, "timeZone", Text),
    ],
);

static JOB_TEMPLATE: Message =
    message("JobTemplateSpec", &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&JOB_SPEC))]);

pub static DISRUPTION_BUDGET: Message = message(
    "PodDisruptionBudget",
    &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&DISRUPTION_BUDGET_SPEC)), skipped(3)],
);

static DISRUPTION_BUDGET_SPEC: Message = message(
    "PodDisruptionBudgetSpec",
    &[
        pointer(1, "minAvailable", IntOrString),
        pointer(2, "selector", Sub(&LABEL_SELECTOR)),
        pointer(3, "maxUnavailable", IntOrString),
        pointer(4, "unhealthyPodEvictionPolicy", Text),
    ],
);

pub static EVICTION: Message = message(
    "Eviction",
    &[plain(1, "metadata", Sub(&OBJECT_META)), pointer(2, "deleteOptions", Sub(&DELETE_OPTIONS))],
);

pub static SCALE: Message = message(
    "Scale",
    &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&SCALE_SPEC)), skipped(3)],
);

// Nobody scales without saying to how many, so that 0 is a wish.
static SCALE_SPEC: Message = message("ScaleSpec", &[pointer(1, "replicas", Integer)]);
