//! What the protocol tests share: a server of their own, and clients for it.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "support of tests, each of which uses a part of it"
)]

use drsh_lab::apiserver::{ApiServer, Authority, ServerOptions, Store, User};
use drsh_lab::clock::Clock;
use drsh_lab::faults::Faults;
use kube::api::{Api, DynamicObject};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::Value;

/// A server with an empty store, and a client that may do everything.
pub struct Cluster {
    pub server: ApiServer,
    pub client: kube::Client,
    pub faults: Faults,
}

impl Cluster {
    pub async fn start() -> Self {
        Self::over(Store::new()).await
    }

    pub async fn over(store: Store) -> Self {
        let faults = Faults::default();
        let server = ApiServer::start(ServerOptions {
            name: "lab".to_owned(),
            authority: Authority::new("lab").unwrap(),
            hostnames: Vec::new(),
            store,
            runtime: std::sync::Arc::new(NoRuntime),
            faults: faults.clone(),
            clock: Clock::new(100.0, 1),
        })
        .await
        .unwrap();
        let client = server.client(&User::admin()).unwrap();
        Self { server, client, faults }
    }

    /// The objects of a kind, such as `("apps/v1", "Deployment", "deployments")`, in `default`.
    pub fn api(&self, (group_version, kind, plural): (&str, &str, &str)) -> Api<DynamicObject> {
        let (group, version) = group_version.split_once('/').unwrap_or(("", group_version));
        let resource =
            ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural);
        Api::namespaced_with(self.client.clone(), "default", &resource)
    }

    /// Sends a request and gives back the status code and the JSON of the answer.
    pub async fn raw(&self, method: &str, path: &str, content_type: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(&body).unwrap() };
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", content_type)
            .body(kube::client::Body::from(body))
            .unwrap();
        let response = self.client.send(request).await.unwrap();
        let code = response.status().as_u16();
        let bytes = response.into_body().collect_bytes().await.unwrap();
        (code, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}

/// Gives back the `Status` of a refused request.
pub fn refused<T: std::fmt::Debug>(result: Result<T, kube::Error>) -> kube::core::Status {
    match result.unwrap_err() {
        kube::Error::Api(status) => *status,
        other => panic!("not refused by the server: {other}"),
    }
}

/// A runtime without containers.
pub struct NoRuntime;

#[async_trait::async_trait]
impl drsh_lab::apiserver::PodRuntime for NoRuntime {
    async fn exec(&self, _: drsh_lab::apiserver::ExecRequest) -> drsh_lab::apiserver::ExitStatus {
        drsh_lab::apiserver::ExitStatus::Failed("no containers here".to_owned())
    }

    async fn logs(&self, _: &str, _: &str, _: Option<&str>) -> Result<Vec<u8>, String> {
        Err("no containers here".to_owned())
    }
}
