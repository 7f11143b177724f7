//! The cloud: instances that run until somebody terminates them, and who did it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::log::WorldLog;

/// A virtual machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its id, such as `i-0000000000000001a`.
    pub id: String,
    /// The zone it runs in, such as `us-east-1a`.
    pub zone: String,
    /// Its `Name` tag: the machine that it was made for.
    pub name: String,
    /// The infrastructure id of the cluster that owns it.
    pub infra_id: String,
    /// Its private address.
    pub address: String,
    /// When it was launched.
    pub launched: Timestamp,
    /// When and why it was terminated; `None` while it runs.
    pub terminated: Option<Termination>,
}

/// The end of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Termination {
    /// When.
    pub at: Timestamp,
    /// Who asked for it, and for what reason.
    pub why: String,
}

impl Instance {
    /// Says whether nobody terminated it so far.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.terminated.is_none()
    }

    /// The provider id that machines and nodes carry, such as `aws:///us-east-1a/i-0001`.
    #[must_use]
    pub fn provider_id(&self) -> String {
        format!("aws:///{}/{}", self.zone, self.id)
    }

    /// The host name that the node registers with.
    #[must_use]
    pub fn host_name(&self) -> String {
        format!("ip-{}.ec2.internal", self.address.replace('.', "-"))
    }
}

/// The account in which the instances run. Clones share it.
#[derive(Debug, Clone)]
pub struct Cloud {
    region: String,
    inner: Arc<Mutex<BTreeMap<String, Instance>>>,
    changes: watch::Sender<u64>,
    log: WorldLog,
}

impl Cloud {
    /// Makes an account without instances in `region`.
    #[must_use]
    pub fn new(region: &str, log: WorldLog) -> Self {
        Self { region: region.to_owned(), inner: Arc::default(), changes: watch::Sender::new(0), log }
    }

    /// Launches an instance named `name` for the cluster `infra_id`.
    #[must_use]
    pub fn launch(&self, infra_id: &str, name: &str, why: &str) -> Instance {
        let instance = {
            let mut all = self.lock();
            let number = all.len() + 1;
            let zone = char::from(b'a' + u8::try_from(number % 3).unwrap_or(0));
            let instance = Instance {
                id: format!("i-{number:017x}"),
                zone: format!("{}{zone}", self.region),
                name: name.to_owned(),
                infra_id: infra_id.to_owned(),
                address: format!("10.0.{}.{}", 128 + number / 250, 1 + number % 250),
                launched: Timestamp::now(),
                terminated: None,
            };
            all.insert(instance.id.clone(), instance.clone());
            instance
        };
        self.log.record("cloud", format!("launched {}", instance.id), why);
        self.changes.send_modify(|count| *count += 1);
        instance
    }

    /// Terminates the instance `id`; one that is gone or unknown stays as it is.
    pub fn terminate(&self, id: &str, why: &str) {
        {
            let mut all = self.lock();
            let Some(instance) = all.get_mut(id).filter(|instance| instance.is_alive()) else { return };
            instance.terminated = Some(Termination { at: Timestamp::now(), why: why.to_owned() });
        }
        self.log.record("cloud", format!("terminated {id}"), why);
        self.changes.send_modify(|count| *count += 1);
    }

    /// The instance `id`, running or not.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Instance> {
        self.lock().get(id).cloned()
    }

    /// Every instance there ever was, by id.
    #[must_use]
    pub fn instances(&self) -> Vec<Instance> {
        self.lock().values().cloned().collect()
    }

    /// The running instance that bears `name` in the cluster `infra_id`.
    #[must_use]
    pub fn find(&self, infra_id: &str, name: &str) -> Option<Instance> {
        let all = self.lock();
        all.values().find(|one| one.is_alive() && one.infra_id == infra_id && one.name == name).cloned()
    }

    /// Tells of every launch and termination.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Instance>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_terminated_once_and_the_reason_is_kept() {
        let log = WorldLog::default();
        let cloud = Cloud::new("us-east-1", log.clone());
        let first = cloud.launch("demo-x7k2p", "demo-a-1", "AWSMachine demo-a-1");
        let second = cloud.launch("demo-x7k2p", "demo-a-2", "AWSMachine demo-a-2");
        assert_ne!(first.id, second.id);
        assert_ne!(first.address, second.address);
        assert_eq!(cloud.find("demo-x7k2p", "demo-a-1"), Some(first.clone()));
        assert_eq!(cloud.find("demo-2-q4w8z", "demo-a-1"), None);

        cloud.terminate(&first.id, "AWSMachine demo-a-1 was deleted");
        cloud.terminate(&first.id, "again");
        let ended = cloud.get(&first.id).and_then(|instance| instance.terminated);
        assert_eq!(ended.map(|ended| ended.why), Some("AWSMachine demo-a-1 was deleted".to_owned()));
        assert_eq!(cloud.find("demo-x7k2p", "demo-a-1"), None);
        assert_eq!(log.entries().len(), 3);
    }
}
