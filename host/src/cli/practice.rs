//! The lab as the program starts it: its files, the environment that names its targets, its scenario.

use std::path::{Path, PathBuf};

use drsh_lab::hosts::Role;
use drsh_lab::scenario::Scenario;
use drsh_lab::world::on_hosts::OnHostsDescription;
use drsh_lab::world::standalone::StandaloneDescription;
use drsh_lab::world::{Description, Lab, OnHosts, Standalone};

use crate::engine::nearest;
use crate::environment::{
    BucketEntry, ClusterEntry, CredentialsEntry, Environment, FolderEntry, HostEntry, Limits, ZoneEntry,
};
use crate::problem::Problem;

/// Reads the scenario file, or takes the default scenario; `times` (the speed) and `seed` take the place of what it says.
///
/// Errors: `scenario` with what is wrong in it.
pub fn scenario(file: Option<&Path>, times: Option<f64>, seed: Option<u64>) -> Result<Scenario, Problem> {
    let wrong =
        |error: String| Problem::new("scenario", error).hint("README tells what a scenario file may say");
    let mut scenario = match file {
        None => Scenario::default(),
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| wrong(format!("the scenario {} cannot be read: {error}", file.display())))?;
            Scenario::from_json(&text).map_err(|said| wrong_in(file, &said))?
        }
    };
    scenario.speed = times.unwrap_or(scenario.speed);
    scenario.seed = seed.unwrap_or(scenario.seed);
    scenario.check().map_err(wrong)?;
    Ok(scenario)
}

/// Says what is wrong in a scenario file, with the name that was likely meant.
fn wrong_in(file: &Path, said: &str) -> Problem {
    let said = said.strip_prefix("the scenario: ").unwrap_or(said);
    let quoted: Vec<&str> = said.split('`').skip(1).step_by(2).collect();
    let file = file.display();
    match (said.starts_with("unknown field"), quoted.split_first()) {
        (true, Some((given, known))) => {
            let place = said.rsplit_once(" at ").map_or(String::new(), |(_, place)| format!(", at {place}"));
            let hint = match nearest(given, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("what may stand there: {}", known.join(", ")),
            };
            Problem::new("scenario", format!("{file}: there is no `{given}` in a scenario{place}")).hint(hint)
        }
        _ => Problem::new("scenario", format!("{file} is no scenario: {said}"))
            .hint("README tells what a scenario file may say"),
    }
}

/// The folder that becomes a lab's, by its path from the root on. Errors: `lab` if it is a file, or nowhere.
pub fn folder(named: &Path) -> Result<PathBuf, Problem> {
    let folder = std::path::absolute(named).map_err(|error| {
        let message = format!("where the lab's folder {} lies cannot be told: {error}", named.display());
        Problem::new("lab", message)
            .hint("the folder that you are in may be gone: go to another, or name the lab's from the root on")
    })?;
    if folder.exists() && !folder.is_dir() {
        let message = format!("{} is a file, and a lab's files lie in a folder", folder.display());
        return Err(Problem::new("lab", message).hint("name another with --folder DIR"));
    }
    Ok(folder)
}

/// Starts a lab whose files lie in `folder`.
///
/// Errors: `lab` with what did not come up.
pub async fn start(scenario: Scenario, folder: &Path) -> Result<Lab, Problem> {
    Lab::start(scenario, folder).await.map_err(|error| {
        Problem::new("lab", error.to_string()).hint("run it again with -v to see what its actors do")
    })
}

/// Makes the environment that names the lab's targets; its file lies in the lab's folder.
#[must_use]
pub fn environment(lab: &Description) -> Environment {
    let relative = |path: &Path| relative(&lab.folder, path);
    let cluster = |path: &Path| ClusterEntry { kubeconfig: relative(path), ..ClusterEntry::default() };
    let credentials = CredentialsEntry {
        file: Some(relative(&lab.aws.credentials_file)),
        profile: Some(lab.aws.profile.clone()),
    };
    let text = |value: &str| toml::Value::String(value.to_owned());
    Environment {
        name: "lab".to_owned(),
        clusters: [
            ("source".to_owned(), cluster(&lab.source.kubeconfig)),
            ("destination".to_owned(), cluster(&lab.destination.kubeconfig)),
            ("hosted".to_owned(), cluster(&lab.hosted.kubeconfig)),
        ]
        .into(),
        buckets: [(
            "backup".to_owned(),
            BucketEntry {
                bucket: lab.aws.bucket.clone(),
                endpoint: Some(lab.aws.s3_endpoint.clone()),
                ca_file: Some(relative(&lab.aws.ca_file)),
                path_style: true,
                credentials: credentials.clone(),
                ..BucketEntry::default()
            },
        )]
        .into(),
        zones: [(
            "dns".to_owned(),
            ZoneEntry {
                id: lab.aws.zone_id.clone(),
                endpoint: Some(lab.aws.route53_endpoint.clone()),
                ca_file: Some(relative(&lab.aws.ca_file)),
                credentials,
                ..ZoneEntry::default()
            },
        )]
        .into(),
        folders: [(
            "backup".to_owned(),
            FolderEntry { path: PathBuf::from("backup"), ..FolderEntry::default() },
        )]
        .into(),
        parameters: [
            ("hosted_cluster_namespace".to_owned(), text(&lab.hosted_cluster.namespace)),
            ("hosted_cluster_name".to_owned(), text(&lab.hosted_cluster.name)),
            ("source_name".to_owned(), text(&lab.source.name)),
        ]
        .into(),
        limits: Limits::default(),
        ..Environment::default()
    }
}

/// Starts a cluster that stands alone, whose files lie in `folder`.
///
/// Errors: `lab` with what did not come up.
pub async fn start_alone(scenario: Scenario, folder: &Path) -> Result<Standalone, Problem> {
    Standalone::start(scenario, folder).await.map_err(|error| {
        Problem::new("lab", error.to_string()).hint("run it again with -v to see what its actors do")
    })
}

/// Makes the environment that names the one cluster of such a lab.
#[must_use]
pub fn environment_alone(lab: &StandaloneDescription) -> Environment {
    let kubeconfig = relative(&lab.folder, &lab.cluster.kubeconfig);
    Environment {
        name: "lab".to_owned(),
        clusters: [("cluster".to_owned(), ClusterEntry { kubeconfig, ..ClusterEntry::default() })].into(),
        ..Environment::default()
    }
}

/// Starts a cluster that stands alone on hosts of its own, whose files lie in `folder`.
///
/// Errors: `lab` with what did not come up.
pub async fn start_on_hosts(scenario: Scenario, folder: &Path) -> Result<OnHosts, Problem> {
    OnHosts::start(scenario, folder).await.map_err(|error| {
        Problem::new("lab", error.to_string()).hint("run it again with -v to see what its actors do")
    })
}

/// Makes the environment that names the cluster of such a lab, and its hosts.
#[must_use]
pub fn environment_on_hosts(lab: &OnHostsDescription) -> Environment {
    let relative = |path: &Path| relative(&lab.folder, path);
    let hosts = lab.hosts.iter().map(|host| {
        let entry = HostEntry {
            address: host.address.clone(),
            port: Some(host.port),
            user: Some(host.user.clone()),
            identity_file: Some(relative(&host.identity_file)),
            known_hosts: Some(relative(&host.known_hosts)),
            ..HostEntry::default()
        };
        (host.name.clone(), entry)
    });
    let of_role = |role: Role| -> Vec<toml::Value> {
        let fitting = lab.hosts.iter().filter(|host| host.role == role);
        fitting.map(|host| toml::Value::String(host.name.clone())).collect()
    };
    let (names, workers) = (of_role(Role::ControlPlane), of_role(Role::Worker));
    let all = lab.hosts.iter().map(|host| toml::Value::String(host.name.clone())).collect();
    Environment {
        name: "lab".to_owned(),
        clusters: [(
            "cluster".to_owned(),
            ClusterEntry { kubeconfig: relative(&lab.cluster.kubeconfig), ..ClusterEntry::default() },
        )]
        .into(),
        hosts: hosts.collect(),
        folders: [(
            "backup".to_owned(),
            FolderEntry { path: PathBuf::from("backup"), ..FolderEntry::default() },
        )]
        .into(),
        parameters: [
            ("control_plane_hosts".to_owned(), toml::Value::Array(names)),
            ("node_hosts".to_owned(), toml::Value::Array(all)),
            // In life operators must be calm for minutes: what they say may be as old as a snapshot.
            ("minimum_stable_period".to_owned(), "2s".into()),
        ]
        .into_iter()
        .chain((!workers.is_empty()).then(|| ("worker_hosts".to_owned(), toml::Value::Array(workers))))
        .collect(),
        ..Environment::default()
    }
}

/// Writes the environment file of a lab and reads it back as an operator's would be; returns where it lies.
///
/// Errors: `environment` if it cannot be written.
pub fn write_environment(lab: &Description) -> Result<PathBuf, Problem> {
    write(&lab.folder, &environment(lab))
}

/// Does as [`write_environment`], for a cluster that stands alone.
///
/// Errors: `environment` if it cannot be written.
pub fn write_environment_alone(lab: &StandaloneDescription) -> Result<PathBuf, Problem> {
    write(&lab.folder, &environment_alone(lab))
}

/// Does as [`write_environment`], for a cluster that stands alone on hosts of its own.
///
/// Errors: `environment` if it cannot be written.
pub fn write_environment_on_hosts(lab: &OnHostsDescription) -> Result<PathBuf, Problem> {
    write(&lab.folder, &environment_on_hosts(lab))
}

/// Does the same with an environment that is not as the lab gives it.
///
/// Errors: `environment` if it cannot be written.
pub fn write_changed_on_hosts(
    lab: &OnHostsDescription,
    environment: &Environment,
) -> Result<PathBuf, Problem> {
    write(&lab.folder, environment)
}

/// A path as the environment file in `folder` names it.
fn relative(folder: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(folder).unwrap_or(path).to_owned()
}

fn write(folder: &Path, environment: &Environment) -> Result<PathBuf, Problem> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let file = folder.join("environment.toml");
    let text = environment.to_toml()?;
    let made = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&file);
    made.and_then(|mut made| made.write_all(text.as_bytes())).map_err(|error| {
        Problem::new("environment", format!("{} cannot be written: {error}", file.display()))
    })?;
    Ok(file)
}
