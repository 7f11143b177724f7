//! What the journal keeps of an environment: its targets and parameters, without secrets.

use super::{Environment, Mode};
use crate::journal::{Aim, Setting, cut};

/// A parameter whose name says so holds a secret, though it should stand in a file.
const SECRETIVE: [&str; 6] = ["password", "passwd", "secret", "token", "credential", "private_key"];

/// Tells what a start of a run begins with; `operator` is who begins it.
#[must_use]
pub fn setting(environment: &Environment, operator: &str) -> Setting {
    let aim = |kind: &str, name: &String, place: String, mode: Mode| Aim {
        kind: kind.to_owned(),
        name: name.clone(),
        place,
        read_only: mode == Mode::ReadOnly,
    };
    let mut targets = Vec::new();
    for (name, one) in &environment.clusters {
        let context = one.context.as_ref().map_or(String::new(), |context| format!(", context {context}"));
        targets.push(aim("cluster", name, format!("{}{context}", one.kubeconfig.display()), one.mode));
    }
    for (name, one) in &environment.hosts {
        let port = one.port.map_or(String::new(), |port| format!(":{port}"));
        targets.push(aim("host", name, format!("{}@{}{port}", one.login(), one.address), one.mode));
    }
    for (name, one) in &environment.buckets {
        let region = one.region.as_ref().map_or(String::new(), |region| format!(" in {region}"));
        targets.push(aim("bucket", name, format!("{}{region}", one.bucket), one.mode));
    }
    for (name, one) in &environment.zones {
        targets.push(aim("zone", name, one.id.clone(), one.mode));
    }
    for (name, one) in &environment.folders {
        targets.push(aim("folder", name, one.path.display().to_string(), one.mode));
    }
    let parameters = environment.parameters.iter().map(|(name, value)| (name.clone(), shown(name, value)));
    Setting {
        environment: environment.name.clone(),
        operator: operator.to_owned(),
        targets,
        parameters: parameters.collect(),
    }
}

/// Whether a parameter of this name holds a secret.
#[must_use]
pub fn is_secretive(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    SECRETIVE.iter().any(|word| lower.contains(word))
}

fn shown(name: &str, value: &toml::Value) -> String {
    match value {
        _ if is_secretive(name) => "•••".to_owned(),
        toml::Value::String(text) => cut(text),
        other => cut(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_and_parameters_are_told_and_what_looks_secret_is_not() {
        let text = "name = \"lab\"\n[clusters.source]\nkubeconfig = \"a.kubeconfig\"\nmode = \"read-only\"\n\
                    [parameters]\ncount = 3\nadmin_password = \"canary-7f3c\"\nname = \"demo\"\n";
        let environment = Environment::parse(text, std::path::Path::new("/x/environment.toml")).unwrap();
        let setting = setting(&environment, "root@bastion");
        assert_eq!((setting.environment.as_str(), setting.operator.as_str()), ("lab", "root@bastion"));
        assert_eq!((setting.targets[0].place.as_str(), setting.targets[0].read_only), ("a.kubeconfig", true));
        let parameters: Vec<String> =
            setting.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(parameters, ["admin_password=•••", "count=3", "name=demo"]);
    }
}
