//! Lists record sets page by page: the client crate has no paginator for them.

use aws_sdk_route53::operation::list_resource_record_sets::ListResourceRecordSetsOutput;
use aws_sdk_route53::types::{ResourceRecordSet, RrType};
use rhai::{Array, Dynamic, Map};

use super::client::bind;
use super::name::plain;
use super::wanted::Wanted;
use crate::aws::{Asked, setback};
use crate::environment::Zone;
use crate::gate::Permitted;
use crate::problem::Problem;
use crate::retry;

pub(in crate::route53) async fn records(
    permitted: Permitted<Zone>,
    wanted: Wanted,
) -> Result<Array, Problem> {
    Ok(collect(&permitted, &wanted).await?.iter().map(described).collect())
}

pub(in crate::route53) async fn count(permitted: Permitted<Zone>, wanted: Wanted) -> Result<i64, Problem> {
    let found = collect(&permitted, &wanted).await?;
    Ok(i64::try_from(found.len()).unwrap_or(i64::MAX))
}

/// The types of the wanted record sets.
pub(in crate::route53) async fn kinds(
    permitted: Permitted<Zone>,
    wanted: Wanted,
) -> Result<Vec<String>, Problem> {
    let found = collect(&permitted, &wanted).await?;
    Ok(found.iter().map(|record| record.r#type().as_str().to_owned()).collect())
}

/// Where the next page begins.
#[derive(Debug, Clone, Default)]
struct Place {
    name: Option<String>,
    kind: Option<RrType>,
    identifier: Option<String>,
}

async fn collect(permitted: &Permitted<Zone>, wanted: &Wanted) -> Result<Vec<ResourceRecordSet>, Problem> {
    let mut found = Vec::new();
    let mut place = Place { name: wanted.first().map(str::to_owned), ..Place::default() };
    loop {
        let page = page(permitted, wanted, &place).await?;
        let past = page.resource_record_sets().iter().any(|record| wanted.is_past(&plain(record.name())));
        if past || !page.is_truncated() {
            take(page, wanted, &mut found);
            return Ok(found);
        }
        place = Place {
            name: page.next_record_name().map(str::to_owned),
            kind: page.next_record_type().cloned(),
            identifier: page.next_record_identifier().map(str::to_owned),
        };
        take(page, wanted, &mut found);
    }
}

fn take(page: ListResourceRecordSetsOutput, wanted: &Wanted, found: &mut Vec<ResourceRecordSet>) {
    let wanted = page
        .resource_record_sets
        .into_iter()
        .filter(|record| wanted.takes(&plain(record.name()), record.r#type().as_str()));
    found.extend(wanted);
}

async fn page(
    permitted: &Permitted<Zone>,
    wanted: &Wanted,
    place: &Place,
) -> Result<ListResourceRecordSetsOutput, Problem> {
    let client = bind(permitted).await?;
    let about = &format!("list {wanted} in {}", &**permitted);
    retry::until_deadline(permitted, &format!("Route53: {about}"), || {
        let request = client
            .list_resource_record_sets()
            .hosted_zone_id(permitted.entry().id.trim_start_matches("/hostedzone/"))
            .set_start_record_name(place.name.clone())
            .set_start_record_type(place.kind.clone())
            .set_start_record_identifier(place.identifier.clone())
            .send();
        async move { request.await.map_err(|error| setback(Asked { service: "Route53", about }, &error)) }
    })
    .await
}

fn described(record: &ResourceRecordSet) -> Dynamic {
    let values: Array =
        record.resource_records().iter().map(|value| value.value().to_owned().into()).collect();
    let alias = record.alias_target().map(|target| plain(target.dns_name()));
    Dynamic::from(Map::from([
        ("name".into(), plain(record.name()).into()),
        ("type".into(), record.r#type().as_str().to_owned().into()),
        ("ttl".into(), record.ttl().map_or(Dynamic::UNIT, Dynamic::from)),
        ("values".into(), values.into()),
        ("alias".into(), alias.map_or(Dynamic::UNIT, Dynamic::from)),
    ]))
}
