//! What an error of AWS means to the operator, and whether another attempt may mend it.

use std::error::Error;
use std::time::Duration;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::clock::turned_out;
use crate::problem::Problem;
use crate::retry::Setback;
use crate::run::spoken;

/// What was asked of whom, for messages.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The service, as `S3`.
    pub service: &'a str,
    /// What was asked, as `head demo.db in bucket backup`.
    pub about: &'a str,
}

/// The part of an answer that tells errors apart.
struct Answer<'a> {
    status: u16,
    code: &'a str,
    message: &'a str,
    region: Option<&'a str>,
    retry_after: Option<Duration>,
}

/// Says what an error means.
///
/// Kinds: `denied`, `not_found`, `wrong_region`, `expired_credentials`, `unreachable`, `throttled`, `unavailable`,
/// `corrupt`, `conflict`, `timeout`, `invalid`.
pub fn setback<E>(asked: Asked<'_>, error: &SdkError<E, Response>) -> Setback
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let lost = |reason: &str| {
        Setback::passing(
            Problem::new("unreachable", format!("{} did not {}: {reason}", asked.service, asked.about))
                .hint("look at the network between here and the endpoint, and at the endpoint itself"),
        )
    };
    match error {
        SdkError::ServiceError(answer) => {
            let header = |name: &str| answer.raw().headers().get(name);
            let status = answer.raw().status().as_u16();
            if let Some(behind) = turned_out(answer.raw().headers()).filter(|_| matches!(status, 400..=403)) {
                return misdated(asked, behind);
            }
            answered(
                asked,
                &Answer {
                    status,
                    code: answer.err().code().unwrap_or_default(),
                    message: answer.err().message().unwrap_or_default(),
                    region: header("x-amz-bucket-region"),
                    retry_after: header("retry-after")
                        .and_then(|text| text.parse().ok())
                        .map(Duration::from_secs),
                },
            )
        }
        SdkError::TimeoutError(_) => lost("it gave no answer in time"),
        SdkError::ResponseError(answer) if answer.raw().status().as_u16() >= 500 => {
            lost(&format!("it answered {}", answer.raw().status().as_u16()))
        }
        SdkError::ResponseError(_) => lost("its answer was cut off or is no answer of this service"),
        SdkError::DispatchFailure(_) => not_sent(asked, &innermost(error), lost),
        _ => Setback::last(
            Problem::new(
                "invalid",
                format!("{} cannot be asked to {}: {}", asked.service, asked.about, innermost(error)),
            )
            .hint("look at the names in it: none may be empty"),
        ),
    }
}

/// A refusal of what was dated by a clock that is off; the next attempt is dated by the service's own.
fn misdated(asked: Asked<'_>, behind: i64) -> Setback {
    let off = spoken(Duration::from_secs(behind.unsigned_abs()));
    let side = if behind < 0 { "ahead of" } else { "behind" };
    let service = asked.service;
    let message =
        format!("{service} did not {}: this machine's clock is {off} {side} that of {service}", asked.about);
    Setback::passing(Problem::new("denied", message).hint("set this machine's clock, by NTP at best"))
}

fn not_sent(asked: Asked<'_>, reason: &str, lost: impl Fn(&str) -> Setback) -> Setback {
    if reason.contains("certificate") {
        // Another attempt meets the same certificate.
        return Setback::last(
            Problem::new("unreachable", format!("{} did not {}: {reason}", asked.service, asked.about))
                .hint("if the endpoint has an authority of its own, name its PEM file as ca_file in the environment"),
        );
    }
    if reason.contains("credential") {
        return Setback::last(
            Problem::new("denied", format!("{} was not asked to {}: {reason}", asked.service, asked.about))
                .hint("look at the credentials that the environment names"),
        );
    }
    lost(reason)
}

fn answered(asked: Asked<'_>, answer: &Answer<'_>) -> Setback {
    let said = match (answer.code, answer.message) {
        ("", _) => format!("{}", answer.status),
        (code, "") => format!("{} {code}", answer.status),
        (code, message) => format!("{} {code}: {}", answer.status, message.trim_end_matches('.')),
    };
    let problem = |kind| Problem::new(kind, format!("{} did not {}: {said}", asked.service, asked.about));
    let last = |kind, hint: &str| Setback::last(problem(kind).hint(hint));
    match (answer.code, answer.status) {
        ("ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired", _) => {
            last("expired_credentials", "log in again")
        }
        ("RequestTimeTooSkewed", _) => last("denied", "the clock of this machine is wrong; set it by NTP"),
        (
            "PermanentRedirect"
            | "TemporaryRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException",
            _,
        )
        | (_, 301 | 307 | 308) => wrong_region(problem("wrong_region"), answer.region),
        ("", 400) if answer.region.is_some() => wrong_region(problem("wrong_region"), answer.region),
        ("BadDigest" | "XAmzContentSHA256Mismatch" | "InvalidDigest", _) => Setback::passing(
            problem("corrupt")
                .hint("the bytes were altered on their way; look at proxies between here and there"),
        ),
        ("RequestTimeout", _) => Setback::passing(problem("unreachable")),
        ("OperationAborted" | "ConditionalRequestConflict" | "PriorRequestNotComplete", _) => {
            Setback::passing(problem("conflict"))
        }
        ("PreconditionFailed", _) | (_, 412) => {
            last("conflict", "somebody else changed it meanwhile; look at it first")
        }
        (code, status) if is_throttling(code, status) => {
            let problem =
                problem("throttled").hint("the service asks to slow down; run fewer things at once");
            match answer.retry_after {
                Some(pause) => Setback::after(problem, pause),
                None => Setback::passing(problem),
            }
        }
        ("NoSuchBucket", 404) => last("not_found", "look at the bucket's own name in the environment file"),
        ("NoSuchHostedZone", 404) => last("not_found", "look at the zone's id in the environment file"),
        (_, 404) => Setback::last(problem("not_found")),
        (_, 401 | 403) | ("InvalidToken" | "UnrecognizedClientException", _) => {
            last("denied", "look at the credentials that the environment names, and at what they may do")
        }
        (_, 500..) => Setback::passing(
            problem("unavailable").hint("the service is ill; look at its status page or its logs"),
        ),
        _ => Setback::last(problem("invalid")),
    }
}

fn is_throttling(code: &str, status: u16) -> bool {
    let codes =
        ["SlowDown", "TooManyRequests", "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceeded"];
    status == 429
        || codes.contains(&code)
        || code.starts_with("Throttl")
        || (status == 503 && code == "ServiceUnavailable")
}

fn wrong_region(problem: Problem, region: Option<&str>) -> Setback {
    Setback::last(match region {
        Some(region) => {
            problem.hint(format!("the bucket is in {region}: write that, or nothing, as its region"))
        }
        None => problem.hint("leave the region out of the environment file: it is asked of S3 then"),
    })
}

/// The text at the bottom of an error, where the reason stands.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16, code: &str) -> (String, String) {
        let answer = Answer { status, code, message: "Words.", region: Some("eu-west-1"), retry_after: None };
        let problem =
            answered(Asked { service: "S3", about: "head k in bucket backup" }, &answer).into_problem();
        (problem.kind.into_owned(), problem.message)
    }

    #[test]
    fn each_answer_becomes_the_word_for_what_to_do_next() {
        for (status, code, kind) in [
            (403, "AccessDenied", "denied"),
            (403, "InvalidAccessKeyId", "denied"),
            (403, "SignatureDoesNotMatch", "denied"),
            (400, "InvalidToken", "denied"),
            (400, "ExpiredToken", "expired_credentials"),
            (404, "NoSuchKey", "not_found"),
            (404, "", "not_found"),
            (301, "PermanentRedirect", "wrong_region"),
            (400, "AuthorizationHeaderMalformed", "wrong_region"),
            (400, "", "wrong_region"),
            (503, "SlowDown", "throttled"),
            (400, "Throttling", "throttled"),
            (429, "", "throttled"),
            (500, "InternalError", "unavailable"),
            (400, "BadDigest", "corrupt"),
            (412, "PreconditionFailed", "conflict"),
            (400, "InvalidArgument", "invalid"),
        ] {
            assert_eq!(meaning(status, code).0, kind, "{status} {code}");
        }
        assert_eq!(
            meaning(403, "AccessDenied").1,
            "S3 did not head k in bucket backup: 403 AccessDenied: Words"
        );
    }

    #[test]
    fn a_clock_that_is_off_is_told_with_how_far_and_tried_again() {
        let asked = Asked { service: "S3", about: "head k in bucket backup" };
        for (behind, told) in [(7200, "2h behind"), (-360, "6m ahead of")] {
            let problem = misdated(asked, behind).into_problem();
            let message =
                format!("S3 did not head k in bucket backup: this machine's clock is {told} that of S3");
            assert_eq!((&*problem.kind, problem.message), ("denied", message));
            assert_eq!(problem.hint.as_deref(), Some("set this machine's clock, by NTP at best"));
        }
    }

    #[test]
    fn the_right_region_is_named() {
        let answer =
            Answer { status: 301, code: "", message: "", region: Some("eu-west-1"), retry_after: None };
        let problem = answered(Asked { service: "S3", about: "head k" }, &answer).into_problem();
        assert!(problem.hint.unwrap().contains("eu-west-1"));
    }
}
