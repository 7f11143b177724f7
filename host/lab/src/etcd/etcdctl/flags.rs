//! The flags of etcdctl, which can also come as `ETCDCTL_` variables.

use crate::containers::tools::Invocation;

/// How a command prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// Comma separated.
    #[default]
    Simple,
    /// One line of JSON.
    Json,
    /// A table with borders.
    Table,
}

/// The flags that matter here, and the words that are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flags {
    /// The commands and their arguments.
    pub words: Vec<String>,
    /// The CA file.
    pub cacert: Option<String>,
    /// The client certificate.
    pub cert: Option<String>,
    /// Its key.
    pub key: Option<String>,
    /// The endpoints.
    pub endpoints: Vec<String>,
    /// How to print.
    pub output: Output,
    /// Whether all members are asked, not only the given endpoints.
    pub cluster: bool,
    /// Whether ids are printed in hexadecimal digits.
    pub hex: bool,
}

/// The flags that take a value and change nothing here.
const IGNORED: &[&str] = &[
    "command-timeout",
    "dial-timeout",
    "keepalive-time",
    "keepalive-timeout",
    "user",
    "password",
    "peer-urls",
    "max-txn-ops",
];

impl Flags {
    /// Reads variables and arguments; arguments go before variables.
    pub fn parse(invocation: &Invocation<'_>) -> Result<Self, String> {
        let mut flags = Self::default();
        for (name, value) in &invocation.env {
            let Some(name) = name.strip_prefix("ETCDCTL_") else { continue };
            let name = name.to_ascii_lowercase().replace('_', "-");
            if ["cacert", "cert", "key", "endpoints", "write-out"].contains(&name.as_str()) {
                flags.set(&name, value)?;
            }
        }
        let mut arguments = invocation.arguments.iter();
        while let Some(word) = arguments.next() {
            let Some(flag) = word.strip_prefix('-') else {
                flags.words.push(word.clone());
                continue;
            };
            let flag = flag.trim_start_matches('-');
            match flag {
                "cluster" => flags.cluster = true,
                "hex" => flags.hex = true,
                "debug" | "insecure-skip-tls-verify" => {}
                _ => match flag.split_once('=') {
                    Some((name, value)) => flags.set(name, value)?,
                    None if flag.len() > 1 && flag.starts_with('w') && !flag.starts_with("write") => {
                        flags.set("w", &flag[1..])?;
                    }
                    None => {
                        let value =
                            arguments.next().ok_or_else(|| format!("flag needs an argument: {word}"))?;
                        flags.set(flag, value)?;
                    }
                },
            }
        }
        if flags.endpoints.is_empty() {
            flags.endpoints.push("127.0.0.1:2379".to_owned());
        }
        Ok(flags)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "cacert" => self.cacert = Some(value.to_owned()),
            "cert" => self.cert = Some(value.to_owned()),
            "key" => self.key = Some(value.to_owned()),
            "endpoints" => self.endpoints = value.split(',').map(str::to_owned).collect(),
            "w" | "write-out" => {
                self.output = match value {
                    "simple" | "fields" => Output::Simple,
                    "json" => Output::Json,
                    "table" => Output::Table,
                    _ => return Err("unsupported output format".to_owned()),
                }
            }
            "cluster" => self.cluster = value == "true",
            "hex" => self.hex = value == "true",
            ignored if IGNORED.contains(&ignored) => {}
            other => return Err(format!("unknown flag: --{other}")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_come_from_variables_and_arguments_in_any_form() {
        let command = [
            "env",
            "ETCDCTL_API=3",
            "ETCDCTL_CACERT=/ca.crt",
            "etcdctl",
            "--endpoints=https://localhost:2379",
            "--cert",
            "/c.crt",
            "snapshot",
            "status",
            "/f.db",
            "-wjson",
        ]
        .map(str::to_owned);
        let flags = Flags::parse(&Invocation::of(&command)).unwrap();
        assert_eq!(flags.words, ["snapshot", "status", "/f.db"]);
        assert_eq!((flags.cacert.as_deref(), flags.cert.as_deref()), (Some("/ca.crt"), Some("/c.crt")));
        assert_eq!((flags.output, flags.endpoints.len()), (Output::Json, 1));
        let command = ["etcdctl", "--no-such"].map(str::to_owned);
        assert!(Flags::parse(&Invocation::of(&command)).is_err());
    }
}
