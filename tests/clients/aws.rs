//! `aws` says the same of the lab and of moto: objects, presigned URLs, uploads in parts, and record sets.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use drsh_lab::apiserver::Authority;
use drsh_lab::aws::route53::{Route53Options, Route53Server, Zone};
use drsh_lab::aws::s3::{S3Options, S3Server};
use drsh_lab::aws::{Credentials, Keyring};
use drsh_lab::clock::Clock;
use drsh_lab::faults::Faults;
use drsh_real::moto::{Moto, Options, Programs};
use drsh_real::programs;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::said::{Said, Step, compare, roughly, step};

const REGION: &str = "eu-west-1";
/// The file that is uploaded in parts: more than two of the smallest size.
const BIG: usize = 11 << 20;
const CONFIGURATION: &str = "[default]\n\
    region = eu-west-1\n\
    output = json\n\
    s3 =\n  max_concurrent_requests = 1\n  signature_version = s3v4\n  addressing_style = path\n  multipart_threshold = 6MB\n  multipart_chunksize = 5MB\n";

/// A cloud, and an `aws` that works on it.
struct Cloud {
    aws: PathBuf,
    s3: String,
    route53: String,
    zone: String,
    key: (String, String),
    ca_pem: String,
    folder: TempDir,
    runtime: Runtime,
    _server: Server,
}

enum Server {
    Lab { _s3: S3Server, _route53: Route53Server },
    Moto { _server: Arc<Moto> },
}

impl Cloud {
    fn lab(aws: &Path) -> Self {
        let (runtime, folder) = (Runtime::new().unwrap(), folder());
        let authority = Authority::new("lab").unwrap();
        let keyring = Keyring::new([Credentials::lasting("AKIALAB", "lab/secret+key")]);
        let bodies = folder.path().join("bodies");
        std::fs::create_dir(&bodies).unwrap();
        let s3 = S3Server::start(S3Options {
            folder: bodies,
            keyring: keyring.clone(),
            buckets: vec![("snapshots".to_owned(), REGION.to_owned())],
            authority: Some(authority.clone()),
            faults: Faults::default(),
            clock: Clock::new(100.0, 1),
        });
        let route53 = Route53Server::start(Route53Options {
            keyring,
            zones: vec![Zone::new("Z0LAB", "hc.lab")],
            authority: Some(authority.clone()),
            faults: Faults::default(),
            clock: Clock::new(100.0, 1),
        });
        let (s3, route53) = (runtime.block_on(s3).unwrap(), runtime.block_on(route53).unwrap());
        Self {
            aws: aws.to_owned(),
            s3: s3.endpoint(),
            route53: route53.endpoint(),
            zone: "Z0LAB".to_owned(),
            key: ("AKIALAB".to_owned(), "lab/secret+key".to_owned()),
            ca_pem: authority.pem().to_owned(),
            folder,
            runtime,
            _server: Server::Lab { _s3: s3, _route53: route53 },
        }
        .ready()
    }

    fn moto(aws: &Path) -> Option<Self> {
        let programs = Programs::find("aws against S3 and Route53 that are not the lab's")?;
        let (runtime, folder) = (Runtime::new().unwrap(), folder());
        let moto = runtime.block_on(Moto::shared(&programs, Options::new().unwrap())).unwrap();
        // Of the tests that share it, the first makes the bucket; the others are refused.
        let _ = runtime.block_on(moto.create_bucket("snapshots", REGION));
        let cloud = Self {
            aws: aws.to_owned(),
            s3: moto.endpoint(),
            route53: moto.endpoint(),
            zone: runtime.block_on(moto.create_zone("hc.lab")).unwrap(),
            key: (moto.access_key().to_owned(), moto.secret_key().to_owned()),
            ca_pem: moto.ca_pem().to_owned(),
            folder,
            runtime,
            _server: Server::Moto { _server: moto },
        };
        Some(cloud.ready())
    }

    fn ready(self) -> Self {
        std::fs::write(self.folder.path().join("ca.pem"), &self.ca_pem).unwrap();
        self
    }

    /// Runs `aws` with the words of a step; `ZONE` among them is the zone's id.
    fn say(&self, step: &Step) -> Said {
        let words = step.words();
        let endpoint = if words[0] == "route53" { &self.route53 } else { &self.s3 };
        let mut command = Command::new(&self.aws);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        command
            .args(words.iter().map(|word| if word == "ZONE" { &self.zone } else { word }))
            .args(["--endpoint-url", endpoint])
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("AWS_CONFIG_FILE", self.folder.path().join("config"))
            .env("AWS_CA_BUNDLE", self.folder.path().join("ca.pem"))
            .env("AWS_ACCESS_KEY_ID", &self.key.0)
            .env("AWS_SECRET_ACCESS_KEY", &self.key.1)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("TZ", "UTC");
        let mut said = Said::by(&mut command, step.input);
        said.out = said.out.replace(&self.zone, "<zone>");
        said.err = said.err.replace(&self.zone, "<zone>");
        // Which of several files is done first is a matter of the client's threads.
        let mut lines: Vec<&str> = said.out.lines().collect();
        if lines.iter().all(|line| line.starts_with("upload: ") || line.starts_with("delete: ")) {
            lines.sort_unstable();
            said.out = lines.join("\n");
        }
        said
    }
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("config", CONFIGURATION.as_bytes());
    write("small.txt", b"small");
    write("big.bin", &vec![7; BIG]);
    std::fs::create_dir(folder.path().join("tree")).unwrap();
    write("tree/one", b"1");
    write("tree/two", b"22");
    let batches = [
        ("upsert.json", "UPSERT", "api.demo.hc.lab"),
        ("delete.json", "DELETE", "api.demo.hc.lab"),
        ("create.json", "CREATE", "api.demo.hc.lab"),
        ("outside.json", "UPSERT", "api.other.example"),
    ];
    for (file, action, name) in batches {
        let record = serde_json::json!({"Name": name, "Type": "CNAME", "TTL": 60,
            "ResourceRecords": [{"Value": "lb.elb.lab"}]});
        let batch = serde_json::json!({"Changes": [{"Action": action, "ResourceRecordSet": record}]});
        write(file, batch.to_string().as_bytes());
    }
    folder
}

/// Says `steps` to both clouds.
fn both(steps: &[Step], then: impl Fn(&Cloud)) {
    let Some([aws]) = programs::all(["aws"], "aws against the lab") else { return };
    let (lab, moto) = (Cloud::lab(&aws), Cloud::moto(&aws));
    compare(steps, |step| lab.say(step), moto.as_ref().map(|moto| |step: &Step| moto.say(step)));
    then(&lab);
    moto.iter().for_each(then);
}

#[test]
fn objects_go_up_and_down_and_away_and_are_shared_by_presigned_urls() {
    let steps = [
        step("s3 cp small.txt s3://snapshots/a/small.txt --no-progress", "upload: ./small.txt"),
        step("s3 cp big.bin 's3://snapshots/a/big 0+x.bin' --no-progress", "upload: ./big.bin"),
        step(
            "s3api head-object --bucket snapshots --key 'a/big 0+x.bin' --query [ContentLength,ETag,Metadata]",
            "-3",
        ),
        step("! s3api head-object --bucket snapshots --key none", "404"),
        step("s3 sync tree s3://snapshots/tree --no-progress", "upload: tree/two"),
        step(
            "s3api list-objects-v2 --bucket snapshots --query 'Contents[].[Key,Size,ETag,StorageClass]'",
            "a/small.txt",
        ),
        step("! s3 ls s3://no-such-bucket", "NoSuchBucket"),
        step("s3 cp 's3://snapshots/a/big 0+x.bin' back.bin --no-progress", "download:"),
        step("s3 rm s3://snapshots/tree --recursive", "delete: s3://snapshots/tree/two"),
        step("s3 ls s3://snapshots --recursive --summarize", "Total Objects: 2"),
    ];
    both(&steps, |cloud| {
        assert!(std::fs::read(cloud.folder.path().join("back.bin")).unwrap() == vec![7; BIG]);
        presign_and_fetch(cloud);
    });
}

/// Has the client sign a URL, and fetches it without any credentials.
fn presign_and_fetch(cloud: &Cloud) {
    let said = cloud.say(&step("s3 presign s3://snapshots/a/small.txt --expires-in 600", ""));
    let url = said.out.trim();
    let fetch = |url: &str| {
        let answer = drsh_real::aws::fetch("GET", url, &cloud.ca_pem, Vec::new());
        cloud.runtime.block_on(answer).unwrap()
    };
    assert_eq!(fetch(url), (200, b"small".to_vec()));
    assert_eq!(fetch(&url.replace("small.txt", "other.txt")).0, 403);
}

#[test]
fn record_sets_are_changed_and_refused() {
    let steps = [
        step("route53 list-hosted-zones --query 'HostedZones[].[Name,Config]|[0]'", "hc.lab."),
        step(
            "route53 change-resource-record-sets --hosted-zone-id ZONE --change-batch file://upsert.json --query ChangeInfo.Comment",
            "null",
        ),
        step(
            "route53 list-resource-record-sets --hosted-zone-id ZONE --query 'ResourceRecordSets[?Type==`CNAME`]'",
            "lb.elb.lab",
        ),
        // Moto leaves out the brackets that Route53 puts around the messages of a batch.
        roughly(
            "! route53 change-resource-record-sets --hosted-zone-id ZONE --change-batch file://outside.json",
            "RRSet with DNS name api.other.example",
        ),
        step(
            "route53 change-resource-record-sets --hosted-zone-id ZONE --change-batch file://delete.json --query ChangeInfo.Comment",
            "null",
        ),
        step(
            "route53 list-resource-record-sets --hosted-zone-id ZONE --query ResourceRecordSets[].[Name,Type,TTL]",
            "SOA",
        ),
        step("! route53 list-resource-record-sets --hosted-zone-id Z0NONE", "NoSuchHostedZone"),
    ];
    both(&steps, |_| ());
}

/// Moto creates what exists and deletes what does not; Route53 refuses both, and so does the lab.
#[test]
fn the_lab_refuses_to_create_what_exists_and_to_delete_what_does_not() {
    let Some([aws]) = programs::all(["aws"], "aws against the lab") else { return };
    let lab = Cloud::lab(&aws);
    let change = "route53 change-resource-record-sets --hosted-zone-id ZONE --change-batch";
    let says = |line: String| lab.say(&step(line.leak(), ""));
    let refused = says(format!("{change} file://delete.json"));
    assert!(refused.err.contains("InvalidChangeBatch") && refused.err.contains("was not found"), "{refused}");
    let made = says(format!("{change} file://create.json --query ChangeInfo.Status"));
    assert!(made.code == Some(0) && made.out.contains("PENDING"), "{made}");
    let refused = says(format!("{change} file://create.json"));
    assert!(
        refused.err.contains("InvalidChangeBatch") && refused.err.contains("already exists"),
        "{refused}"
    );
}
