//! An HTTP proxy that tunnels `CONNECT` to the server which the zones name.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use http::uri::Authority;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Resolver;
use crate::loopback::{Closed, Loopback};

/// A running proxy; it ends, with its tunnels, when the last clone is dropped.
///
/// It stands where a client's resolver and the network stand: a kubeconfig with
/// `server: https://api-demo.hc.lab:443` and this proxy's `proxy-url` reaches what DNS names now.
#[derive(Debug, Clone)]
pub struct Proxy {
    server: Loopback,
    _tunnels: Arc<DropGuard>,
}

impl Proxy {
    /// Binds a free loopback port and tunnels to what `resolver` finds.
    ///
    /// # Errors
    /// Those of binding.
    pub async fn start(resolver: Resolver) -> io::Result<Self> {
        let end = CancellationToken::new();
        let tunnels = Arc::new(end.clone().drop_guard());
        let server =
            Loopback::serve(None, move |request| tunnel(request, resolver.clone(), end.clone())).await?;
        Ok(Self { server, _tunnels: tunnels })
    }

    /// Where the proxy listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What a kubeconfig's `proxy-url` says.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }
}

async fn tunnel(
    request: Request<Incoming>,
    resolver: Resolver,
    end: CancellationToken,
) -> Result<Response<Body>, Closed> {
    if request.method() != Method::CONNECT {
        return Ok(says(StatusCode::METHOD_NOT_ALLOWED, "this proxy only tunnels: use CONNECT".to_owned()));
    }
    let Some(target) = request.uri().authority().cloned() else {
        return Ok(says(StatusCode::BAD_REQUEST, "CONNECT needs a host and a port".to_owned()));
    };
    let mut there = match reach(&resolver, &target).await {
        Ok(there) => there,
        Err(why) => return Ok(says(StatusCode::BAD_GATEWAY, why)),
    };
    tokio::spawn(async move {
        let copy = async {
            let here = hyper::upgrade::on(request).await.map_err(io::Error::other)?;
            tokio::io::copy_bidirectional(&mut TokioIo::new(here), &mut there).await
        };
        if let Some(Err(error)) = end.run_until_cancelled(copy).await {
            tracing::debug!(%target, %error, "a tunnel ended early");
        }
    });
    Ok(Response::new(Body::empty()))
}

async fn reach(resolver: &Resolver, target: &Authority) -> Result<TcpStream, String> {
    let port = target.port_u16().unwrap_or(443);
    let server = match target.host().trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) if address.is_loopback() => SocketAddr::new(address, port),
        _ => resolver.resolve(target.host(), port).map_err(|error| error.to_string())?,
    };
    let stream = TcpStream::connect(server).await.map_err(|error| format!("{}: {error}", target.host()))?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    Ok(stream)
}

fn says(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text + "\n"));
    *response.status_mut() = status;
    response
}
