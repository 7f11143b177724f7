//! How time and memory grow with the world: node pools and objects.

use drsh_lab::scenario::{HostedClusterPlan, NodePoolPlan, Scenario};

use super::backup::weigh;
use crate::row::Row;

/// Ten times as much may take ten times as long, and what noise adds.
const LINEAR: f64 = 1.2;

/// One, ten and a hundred node pools.
pub fn of_pools() -> Vec<Row> {
    grown([1, 10, 100].map(|count| (format!("{count} node pools"), with_pools(count))))
}

/// A hundred to ten thousand secrets.
pub fn of_objects() -> Vec<Row> {
    grown(
        [100, 1000, 10_000].map(|count| (format!("{count} secrets"), Scenario { secrets: count, ..base() })),
    )
}

fn base() -> Scenario {
    Scenario { speed: 600.0, ..Scenario::small() }
}

fn with_pools(count: u32) -> Scenario {
    let pools = (0..count).map(|number| NodePoolPlan::new(&format!("demo-{number}"), 1)).collect();
    let small = base();
    Scenario { hosted_cluster: HostedClusterPlan { node_pools: pools, ..small.hosted_cluster }, ..small }
}

/// A row for each size, and one that holds the largest against the one before it, object for object.
fn grown(sizes: [(String, Scenario); 3]) -> Vec<Row> {
    let taken = sizes.map(|(name, scenario)| (name, weigh(scenario)));
    let mut rows: Vec<Row> = taken
        .iter()
        .map(|(name, (took, files, peak))| {
            let what = format!("back up the objects with {name} ({files} objects)");
            Row::told(&what, &crate::row::time(*took), &format!("{} MiB at its peak", peak / 1024))
        })
        .collect();
    let [_, (before, (less, few, _)), (most, (more, many, _))] = &taken;
    let each = |took: &std::time::Duration, files: &usize| took.div_f64(*files as f64);
    rows.push(Row::within(
        &format!("an object with {most}"),
        each(more, many),
        (&format!("with {before}"), each(less, few)),
        LINEAR,
    ));
    rows
}
