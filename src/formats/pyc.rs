//! Python bytecode files (PEP 3147, PEP 552): magic, flags, the source's time and size or its hash, code.

use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "pyc";

/// A magic number of CPython 3 (or 2.7's), which ends in CR LF, before a marshalled code object.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    header_len(bytes).is_some_and(|len| matches!(field::byte(bytes, len), Some(b'c' | 0xe3)))
}

/// Regions: `magic`, `flags`, `source mtime` or `source hash`, `source size`, `code`. Facts: `pyc-magic`,
/// `pyc-validation`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let magic = field::le16(bytes, 0).unwrap_or(0);
    let len = header_len(bytes).unwrap_or(16);
    builder.fact("pyc-magic", magic.to_string().as_bytes());
    builder.claim(0, 4, Role::Toolchain, "magic");
    let flags = if len == 16 { field::le32(bytes, 4).unwrap_or(0) } else { 0 };
    let times = match len {
        16 => 8,
        _ => 4,
    };
    if len == 16 {
        builder.claim(4, 4, Role::Header, "flags");
    }
    let kind = match flags & 3 {
        1 => "unchecked-hash",
        3 => "checked-hash",
        _ => "timestamp",
    };
    if kind == "timestamp" {
        builder.claim(times, 4, Role::Timestamp, "source mtime");
        builder.claim(times + 4, len.saturating_sub(times + 4), Role::Derived, "source size");
    } else {
        builder.claim(times, 8, Role::Derived, "source hash");
    }
    builder.fact("pyc-validation", kind.as_bytes());
    builder.claim(len, builder.size().saturating_sub(len), Role::Code, "code");
    builder.finish()
}

/// The header's length by the magic: 16 bytes since 3.7, 12 since 3.3, 8 before.
fn header_len(bytes: &[u8]) -> Option<u64> {
    if field::slice(bytes, 2, 2)? != b"\r\n" {
        return None;
    }
    match field::le16(bytes, 0)? {
        3390..=3999 => Some(16),
        3190..=3389 => Some(12),
        3000..=3189 | 62_211 => Some(8),
        _ => None,
    }
}
