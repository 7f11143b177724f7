//! What a user creates to have a hosted cluster: the `HostedCluster`, its node pools, and what they refer to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{EndpointAccess, HostedClusterPlan, NodePoolPlan, Scenario};
use crate::actors::names::{suffix_of, uuid_of};
use crate::actors::{Kind, kinds};

/// Everything that a user creates for `plan` on the management cluster `management`, in order.
pub(crate) fn of(plan: &HostedClusterPlan, scenario: &Scenario, management: &str) -> Vec<(Kind, Value)> {
    let mut all = vec![
        (
            kinds::SECRET,
            secret(
                plan,
                &plan.pull_secret,
                "kubernetes.io/dockerconfigjson",
                ".dockerconfigjson",
                &pull_secret(plan),
            ),
        ),
        (
            kinds::SECRET,
            secret(
                plan,
                &plan.ssh_key,
                "Opaque",
                "id_rsa.pub",
                &format!("ssh-ed25519 {} lab", uuid_of(&plan.name)),
            ),
        ),
    ];
    if let Some(name) = &plan.etcd_encryption {
        let key = &uuid_of(&format!("{name}/{}", plan.name))[..32];
        all.push((kinds::SECRET, secret(plan, name, "Opaque", "key", key)));
    }
    if let Some(name) = &plan.trust_bundle {
        let data = json!({"ca-bundle.crt": "-----BEGIN CERTIFICATE-----\nbGFi\n-----END CERTIFICATE-----\n"});
        all.push((kinds::CONFIG_MAP, json!({"metadata": place(plan, name), "data": data})));
    }
    if let Some(name) = &plan.node_pool_config {
        let data =
            json!({"config": "apiVersion: machineconfiguration.openshift.io/v1\nkind: KubeletConfig\n"});
        all.push((kinds::CONFIG_MAP, json!({"metadata": place(plan, name), "data": data})));
    }
    all.push((kinds::HOSTED_CLUSTER, hosted_cluster(plan, scenario, management)));
    all.extend(plan.node_pools.iter().map(|pool| (kinds::NODE_POOL, node_pool(plan, pool))));
    all
}

/// The infrastructure id of `plan` on `management`.
pub(crate) fn infra_id(plan: &HostedClusterPlan, scenario: &Scenario, management: &str) -> String {
    // An infrastructure id names cloud resources, where a dot may not stand.
    format!(
        "{}-{}",
        plan.name.replace('.', "-"),
        suffix_of(&format!("{}/{management}/{}", scenario.seed, plan.name))
    )
}

/// The release image of a version.
fn image(release: &str) -> String {
    format!("quay.io/openshift-release-dev/ocp-release:{release}-x86_64")
}

fn hosted_cluster(plan: &HostedClusterPlan, scenario: &Scenario, management: &str) -> Value {
    let infra_id = infra_id(plan, scenario, management);
    let role = |name: &str| format!("arn:aws:iam::123456789012:role/{infra_id}-{name}");
    let availability = json!(plan.availability);
    let mut spec = json!({
        "release": {"image": image(&plan.release)},
        "pullSecret": {"name": plan.pull_secret},
        "sshKey": {"name": plan.ssh_key},
        "channel": "stable-4",
        "clusterID": uuid_of(&infra_id),
        "infraID": infra_id,
        "issuerURL": format!("https://{management}-oidc.s3.{}.amazonaws.com/{infra_id}", scenario.region),
        "controllerAvailabilityPolicy": availability,
        "infrastructureAvailabilityPolicy": "SingleReplica",
        "olmCatalogPlacement": "management",
        "fips": false,
        "dns": {"baseDomain": scenario.domain, "publicZoneID": ZONE_ID, "privateZoneID": "ZLABPRIVATE"},
        "networking": {
            "clusterNetwork": [{"cidr": "10.132.0.0/14"}],
            "machineNetwork": [{"cidr": "10.0.0.0/16"}],
            "serviceNetwork": [{"cidr": "172.31.0.0/16"}],
            "networkType": "OVNKubernetes",
        },
        "etcd": {
            "managementType": "Managed",
            "managed": {"storage": {
                "type": "PersistentVolume",
                "persistentVolume": {"size": "8Gi", "storageClassName": "gp3-csi"},
            }},
        },
        "platform": {"type": "AWS", "aws": {
            "region": scenario.region,
            "endpointAccess": plan.endpoint_access,
            "multiArch": false,
            "cloudProviderConfig": {
                "vpc": "vpc-0a1b2c3d4e5f60718",
                "subnet": {"id": "subnet-0a1b2c3d4e5f60718"},
                "zone": format!("{}a", scenario.region),
            },
            "rolesRef": {
                "controlPlaneOperatorARN": role("control-plane-operator"),
                "imageRegistryARN": role("openshift-image-registry"),
                "ingressARN": role("openshift-ingress"),
                "kubeCloudControllerARN": role("cloud-controller"),
                "networkARN": role("cloud-network-config-controller"),
                "nodePoolManagementARN": role("node-pool"),
                "storageARN": role("aws-ebs-csi-driver-controller"),
            },
        }},
        "services": services(plan, &scenario.domain),
    });
    if let Some(name) = &plan.etcd_encryption {
        spec["secretEncryption"] = json!({"type": "aescbc", "aescbc": {"activeKey": {"name": name}}});
    }
    if let Some(name) = &plan.trust_bundle {
        spec["additionalTrustBundle"] = json!({"name": name});
    }
    json!({"metadata": place(plan, &plan.name), "spec": spec})
}

/// How each service of the control plane is reached.
fn services(plan: &HostedClusterPlan, domain: &str) -> Value {
    let route = |prefix: &str| json!({"type": "Route", "route": {"hostname": format!("{prefix}-{}.{domain}", plan.name)}});
    let open = json!({"type": "Route"});
    let is_named = plan.fixed_hostname && plan.endpoint_access != EndpointAccess::Private;
    let strategy = |prefix: &str| if is_named { route(prefix) } else { open.clone() };
    let api = if plan.fixed_hostname { route("api") } else { json!({"type": "LoadBalancer"}) };
    json!([
        {"service": "APIServer", "servicePublishingStrategy": api},
        {"service": "OAuthServer", "servicePublishingStrategy": strategy("oauth")},
        {"service": "Konnectivity", "servicePublishingStrategy": strategy("konnectivity")},
        {"service": "Ignition", "servicePublishingStrategy": strategy("ignition")},
    ])
}

fn node_pool(plan: &HostedClusterPlan, pool: &NodePoolPlan) -> Value {
    let mut spec = json!({
        "clusterName": plan.name,
        "arch": "amd64",
        "management": {
            "autoRepair": false,
            "upgradeType": "Replace",
            "replace": {"strategy": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        },
        "platform": {"type": "AWS", "aws": {
            "instanceType": "m5.xlarge",
            "instanceProfile": format!("{}-worker", plan.name),
            "rootVolume": {"size": 120, "type": "gp3"},
            "subnet": {"id": "subnet-0a1b2c3d4e5f60718"},
        }},
        "release": {"image": image(&plan.release)},
    });
    match pool.autoscaling {
        Some(most) => spec["autoScaling"] = json!({"min": pool.replicas, "max": most}),
        None => spec["replicas"] = pool.replicas.into(),
    }
    if let Some(name) = &plan.node_pool_config {
        spec["config"] = json!([{"name": name}]);
    }
    json!({"metadata": place(plan, &pool.name), "spec": spec})
}

/// The id of the zone that the hosted clusters' names live in.
pub(crate) const ZONE_ID: &str = "Z0123456789LABZONE";

fn place(plan: &HostedClusterPlan, name: &str) -> Value {
    json!({"namespace": plan.namespace, "name": name})
}

fn secret(plan: &HostedClusterPlan, name: &str, kind: &str, key: &str, value: &str) -> Value {
    json!({"metadata": place(plan, name), "type": kind, "data": {key: STANDARD.encode(value)}})
}

fn pull_secret(plan: &HostedClusterPlan) -> String {
    let auth = STANDARD.encode(format!("lab:{}", uuid_of(&plan.pull_secret)));
    json!({"auths": {"quay.io": {"auth": auth, "email": "lab@example.com"}}}).to_string()
}
