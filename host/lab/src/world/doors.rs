//! What of each world a schedule of faults can close, cut and turn off, and how one is played there.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Lab, OnHosts, Standalone};
use crate::faults::{Doors, Place, Places, Playing, Schedule};
use crate::ground::Plane;
use crate::hosts::{self, Host, Role, User};

/// API servers that can be closed, and hosts.
struct Around {
    planes: Vec<(String, Arc<dyn Plane>)>,
    hosts: Option<hosts::Cluster>,
}

impl Lab {
    /// Where faults can happen here.
    #[must_use]
    pub fn places(&self) -> Places {
        Places {
            clusters: vec![
                Place::new(self.source.name(), 400),
                Place::new(self.destination.name(), 350),
                Place::new(&self.plan().name, 30),
            ],
            clouds: vec![Place::new("s3", 20), Place::new("route53", 12)],
            hosts: Vec::new(),
        }
    }

    /// Begins to play a schedule; must be called within a runtime.
    #[must_use]
    pub fn play(&self, schedule: &Schedule) -> Playing {
        let planes =
            [&self.source, &self.destination].map(|one| (one.name().to_owned(), one.server().clone()));
        let doors = Around { planes: planes.into(), hosts: None };
        Playing::begin(schedule, (&self.faults, &self.clock, &self.log), doors)
    }
}

impl Standalone {
    /// Where faults can happen here.
    #[must_use]
    pub fn places(&self) -> Places {
        Places { clusters: vec![Place::new(self.cluster().name(), 60)], ..Places::default() }
    }

    /// Begins to play a schedule; must be called within a runtime.
    #[must_use]
    pub fn play(&self, schedule: &Schedule) -> Playing {
        let planes = vec![(self.cluster().name().to_owned(), self.server().clone())];
        let doors = Around { planes, hosts: None };
        Playing::begin(schedule, (self.faults(), self.clock(), self.log()), doors)
    }
}

impl OnHosts {
    /// Where faults can happen here: the hosts are those that are there now and on.
    #[must_use]
    pub fn places(&self) -> Places {
        let hosts = self.hosts().hosts().into_iter().filter(Host::is_on);
        let place =
            |host: Host| Place::new(host.name(), if host.role() == Role::ControlPlane { 40 } else { 4 });
        Places {
            clusters: vec![Place::new(&self.hosts().setup().name, 130)],
            clouds: Vec::new(),
            hosts: hosts.map(place).collect(),
        }
    }

    /// Begins to play a schedule; must be called within a runtime.
    #[must_use]
    pub fn play(&self, schedule: &Schedule) -> Playing {
        let setup = self.hosts().setup();
        let doors = Around { planes: Vec::new(), hosts: Some(self.hosts().for_inhabitants()) };
        Playing::begin(schedule, (&setup.faults, &setup.clock, &setup.log), doors)
    }
}

impl Around {
    fn plane(&self, place: &str) -> Option<&Arc<dyn Plane>> {
        self.planes.iter().find(|(name, _)| name == place).map(|(_, plane)| plane)
    }

    /// The host of that name, unless it is off or gone: nothing more can befall such a one.
    fn host(&self, place: &str) -> Option<Host> {
        self.hosts.as_ref().and_then(|hosts| hosts.host(place)).filter(Host::is_on)
    }
}

#[async_trait]
impl Doors for Around {
    fn close(&self, place: &str) -> bool {
        if let Some(plane) = self.plane(place) {
            plane.down();
            return true;
        }
        let host = self.host(place);
        if let Some(host) = &host {
            host.refuse();
        }
        host.is_some()
    }

    async fn open(&self, place: &str) {
        let opened = match (self.plane(place), self.host(place)) {
            (Some(server), _) => server.up().await,
            (None, Some(host)) => host.admit(),
            (None, None) => Ok(()),
        };
        if let Err(error) = opened {
            tracing::error!(place, %error, "a port could not be opened again");
        }
    }

    async fn disguise(&self, place: &str, is_strange: bool) {
        let Some(server) = self.plane(place).and_then(|plane| plane.own()) else { return };
        let changed = if is_strange { server.disguise().await } else { server.undisguise().await };
        if let Err(error) = changed {
            tracing::error!(place, %error, "a certificate could not be changed");
        }
    }

    fn cut(&self, place: &str) {
        if let Some(host) = self.host(place) {
            host.cut();
        }
    }

    async fn reboot(&self, place: &str) {
        let Some(host) = self.host(place) else { return };
        if let Err(error) = host.reboot().await {
            // Its machine ended meanwhile.
            tracing::debug!(place, %error, "a host did not come back");
        }
    }

    fn fill(&self, place: &str, is_full: bool) {
        let Some(host) = self.hosts.as_ref().and_then(|hosts| hosts.host(place)) else { return };
        let capacity = host.files().view(User::Root).usage("/").map_or(0, |usage| usage.capacity);
        if let Err(error) = host.files().reserve("/", if is_full { capacity } else { 0 }) {
            tracing::error!(place, %error, "a disk could not be filled");
        }
    }
}
