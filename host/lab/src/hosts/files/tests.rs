//! What the file systems of a host promise.

use super::*;

fn host() -> (Files, View, View) {
    let files = Files::new("/dev/vda4", 1000);
    let root = files.view(User::Root);
    root.make_folder("/tmp", 0o1777).unwrap();
    root.make_folders("/var/lib/etcd/member", 0o700).unwrap();
    let core = files.view(User::Core);
    (files, root, core)
}

#[test]
fn a_full_disk_takes_what_fits_and_says_so() {
    let (files, root, _) = host();
    files.reserve("/", 990).unwrap();
    assert_eq!(root.write("/tmp/a", &[1; 20]), Err(Errno::NoSpace));
    assert_eq!(root.meta("/tmp/a").unwrap().size, 10);
    assert_eq!(root.usage("/tmp").unwrap().used, 1000);
    root.write("/tmp/a", b"less").unwrap();
    assert_eq!(root.usage("/tmp/a").unwrap().used, 994);
}

#[test]
fn a_rename_moves_a_folder_within_a_disk_and_never_across() {
    let (files, root, _) = host();
    root.write("/var/lib/etcd/member/db", b"data").unwrap();
    root.rename("/var/lib/etcd/", "/tmp/etcd").unwrap();
    assert_eq!(root.read("/tmp/etcd/member/db").unwrap(), b"data");
    assert!(!root.exists("/var/lib/etcd"));
    files.mount("/mnt", "/dev/vdb", 1000).unwrap();
    assert_eq!(root.rename("/tmp/etcd", "/mnt/etcd"), Err(Errno::CrossDevice));
    assert_eq!(root.rename("/mnt", "/tmp/mnt"), Err(Errno::Busy));
    assert_eq!(root.rename("/tmp", "/tmp/etcd/tmp"), Err(Errno::Invalid));
}

#[test]
fn a_folder_that_holds_something_is_not_replaced() {
    let (_, root, _) = host();
    root.make_folders("/tmp/etcd/member", 0o700).unwrap();
    assert_eq!(root.rename("/var/lib/etcd", "/tmp/etcd"), Err(Errno::NotEmpty));
    assert_eq!(root.remove_folder("/tmp/etcd"), Err(Errno::NotEmpty));
    root.remove_all("/tmp/etcd").unwrap();
    assert!(!root.exists("/tmp/etcd"));
}

#[test]
fn modes_and_owners_keep_a_user_out() {
    let (_, root, core) = host();
    root.set_mode("/var/lib/etcd", 0o700).unwrap();
    root.write("/tmp/kept", b"x").unwrap();
    assert_eq!(core.list("/var/lib/etcd").unwrap_err(), Errno::Denied);
    assert_eq!(core.meta("/var/lib/etcd/member").unwrap_err(), Errno::Denied);
    assert_eq!(core.write("/var/lib/a", b""), Err(Errno::Denied));
    assert_eq!(core.remove_file("/tmp/kept"), Err(Errno::NotPermitted));
    assert_eq!(core.set_mode("/tmp/kept", 0o777), Err(Errno::NotPermitted));
    core.write("/tmp/own", b"x").unwrap();
    core.remove_file("/tmp/own").unwrap();
}

#[test]
fn links_are_followed_also_through_folders_but_not_for_ever() {
    let (_, root, _) = host();
    root.make_link("/data", "var/lib").unwrap();
    root.make_link("/db", "/data/etcd/member").unwrap();
    root.write("/db/../db", b"x").unwrap();
    assert_eq!(root.real("/db/./../db").unwrap(), "/var/lib/etcd/db");
    assert_eq!(root.read("/var/lib/etcd/db").unwrap(), b"x");
    root.make_link("/tmp/a", "b").unwrap();
    root.make_link("/tmp/b", "a").unwrap();
    assert_eq!(root.read("/tmp/a").unwrap_err(), Errno::Loop);
    assert!(matches!(root.link_meta("/tmp/a").unwrap().kind, Kind::Link(to) if to == "b"));
}

#[test]
fn a_file_that_is_replaced_on_a_full_disk_stays_as_it_was() {
    let files = Files::new("/dev/vda4", 1000);
    let root = files.view(User::Root);
    root.write("/db", b"old").unwrap();
    let mut file = root.open("/db", true).unwrap();
    files.reserve("/", 1000).unwrap();
    assert_eq!(file.replace(b"longer than before"), Err(Errno::NoSpace));
    assert_eq!(root.read("/db").unwrap(), b"old");
    file.replace(b"new").unwrap();
    assert_eq!(root.read("/db").unwrap(), b"new");
}

#[test]
fn what_is_open_is_written_on_under_its_new_name() {
    let (_, root, _) = host();
    let mut log = root.open("/tmp/log", true).unwrap();
    log.write(b"one ").unwrap();
    root.rename("/tmp/log", "/tmp/old").unwrap();
    log.write(b"two").unwrap();
    assert_eq!(root.read("/tmp/old").unwrap(), b"one two");
}
