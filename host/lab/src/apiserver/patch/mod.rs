//! Patches that name no owner: JSON patch, merge patch and strategic merge patch.

mod strategic;

use serde_json::Value;

pub use strategic::strategic;

use super::status::Status;

/// Applies a merge patch (RFC 7386).
#[must_use]
pub fn merge(current: &Value, patch: &Value) -> Value {
    let mut next = current.clone();
    json_patch::merge(&mut next, patch);
    next
}

/// Applies a JSON patch (RFC 6902).
///
/// Errors: 400 if the patch cannot be read, 422 if an operation fails, such as a test that does not hold.
pub fn json(current: &Value, patch: &Value) -> Result<Value, Status> {
    let Value::Array(operations) = patch else {
        return Err(Status::bad_request("error decoding patch: it is no list"));
    };
    let mut next = current.clone();
    for operation in operations {
        let place = operation["path"].as_str().unwrap_or_default();
        let absent = next.pointer(place).is_none();
        let operation = match operation["op"].as_str() {
            // What is absent is null to a test.
            Some("test") if absent && operation["value"].is_null() => continue,
            // A real server replaces what is absent, too.
            Some("replace") if absent => {
                let mut added = operation.clone();
                added["op"] = "add".into();
                added
            }
            _ => operation.clone(),
        };
        let operation: json_patch::PatchOperation =
            serde_json::from_value(operation).map_err(|_| unprocessable())?;
        json_patch::patch(&mut next, &[operation]).map_err(|_| unprocessable())?;
    }
    Ok(next)
}

/// 422: a real server does not say which operation failed.
fn unprocessable() -> Status {
    let mut status =
        Status::new(422, "Invalid", "the server rejected our request due to an error in our request");
    status.details = Box::new(serde_json::json!({}));
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json as value;

    #[test]
    fn a_json_patch_whose_test_fails_changes_nothing_and_is_refused() {
        let current = value!({ "a": 1 });
        let patch = value!([{ "op": "test", "path": "/a", "value": 2 }, { "op": "remove", "path": "/a" }]);
        assert_eq!(json(&current, &patch).unwrap_err().code, 422);
        assert_eq!(json(&current, &value!({ "op": "x" })).unwrap_err().code, 400);
    }

    #[test]
    fn a_merge_patch_removes_with_null_and_replaces_lists() {
        let merged = merge(&value!({ "a": 1, "b": [1, 2] }), &value!({ "a": null, "b": [3] }));
        assert_eq!(merged, value!({ "b": [3] }));
    }
}
