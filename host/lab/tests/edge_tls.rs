//! The port of an API server seen by clients: who they are taken for, and what they see when it goes down.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it is surprised")]

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::get};
use drsh_lab::apiserver::authority::Authority;
use drsh_lab::apiserver::identity::{User, identify};
use drsh_lab::apiserver::kubeconfig::{KubeconfigOptions, kubeconfig};
use drsh_lab::apiserver::tls::{Connection, Face, Listener, Switch};
use drsh_lab::apiserver::tokens::Tokens;
use http::{HeaderMap, Request};
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Long enough for any machine; nothing waits for it when all is well.
const LIMIT: Duration = Duration::from_secs(30);

struct Server {
    authority: Authority,
    switch: Switch,
    tokens: Tokens,
}

impl Server {
    fn start() -> Self {
        let authority = Authority::new("lab").unwrap();
        let switch = Switch::bind().unwrap();
        let tokens = Tokens::default();
        let certificate = authority.issue_server("api", &["api-demo.hc.lab".into()]).unwrap();
        let listener = Listener::new(switch.clone(), Face::new(&authority, &certificate).unwrap());
        let app = Router::new()
            .route("/whoami", get(whoami))
            .route("/cut", get(cut))
            .with_state(tokens.clone())
            .into_make_service_with_connect_info::<Connection>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { authority, switch, tokens }
    }

    /// A real client with a certificate of `authority`, trusting this server's.
    async fn client(&self, authority: &Authority, user: &User) -> kube::Client {
        let url = format!("https://{}", self.switch.address());
        let ours = Kubeconfig::from_yaml(&yaml(&self.authority, &url, user)).unwrap();
        let theirs = Kubeconfig::from_yaml(&yaml(authority, &url, user)).unwrap();
        let mixed = Kubeconfig { auth_infos: theirs.auth_infos, ..ours };
        let config =
            kube::Config::from_custom_kubeconfig(mixed, &KubeConfigOptions::default()).await.unwrap();
        kube::Client::try_from(config).unwrap()
    }
}

fn yaml(authority: &Authority, url: &str, user: &User) -> String {
    kubeconfig("demo", url, authority, user, &KubeconfigOptions::default()).unwrap()
}

async fn whoami(
    State(tokens): State<Tokens>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    headers: HeaderMap,
) -> Response {
    match identify(&headers, &connection, &tokens) {
        Ok(user) => Json(json!({ "name": user.name, "groups": user.groups })).into_response(),
        Err(unauthorized) => unauthorized.into_response(),
    }
}

async fn cut(ConnectInfo(connection): ConnectInfo<Connection>) {
    connection.cut();
    std::future::pending::<()>().await;
}

async fn ask(client: &kube::Client, path: &str, token: Option<&str>) -> kube::Result<Value> {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Vec::new()).unwrap();
    tokio::time::timeout(LIMIT, client.request(request)).await.expect("an answer in time")
}

#[tokio::test]
async fn a_client_is_known_by_the_certificate_in_its_kubeconfig() {
    let server = Server::start();
    let client = server.client(&server.authority, &User::new("ada", ["system:masters"])).await;
    let me = ask(&client, "/whoami", None).await.unwrap();
    assert_eq!(me, json!({ "name": "ada", "groups": ["system:masters", "system:authenticated"] }));
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_unauthorized_unless_a_token_speaks_for_the_client() {
    let server = Server::start();
    server.tokens.add("t0ken", User::service_account("kube-system", "builder"));
    let client = server.client(&Authority::new("other").unwrap(), &User::admin()).await;

    let refused = ask(&client, "/whoami", None).await.unwrap_err();
    assert!(matches!(&refused, kube::Error::Api(status) if status.code == 401), "{refused:?}");
    let me = ask(&client, "/whoami", Some("t0ken")).await.unwrap();
    assert_eq!(me["name"], "system:serviceaccount:kube-system:builder");
}

#[tokio::test]
async fn a_server_that_is_down_refuses_connections_and_comes_back_on_the_same_port() {
    let server = Server::start();
    let address = server.switch.address();
    let client = server.client(&server.authority, &User::admin()).await;
    ask(&client, "/whoami", None).await.unwrap();

    server.switch.down();
    let refused = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert!(ask(&client, "/whoami", None).await.is_err());

    server.switch.up().unwrap();
    server.switch.up().unwrap();
    assert_eq!(server.switch.address(), address);
    ask(&client, "/whoami", None).await.unwrap();
}

#[tokio::test]
async fn going_down_cuts_the_connections_that_are_open() {
    let server = Server::start();
    let mut stream = raw(&server).await;
    server.switch.down();
    // The end of the stream, or the error that stands for it: but at once.
    let read = tokio::time::timeout(LIMIT, stream.read_to_end(&mut Vec::new())).await;
    assert!(read.is_ok());
}

#[tokio::test]
async fn a_request_can_cut_its_own_connection() {
    let server = Server::start();
    let client = server.client(&server.authority, &User::admin()).await;
    let error = ask(&client, "/cut", None).await.unwrap_err();
    assert!(!matches!(error, kube::Error::Api(_)), "{error:?}");
    ask(&client, "/whoami", None).await.unwrap();
}

#[tokio::test]
async fn a_client_that_never_finishes_its_handshake_holds_up_nobody() {
    let server = Server::start();
    let _silent = TcpStream::connect(server.switch.address()).await.unwrap();
    let client = server.client(&server.authority, &User::admin()).await;
    ask(&client, "/whoami", None).await.unwrap();
}

#[tokio::test]
async fn the_certificate_is_good_for_the_names_it_was_issued_for() {
    let server = Server::start();
    let url = format!("https://{}", server.switch.address());
    let options = KubeconfigOptions { tls_server_name: Some("api-demo.hc.lab".into()), ..Default::default() };
    let yaml = kubeconfig("demo", &url, &server.authority, &User::admin(), &options).unwrap();
    let read = Kubeconfig::from_yaml(&yaml).unwrap();
    let config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
    let client = kube::Client::try_from(config).unwrap();
    assert_eq!(ask(&client, "/whoami", None).await.unwrap()["name"], "system:admin");
}

/// An open TLS connection without a client certificate, on which one request was answered.
async fn raw(server: &Server) -> tokio_rustls::client::TlsStream<TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(server.authority.certificate()).unwrap();
    let config =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let address: SocketAddr = server.switch.address();
    let tcp = TcpStream::connect(address).await.unwrap();
    let name = address.ip().into();
    let mut stream = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
    stream.write_all(b"GET /whoami HTTP/1.1\r\nhost: lab\r\n\r\n").await.unwrap();
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    assert!(String::from_utf8_lossy(&answer[..length]).contains("200 OK"));
    stream
}
