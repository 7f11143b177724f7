//! Pinned host keys, and ways through other hosts.

use drsh::environment::Environment;

use crate::world::World;

#[test]
fn a_host_is_known_by_the_key_that_the_environment_pins() {
    let Some(world) = World::new() else { return };
    assert_eq!(world.says(r#"ssh(host("pinned"), ["echo", "here"], seconds(30)).stdout"#), "here");
    let problem = world.run(r#"ssh(host("replaced"), ["true"], seconds(30))"#).unwrap_err();
    assert_eq!(problem.kind, "host_key_changed", "{problem}");
    assert!(problem.hint.unwrap().contains("host_key of [hosts.replaced]"));
}

#[test]
fn a_host_behind_two_declared_ones_is_reached() {
    let Some(world) = World::new() else { return };
    assert_eq!(world.says(r#"ssh(host("behind"), ["echo", "here"], seconds(30)).stdout"#), "here");
}

#[test]
fn a_way_through_a_host_whose_key_changed_is_refused() {
    let Some(world) = World::new() else { return };
    let environment = world.environment().replace("jump = \"jumped\"", "jump = \"replaced\"");
    let problem = world.run_in(&environment, r#"ssh(host("behind"), ["true"], seconds(20))"#).unwrap_err();
    assert_eq!(problem.kind, "host_key_changed", "{problem}");
    assert!(problem.message.contains("cannot be reached: a host before it shows another"), "{problem}");
}

#[test]
fn a_file_that_a_host_needs_is_missed_when_the_environment_is_read() {
    let Some(world) = World::new() else { return };
    let file = world.path("environment.toml");
    std::fs::write(&file, world.environment()).unwrap();
    assert!(Environment::read(&file).is_ok());
    std::fs::remove_file(world.path("other_key")).unwrap();
    let problem = Environment::read(&file).unwrap_err();
    assert!(problem.message.starts_with("the identity_file of host stranger cannot be used"), "{problem}");
}
