//! Where an object or a kind is served: what a script's words mean on this very cluster.

use std::sync::Arc;

use kube::core::Request;

use super::discover::discover;
use super::{Link, Reached};
use crate::environment::Target;
use crate::oc::kinds::{Kind, Kinds};
use crate::problem::Problem;

/// A kind, in a namespace or over all of the cluster.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The kind.
    pub kind: Arc<Kind>,
    /// The namespace; `None` for a kind without, or for all of them.
    pub namespace: Option<String>,
}

impl Place {
    /// The builder of requests to it.
    pub(super) fn request(&self) -> Request {
        Request::new(self.path())
    }

    /// Its path on the server.
    pub(super) fn path(&self) -> String {
        self.kind.path(self.namespace.as_deref())
    }
}

/// Gives the kinds that the cluster serves, asked for once a run.
pub(crate) async fn kinds(cluster: &Reached, link: &Link) -> Result<Arc<Kinds>, Problem> {
    let mut kept = link.kinds.lock().await;
    if let Some(kinds) = kept.as_ref() {
        return Ok(kinds.clone());
    }
    let found = Arc::new(discover(cluster, link).await?);
    *kept = Some(found.clone());
    Ok(found)
}

/// Finds a kind by `search`, and asks the cluster again if it was unknown: a CRD may be new.
pub(super) async fn find_kind(
    cluster: &Reached,
    link: &Link,
    search: impl Fn(&Kinds) -> Result<Arc<Kind>, Problem>,
) -> Result<Arc<Kind>, Problem> {
    let before = kinds(cluster, link).await?;
    let found = match search(&before) {
        Err(problem) if problem.kind == "unknown_kind" => {
            let mut kept = link.kinds.lock().await;
            let fresh = Arc::new(discover(cluster, link).await?);
            *kept = Some(fresh.clone());
            search(&fresh)
        }
        found => found,
    };
    found.map_err(|problem| Problem {
        message: format!("cluster {}: {}", cluster.name(), problem.message),
        ..problem
    })
}

/// Where objects of the kind called `name` are, in the handle's namespace.
///
/// Errors: those of [`Kinds::resolve`]; `bad_argument` if the kind needs a namespace and the handle names none.
pub(crate) async fn of(cluster: &Reached, link: &Link, name: &str) -> Result<Place, Problem> {
    let kind = find_kind(cluster, link, |kinds| kinds.resolve(name)).await?;
    within(cluster, kind)
}

/// Where objects of the kind are, over all namespaces.
pub(crate) async fn everywhere(cluster: &Reached, link: &Link, name: &str) -> Result<Place, Problem> {
    let kind = find_kind(cluster, link, |kinds| kinds.resolve(name)).await?;
    Ok(Place { kind, namespace: None })
}

fn within(cluster: &Reached, kind: Arc<Kind>) -> Result<Place, Problem> {
    match (kind.namespaced, cluster.namespace()) {
        (false, _) => Ok(Place { kind, namespace: None }),
        (true, Some(namespace)) => Ok(Place { kind, namespace: Some(namespace.to_owned()) }),
        (true, None) => {
            let message =
                format!("{kind} are in namespaces, and this handle of cluster {} names none", cluster.name());
            let hint = format!("write cluster(\"{}\").namespace(\"...\")", cluster.name());
            Err(Problem::new("bad_argument", message).hint(hint))
        }
    }
}
