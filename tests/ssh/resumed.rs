//! Copies that a broken connection stops go on where they stopped.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::world::{World, until};

const MANY: usize = 100 << 20;

/// Bytes that are nowhere the same.
fn bytes(count: usize) -> Vec<u8> {
    (0_u64..).flat_map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()).take(count).collect()
}

/// Has the host keep the arguments of a program that it runs.
fn watch(world: &World, program: &str) {
    let folder = world.hosts[0].folder();
    let text = format!(
        "#!/bin/sh\necho \"$*\" >> '{}/{program}.log'\nPATH=${{PATH#*:}}\nexec {program} \"$@\"\n",
        folder.display()
    );
    let place = folder.join("bin").join(program);
    std::fs::write(&place, text).unwrap();
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// The number behind `before` in each of its calls.
fn starts(world: &World, program: &str, before: &str) -> Vec<usize> {
    let log = std::fs::read_to_string(world.hosts[0].folder().join(format!("{program}.log"))).unwrap();
    let number = |line: &str| line.split(before).nth(1)?.split(' ').next()?.parse().ok();
    log.lines().filter_map(number).collect()
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |data| data.len())
}

#[test]
fn a_hundred_mebibytes_go_there_and_back_and_keep_their_permissions() {
    let Some(world) = World::new() else { return };
    let whole = bytes(MANY);
    let from = world.path("backup/snapshot.db");
    std::fs::write(&from, &whole).unwrap();
    std::fs::set_permissions(&from, std::fs::Permissions::from_mode(0o640)).unwrap();
    let remote = world.path("remote/snapshot.db");
    let script = format!(
        r#"let put = ssh_put(host("one"), folder("backup"), "snapshot.db", "{0}", #{{mode: "keep"}});
        let got = ssh_get(host("one"), "{0}", folder("backup"), "back.db", #{{mode: "keep"}});
        `${{put.size}} ${{got.size}} ${{put.sha256 == got.sha256}}`"#,
        remote.display()
    );
    assert_eq!(world.says(&script), format!("{MANY} {MANY} true"));
    let back = world.path("backup/back.db");
    assert!(std::fs::read(&remote).unwrap() == whole && std::fs::read(&back).unwrap() == whole);
    for file in [remote, back] {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640, "{}", file.display());
    }
}

#[test]
fn a_put_whose_connection_breaks_goes_on_where_it_stopped() {
    let Some(world) = World::new() else { return };
    let whole = bytes(MANY);
    std::fs::write(world.path("backup/snapshot.db"), &whole).unwrap();
    let (remote, partial) = (world.path("remote/a.db"), world.path("remote/a.db.drsh-0000beef"));
    let script =
        format!(r#"ssh_put(host("one"), folder("backup"), "snapshot.db", "{}").size"#, remote.display());
    let run = world.begin(&world.environment());
    watch(&world, "dd");
    std::thread::scope(|scope| {
        let put = scope.spawn(|| crate::world::carry_out(&run, &script));
        until("a part of the copy", || size(&partial) > 1 << 20 || put.is_finished());
        world.hosts[0].cut();
        assert_eq!(put.join().unwrap().unwrap().to_string(), MANY.to_string());
    });
    assert!(std::fs::read(&remote).unwrap() == whole);
    let starts = starts(&world, "dd", "seek=");
    assert!(
        starts.len() > 1 && starts[0] == 0 && starts[1..].iter().all(|from| *from > 1 << 20),
        "{starts:?}"
    );
    assert!(world.told().contains("Waiting") && !partial.exists(), "{}", world.told());
}

#[test]
fn a_put_takes_up_what_an_earlier_start_of_the_run_left() {
    let Some(world) = World::new() else { return };
    let whole = bytes(3 << 20);
    std::fs::write(world.path("backup/snapshot.db"), &whole).unwrap();
    let (remote, partial) = (world.path("remote/a.db"), world.path("remote/a.db.drsh-0000beef"));
    let script =
        format!(r#"ssh_put(host("one"), folder("backup"), "snapshot.db", "{}").size"#, remote.display());
    watch(&world, "dd");
    // What is there is used, or is seen to be of another file.
    for left in [&whole[..1_000_001], &[7; 1000][..], &bytes(4 << 20)[1..]] {
        std::fs::write(&partial, left).unwrap();
        assert_eq!(world.says(&script), whole.len().to_string());
        assert!(std::fs::read(&remote).unwrap() == whole && !partial.exists());
    }
    assert_eq!(starts(&world, "dd", "seek="), [1_000_001, 1000, 0, whole.len(), 0]);
}

#[test]
fn a_get_whose_connection_breaks_goes_on_where_it_stopped() {
    let Some(world) = World::new() else { return };
    let whole = bytes(MANY);
    let remote = world.path("remote/snapshot.db");
    std::fs::write(&remote, &whole).unwrap();
    let script = format!(r#"ssh_get(host("one"), "{}", folder("backup"), "a.db").size"#, remote.display());
    watch(&world, "tail");
    let run = world.begin(&world.environment());
    std::thread::scope(|scope| {
        let get = scope.spawn(|| crate::world::carry_out(&run, &script));
        let arrived = || {
            let files = std::fs::read_dir(world.path("backup")).unwrap().filter_map(Result::ok);
            files.map(|file| size(&file.path())).max().unwrap_or(0)
        };
        until("a part of the copy", || arrived() > 1 << 20 || get.is_finished());
        world.hosts[0].cut();
        assert_eq!(get.join().unwrap().unwrap().to_string(), MANY.to_string());
    });
    assert!(std::fs::read(world.path("backup/a.db")).unwrap() == whole);
    let starts = starts(&world, "tail", "-c +");
    assert!(
        starts.len() > 1 && starts[0] == 1 && starts[1..].iter().all(|from| *from > 1 << 20),
        "{starts:?}"
    );
}
