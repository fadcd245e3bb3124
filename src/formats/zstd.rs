//! zstd (RFC 8878): frames, skippable frames, and what follows.
//!
//! Frames are walked by their block headers, without decoding. A skippable frame has no content and readers
//! pass over it: it is an extra region, where a payload would hide.

use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Coding;
use crate::model::Content;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "zstd";

/// A frame, or a skippable frame before one.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(MAGIC)
        || skippable(bytes, 0).is_some_and(|len| field::from(bytes, len).starts_with(MAGIC))
}

/// Regions `zstd frame` (`#2`, …), `skippable frame`, `trailing bytes`; facts `zstd-window`, `zstd-checksum`.
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
                1 => ("zstd frame".to_owned(), String::new()),
                _ => (format!("zstd frame #{count}"), format!("#{count}")),
            };
            let Some(end) = frame(&mut builder, at) else {
                builder.problem(format!(
                    "{label} at {at} ends early or is damaged; its content was not examined"
                ));
                let claim = builder.claim(at, size - at, Role::Member, label);
                builder.member(name.as_bytes(), Some(claim), Content::Opaque, Vec::new());
                return builder.finish();
            };
            let claim = builder.claim(at, end - at, Role::Member, label);
            builder.member(name.as_bytes(), Some(claim), Content::Coded(Coding::Zstd), Vec::new());
            at = end;
        } else {
            builder.problem(format!("{} bytes follow the last frame", size - at));
            builder.claim(at, size - at, Role::Trailing, "trailing bytes");
            break;
        }
    }
    builder.finish()
}

const MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// The length of the skippable frame at `at`, header included, if there is one (RFC 8878, 3.1.2).
fn skippable(bytes: &[u8], at: u64) -> Option<u64> {
    let magic = field::le32(bytes, at)?;
    (magic & 0xffff_fff0 == 0x184d_2a50).then_some(())?;
    Some(u64::from(field::le32(bytes, at + 4)?) + 8)
}

/// The end of the frame at `at`, from its header and block headers (RFC 8878, 3.1.1).
fn frame(builder: &mut Builder<'_>, at: u64) -> Option<u64> {
    let bytes = builder.bytes();
    let descriptor = field::byte(bytes, at + 4)?;
    let single = descriptor & 0x20 != 0;
    let checksum = descriptor & 4 != 0;
    let window = u64::from(!single);
    if !single {
        builder.fact("zstd-window", format!("{:#04x}", field::byte(bytes, at + 5)?).as_bytes());
    }
    builder.fact("zstd-checksum", checksum.to_string().as_bytes());
    let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 3)).copied()?;
    let content = match descriptor >> 6 {
        0 => u64::from(single),
        1 => 2,
        2 => 4,
        _ => 8,
    };
    let mut next = at + 5 + window + dictionary + content;
    loop {
        let header = field::array::<3>(bytes, next)?;
        let header = u32::from_le_bytes([header[0], header[1], header[2], 0]);
        let size = match header >> 1 & 3 {
            0 | 2 => u64::from(header >> 3),
            1 => 1,
            _ => return None,
        };
        next = next + 3 + size;
        if header & 1 == 1 {
            break;
        }
    }
    let end = next + if checksum { 4 } else { 0 };
    (end <= bytes.len() as u64).then_some(end)
}
