//! Presigned URLs that live as long as they say.

use std::fmt;
use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;

use super::client::{Bound, bind};
use super::refused;
use crate::aws::Life;
use crate::environment::Bucket;
use crate::gate::Permitted;
use crate::problem::Problem;
use crate::run::{Event, spoken};
use crate::secret::Secret;

/// The longest life that S3 gives a presigned URL.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// What the holder of a URL may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::s3) enum Method {
    /// Read the object.
    Get,
    /// Write the object.
    Put,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::Get => "GET",
            Method::Put => "PUT",
        })
    }
}

pub(in crate::s3) async fn presign(
    permitted: Permitted<Bucket>,
    key: &str,
    method: Method,
    lives: Duration,
) -> Result<Secret, Problem> {
    if lives.as_secs() == 0 || lives > LONGEST {
        return Err(no_life(lives));
    }
    let bound = bind(&permitted).await?;
    match bound.account.lives().await? {
        Life::Until(left) => outlives(lives, left)?,
        Life::Unsaid => permitted.run().tell(Event::Warned(format!(
            "the credentials for {} are temporary and do not say until when: the URL dies with them",
            &*permitted
        ))),
        Life::Lasting => {}
    }
    let url = sign(&bound, key, method, lives, &format!("presign {key} in {}", &*permitted)).await?;
    Ok(permitted.run().keep_secret(url))
}

fn no_life(lives: Duration) -> Problem {
    let message = format!("a presigned URL cannot live for {}", spoken(lives));
    Problem::new("bad_argument", message).hint("S3 allows 1 second to 7 days")
}

async fn sign(
    bound: &Bound,
    key: &str,
    method: Method,
    lives: Duration,
    about: &str,
) -> Result<String, Problem> {
    let config = PresigningConfig::builder().start_time(bound.account.now()).expires_in(lives);
    let config = config.build().map_err(|_| no_life(lives))?;
    let (client, bucket) = (&bound.client, &bound.bucket);
    let signed = match method {
        Method::Get => {
            let signed = client.get_object().bucket(bucket).key(key).presigned(config).await;
            signed.map_err(|error| refused(about, &error).into_problem())?
        }
        Method::Put => {
            let signed = client.put_object().bucket(bucket).key(key).presigned(config).await;
            signed.map_err(|error| refused(about, &error).into_problem())?
        }
    };
    Ok(signed.uri().to_owned())
}

/// Refuses a life that ends after the credentials' own.
fn outlives(lives: Duration, left: Duration) -> Result<(), Problem> {
    if lives <= left {
        return Ok(());
    }
    Err(Problem::new(
        "short_credentials",
        format!(
            "the credentials live for another {}, and the URL should live for {}",
            spoken(left),
            spoken(lives)
        ),
    )
    .hint("log in again for longer, use lasting credentials, or ask for a shorter life"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_would_outlive_its_credentials_is_refused_with_the_time_they_have_left() {
        let problem = outlives(Duration::from_hours(4), Duration::from_mins(42)).unwrap_err();
        assert_eq!(problem.kind, "short_credentials");
        assert_eq!(problem.message, "the credentials live for another 42m, and the URL should live for 4h");
        assert!(outlives(Duration::from_mins(42), Duration::from_mins(42)).is_ok());
    }
}
