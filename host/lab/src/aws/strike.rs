//! Lets faults strike a request before and after it is answered.

use std::io;

use axum::body::{Body, Bytes};
use futures::{StreamExt, future, stream};
use http::{Request, Response};

use crate::clock::Clock;
use crate::faults::{Fault, Faults, INHABITANT};
use crate::loopback::Closed;

/// What is left to do with a request after the faults were asked.
pub(super) enum Struck {
    /// Answer with this status instead.
    Status(u16),
    /// Answer as usual, but cut the body after so many bytes, if a number is given.
    Answer(Option<u64>),
}

/// Asks which fault strikes, and lives through what goes before the answer.
///
/// A request that hangs never comes back from here: it ends when its client or its server goes.
pub(super) async fn strike<B>(
    faults: &Faults,
    clock: &Clock,
    server: &str,
    request: &Request<B>,
) -> Result<Struck, Closed> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let method = request.method().as_str();
    let struck = if request.headers().contains_key(INHABITANT) {
        faults.strike_inhabitant(server, method, path)
    } else {
        faults.strike(server, method, path)
    };
    match struck {
        None => Ok(Struck::Answer(None)),
        Some(Fault::Status(status)) => Ok(Struck::Status(status)),
        Some(Fault::Reset) => Err(Closed),
        Some(Fault::Hang) => future::pending().await,
        Some(Fault::Slow(time) | Fault::Late(time)) => {
            clock.sleep(time).await;
            Ok(Struck::Answer(None))
        }
        Some(Fault::CutAfter(bytes)) => Ok(Struck::Answer(Some(bytes))),
    }
}

/// Cuts the body of `response` after `limit` bytes, if there is a limit, as a dying connection does.
pub(super) fn cut(response: Response<Body>, limit: Option<u64>) -> Response<Body> {
    let Some(limit) = limit else { return response };
    response.map(|body| {
        let left = usize::try_from(limit).unwrap_or(usize::MAX);
        Body::from_stream(stream::unfold((body.into_data_stream(), left), |(mut body, left)| async move {
            if left == 0 {
                // The server writes what it has while the body is not ready; then the connection dies.
                tokio::task::yield_now().await;
                return Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), (body, left)));
            }
            let next = body.next().await?.map_err(io::Error::other).map(|mut chunk| {
                chunk.truncate(left);
                chunk
            });
            let left = left - next.as_ref().map_or(0, Bytes::len);
            Some((next, (body, left)))
        }))
    })
}
