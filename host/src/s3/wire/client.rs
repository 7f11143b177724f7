//! The client of each bucket, made once a run, and the region that it signs for.

use std::collections::HashMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, Region};
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::head_bucket::{HeadBucketError, HeadBucketOutput};
use tokio::sync::Mutex;

use super::{refused, send};
use crate::aws::{self, Account, Service};
use crate::environment::{Bucket, Target};
use crate::gate::Permitted;
use crate::problem::Problem;
use crate::retry;

/// The region that every bucket can be asked its own from; also that of an empty location.
const FIRST_REGION: &str = "us-east-1";

/// A bucket with what speaks to it.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub(super) client: Client,
    pub(super) account: Account,
    /// The bucket's own name.
    pub(super) bucket: String,
}

impl Bound {
    /// Whether the connection itself keeps bytes from being changed on their way: a part, whose MD5 goes with it, then
    /// need not be hashed once more for its signature.
    pub(super) fn is_encrypted(&self) -> bool {
        self.account.config.endpoint_url().is_none_or(|url| url.starts_with("https://"))
    }
}

/// The clients of a run, by the name of the bucket in the environment.
#[derive(Default)]
struct Clients(Mutex<HashMap<String, Bound>>);

/// Gives the client of the bucket, made when first asked for.
pub(super) async fn bind(permitted: &Permitted<Bucket>) -> Result<Bound, Problem> {
    let clients = permitted.run().connections().of::<Clients>();
    // Held while one is made, so that branches side by side make one and not many.
    let mut known = clients.0.lock().await;
    if let Some(bound) = known.get(permitted.name()) {
        return Ok(bound.clone());
    }
    let declared = permitted.entry().region.clone();
    let first = connect(permitted, declared.as_deref().unwrap_or(FIRST_REGION)).await?;
    let bound = match declared {
        Some(_) => first,
        None => match ask(permitted, &first).await? {
            region if region == FIRST_REGION => first,
            region => Bound { client: signing_for(&first.account, permitted, region), ..first },
        },
    };
    known.insert(permitted.name().to_owned(), bound.clone());
    Ok(bound)
}

/// Asks S3 for the region of the bucket, whatever the environment says.
pub(in crate::s3) async fn region(permitted: Permitted<Bucket>) -> Result<String, Problem> {
    let bound = bind(&permitted).await?;
    ask(&permitted, &bound).await
}

async fn connect(permitted: &Permitted<Bucket>, region: &str) -> Result<Bound, Problem> {
    let entry = permitted.entry();
    let place = permitted.to_string();
    let service = Service {
        place: &place,
        environment: permitted.environment(),
        credentials: &entry.credentials,
        endpoint: entry.endpoint.as_deref(),
        ca_file: entry.ca_file.as_deref(),
        region,
    };
    let account = aws::connect(service, permitted.run()).await?;
    let client = signing_for(&account, permitted, region.to_owned());
    Ok(Bound { client, account, bucket: entry.bucket.clone() })
}

fn signing_for(account: &Account, bucket: &Bucket, region: String) -> Client {
    let config = Builder::from(&account.config)
        .interceptor(account.listening())
        .force_path_style(bucket.entry().path_style);
    Client::from_conf(config.region(Region::new(region)).build())
}

/// Reads the region off the answer to a HEAD of the bucket, which also bears it when it is a refusal.
async fn ask(permitted: &Permitted<Bucket>, bound: &Bound) -> Result<String, Problem> {
    let about = format!("tell the region of {}", &**permitted);
    let told = retry::until_deadline(permitted, &format!("S3: {about}"), || async {
        let answer = bound.client.head_bucket().bucket(&bound.bucket).send().await;
        match (region_in(&answer), answer) {
            (Some(region), _) => Ok(Some(region)),
            (None, Ok(_)) => Ok(None),
            (None, Err(error)) => Err(refused(&about, &error)),
        }
    })
    .await?;
    match told {
        Some(region) => Ok(region),
        None => location(permitted, bound).await,
    }
}

fn region_in(answer: &Result<HeadBucketOutput, SdkError<HeadBucketError>>) -> Option<String> {
    let region = match answer {
        Ok(answer) => answer.bucket_region(),
        Err(error) => error.raw_response()?.headers().get("x-amz-bucket-region"),
    };
    region.filter(|region| !region.is_empty()).map(str::to_owned)
}

/// Asks as older stores want it.
async fn location(permitted: &Permitted<Bucket>, bound: &Bound) -> Result<String, Problem> {
    let answer = send(permitted, "tell the location", || {
        bound.client.get_bucket_location().bucket(&bound.bucket).send()
    });
    let answer = answer.await?;
    let told = answer.location_constraint().map(|location| location.as_str().to_owned());
    Ok(match told.as_deref() {
        None | Some("") => FIRST_REGION.to_owned(),
        Some("EU") => "eu-west-1".to_owned(),
        Some(region) => region.to_owned(),
    })
}
