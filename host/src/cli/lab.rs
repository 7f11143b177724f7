//! `drsh lab up`: keeps a lab running for `kubectl`, `aws` and scripts.

use std::path::Path;
use std::time::Instant;

use drsh_lab::scenario::Scenario;

use super::args;
use super::console::say;
use super::practice;
use crate::problem::Problem;
use crate::run::{clients, spoken};

/// `drsh lab`.
pub fn carry_out(command: &args::Lab) -> Result<u8, Problem> {
    match &command.command {
        args::LabCommand::Up { folder, setting } => up(folder, setting),
    }
}

fn up(folder: &Path, setting: &args::Setting) -> Result<u8, Problem> {
    let scenario = practice::scenario(setting.scenario.as_deref(), setting.speed, setting.seed)?;
    let folder = practice::folder(folder)?;
    let runtime = clients()?;
    if scenario.standalone.is_some() {
        return runtime.block_on(up_alone(scenario, &folder));
    }
    if scenario.hosts.is_some() {
        return runtime.block_on(up_on_hosts(scenario, &folder));
    }
    let began = Instant::now();
    runtime.block_on(async {
        let lab = practice::start(scenario, &folder).await?;
        let file = practice::write_environment(lab.description())?;
        let known = lab.description();
        let hosted = &known.hosted_cluster;
        say(&format!(
            "the lab is up after {}: hosted cluster {}/{} on source",
            spoken(began.elapsed()),
            hosted.namespace,
            hosted.name
        ));
        say(&format!("  environment  {}", file.display()));
        for access in [&known.source, &known.destination, &known.hosted] {
            say(&format!(
                "  {:<12} kubectl --kubeconfig {} get all -A",
                access.name,
                access.kubeconfig.display()
            ));
        }
        let aws = format!(
            "AWS_SHARED_CREDENTIALS_FILE={} AWS_PROFILE={} AWS_CA_BUNDLE={} AWS_REGION={} aws",
            known.aws.credentials_file.display(),
            known.aws.profile,
            known.aws.ca_file.display(),
            known.aws.region
        );
        say(&format!(
            "  s3           {aws} --endpoint-url {} s3 ls s3://{}",
            known.aws.s3_endpoint, known.aws.bucket
        ));
        say(&format!(
            "  route53      {aws} --endpoint-url {} route53 list-resource-record-sets --hosted-zone-id {}",
            known.aws.route53_endpoint, known.aws.zone_id
        ));
        say(&format!("try it: drsh scripts/migrate_hcp.rhai --env {} --approve teardown", file.display()));
        let _playing = lab.play(&lab.scenario().faults);
        say("it runs until you press Ctrl-C");
        wait_for_the_end().await;
        say("the lab goes down");
        lab.stop().await;
        Ok(0)
    })
}

/// Keeps a cluster running that stands alone.
async fn up_alone(scenario: Scenario, folder: &Path) -> Result<u8, Problem> {
    let began = Instant::now();
    let faults = scenario.faults.clone();
    let lab = practice::start_alone(scenario, folder).await?;
    let file = practice::write_environment_alone(lab.description())?;
    let known = lab.description();
    say(&format!("the lab is up after {}: a cluster with {} nodes", spoken(began.elapsed()), known.nodes));
    say(&format!("  environment  {}", file.display()));
    let kubeconfig = known.cluster.kubeconfig.display();
    say(&format!("  cluster      kubectl --kubeconfig {kubeconfig} get nodes,csr"));
    say(&format!("try it: drsh scripts/recover_certificates.rhai --env {}", file.display()));
    let _playing = lab.play(&faults);
    say("it runs until you press Ctrl-C");
    wait_for_the_end().await;
    say("the lab goes down");
    lab.stop().await;
    Ok(0)
}

/// Keeps a cluster running that stands alone on hosts of its own.
async fn up_on_hosts(scenario: Scenario, folder: &Path) -> Result<u8, Problem> {
    let began = Instant::now();
    let lab = practice::start_on_hosts(scenario, folder).await?;
    let known = lab.description();
    let file = practice::write_environment_on_hosts(known)?;
    let count = known.hosts.len();
    say(&format!(
        "the lab is up after {}: a cluster on {count} control plane hosts",
        spoken(began.elapsed())
    ));
    say(&format!("  environment  {}", file.display()));
    say(&format!("  cluster      kubectl --kubeconfig {} get nodes", known.cluster.kubeconfig.display()));
    for host in &known.hosts {
        say(&format!(
            "  {:<12} ssh -i {} -o UserKnownHostsFile={} -p {} {}@{}",
            host.name,
            host.identity_file.display(),
            host.known_hosts.display(),
            host.port,
            host.user,
            host.address
        ));
    }
    say(&format!("try it: drsh scripts/backup_etcd.rhai --env {}", file.display()));
    let _playing = lab.play(lab.faults());
    say("it runs until you press Ctrl-C");
    wait_for_the_end().await;
    say("the lab goes down");
    Ok(0)
}

async fn wait_for_the_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hang_up)) =
        (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}
