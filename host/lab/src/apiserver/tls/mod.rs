//! The HTTPS edge of an API server: its port, which can go down and come up, and its TLS handshakes.

mod face;
mod listener;
mod switch;
mod verify;

pub use face::Face;
pub use listener::{Connection, Listener, Stream};
pub use switch::{Cut, Switch};
