//! The clock of drsh's machine is set while a migration goes on, forward and back.

use crate::end::eventually;
use crate::migration::{End, undisturbed, world};
use crate::point::Point;

/// What a laptop does that wakes up, or learns the time at last.
const STEPS: [(&str, i64); 2] = [("back", -7200), ("forward", 3 * 3600)];

#[test]
fn a_migration_whose_clock_is_set_while_it_goes_on_ends_as_one_whose_clock_was_not() {
    let (records, undisturbed) = undisturbed();
    for (name, seconds) in STEPS {
        for share in [3, 5] {
            let world = world();
            let point = Point { record: share * records / 8, when: "after" };
            let mut variables = point.environment().to_vec();
            variables.push(("CLOCK_STEP", seconds.to_string()));
            let printed = world.run_killed("migrate_hcp", &variables);
            assert_eq!(printed.code, 0, "{name} {point}: {printed}");
            let wrong = eventually(|| undisturbed.compare(&End::of(&world)));
            assert!(wrong.is_empty(), "{name} {point}: {}", wrong.join("\n"));
            assert!(world.lab().overlaps().is_empty());
        }
    }
}
