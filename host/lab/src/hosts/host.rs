//! One host: its files, processes, containers and addresses, and its power.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::addresses::Addresses;
use super::call::{Call, Streams};
use super::files::{Errno, Files};
use super::kubelet::{self, Kubelet};
use super::locks::Locks;
use super::members::Members;
use super::pods::Pods;
use super::process::{Origin, Processes, Signal};
use super::roster::Role;
use super::units::Units;
use super::user::User;
use super::version::Version;
use super::{Setup, layout};
use crate::apiserver::tls::Switch;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::log::WorldLog;

/// A host. Clones are the same host.
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
}

struct Shared {
    name: String,
    ip: Ipv4Addr,
    role: Role,
    version: Version,
    files: Files,
    processes: Processes,
    locks: Locks,
    pods: Pods,
    kubelet: Kubelet,
    addresses: Addresses,
    units: Units,
    members: Members,
    clock: Clock,
    faults: Faults,
    log: WorldLog,
    switch: Switch,
    /// Where its own API server listens.
    api: Mutex<Option<SocketAddr>>,
    /// Ends with the host's present run.
    boot: Mutex<CancellationToken>,
    /// Ends with the lab, or with the host for good.
    end: CancellationToken,
}

/// How long a host is away when it reboots, in life.
const AWAY: (Duration, Duration) = (Duration::from_mins(1), Duration::from_mins(3));

impl Host {
    pub(super) fn new(
        setup: &Setup,
        (name, ip, role): (&str, Ipv4Addr, Role),
        (members, switch): (Members, Switch),
        end: CancellationToken,
    ) -> Result<Self, Errno> {
        let shared = Shared {
            name: name.to_owned(),
            ip,
            role,
            version: setup.version,
            files: layout::install(setup, name, role)?,
            processes: Processes::default(),
            locks: Locks::default(),
            pods: Pods::default(),
            kubelet: Kubelet::default(),
            addresses: Addresses::new(ip),
            units: Units::default(),
            members,
            clock: setup.clock.clone(),
            faults: setup.faults.clone(),
            log: setup.log.clone(),
            switch,
            api: Mutex::default(),
            boot: Mutex::new(end.child_token()),
            end,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The host's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The Node that its kubelet registers.
    #[must_use]
    pub fn registration(&self) -> serde_json::Value {
        super::furniture::node(self.version(), self.name(), self.ip(), self.role())
    }

    /// Its address in the cluster's network.
    #[must_use]
    pub fn ip(&self) -> Ipv4Addr {
        self.shared.ip
    }

    /// What it is for.
    #[must_use]
    pub fn role(&self) -> Role {
        self.shared.role
    }

    /// The port of loopback that its SSH server listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.shared.switch.address().port()
    }

    /// The release that it runs.
    #[must_use]
    pub fn version(&self) -> Version {
        self.shared.version
    }

    /// Its files.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.shared.files
    }

    /// Its processes.
    #[must_use]
    pub fn processes(&self) -> &Processes {
        &self.shared.processes
    }

    /// The locks that its processes hold.
    pub(super) fn locks(&self) -> &Locks {
        &self.shared.locks
    }

    /// Its containers.
    #[must_use]
    pub fn pods(&self) -> &Pods {
        &self.shared.pods
    }

    /// Its kubelet.
    #[must_use]
    pub fn kubelet(&self) -> &Kubelet {
        &self.shared.kubelet
    }

    /// Its addresses.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.shared.addresses
    }

    /// Its services beside the kubelet.
    #[must_use]
    pub fn units(&self) -> &Units {
        &self.shared.units
    }

    /// Whether it is turned on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.lock().is_cancelled()
    }

    /// The etcd members of its cluster.
    #[must_use]
    pub fn members(&self) -> &Members {
        &self.shared.members
    }

    /// The lab's clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The lab's faults.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// The lab's log.
    #[must_use]
    pub fn log(&self) -> &WorldLog {
        &self.shared.log
    }

    /// Where its own API server listens, if one runs on an etcd that has a quorum.
    pub(super) fn local_api(&self) -> Option<SocketAddr> {
        *self.shared.api.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_local_api(&self, address: Option<SocketAddr>) {
        *self.shared.api.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }

    /// Cuts every SSH connection; new ones are accepted.
    pub fn cut(&self) {
        self.shared.switch.down();
        if let Err(error) = self.shared.switch.up() {
            tracing::error!(%error, "the port of a host could not be opened again");
        }
    }

    /// Cuts the SSH connections and refuses new ones, until [`Host::admit`].
    pub fn refuse(&self) {
        self.shared.switch.down();
    }

    /// Accepts SSH connections again.
    pub fn admit(&self) -> std::io::Result<()> {
        self.shared.switch.up()
    }

    /// Turns the host off: sessions, processes and containers end, `/tmp` is emptied when it comes back.
    pub fn turn_off(&self) {
        let shared = &self.shared;
        shared.log.record(&shared.name, "turned off", "power");
        self.lock().cancel();
        shared.switch.down();
        shared.processes.signal(Signal::Kill, |_| true);
        shared.members.stop(self);
        shared.pods.clear();
        for address in shared.addresses.all().iter().filter(|address| address.label == "vip") {
            shared.addresses.remove(&address.device, address.ip, None);
        }
    }

    /// Turns the host off for good, as the end of its machine does: nothing turns it on again.
    pub(super) fn destroy(&self) {
        self.turn_off();
        self.shared.end.cancel();
    }

    /// What ends with the host for good.
    pub(super) fn end(&self) -> &CancellationToken {
        &self.shared.end
    }

    /// Turns the host on again: its kubelet starts what the manifests say.
    pub fn turn_on(&self) -> std::io::Result<()> {
        let shared = &self.shared;
        if shared.end.is_cancelled() {
            return Err(std::io::Error::other("the host is gone for good"));
        }
        let root = shared.files.view(User::Root);
        for (name, _) in root.list("/tmp").unwrap_or_default() {
            if let Err(error) = root.remove_all(&format!("/tmp/{name}")) {
                tracing::warn!(%error, name, "a temporary file could not be removed");
            }
        }
        let boot = shared.end.child_token();
        *self.lock() = boot.clone();
        shared.kubelet.set_active(true);
        shared.units.start_all();
        tokio::spawn(kubelet::run(self.clone(), boot));
        shared.log.record(&shared.name, "turned on", "power");
        shared.switch.up()
    }

    /// Turns the host off and on again, and waits until it is back.
    pub async fn reboot(&self) -> std::io::Result<()> {
        self.turn_off();
        self.shared.clock.sleep_between(AWAY.0, AWAY.1).await;
        self.turn_on()
    }

    /// Reboots the host as a command on it asks: the command ends first.
    pub(super) fn reboot_soon(&self) {
        let host = self.clone();
        let end = self.shared.end.clone();
        tokio::spawn(async move {
            let away = async {
                host.clock().sleep(Duration::from_secs(1)).await;
                host.reboot().await
            };
            if let Some(Err(error)) = end.run_until_cancelled(away).await {
                tracing::error!(%error, "a host did not come back");
            }
        });
    }

    /// Begins a command as somebody who has just logged in.
    pub(super) fn login(&self, user: User, line: &str, streams: Streams) -> Call {
        let mut view = self.shared.files.view(user);
        if let Err(error) = view.enter(user.home()) {
            tracing::debug!(%error, "no home folder");
        }
        let env = [
            ("PATH", layout::PATH),
            ("HOME", user.home()),
            ("USER", user.name()),
            ("LOGNAME", user.name()),
            ("SHELL", "/bin/bash"),
            ("LANG", "C.UTF-8"),
        ];
        Call {
            host: self.clone(),
            origin: Origin::default(),
            view,
            env: env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            arguments: ["bash", "-c", line].map(str::to_owned).to_vec(),
            streams,
        }
    }

    pub(super) fn switch(&self) -> &Switch {
        &self.shared.switch
    }

    fn lock(&self) -> MutexGuard<'_, CancellationToken> {
        self.shared.boot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
