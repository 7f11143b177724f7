//! Environment files that are of the right form and wrong about the place: clusters, buckets, zones, credentials.

use std::path::PathBuf;

use drsh::environment::{Environment, Mode};
use regex::Regex;

use super::kit::Desk;
use super::world::World;

/// A script that reads one cluster.
const LOOKS: &str = "fn main() { oc_version(cluster(\"source\")); }\n";

/// Runs `script` with the lab's environment, edited, and holds what it says against `said/NAME.txt`.
fn wrong(name: &str, script: &str, edit: impl FnOnce(&World, &mut Environment)) -> Desk {
    let (world, desk) = (World::shared(), Desk::beside(World::shared().path()));
    let file = world.environment(name, |environment| edit(&world, environment));
    desk.write("s.rhai", script);
    desk.said(
        name,
        &desk.run(&[
            if script.is_empty() { "scripts/migrate_hcp.rhai" } else { "s.rhai" },
            "--env",
            file.to_str().unwrap(),
        ]),
    );
    desk
}

fn kubeconfig(environment: &mut Environment, cluster: &str, file: impl Into<PathBuf>) {
    environment.clusters.get_mut(cluster).unwrap().kubeconfig = file.into();
}

#[test]
fn a_kubeconfig_is_not_there_or_is_none() {
    wrong("kubeconfig_absent", LOOKS, |_, environment| kubeconfig(environment, "source", "sorce.kubeconfig"));
    wrong("kubeconfig_is_a_folder", LOOKS, |_, environment| kubeconfig(environment, "source", "."));
    wrong("kubeconfig_is_another_file", LOOKS, |_, environment| {
        kubeconfig(environment, "source", "kubeconfig_is_another_file.toml");
    });
}

#[test]
fn a_context_is_not_in_the_kubeconfig() {
    wrong("context_unknown", LOOKS, |_, environment| {
        environment.clusters.get_mut("source").unwrap().context = Some("prod".to_owned());
    });
}

#[test]
fn a_token_has_expired() {
    wrong("token_expired", LOOKS, |world, environment| {
        let user = Regex::new(r"client-(certificate|key)-data: \S+\n *").unwrap();
        let file = world.kubeconfig("source", "expired.kubeconfig", |text| {
            let text = user.replacen(&text, 1, "token: eyJhbGciOiJSUzI1NiJ9.expired.canary\n").into_owned();
            user.replace_all(&text, "").into_owned()
        });
        kubeconfig(environment, "source", file);
    });
}

#[test]
fn the_server_is_trusted_by_the_authority_of_another_cluster() {
    wrong("authority_of_another_cluster", LOOKS, |world, environment| {
        let other = std::fs::read_to_string(world.path().join("destination.kubeconfig")).unwrap();
        let authority = Regex::new(r"certificate-authority-data: \S+").unwrap();
        let other = authority.find(&other).unwrap().as_str().to_owned();
        let file = world
            .kubeconfig("source", "mixed.kubeconfig", |text| authority.replace(&text, other).into_owned());
        kubeconfig(environment, "source", file);
    });
}

#[test]
fn nothing_listens_at_the_address() {
    wrong("server_away", LOOKS, |world, environment| {
        let server = Regex::new(r"server: \S+").unwrap();
        let file = world.kubeconfig("source", "away.kubeconfig", |text| {
            server.replace(&text, "server: https://127.0.0.1:1").into_owned()
        });
        kubeconfig(environment, "source", file);
    });
}

#[test]
fn the_kubeconfig_of_another_cluster_stands_under_the_right_name() {
    let (world, desk) = (World::shared(), Desk::beside(World::shared().path()));
    desk.write("s.rhai", LOOKS);
    let file = world.environment("kubeconfig_swapped", |_| ());
    let file = file.to_str().unwrap();
    desk.run(&["s.rhai", "--env", file]);
    world.environment("kubeconfig_swapped", |environment| {
        kubeconfig(environment, "source", "destination.kubeconfig");
    });
    desk.said("kubeconfig_swapped", &desk.run(&["s.rhai", "--env", file]));
}

#[test]
fn the_pinned_identity_is_that_of_another_cluster() {
    wrong("identity_pinned_wrong", LOOKS, |_, environment| {
        environment.clusters.get_mut("source").unwrap().uid =
            Some("9f1c0000-0000-4000-8000-000000000000".to_owned());
    });
}

#[test]
fn source_and_destination_are_swapped() {
    wrong("source_and_destination_swapped", "", |_, environment| {
        kubeconfig(environment, "source", "destination.kubeconfig");
        kubeconfig(environment, "destination", "source.kubeconfig");
    });
}

#[test]
fn source_and_destination_are_the_same_cluster() {
    wrong("source_is_destination", "", |_, environment| {
        kubeconfig(environment, "destination", "source.kubeconfig");
    });
}

#[test]
fn the_hosted_clusters_kubeconfig_is_a_management_clusters() {
    wrong("hosted_is_source", "", |_, environment| kubeconfig(environment, "hosted", "source.kubeconfig"));
}

#[test]
fn the_hosted_cluster_is_misspelt() {
    wrong("hosted_cluster_misspelt", "", |_, environment| {
        environment.parameters.insert("hosted_cluster_name".to_owned(), "deno".into());
    });
    wrong("namespace_misspelt", "", |_, environment| {
        environment.parameters.insert("hosted_cluster_namespace".to_owned(), "cluster".into());
    });
}

#[test]
fn a_target_that_is_changed_may_only_be_read() {
    wrong("source_read_only", "", |_, environment| {
        environment.clusters.get_mut("source").unwrap().mode = Mode::ReadOnly;
    });
    wrong("bucket_read_only", "", |_, environment| {
        environment.buckets.get_mut("backup").unwrap().mode = Mode::ReadOnly;
    });
}

#[test]
fn the_bucket_or_the_zone_is_misspelt() {
    wrong("bucket_misspelt", "", |_, environment| {
        environment.buckets.get_mut("backup").unwrap().bucket = "demo-backup".to_owned();
    });
    wrong("zone_unknown", "", |_, environment| {
        environment.zones.get_mut("dns").unwrap().id = "Z000000000000".to_owned();
    });
}

#[test]
fn the_credentials_are_others() {
    wrong("profile_unknown", "", |_, environment| {
        environment.buckets.get_mut("backup").unwrap().credentials.profile = Some("prod".to_owned());
    });
    wrong("credentials_absent", "", |_, environment| {
        environment.buckets.get_mut("backup").unwrap().credentials.file = Some("aws".into());
    });
    wrong("credentials_wrong", "", |world, environment| {
        std::fs::write(
            world.path().join("wrong.credentials"),
            "[lab]\naws_access_key_id = AKIAWRONG\naws_secret_access_key = canary\n",
        )
        .unwrap();
        environment.buckets.get_mut("backup").unwrap().credentials.file = Some("wrong.credentials".into());
    });
}

#[test]
fn an_authority_of_an_endpoint_is_not_there() {
    wrong("ca_file_absent", "", |_, environment| {
        environment.buckets.get_mut("backup").unwrap().ca_file = Some("s3-ca.pem".into());
    });
}

#[test]
fn the_backups_folder_is_a_file() {
    wrong("folder_is_a_file", "", |_, environment| {
        environment.folders.get_mut("backup").unwrap().path = "source.kubeconfig".into();
    });
}

#[test]
fn a_later_procedure_is_begun_first() {
    let (world, desk) = (World::shared(), Desk::beside(World::shared().path()));
    let file = world.environment("later_first", |_| ());
    let file = file.to_str().unwrap();
    desk.said("restore_before_backup", &desk.run(&["scripts/restore_hcp.rhai", "--env", file]));
    desk.said(
        "teardown_before_move",
        &desk.run(&["scripts/teardown_hcp.rhai", "--env", file, "--approve", "teardown"]),
    );
    desk.said("verify_before_move", &desk.run(&["scripts/verify_hcp.rhai", "--env", file]));
}

#[test]
fn targets_are_looked_at_that_are_not_as_they_are_declared() {
    let (world, desk) = (World::shared(), Desk::beside(World::shared().path()));
    let file = world.environment("env_check", |environment| {
        kubeconfig(environment, "source", "sorce.kubeconfig");
        environment.zones.get_mut("dns").unwrap().id = "Z000000000000".to_owned();
        environment.folders.get_mut("backup").unwrap().path = "not-made-yet".into();
    });
    desk.said("env_check", &desk.run(&["env", "check", "--env", file.to_str().unwrap()]));
}
