//! Requests that are signed for another region than the bucket's: S3 refuses them, and so does the lab; moto does not
//! look at regions.

use crate::world::World;

const HEAD: &str = r#"s3_head(bucket("backup"), "demo.db")"#;

#[test]
fn a_wrong_region_is_refused_with_the_right_one() {
    let world = World::lab();
    world.snapshot("a.db", 10);
    let lines = "region = \"us-west-2\"\ncredentials = { file = \"credentials\", profile = \"lab\" }\n";
    let put = r#"s3_put(bucket("backup"), "demo.db", file_source(folder("backup"), "a.db"))"#;
    for script in [HEAD, put] {
        let problem = world.run_in(&world.environment(lines), script).unwrap_err();
        assert_eq!(problem.kind, "wrong_region", "{problem}");
        assert!(problem.hint.unwrap().contains("eu-west-1"));
    }
}
