//! The family `oc`: everything that scripts do with a Kubernetes or OpenShift cluster.

mod approve;
mod delete;
mod difference;
mod exec;
mod handle;
mod kinds;
mod logs;
mod names;
mod objects;
mod patch;
mod probe;
mod read;
mod review;
mod select;
mod through;
mod verdict;
mod wait;
mod wire;
mod write;

pub use handle::Cluster;
pub use objects::Objects;

use rhai::Dynamic;
use serde_json::Value;

use crate::data;
use crate::declare::Family;
use crate::gate::Call;
use crate::output::Output;

/// Assembles the family.
#[must_use]
pub fn family() -> Family {
    let mut family = Family::new("oc");
    handle::add_to(&mut family);
    objects::add_to(&mut family);
    read::add_to(&mut family);
    write::add_to(&mut family);
    approve::add_to(&mut family);
    delete::add_to(&mut family);
    Output::add_to(&mut family);
    exec::add_to(&mut family);
    logs::add_to(&mut family);
    wait::add_to(&mut family);
    review::add_to(&mut family);
    through::add_to(&mut family);
    probe::add_to(&mut family);
    family
}

/// Gives an object to the script, its secrets kept.
fn inside(call: &Call, object: Value) -> Dynamic {
    data::object_to_dynamic(object, &|value| call.run().keep_secret(value))
}
