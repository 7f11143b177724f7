//! `member` and `endpoint`: who is in the cluster, and how it is.

use serde_json::{Value, json};

use super::flags::Output;
use super::{Call, Failure, Outcome, print};

/// The term that a healthy cluster is in after its first election.
const TERM: u64 = 2;

impl Call<'_> {
    fn header(&self) -> Value {
        let member = &self.seat.member;
        json!({
            "cluster_id": member.database.cluster_id(),
            "member_id": member.id,
            "revision": member.database.store().version(),
            "raft_term": TERM,
        })
    }

    fn peer_url(&self, name: &str) -> String {
        format!("https://{name}.etcd-discovery.{}.svc:2380", self.seat.spec.pod.namespace)
    }

    fn client_url(&self, name: &str) -> String {
        format!("https://{name}.etcd-discovery.{}.svc:2379", self.seat.spec.pod.namespace)
    }

    /// The members of this member's own cluster.
    pub(super) fn member_list(&self) -> String {
        let members = self.seat.member.database.members();
        let rows: Vec<Vec<String>> = members
            .iter()
            .map(|(name, id)| {
                let (peer, client) = (self.peer_url(name), self.client_url(name));
                vec![format!("{id:x}"), "started".to_owned(), name.clone(), peer, client, "false".to_owned()]
            })
            .collect();
        match self.flags.output {
            Output::Simple => rows.iter().map(|row| row.join(", ") + "\n").collect(),
            Output::Table => {
                print::table(&["id", "status", "name", "peer addrs", "client addrs", "is learner"], &rows)
            }
            Output::Json => {
                let member = |(name, id): &(String, u64)| {
                    json!({
                        "ID": self.id(*id),
                        "name": name,
                        "peerURLs": [self.peer_url(name)],
                        "clientURLs": [self.client_url(name)],
                    })
                };
                let mut header = self.header();
                for field in ["cluster_id", "member_id"] {
                    if let Some(id) = header[field].as_u64() {
                        header[field] = self.id(id);
                    }
                }
                format!(
                    "{}\n",
                    json!({ "header": header, "members": members.iter().map(member).collect::<Vec<_>>() })
                )
            }
        }
    }

    fn id(&self, id: u64) -> Value {
        if self.flags.hex { json!(format!("{id:x}")) } else { json!(id) }
    }

    pub(super) fn member_remove(&self, id: &str) -> Outcome {
        let database = &self.seat.member.database;
        let bad = || {
            Failure::new(format!(
                "Error: bad member ID arg (strconv.ParseUint: parsing \"{id}\": invalid syntax), expecting ID in Hex"
            ))
        };
        let number = u64::from_str_radix(id, 16).map_err(|_| bad())?;
        if !database.remove(number) {
            return Err(Failure::new("Error: etcdserver: member not found"));
        }
        Ok(format!("Member {number:x} removed from cluster {:x}\n", database.cluster_id()))
    }

    pub(super) fn member_add(&self, name: &str) -> String {
        let database = &self.seat.member.database;
        let id = database.rejoin(name);
        format!("Member {id:x} added to cluster {:x}\n", database.cluster_id())
    }

    /// The endpoints that are asked: those given, or with `--cluster` the running members.
    fn endpoints(&self) -> Vec<(String, Option<u64>)> {
        let database = &self.seat.member.database;
        if !self.flags.cluster {
            let own = Some(self.seat.member.id);
            return self.flags.endpoints.iter().map(|endpoint| (endpoint.clone(), own)).collect();
        }
        let running = self.etcd.members(&self.seat.spec.pod.namespace);
        let member = |(name, id): (String, u64)| {
            let runs = running.get(&name).is_some_and(|other| other.cluster_id() == database.cluster_id());
            (self.client_url(&name), runs.then_some(id))
        };
        database.members().into_iter().map(member).collect()
    }

    pub(super) fn endpoint_status(&self) -> Outcome {
        let database = &self.seat.member.database;
        let leader =
            if self.seat.has_quorum { database.members().first().map_or(0, |(_, id)| *id) } else { 0 };
        let revision = database.store().version();
        let size = self.seat.volume.tree.usage().used;
        let version = self.seat.spec.etcd_version();
        let (up, down): (Vec<_>, Vec<_>) = self.endpoints().into_iter().partition(|(_, id)| id.is_some());
        if let Some((endpoint, _)) = down.first() {
            return Err(Failure::new(format!(
                "Failed to get the status of endpoint {endpoint} (context deadline exceeded)"
            )));
        }
        Ok(match self.flags.output {
            Output::Json => {
                let status = |(endpoint, id): &(String, Option<u64>)| {
                    let mut header = self.header();
                    header["member_id"] = json!(id);
                    json!({
                        "Endpoint": endpoint,
                        "Status": {
                            "header": header,
                            "version": version,
                            "dbSize": size,
                            "dbSizeInUse": size,
                            "leader": leader,
                            "raftIndex": revision,
                            "raftTerm": TERM,
                            "raftAppliedIndex": revision,
                        },
                    })
                };
                format!("{}\n", Value::from(up.iter().map(status).collect::<Vec<_>>()))
            }
            Output::Simple | Output::Table => {
                let row = |(endpoint, id): &(String, Option<u64>)| {
                    let is_leader = *id == Some(leader);
                    vec![
                        endpoint.clone(),
                        id.map(|id| format!("{id:x}")).unwrap_or_default(),
                        version.to_owned(),
                        print::size(size),
                        is_leader.to_string(),
                        "false".to_owned(),
                        TERM.to_string(),
                        revision.to_string(),
                        revision.to_string(),
                        String::new(),
                    ]
                };
                let rows: Vec<_> = up.iter().map(row).collect();
                if self.flags.output == Output::Simple {
                    return Ok(rows.iter().map(|row| row.join(", ") + "\n").collect());
                }
                let titles = [
                    "endpoint",
                    "id",
                    "version",
                    "db size",
                    "is leader",
                    "is learner",
                    "raft term",
                    "raft index",
                    "raft applied index",
                    "errors",
                ];
                print::table(&titles, &rows)
            }
        })
    }

    pub(super) fn endpoint_health(&self) -> Outcome {
        let endpoints = self.endpoints();
        let healthy = |id: &Option<u64>| id.is_some() && self.seat.has_quorum;
        let all = endpoints.iter().all(|(_, id)| healthy(id));
        let text = match self.flags.output {
            Output::Json => {
                let health = |(endpoint, id): &(String, Option<u64>)| {
                    let mut state = json!({ "endpoint": endpoint, "health": healthy(id), "took": "7.3ms" });
                    if !healthy(id) {
                        state["error"] = "context deadline exceeded".into();
                    }
                    state
                };
                format!("{}\n", Value::from(endpoints.iter().map(health).collect::<Vec<_>>()))
            }
            Output::Simple | Output::Table => {
                let line = |(endpoint, id): &(String, Option<u64>)| {
                    if healthy(id) {
                        format!("{endpoint} is healthy: successfully committed proposal: took = 7.3ms\n")
                    } else {
                        format!(
                            "{endpoint} is unhealthy: failed to commit proposal: context deadline exceeded\n"
                        )
                    }
                };
                endpoints.iter().map(line).collect()
            }
        };
        if all { Ok(text) } else { Err(Failure::new(format!("{text}Error: unhealthy cluster"))) }
    }
}
