//! The API servers of hosted clusters: each serves what its etcd holds, behind its load balancers, as long
//! as a kube-apiserver pod is ready and etcd has a quorum.

mod balancers;
mod image;
mod registry;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use kube::api::DynamicObject;
use tokio::sync::mpsc::UnboundedSender;

use self::image::ApiImage;
pub use self::registry::{Hosted, HostedApis, Turn};
use super::control_plane::components::KUBE_APISERVER;
use super::control_plane::network;
use super::control_plane::secrets::{ROOT_CA, authority_of};
use super::hypershift::service_host;
use super::kinds::{HOSTED_CONTROL_PLANE, POD, SECRET, SERVICE};
use super::kubelet::Image;
use super::object::{label, list, name, namespace, text};
use super::{Actor, Cluster, Error, Key, Next, Result, Work, guest, liveness};
use crate::apiserver::User;
use crate::containers::Containers;
use crate::dns::Balancers;
use crate::ground::{Databases, HostedPlane};

/// Starts what serves the hosted APIs of `management`, and the load balancers in front of them.
pub fn start(
    management: &Cluster,
    databases: &Arc<dyn Databases>,
    hosted: &HostedApis,
    balancers: &Balancers,
) {
    balancers::start(management, hosted, balancers);
    let (databases, hosted) = (databases.clone(), hosted.clone());
    management.spawn("hosted-api", move |actor| live(actor, databases.clone(), hosted.clone()));
}

/// The image for the kubelets of `management`, to be given for the `app` label `kube-apiserver`.
#[must_use]
pub fn image(management: &Cluster, hosted: &HostedApis) -> Arc<dyn Image> {
    Arc::new(ApiImage { management: management.name().to_owned(), hosted: hosted.clone() })
}

struct Servers {
    actor: Actor,
    databases: Arc<dyn Databases>,
    hosted: HostedApis,
    /// The namespaces whose etcd is followed.
    followed: Mutex<BTreeSet<String>>,
}

async fn live(actor: Actor, databases: Arc<dyn Databases>, hosted: HostedApis) -> Result<()> {
    let work = Work::new();
    let servers = Arc::new(Servers { actor: actor.clone(), databases, hosted, followed: Mutex::default() });
    work.follow(&actor.watch(&HOSTED_CONTROL_PLANE).await, |change| [namespace(&change.object).to_owned()]);
    work.follow(&actor.watch(&POD).await, |change| {
        (label(&change.object, "app") == Some(KUBE_APISERVER)).then(|| namespace(&change.object).to_owned())
    });
    work.follow(&actor.watch(&SECRET).await, |change| {
        (name(&change.object) == ROOT_CA).then(|| namespace(&change.object).to_owned())
    });
    work.follow(&actor.watch(&SERVICE).await, |change| {
        (text(&change.object, "/spec/type") == "LoadBalancer").then(|| namespace(&change.object).to_owned())
    });
    let sender = work.sender();
    work.run(actor.clock(), |namespace: String| {
        let (servers, sender) = (servers.clone(), sender.clone());
        async move { servers.look(&namespace, &sender).await }
    })
    .await
}

impl Servers {
    async fn look(&self, namespace: &str, sender: &UnboundedSender<String>) -> Result<Next> {
        let here = self.actor.cluster().name().to_owned();
        let Some(plane) = self.actor.watch(&HOSTED_CONTROL_PLANE).await.within(namespace).first().cloned()
        else {
            if let Some(ended) = self.hosted.remove(&here, namespace) {
                self.actor.record(format!("ended the API of {namespace}"), "its HostedControlPlane is gone");
                ended.cluster.stop().await;
                ended.server.stop().await;
            }
            return Ok(Next::Rest);
        };
        self.follow_etcd(namespace, sender);
        let pods = self.actor.watch(&POD).await;
        let ready = liveness::ready(&pods, namespace, KUBE_APISERVER);
        let Some(database) =
            self.databases.serving(namespace).filter(|_| ready > 0 && self.hosted.runs(&here, namespace))
        else {
            if self.hosted.set_up(&here, namespace, false).await.map_err(Error::outside)? {
                let why = if ready == 0 { "no kube-apiserver pod is ready" } else { "etcd has no quorum" };
                self.actor.record(format!("the API of {namespace} is down"), why);
            }
            return Ok(Next::Rest);
        };
        self.serve(&here, namespace, &plane, database).await?;
        Ok(Next::Rest)
    }

    async fn serve(&self, here: &str, namespace: &str, plane: &DynamicObject, database: u64) -> Result<()> {
        let host = network::api_host(plane);
        if host.is_empty() {
            // Its load balancer's name, which its certificate must bear and its nodes know it by: the plane will tell.
            return Ok(());
        }
        let root = self.actor.watch(&SECRET).await.get(&Key::new(namespace, ROOT_CA));
        let Some(root) = root else { return Ok(()) };
        let authority = authority_of(&root)?;
        let known = self.hosted.get(here, namespace);
        let is_same = |one: &Hosted| one.database_id == database && one.authority_pem == authority.pem();
        if known.as_ref().is_some_and(is_same) {
            if self.hosted.set_up(here, namespace, true).await.map_err(Error::outside)? {
                self.actor.record(format!("the API of {namespace} is up"), "a kube-apiserver pod is ready");
            }
            return Ok(());
        }
        if let Some(old) = self.hosted.remove(here, namespace) {
            old.cluster.stop().await;
            old.server.stop().await;
        }
        let server_name = format!("{}@{here}", name(plane));
        let (containers, clock) = (Containers::new(), self.actor.clock().clone());
        let server = self.databases.serve(HostedPlane {
            namespace: namespace.to_owned(),
            name: name(plane).to_owned(),
            authority: authority.clone(),
            hostnames: self.hostnames(plane).await,
            containers: containers.clone(),
        });
        let server = server.await.map_err(Error::outside)?;
        let client = server.client(&User::admin()).map_err(Error::outside)?;
        let (faults, log) = (self.actor.cluster().faults().clone(), self.actor.cluster().log().clone());
        let cluster = Cluster::new(server_name, client, clock, faults, log);
        let entry = Hosted {
            management: here.to_owned(),
            namespace: namespace.to_owned(),
            infra_id: text(plane, "/spec/infraID").to_owned(),
            host,
            authority_pem: authority.pem().to_owned(),
            authority,
            database_id: database,
            server: server.clone(),
            cluster: cluster.clone(),
        };
        self.hosted.put(entry);
        self.actor.record(format!("the API of {namespace} is up"), "it begins to serve what etcd holds");
        guest::start(&cluster, plane, &containers, server.has_controllers());
        Ok(())
    }

    /// The names that the server's certificate is good for: those of its service and of its load balancers.
    async fn hostnames(&self, plane: &DynamicObject) -> Vec<String> {
        let mut names = vec!["kubernetes".to_owned(), "kubernetes.default.svc".to_owned()];
        names.push(network::private_host(plane));
        names.push(service_host(plane, "APIServer"));
        for service in self.actor.watch(&SERVICE).await.within(namespace(plane)) {
            let ingress = list(&service, "/status/loadBalancer/ingress");
            names.extend(ingress.iter().filter_map(|one| one["hostname"].as_str()).map(str::to_owned));
        }
        names.retain(|name| !name.is_empty());
        names
    }

    /// Has the namespace looked at again whenever its etcd begins or ceases to serve.
    fn follow_etcd(&self, namespace: &str, sender: &UnboundedSender<String>) {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        if !followed.insert(namespace.to_owned()) {
            return;
        }
        let mut serving = self.databases.follow(namespace);
        let (sender, namespace) = (sender.clone(), namespace.to_owned());
        self.actor.cluster().run(async move {
            while serving.changed().await.is_ok() && sender.send(namespace.clone()).is_ok() {}
        });
    }
}
