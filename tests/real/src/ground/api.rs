//! A kube-apiserver as a plane of a world: it goes down as a process that is killed, and comes up on the same port.

use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use drsh_lab::apiserver::authority::AuthorityError;
use drsh_lab::apiserver::{ApiServer, ClientError, User};
use drsh_lab::ground;

use crate::access::Access;
use crate::etcd::Etcd;
use crate::plane::{Options, Plane, Programs};

/// A real API server of a world.
pub(super) struct RealApi {
    programs: Programs,
    /// What it is started with again: the same port, key and etcd.
    options: Options,
    access: Access,
    plane: Mutex<Option<Plane>>,
    /// Its own etcd, which outlives it while it is down.
    _etcd: Option<Etcd>,
}

impl RealApi {
    pub(super) fn new(programs: Programs, plane: Plane, etcd: Option<Etcd>) -> Self {
        let access = plane.access().clone();
        let options = Options { port: Some(access.port), ..plane.options().clone() };
        Self { programs, options, access, plane: Mutex::new(Some(plane)), _etcd: etcd }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Plane>> {
        self.plane.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ground::Plane for RealApi {
    fn address(&self) -> SocketAddr {
        self.access.address()
    }

    fn client(&self, user: &User) -> Result<kube::Client, ClientError> {
        self.access.client(user)
    }

    fn kubeconfig(&self, user: &User) -> Result<String, AuthorityError> {
        self.access.kubeconfig(user)
    }

    fn is_up(&self) -> bool {
        self.lock().is_some()
    }

    async fn up(&self) -> io::Result<()> {
        if self.is_up() {
            return Ok(());
        }
        let started = Plane::start(&self.programs, self.options.clone()).await;
        let mut plane = started.map_err(io::Error::other)?;
        plane.start_controllers().map_err(io::Error::other)?;
        *self.lock() = Some(plane);
        Ok(())
    }

    fn down(&self) {
        drop(self.lock().take());
    }

    async fn stop(&self) {
        self.down();
    }

    fn has_controllers(&self) -> bool {
        true
    }

    fn own(&self) -> Option<&ApiServer> {
        None
    }
}
