//! The server's side of HTTP: from a request to the handler of its verb.

mod body;
mod delete;
mod discovery;
mod fault;
mod openapi;
mod options;
mod patch;
mod path;
mod pods;
mod read;
mod scale;
mod tokens;
mod view;
mod watch;
mod write;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;

use super::access::{self, reviews};
use super::exec::PodRuntime;
use super::identity::{User, identify, impersonated};
use super::kinds::Kind;
use super::registry::{Part, Target};
use super::selectors::Selector;
use super::status::Status;
use super::store::Store;
use super::tls::Connection;
use super::tokens::Tokens;
use crate::clock::Clock;
use crate::faults::Faults;
use path::{ResourcePath, Route};

/// What handlers work with.
#[derive(Clone)]
pub struct Context {
    /// The server's name.
    pub name: String,
    /// The objects.
    pub store: Store,
    /// What runs behind pods.
    pub runtime: Arc<dyn PodRuntime>,
    /// The faults that strike requests.
    pub faults: Faults,
    /// The clock that slow answers go by.
    pub clock: Clock,
    /// The bearer tokens.
    pub tokens: Tokens,
    /// Where the server listens.
    pub address: SocketAddr,
}

/// A request for a resource, understood.
#[derive(Clone)]
pub(super) struct Request {
    pub context: Arc<Context>,
    pub user: User,
    pub kind: Arc<Kind>,
    pub path: ResourcePath,
    pub query: Query,
    pub headers: HeaderMap,
}

/// The query of a request. A parameter given twice keeps its last value.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(BTreeMap<String, String>);

/// Makes the router of a server.
pub fn router(context: Context) -> Router {
    let context = Arc::new(context);
    let faults = axum::middleware::from_fn_with_state(context.clone(), fault::strike);
    Router::new().fallback(serve).layer(faults).with_state(context)
}

async fn serve(
    State(context): State<Arc<Context>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: axum::extract::Request,
) -> Response {
    let user = match identify(request.headers(), &connection, &context.tokens) {
        Ok(user) => user,
        Err(unauthorized) => return unauthorized.into_response(),
    };
    let user = match impersonated(request.headers()) {
        Some(other) => match context.store.read(|state| access::check_impersonation(state, &user, &other)) {
            Ok(()) => other,
            Err(refused) => return refused.into_response(),
        },
        None => user,
    };
    let mut request = request;
    request.extensions_mut().insert(connection);
    dispatch(context, user, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn dispatch(
    context: Arc<Context>,
    user: User,
    request: axum::extract::Request,
) -> Result<Response, Status> {
    let query = Query::of(request.uri().query().unwrap_or_default());
    match path::parse(request.uri().path())? {
        Route::Other(segments) if !may_look(&user, &segments) => {
            Err(Status::forbidden_path(&user.name, &segments.join("/")))
        }
        Route::Other(segments) => discovery::answer_other(&context, &segments, request.headers()),
        Route::Resource(path) => {
            let kind = context.store.read(|state| {
                let kind = state.kinds.served(&path.group, &path.version, &path.plural);
                kind.ok_or_else(|| absent(state.kinds.all(), &path.group))
            })?;
            if kind.namespaced == path.namespace.is_empty() && !(path.name.is_empty() && kind.namespaced) {
                return Err(if kind.custom { Status::no_such_page() } else { Status::no_such_path() });
            }
            let headers = request.headers().clone();
            let asked = Request { context, user, kind, path, query, headers };
            view::check_acceptable(&asked)?;
            asked.check_access(request.method())?;
            handle(asked, request).await
        }
    }
}

/// What is said of a resource that is not served: a group of the server's own knows its paths, others have none.
fn absent<'a>(mut kinds: impl Iterator<Item = &'a Arc<Kind>>, group: &str) -> Status {
    if kinds.any(|kind| kind.group == group && !kind.custom) {
        Status::no_such_path()
    } else {
        Status::no_such_page()
    }
}

/// Nobody in particular sees the version and the health, everybody known what is served, and masters the rest.
fn may_look(user: &User, segments: &[String]) -> bool {
    let is_in = |wanted: &str| user.groups.iter().any(|group| group == wanted);
    match segments.first().map(String::as_str) {
        Some("healthz" | "livez" | "readyz" | "version") => true,
        None | Some("api" | "apis" | "openapi") => !is_in("system:unauthenticated"),
        Some(_) => is_in("system:masters"),
    }
}

async fn handle(asked: Request, request: axum::extract::Request) -> Result<Response, Status> {
    let method = request.method().clone();
    let named = !asked.path.name.is_empty();
    match (method.as_str(), asked.path.subresource.as_str()) {
        (_, subresource @ ("binding" | "eviction" | "exec" | "log"))
            if named && asked.kind.others.contains(&subresource) =>
        {
            pods::handle(&asked, request).await
        }
        ("POST", "token") if named && asked.kind.others.contains(&"token") => {
            tokens::issue(&asked, body::read(request).await?.object()?)
        }
        (method, "scale") if named && asked.kind.scale.is_some() => {
            let body = body::read(request).await?;
            scale::handle(&asked, method, &body)
        }
        ("POST", "") if !named && !asked.kind.kept => {
            let review = body::read(request).await?.object()?;
            let answered =
                asked.context.store.read(|s| reviews::answer(s, &asked.user, &asked.kind, review))?;
            Ok(view::answer(http::StatusCode::CREATED, &answered))
        }
        _ if !asked.kind.kept => Err(Status::method_not_allowed()),
        ("POST" | "DELETE", "") if !named && asked.kind.namespaced && asked.path.namespace.is_empty() => {
            Err(Status::method_not_allowed())
        }
        ("POST", "") if !named => write::create(&asked, &body::read(request).await?),
        ("GET" | "HEAD", "") if !named && asked.query.is_set("watch") => watch::watch(&asked),
        ("GET" | "HEAD", "") if !named => read::list(&asked),
        ("DELETE", "") if !named => delete::delete_collection(&asked, &body::read(request).await?),
        ("DELETE", "") => delete::delete_one(&asked, &body::read(request).await?),
        (method, subresource) if named => {
            let part = asked.part(subresource)?;
            match method {
                "GET" | "HEAD" => read::get(&asked),
                "PUT" => write::replace(&asked, part, &body::read(request).await?),
                "PATCH" => patch::patch(&asked, part, &body::read(request).await?),
                _ => Err(Status::method_not_allowed()),
            }
        }
        _ => Err(Status::method_not_allowed()),
    }
}

impl Request {
    /// What the request is about.
    fn target(&self, part: Part) -> Target {
        Target {
            kind: self.kind.clone(),
            version: self.path.version.clone(),
            namespace: self.path.namespace.clone(),
            name: self.path.name.clone(),
            part,
            user: self.user.clone(),
        }
    }

    /// Refuses what the user may not do.
    fn check_access(&self, method: &http::Method) -> Result<(), Status> {
        let named = !self.path.name.is_empty();
        let verb = match method.as_str() {
            "GET" | "HEAD" if named => "get",
            "GET" | "HEAD" if self.query.is_set("watch") => "watch",
            "GET" | "HEAD" => "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" if named => "delete",
            "DELETE" => "deletecollection",
            _ => return Err(Status::method_not_allowed()),
        };
        let mut path = self.path.clone();
        if !named && matches!(verb, "list" | "watch" | "deletecollection") {
            // Who asks for one by its name may see it alone.
            let fields = self.query.text("fieldSelector");
            let selector = Selector::parse(&self.kind, "", fields).unwrap_or_default();
            selector.name().unwrap_or_default().clone_into(&mut path.name);
        }
        let attempt = access::Attempt {
            verb: verb.to_owned(),
            group: path.group,
            resource: path.plural,
            subresource: path.subresource,
            namespace: path.namespace,
            name: path.name,
        };
        self.context.store.read(|state| access::check(state, &self.user, &self.kind, &attempt))
    }

    /// The part of the object that a subresource writes.
    fn part(&self, subresource: &str) -> Result<Part, Status> {
        match subresource {
            "" => Ok(Part::Whole),
            "status" if self.kind.status => Ok(Part::Status),
            "finalize" if self.kind.others.contains(&"finalize") => Ok(Part::Finalize),
            "approval" if self.kind.others.contains(&"approval") => Ok(Part::Approval),
            _ => Err(Status::no_such_path()),
        }
    }

    fn header(&self, name: http::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Query {
    fn of(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The parameter's text; empty if it is absent.
    fn text(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Whether a flag is on.
    fn is_set(&self, name: &str) -> bool {
        matches!(self.text(name), "true" | "1" | "True")
    }

    /// The parameter as a number; none if it is absent.
    fn number(&self, name: &str) -> Result<Option<u64>, Status> {
        match self.text(name) {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| Status::bad_request(format!("Invalid value: {name}={text:?} is no number"))),
        }
    }

    /// Whether nothing shall be kept. Anything but `All` is refused, as one of the `options` of the verb.
    fn dry_run(&self, options: &str) -> Result<bool, Status> {
        match self.text("dryRun") {
            "" => Ok(false),
            other => delete::check_dry_run(options, &[other.to_owned()]),
        }
    }
}
