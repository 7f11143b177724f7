//! Messages of pods and of the templates that make them.

use super::super::schema::Type::{Bool, Inline, IntOrString, Integer, Message as Sub, Quantity, Text};
use super::meta::OBJECT_META;
use super::{Message, many, map, message, plain, pointer, skipped};

pub static POD: Message =
    message("Pod", &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&POD_SPEC)), skipped(3)]);

pub static POD_TEMPLATE: Message =
    message("PodTemplateSpec", &[plain(1, "metadata", Sub(&OBJECT_META)), plain(2, "spec", Sub(&POD_SPEC))]);

static POD_SPEC: Message = message(
    "PodSpec",
    &[
        many(1, "volumes", Sub(&VOLUME)),
        many(2, "containers", Sub(&CONTAINER)),
        plain(3, "restartPolicy", Text),
        pointer(4, "terminationGracePeriodSeconds", Integer),
        pointer(5, "activeDeadlineSeconds", Integer),
        plain(6, "dnsPolicy", Text),
        map(7, "nodeSelector", &Text),
        plain(8, "serviceAccountName", Text),
        plain(9, "serviceAccount", Text),
        plain(10, "nodeName", Text),
        plain(11, "hostNetwork", Bool),
        plain(12, "hostPID", Bool),
        plain(13, "hostIPC", Bool),
        pointer(14, "securityContext", Sub(&POD_SECURITY)),
        many(15, "imagePullSecrets", Sub(&LOCAL_REFERENCE)),
        plain(16, "hostname", Text),
        plain(17, "subdomain", Text),
        plain(19, "schedulerName", Text),
        many(20, "initContainers", Sub(&CONTAINER)),
        pointer(21, "automountServiceAccountToken", Bool),
        many(22, "tolerations", Sub(&TOLERATION)),
        plain(24, "priorityClassName", Text),
        pointer(25, "priority", Integer),
        pointer(27, "shareProcessNamespace", Bool),
        pointer(29, "runtimeClassName", Text),
        pointer(30, "enableServiceLinks", Bool),
        pointer(31, "preemptionPolicy", Text),
        map(32, "overhead", &Quantity),
        pointer(35, "setHostnameAsFQDN", Bool),
        pointer(37, "hostUsers", Bool),
    ],
);

static CONTAINER: Message = message(
    "Container",
    &[
        plain(1, "name", Text),
        plain(2, "image", Text),
        many(3, "command", Text),
        many(4, "args", Text),
        plain(5, "workingDir", Text),
        many(6, "ports", Sub(&PORT)),
        many(7, "env", Sub(&VARIABLE)),
        plain(8, "resources", Sub(&REQUIREMENTS)),
        many(9, "volumeMounts", Sub(&MOUNT)),
        pointer(10, "livenessProbe", Sub(&PROBE)),
        pointer(11, "readinessProbe", Sub(&PROBE)),
        plain(13, "terminationMessagePath", Text),
        plain(14, "imagePullPolicy", Text),
        pointer(15, "securityContext", Sub(&SECURITY)),
        plain(16, "stdin", Bool),
        plain(17, "stdinOnce", Bool),
        plain(18, "tty", Bool),
        many(19, "envFrom", Sub(&VARIABLES_FROM)),
        plain(20, "terminationMessagePolicy", Text),
        pointer(22, "startupProbe", Sub(&PROBE)),
        pointer(24, "restartPolicy", Text),
    ],
);

static PORT: Message = message(
    "ContainerPort",
    &[
        plain(1, "name", Text),
        plain(2, "hostPort", Integer),
        plain(3, "containerPort", Integer),
        plain(4, "protocol", Text),
        plain(5, "hostIP", Text),
    ],
);

static VARIABLE: Message = message(
    "EnvVar",
    &[plain(1, "name", Text), plain(2, "value", Text), pointer(3, "valueFrom", Sub(&VARIABLE_SOURCE))],
);

static VARIABLE_SOURCE: Message = message(
    "EnvVarSource",
    &[
        pointer(1, "fieldRef", Sub(&FIELD_SELECTOR)),
        pointer(2, "resourceFieldRef", Sub(&RESOURCE_SELECTOR)),
        pointer(3, "configMapKeyRef", Sub(&KEY_SELECTOR)),
        pointer(4, "secretKeyRef", Sub(&KEY_SELECTOR)),
    ],
);

static FIELD_SELECTOR: Message =
    message("ObjectFieldSelector", &[plain(1, "apiVersion", Text), plain(2, "fieldPath", Text)]);

static RESOURCE_SELECTOR: Message = message(
    "ResourceFieldSelector",
    &[plain(1, "containerName", Text), plain(2, "resource", Text), plain(3, "divisor", Quantity)],
);

static KEY_SELECTOR: Message = message(
    "KeySelector",
    &[plain(1, "", Inline(&LOCAL_REFERENCE)), plain(2, "key", Text), pointer(3, "optional", Bool)],
);

static VARIABLES_FROM: Message = message(
    "EnvFromSource",
    &[
        plain(1, "prefix", Text),
        pointer(2, "configMapRef", Sub(&SOURCE_REFERENCE)),
        pointer(3, "secretRef", Sub(&SOURCE_REFERENCE)),
    ],
);

static SOURCE_REFERENCE: Message =
    message("EnvSource", &[plain(1, "", Inline(&LOCAL_REFERENCE)), pointer(2, "optional", Bool)]);

pub static LOCAL_REFERENCE: Message = message("LocalObjectReference", &[plain(1, "name", Text)]);

pub static REQUIREMENTS: Message =
    message("ResourceRequirements", &[map(1, "limits", &Quantity), map(2, "requests", &Quantity)]);

static MOUNT: Message = message(
    "VolumeMount",
    &[
        plain(1, "name", Text),
        plain(2, "readOnly", Bool),
        plain(3, "mountPath", Text),
        plain(4, "subPath", Text),
        pointer(5, "mountPropagation", Text),
        plain(6, "subPathExpr", Text),
        pointer(7, "recursiveReadOnly", Text),
    ],
);

static VOLUME: Message = message("Volume", &[plain(1, "name", Text), plain(2, "", Inline(&VOLUME_SOURCE))]);

static VOLUME_SOURCE: Message = message(
    "VolumeSource",
    &[
        pointer(1, "hostPath", Sub(&HOST_PATH)),
        pointer(2, "emptyDir", Sub(&EMPTY_DIR)),
        pointer(6, "secret", Sub(&SECRET_SOURCE)),
        pointer(10, "persistentVolumeClaim", Sub(&CLAIM_SOURCE)),
        pointer(19, "configMap", Sub(&CONFIG_MAP_SOURCE)),
    ],
);

static HOST_PATH: Message =
    message("HostPathVolumeSource", &[plain(1, "path", Text), pointer(2, "type", Text)]);

static EMPTY_DIR: Message =
    message("EmptyDirVolumeSource", &[plain(1, "medium", Text), pointer(2, "sizeLimit", Quantity)]);

static SECRET_SOURCE: Message = message(
    "SecretVolumeSource",
    &[
        plain(1, "secretName", Text),
        many(2, "items", Sub(&KEY_TO_PATH)),
        pointer(3, "defaultMode", Integer),
        pointer(4, "optional", Bool),
    ],
);

static CONFIG_MAP_SOURCE: Message = message(
    "ConfigMapVolumeSource",
    &[
        plain(1, "", Inline(&LOCAL_REFERENCE)),
        many(2, "items", Sub(&KEY_TO_PATH)),
        pointer(3, "defaultMode", Integer),
        pointer(4, "optional", Bool),
    ],
);

static KEY_TO_PATH: Message =
    message("KeyToPath", &[plain(1, "key", Text), plain(2, "path", Text), pointer(3, "mode", Integer)]);

static CLAIM_SOURCE: Message =
    message("PersistentVolumeClaimVolumeSource", &[plain(1, "claimName", Text), plain(2, "readOnly", Bool)]);

static PROBE: Message = message(
    "Probe",
    &[
        plain(1, "", Inline(&PROBE_HANDLER)),
        plain(2, "initialDelaySeconds", Integer),
        plain(3, "timeoutSeconds", Integer),
        plain(4, "periodSeconds", Integer),
        plain(5, "successThreshold", Integer),
        plain(6, "failureThreshold", Integer),
        pointer(7, "terminationGracePeriodSeconds", Integer),
    ],
);

static PROBE_HANDLER: Message = message(
    "ProbeHandler",
    &[
        pointer(1, "exec", Sub(&EXEC_ACTION)),
        pointer(2, "httpGet", Sub(&HTTP_ACTION)),
        pointer(3, "tcpSocket", Sub(&TCP_ACTION)),
    ],
);

static EXEC_ACTION: Message = message("ExecAction", &[many(1, "command", Text)]);

static HTTP_ACTION: Message = message(
    "HTTPGetAction",
    &[
        plain(1, "path", Text),
        pointer(2, "port", IntOrString),
        plain(3, "host", Text),
        plain(4, "scheme", Text),
    ],
);

static TCP_ACTION: Message =
    message("TCPSocketAction", &[pointer(1, "port", IntOrString), plain(2, "host", Text)]);

static TOLERATION: Message = message(
    "Toleration",
    &[
        plain(1, "key", Text),
        plain(2, "operator", Text),
        plain(3, "value", Text),
        plain(4, "effect", Text),
        pointer(5, "tolerationSeconds", Integer),
    ],
);

static SECURITY: Message = message(
    "SecurityContext",
    &[
        pointer(1, "capabilities", Sub(&CAPABILITIES)),
        pointer(2, "privileged", Bool),
        pointer(4, "runAsUser", Integer),
        pointer(5, "runAsNonRoot", Bool),
        pointer(6, "readOnlyRootFilesystem", Bool),
        pointer(7, "allowPrivilegeEscalation", Bool),
        pointer(8, "runAsGroup", Integer),
        pointer(9, "procMount", Text),
        pointer(11, "seccompProfile", Sub(&SECCOMP)),
    ],
);

static CAPABILITIES: Message = message("Capabilities", &[many(1, "add", Text), many(2, "drop", Text)]);

static SECCOMP: Message =
    message("SeccompProfile", &[plain(1, "type", Text), pointer(2, "localhostProfile", Text)]);

static POD_SECURITY: Message = message(
    "PodSecurityContext",
    &[
        pointer(2, "runAsUser", Integer),
        pointer(3, "runAsNonRoot", Bool),
        many(4, "supplementalGroups", Integer),
        pointer(5, "fsGroup", Integer),
        pointer(6, "runAsGroup", Integer),
        pointer(9, "fsGroupChangePolicy", Text),
        pointer(10, "seccompProfile", Sub(&SECCOMP)),
    ],
);
