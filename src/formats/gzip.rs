//! gzip (RFC 1952): every field of every member, and what follows the last one.
//!
//! Concatenated members are members of the anatomy, one each: a reader sees their contents joined, and a
//! second member is where a payload hides.

use super::decode;
use super::descend;
use super::field;
use super::partition::Builder;
use super::partition::holds;
use crate::model::Anatomy;
use crate::model::Coding;
use crate::model::Content;
use crate::model::Limits;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "gzip";

/// Magic and the only defined method.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Regions per member: `magic`, `flags`, `mtime`, `xfl`, `os`, `extra`, `name`, `comment`, `header crc`, the
/// deflate body, `crc32`, `isize`; facts `original-name`, `mtime`, `os`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let mut at = 0;
    let mut count = 0u64;
    while field::from(bytes, at).starts_with(&MAGIC) {
        count += 1;
        match member(&mut builder, at, count) {
            Some(end) => at = end,
            None => return builder.finish(),
        }
    }
    if count > 1 {
        builder
            .problem(format!("{count} gzip members follow each other; readers show their contents joined"));
    }
    let size = builder.size();
    let rest = field::from(bytes, at);
    if !rest.is_empty() && field::is_zero(rest) {
        builder.padding(at, size - at, "zero fill after the last member");
    } else {
        builder.claim(at, size.saturating_sub(at), Role::Trailing, "trailing bytes");
    }
    builder.finish()
}

const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
const FHCRC: u8 = 2;
const FEXTRA: u8 = 4;
const FNAME: u8 = 8;
const FCOMMENT: u8 = 16;

/// Claims the member at `start`; where it ends, or `None` if that cannot be known.
fn member(builder: &mut Builder<'_>, start: u64, count: u64) -> Option<u64> {
    let bytes = builder.bytes();
    let prefix = if count == 1 { String::new() } else { format!("member #{count}: ") };
    let name = |what: &str| format!("{prefix}{what}");
    builder.claim(start, 3, Role::Header, name("magic"));
    builder.claim(start + 3, 1, Role::Header, name("flags"));
    builder.claim(start + 4, 4, Role::Timestamp, name("mtime"));
    builder.claim(start + 8, 1, Role::Toolchain, name("xfl"));
    builder.claim(start + 9, 1, Role::Toolchain, name("os"));
    let flags = field::byte(bytes, start + 3)?;
    if let Some(mtime) = field::le32(bytes, start + 4) {
        builder.fact("mtime", mtime.to_string().as_bytes());
    }
    if let Some(os) = field::byte(bytes, start + 9) {
        builder.fact("os", os.to_string().as_bytes());
    }
    if flags & 0xe0 != 0 {
        builder.problem(format!("{}reserved flag bits are set: {flags:#04x}", prefix));
    }
    let mut at = start + 10;
    if flags & FEXTRA != 0 {
        let len = u64::from(field::le16(bytes, at)?) + 2;
        builder.claim(at, len, Role::Extra, name("extra"));
        at += len;
    }
    for (flag, role, what) in [(FNAME, Role::Name, "name"), (FCOMMENT, Role::Extra, "comment")] {
        if flags & flag != 0 {
            let text = field::until_nul(field::from(bytes, at));
            let len = text.len() as u64 + 1;
            builder.claim(at, len, role, name(what));
            if flag == FNAME {
                builder.fact("original-name", text);
            }
            at += len;
        }
    }
    if flags & FHCRC != 0 {
        let given = field::le16(bytes, at)?;
        let computed = crc32fast::hash(field::clamped(bytes, start..at)) as u16;
        let check =
            holds(given == computed, || format!("header CRC is {given:04x}, computed {computed:04x}"));
        builder.claim_checked(at, 2, Role::Derived, name("header crc"), check);
        at += 2;
    }
    body(builder, at, count, &name)
}

/// Claims body and trailer of a member; where it ends.
fn body(builder: &mut Builder<'_>, at: u64, count: u64, name: &dyn Fn(&str) -> String) -> Option<u64> {
    let label = name("deflate data");
    let ordinal = if count == 1 { String::new() } else { format!("#{count}") };
    let encoded = field::from(builder.bytes(), at);
    let max = descend::allowance(&Limits::default(), encoded.len() as u64);
    let mut hasher = crc32fast::Hasher::new();
    let mut size = 0u64;
    let mut kept = decode::Kept::default();
    let result = decode::stream(Coding::Deflate, encoded, max, &mut |chunk| {
        hasher.update(chunk);
        size += chunk.len() as u64;
        kept.push(chunk);
    });
    let consumed = match result {
        Ok(consumed) => consumed,
        Err(error) => {
            let claim = builder.claim(at, encoded.len() as u64, Role::Member, label.clone());
            builder.problem(format!("{label} at {at}: {error}; its content was not examined"));
            builder.member(ordinal.as_bytes(), Some(claim), Content::Opaque, Vec::new());
            return None;
        }
    };
    let claim = builder.claim(at, consumed, Role::Member, label);
    builder.decoded_member(ordinal.as_bytes(), claim, Content::Coded(Coding::Deflate), kept.content());
    let trailer = at + consumed;
    let computed = hasher.finalize();
    let given = field::le32(builder.bytes(), trailer);
    let check = holds(given == Some(computed), || {
        format!(
            "CRC-32 is {}, computed {computed:08x}",
            given.map_or("cut off".to_owned(), |g| format!("{g:08x}"))
        )
    });
    builder.claim_checked(trailer, 4, Role::Derived, name("crc32"), check);
    let given = field::le32(builder.bytes(), trailer + 4);
    let check = holds(given == Some(size as u32), || format!("size is {given:?}, the content has {size}"));
    builder.claim_checked(trailer + 4, 4, Role::Derived, name("isize"), check);
    Some(trailer + 8)
}
