//! `--otel`: what a collector of spans is sent, and what becomes of a run whose collector is not there.

use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::HeaderMap;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::program::{Printed, Program};

const SCRIPT: &str = "fn main() {
    phase(\"look\");
    let keep = folder(\"keep\");
    step(\"X1 write\").no_undo(\"an example\").run(|| { folder_write_text(keep, \"a\", \"x\"); warn(\"look\"); 1 });
    step(\"X2 wait\").reads().run(|| wait_for(\"it\", minutes(1), || true));
    step(\"X3 stop\").reads().run(|| fail(\"x\", \"broken\"));
}";

/// A collector: it keeps the content types and the bodies that it is sent.
struct Collector {
    endpoint: String,
    sent: Arc<Mutex<Vec<(String, Bytes)>>>,
    _runtime: Runtime,
}

impl Collector {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let sent: Arc<Mutex<Vec<(String, Bytes)>>> = Arc::default();
        let kept = sent.clone();
        let take = async move |headers: HeaderMap, body: Bytes| {
            let kind = headers["content-type"].to_str().unwrap().to_owned();
            kept.lock().unwrap().push((kind, body));
            "{}"
        };
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/v1/traces", axum::routing::post(take));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { endpoint, sent, _runtime: runtime }
    }

    /// The spans that it was sent as JSON.
    fn spans(&self) -> Vec<Value> {
        let sent = self.sent.lock().unwrap();
        let bodies = sent.iter().map(|(_, body)| serde_json::from_slice::<Value>(body).unwrap());
        let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
        let resources = bodies.flat_map(|body| list(&body, "resourceSpans"));
        let scopes = resources.flat_map(|resource| list(&resource, "scopeSpans"));
        scopes.flat_map(|scope| list(&scope, "spans")).collect()
    }
}

fn run(program: &Program, arguments: &[&str], variables: &[(&str, &str)]) -> Printed {
    run_script(program, SCRIPT, arguments, variables)
}

fn run_script(program: &Program, script: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Printed {
    program.write("environment.toml", "name = \"here\"\n[folders.keep]\npath = \"kept\"\n");
    program.write("s.rhai", script);
    let mut command = Command::new(env!("CARGO_BIN_EXE_drsh"));
    command.args(arguments).current_dir(program.path()).env_remove("DRSH_ENV");
    command.env("DRSH_STATE", program.path().join("state")).envs(variables.iter().copied());
    let output = command.output().unwrap();
    Printed {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap_or(-1),
    }
}

fn named<'a>(spans: &'a [Value], name: &str) -> &'a Value {
    spans.iter().find(|span| span["name"] == name).unwrap_or_else(|| panic!("no {name} in {spans:#?}"))
}

#[test]
fn a_collector_is_sent_the_phases_steps_waits_and_calls_of_a_run_each_within_the_other() {
    let (program, collector) = (Program::new(), Collector::start());
    let json = [("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")];
    let printed = run(&program, &["s.rhai", "--otel", &collector.endpoint], &json);
    assert_eq!(printed.code, 1, "{}", printed.err);
    assert!(!printed.err.contains("collector"), "{}", printed.err);
    let spans = collector.spans();
    let (whole, phase) = (named(&spans, "drsh s.rhai"), named(&spans, "phase look"));
    let (write, wait, stop) = (named(&spans, "X1 write"), named(&spans, "X2 wait"), named(&spans, "X3 stop"));
    let call = named(&spans, "folder_write_text");
    let within = |inner: &Value, outer: &Value| {
        assert_eq!(inner["traceId"], outer["traceId"], "{inner:#} {outer:#}");
        assert_eq!(inner["parentSpanId"], outer["spanId"], "{inner:#} {outer:#}");
    };
    within(phase, whole);
    within(write, phase);
    within(call, write);
    within(named(&spans, "wait for it"), wait);
    within(stop, phase);
    assert_eq!((&stop["status"]["code"], &stop["status"]["message"]), (&2.into(), &"broken".into()));
    assert_eq!(write["events"][0]["name"], "warning");
    assert!(whole.to_string().contains(&program.run_id()), "{whole:#}");
    assert!(call.to_string().contains("folder keep"), "{call:#}");
}

#[test]
fn the_usual_variable_names_a_collector_too_and_protobuf_is_what_it_is_sent() {
    let (program, collector) = (Program::new(), Collector::start());
    run(&program, &["s.rhai"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint)]);
    let kinds: Vec<String> = collector.sent.lock().unwrap().iter().map(|(kind, _)| kind.clone()).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| kind == "application/x-protobuf"), "{kinds:?}");
}

#[test]
fn a_collector_that_is_not_there_is_told_and_changes_nothing_of_the_run() {
    let program = Program::new();
    let printed = run(&program, &["s.rhai", "--otel", "http://127.0.0.1:1"], &[]);
    assert_eq!(printed.code, 1, "{}", printed.err);
    assert!(printed.err.contains("error: broken"), "{}", printed.err);
    let note = "note: the collector at http://127.0.0.1:1 did not take all spans: ";
    assert!(printed.err.contains(note), "{}", printed.err);
}

#[test]
fn an_endpoint_that_is_none_is_refused_before_anything_begins() {
    let program = Program::new();
    let printed = run(&program, &["s.rhai", "--otel", "collector:4318"], &[]);
    assert_eq!(printed.code, 2, "{}", printed.err);
    assert!(
        printed.err.contains(
            "error: spans cannot be sent to the collector at collector:4318: it is no http:// or https:// address\n\
             state: no run was begun, and nothing was touched\n\
             hint: name it as --otel http://127.0.0.1:4318, or leave OTEL_EXPORTER_OTLP_ENDPOINT unset"
        ),
        "{}",
        printed.err
    );
    assert!(!program.path().join("state/runs").exists());
}

#[test]
fn no_span_tells_a_secret() {
    let (program, collector) = (Program::new(), Collector::start());
    let secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  token: canary-7f3c-of-the-pull-secret\n";
    std::fs::create_dir(program.path().join("kept")).unwrap();
    program.write("kept/secret.yaml", secret);
    let script = "fn main() {
        let keep = folder(\"keep\");
        let secret = folder_read_yaml(keep, \"secret.yaml\").stringData.token;
        folder_write_text(keep, \"out\", secret);
        let known = folder_read_text(keep, \"out\");
        phase(\"look\");
        warn(`it is ${known}`);
        step(\"X1 wait\").reads().run(|| wait_for(`the ${known}`, seconds(0), || `no ${known}`));
    }";
    let printed = run_script(&program, script, &["s.rhai", "--otel", &collector.endpoint], &[]);
    assert_eq!(printed.code, 1, "{}", printed.err);
    let sent: Vec<u8> = collector.sent.lock().unwrap().iter().flat_map(|(_, body)| body.to_vec()).collect();
    let sent = String::from_utf8_lossy(&sent);
    assert!(sent.contains("wait for the •••") && sent.contains("it is •••"), "{sent}");
    assert!(!sent.contains("canary-7f3c"), "{sent}");
}
