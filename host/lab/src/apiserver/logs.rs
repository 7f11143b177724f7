//! `GET .../pods/{name}/log`: what a container has printed.

use axum::response::{IntoResponse, Response};
use http::{Uri, header};
use serde_json::Value;

use super::exec::{Parameters, PodRuntime, container_of};
use super::meta;
use super::status::Status;

/// Answers with the log of a container of `pod`: all of it, or the end of it.
///
/// A log that is followed ends where it stands: containers of the lab print nothing afterwards.
///
/// Errors: 400 as a real server says it, for a wrong container or one that has no log.
pub async fn logs(runtime: &dyn PodRuntime, pod: &Value, uri: &Uri) -> Result<Response, Status> {
    let parameters = Parameters::of(uri)?;
    let container = container_of(pod, &parameters)?;
    let (namespace, name) = (meta::namespace(pod), meta::name(pod));
    if parameters.says("previous") {
        return Err(Status::bad_request(format!(
            "previous terminated container \"{container}\" in pod \"{name}\" not found"
        )));
    }
    let tail = parameters.number("tailLines")?;
    let limit = parameters.number("limitBytes")?;
    let log = runtime.logs(namespace, name, Some(&container)).await.map_err(Status::bad_request)?;
    let mut log = tail.map_or(log.as_slice(), |lines| last_lines(&log, lines));
    if let Some(limit) = limit {
        log = &log[..limit.min(log.len())];
    }
    Ok(([(header::CONTENT_TYPE, "text/plain")], log.to_vec()).into_response())
}

/// The last `count` lines; a last line without an end counts too.
fn last_lines(log: &[u8], count: usize) -> &[u8] {
    let body = log.strip_suffix(b"\n").unwrap_or(log);
    let start = match count {
        0 => log.len(),
        count => {
            let before =
                body.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
            before.take(count).nth(count - 1).unwrap_or(0)
        }
    };
    &log[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_counted_with_and_without_a_final_newline() {
        assert_eq!(last_lines(b"a\nb\nc\n", 2), b"b\nc\n");
        assert_eq!(last_lines(b"a\nb\nc", 2), b"b\nc");
        assert_eq!(last_lines(b"a\nb\n", 5), b"a\nb\n");
        assert_eq!(last_lines(b"a\nb\n", 0), b"");
        assert_eq!(last_lines(b"", 1), b"");
    }
}
