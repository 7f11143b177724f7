//! The certificate files of an etcd pod: which paths there are, by release.

use super::spec::Spec;
use crate::containers::files::{Files, Tree};

/// The folder that all certificates are mounted below.
const FOLDER: &str = "/etc/etcd/tls";

/// The certificates that a client may show, each with its key, below [`FOLDER`].
pub const PAIRS: [(&str, &str); 3] = [
    ("/etc/etcd/tls/client/etcd-client.crt", "/etc/etcd/tls/client/etcd-client.key"),
    ("/etc/etcd/tls/server/server.crt", "/etc/etcd/tls/server/server.key"),
    ("/etc/etcd/tls/peer/peer.crt", "/etc/etcd/tls/peer/peer.key"),
];

/// Mounts the certificates of `spec` into `files`.
pub fn mount(files: Files, spec: &Spec) -> Files {
    let mut paths: Vec<&str> = PAIRS.iter().flat_map(|(cert, key)| [*cert, *key]).collect();
    let ca = format!("/{}", spec.ca_path());
    paths.push(&ca);
    let content = |path: &str| {
        let kind = if path.strip_suffix(".key").is_some() { "EC PRIVATE KEY" } else { "CERTIFICATE" };
        format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", path.len()).into_bytes()
    };
    let below = |path: &str| path[FOLDER.len() + 1..].to_owned();
    files.mounted(FOLDER, Tree::read_only(paths.into_iter().map(|path| (below(path), content(path)))))
}
