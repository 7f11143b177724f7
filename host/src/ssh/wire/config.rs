//! The configuration that `ssh` gets: what the environment says, and nothing of the operator's own files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::place;
use crate::environment::{Host, HostEntry, Target, hosts};
use crate::problem::Problem;

/// What the host is called in the configuration, so that an address can never be read as an option.
pub(super) const TARGET: &str = "drsh-target";

/// How the hosts to go through are called, with a number behind.
const JUMP: &str = "drsh-jump-";

/// After how many silent seconds a host is asked whether it lives, where the environment does not say.
const ALIVE: u64 = 5;

/// What holds for every host on the way.
const ALWAYS: &str = "Host *
  StrictHostKeyChecking yes
  UpdateHostKeys no
  BatchMode yes
  ServerAliveCountMax 3
  EscapeChar none
  ForwardAgent no
  ForwardX11 no
  PermitLocalCommand no
  RequestTTY no
";

/// How often a silent host is asked whether it lives; after three questions without an answer it is given up.
pub(super) fn keepalive(entry: &HostEntry) -> Duration {
    Duration::from_secs(entry.keepalive_seconds.unwrap_or(ALIVE))
}

/// Writes the configuration for `host`, and the keys that the environment pins, into `folder`.
///
/// Errors: `environment` if a file of an entry cannot be read or named in a configuration; `file`.
pub(super) fn write(host: &Host, folder: &Path) -> Result<(), Problem> {
    let fail = |error: std::io::Error| {
        let message = format!("no configuration for ssh can be written to {}: {error}", folder.display());
        Problem::new("file", message).hint(place::OTHER)
    };
    let (text, pinned) = text(host, folder)?;
    std::fs::write(folder.join("config"), text).map_err(fail)?;
    for (alias, key) in pinned {
        std::fs::write(folder.join(&alias), format!("{alias} {key}\n")).map_err(fail)?;
    }
    Ok(())
}

/// The configuration, and the pinned keys by what their host is called in it.
fn text(host: &Host, folder: &Path) -> Result<(String, Vec<(String, String)>), Problem> {
    let jumps = host.entry().jumps(&host.environment().hosts);
    let (mut text, mut pinned) = (String::new(), Vec::new());
    for (number, entry) in std::iter::once(host.entry()).chain(&jumps).enumerate() {
        let alias = if number == 0 { TARGET.to_owned() } else { format!("{JUMP}{number}") };
        let address = entry.address.trim_start_matches('[').trim_end_matches(']');
        let (login, port) = (entry.login(), entry.port.unwrap_or(22));
        let _ = writeln!(text, "Host {alias}\n  HostName {address}\n  User {login}\n  Port {port}");
        let _ = writeln!(text, "  ServerAliveInterval {}", keepalive(entry).as_secs());
        if let Some(file) = &entry.identity_file {
            let file = readable(host, "identity_file", file)?;
            let _ = writeln!(text, "  IdentitiesOnly yes\n  IdentityFile {file}");
        }
        if let Some(key) = &entry.host_key {
            let file = folder.join(&alias);
            let _ = writeln!(text, "  HostKeyAlias {alias}\n  UserKnownHostsFile {}", file.display());
            pinned.push((alias, key.clone()));
        } else if let Some(file) = &entry.known_hosts {
            let _ = writeln!(text, "  UserKnownHostsFile {}", readable(host, "known_hosts", file)?);
        }
        if entry.host_key.is_some() || entry.known_hosts.is_some() {
            text.push_str("  GlobalKnownHostsFile none\n");
        }
        if number < jumps.len() {
            let _ = writeln!(text, "  ProxyCommand {}", through(folder, number + 1));
        }
    }
    text.push_str(ALWAYS);
    Ok((text, pinned))
}

/// The command that reaches a host through the one before it.
///
/// `ProxyJump` would do the same, and say nothing of why it cannot.
fn through(folder: &Path, number: usize) -> String {
    let file =
        |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''").replace('%', "%%"));
    let (config, log) = (file(&folder.join("config")), file(&log(folder, number)));
    format!("ssh -F {config} -E {log} -W '[%h]:%p' {JUMP}{number}")
}

fn log(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("log-{number}"))
}

/// What `ssh` wrote of the hosts to go through, the farthest from here last.
pub(super) fn logs(folder: &Path, host: &Host) -> String {
    let count = host.entry().jumps(&host.environment().hosts).len();
    let read = |number| std::fs::read_to_string(log(folder, number)).unwrap_or_default();
    (1..=count).map(read).collect()
}

/// The file's path as a configuration takes it, once it is known to be there.
fn readable(host: &Host, key: &str, file: &Path) -> Result<String, Problem> {
    let wrong = |reason: &str| hosts::cannot_be_used(host.environment(), host.name(), key, reason);
    let file = host.environment().resolve(file);
    std::fs::File::open(&file)
        .map_err(|error| wrong(&format!("{} cannot be read: {error}", file.display())))?;
    let path = file.display().to_string();
    if path.contains(['"', '\n', '$', '\\']) {
        return Err(wrong("its path holds a character that ssh would not take as it is"));
    }
    Ok(format!("\"{}\"", path.replace('%', "%%")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::environment::Environment;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGTyk1n0bRFwTmR7n6HkzVSjZf3VQGZmJx3gQ0mQ2a5x";

    fn config(lines: &str) -> Result<(String, Vec<(String, String)>), Problem> {
        let text = format!("name = \"here\"\n[hosts.one]\n{lines}");
        let environment = Environment::parse(&text, Path::new("/nowhere/environment.toml")).unwrap();
        let host = Host::named(&Arc::new(environment), "one").unwrap();
        super::text(&host, Path::new("/private"))
    }

    #[test]
    fn a_host_behind_another_is_reached_through_it_with_the_same_checks() {
        let (text, _) = config("address = \"10.0.0.5\"\njump = \"ec2-user@bastion.lab:2222\"\n").unwrap();
        assert!(text.starts_with("Host drsh-target\n  HostName 10.0.0.5\n  User core\n  Port 22\n"));
        assert!(text.contains(
            "  ProxyCommand ssh -F '/private/config' -E '/private/log-1' -W '[%h]:%p' drsh-jump-1\nHost drsh-jump-1\n"
        ));
        assert!(text.contains("  User ec2-user\n  Port 2222\n"));
        assert!(text.ends_with("RequestTTY no\n") && text.contains("StrictHostKeyChecking yes"));
    }

    #[test]
    fn a_pinned_key_is_the_only_one_that_its_host_is_known_by() {
        let lines = format!(
            "address = \"a\"\njump = \"two\"\nkeepalive_seconds = 9\n[hosts.two]\naddress = \"b\"\nhost_key = \"{KEY}\"\n"
        );
        let (text, pinned) = config(&lines).unwrap();
        assert_eq!(pinned, [("drsh-jump-1".to_owned(), KEY.to_owned())]);
        assert!(text.contains(
            "HostKeyAlias drsh-jump-1\n  UserKnownHostsFile /private/drsh-jump-1\n  GlobalKnownHostsFile none\n"
        ));
        assert!(text.contains("Port 22\n  ServerAliveInterval 9\n"));
    }

    #[test]
    fn a_full_disk_leaves_no_configuration_and_is_told() {
        let text = "name = \"here\"\n[hosts.one]\naddress = \"10.0.0.5\"\n";
        let environment = Environment::parse(text, Path::new("/nowhere/environment.toml")).unwrap();
        let host = Host::named(&Arc::new(environment), "one").unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/full", folder.path().join("config")).unwrap();
        let problem = write(&host, folder.path()).unwrap_err();
        let place = folder.path().display();
        assert_eq!(
            problem.message,
            format!("no configuration for ssh can be written to {place}: No space left on device")
        );
        assert!(problem.hint.unwrap().contains("XDG_RUNTIME_DIR"));
    }

    #[test]
    fn a_key_file_that_is_not_there_is_named() {
        let problem = config("address = \"a\"\nidentity_file = \"none\"\n").unwrap_err();
        assert!(problem.message.contains("/nowhere/none cannot be read"), "{problem}");
    }
}
