//! The Route53 server seen by AWS's own client.

#![allow(clippy::unwrap_used, reason = "a test whose world cannot be set up has failed")]

mod cloud;

use aws_sdk_route53::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ChangeStatus, HostedZone, ResourceRecord,
    ResourceRecordSet, RrType,
};
use cloud::Cloud;
use drsh_lab::aws::route53::{self, Record};
use drsh_lab::faults::Fault;

fn refused<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    result: Result<T, SdkError<E>>,
) -> (u16, String) {
    let error = result.unwrap_err();
    let status = error.raw_response().map_or(0, |response| response.status().as_u16());
    (status, error.as_service_error().and_then(|error| error.code()).unwrap_or_default().to_owned())
}

fn batch(action: ChangeAction, name: &str, kind: RrType, value: &str) -> ChangeBatch {
    let value = ResourceRecord::builder().value(value).build().unwrap();
    let set = ResourceRecordSet::builder().name(name).r#type(kind).ttl(60).resource_records(value);
    let change = Change::builder().action(action).resource_record_set(set.build().unwrap()).build().unwrap();
    ChangeBatch::builder().changes(change).build().unwrap()
}

#[tokio::test]
async fn a_long_zone_is_listed_page_by_page_without_loss() {
    let cloud = Cloud::start().await;
    let names: Vec<_> = (0..250).map(|number| format!("host-{number:03}.hc.lab")).collect();
    let changes: Vec<_> =
        names.iter().map(|name| route53::Change::Create(Record::new(name, "A", 60, ["192.0.2.1"]))).collect();
    cloud.zone.change(&changes).unwrap();
    let client = cloud.route53();
    let (mut listed, mut pages) = (Vec::new(), 0);
    let mut next = (None, None, None);
    loop {
        let page = client
            .list_resource_record_sets()
            .hosted_zone_id("/hostedzone/Z0LAB")
            .set_start_record_name(next.0.take())
            .set_start_record_type(next.1.take())
            .set_start_record_identifier(next.2.take())
            .send()
            .await
            .unwrap();
        pages += 1;
        listed.extend(page.resource_record_sets().iter().map(|set| set.name().to_owned()));
        if !page.is_truncated() {
            break;
        }
        next = (page.next_record_name, page.next_record_type, page.next_record_identifier);
    }
    let mut expected = vec!["hc.lab.".to_owned(); 2];
    expected.extend(names.iter().map(|name| format!("{name}.")));
    assert_eq!((listed, pages), (expected, 3));
    let few = client.list_resource_record_sets().hosted_zone_id("Z0LAB").max_items(5).send().await.unwrap();
    assert_eq!((few.resource_record_sets().len(), few.max_items()), (5, 5));
}

#[tokio::test]
async fn changes_go_through_the_wire_into_the_zone_and_back() {
    let cloud = Cloud::start().await;
    let client = cloud.route53();
    let change =
        |batch| client.change_resource_record_sets().hosted_zone_id("Z0LAB").change_batch(batch).send();
    let text = "\"heritage=external-dns,external-dns/owner=source\"";
    let done = change(batch(ChangeAction::Upsert, "*.apps.hc.lab", RrType::Txt, text)).await.unwrap();
    let info = done.change_info().unwrap();
    let known = client.get_change().id(info.id()).send().await.unwrap();
    assert!(matches!(known.change_info().unwrap().status(), ChangeStatus::Pending | ChangeStatus::Insync));
    assert_eq!(cloud.zone.records_of("*.apps.hc.lab"), [Record::new("*.apps.hc.lab", "TXT", 60, [text])]);

    let target = AliasTarget::builder().hosted_zone_id("ZELB").dns_name("lb-source.elb.lab");
    let target = target.evaluate_target_health(true).build().unwrap();
    let set = ResourceRecordSet::builder().name("api.hc.lab").r#type(RrType::A).alias_target(target);
    let alias = Change::builder().action(ChangeAction::Create).resource_record_set(set.build().unwrap());
    change(ChangeBatch::builder().changes(alias.build().unwrap()).build().unwrap()).await.unwrap();
    let listed = client.list_resource_record_sets().hosted_zone_id("Z0LAB").send().await.unwrap();
    let names: Vec<_> = listed.resource_record_sets().iter().map(ResourceRecordSet::name).collect();
    assert_eq!(names, ["hc.lab.", "hc.lab.", "api.hc.lab.", "\\052.apps.hc.lab."]);
    let alias = listed.resource_record_sets()[2].alias_target().unwrap();
    assert_eq!((alias.dns_name(), alias.evaluate_target_health()), ("lb-source.elb.lab.", true));

    change(batch(ChangeAction::Delete, "\\052.apps.hc.lab", RrType::Txt, text)).await.unwrap();
    assert_eq!(cloud.zone.records_of("*.apps.hc.lab"), []);
    let again = change(batch(ChangeAction::Delete, "*.apps.hc.lab", RrType::Txt, text)).await.unwrap_err();
    let again = again.into_service_error();
    assert_eq!(again.code(), Some("InvalidChangeBatch"));
    assert!(again.message().unwrap().contains("but it was not found"), "{again:?}");
}

#[tokio::test]
async fn zones_are_found_by_name_and_an_unknown_one_is_not() {
    let cloud = Cloud::start().await;
    let client = cloud.route53();
    let zones = client.list_hosted_zones().send().await.unwrap();
    assert_eq!(
        zones.hosted_zones().iter().map(HostedZone::id).collect::<Vec<_>>(),
        ["/hostedzone/Z0LAB", "/hostedzone/Z1LAB"]
    );
    let named =
        client.list_hosted_zones_by_name().dns_name("hypershift.local").max_items(1).send().await.unwrap();
    let zone = &named.hosted_zones()[0];
    assert_eq!((zone.name(), zone.config().unwrap().private_zone()), ("hypershift.local.", true));
    let one = client.get_hosted_zone().id("Z0LAB").send().await.unwrap();
    assert_eq!(one.hosted_zone().unwrap().resource_record_set_count(), Some(2));
    let absent = client.list_resource_record_sets().hosted_zone_id("ZNONE").send().await;
    assert_eq!(refused(absent), (404, "NoSuchHostedZone".to_owned()));
}

#[tokio::test]
async fn only_who_signs_with_a_known_secret_gets_in() {
    let cloud = Cloud::start().await;
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    cloud.keyring.add(drsh_lab::aws::Credentials::temporary("ASIALAB", "temporary", "token/+=", later));
    let ask = |who| cloud.route53_as(who).list_hosted_zones().send();
    assert!(ask(("ASIALAB", "temporary", Some("token/+="))).await.is_ok());
    assert_eq!(refused(ask(("AKIALAB", "wrong", None)).await), (403, "SignatureDoesNotMatch".to_owned()));
    assert_eq!(refused(ask(("AKIANOT", "x", None)).await), (403, "InvalidClientTokenId".to_owned()));
    assert_eq!(refused(ask(("ASIALAB", "temporary", None)).await), (403, "InvalidClientTokenId".to_owned()));
}

#[tokio::test]
async fn throttling_and_refusals_can_be_switched_on() {
    let cloud = Cloud::start().await;
    let client = cloud.route53();
    cloud.arm("route53", "GET", "/rrset", Fault::Status(400));
    let list = || client.list_resource_record_sets().hosted_zone_id("Z0LAB").send();
    assert_eq!(refused(list().await), (400, "Throttling".to_owned()));
    assert!(client.list_hosted_zones().send().await.is_ok());
    cloud.faults.clear();
    cloud.arm("route53", "", "", Fault::Status(403));
    assert_eq!(refused(list().await), (403, "AccessDenied".to_owned()));
}
