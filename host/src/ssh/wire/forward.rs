//! A port of this machine that leads through a host's connection to a port of that host.

use std::net::{Ipv4Addr, SocketAddr};

use openssh::{ForwardType, Socket};
use tokio::net::TcpListener;

use super::failure::innermost;
use super::session;
use crate::environment::Host;
use crate::gate::Permitted;
use crate::problem::Problem;

/// How often another port is tried where somebody was faster to take the one that was free.
const TRIES: u32 = 3;

/// Forwards a free port of this machine's loopback to `port` of the host's.
pub(in crate::ssh) async fn forward(permitted: Permitted<Host>, port: u16) -> Result<SocketAddr, Problem> {
    let connection = session::connection(&permitted).await?;
    let there = || Socket::TcpSocket { host: "127.0.0.1".into(), port };
    let mut last = String::new();
    for _ in 0..TRIES {
        let address = match free().await {
            Ok(address) => address,
            Err(error) => {
                last = error.to_string();
                continue;
            }
        };
        match connection.session.request_port_forward(ForwardType::Local, address, there()).await {
            Ok(()) => return Ok(address),
            Err(error) => last = innermost(&error),
        }
    }
    Err(Problem::new("forward", format!("port {port} of {} cannot be forwarded: {last}", &*permitted))
        .hint("ssh here listens on no further port: look at `ulimit -n`, and at the forwards that are open"))
}

/// A port of loopback that nobody has at the moment.
async fn free() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()
}
