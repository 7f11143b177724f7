//! The program as an operator types it, with scripts that reach nothing outside.

mod environment;
mod errors;
mod program;
mod resume;
