//! The part of a request that no signature covers: it must have its usual form, as a lenient reader and a strict one
//! would otherwise see two things in it.

use x509_parser::asn1_rs::{Any, FromDer as _, Tag};

/// Says whether a request is a sequence of its three parts, its algorithm a sequence of plain values, and its signature
/// made of whole bytes.
///
/// What stands after the request is not looked at.
pub fn is_plain(der: &[u8]) -> bool {
    let Some((whole, _)) = next(der) else { return false };
    if whole.tag() != Tag::Sequence {
        return false;
    }
    let Some(parts) = all(whole.data) else { return false };
    let tags: Vec<Tag> = parts.iter().map(Any::tag).collect();
    tags == [Tag::Sequence, Tag::Sequence, Tag::BitString]
        && parts[2].data.first() == Some(&0)
        && all(parts[1].data).is_some_and(|values| values[..].first().is_some_and(|id| id.tag() == Tag::Oid))
}

/// The values that stand one after another in `bytes`.
fn all(mut bytes: &[u8]) -> Option<Vec<Any<'_>>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (value, rest) = next(bytes)?;
        found.push(value);
        bytes = rest;
    }
    Some(found)
}

/// The first value, if its tag is a universal one in the form that DER asks for.
fn next(bytes: &[u8]) -> Option<(Any<'_>, &[u8])> {
    let (rest, value) = Any::from_der(bytes).ok()?;
    let has_parts = matches!(value.tag(), Tag::Sequence | Tag::Set);
    (value.header.is_universal() && value.header.constructed() == has_parts).then_some((value, rest))
}
