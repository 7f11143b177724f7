//! The SSH server of a host: it lets in the user `core` with one key, and nobody else.

use std::sync::Arc;
use std::time::Duration;

use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use russh::keys::ssh_key::{self, LineEnding};
use russh::keys::{PrivateKey, PublicKey};
use russh::server::{Config, run_stream};
use russh::{MethodKind, MethodSet};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Host;
use super::session::Session;
use crate::apiserver::tls::Cut;
use crate::faults::Fault;

/// Makes a new Ed25519 key.
pub(super) fn new_key(comment: &str) -> Result<PrivateKey, ssh_key::Error> {
    let mut seed = [0; 32];
    // Version 4 ids are random, but for six bits each: enough for a lab.
    seed[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    seed[16..].copy_from_slice(Uuid::new_v4().as_bytes());
    PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed)), comment)
}

/// A private key as OpenSSH's files have it.
pub(super) fn private_text(key: &PrivateKey) -> Result<String, ssh_key::Error> {
    Ok(key.to_openssh(LineEnding::LF)?.to_string())
}

/// Serves the host's port until `end`. `client` is the key that is let in.
pub(super) fn serve(host: Host, key: PrivateKey, client: PublicKey, end: CancellationToken) {
    let config = Arc::new(Config {
        keys: vec![key],
        methods: MethodSet::from(&[MethodKind::PublicKey][..]),
        auth_rejection_time: Duration::from_millis(10),
        inactivity_timeout: None,
        nodelay: true,
        ..Config::default()
    });
    tokio::spawn(async move {
        while let Some((stream, ticket, _)) = end.run_until_cancelled(host.switch().accept()).await {
            let (host, config, client) = (host.clone(), config.clone(), client.clone());
            let end = end.clone();
            tokio::spawn(async move {
                let welcome = welcome(&host, stream, (config, client), ticket.cut());
                end.run_until_cancelled(welcome).await;
                // Dropped here, the ticket closes what is left of the connection.
                drop(ticket);
            });
        }
    });
}

/// Sees a connection through to its end, unless a fault strikes it.
///
/// Faults: rules with the host's name as server and `SSH` as method.
async fn welcome(host: &Host, stream: TcpStream, (config, client): (Arc<Config>, PublicKey), cut: Cut) {
    match host.faults().strike(host.name(), "SSH", "") {
        Some(Fault::Hang) => return std::future::pending().await,
        Some(Fault::Slow(time) | Fault::Late(time)) => host.clock().sleep(time).await,
        Some(_) => return,
        None => {}
    }
    let session = Session::new(host.clone(), client, cut);
    let ended = match run_stream(config, stream, session).await {
        Ok(running) => running.await,
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        tracing::debug!(host = host.name(), %error, "an SSH connection ended early");
    }
}
