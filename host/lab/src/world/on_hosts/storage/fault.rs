//! The faults of persistent storage, and what shows them.

use serde_json::json;

use super::local::Device;
use super::{CLOUD, HERE, LabError, Place, THERE, USERS, VENDOR, local, object};
use crate::scenario::StorageFault;

/// A word that a driver says when its credentials fail, and that must be seen nowhere.
const CANARY: &str = "storage-password-canary";

/// What a pod is told whose volume another node holds.
pub fn multi_attach(name: &str) -> String {
    format!(
        "Multi-Attach error for volume \"pvc-{name}\" Volume is already exclusively attached to one node and can't \
         be attached to another"
    )
}

/// The objects that show a fault: kind and name, with the namespace where it has one.
pub fn shown_by(fault: StorageFault) -> &'static [&'static str] {
    match fault {
        StorageFault::VolumeGone => &["PersistentVolume pvc-gone"],
        StorageFault::AttachedElsewhere => &["PersistentVolume pvc-moved"],
        StorageFault::UnknownVolume => &["volume vol-0stranger"],
        StorageFault::AttachmentNodeGone => &["VolumeAttachment csi-left"],
        StorageFault::MultiAttach => &["Pod shop/held"],
        StorageFault::CredentialsRejected => {
            &["Pod trident/trident-controller", "CSIDriver csi.trident.netapp.io"]
        }
        StorageFault::CredentialsNotGranted => {
            &["CredentialsRequest openshift-cloud-credential-operator/aws-ebs-csi-driver"]
        }
        StorageFault::OperatorDegraded => &["ClusterOperator storage"],
        StorageFault::DriverMissing => &["CSIDriver driver.longhorn.io"],
        StorageFault::DeviceGone => &["PersistentVolume local-pv-dead"],
        StorageFault::ClaimedDeviceGone => &["PersistentVolume local-pv-cache"],
        StorageFault::LinkGone => &["PersistentVolume local-pv-set-unlinked"],
    }
}

/// Plants a fault.
pub fn plant(place: &Place, fault: StorageFault) -> Result<(), LabError> {
    match fault {
        StorageFault::VolumeGone => volume_gone(place),
        StorageFault::AttachedElsewhere => {
            object::volume(place, "moved", CLOUD, "Bound")?;
            object::attachment(place, "moved", CLOUD, HERE, None)?;
            place.hold(THERE, CLOUD, &object::handle("moved"))
        }
        StorageFault::UnknownVolume => place.hold(THERE, CLOUD, &object::handle("stranger")),
        StorageFault::AttachmentNodeGone => {
            object::volume(place, "left", CLOUD, "Bound")?;
            object::attachment(place, "left", CLOUD, "worker-00", None)
        }
        StorageFault::MultiAttach => held(place),
        StorageFault::CredentialsRejected => rejected(place),
        StorageFault::CredentialsNotGranted => {
            object::request(place, "aws-ebs-csi-driver", "ebs-cloud-credentials", true)
        }
        StorageFault::OperatorDegraded => {
            let why = "AWSEBSCSIDriverOperatorCRDegraded: AWSEBSDriverControllerServiceControllerDegraded: deployment \
                       openshift-cluster-csi-drivers/aws-ebs-csi-driver-controller: could not be synced";
            let states = [("Available", "True", ""), ("Progressing", "False", ""), ("Degraded", "True", why)];
            object::operator(place, "storage", &states)
        }
        StorageFault::DriverMissing => object::volume(place, "legacy", "driver.longhorn.io", "Bound"),
        StorageFault::DeviceGone => local::volume(place, "dead", HERE, "Released", Device::Gone),
        StorageFault::ClaimedDeviceGone => local::volume(place, "cache", HERE, "Bound", Device::Gone),
        StorageFault::LinkGone => local::volume(place, "set-unlinked", THERE, "Available", Device::Unlinked),
    }
}

/// The attacher asks the cloud in vain, and the pod that needs the volume is told so.
fn volume_gone(place: &Place) -> Result<(), LabError> {
    let handle = object::handle("gone");
    let why = format!(
        "rpc error: code = NotFound desc = could not attach volume \"{handle}\" to node \"i-{HERE}\": operation error \
         EC2: AttachVolume, api error InvalidVolume.NotFound: The volume '{handle}' does not exist."
    );
    object::volume(place, "gone", CLOUD, "Bound")?;
    object::attachment(place, "gone", CLOUD, HERE, Some(&why))?;
    let told = format!("AttachVolume.Attach failed for volume \"pvc-gone\" : {why}");
    object::waiting(place, ("gone", "gone"), HERE, &[("FailedAttachVolume", &told)])
}

/// One node holds the volume, rightly by the API's word, and the pod was made on another.
fn held(place: &Place) -> Result<(), LabError> {
    object::volume(place, "held", CLOUD, "Bound")?;
    object::attachment(place, "held", CLOUD, HERE, None)?;
    place.hold(HERE, CLOUD, &object::handle("held"))?;
    let late = "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data], failed to \
                process volumes=[]: timed out waiting for the condition";
    let told = [("FailedAttachVolume", multi_attach("held")), ("FailedMount", late.to_owned())];
    let told: Vec<(&str, &str)> = told.iter().map(|(reason, message)| (*reason, message.as_str())).collect();
    object::waiting(place, ("held", "held"), THERE, &told)
}

/// The vendor's driver cannot log in: its controller ends, what it is to attach is refused, and pods wait.
fn rejected(place: &Place) -> Result<(), LabError> {
    let words = format!("could not log in: 401 Unauthorized: user admin, password {CANARY}");
    object::driver_pod(place, "trident", "trident-controller", Some(&words))?;
    let why = format!("rpc error: code = Unauthenticated desc = {CANARY} was not accepted");
    object::volume(place, "refused", VENDOR, "Bound")?;
    object::attachment(place, "refused", VENDOR, THERE, Some(&why))?;
    let told = format!("AttachVolume.Attach failed for volume \"pvc-refused\" : {why}");
    object::waiting(place, ("refused", "refused"), THERE, &[("FailedAttachVolume", &told)])?;
    // A claim that is made now is refused as well.
    let claim = json!({
        "metadata": {"name": "wanted", "annotations": {"volume.kubernetes.io/storage-provisioner": VENDOR}},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "trident-block",
            "resources": {"requests": {"storage": "1Gi"}}},
        "status": {"phase": "Pending"},
    });
    let claim = place.put("persistentvolumeclaims", USERS, claim)?;
    let uid = claim["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    let told = format!("failed to provision volume with StorageClass \"trident-block\": {why}");
    object::event(place, ("PersistentVolumeClaim", USERS, "wanted", &uid), "ProvisioningFailed", &told)?;
    Ok(())
}
