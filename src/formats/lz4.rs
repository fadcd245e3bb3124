//! lz4 frames, skippable frames, and what follows. Format: lz4_Frame_format.md 1.6.4.

use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Coding;
use crate::model::Content;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "lz4";

/// The frame magic.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(MAGIC)
}

/// Regions `lz4 frame` (`#2`, …), `skippable frame`, `trailing bytes`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let size = builder.size();
    let mut at = 0;
    let mut count = 0u64;
    while at < size {
        if let Some(len) = skippable(bytes, at) {
            builder.claim(at, 8, Role::Header, "skippable frame: header");
            builder.claim(at + 8, len - 8, Role::Extra, "skippable frame");
            at = at.saturating_add(len);
        } else if field::from(bytes, at).starts_with(MAGIC) {
            count += 1;
            let (label, name) = match count {
                1 => ("lz4 frame".to_owned(), String::new()),
                _ => (format!("lz4 frame #{count}"), format!("#{count}")),
            };
            let (end, content) = match frame(bytes, at) {
                Some(end) => (end, Content::Coded(Coding::Lz4)),
                None => {
                    builder.problem(format!("{label} at {at} ends early; its content was not examined"));
                    (size, Content::Opaque)
                }
            };
            let claim = builder.claim(at, end - at, Role::Member, label);
            builder.member(name.as_bytes(), Some(claim), content, Vec::new());
            at = end;
        } else {
            builder.problem(format!("{} bytes follow the last frame", size - at));
            builder.claim(at, size - at, Role::Trailing, "trailing bytes");
            break;
        }
    }
    builder.finish()
}

const MAGIC: &[u8] = &[0x04, 0x22, 0x4d, 0x18];

/// The length of the skippable frame at `at`, header included.
fn skippable(bytes: &[u8], at: u64) -> Option<u64> {
    let magic = field::le32(bytes, at)?;
    (magic & 0xffff_fff0 == 0x184d_2a50).then_some(())?;
    Some(u64::from(field::le32(bytes, at + 4)?) + 8)
}

/// The end of the frame at `at`, from its descriptor and block sizes.
pub(super) fn frame(bytes: &[u8], at: u64) -> Option<u64> {
    let flags = field::byte(bytes, at + 4)?;
    let content_size = if flags & 8 != 0 { 8 } else { 0 };
    let dictionary = if flags & 1 != 0 { 4 } else { 0 };
    let block_checksum = if flags & 0x10 != 0 { 4 } else { 0 };
    let mut next = at + 7 + content_size + dictionary;
    loop {
        let block = field::le32(bytes, next)?;
        next += 4;
        if block == 0 {
            break;
        }
        next += u64::from(block & 0x7fff_ffff) + block_checksum;
    }
    let end = next + if flags & 4 != 0 { 4 } else { 0 };
    (end <= bytes.len() as u64).then_some(end)
}
