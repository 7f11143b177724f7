//! S3 and Route53 of a world on real ground: moto, and a view of its zone that names are resolved by.

use std::time::Duration;

use drsh_lab::aws::Credentials;
use drsh_lab::aws::route53::{Zone, ZoneClient};
use drsh_lab::ground::{Cloud, GroundError};
use drsh_lab::scenario::Scenario;
use tokio::task::JoinHandle;

use crate::moto::{Moto, Options, Programs};

/// How often the zone is listed: moto answers no DNS, and tells nobody of changes.
const GLANCE: Duration = Duration::from_millis(200);

/// A running moto, with the one who looks at its zone.
struct Held {
    look: JoinHandle<()>,
    _moto: Moto,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.look.abort();
    }
}

/// Starts moto with the scenario's bucket and zone.
pub(super) async fn start(programs: &Programs, scenario: &Scenario) -> Result<Cloud, GroundError> {
    let options = Options::new().map_err(GroundError::of)?;
    let authority = options.authority.clone();
    let moto = Moto::start(programs, options).await.map_err(GroundError::of)?;
    moto.create_bucket(&scenario.bucket, &scenario.bucket_region).await.map_err(GroundError::of)?;
    let zone_id = moto.create_zone(&scenario.domain).await.map_err(GroundError::of)?;
    let zone = Zone::new(&zone_id, &scenario.domain);
    let credentials = Credentials::lasting(moto.access_key(), moto.secret_key());
    let client = ZoneClient::new(&moto.endpoint(), authority.pem(), &credentials, &zone_id);
    let client = client.map_err(GroundError::of)?;
    let view = zone.clone();
    let look = tokio::spawn(async move {
        loop {
            // What cannot be listed now is listed soon.
            if let Ok(records) = client.records().await {
                view.mirror(records);
            }
            tokio::time::sleep(GLANCE).await;
        }
    });
    Ok(Cloud {
        s3_endpoint: moto.endpoint(),
        route53_endpoint: moto.endpoint(),
        authority,
        credentials,
        zone,
        own: None,
        held: Box::new(Held { look, _moto: moto }),
    })
}
