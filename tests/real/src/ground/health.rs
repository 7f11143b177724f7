//! Whether an etcd member has a leader: what it answers on its plain port for metrics.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The port on which a member tells of its health, beside those for clients and peers.
pub(super) const PORT: u16 = 2381;

/// How long a member may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Says whether the member at `address` has a leader, and so a quorum.
pub(super) async fn has_leader(address: Ipv4Addr) -> bool {
    let asked = tokio::time::timeout(PATIENCE, ask(address)).await;
    asked.is_ok_and(|answer| answer.is_ok_and(|text| text.contains(r#""health":"true""#)))
}

async fn ask(address: Ipv4Addr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((address, PORT)).await?;
    stream.write_all(b"GET /health HTTP/1.0\r\n\r\n").await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    Ok(text)
}
