//! HTTP servers on free loopback ports, plain or over TLS, that end when their last handle is dropped.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Says that a connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed without an answer")]
pub(crate) struct Closed;

impl From<Infallible> for Closed {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// A running server; it ends, with its connections, when the last clone is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Loopback {
    address: SocketAddr,
    _guard: Arc<DropGuard>,
}

impl Loopback {
    /// Binds a free port of 127.0.0.1 and lets `answer` answer what arrives there.
    pub(crate) async fn serve<A, F>(tls: Option<Arc<rustls::ServerConfig>>, answer: A) -> io::Result<Self>
    where
        A: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Response<Body>, Closed>> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let end = CancellationToken::new();
        let guard = Arc::new(end.clone().drop_guard());
        let acceptor = tls.map(TlsAcceptor::from);
        tokio::spawn(async move {
            while let Some(stream) = end.run_until_cancelled(accept(&listener)).await {
                let (acceptor, answer, end) = (acceptor.clone(), answer.clone(), end.clone());
                tokio::spawn(async move { end.run_until_cancelled(welcome(stream, acceptor, answer)).await });
            }
        });
        Ok(Self { address, _guard: guard })
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// The next connection. One that dies before it is accepted does not end the server.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                tracing::debug!(%error, "a connection was not accepted");
                tokio::task::yield_now().await;
            }
        }
    }
}

async fn welcome<A, F>(stream: TcpStream, acceptor: Option<TlsAcceptor>, answer: A)
where
    A: Fn(Request<Incoming>) -> F,
    F: Future<Output = Result<Response<Body>, Closed>> + Send + 'static,
{
    // Nagle's algorithm and delayed acknowledgements together cost 40 ms an answer.
    let ended = match (stream.set_nodelay(true), acceptor) {
        (Err(error), _) => Err(error.to_string()),
        (Ok(()), None) => talk(stream, answer).await,
        (Ok(()), Some(acceptor)) => match acceptor.accept(stream).await {
            Ok(stream) => talk(stream, answer).await,
            Err(error) => Err(error.to_string()),
        },
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection ended early");
    }
}

async fn talk<S, A, F>(stream: S, answer: A) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Fn(Request<Incoming>) -> F,
    F: Future<Output = Result<Response<Body>, Closed>> + Send + 'static,
{
    http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service_fn(answer))
        .with_upgrades()
        .await
        .map_err(|error| error.to_string())
}
