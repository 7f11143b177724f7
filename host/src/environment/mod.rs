//! The environment: the operator's TOML file that names the targets of this place and the parameters.

mod file;
pub mod hosts;
pub mod import;
mod setting;
pub mod shell;
mod targets;
mod told;
mod written;

pub use file::{
    BucketEntry, ClusterEntry, CredentialsEntry, Environment, FolderEntry, Limits, Mode, ZoneEntry,
};
pub use hosts::HostEntry;
pub use setting::{is_secretive, setting};
pub use targets::{Bucket, Cluster, Folder, Host, Kind, Target, Zone};
