//! What the API server or the way to it answered, in the words of the operator.

use std::error::Error as StdError;
use std::io;
use std::process::Output;

use kube::client::AuthError;
use kube::core::Status;

use super::Reached;
use crate::environment::Target;
use crate::problem::Problem;

/// How a connection ends that somebody cut.
const CUT: &[io::ErrorKind] = &[
    io::ErrorKind::UnexpectedEof,
    io::ErrorKind::ConnectionReset,
    io::ErrorKind::ConnectionAborted,
    io::ErrorKind::BrokenPipe,
];

/// What to do about a connection that was cut.
const LOOK: &str = "look at its load balancer and API server";

/// What is known of a request that came to nothing.
#[derive(Debug)]
pub(super) struct Failure {
    /// The problem.
    pub problem: Problem,
    /// Whether another try may succeed.
    pub passing: bool,
    /// Whether the server surely did nothing, so that even what must not happen twice may be tried again.
    pub untouched: bool,
    /// Whether others changed the object all the time, so that the server gave up: no field is in dispute.
    pub contended: bool,
}

impl Failure {
    /// A problem that another try would not mend.
    pub(super) fn lasting(problem: Problem) -> Self {
        Self { problem, passing: false, untouched: false, contended: false }
    }
}

/// Says an error and its causes, each once.
pub(super) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// Explains a request that got no answer.
pub(super) fn unanswered(cluster: &Reached, server: &str, error: &kube::Error) -> Failure {
    let place = format!("cluster {}", cluster.name());
    if let Some(cause) = login(error) {
        return Failure::lasting(no_credentials(cluster, cause));
    }
    let lower = chain(error).to_ascii_lowercase();
    let connecting = lower.contains("(connect)") || lower.contains("proxy");
    let Silence { why, hint, lasting } = silence(error);
    Failure {
        problem: Problem::new("unreachable", format!("{place} gives no answer: {server} {why}")).hint(hint),
        passing: !lasting,
        untouched: connecting,
        contended: false,
    }
}

/// The trouble with a login among the causes of an error: the client hands it on in several wrappings.
fn login<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a AuthError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        match (error.downcast_ref(), error.downcast_ref()) {
            (Some(found), _) | (_, Some(kube::Error::Auth(found))) => return Some(found),
            _ => cause = error.source(),
        }
    }
    None
}

/// Explains that a kubeconfig's plugin, or its token, gives no credentials (any more).
pub(super) fn no_credentials(cluster: &Reached, cause: &AuthError) -> Problem {
    let why = match cause {
        // The client shows the command too, with arguments and variables that may be secret.
        AuthError::AuthExecRun { out, .. } => ended(out),
        cause => without_content(&chain(cause)),
    };
    Problem::new("denied", format!("there are no credentials for cluster {}: {why}", cluster.name()))
        .hint("log in again, or run the kubeconfig's exec plugin by hand")
}

/// How the plugin ended; without a word on its stderr, it spoke to the terminal itself.
fn ended(out: &Output) -> String {
    let how = out.status.code().map_or("by a signal".to_owned(), |code| format!("with status {code}"));
    let said = String::from_utf8_lossy(&out.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    let last =
        last.map_or(String::new(), |line| format!(": {}", line.trim().chars().take(200).collect::<String>()));
    format!("the exec plugin ended {how}{last}")
}

/// What is wrong with a kubeconfig, without a word of what stands in it: the client shows the place in the file, and
/// the values that it stumbled on, and each of them may be a token.
pub(super) fn without_content(said: &str) -> String {
    let first = said.lines().next().unwrap_or_default();
    let mut parts = first.split('"');
    let mut text = parts.next().unwrap_or_default().to_owned();
    while let Some(quoted) = parts.next() {
        let shown = if quoted.starts_with('/') { quoted } else { "..." };
        text.extend(["\"", shown, "\""]);
        text.push_str(parts.next().unwrap_or_default());
    }
    text
}

/// Why a server gave no answer.
pub(super) struct Silence {
    /// What it does, as `refuses the connection`.
    pub(super) why: String,
    hint: &'static str,
    /// Whether another try would not mend it.
    lasting: bool,
}

/// Reads an error of the way to a server.
pub(super) fn silence(error: &kube::Error) -> Silence {
    let lower = chain(error).to_ascii_lowercase();
    let is_any = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let (why, hint, lasting) = if is_any(&["dns error", "lookup address"]) {
        let hint = "is the name right, and does this machine ask the right resolver?";
        ("is not known by that name (DNS)".to_owned(), hint, false)
    } else if is_any(&["peer certificate"]) {
        let why = format!("has a certificate that is not accepted: {}", about_certificate(&last(error)));
        (why, "is this the right cluster, and its authority in the kubeconfig the current one?", true)
    } else if is_any(&["fatal alert", "corrupt message"]) {
        let why = format!("does not agree on TLS: {}", last(error));
        (why, "is this the port of an API server, and the client certificate still good?", true)
    } else if is_kind(error, &[io::ErrorKind::ConnectionRefused]) {
        ("refuses the connection".to_owned(), "is the API server running, and the port right?", false)
    } else if is_any(&["timed out", "deadline has elapsed"]) {
        (
            "does not take the connection (timeout)".to_owned(),
            "is there a firewall or a VPN in between?",
            false,
        )
    } else if is_kind(error, CUT) || is_any(&["connection closed", "incompletemessage"]) {
        ("cut the connection".to_owned(), LOOK, false)
    } else {
        (format!("broke the connection: {}", last(error)), LOOK, false)
    };
    Silence { why, hint, lasting }
}

/// Explains an answer that is an error; `about` says what was asked, as `patch hc/demo in clusters`.
pub(super) fn refused(cluster: &Reached, origin: &str, status: &Status, about: &str) -> Failure {
    let place = format!("cluster {}", cluster.name());
    let said = status.message.trim();
    let problem = |kind: &'static str, why: &str| {
        Problem::new(kind, format!("cluster {} did not {about}: {why}", cluster.name()))
    };
    match (status.code, status.reason.as_str()) {
        (401, _) => Failure::lasting(
            Problem::new("denied", format!("{place} does not accept the credentials in {origin}"))
                .hint("they may have expired: log in again, or renew the kubeconfig"),
        ),
        (403, _) if said.contains("admission webhook") => Failure::lasting(problem("invalid", said)),
        (403, _) => Failure::lasting(
            problem("denied", said).hint("`oc_can_i` tells what is allowed; ask for a role that allows this"),
        ),
        (404, _) => Failure::lasting(problem("not_found", said)),
        (409, "AlreadyExists") => Failure::lasting(problem("already_exists", said)),
        (409, _) => {
            let disputed = status.details.as_ref().is_some_and(|details| !details.causes.is_empty());
            Failure { contended: !disputed, ..Failure::lasting(conflict(&problem, status)) }
        }
        (410, _) => Failure::lasting(problem("expired", said)),
        (429, _) => Failure {
            problem: Problem::new("throttled", format!("{place} asks to slow down: {said}"))
                .hint("run fewer things at once; if nothing else runs, look who else asks it that much"),
            passing: true,
            untouched: true,
            contended: false,
        },
        (code @ (500 | 502 | 503 | 504), _) => Failure {
            problem: Problem::new("unreachable", format!("{place} answers {code}: {said}"))
                .hint("look at its API server, and at the service behind this kind"),
            passing: true,
            untouched: false,
            contended: false,
        },
        _ => Failure::lasting(problem("invalid", &causes(status))),
    }
}

/// A conflict of field managers names each field and who holds it.
fn conflict(problem: &impl Fn(&'static str, &str) -> Problem, status: &Status) -> Problem {
    let held: Vec<String> = status
        .details
        .iter()
        .flat_map(|details| &details.causes)
        .filter(|cause| cause.reason == "FieldManagerConflict")
        .map(|cause| {
            let manager = cause.message.strip_prefix("conflict with ").unwrap_or(&cause.message);
            format!("{} is held by {manager}", cause.field)
        })
        .collect();
    if held.is_empty() {
        return problem("conflict", status.message.trim())
            .hint("somebody changed the object in between: read it again, then decide");
    }
    problem("conflict", &held.join("; "))
        .hint("let its manager make the change, or take the fields over with `force: true`")
}

/// The message, or each cause on its own where the server lists them.
fn causes(status: &Status) -> String {
    let listed: Vec<String> = status
        .details
        .iter()
        .flat_map(|details| &details.causes)
        .map(|cause| match cause.field.as_str() {
            "" => cause.message.clone(),
            field => format!("{field}: {}", cause.message),
        })
        .collect();
    match (listed.is_empty(), status.message.trim()) {
        (false, _) => listed.join("; "),
        (true, "") => format!("status {}", status.code),
        (true, message) => message.to_owned(),
    }
}

/// The innermost cause, which is the one that says something.
fn last(error: &dyn StdError) -> String {
    let mut innermost: &dyn StdError = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

fn is_kind(error: &(dyn StdError + 'static), kinds: &[io::ErrorKind]) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| kinds.contains(&error.kind())) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// What the TLS library finds wrong with a certificate, in the words of those who make them.
fn about_certificate(said: &str) -> String {
    let known = [
        ("UnknownIssuer", "the authority in the kubeconfig did not sign it"),
        ("NotValidYet", "it is not valid yet, or this machine's clock is behind"),
        ("NotValidForName", "it is made out to another name"),
        ("Expired", "it has expired, or this machine's clock is ahead"),
    ];
    match known.iter().find(|(word, _)| said.contains(word)) {
        Some((_, meaning)) => (*meaning).to_owned(),
        None => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_of_a_kubeconfig_is_told() {
        let said = "failed to parse: line 4: invalid type: string \"canary\", expected a map\n --> 4\n 4 | token: canary";
        assert_eq!(
            without_content(said),
            "failed to parse: line 4: invalid type: string \"...\", expected a map"
        );
        assert_eq!(without_content("cannot read \"/a/b\" now"), "cannot read \"/a/b\" now");
        assert_eq!(without_content("an open \"canary"), "an open \"...\"");
    }
}
