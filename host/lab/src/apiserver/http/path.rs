//! Paths of the API: which resource, object and subresource a request names.

use percent_encoding::percent_decode_str;

use crate::apiserver::status::Status;

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Route {
    /// A resource of a group and version.
    Resource(ResourcePath),
    /// Anything else, such as discovery; its segments.
    Other(Vec<String>),
}

/// The parts of a path to a resource; empty texts where it has none.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ResourcePath {
    /// The API group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The namespace.
    pub namespace: String,
    /// The plural.
    pub plural: String,
    /// The object.
    pub name: String,
    /// The subresource.
    pub subresource: String,
}

/// Takes a path apart.
///
/// Errors: 400 if it is not text after decoding.
pub fn parse(path: &str) -> Result<Route, Status> {
    let segments = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8().map(std::borrow::Cow::into_owned))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| Status::bad_request("the path is not UTF-8"))?;
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (group, version, rest) = match parts.as_slice() {
        ["api", version, rest @ ..] if !rest.is_empty() => ("", *version, rest),
        ["apis", group, version, rest @ ..] if !rest.is_empty() => (*group, *version, rest),
        _ => return Ok(Route::Other(segments)),
    };
    let (namespace, rest) = match rest {
        ["namespaces", _] | ["namespaces", _, "status" | "finalize"] => ("", rest),
        ["namespaces", namespace, rest @ ..] => (*namespace, rest),
        _ => ("", rest),
    };
    let at = |index: usize| rest.get(index).copied().unwrap_or_default().to_owned();
    if rest.is_empty() || rest.len() > 3 {
        return Ok(Route::Other(segments));
    }
    Ok(Route::Resource(ResourcePath {
        group: group.to_owned(),
        version: version.to_owned(),
        namespace: namespace.to_owned(),
        plural: at(0),
        name: at(1),
        subresource: at(2),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(path: &str) -> Option<[String; 6]> {
        match parse(path).unwrap() {
            Route::Resource(p) => Some([p.group, p.version, p.namespace, p.plural, p.name, p.subresource]),
            Route::Other(_) => None,
        }
    }

    #[test]
    fn a_path_names_its_group_namespace_object_and_subresource() {
        let table = [
            ("/api/v1/pods", ["", "v1", "", "pods", "", ""]),
            ("/api/v1/namespaces", ["", "v1", "", "namespaces", "", ""]),
            ("/api/v1/namespaces/a", ["", "v1", "", "namespaces", "a", ""]),
            ("/api/v1/namespaces/a/finalize", ["", "v1", "", "namespaces", "a", "finalize"]),
            ("/api/v1/namespaces/a/pods/p/log", ["", "v1", "a", "pods", "p", "log"]),
            (
                "/apis/apps/v1/namespaces/a/deployments/d/scale",
                ["apps", "v1", "a", "deployments", "d", "scale"],
            ),
            ("/apis/g/v1/nodes/system%3Anode", ["g", "v1", "", "nodes", "system:node", ""]),
        ];
        for (path, wanted) in table {
            assert_eq!(parts(path), Some(wanted.map(str::to_owned)), "{path}");
        }
        for path in ["/api", "/api/v1", "/apis/apps/v1", "/version", "/healthz/ping"] {
            assert_eq!(parts(path), None, "{path}");
        }
    }
}
