//! The answers of an API: whatever a server says, a script gets an object or an error.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use drsh::engine::Script;
use drsh::problem::Problem;
use proptest::prelude::*;

use super::broken::{broken_bytes, cases, is_clear};
use super::place::carry_out;

const NAMESPACE: &str =
    r#"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "uid": "u-1"}}"#;
const VERSION: &str = r#"{"gitVersion": "v1.31.0", "major": "1", "minor": "31"}"#;
const GROUPS: &str = r#"{"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": [
    {"metadata": {"name": ""}, "versions": [{"version": "v1", "resources": [{"resource": "configmaps",
    "responseKind": {"group": "", "version": "v1", "kind": "ConfigMap"}, "scope": "Namespaced", "singularResource": "configmap",
    "verbs": ["get", "list"], "shortNames": ["cm"], "subresources": [{"subresource": "status", "verbs": ["get"]}]}]}]}]}"#;
const LIST: &str = r#"{"apiVersion": "v1", "kind": "ConfigMapList", "metadata": {"resourceVersion": "7", "continue": ""}, "items": [
    {"metadata": {"name": "a", "namespace": "default", "uid": "u"}, "data": {"x": "1", "y": "18446744073709551615"}}]}"#;
const STATUS: &str = r#"{"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "no", "reason":
    "Forbidden", "details": {"name": "a", "kind": "configmaps", "causes": [{"reason": "x", "message": "y", "field": "z"}]}, "code": 403}"#;

/// What a server answers to each request, by how its path begins.
#[derive(Debug, Clone)]
struct Answers {
    namespace: Vec<u8>,
    version: Vec<u8>,
    groups: Vec<u8>,
    list: Vec<u8>,
    code: u16,
}

/// One of the answers is broken, the others are as they should be.
fn answers() -> impl Strategy<Value = Answers> {
    let sound = || Answers {
        namespace: NAMESPACE.into(),
        version: VERSION.into(),
        groups: GROUPS.into(),
        list: LIST.into(),
        code: 200,
    };
    prop_oneof![
        1 => broken_bytes(NAMESPACE).prop_map(move |namespace| Answers { namespace, ..sound() }),
        1 => broken_bytes(VERSION).prop_map(move |version| Answers { version, ..sound() }),
        2 => broken_bytes(GROUPS).prop_map(move |groups| Answers { groups, ..sound() }),
        3 => broken_bytes(LIST).prop_map(move |list| Answers { list, ..sound() }),
        2 => (broken_bytes(STATUS), prop::sample::select(vec![301_u16, 400, 401, 403, 404, 409, 410, 418, 422]))
            .prop_map(move |(list, code)| Answers { list, code, ..sound() }),
    ]
}

/// A server for one case, which ends when its last connection does. Gives its port.
fn serve(answers: Answers) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answers = Arc::new(answers);
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let (Ok(mut connection), answers) = (connection, answers.clone()) else { continue };
            let mut request = Vec::new();
            let mut chunk = [0; 4096];
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                match connection.read(&mut chunk) {
                    Ok(count) if count > 0 => request.extend(&chunk[..count]),
                    _ => break,
                }
            }
            let head = String::from_utf8_lossy(&request).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default();
            if path == "/the-end" {
                return;
            }
            let (code, kind, body) = match path {
                path if path.starts_with("/api/v1/namespaces/kube-system") => (200, "", &answers.namespace),
                path if path.starts_with("/version") => (200, "", &answers.version),
                path if path == "/api"
                    || path == "/apis"
                    || path.starts_with("/apis?")
                    || path.starts_with("/api?") =>
                {
                    (200, ";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", &answers.groups)
                }
                _ => (answers.code, "", &answers.list),
            };
            let head = format!(
                "HTTP/1.1 {code} X\r\ncontent-type: application/json{kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = connection.write_all(head.as_bytes());
            let _ = connection.write_all(body);
        }
    });
    port
}

/// Ends the server.
fn end(port: u16) {
    if let Ok(mut connection) = std::net::TcpStream::connect(("127.0.0.1", port)) {
        let _ = connection.write_all(b"GET /the-end HTTP/1.1\r\n\r\n");
    }
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn an_answer_of_an_api_that_is_broken_is_an_object_or_an_error(answers in answers()) {
        let text = "fn main() { let home = cluster(\"here\").namespace(\"default\"); \
                    for map in oc_list(home, \"cm\") { log(`${map}`); } }";
        let done = asked(serve(answers), text);
        if let Err(problem) = done {
            is_clear(&problem)?;
        }
    }
}

#[test]
fn sound_answers_are_understood() {
    let (namespace, version) = (NAMESPACE.into(), VERSION.into());
    let (groups, list) = (GROUPS.into(), LIST.into());
    let port = serve(Answers { namespace, version, groups, list, code: 200 });
    let text = "fn main() { assert_eq(oc_list(cluster(\"here\").namespace(\"default\"), \"cm\").len(), 1); }";
    let done = asked(port, text);
    assert!(done.is_ok(), "{done:?}");
}

/// Carries a script out against the server at `port`, and ends the server.
fn asked(port: u16, text: &str) -> Result<(), Problem> {
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: h\ncontexts: [{{name: h, context: {{cluster: h, user: m}}}}]\n\
         clusters: [{{name: h, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]\nusers: [{{name: m, user: {{}}}}]\n"
    );
    std::fs::write(folder.path().join("kubeconfig"), kubeconfig).unwrap();
    let environment = "name = \"here\"\n[clusters.here]\nkubeconfig = \"kubeconfig\"\n[limits]\ncall_seconds = 1\nattempt_seconds = 1\n";
    let done = carry_out(folder.path(), environment, &Script::from_text("s.rhai", text));
    end(port);
    done
}
