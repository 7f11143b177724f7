//! Texts that were right once: bytes are lost, doubled, swapped, or replaced by what hurts.

use drsh::problem::Problem;
use proptest::prelude::*;

/// Pieces that parsers trip over.
const PIECES: &[&str] = &[
    "",
    "\0",
    "\u{feff}",
    "\u{1b}[2J",
    "\r\n",
    "\"",
    "'",
    "\\",
    "${",
    "${A:-${A}}",
    "{",
    "}",
    "[[",
    "]]",
    "(",
    "*",
    "&a *a",
    "<<: *a",
    "!!binary ",
    "null",
    "true",
    "-1",
    "9223372036854775807",
    "18446744073709551616",
    "1e999",
    "NaN",
    "0x",
    "=",
    "#",
    ":",
    "- ",
    "\t",
    "../../etc/passwd",
    "🦀",
    "\u{202e}",
    "$map",
    "$blob",
];

/// One thing that goes wrong with a text.
#[derive(Debug, Clone)]
enum Harm {
    Cut(prop::sample::Index),
    Lose(prop::sample::Index, usize),
    Double(prop::sample::Index, usize),
    Put(prop::sample::Index, usize),
    Flip(prop::sample::Index, u8),
}

fn harm() -> impl Strategy<Value = Harm> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        1 => at().prop_map(Harm::Cut),
        3 => (at(), 1_usize..40).prop_map(|(at, count)| Harm::Lose(at, count)),
        2 => (at(), 1_usize..200).prop_map(|(at, count)| Harm::Double(at, count)),
        4 => (at(), 0..PIECES.len()).prop_map(|(at, piece)| Harm::Put(at, piece)),
        3 => (at(), any::<u8>()).prop_map(|(at, byte)| Harm::Flip(at, byte)),
    ]
}

fn suffer(mut bytes: Vec<u8>, harm: &Harm) -> Vec<u8> {
    let place = |at: &prop::sample::Index, length: usize| at.index(length + 1);
    let length = bytes.len();
    match harm {
        Harm::Cut(at) => bytes.truncate(place(at, length)),
        Harm::Lose(at, count) => {
            let from = place(at, length);
            bytes.drain(from..(from + count).min(length));
        }
        Harm::Double(at, count) => {
            let from = place(at, length);
            let piece = bytes[from..(from + count).min(length)].to_vec();
            bytes.splice(from..from, piece);
        }
        Harm::Put(at, piece) => {
            let from = place(at, length);
            bytes.splice(from..from, PIECES[*piece].bytes());
        }
        Harm::Flip(at, byte) => {
            let from = place(at, length);
            if let Some(hit) = bytes.get_mut(from) {
                *hit = *byte;
            }
        }
    }
    bytes
}

/// The bytes of `text`, with up to eight things wrong with them.
pub fn broken_bytes(text: impl Into<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let text = text.into();
    prop::collection::vec(harm(), 1..8)
        .prop_map(move |harms| harms.iter().fold(text.clone(), |bytes, harm| suffer(bytes, harm)))
}

/// Does as [`broken_bytes`]; what is no text any more is shown by a sign for it.
pub fn broken(text: impl Into<Vec<u8>>) -> impl Strategy<Value = String> {
    broken_bytes(text).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// How many cases a property takes: few, unless more are asked for.
pub fn cases(few: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(asked.unwrap_or(few)) }
}

/// Fails unless the problem says what is wrong, and in words for people.
pub fn is_clear(problem: &Problem) -> Result<(), TestCaseError> {
    let text = &problem.message;
    prop_assert!(!text.trim().is_empty(), "it says nothing");
    prop_assert!(problem.kind != "internal", "it blames itself: {text}");
    for word in ["panicked", "RUST_BACKTRACE", "called `Option::", "called `Result::", "Error {", "Some("] {
        prop_assert!(!text.contains(word), "that is no word for people: {text}");
    }
    Ok(())
}
