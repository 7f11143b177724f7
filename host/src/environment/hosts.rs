//! The entry of a host, and what is wrong with one: told when the file is read, not at three in the morning.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{Environment, Mode};
use crate::problem::Problem;

/// The user where none is named: that of OpenShift hosts.
pub const USER: &str = "core";

/// The longest that a host may be silent before it is asked whether it lives, in seconds.
const LONGEST_SILENCE: u64 = 3600;

/// More hosts than this behind one another are a mistake.
const MOST_JUMPS: usize = 8;

/// A host reached by SSH.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HostEntry {
    /// The name or address to connect to.
    pub address: String,
    /// The port; 22 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The user; `core` on OpenShift hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The private key file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_file: Option<PathBuf>,
    /// The known hosts file; keys are always checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_hosts: Option<PathBuf>,
    /// The host's own public key, as `ssh-ed25519 AAAA...`, in place of a known hosts file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_key: Option<String>,
    /// A host to go through: the name of a declared one, or `user@host:port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jump: Option<String>,
    /// After how many silent seconds the host is asked whether it lives; three questions without an answer end the
    /// connection. 5 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keepalive_seconds: Option<u64>,
    /// What may be done to it.
    #[serde(default)]
    pub mode: Mode,
}

impl HostEntry {
    /// The user that logs in.
    #[must_use]
    pub fn login(&self) -> &str {
        self.user.as_deref().unwrap_or(USER)
    }

    /// The hosts to go through, the nearest to this one first.
    ///
    /// One that is not declared logs in with the key, and is known by the file, of the host behind it.
    #[must_use]
    pub fn jumps(&self, hosts: &BTreeMap<String, HostEntry>) -> Vec<HostEntry> {
        let mut jumps: Vec<HostEntry> = Vec::new();
        while let Some(jump) = jumps.last().unwrap_or(self).jump.clone()
            && jumps.len() < MOST_JUMPS
        {
            let behind = jumps.last().unwrap_or(self);
            let next = hosts.get(&jump).cloned().or_else(|| undeclared(&jump, behind).ok());
            let Some(next) = next else { break };
            jumps.push(next);
        }
        jumps
    }

    /// Says which key of the entry cannot be used, and why.
    fn check(&self, hosts: &BTreeMap<String, HostEntry>) -> Result<(), (&'static str, String)> {
        let wrong = |key, reason: &str| Err((key, reason.to_owned()));
        if self.address.contains('@') {
            return wrong("address", "it names a user, who stands under `user`");
        }
        if !is_plain(&self.address) {
            return wrong("address", "it is no name or address");
        }
        if !is_plain(self.login()) {
            return wrong("user", "it is no user's name");
        }
        if self.port == Some(0) {
            return wrong("port", "there is no port 0");
        }
        if self.keepalive_seconds.is_some_and(|seconds| !(1..=LONGEST_SILENCE).contains(&seconds)) {
            return wrong("keepalive_seconds", "it is not between 1 and 3600");
        }
        if let Some(key) = &self.host_key {
            check_key(key).map_err(|reason| ("host_key", reason))?;
            if self.known_hosts.is_some() {
                return wrong("host_key", "there is a known_hosts file too, and one of them decides");
            }
        }
        let mut behind = self;
        let mut passed: Vec<&str> = Vec::new();
        while let Some(jump) = &behind.jump {
            let Some(next) = hosts.get(jump) else {
                undeclared(jump, behind).map_err(|reason| ("jump", reason))?;
                break;
            };
            if passed.contains(&jump.as_str()) || std::ptr::eq(next, self) {
                return wrong("jump", "the way to it leads in a circle");
            }
            if passed.len() == MOST_JUMPS {
                return wrong("jump", "more than 8 hosts stand before it");
            }
            passed.push(jump);
            behind = next;
        }
        Ok(())
    }
}

/// Checks every host's entry by itself. Errors: `environment`, with the host and the key.
pub(super) fn check(environment: &Environment) -> Result<(), Problem> {
    for (name, entry) in &environment.hosts {
        entry
            .check(&environment.hosts)
            .map_err(|(key, reason)| cannot_be_used(environment, name, key, &reason))?;
    }
    Ok(())
}

/// Checks that the files that hosts need are there. Errors: `environment`, with the host and the key.
pub(super) fn check_files(environment: &Environment) -> Result<(), Problem> {
    for (name, entry) in &environment.hosts {
        for (key, file) in [("identity_file", &entry.identity_file), ("known_hosts", &entry.known_hosts)] {
            let Some(file) = file else { continue };
            let file = environment.resolve(file);
            std::fs::File::open(&file).map_err(|error| {
                let reason = format!("{} cannot be read: {error}", file.display());
                cannot_be_used(environment, name, key, &reason)
            })?;
        }
    }
    Ok(())
}

/// Says that a key of a host's entry cannot be used.
#[must_use]
pub fn cannot_be_used(environment: &Environment, name: &str, key: &str, reason: &str) -> Problem {
    Problem::new("environment", format!("the {key} of host {name} cannot be used: {reason}"))
        .hint(format!("mend [hosts.{name}] in {}", environment.file.display()))
}

/// Takes `user@host:port` apart; the rest is as it is for the host behind it.
fn undeclared(jump: &str, behind: &HostEntry) -> Result<HostEntry, String> {
    let (user, rest) = jump.split_once('@').map_or((None, jump), |(user, rest)| (Some(user), rest));
    let (address, port) = match rest.rsplit_once(':') {
        Some((address, port)) if !address.contains(':') || address.ends_with(']') => {
            let port = port.parse().ok().filter(|port| *port != 0);
            (address, Some(port.ok_or_else(|| format!("the port of `{jump}` is no port's number"))?))
        }
        _ => (rest, None),
    };
    if !is_plain(address) || !user.is_none_or(is_plain) {
        return Err(format!("`{jump}` is neither the name of a host nor of the form user@host:port"));
    }
    Ok(HostEntry {
        address: address.to_owned(),
        port,
        user: user.map(str::to_owned),
        identity_file: behind.identity_file.clone(),
        known_hosts: behind.known_hosts.clone(),
        keepalive_seconds: behind.keepalive_seconds,
        ..HostEntry::default()
    })
}

/// Whether ssh can take a word for nothing but a name or an address.
fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with('-')
        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'))
}

/// A public key says twice of what kind it is: in front, and inside of what is encoded.
fn check_key(text: &str) -> Result<(), String> {
    let mut words = text.split_whitespace();
    let (Some(kind), Some(encoded)) = (words.next(), words.next()) else {
        return Err("it is not of the form `ssh-ed25519 AAAA...`".to_owned());
    };
    let bytes = STANDARD.decode(encoded).map_err(|_| format!("what follows {kind} is no base64"))?;
    let length = bytes.first_chunk::<4>().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    if text.contains(['\n', '\r']) || length == 0 || bytes.get(4..4 + length) != Some(kind.as_bytes()) {
        return Err(format!("it is no whole public key of the kind {kind}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGTyk1n0bRFwTmR7n6HkzVSjZf3VQGZmJx3gQ0mQ2a5x";

    fn read(lines: &str) -> Result<Environment, Problem> {
        let text = format!("name = \"here\"\n[hosts.one]\n{lines}");
        Environment::parse(&text, Path::new("/nowhere/environment.toml"))
    }

    #[test]
    fn an_entry_that_cannot_be_used_is_told_with_its_key_when_the_file_is_read() {
        for (lines, key) in [
            ("address = \"-oProxyCommand=reboot\"\n", "address"),
            ("address = \"a b\"\n", "address"),
            ("address = \"a\\nProxyCommand reboot\"\n", "address"),
            ("address = \"a\"\nuser = \"x y\"\n", "user"),
            ("address = \"a\"\nport = 0\n", "port"),
            ("address = \"a\"\nkeepalive_seconds = 0\n", "keepalive_seconds"),
            ("address = \"a\"\njump = \"b:twenty\"\n", "jump"),
            ("address = \"a\"\njump = \"-b\"\n", "jump"),
            ("address = \"a\"\njump = \"one\"\n", "jump"),
            ("address = \"a\"\njump = \"two\"\n[hosts.two]\naddress = \"b\"\njump = \"one\"\n", "jump"),
            ("address = \"a\"\nhost_key = \"ssh-ed25519\"\n", "host_key"),
            ("address = \"a\"\nhost_key = \"ssh-ed25519 AAAA****\"\n", "host_key"),
            ("address = \"a\"\nhost_key = \"ssh-rsa AAAAC3NzaC1lZDI1NTE5\"\n", "host_key"),
        ] {
            let problem = read(lines).unwrap_err();
            assert_eq!(problem.kind, "environment", "{lines}");
            assert!(problem.message.contains(&format!("the {key} of host ")), "{lines}: {problem}");
            assert!(problem.hint.unwrap().contains("/nowhere/environment.toml"));
        }
    }

    #[test]
    fn a_key_and_a_file_of_keys_are_one_too_many() {
        let problem = read(&format!("address = \"a\"\nhost_key = \"{KEY}\"\nknown_hosts = \"k\"\n"));
        assert!(problem.unwrap_err().message.contains("one of them decides"));
        assert!(read(&format!("address = \"a\"\nhost_key = \"{KEY} a comment\"\n")).is_ok());
    }

    #[test]
    fn the_way_to_a_host_is_read_through_declared_hosts_and_names() {
        let environment = read(
            "address = \"a\"\njump = \"two\"\n[hosts.two]\naddress = \"b\"\nidentity_file = \"key\"\njump = \"x@c:2222\"\n",
        )
        .unwrap();
        let jumps = environment.hosts["one"].jumps(&environment.hosts);
        let way: Vec<(&str, Option<u16>)> =
            jumps.iter().map(|host| (host.address.as_str(), host.port)).collect();
        assert_eq!(way, [("b", None), ("c", Some(2222))]);
        assert_eq!(jumps[1].identity_file.as_deref(), Some(Path::new("key")));
    }

    #[test]
    fn files_that_are_not_there_are_named() {
        let environment = read("address = \"a\"\nidentity_file = \"none\"\n").unwrap();
        let problem = check_files(&environment).unwrap_err();
        assert!(
            problem
                .message
                .contains("the identity_file of host one cannot be used: /nowhere/none cannot be read"),
            "{problem}"
        );
    }
}
