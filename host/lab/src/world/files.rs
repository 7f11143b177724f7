//! The files that clients of a lab use: kubeconfigs, AWS credentials, the CA of S3 and Route53.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::{Lab, LabError};
use crate::actors::names::uuid_of;
use crate::apiserver::User;
use crate::apiserver::kubeconfig::{KubeconfigOptions, kubeconfig};
use crate::scenario::Scenario;

/// Makes a folder that its owner alone may enter; one that is there stays.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// The secret access key of a scenario: the same for the same seed, and nobody's.
pub(super) fn secret_key(scenario: &Scenario) -> String {
    let text = uuid_of(&format!("{}/secret access key", scenario.seed)).replace('-', "");
    format!("{text}Lab/Key+")
}

impl Lab {
    pub(super) fn write_files(&self) -> Result<(), LabError> {
        let (it, credentials) = (&self.description, &self.outside.credentials);
        for (management, access) in [(&self.source, &it.source), (&self.destination, &it.destination)] {
            write(&access.kubeconfig, &management.server().kubeconfig(&User::admin())?)?;
        }
        let namespace = self.plan().control_plane_namespace();
        if let Some(hosted) = self.hosted.get(self.source.name(), &namespace) {
            let options =
                KubeconfigOptions { proxy_url: Some(self.proxy.url()), ..KubeconfigOptions::default() };
            let url = format!("https://{}:443", hosted.host);
            let text = kubeconfig(&it.hosted.name, &url, &hosted.authority, &User::admin(), &options)?;
            write(&it.hosted.kubeconfig, &text)?;
        }
        let profile = format!(
            "[{}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            it.aws.profile, credentials.access_key, credentials.secret_key
        );
        write(&it.aws.credentials_file, &profile)?;
        write(&it.aws.ca_file, self.outside.authority.pem())?;
        Ok(())
    }
}

/// Writes a file that its owner alone may read.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
