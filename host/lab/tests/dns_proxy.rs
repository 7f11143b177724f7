//! The proxy seen by a Kubernetes client: a name that never changes, and a cluster that DNS chooses.

#![allow(clippy::unwrap_used, reason = "a test whose world cannot be set up has failed")]

use axum::{Json, Router, routing::get};
use drsh_lab::apiserver::authority::Authority;
use drsh_lab::apiserver::tls::{Connection, Face, Listener, Switch};
use drsh_lab::aws::route53::{Change, Record, Zone};
use drsh_lab::dns::{Balancers, Proxy, Resolver};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A server that answers `/version` with its own name, under a certificate for the API's public name.
fn cluster(authority: &Authority, name: &'static str) -> Switch {
    let switch = Switch::bind().unwrap();
    let certificate = authority.issue_server(name, &["api-demo.hc.lab".into()]).unwrap();
    let listener = Listener::new(switch.clone(), Face::new(authority, &certificate).unwrap());
    let version = json!({
        "major": "1", "minor": "30", "gitVersion": name, "gitCommit": "", "gitTreeState": "",
        "buildDate": "", "goVersion": "", "compiler": "", "platform": "",
    });
    let app = Router::new()
        .route("/version", get(move || async { Json(version) }))
        .into_make_service_with_connect_info::<Connection>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    switch
}

fn client(authority: &Authority, proxy: &Proxy, server: &str) -> kube::Client {
    let mut config = kube::Config::new(server.parse().unwrap());
    config.root_cert = Some(vec![authority.certificate().to_vec()]);
    config.proxy_url = Some(proxy.url().parse().unwrap());
    kube::Client::try_from(config).unwrap()
}

async fn asks(client: &kube::Client) -> Result<String, kube::Error> {
    client.apiserver_version().await.map(|version| version.git_version)
}

#[tokio::test]
async fn a_client_with_one_url_reaches_the_cluster_that_dns_names() {
    let authority = Authority::new("lab").unwrap();
    let (source, destination) = (cluster(&authority, "source"), cluster(&authority, "destination"));
    let (zone, balancers) = (Zone::new("Z0LAB", "hc.lab"), Balancers::default());
    balancers.set("lb-source.elb.lab", source.address());
    balancers.set("lb-destination.elb.lab", destination.address());
    let proxy = Proxy::start(Resolver::new(vec![zone.clone()], balancers)).await.unwrap();
    let point_to = |target| {
        let record = Record::new("api-demo.hc.lab", "CNAME", 60, [target]);
        zone.change(&[Change::Upsert(record)]).unwrap();
    };
    let fresh = || client(&authority, &proxy, "https://api-demo.hc.lab:443");
    assert!(asks(&fresh()).await.is_err());
    point_to("lb-source.elb.lab");
    assert_eq!(asks(&fresh()).await.unwrap(), "source");
    point_to("lb-destination.elb.lab");
    assert_eq!(asks(&fresh()).await.unwrap(), "destination");
    let literal = format!("https://{}", source.address());
    assert_eq!(asks(&client(&authority, &proxy, &literal)).await.unwrap(), "source");
}

#[tokio::test]
async fn what_dns_does_not_know_is_a_bad_gateway_with_the_reason() {
    let proxy =
        Proxy::start(Resolver::new(vec![Zone::new("Z", "hc.lab")], Balancers::default())).await.unwrap();
    let says = async |request: &str| {
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let unknown =
        says("CONNECT api.hc.lab:443 HTTP/1.1\r\nhost: api.hc.lab:443\r\nconnection: close\r\n\r\n").await;
    assert!(
        unknown.starts_with("HTTP/1.1 502 ") && unknown.ends_with("api.hc.lab: no such host\n"),
        "{unknown}"
    );
    let outside = says("CONNECT 192.0.2.1:443 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(outside.starts_with("HTTP/1.1 502 "), "{outside}");
    let plain =
        says("GET http://api.hc.lab/ HTTP/1.1\r\nhost: api.hc.lab\r\nconnection: close\r\n\r\n").await;
    assert!(plain.starts_with("HTTP/1.1 405 "), "{plain}");
}
