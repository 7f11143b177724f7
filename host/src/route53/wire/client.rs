//! The client of each zone, made once a run.

use std::collections::HashMap;

use aws_sdk_route53::Client;
use aws_sdk_route53::config::Builder;
use tokio::sync::Mutex;

use crate::aws::{self, Service};
use crate::environment::{Target, Zone};
use crate::gate::Permitted;
use crate::problem::Problem;

/// The region that requests to Route53 are signed for, wherever they come from.
const REGION: &str = "us-east-1";

/// The clients of a run, by the name of the zone in the environment.
#[derive(Default)]
struct Clients(Mutex<HashMap<String, Client>>);

/// Gives the client of the zone, made when first asked for.
pub(super) async fn bind(permitted: &Permitted<Zone>) -> Result<Client, Problem> {
    let clients = permitted.run().connections().of::<Clients>();
    // Held while one is made, so that branches side by side make one and not many.
    let mut known = clients.0.lock().await;
    if let Some(client) = known.get(permitted.name()) {
        return Ok(client.clone());
    }
    let (entry, place) = (permitted.entry(), permitted.to_string());
    let service = Service {
        place: &place,
        environment: permitted.environment(),
        credentials: &entry.credentials,
        endpoint: entry.endpoint.as_deref(),
        ca_file: entry.ca_file.as_deref(),
        region: REGION,
    };
    let account = aws::connect(service, permitted.run()).await?;
    let config = Builder::from(&account.config).interceptor(account.listening());
    let client = Client::from_conf(config.build());
    known.insert(permitted.name().to_owned(), client.clone());
    Ok(client)
}
