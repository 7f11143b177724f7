//! Sends what happens in a run to an OpenTelemetry collector, as spans by OTLP over HTTP.

mod client;
mod spans;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Runtime;

use self::client::Client;
use self::spans::Spans;
use super::console::say_aside;
use crate::problem::Problem;
use crate::run::{Event, Listener};

/// How long the collector may take for an answer; a run waits no longer for it at its end.
const LIMIT: Duration = Duration::from_secs(5);

static ENDPOINT: OnceLock<Option<String>> = OnceLock::new();

/// Chooses the collector; nothing is sent where there is none.
pub fn choose(endpoint: Option<String>) {
    let _ = ENDPOINT.set(endpoint.filter(|endpoint| !endpoint.is_empty()));
}

/// The spans of one run, and the way to the collector.
pub struct Telemetry {
    provider: SdkTracerProvider,
    spans: Arc<Spans>,
    endpoint: String,
}

/// Begins the spans of a run of `script`, if there is a collector.
///
/// Errors: `environment` if its endpoint is none.
pub fn begin(runtime: &Runtime, script: &str) -> Result<Option<Telemetry>, Problem> {
    let is_off = std::env::var("OTEL_SDK_DISABLED").is_ok_and(|value| value.eq_ignore_ascii_case("true"));
    let Some(endpoint) = ENDPOINT.get().cloned().flatten().filter(|_| !is_off) else { return Ok(None) };
    let unusable = |error: &dyn std::fmt::Display| {
        Problem::new(
            "environment",
            format!("spans cannot be sent to the collector at {}: {error}", shown(&endpoint)),
        )
        .hint("name it as --otel http://127.0.0.1:4318, or leave OTEL_EXPORTER_OTLP_ENDPOINT unset")
    };
    let client = Client::new(runtime.handle().clone(), LIMIT).map_err(|error| unusable(&error))?;
    let uri = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
    let is_http = uri
        .parse::<http::Uri>()
        .is_ok_and(|uri| uri.host().is_some() && matches!(uri.scheme_str(), Some("http" | "https")));
    if !is_http {
        return Err(unusable(&"it is no http:// or https:// address"));
    }
    let exporter = SpanExporter::builder().with_http().with_http_client(client).with_endpoint(uri);
    // The protocol that each collector takes, unless the usual variables ask for another.
    let is_asked = ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let exporter = if is_asked { exporter } else { exporter.with_protocol(Protocol::HttpBinary) };
    let exporter = exporter.with_timeout(LIMIT).build().map_err(|error| unusable(&error))?;
    let provider =
        SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource()).build();
    let spans = Arc::new(Spans::begin(provider.tracer("drsh"), script));
    Ok(Some(Telemetry { provider, spans, endpoint }))
}

/// The endpoint without whom it lets in: an address may hold a name and a password.
fn shown(endpoint: &str) -> String {
    let (scheme, rest) =
        endpoint.split_once("://").map_or((None, endpoint), |(scheme, rest)| (Some(scheme), rest));
    let rest = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    scheme.map_or_else(|| rest.to_owned(), |scheme| format!("{scheme}://{rest}"))
}

/// What the spans come from: what the usual variables say, and else drsh.
fn resource() -> Resource {
    let is_named = |name: &str, holds: &str| std::env::var(name).is_ok_and(|value| value.contains(holds));
    let builder = Resource::builder();
    let is_named = is_named("OTEL_SERVICE_NAME", "") || is_named("OTEL_RESOURCE_ATTRIBUTES", "service.name=");
    if is_named { builder.build() } else { builder.with_service_name("drsh").build() }
}

impl Telemetry {
    /// Ends the spans of the run, and waits until the collector has them, for 5 seconds at most.
    ///
    /// A collector that does not answer is no error of the run.
    pub fn end(self, run: &str, problem: Option<&Problem>) {
        self.spans.end(run, problem);
        let sent = self.provider.force_flush();
        let _ = self.provider.shutdown_with_timeout(LIMIT);
        if let Err(error) = sent {
            say_aside(&format!(
                "note: the collector at {} did not take all spans: {error}",
                shown(&self.endpoint)
            ));
        }
    }
}

/// Has the spans hear what `listener` hears.
pub fn beside(listener: Box<dyn Listener>, telemetry: Option<&Telemetry>) -> Box<dyn Listener> {
    match telemetry {
        Some(telemetry) => Box::new(Both(listener, telemetry.spans.clone())),
        None => listener,
    }
}

struct Both(Box<dyn Listener>, Arc<Spans>);

impl Listener for Both {
    fn hear(&self, event: &Event) {
        self.0.hear(event);
        self.1.hear(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_shown_without_its_password() {
        for (endpoint, told) in [
            ("https://drsh:canary@collector:4318/otlp?key=canary", "https://collector:4318/otlp"),
            ("drsh:canary@collector", "collector"),
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318"),
        ] {
            assert_eq!(shown(endpoint), told);
        }
    }
}
