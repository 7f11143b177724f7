//! The configuration that `ssh` gets: what the environment says, and nothing of the operator's own files.

use std::fmt::Write as _;
use std::path::Path;

use crate::environment::{Host, Target};
use crate::problem::Problem;

/// What the host is called in the configuration, so that an address can never be read as an option.
pub(super) const TARGET: &str = "drsh-target";

/// What the host to go through is called.
const JUMP: &str = "drsh-jump";

/// Writes the configuration for `host`.
///
/// Errors: `environment` if an entry cannot stand in a configuration, or a file of it cannot be read.
pub(super) fn text(host: &Host) -> Result<String, Problem> {
    let entry = host.entry();
    let mut text = format!("Host {TARGET}\n");
    place(&mut text, host, "address", &entry.address, entry.user.as_deref().unwrap_or("core"), entry.port)?;
    if let Some(jump) = &entry.jump {
        let (user, rest) =
            jump.split_once('@').map_or((None, jump.as_str()), |(user, rest)| (Some(user), rest));
        let (address, port) = match rest.rsplit_once(':') {
            Some((address, port)) if !address.contains(':') => {
                let port = port.parse().map_err(|_| wrong(host, "jump", "its port is no number"))?;
                (address, Some(port))
            }
            _ => (rest, None),
        };
        let _ = writeln!(text, "  ProxyJump {JUMP}\nHost {JUMP}");
        place(&mut text, host, "jump", address, user.unwrap_or("core"), port)?;
    }
    text.push_str(
        "Host *\n  StrictHostKeyChecking yes\n  BatchMode yes\n  ServerAliveCountMax 3\n  EscapeChar none\n",
    );
    text.push_str("  ForwardAgent no\n  ForwardX11 no\n  PermitLocalCommand no\n  RequestTTY no\n");
    if let Some(file) = &entry.identity_file {
        let file = readable(host, "identity_file", file)?;
        let _ = writeln!(text, "  IdentitiesOnly yes\n  IdentityFile {file}");
    }
    if let Some(file) = &entry.known_hosts {
        let file = readable(host, "known_hosts", file)?;
        let _ = writeln!(text, "  UserKnownHostsFile {file}\n  GlobalKnownHostsFile none");
    }
    Ok(text)
}

fn place(
    text: &mut String,
    host: &Host,
    key: &str,
    address: &str,
    user: &str,
    port: Option<u16>,
) -> Result<(), Problem> {
    let plain = |word: &str| {
        !word.is_empty()
            && !word.starts_with('-')
            && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'))
    };
    if !plain(address) || !plain(user) {
        return Err(wrong(host, key, "it is no name or address, or its user is no user's name"));
    }
    let address = address.trim_start_matches('[').trim_end_matches(']');
    let _ = writeln!(text, "  HostName {address}\n  User {user}\n  Port {}", port.unwrap_or(22));
    Ok(())
}

/// The file's path as a configuration takes it, once it is known to be there.
fn readable(host: &Host, key: &str, file: &Path) -> Result<String, Problem> {
    let file = host.environment().resolve(file);
    std::fs::File::open(&file)
        .map_err(|error| wrong(host, key, &format!("{} cannot be read: {error}", file.display())))?;
    let path = file.display().to_string();
    if path.contains(['"', '\n', '$', '\\']) {
        return Err(wrong(host, key, "its path holds a character that ssh would not take as it is"));
    }
    Ok(format!("\"{}\"", path.replace('%', "%%")))
}

fn wrong(host: &Host, key: &str, reason: &str) -> Problem {
    Problem::new("environment", format!("the {key} of {host} cannot be used: {reason}")).hint(format!(
        "mend [hosts.{}] in {}",
        host.name(),
        host.environment().file.display()
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::environment::Environment;

    fn config(lines: &str) -> Result<String, Problem> {
        let text = format!("name = \"here\"\n[hosts.one]\n{lines}");
        let environment = Environment::parse(&text, Path::new("/nowhere/environment.toml")).unwrap();
        text_of(&Arc::new(environment))
    }

    fn text_of(environment: &Arc<Environment>) -> Result<String, Problem> {
        text(&Host::named(environment, "one").unwrap())
    }

    #[test]
    fn a_host_behind_another_is_reached_through_it_with_the_same_checks() {
        let text = config("address = \"10.0.0.5\"\njump = \"ec2-user@bastion.lab:2222\"\n").unwrap();
        assert!(text.contains(
            "Host drsh-target\n  HostName 10.0.0.5\n  User core\n  Port 22\n  ProxyJump drsh-jump\n"
        ));
        assert!(text.contains("Host drsh-jump\n  HostName bastion.lab\n  User ec2-user\n  Port 2222\n"));
        assert!(text.ends_with("RequestTTY no\n") && text.contains("StrictHostKeyChecking yes"));
    }

    #[test]
    fn an_entry_that_would_become_an_option_is_refused() {
        for lines in [
            "address = \"-oProxyCommand=reboot\"\n",
            "address = \"a b\"\n",
            "address = \"a\\nProxyCommand reboot\"\n",
            "address = \"a\"\nuser = \"x y\"\n",
            "address = \"a\"\njump = \"b:twenty\"\n",
        ] {
            assert_eq!(config(lines).unwrap_err().kind, "environment", "{lines}");
        }
    }

    #[test]
    fn a_key_file_that_is_not_there_is_named() {
        let problem = config("address = \"a\"\nidentity_file = \"none\"\n").unwrap_err();
        assert!(problem.message.contains("/nowhere/none cannot be read"), "{problem}");
    }
}
