//! Accepts TLS connections for axum; a client that dawdles in its handshake holds up nobody else.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::server::TlsStream;

use super::face::Face;
use super::switch::{Cut, Switch, Ticket};
use crate::apiserver::identity::Peer;

/// How long a handshake may take.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(30);

/// Who is at the other end of a connection, and the means to cut it.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The client's address.
    pub address: Option<SocketAddr>,
    /// What its certificate says.
    pub user: Peer,
    /// Cuts the connection; absent in tests that have none.
    pub cut: Option<Cut>,
}

/// The TLS listener of an API server.
pub struct Listener {
    switch: Switch,
    face: Face,
    sender: mpsc::Sender<(Stream, Connection)>,
    ready: mpsc::Receiver<(Stream, Connection)>,
}

/// A TLS connection that leaves its switch when it is dropped.
pub struct Stream {
    inner: TlsStream<TcpStream>,
    _ticket: Ticket,
}

impl Listener {
    /// Listens on the switch's port with the certificate that `face` shows.
    #[must_use]
    pub fn new(switch: Switch, face: Face) -> Self {
        let (sender, ready) = mpsc::channel(64);
        Self { switch, face, sender, ready }
    }

    fn greet(&self, stream: TcpStream, ticket: Ticket, address: SocketAddr) {
        let handshake = self.face.acceptor().accept(stream);
        let sender = self.sender.clone();
        let verifier = Arc::clone(self.face.verifier());
        tokio::spawn(async move {
            let inner = match tokio::time::timeout(HANDSHAKE_LIMIT, handshake).await {
                Ok(Ok(inner)) => inner,
                Ok(Err(error)) => return tracing::debug!(%address, %error, "TLS handshake failed"),
                Err(_) => return tracing::debug!(%address, "TLS handshake timed out"),
            };
            let user = verifier.peer(inner.get_ref().1.peer_certificates());
            let connection = Connection { address: Some(address), user, cut: Some(ticket.cut()) };
            // The send fails when the server has stopped; the connection goes with it.
            let _ = sender.send((Stream { inner, _ticket: ticket }, connection)).await;
        });
    }
}

impl axum::serve::Listener for Listener {
    type Io = Stream;
    type Addr = Connection;

    async fn accept(&mut self) -> (Stream, Connection) {
        loop {
            tokio::select! {
                // Never `None`: we hold a sender ourselves.
                Some(ready) = self.ready.recv() => return ready,
                (stream, ticket, address) = self.switch.accept() => self.greet(stream, ticket, address),
            }
        }
    }

    fn local_addr(&self) -> io::Result<Connection> {
        Ok(Connection { address: Some(self.switch.address()), user: Peer::Unknown, cut: None })
    }
}

impl Connection {
    /// A connection of which only the peer is known.
    #[must_use]
    pub fn of(user: Peer) -> Self {
        Self { address: None, user, cut: None }
    }

    /// Cuts the connection now, in the middle of whatever it carries.
    pub fn cut(&self) {
        if let Some(cut) = &self.cut {
            cut.cut();
        }
    }
}

impl Connected<IncomingStream<'_, Listener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.remote_addr().clone()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
