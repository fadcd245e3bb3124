//! The attribute certificate table: entries of a length, a kind and data, each padded to eight bytes.
//!
//! Windows checks the PKCS#7 data and nothing behind it: what an entry holds beyond the data's own length and
//! the padding is a place to hide bytes in a file whose signature stays valid.

use std::ops::Range;

use super::authenticode;
use super::image;
use super::image::Image;
use crate::formats::field;
use crate::formats::partition::Builder;
use crate::model::Check;
use crate::model::Role;

/// Claims the certificate table, if there is one behind `from`; gives where it stands.
pub fn claim(builder: &mut Builder<'_>, image: &Image<'_>, from: u64) -> Option<Range<u64>> {
    let (start, size) = image.directory(image::SECURITY)?;
    let end = start.saturating_add(size);
    if start < from || end > builder.size() {
        builder.problem(format!(
            "the certificate table is said to be {size} bytes at {start}, which it cannot be"
        ));
        return None;
    }
    let bytes = image.bytes;
    let mut at = start;
    let mut count = 0;
    while at + 8 <= end {
        let Some(length) = field::le32(bytes, at).map(u64::from) else { break };
        if length == 0 && field::is_zero(field::clamped(bytes, at..end)) {
            break;
        }
        if length < 8 || at + length > end {
            builder.problem(format!("certificate at {at} says it has {length} bytes"));
            break;
        }
        count += 1;
        entry(builder, image, at, length, count);
        at = (at + length).next_multiple_of(8).min(end);
    }
    if count > 1 {
        builder.problem(format!("{count} certificates stand in the table; Windows looks at one"));
    }
    if at < end {
        builder.claim(at, end - at, Role::Trailing, "certificate table: rest");
        builder.problem(format!("{} bytes of the certificate table are no certificate", end - at));
    }
    Some(start..end)
}

/// Claims one entry of `length` bytes.
fn entry(builder: &mut Builder<'_>, image: &Image<'_>, at: u64, length: u64, count: u64) {
    let bytes = image.bytes;
    let label = if count == 1 { "certificate".to_owned() } else { format!("certificate #{count}") };
    builder.claim(at, 8, Role::Signature, format!("{label}: header"));
    let data = field::clamped(bytes, at + 8..at + length);
    let inner = authenticode::der_length(data).filter(|inner| *inner <= data.len() as u64);
    let signed = inner.unwrap_or(data.len() as u64);
    let pkcs7 = field::clamped(bytes, at + 8..at + 8 + signed);
    let check = match authenticode::verify_digest(bytes, pkcs7) {
        Some(Ok(digest)) => {
            builder.fact("authenticode-digest", digest.as_bytes());
            Check::Holds
        }
        Some(Err(reason)) => {
            builder.problem(format!("{label}: {reason}"));
            Check::Fails(reason)
        }
        None => Check::None,
    };
    builder.claim_checked(at + 8, signed, Role::Signature, format!("{label}: pkcs7"), check);
    if inner.is_none() {
        builder.problem(format!("{label}: no PKCS#7 data"));
    }
    let tail = at + 8 + signed;
    let padded = (at + length).next_multiple_of(8).min(builder.size());
    let rest = field::clamped(bytes, tail..padded);
    if rest.len() < 8 && field::is_zero(rest) {
        builder.padding(tail, rest.len() as u64, format!("{label}: padding"));
    } else {
        builder.problem(format!("{label}: {} bytes stand behind the PKCS#7 data", rest.len()));
        builder.claim(tail, rest.len() as u64, Role::Trailing, format!("{label}: bytes after pkcs7"));
    }
}
