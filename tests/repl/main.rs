//! The REPL: on a terminal, as somebody on call would use it in an incident, and through a pipe.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod attached;
mod incident;
mod kit;
mod machine;
mod pipe;
mod stop;
mod variables;
