//! The options of lists and watches: which ones go together.

use super::Query;
use crate::apiserver::status::{Cause, Status};

/// Refuses options that contradict each other.
pub fn check(query: &Query, watch: bool) -> Result<(), Status> {
    let (version, matching) = (query.text("resourceVersion"), query.text("resourceVersionMatch"));
    if !version.is_empty() && version.parse::<u64>().is_err() {
        let why = format!(
            "resourceVersion: Invalid value: \"{version}\": strconv.ParseUint: parsing \"{version}\": invalid syntax"
        );
        return Err(if watch {
            Status::new(500, "", why)
        } else {
            Status::bad_request(format!("invalid resource version: {why}"))
        });
    }
    if !query.text("continue").is_empty() && !matches!(version, "" | "0") {
        return Err(Status::bad_request("specifying resource version is not allowed when using continue"));
    }
    let initial = !query.text("sendInitialEvents").is_empty();
    let causes = if watch { of_watch(initial, matching) } else { of_list(initial, version, matching) };
    if causes.is_empty() { Ok(()) } else { Err(Status::invalid_option("ListOptions", &causes)) }
}

fn forbidden(field: &str, why: &str) -> Cause {
    Cause::new("FieldValueForbidden", field, format!("Forbidden: {why}"))
}

fn unsupported(value: &str, supported: &str) -> Cause {
    let message = format!("Unsupported value: \"{value}\": supported values: {supported}");
    Cause::new("FieldValueNotSupported", "resourceVersionMatch", message)
}

fn of_watch(initial: bool, matching: &str) -> Vec<Cause> {
    const FIELD: &str = "resourceVersionMatch";
    let mut causes = Vec::new();
    if !initial && !matching.is_empty() {
        let why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
        causes.push(forbidden(FIELD, why));
    }
    if initial && matching != "NotOlderThan" {
        causes.push(forbidden(
            FIELD,
            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ));
        if !matching.is_empty() {
            causes.push(unsupported(matching, "\"NotOlderThan\""));
        }
    }
    causes
}

fn of_list(initial: bool, version: &str, matching: &str) -> Vec<Cause> {
    const FIELD: &str = "resourceVersionMatch";
    let mut causes = Vec::new();
    if initial {
        causes.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
    }
    if matching.is_empty() {
        return causes;
    }
    if version.is_empty() {
        causes.push(forbidden(FIELD, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
    }
    if !matches!(matching, "Exact" | "NotOlderThan") {
        causes.push(unsupported(matching, "\"Exact\", \"NotOlderThan\", \"\""));
    }
    if matching == "Exact" && version == "0" {
        causes
            .push(forbidden(FIELD, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
    }
    causes
}
