//! Takes the PEM armor off a request. Stricter than most: what one reader skips and another reads is a way to be
//! checked as one thing and signed as another, so that nothing but one request may stand in the text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::problem::Problem;

const BEGIN: &str = "-----BEGIN CERTIFICATE REQUEST-----";
const END: &str = "-----END CERTIFICATE REQUEST-----";

/// How long a request may be; those of kubelets have less than a thousand bytes.
const LONGEST: usize = 64 << 10;

/// Gives the DER of the request in `text`: PEM, or PEM in base64.
///
/// Errors: `invalid`.
pub fn open(text: &str) -> Result<Vec<u8>, Problem> {
    if text.len() > LONGEST {
        return Err(wrong(&format!("is {} bytes long, and no more than {LONGEST} are read", text.len())));
    }
    let text = text.trim();
    if text.starts_with("-----") {
        return open_pem(text);
    }
    let bytes = STANDARD.decode(text).map_err(|_| wrong("is neither PEM nor PEM in base64"))?;
    let inner = String::from_utf8(bytes).map_err(|_| wrong("is no PEM within its base64"))?;
    open_pem(inner.trim())
}

fn open_pem(text: &str) -> Result<Vec<u8>, Problem> {
    let body = text.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
    let body = body.ok_or_else(|| wrong("is not one PEM block called CERTIFICATE REQUEST"))?;
    if body.contains("-----") {
        return Err(wrong("holds more than one PEM block"));
    }
    let body: String = body.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    STANDARD.decode(body).map_err(|_| wrong("is no base64 within its PEM"))
}

/// A problem with a request, said as a clause after "the certificate request".
pub fn wrong(what: &str) -> Problem {
    Problem::new("invalid", format!("the certificate request {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_block_is_opened_in_pem_and_in_base64() {
        let pem = format!("{BEGIN}\nAQID\n{END}\n");
        assert_eq!(open(&pem).unwrap(), [1, 2, 3]);
        assert_eq!(open(&STANDARD.encode(&pem)).unwrap(), [1, 2, 3]);
    }

    #[test]
    fn what_is_not_exactly_one_block_is_refused() {
        let one = format!("{BEGIN}\nAQID\n{END}\n");
        for (text, said) in [
            (String::new(), "is no"),
            ("hello".to_owned(), "neither PEM nor"),
            (one.repeat(2), "more than one PEM block"),
            (format!("{one}trailing"), "not one PEM block"),
            (format!("leading\n{one}"), "neither PEM nor"),
            (one.replace("AQID", "Proc-Type: 4,ENCRYPTED\n\nAQID"), "no base64"),
            (one.replace(" REQUEST", ""), "not one PEM block"),
            (one.replace(END, ""), "not one PEM block"),
            ("A".repeat(LONGEST + 1), "bytes long"),
        ] {
            let problem = open(&text).unwrap_err();
            assert!(problem.message.contains(said), "{text:?}: {}", problem.message);
        }
    }
}
