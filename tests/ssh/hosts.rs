//! Several hosts at once, as the control plane of a cluster has.

use crate::world::World;

const HOSTS: [&str; 3] = ["master-0", "master-1", "master-2"];

#[test]
fn each_host_carries_out_what_is_its_own() {
    let Some(world) = World::of(&HOSTS) else { return };
    let script = r#"
        let ask = |name| ssh(host(name), ["sh", "-c", "echo $DRSH_HOST"], seconds(30)).stdout;
        parallel(["master-0", "master-1", "master-2"], 3, ask).to_string()
    "#;
    assert_eq!(world.says(script), r#"["master-0", "master-1", "master-2"]"#);
}

#[test]
fn a_file_for_every_host_arrives_on_every_host() {
    let Some(world) = World::of(&HOSTS) else { return };
    std::fs::write(world.path("backup/a.db"), "snapshot").unwrap();
    for host in &world.hosts {
        let place = host.folder().join("a.db").display().to_string();
        world.says(&format!(
            r#"ssh_put(host("{}"), folder("backup"), "a.db", {place:?}).sha256"#,
            host.name()
        ));
    }
    for host in &world.hosts {
        assert_eq!(std::fs::read_to_string(host.folder().join("a.db")).unwrap(), "snapshot");
    }
}

#[test]
fn a_host_that_is_down_leaves_the_others_to_be_reached() {
    let Some(mut world) = World::of(&HOSTS) else { return };
    let environment = world.environment();
    drop(world.hosts.remove(1));
    let ask = |name: &str, limit: &str| {
        let script = format!(r#"ssh(host("{name}"), ["sh", "-c", "echo $DRSH_HOST"], {limit}).stdout"#);
        world.run_in(&environment, &script).map(|said| said.to_string())
    };
    assert_eq!(ask("master-1", "seconds(5)").unwrap_err().kind, "unreachable");
    for name in ["master-0", "master-2"] {
        assert_eq!(ask(name, "seconds(30)").unwrap(), name);
    }
}

#[test]
fn a_host_that_answers_in_the_place_of_another_is_not_believed() {
    let Some(world) = World::of(&HOSTS) else { return };
    let (own, other) = (world.hosts[0].port().to_string(), world.hosts[1].port().to_string());
    let known = std::fs::read_to_string(world.path("known_hosts")).unwrap();
    let swapped = known.replace(&own, "own").replace(&other, &own).replace("own", &other);
    std::fs::write(world.path("known_hosts"), swapped).unwrap();
    for (name, kind) in [("master-0", Some("host_key_changed")), ("master-2", None)] {
        let ended = world.run(&format!(r#"ssh(host("{name}"), ["true"], seconds(30))"#));
        assert_eq!(ended.err().map(|problem| problem.kind.to_string()).as_deref(), kind);
    }
}
