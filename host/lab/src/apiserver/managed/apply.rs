//! Server-side apply: the applier says what it wants, and owns it from then on.

use serde_json::{Value, json};

use super::entries::{self, Entry};
use super::fields::{difference, fields_of};
use super::keep_owned;
use super::merge::{merge, prune};
use super::set::FieldSet;
use super::shape::Shape;
use crate::apiserver::registry::{Target, WriteOptions};
use crate::apiserver::status::{Cause, Status};
use crate::apiserver::{meta, schema};

/// Makes the next state of `live` (none if there is no object yet) from what the applier wants.
///
/// With `force`, fields of other managers are taken over.
///
/// Errors: 409 naming each field that belongs to another manager, 400 if `wanted` brings managed fields of
/// its own, 500 (as on a real server) if it has a field that the schema does not know.
pub fn apply(
    target: &Target,
    options: &WriteOptions,
    force: bool,
    live: Option<&Value>,
    wanted: &Value,
) -> Result<Value, Status> {
    if wanted.pointer("/metadata/managedFields").is_some() {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    check_declared(target, wanted)?;
    let shape = Shape::of(&target.kind, &target.version);
    let nothing = json!({});
    let live = live.unwrap_or(&nothing);
    let mut mine = Entry::of(target, options, "Apply");
    mine.fields = fields_of(wanted, shape);
    keep_owned(target, &mut mine.fields);

    let mut merged = merge(Some(live), wanted, shape);
    let mut changed = difference(live, &merged, shape).changed;
    keep_owned(target, &mut changed);
    // Only what the applier names can be in dispute.
    let changed = changed.intersection(&mine.fields);

    let mut before = FieldSet::default();
    let mut others = Vec::new();
    let mut causes = Vec::new();
    for mut entry in entries::read(live) {
        if entry.is_same(&mine) {
            before = entry.fields;
            continue;
        }
        let disputed = entry.fields.intersection(&changed);
        if force {
            entry.fields = entry.fields.difference(&disputed);
        } else {
            causes.extend(disputed.paths().into_iter().map(|path| {
                Cause::new("FieldManagerConflict", path, format!("conflict with {}", entry.named()))
            }));
        }
        others.push(entry);
    }
    if !causes.is_empty() {
        return Err(Status::apply_conflict(&causes));
    }
    let gone = before.difference(&mine.fields);
    let kept = others.iter().fold(mine.fields.clone(), |kept, entry| kept.union(&entry.fields));
    prune(&mut merged, &gone, &kept, shape);
    others.push(mine);
    entries::write(&mut merged, &others);
    Ok(merged)
}

fn check_declared(target: &Target, wanted: &Value) -> Result<(), Status> {
    let Some(schema) = target.kind.schemas.get(&target.version) else { return Ok(()) };
    match schema::prune(schema, &mut wanted.clone()).as_slice() {
        [] => Ok(()),
        [unknown, ..] => {
            let message = format!(
                "failed to create typed patch object ({}/{}; {}, Kind={}): .{unknown}: field not declared in schema",
                meta::namespace(wanted),
                meta::name(wanted),
                target.kind.api_version(&target.version),
                target.kind.kind,
            );
            Err(Status::new(500, "", message))
        }
    }
}
