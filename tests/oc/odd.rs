//! An API server of the test's own, for what neither the lab's nor a real one answers.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::runtime::Handle;

use super::kit::Kit;

/// What is answered.
#[derive(Clone)]
pub enum Answer {
    /// This text, with status 200.
    Text(&'static str),
    /// A command's streams: the protocol that is spoken, and each message.
    Streams(&'static str, Vec<(u8, &'static str)>),
}

/// The paths that it answers oddly, and how.
type Odd = Vec<(&'static str, Answer)>;

/// What an API server with nothing but pods answers.
const USUAL: [(&str, &str); 6] = [
    ("/api/v1/namespaces/kube-system", r#"{"metadata": {"name": "kube-system", "uid": "u-1"}}"#),
    ("/version", r#"{"gitVersion": "v1.33.0"}"#),
    ("/api", r#"{"kind": "APIVersions", "versions": ["v1"]}"#),
    ("/apis", r#"{"kind": "APIGroupList", "groups": []}"#),
    (
        "/api/v1",
        r#"{"kind": "APIResourceList", "groupVersion": "v1", "resources": [{"name": "pods", "singularName": "pod",
           "namespaced": true, "kind": "Pod", "verbs": ["get", "list"]}]}"#,
    ),
    ("/api/v1/namespaces/default/pods/etcd-0", r#"{"kind": "Pod", "metadata": {"name": "etcd-0"}}"#),
];

/// Leads `source` to a server that answers these paths oddly, and all others as usual.
pub fn lead_to_odd(kit: &Kit, odd: Odd) -> SocketAddr {
    let address = open(kit.runtime.handle(), odd);
    kit.write_kubeconfig(&format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts:\n  - name: c\n    context:\n      cluster: c\n      \
         user: u\nclusters:\n  - name: c\n    cluster:\n      server: http://{address}\nusers:\n  - name: u\n    user: {{}}\n"
    ));
    address
}

fn open(runtime: &Handle, odd: Odd) -> SocketAddr {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(answer).with_state(Arc::new(odd));
    runtime.spawn(async move { axum::serve(listener, router).await });
    address
}

async fn answer(
    State(odd): State<Arc<Odd>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    uri: Uri,
) -> Response {
    let path = uri.path();
    let Some((_, odd)) = odd.iter().find(|(known, _)| *known == path) else {
        let usual = USUAL.iter().find(|(known, _)| *known == path);
        return usual.map_or(http::StatusCode::NOT_FOUND.into_response(), |(_, text)| text.into_response());
    };
    match (odd.clone(), upgrade) {
        (Answer::Text(text), _) => text.into_response(),
        (Answer::Streams(protocol, messages), Ok(upgrade)) => {
            upgrade.protocols([protocol]).on_upgrade(async move |mut socket| {
                for (channel, text) in &messages {
                    let message = [&[*channel], text.as_bytes()].concat();
                    socket.send(Message::Binary(message.into())).await.unwrap();
                }
                // The other side ends it.
                while let Some(Ok(_)) = socket.recv().await {}
            })
        }
        (Answer::Streams(..), Err(rejected)) => rejected.into_response(),
    }
}
