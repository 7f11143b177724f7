//! An address that leads to an API server: to one and later to another, as a load balancer's may, or to none.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// The front of a server.
pub struct Front {
    pub address: SocketAddr,
    to: Arc<Mutex<SocketAddr>>,
    runtime: Handle,
    open: Mutex<CancellationToken>,
}

impl Front {
    pub fn open(runtime: &Handle, to: SocketAddr) -> Self {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let open = CancellationToken::new();
        let front =
            Self { address, to: Arc::new(Mutex::new(to)), runtime: runtime.clone(), open: Mutex::default() };
        front.listen(listener, &open);
        *front.open.lock().unwrap() = open;
        front
    }

    /// Leads new connections to another server, and ends those that are open.
    pub fn lead_to(&self, server: SocketAddr) {
        *self.to.lock().unwrap() = server;
        self.down();
        self.up();
    }

    /// Ends every connection, and takes no new one.
    pub fn down(&self) {
        self.open.lock().unwrap().cancel();
        // The listener is gone when nobody is let in any more.
        while std::net::TcpStream::connect(self.address).is_ok() {
            std::thread::yield_now();
        }
    }

    /// Takes connections again.
    pub fn up(&self) {
        let listener = self.runtime.block_on(TcpListener::bind(self.address)).unwrap();
        let open = CancellationToken::new();
        self.listen(listener, &open);
        *self.open.lock().unwrap() = open;
    }

    fn listen(&self, listener: TcpListener, open: &CancellationToken) {
        let (to, open) = (self.to.clone(), open.clone());
        self.runtime.spawn(async move {
            loop {
                let accepted = open.run_until_cancelled(listener.accept()).await;
                let Some(Ok((mut inner, _))) = accepted else { return };
                let (target, open) = (*to.lock().unwrap(), open.clone());
                tokio::spawn(open.run_until_cancelled_owned(async move {
                    if let Ok(mut outer) = TcpStream::connect(target).await {
                        // The end of either side ends the other: there is nothing to say about how.
                        let _ = tokio::io::copy_bidirectional(&mut inner, &mut outer).await;
                    }
                }));
            }
        });
    }
}
