//! What a failure of ssh means to the operator, and whether another attempt may mend it.

use std::path::Path;

use openssh::Error;

use super::place;
use crate::environment::{Host, Target};
use crate::problem::Problem;
use crate::retry::Setback;

/// Says why no connection came up in `folder`; `before` is what was written of the hosts to go through.
pub(super) fn of_connecting(host: &Host, error: &Error, folder: &Path, before: &str) -> Setback {
    match error {
        // Of the program itself, or of the file that it says its reasons in.
        Error::Connect(inner) if inner.kind() == std::io::ErrorKind::NotFound => Setback::last(without_ssh()),
        Error::Master(inner) => Setback::last(place::unmade(folder, inner)),
        other => {
            let said = innermost(other);
            // The way broke before the host itself could say anything.
            let on_the_way = said.contains("UNKNOWN port") || said.contains("banner exchange");
            if on_the_way && !before.trim().is_empty() {
                refused(host, before, Some("a host before it"))
            } else {
                refused(host, &said, None)
            }
        }
    }
}

fn without_ssh() -> Problem {
    let path = std::env::var_os("PATH").unwrap_or_default();
    match std::env::split_paths(&path).map(|folder| folder.join("ssh")).find(|file| file.is_file()) {
        None => Problem::new("environment", "the program ssh is not installed here")
            .hint("install the OpenSSH client"),
        Some(file) => {
            let message = format!("{} ended without saying why", file.display());
            Problem::new("environment", message).hint("try `ssh -V`: it should tell the version of OpenSSH")
        }
    }
}

/// Reads what ssh wrote: it has no other way to tell failures apart. `other` says what it is about if not the host.
fn refused(host: &Host, said: &str, other: Option<&str>) -> Setback {
    let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("ssh said nothing");
    let address = &host.entry().address;
    let who = other.map_or(String::new(), |other| format!(" cannot be reached: {other}"));
    let who = format!("{host} ({address}){who}");
    let strange = said.contains("Host key verification failed") || said.contains("host key is known for");
    if strange && other.is_none() && host.entry().host_key.is_some() {
        return Setback::last(
            Problem::new("host_key_changed", format!("{who} shows another host key than the environment pins"))
                .hint(format!(
                    "find out why before you go on: it may be another machine; if it was installed anew, put its new \
                     key into host_key of [hosts.{}]",
                    host.name()
                )),
        );
    }
    if said.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        return Setback::last(
            Problem::new("host_key_changed", format!("{who} shows another host key than the one that is known"))
                .hint(
                    "find out why before you go on: it may be another machine; if it was installed anew, put its new \
                     key into the known hosts file",
                ),
        );
    }
    if strange {
        return Setback::last(
            Problem::new("unknown_host_key", format!("{who} shows a host key that is not known")).hint(
                format!(
                    "compare its fingerprint, then add it: `ssh-keyscan {address}` into the known hosts file"
                ),
            ),
        );
    }
    if said.contains("Permission denied (") || said.contains("Too many authentication failures") {
        let hint = if said.contains("UNPROTECTED PRIVATE KEY FILE") || said.contains("bad permissions") {
            "others may read the key file: chmod 600 on it"
        } else {
            "look at the user and the identity_file of the host in the environment file"
        };
        return Setback::last(Problem::new("denied", format!("{who} lets nobody in: {last}")).hint(hint));
    }
    if said.contains("Could not resolve hostname") {
        return Setback::last(
            Problem::new("unreachable", format!("{who} has no address: {last}")).hint("look at its address"),
        );
    }
    Setback::passing(
        Problem::new("unreachable", format!("{who} cannot be connected: {last}"))
            .hint("look at the host and at the way to it"),
    )
}

/// Says that the connection broke while a command ran.
pub(super) fn lost(host: &Host, what: &str, error: &Error) -> Problem {
    let name = host.name();
    Problem::new(
        "connection_lost",
        format!("the connection to {host} broke during {what}: {}", innermost(error)),
    )
    .hint(format!("whether the command did its work is unknown: look on {name} before it is run again"))
}

/// The text at the bottom of an error, where the reason stands.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::environment::Environment;

    fn kind(said: &str) -> String {
        let text = "name = \"here\"\n[hosts.one]\naddress = \"10.0.0.5\"\n";
        let environment = Environment::parse(text, Path::new("environment.toml")).unwrap();
        let host = Host::named(&Arc::new(environment), "one").unwrap();
        refused(&host, said, None).into_problem().kind.into_owned()
    }

    #[test]
    fn what_ssh_writes_becomes_the_word_for_what_to_do_next() {
        for (said, meant) in [
            (
                "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
                "host_key_changed",
            ),
            (
                "No ED25519 host key is known for 10.0.0.5 and you have requested strict checking.\nHost key verification failed.",
                "unknown_host_key",
            ),
            ("core@10.0.0.5: Permission denied (publickey,password).", "denied"),
            ("connect to host 10.0.0.5 port 22: Connection refused", "unreachable"),
            ("connect to host 10.0.0.5 port 22: Connection timed out", "unreachable"),
            ("Could not resolve hostname one.lab: Name or service not known", "unreachable"),
            ("kex_exchange_identification: Connection closed by remote host", "unreachable"),
            ("", "unreachable"),
        ] {
            assert_eq!(kind(said), meant, "{said}");
        }
    }
}
