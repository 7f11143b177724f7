//! The programs of a host, which behave as those of the same name.

mod archive;
mod change;
mod containers;
mod control;
mod etcd;
mod listing;
mod moving;
mod network;
mod options;
mod podman;
mod space;
mod system;
mod test;
mod text;

use futures::future::BoxFuture;

pub(super) use self::archive::{Member, extract, pack, unpack};
pub(super) use self::listing::by_version;
pub(super) use self::moving::copy;
use self::options::Options;
use super::call::{Call, End};
use super::scripts;
use super::shell::Shell;

/// Where each program's file is.
pub(super) const PLACES: &[(&str, &[&str])] = &[
    (
        "/usr/bin",
        &[
            "[",
            "bash",
            "cat",
            "chmod",
            "chown",
            "cp",
            "crictl",
            "date",
            "dd",
            "df",
            "du",
            "echo",
            "egrep",
            "env",
            "false",
            "find",
            "grep",
            "head",
            "hostname",
            "id",
            "kill",
            "ln",
            "ls",
            "mkdir",
            "mv",
            "nohup",
            "podman",
            "printf",
            "ps",
            "readlink",
            "realpath",
            "rm",
            "rmdir",
            "setsid",
            "sh",
            "sha256sum",
            "sleep",
            "sort",
            "stat",
            "sudo",
            "sync",
            "systemctl",
            "tail",
            "tar",
            "tee",
            "test",
            "timeout",
            "touch",
            "true",
            "uname",
            "wc",
            "whoami",
        ],
    ),
    ("/usr/sbin", &["ip", "reboot"]),
];

/// Runs the program `name` with its call.
pub(super) fn run(name: &str, call: Call) -> BoxFuture<'static, End> {
    match name {
        "sh" | "bash" => Box::pin(Shell::main(call)),
        "cat" | "echo" | "printf" | "head" | "tail" | "grep" | "egrep" | "wc" | "sort" | "tee" => {
            text::run(call)
        }
        "ls" | "stat" | "find" | "readlink" | "realpath" => listing::run(call),
        "df" | "du" => Box::pin(space::run(call)),
        "mkdir" | "rm" | "rmdir" | "touch" | "chmod" | "chown" | "ln" | "sync" => change::run(call),
        "mv" | "cp" => moving::run(call),
        "sha256sum" | "dd" | "tar" => archive::run(call),
        "test" | "[" => Box::pin(test::run(call)),
        "sudo" | "timeout" | "setsid" | "nohup" | "kill" | "ps" | "sleep" | "env" => control::run(call),
        "true" | "false" | "date" | "hostname" | "uname" | "id" | "whoami" | "systemctl" | "reboot" => {
            system::run(call)
        }
        "ip" => Box::pin(network::run(call)),
        "crictl" => Box::pin(containers::run(call)),
        "podman" => Box::pin(podman::run(call)),
        "etcdctl" | "etcdutl" => Box::pin(etcd::run(call)),
        other => scripts::run(other, call),
    }
}
