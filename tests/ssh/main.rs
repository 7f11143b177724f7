//! The family `ssh` against a real OpenSSH server on loopback; without one installed, each test says so.

mod commands;
mod copies;
mod failures;
mod sshd;
mod world;
