//! bzip2: its streams and what follows.
//!
//! The format has no lengths and its end is not byte-aligned, so finding it means decoding; what that yields
//! is kept for whoever asks for the content. Decoding verifies every block's checksum.

use super::decode;
use super::descend;
use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Coding;
use crate::model::Content;
use crate::model::Limits;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "bzip2";

/// The magic, a level, and the magic of a block or of the end.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    starts_stream(bytes)
}

/// Regions `bzip2 stream` (`#2`, …) and `trailing bytes`; fact `bzip2-level`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let size = builder.size();
    let mut at = 0;
    let mut count = 0u64;
    while starts_stream(field::from(bytes, at)) {
        count += 1;
        let (label, name) = match count {
            1 => ("bzip2 stream".to_owned(), String::new()),
            _ => (format!("bzip2 stream #{count}"), format!("#{count}")),
        };
        if let Some(level) = field::byte(bytes, at + 3) {
            builder.fact("bzip2-level", &[level]);
        }
        let rest = field::from(bytes, at);
        let max = descend::allowance(&Limits::default(), rest.len() as u64);
        if count > decode::most_streams(size) {
            builder
                .problem(format!("{label} at {at}: too many for the file's size; the rest was not examined"));
            let claim = builder.claim(at, size - at, Role::Member, label);
            builder.member(name.as_bytes(), Some(claim), Content::Opaque, Vec::new());
            return builder.finish();
        }
        let mut kept = decode::Kept::default();
        match decode::stream_one(Coding::Bzip2, rest, max, &mut |chunk| kept.push(chunk)) {
            Ok(consumed) => {
                let claim = builder.claim(at, consumed, Role::Member, label);
                let content = Content::Coded(Coding::Bzip2);
                builder.decoded_member(name.as_bytes(), claim, content, kept.content());
                at += consumed;
            }
            Err(error) => {
                builder.problem(format!("{label} at {at}: {error}; its content was not examined"));
                let claim = builder.claim(at, size - at, Role::Member, label);
                builder.member(name.as_bytes(), Some(claim), Content::Opaque, Vec::new());
                return builder.finish();
            }
        }
    }
    if at < size {
        builder.problem(format!("{} bytes follow the last stream; readers ignore them", size - at));
        builder.claim(at, size - at, Role::Trailing, "trailing bytes");
    }
    builder.finish()
}

/// `BZh`, a level, then the 48-bit magic of a block or of a stream without one.
fn starts_stream(bytes: &[u8]) -> bool {
    bytes.starts_with(b"BZh")
        && matches!(bytes.get(3), Some(b'1'..=b'9'))
        && matches!(
            bytes.get(4..10),
            Some([0x31, 0x41, 0x59, 0x26, 0x53, 0x59] | [0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
        )
}
