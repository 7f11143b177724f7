//! The kinds of object that a cluster serves, and which of them a name means.

use std::fmt;
use std::sync::Arc;

use super::names::nearest;
use crate::problem::Problem;

/// One kind in one version of its group.
#[allow(clippy::struct_field_names, reason = "`kind` is what Kubernetes calls it")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// The API group; empty for the core.
    pub group: String,
    /// The version.
    pub version: String,
    /// The name in URLs, such as `hostedclusters`.
    pub plural: String,
    /// The name of one, such as `hostedcluster`.
    pub singular: String,
    /// The name in objects, such as `HostedCluster`.
    pub kind: String,
    /// The names for the hurried, such as `hc`.
    pub short_names: Vec<String>,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// What can be done with it.
    pub verbs: Vec<String>,
    /// Its subresources, such as `status` and `scale`.
    pub subresources: Vec<String>,
}

impl Kind {
    /// `plural.group`, the name that means no other kind.
    #[must_use]
    pub fn full_name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `group/version`, or the version alone in the core.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether this is the kind whose data is secret.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.group.is_empty() && self.plural == "secrets"
    }

    /// Where its objects are: all of them, or those in one namespace.
    #[must_use]
    pub fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        let version = self.api_version();
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!("{root}/{version}/namespaces/{namespace}/{}", self.plural),
            None => format!("{root}/{version}/{}", self.plural),
        }
    }

    fn answers_to(&self, word: &str) -> bool {
        let names = [&self.plural, &self.singular, &self.kind];
        !word.is_empty() && names.iter().any(|name| name.eq_ignore_ascii_case(word))
    }

    fn is_short_for(&self, word: &str) -> bool {
        self.short_names.iter().any(|name| name.eq_ignore_ascii_case(word))
    }

    /// Whether `suffix` is its group, its `version.group`, or nothing.
    fn is_of(&self, suffix: &str) -> bool {
        suffix.is_empty()
            || suffix == self.group
            || (self.group.is_empty() && suffix == self.version)
            || suffix.strip_prefix(&self.version).and_then(|rest| rest.strip_prefix('.'))
                == Some(self.group.as_str())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full_name())
    }
}

/// Every kind that a cluster serves; within a group, the version that the server prefers comes first.
#[derive(Debug, Clone, Default)]
pub struct Kinds {
    /// The kinds.
    pub all: Vec<Arc<Kind>>,
    /// The groups that could not be asked, because the service behind them does not answer.
    pub missing: Vec<String>,
}

impl Kinds {
    /// Finds the kind that `name` means: plural, singular, kind or short name, alone or with its group, as in
    /// `machines.cluster.x-k8s.io`, or with version and group.
    ///
    /// Where groups share a name, the core's is meant; other such names are refused (H10). Errors: `ambiguous` with
    /// the names to choose from, `unknown_kind` with the nearest one.
    pub fn resolve(&self, name: &str) -> Result<Arc<Kind>, Problem> {
        let (word, suffix) = name.split_once('.').unwrap_or((name, ""));
        let matching = |is_named: &dyn Fn(&Kind) -> bool| {
            let mut found: Vec<Arc<Kind>> = Vec::new();
            for kind in self.all.iter().filter(|kind| kind.is_of(suffix) && is_named(kind)) {
                let known = |other: &Arc<Kind>| other.group == kind.group && other.plural == kind.plural;
                if !found.iter().any(known) {
                    found.push(kind.clone());
                }
            }
            found
        };
        let mut found = matching(&|kind| kind.answers_to(word));
        if found.is_empty() {
            found = matching(&|kind| kind.is_short_for(word));
        }
        if let Some(core) = found.iter().find(|kind| kind.group.is_empty()) {
            return Ok(core.clone());
        }
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(self.unknown(name)),
            several => Err(ambiguous(name, several)),
        }
    }

    /// Finds the kind of an object that states its `apiVersion` and `kind`.
    ///
    /// Errors: `unknown_kind`.
    pub fn of_object(&self, api_version: &str, kind: &str) -> Result<Arc<Kind>, Problem> {
        let found = self.all.iter().find(|known| known.kind == kind && known.api_version() == api_version);
        found.cloned().ok_or_else(|| {
            let problem = self.unknown(&format!("{kind} of {api_version}"));
            let others: Vec<String> =
                self.all.iter().filter(|known| known.kind == kind).map(|known| known.api_version()).collect();
            if others.is_empty() {
                problem
            } else {
                problem.hint(format!("{kind} is served in {}", others.join(", ")))
            }
        })
    }

    fn unknown(&self, name: &str) -> Problem {
        let problem = Problem::new("unknown_kind", format!("the cluster serves no kind `{name}`"));
        let word = name.split('.').next().unwrap_or(name);
        let known = self.all.iter().flat_map(|kind| {
            [&kind.plural, &kind.singular].into_iter().chain(&kind.short_names).map(String::as_str)
        });
        if !self.missing.is_empty() {
            let missing = self.missing.join(", ");
            return problem.hint(format!("these groups do not answer just now: {missing}"));
        }
        match nearest(word, known) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("`oc_api_resources(cluster)` lists the kinds; is its operator installed?"),
        }
    }
}

fn ambiguous(name: &str, several: &[Arc<Kind>]) -> Problem {
    let names: Vec<String> = several.iter().map(|kind| kind.full_name()).collect();
    Problem::new("ambiguous", format!("`{name}` means several kinds: {}", names.join(", ")))
        .hint("write one of these in full")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(full: &str, version: &str, singular: &str, kind: &str, short: &[&str]) -> Arc<Kind> {
        let (plural, group) = full.split_once('.').unwrap_or((full, ""));
        Arc::new(Kind {
            group: group.into(),
            version: version.into(),
            plural: plural.into(),
            singular: singular.into(),
            kind: kind.into(),
            short_names: short.iter().map(ToString::to_string).collect(),
            namespaced: true,
            verbs: Vec::new(),
            subresources: Vec::new(),
        })
    }

    fn openshift() -> Kinds {
        let all = vec![
            kind("pods", "v1", "pod", "Pod", &["po"]),
            kind("deployments.apps", "v1", "deployment", "Deployment", &["deploy"]),
            kind(
                "hostedclusters.hypershift.openshift.io",
                "v1beta1",
                "hostedcluster",
                "HostedCluster",
                &["hc"],
            ),
            kind("machines.machine.openshift.io", "v1beta1", "machine", "Machine", &[]),
            kind("machines.cluster.x-k8s.io", "v1beta2", "machine", "Machine", &["ma"]),
            kind("machines.cluster.x-k8s.io", "v1beta1", "machine", "Machine", &["ma"]),
            kind("pods.metrics.k8s.io", "v1beta1", "", "PodMetrics", &[]),
            kind("things.example.com", "v1", "hc", "Thing", &[]),
        ];
        Kinds { all, missing: Vec::new() }
    }

    #[test]
    fn a_kind_is_found_by_every_name_that_people_use() {
        let kinds = openshift();
        for name in
            ["deployments", "deployment", "Deployment", "deploy", "deployments.apps", "deploy.v1.apps"]
        {
            assert_eq!(kinds.resolve(name).unwrap().full_name(), "deployments.apps", "{name}");
        }
        let name = "hostedclusters.hypershift.openshift.io";
        assert_eq!(kinds.resolve(name).unwrap().kind, "HostedCluster");
        assert_eq!(kinds.resolve("pods.v1").unwrap().kind, "Pod");
    }

    #[test]
    fn a_name_that_two_groups_share_is_refused_with_the_choices() {
        let problem = openshift().resolve("machines").unwrap_err();
        assert_eq!(problem.kind, "ambiguous");
        assert_eq!(
            problem.message,
            "`machines` means several kinds: machines.machine.openshift.io, machines.cluster.x-k8s.io"
        );
        assert_eq!(openshift().resolve("machines.cluster.x-k8s.io").unwrap().group, "cluster.x-k8s.io");
    }

    #[test]
    fn the_core_is_meant_where_it_shares_a_name() {
        assert_eq!(openshift().resolve("pods").unwrap().group, "");
    }

    #[test]
    fn a_full_name_comes_before_a_short_one() {
        assert_eq!(openshift().resolve("hc").unwrap().kind, "Thing");
    }

    #[test]
    fn the_version_that_the_server_prefers_is_taken_unless_another_is_named() {
        let kinds = openshift();
        assert_eq!(kinds.resolve("ma").unwrap().version, "v1beta2");
        assert_eq!(kinds.resolve("machines.v1beta1.cluster.x-k8s.io").unwrap().version, "v1beta1");
        assert_eq!(kinds.of_object("cluster.x-k8s.io/v1beta1", "Machine").unwrap().version, "v1beta1");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        let problem = openshift().resolve("hostedcluter").unwrap_err();
        assert_eq!(problem.kind, "unknown_kind");
        assert_eq!(problem.hint.as_deref(), Some("did you mean `hostedcluster`?"));
        let problem = openshift().of_object("cluster.x-k8s.io/v1alpha4", "Machine").unwrap_err();
        assert!(problem.hint.unwrap().contains("cluster.x-k8s.io/v1beta2"));
    }

    #[test]
    fn the_path_names_the_namespace_only_where_there_is_one() {
        let kinds = openshift();
        assert_eq!(kinds.resolve("pods").unwrap().path(Some("a")), "/api/v1/namespaces/a/pods");
        assert_eq!(kinds.resolve("deploy").unwrap().path(None), "/apis/apps/v1/deployments");
    }
}
