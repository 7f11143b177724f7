//! An address that leads to an API server: to one and later to another, as a load balancer's may, or to none.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// The front of a server.
pub struct Front {
    pub address: SocketAddr,
    to: Arc<Mutex<SocketAddr>>,
    runtime: Handle,
    open: Mutex<CancellationToken>,
    cut: Arc<Mutex<Option<usize>>>,
}

impl Front {
    pub fn open(runtime: &Handle, to: SocketAddr) -> Self {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let open = CancellationToken::new();
        let front = Self {
            address,
            to: Arc::new(Mutex::new(to)),
            runtime: runtime.clone(),
            open: Mutex::default(),
            cut: Arc::default(),
        };
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

    /// Breaks the next connection over which the server has sent this many bytes, and no other.
    pub fn cut_after(&self, bytes: usize) {
        *self.cut.lock().unwrap() = Some(bytes);
    }

    /// Whether no connection is to be broken any more.
    pub fn has_cut(&self) -> bool {
        self.cut.lock().unwrap().is_none()
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
        let (to, open, cut) = (self.to.clone(), open.clone(), self.cut.clone());
        self.runtime.spawn(async move {
            loop {
                let accepted = open.run_until_cancelled(listener.accept()).await;
                let Some(Ok((client, _))) = accepted else { return };
                let (target, open, cut) = (*to.lock().unwrap(), open.clone(), cut.clone());
                tokio::spawn(open.run_until_cancelled_owned(async move {
                    if let Ok(server) = TcpStream::connect(target).await {
                        carry(client, server, &cut).await;
                    }
                }));
            }
        });
    }
}

/// Carries what either side says to the other until one of them has ended, or the connection is to break.
async fn carry(mut client: TcpStream, mut server: TcpStream, cut: &Mutex<Option<usize>>) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.split(), server.split());
    let answer = async {
        let (mut sent, mut buffer) = (0, vec![0; 1 << 14]);
        while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
            sent += count;
            let breaks = cut.lock().unwrap().take_if(|limit| sent > *limit).is_some();
            if breaks || to_client.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    };
    // The end of either side ends the other: there is nothing to say about how.
    tokio::select! {
        () = answer => {}
        _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
    }
}
