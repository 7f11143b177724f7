//! What a server serves: the kinds that the garbage collector and the namespace controller go over.

use kube::Client;
use kube::discovery::{ApiCapabilities, Discovery, Scope, verbs};

use super::error::Result;
use super::kind::Kind;

/// The kinds that can be listed, watched and deleted, each in the version that the server prefers.
pub async fn deletable(client: Client) -> Result<Vec<Kind>> {
    let discovery = Discovery::new(client).run_aggregated().await?;
    let has_verbs = |capabilities: &ApiCapabilities| {
        [verbs::LIST, verbs::WATCH, verbs::DELETE].iter().all(|verb| capabilities.supports_operation(verb))
    };
    let mut kinds: Vec<Kind> = discovery
        .groups()
        .flat_map(kube::discovery::ApiGroup::recommended_resources)
        .filter(|(_, capabilities)| has_verbs(capabilities))
        .map(|(resource, capabilities)| Kind::discovered(&resource, capabilities.scope == Scope::Namespaced))
        .collect();
    kinds.sort();
    Ok(kinds)
}
