//! Uploads that go wrong: S3 refuses, resets, or the stream from the pod is cut.

use drsh_lab::etcd::snapshot::Snapshot;
use drsh_lab::faults::Fault;

use crate::kit::{Printed, World, objects_of, own_text};

/// The key that the faults strike.
const KEY: &str = "demo-etcd-0-snapshot.db";

/// The Routes of the control plane, as one text each.
fn routes(world: &World) -> Vec<String> {
    let plane = world.plane();
    let is_route = |kind: &str, namespace: &str, _: &str| kind.starts_with("Route.") && namespace == plane;
    own_text(&objects_of(&world.source()), is_route).into_values().collect()
}

/// `curl` without `--fail` ends well on a 403, and the bash goes on to delete the Routes (H7, F40).
#[test]
fn an_upload_that_fails_stops_the_backup_before_any_route_goes_and_can_be_resumed() {
    let mut world = World::small();
    world.environment.limits.call_seconds = 3;
    world.environment.limits.attempt_seconds = 2;
    let before = routes(&world);
    assert!(before.len() >= 4, "{before:?}");
    let unharmed = |printed: &Printed| {
        assert!(printed.err.contains("stopped in \"B7 upload"), "{printed}");
        assert_eq!(routes(&world), before);
        assert!(!world.backup("manifest.json").exists());
    };

    world.strike("s3", "PUT", KEY, Fault::Status(403), None);
    let first = world.run("backup_hcp").stopped(1, &[KEY]);
    unharmed(&first);
    assert!(first.line("state: ").contains("8 steps done"), "{first}");
    assert!(first.line("hint: ").contains(&format!("`drsh resume {}`", first.run)), "{first}");

    for fault in [Fault::Status(404), Fault::Reset] {
        world.lab().faults().clear();
        world.strike("s3", "PUT", KEY, fault, None);
        unharmed(&world.resume(&first).stopped(1, &[KEY]));
    }

    // A stream that is cut is no snapshot, however long: it is begun anew.
    world.lab().faults().clear();
    world.strike("source", "", "command=cat", Fault::CutAfter(3000), Some(2));
    world.resume(&first).well();
    assert_eq!(routes(&world), Vec::<String>::new());
    assert!(world.backup("manifest.json").exists());
    let kept = world.lab().s3().unwrap().read(&world.known().aws.bucket, KEY).unwrap();
    assert!(kept.len() > 3000 && Snapshot::read(&kept).is_ok(), "{} bytes", kept.len());
    assert_eq!(
        world.lab().s3().unwrap().open_uploads(&world.known().aws.bucket),
        0,
        "half an upload is paid for for ever"
    );
}

/// The bash leaves the snapshot on etcd's own volume, which it fills (F39).
#[test]
fn the_snapshot_does_not_stay_in_the_pod() {
    let world = World::small();
    world.run("backup_hcp").well();
    let look = "fn main() {
        let place = cluster(\"source\").namespace(\"clusters-demo\");
        log(oc_exec(place, \"etcd-0\", [\"ls\", \"/var/lib/data\"], #{ container: \"etcd\", reads: true }).stdout);
    }";
    let printed = world.run_text(look).well();
    assert!(printed.out.contains("member"), "{printed}");
    assert!(!printed.out.contains("snapshot.db"), "{printed}");
}
