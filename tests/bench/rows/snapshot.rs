//! A snapshot from a pod to S3: exec through a real API server and kubelet, against kubectl piped into the AWS
//! command line, and against kubectl to nowhere, which is what exec can give at most.
//!
//! The bucket is the lab's, served by this process: moto holds bodies in memory.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use drsh_lab::apiserver::{Authority, User};
use drsh_lab::aws::s3::{S3Options, S3Server};
use drsh_lab::aws::{Credentials, Keyring};
use drsh_lab::clock::Clock;
use drsh_lab::faults::Faults;
use drsh_real::{Kubelet, Plane, Tools, plane, programs};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, PostParams};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::measure;
use crate::place::Place;
use crate::row::{Row, time};

const ACCESS_KEY: &str = "AKIABENCH";
const SECRET_KEY: &str = "bench-secret-key";
const KEYS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
    ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
    ("AWS_DEFAULT_REGION", "us-east-1"),
];

/// Memory that the program may hold meanwhile.
const MEMORY_MIB: f64 = 64.0;

pub fn rows() -> Vec<Row> {
    sized(1, 3)
}

/// The same with 8 GiB, in one turn.
pub fn large() -> Vec<Row> {
    sized(8, 1)
}

/// A node, a bucket, and an environment that names both.
struct World {
    place: Place,
    bodies: tempfile::TempDir,
    s3: S3Server,
    _kubelet: Kubelet,
    _plane: Plane,
    runtime: Runtime,
}

impl World {
    fn start(gib: u64) -> Option<Self> {
        let what = "a snapshot to S3";
        let (programs, kubelet, tools) =
            (plane::Programs::find(what)?, Kubelet::find(what)?, Tools::find(what)?);
        let (runtime, bodies) = (Runtime::new().unwrap(), tempfile::tempdir().unwrap());
        let (plane, kubelet) = runtime.block_on(async {
            let plane = Plane::start(&programs, plane::Options::new("source").unwrap()).await.unwrap();
            let kubelet = Kubelet::start(&kubelet, &plane, "node-1").await.unwrap();
            let pods: Api<Pod> = Api::namespaced(plane.client(&User::admin()).unwrap(), "default");
            let pod = json!({
                "metadata": {"name": "etcd-0"},
                "spec": {"nodeName": "node-1", "containers": [{"name": "etcd", "image": "x:1"}]},
            });
            pods.create(&PostParams::default(), &serde_json::from_value(pod).unwrap()).await.unwrap();
            (plane, kubelet)
        });
        let root = kubelet.container_root("default", "etcd-0", "etcd").unwrap();
        tools.install(&root).unwrap();
        // A file without blocks: reading it costs no disk.
        File::create(root.join("snapshot.db")).unwrap().set_len(gib << 30).unwrap();
        let keyring = Keyring::new([Credentials::lasting(ACCESS_KEY, SECRET_KEY)]);
        let authority = Authority::new("bench").unwrap();
        let options = S3Options {
            folder: bodies.path().to_owned(),
            keyring,
            buckets: vec![("snapshots".to_owned(), "us-east-1".to_owned())],
            authority: Some(authority.clone()),
            faults: Faults::default(),
            clock: Clock::new(1.0, 1),
        };
        let s3 = runtime.block_on(S3Server::start(options)).unwrap();
        let work = Place::new(&environment(&s3.endpoint()));
        work.write("kubeconfig", &plane.kubeconfig(&User::admin()).unwrap());
        work.write("ca.pem", authority.pem());
        work.write(
            "credentials",
            &format!("[backup]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"),
        );
        Some(Self { place: work, bodies, s3, _kubelet: kubelet, _plane: plane, runtime })
    }

    /// Takes away what a turn uploaded, so that the disk holds one copy at most.
    fn empty(&self) {
        for entry in std::fs::read_dir(self.bodies.path()).unwrap().flatten() {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn environment(endpoint: &str) -> String {
    format!(
        "name = \"bench\"
         [clusters.source]
         kubeconfig = \"kubeconfig\"
         [buckets.backup]
         bucket = \"snapshots\"
         region = \"us-east-1\"
         endpoint = \"{endpoint}\"
         ca_file = \"ca.pem\"
         path_style = true
         [buckets.backup.credentials]
         file = \"credentials\"
         profile = \"backup\"
         [limits]
         call_seconds = 1200
         "
    )
}

const SCRIPT: &str = r#"
    let source = oc_exec_stream(cluster("source").namespace("default"), "etcd-0", ["cat", "/snapshot.db"], #{reads: true});
    step("B7 upload").done_when(|| false).no_undo("kept").run(|| s3_put(bucket("backup"), "etcd-0.db", source).size);
"#;

fn sized(gib: u64, rounds: usize) -> Vec<Row> {
    let what = format!("a snapshot of {gib} GiB from a pod to S3");
    let (Some(world), Some(kubectl)) = (World::start(gib), programs::find("kubectl")) else {
        return vec![Row::absent(&what, "tests/real/build has not built the real servers")];
    };
    world.place.write("upload.rhai", SCRIPT);
    let mut peaks = Vec::new();
    let mut own = || {
        let (took, peak) = measure::run_and_weigh(&mut world.place.drsh(&["upload.rhai"]));
        peaks.push(peak);
        assert_eq!(world.s3.facts("snapshots", "etcd-0.db").unwrap().size, gib << 30);
        world.empty();
        took
    };
    let exec = || {
        let mut command = Command::new(&kubectl);
        command.arg("--kubeconfig").arg(world.place.path().join("kubeconfig"));
        command.args(["exec", "-n", "default", "etcd-0", "--", "cat", "/snapshot.db"]).stdin(Stdio::null());
        command
    };
    let mut nowhere = || measure::run(&mut exec());
    let mut rows = Vec::new();
    let [mine, theirs, limit] = if let Some(aws) = programs::find("aws") {
        let mut piped = || {
            let took = measure::timed(|| pipe(exec(), &mut upload(&aws, &world)));
            world.empty();
            took
        };
        measure::in_turns(rounds, [&mut own, &mut piped, &mut nowhere])
    } else {
        rows.push(Row::absent(&what, "aws is not here"));
        let [mine, limit] = measure::in_turns(rounds, [&mut own, &mut nowhere]);
        [mine, Duration::ZERO, limit]
    };
    if theirs > Duration::ZERO {
        rows.push(Row::ahead(&what, mine, ("`kubectl exec cat` into `aws s3 cp -`", theirs), 3.0));
    }
    rows.push(Row::within(&what, mine, ("`kubectl exec cat` to nowhere", limit), 1.3));
    let rate = (gib << 10) as f64 / mine.as_secs_f64();
    rows.push(Row::told(
        &format!("{what}: rate"),
        &format!("{rate:.0} MiB/s"),
        &format!("{} in all", time(mine)),
    ));
    let peak = peaks.into_iter().max().unwrap_or_default() as f64 / 1024.0;
    rows.push(Row::under(&format!("{what}: memory at its peak"), peak, MEMORY_MIB, "MiB"));
    drop(world.runtime);
    rows
}

fn upload(aws: &Path, world: &World) -> Command {
    let mut command = Command::new(aws);
    command.args(["s3", "cp", "--quiet", "-", "s3://snapshots/by-aws.db", "--expected-size", "10737418240"]);
    command
        .arg("--endpoint-url")
        .arg(world.s3.endpoint())
        .arg("--ca-bundle")
        .arg(world.place.path().join("ca.pem"));
    command.envs(KEYS);
    command
}

/// One program's output into another, both to a good end.
fn pipe(mut from: Command, to: &mut Command) {
    let mut giver = from.stdout(Stdio::piped()).spawn().unwrap();
    let taker = to.stdin(giver.stdout.take().unwrap()).status().unwrap();
    assert!(taker.success() && giver.wait().unwrap().success(), "{to:?}");
}
