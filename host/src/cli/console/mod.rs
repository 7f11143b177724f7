//! What the operator sees, or the program that reads along: plain lines, a live part beneath them, or JSON.

mod ask;
pub mod json;
pub mod live;
mod out;
mod plain;
mod visible;

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

pub use self::ask::Terminal;
pub use self::out::{
    choose, complain, complain_with, end, is_json, leave_at_once, say, say_aside, tell, tell_end,
    tell_program,
};
pub use self::plain::Console;
pub use self::visible::set_in;

/// Sends traces to standard error, as many as `-v` asks for.
pub fn start_tracing(verbose: u8) {
    let level = match verbose {
        0 => "off",
        1 => "drsh=debug",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("DRSH_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let writer = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| out::Traces);
    let _ = writer.with_ansi(std::io::stderr().is_terminal()).try_init();
}
