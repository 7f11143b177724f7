//! A port on loopback that can be taken down and brought up again: refused, not silent, while it is down.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// How long to rest when no connection could be accepted.
const REST: Duration = Duration::from_millis(50);

/// The switch of a server's port. Clones are the same switch.
#[derive(Debug, Clone)]
pub struct Switch {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    address: SocketAddr,
    state: Mutex<State>,
    /// Bound and never listening: it keeps the port ours while the server is down.
    _reserve: TcpSocket,
}

#[derive(Debug, Default)]
struct State {
    listener: Option<TcpListener>,
    acceptor: Option<Waker>,
    open: HashMap<u64, std::net::TcpStream>,
    next: u64,
}

/// One open connection, as something that can be cut. Clones are the same connection, and keep nothing open.
#[derive(Debug, Clone)]
pub struct Cut {
    id: u64,
    shared: Weak<Shared>,
}

/// Keeps a connection in its switch until it is dropped with the stream.
#[derive(Debug)]
pub(crate) struct Ticket(Cut);

impl Switch {
    /// Binds a free port of loopback and listens on it.
    ///
    /// Must be called within a tokio runtime.
    pub fn bind() -> io::Result<Self> {
        let reserve = reusable(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = reserve.local_addr()?;
        let switch =
            Self { shared: Arc::new(Shared { address, state: Mutex::default(), _reserve: reserve }) };
        switch.up()?;
        Ok(switch)
    }

    /// The address, which stays the same while the switch lives.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// Says whether new connections are accepted.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.shared.lock().listener.is_some()
    }

    /// Closes the port, so that connections are refused from now on, and cuts the open ones.
    pub fn down(&self) {
        let mut state = self.shared.lock();
        state.listener = None;
        for (_, connection) in state.open.drain() {
            // It fails only if the client was quicker, which is what we want.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// Opens the port again. It does nothing if it is open.
    pub fn up(&self) -> io::Result<()> {
        let mut state = self.shared.lock();
        if state.listener.is_none() {
            state.listener = Some(reusable(self.shared.address)?.listen(BACKLOG)?);
            if let Some(acceptor) = state.acceptor.take() {
                acceptor.wake();
            }
        }
        Ok(())
    }

    /// Waits for the next connection, also while the port is down.
    pub(crate) async fn accept(&self) -> (TcpStream, Ticket, SocketAddr) {
        loop {
            match poll_fn(|context| self.poll_accept(context)).await {
                Ok(accepted) => return accepted,
                Err(error) => {
                    // Either the client has gone, or we lack descriptors, which a moment's rest may bring back.
                    tracing::warn!(%error, "accept failed");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }

    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<(TcpStream, Ticket, SocketAddr)>> {
        let mut state = self.shared.lock();
        // The listener wakes us for a connection; `up` does once there is a new listener.
        state.acceptor = Some(context.waker().clone());
        let Some(listener) = &state.listener else { return Poll::Pending };
        let (stream, peer) = ready!(listener.poll_accept(context))?;
        let (stream, ticket) = self.register(&mut state, stream)?;
        Poll::Ready(Ok((stream, ticket, peer)))
    }

    /// Keeps a second handle of the socket: shutting it down is seen at once, whatever the server's task waits for.
    fn register(&self, state: &mut State, stream: TcpStream) -> io::Result<(TcpStream, Ticket)> {
        stream.set_nodelay(true)?;
        let stream = stream.into_std()?;
        let handle = stream.try_clone()?;
        let stream = TcpStream::from_std(stream)?;
        let id = state.next;
        state.next += 1;
        state.open.insert(id, handle);
        Ok((stream, Ticket(Cut { id, shared: Arc::downgrade(&self.shared) })))
    }
}

impl Cut {
    /// Cuts the connection now, in the middle of whatever it carries.
    pub fn cut(&self) {
        let Some(shared) = self.shared.upgrade() else { return };
        let connection = shared.lock().open.remove(&self.id);
        if let Some(connection) = connection {
            // It fails only if the client closed first.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

impl Ticket {
    /// What others may hold of the connection.
    pub(crate) fn cut(&self) -> Cut {
        self.0.clone()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.cut();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket that shares its address with others that say the same, as long as one at most listens.
fn reusable(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
