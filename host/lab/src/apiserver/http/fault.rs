//! Faults on the wire: what happens to a request instead of its answer, or on the way to it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};

use super::Context;
use crate::apiserver::status::Status;
use crate::apiserver::tls::Connection;
use crate::faults::{Fault, INHABITANT};

/// How many parts of a late answer wait at a time.
const WAITING: usize = 10_000;

/// Lets a fault strike the request, if one is armed for it.
pub async fn strike(
    State(context): State<Arc<Context>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let (faults, method) = (&context.faults, request.method().as_str());
    let struck = if request.headers().contains_key(INHABITANT) {
        faults.strike_inhabitant(&context.name, method, &path)
    } else {
        faults.strike(&context.name, method, &path)
    };
    let Some(fault) = struck else {
        return next.run(request).await;
    };
    tracing::debug!(server = context.name, path, ?fault, "a fault strikes");
    match fault {
        Fault::Status(code) => refusal(code).into_response(),
        Fault::Reset => {
            connection.cut();
            std::future::pending().await
        }
        Fault::Hang => std::future::pending().await,
        Fault::Slow(time) => {
            context.clock.sleep(time).await;
            next.run(request).await
        }
        Fault::Late(time) => late(next.run(request).await, context.clock.scaled(time)),
        Fault::CutAfter(bytes) => {
            // A connection that is taken over (exec) is cut by who takes it.
            request.extensions_mut().insert(Fault::CutAfter(bytes));
            cut_after(next.run(request).await, bytes, connection)
        }
    }
}

fn refusal(code: u16) -> Status {
    let (reason, message) = match code {
        401 => return Status::unauthorized(),
        403 => ("Forbidden", "forbidden: a fault of the lab"),
        408 | 504 => ("Timeout", "the request did not complete within the allowed time"),
        409 => ("Conflict", "the object has been modified; please apply your changes to the latest version"),
        410 => ("Expired", "too old resource version"),
        429 => ("TooManyRequests", "too many requests, please try again later"),
        503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
        _ => ("InternalError", "an error on the server has prevented the request from succeeding"),
    };
    let mut status = Status::new(code, reason, message);
    if code == 429 {
        status.details = Box::new(serde_json::json!({ "retryAfterSeconds": 1 }));
    }
    status
}

/// Sends each part of the body so long after it came.
fn late(response: Response, time: Duration) -> Response {
    let (parts, body) = response.into_parts();
    let chunks = body.into_data_stream().map(move |chunk| async move {
        tokio::time::sleep(time).await;
        chunk
    });
    // Those that wait do so side by side, and leave in their order.
    Response::from_parts(parts, Body::from_stream(chunks.buffered(WAITING)))
}

/// Sends `bytes` of the body, then cuts the connection.
fn cut_after(response: Response, bytes: u64, connection: Connection) -> Response {
    let (mut parts, body) = response.into_parts();
    // A length would let the client see the end coming; a stream just stops.
    parts.headers.remove(http::header::CONTENT_LENGTH);
    let left = usize::try_from(bytes).unwrap_or(usize::MAX);
    let chunks = body.into_data_stream();
    let cut = stream::unfold((chunks, left, connection), |(mut chunks, left, connection)| async move {
        if left == 0 {
            // What was sent before must leave the server first.
            tokio::task::yield_now().await;
            connection.cut();
            return None;
        }
        let chunk: Bytes = chunks.next().await?.ok()?;
        let sent = chunk.slice(..chunk.len().min(left));
        let left = left - sent.len();
        Some((Ok::<_, std::convert::Infallible>(sent), (chunks, left, connection)))
    });
    Response::from_parts(parts, Body::from_stream(cut))
}
