//! A watch, read event by event.

use std::pin::Pin;
use std::time::Duration;

use futures::{AsyncBufReadExt as _, Stream, StreamExt as _};
use serde_json::{Value, json};

/// How long something that must come may take.
pub const LIMIT: Duration = Duration::from_secs(20);

/// An open watch.
pub struct Watch {
    lines: Pin<Box<dyn Stream<Item = std::io::Result<String>> + Send>>,
}

impl Watch {
    /// Opens a watch; a refusal is the only event of it.
    pub async fn open(client: &kube::Client, path: &str, accept: &str) -> Self {
        let request = http::Request::get(path).header("accept", accept).body(Vec::new()).unwrap();
        let lines: Pin<Box<dyn Stream<Item = _> + Send>> = match client.request_stream(request).await {
            Ok(body) => Box::pin(body.lines()),
            Err(kube::Error::Api(status)) => {
                let line = json!({ "type": "REFUSED", "object": *status }).to_string();
                Box::pin(futures::stream::iter([Ok(line)]))
            }
            Err(error) => panic!("{path}: {error}"),
        };
        Self { lines }
    }

    /// The next event; null when the watch is over.
    pub async fn next(&mut self) -> Value {
        match tokio::time::timeout(LIMIT, self.lines.next()).await {
            Ok(Some(Ok(line))) => {
                serde_json::from_str(&line).unwrap_or_else(|_| json!({ "unreadable": line }))
            }
            Ok(Some(Err(_)) | None) => Value::Null,
            Err(_) => json!({ "type": "nothing came" }),
        }
    }

    /// The next event that is no bookmark.
    pub async fn next_change(&mut self) -> Value {
        loop {
            let event = self.next().await;
            if event["type"] != "BOOKMARK" {
                return event;
            }
        }
    }

    /// What is left of the watch, until it is over.
    pub async fn rest(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            match self.next().await {
                Value::Null => return events,
                event if event["type"] == "nothing came" => panic!("the watch does not end"),
                event => events.push(event),
            }
        }
    }
}
