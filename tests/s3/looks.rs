//! Looking at objects, listing and deleting them.

use crate::world::{REGION, World};

on_lab_and_moto! {
    the_region_is_asked_of_s3,
    an_absent_object_is_an_error_to_head_and_nothing_to_find,
    an_absent_bucket_is_an_error_to_find_as_well,
    a_list_holds_all_pages,
    a_deleted_object_is_gone_and_deleting_it_again_is_no_error,
}

fn fill(world: &World, count: usize) {
    world.snapshot("a.db", 10);
    let script = format!(
        r#"let source = file_source(folder("backup"), "a.db"); for n in 0..{count} {{ s3_put(bucket("backup"), `many/${{n}}`, source); }}"#
    );
    world.does(&script);
}

fn the_region_is_asked_of_s3(world: &World) {
    assert_eq!(world.says(r#"s3_bucket_region(bucket("backup"))"#), REGION);
}

fn an_absent_object_is_an_error_to_head_and_nothing_to_find(world: &World) {
    assert_eq!(world.run(r#"s3_head(bucket("backup"), "none")"#).unwrap_err().kind, "not_found");
    assert!(world.run(r#"s3_find(bucket("backup"), "none")"#).unwrap().is_unit());
}

fn an_absent_bucket_is_an_error_to_find_as_well(world: &World) {
    let lines = "credentials = { file = \"credentials\", profile = \"lab\" }\nregion = \"eu-west-1\"\n";
    let environment = world.environment(lines).replace(world.bucket(), "no-such-bucket");
    let problem = world.run_in(&environment, r#"s3_find(bucket("backup"), "none")"#).unwrap_err();
    assert_eq!(problem.kind, "not_found");
}

fn a_list_holds_all_pages(world: &World) {
    fill(world, 1003);
    assert_eq!(world.says(r#"s3_list(bucket("backup"), "many/").len"#), "1003");
    assert_eq!(world.says(r#"s3_list(bucket("backup"), "none/").len"#), "0");
}

fn a_deleted_object_is_gone_and_deleting_it_again_is_no_error(world: &World) {
    fill(world, 1);
    world.does(r#"s3_delete(bucket("backup"), "many/0"); s3_delete(bucket("backup"), "many/0")"#);
    assert!(world.facts("many/0").is_none());
}
