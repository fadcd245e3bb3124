//! PDF, lightly: the times and ids that every writer puts in, cross-reference offsets, and what follows the end.
//!
//! Streams are not opened: everything else is one kind of region and can carry script.

use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "pdf";

/// The header comment.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(b"%PDF-")
}

/// Regions: `version`, `creation date`, `modification date`, `file id`, `producer`, `body` around them,
/// `trailing bytes`. Facts: `pdf-version`, `producer`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let size = builder.size();
    let version = bytes.iter().take(16).position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(8) as u64;
    builder.fact("pdf-version", field::clamped(bytes, 5..version));
    let mut inner = vec![(0..version.min(size), "version".to_owned())];
    builder.claim(0, version, Role::Header, "version");
    let end = last_end(bytes);
    let keys: [(&[u8], Role, &str); 4] = [
        (b"/CreationDate", Role::Timestamp, "creation date"),
        (b"/ModDate", Role::Timestamp, "modification date"),
        (b"/ID", Role::Extra, "file id"),
        (b"/Producer", Role::Toolchain, "producer"),
    ];
    let mut found: Vec<(u64, u64, Role, &str)> = Vec::new();
    let mut at = 0;
    while let Some(slash) = field::clamped(bytes, at..end).iter().position(|byte| *byte == b'/') {
        let start = at + slash as u64;
        at = start + 1;
        let rest = field::clamped(bytes, start..end.min(start + 400));
        for (key, role, name) in keys {
            let Some(value) = rest.strip_prefix(key) else { continue };
            let from = rest.len() - value.trim_ascii_start().len();
            if let Some(len) = value_len(value.trim_ascii_start(), role) {
                found.push((start + from as u64, len, role, name));
                at = start + from as u64 + len;
            }
        }
        if found.len() >= MOST {
            builder
                .problem(format!("more than {MOST} dates, ids and producers: the rest belong to the body"));
            break;
        }
    }
    for (start, len, role, name) in found {
        if role == Role::Toolchain {
            builder.fact("producer", field::clamped(bytes, start..start + len));
        }
        builder.claim(start, len, role, name);
        inner.push((start..start + len, name.to_owned()));
    }
    builder.claim_around(0..end, Role::Code, "body", &inner);
    if end < size {
        builder.problem(format!("{} bytes follow the last end-of-file mark", size - end));
        builder.claim(end, size - end, Role::Trailing, "trailing bytes");
    }
    builder.finish()
}

/// Values told apart at most.
const MOST: usize = 10_000;

/// The end of the last `%%EOF` line.
fn last_end(bytes: &[u8]) -> u64 {
    let mark = b"%%EOF";
    let Some(at) = bytes.windows(mark.len()).rposition(|window| window == mark) else {
        return bytes.len() as u64;
    };
    let rest = bytes.get(at + mark.len()..).unwrap_or_default();
    let line = rest.iter().take(2).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    (at + mark.len() + line) as u64
}

/// The length of the value at the start of `text`, if it has the shape its key asks for: a date `(D:…)`, a
/// string, an array of two hexadecimal strings.
fn value_len(text: &[u8], role: Role) -> Option<u64> {
    let end = match role {
        Role::Timestamp => {
            let end = text.starts_with(b"(D:").then(|| text.iter().position(|byte| *byte == b')'))??;
            let date = text.get(3..end)?;
            let plain =
                date.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'Z' | b'\''));
            (plain && end < 30).then_some(end)?
        }
        Role::Toolchain => {
            let end = text.starts_with(b"(").then(|| text.iter().position(|byte| *byte == b')'))??;
            (!text.get(..end)?.contains(&b'\\')).then_some(end)?
        }
        _ => {
            let end = text.starts_with(b"[").then(|| text.iter().position(|byte| *byte == b']'))??;
            let plain = |byte: &u8| {
                byte.is_ascii_hexdigit() || byte.is_ascii_whitespace() || matches!(byte, b'<' | b'>')
            };
            text.get(1..end)?.iter().all(plain).then_some(end)?
        }
    };
    Some(end as u64 + 1)
}
