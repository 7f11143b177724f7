//! What a case works with: a server, a namespace of its own, and the transcript of what it sees.

use std::sync::atomic::{AtomicU32, Ordering};

use drsh_lab::apiserver::User;
use kube::Client;
use serde_json::{Map, Value, json};

use super::call::{Answer, Call, get, post};
use super::normal::{Normal, Transcript};
use super::servers::Server;
use super::watch::{LIMIT, Watch};

const JSON: &str = "application/json";

/// How often a connection may be cut while a request is written.
const CUT: u32 = 20;

/// One run of a case against one server.
pub struct Case<'a> {
    server: &'a Server,
    client: Client,
    /// A word that no other run uses; groups of definitions and names of users are made of it.
    pub id: String,
    seen: Transcript,
    known: Vec<(String, String)>,
    left_out: bool,
}

impl<'a> Case<'a> {
    /// Runs a case and gives back what it saw; nothing if it left itself out.
    pub async fn run(server: &'a Server, work: &impl AsyncFn(&mut Case)) -> Option<Transcript> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let id = format!("cz{:04}zc", NEXT.fetch_add(1, Ordering::Relaxed));
        let known = vec![(id.clone(), "<id>".to_owned())];
        let mut case = Self { server, client: server.admin(), id, seen: Vec::new(), known, left_out: false };
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "{ns}" } });
        let made = case.send(post("/api/v1/namespaces", namespace)).await;
        assert_eq!(made.code, 201, "{}", made.body);
        work(&mut case).await;
        let mut normal = Normal::new(case.known);
        let seen = case.seen.iter().map(|(what, value)| (what.clone(), normal.value(value)));
        (!case.left_out).then(|| seen.collect())
    }

    /// Says that the case cannot be run here; its transcript is not compared.
    pub fn leave_out(&mut self, why: &str) {
        self.left_out = true;
        drsh_real::programs::absent(why);
    }

    /// Works as another user from here on.
    pub fn become_user(&mut self, name: &str, groups: &[&str]) {
        self.client =
            self.server.client(&User::new(self.fill(name), groups.iter().map(|group| self.fill(group))));
    }

    /// Works as the administrator again.
    pub fn become_admin(&mut self) {
        self.client = self.server.admin();
    }

    /// Puts a text of this run under a placeholder.
    pub fn stands_for(&mut self, text: &str, placeholder: &str) {
        if !text.is_empty() {
            self.known.insert(0, (text.to_owned(), placeholder.to_owned()));
        }
    }

    /// Puts a value into the transcript.
    pub fn note(&mut self, what: &str, value: impl Into<Value>) {
        self.seen.push((what.to_owned(), value.into()));
    }

    /// Sends a request and puts the whole answer into the transcript, but for who owns which field.
    pub async fn tell(&mut self, what: &str, call: Call) -> Answer {
        let answer = self.send(call).await;
        let mut seen = json!({ "code": answer.code, "body": without_managers(&answer.body) });
        note_warnings(&answer, &mut seen);
        self.note(what, seen);
        answer
    }

    /// Sends a request and puts these parts of the answer into the transcript; of a refusal everything.
    pub async fn show(&mut self, what: &str, call: Call, parts: &[&str]) -> Answer {
        let answer = self.send(call).await;
        let mut seen = json!({ "code": answer.code });
        if answer.code < 400 {
            let parts = parts.iter().map(|part| ((*part).to_owned(), part_of(&answer.body, part)));
            seen["parts"] = Value::Object(parts.collect::<Map<_, _>>());
        } else {
            seen["body"] = answer.body.clone();
        }
        note_warnings(&answer, &mut seen);
        self.note(what, seen);
        answer
    }

    /// Sends a request and puts only these parts into the transcript, also of a refusal.
    pub async fn glance(&mut self, what: &str, call: Call, parts: &[&str]) -> Answer {
        let answer = self.send(call).await;
        let mut seen = json!({ "code": answer.code });
        for part in parts {
            seen[*part] = part_of(&answer.body, part);
        }
        self.note(what, seen);
        answer
    }

    /// Sends a request, with a place for the namespace and the id in it.
    pub async fn send(&self, call: Call) -> Answer {
        // A server that refuses a large body may close the connection before it is written whole: what it said is lost
        // then, and it is asked again.
        for _ in 0..CUT {
            if let Some(answer) = self.try_to_send(&call).await {
                return answer;
            }
        }
        panic!("{}: the connection was cut {CUT} times", call.target);
    }

    /// Sends a request; nothing comes back if the connection is cut while its body is written.
    async fn try_to_send(&self, call: &Call) -> Option<Answer> {
        let path = self.path(&call.target);
        let mut request = http::Request::builder().method(call.method).uri(&path);
        if !call.headers.iter().any(|(name, _)| *name == "accept") {
            request = request.header("accept", JSON);
        }
        for (name, value) in call.headers.iter().chain([&("user-agent", "contract/1".to_owned())]) {
            request = request.header(*name, value);
        }
        let body = kube::client::Body::from(self.fill(&call.body).into_bytes());
        let request = request.body(body).unwrap();
        let whole = async {
            let answer = match self.client.send(request).await {
                Err(error) if format!("{error:?}").contains("BodyWrite") => return None,
                answer => answer.unwrap(),
            };
            let (parts, body) = answer.into_parts();
            Some((parts, body.collect_bytes().await.unwrap()))
        };
        let Ok(answer) = tokio::time::timeout(LIMIT, whole).await else {
            let body = "the answer does not end".into();
            return Some(Answer { code: 0, headers: http::HeaderMap::new(), body });
        };
        let (parts, bytes) = answer?;
        let text = || String::from_utf8_lossy(&bytes).into_owned().into();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| text());
        Some(Answer { code: parts.status.as_u16(), headers: parts.headers, body })
    }

    /// Opens a watch of a target, with its query.
    pub async fn watch(&self, target: &str) -> Watch {
        self.watch_as(target, JSON).await
    }

    /// Opens a watch that shows objects in another form.
    pub async fn watch_as(&self, target: &str, accept: &str) -> Watch {
        let sign = if target.contains('?') { '&' } else { '?' };
        Watch::open(&self.client, &format!("{}{sign}watch=true", self.path(target)), accept).await
    }

    /// Waits until the object is as it should be, and gives it back; null if it goes or nothing comes of it.
    pub async fn until(&self, target: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let (collection, name) = target.rsplit_once('/').unwrap();
        let mut watch = self.watch(&format!("{collection}?fieldSelector=metadata.name%3D{name}")).await;
        loop {
            let event = watch.next_change().await;
            match event["type"].as_str() {
                Some("ADDED" | "MODIFIED") if holds(&event["object"]) => return event["object"].clone(),
                Some("ADDED" | "MODIFIED") => {}
                _ => return Value::Null,
            }
        }
    }

    /// Waits until the object is gone; says whether it went.
    pub async fn until_gone(&self, target: &str) -> bool {
        let (collection, name) = target.rsplit_once('/').unwrap();
        let now = self.send(get(target)).await;
        if now.code == 404 {
            return true;
        }
        let query = format!("fieldSelector=metadata.name%3D{name}&resourceVersion={}", now.version());
        let mut watch = self.watch(&format!("{collection}?{query}")).await;
        loop {
            match watch.next_change().await["type"].as_str() {
                Some("MODIFIED" | "ADDED") => {}
                gone => return gone == Some("DELETED"),
            }
        }
    }

    /// Defines a custom kind and waits until the server serves it.
    pub async fn define(&self, definition: Value) {
        const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        let made = self.send(post(DEFINITIONS, definition)).await;
        let name = match made.code {
            201 => made.text("/metadata/name").to_owned(),
            409 => made.text("/details/name").to_owned(),
            _ => panic!("{}: {}", self.server.name, made.body),
        };
        let is_established = |definition: &Value| {
            let conditions = definition["status"]["conditions"].as_array();
            conditions.into_iter().flatten().any(|c| c["type"] == "Established" && c["status"] == "True")
        };
        let made = self.until(&format!("{DEFINITIONS}/{name}"), is_established).await;
        let text = |pointer: &str| made.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (group, plural) = (text("/spec/group"), text("/spec/names/plural"));
        for version in made["spec"]["versions"].as_array().into_iter().flatten() {
            if version["served"] == true {
                let path = format!("/apis/{group}/{}/{plural}", version["name"].as_str().unwrap());
                // A definition is established a moment before its kind is served, and nothing tells when that is; until
                // then it is not found, or its storage is not ready.
                let served = async { while self.send(get(&path)).await.code != 200 {} };
                tokio::time::timeout(LIMIT, served).await.unwrap();
            }
        }
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{ns}", &self.id).replace("{id}", &self.id)
    }

    /// The path of a target.
    fn path(&self, target: &str) -> String {
        let target = self.fill(target);
        if target.starts_with('/') {
            return target;
        }
        let end = target.find(['/', '?']).unwrap_or(target.len());
        let (resource, rest) = target.split_at(end);
        match resource.split_once('.') {
            None => format!("/api/v1/namespaces/{}/{resource}{rest}", self.id),
            Some((plural, group)) => format!("/apis/{group}/v1/namespaces/{}/{plural}{rest}", self.id),
        }
    }
}

fn part_of(body: &Value, pointer: &str) -> Value {
    body.pointer(pointer).cloned().unwrap_or_else(|| "(nothing)".into())
}

fn note_warnings(answer: &Answer, seen: &mut Value) {
    let warnings: Vec<Value> =
        answer.headers.get_all("warning").iter().map(|w| w.to_str().unwrap_or_default().into()).collect();
    if !warnings.is_empty() {
        seen["warnings"] = warnings.into();
    }
}

fn without_managers(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let fields = map.iter().filter(|(field, _)| *field != "managedFields");
            Value::Object(fields.map(|(field, value)| (field.clone(), without_managers(value))).collect())
        }
        Value::Array(list) => list.iter().map(without_managers).collect(),
        plain => plain.clone(),
    }
}
