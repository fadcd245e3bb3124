//! 7z: the signature header, the packed streams and the header behind them. The streams are not decoded.
//!
//! Format: 7zFormat.txt of the LZMA SDK.

use super::field;
use super::partition::Builder;
use super::partition::holds;
use crate::model::Anatomy;
use crate::model::Content;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "7z";

/// The signature.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(&[b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c])
}

/// Regions: signature header fields, `packed streams` (an opaque member), `header`, `trailing bytes`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let size = builder.size();
    builder.claim(0, 6, Role::Header, "signature");
    builder.claim(6, 2, Role::Toolchain, "version");
    let offset = field::le64(bytes, 12).unwrap_or(0);
    let len = field::le64(bytes, 20).unwrap_or(0);
    let start = 32u64.saturating_add(offset);
    let end = start.saturating_add(len);
    let crc = |range| crc32fast::hash(field::clamped(bytes, range));
    let checked = |at, computed| {
        let given = field::le32(bytes, at);
        holds(given == Some(computed), || format!("CRC-32 is {given:08x?}, computed {computed:08x}"))
    };
    builder.claim_checked(8, 4, Role::Derived, "start header crc", checked(8, crc(12..32)));
    builder.claim(12, 16, Role::Header, "header offset and size");
    builder.claim_checked(28, 4, Role::Derived, "header crc", checked(28, crc(start..end)));
    let claim = builder.claim(32, offset, Role::Member, "packed streams");
    if offset > 0 {
        builder.member(b"packed streams", Some(claim), Content::Opaque, Vec::new());
        builder.problem("the packed streams of a 7z archive are not decoded");
    }
    builder.claim(start, len, Role::Header, "header");
    if end < size {
        builder.problem(format!("{} bytes follow the archive", size - end));
        builder.claim(end, size - end, Role::Trailing, "trailing bytes");
    }
    builder.finish()
}
