//! cpio: the portable ASCII variants (`070701`, `070702`, `070707`), every header field of every entry.
//!
//! An initramfs is several archives in a row, with zero bytes between: what follows a trailer is read on as
//! long as it is another archive. Format: cpio(5).

use super::field;
use super::partition::Builder;
use super::partition::DETAILED_ENTRIES;
use super::partition::holds;
use crate::model::Anatomy;
use crate::model::Check;
use crate::model::Content;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "cpio";

/// One of the three magics.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    Variant::of(bytes, 0).is_some()
}

/// Regions per entry: header fields, name, content, padding; then `end of archive`, its zero fill and what
/// follows.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let mut reader = Reader::new(bytes);
    while reader.step(&mut builder, DETAILED_ENTRIES) {}
    builder.finish()
}

/// Reading entry after entry.
#[derive(Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    /// Where the next entry starts.
    pub at: u64,
    count: u64,
}

impl<'a> Reader<'a> {
    /// Before the archive's first byte.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0, count: 0 }
    }

    /// Claims the next entry, field by field if it is among the first `detailed`, or what follows the last; whether
    /// more follows.
    pub fn step(&mut self, builder: &mut Builder<'a>, detailed: u64) -> bool {
        let size = self.bytes.len() as u64;
        let variant = Variant::of(self.bytes, self.at);
        let next = variant.and_then(|variant| entry(builder, variant, self.at, self.count < detailed));
        let Some(next) = next else {
            if self.at < size {
                builder.problem(format!("{} bytes at {} are no entry", size - self.at, self.at));
                builder.claim(self.at, size - self.at, Role::Trailing, "trailing bytes");
            }
            self.at = size;
            return false;
        };
        self.count += 1;
        self.at = next.after;
        if next.trailer {
            let zeros = field::from(self.bytes, self.at).iter().take_while(|byte| **byte == 0).count() as u64;
            builder.padding(self.at, zeros, "zero fill");
            self.at += zeros;
            if self.at < size && Variant::of(self.bytes, self.at).is_some() {
                builder.problem(format!("another archive follows at {}", self.at));
            }
        }
        self.at < size
    }
}

/// Which header stands there.
#[derive(Clone, Copy)]
enum Variant {
    /// `newc` and its variant with a checksum: hexadecimal, padded to four bytes.
    New { checksum: bool },
    /// POSIX.1 portable: octal, not padded.
    Odc,
}

/// Fields: offset, length, role, name.
type Fields = &'static [(u64, u64, Role, &'static str)];

const NEW: Fields = &[
    (0, 6, Role::Header, "magic"),
    (6, 8, Role::Header, "inode"),
    (14, 8, Role::Mode, "mode"),
    (22, 16, Role::Owner, "uid and gid"),
    (38, 8, Role::Header, "links"),
    (46, 8, Role::Timestamp, "mtime"),
    (54, 8, Role::Header, "size"),
    (62, 32, Role::Mode, "devices"),
    (94, 8, Role::Header, "name size"),
    (102, 8, Role::Derived, "checksum"),
];

const ODC: Fields = &[
    (0, 6, Role::Header, "magic"),
    (6, 12, Role::Header, "device and inode"),
    (18, 6, Role::Mode, "mode"),
    (24, 12, Role::Owner, "uid and gid"),
    (36, 6, Role::Header, "links"),
    (42, 6, Role::Mode, "special device"),
    (48, 11, Role::Timestamp, "mtime"),
    (59, 6, Role::Header, "name size"),
    (65, 11, Role::Header, "size"),
];

impl Variant {
    fn of(bytes: &[u8], at: u64) -> Option<Variant> {
        match field::slice(bytes, at, 6)? {
            b"070701" => Some(Variant::New { checksum: false }),
            b"070702" => Some(Variant::New { checksum: true }),
            b"070707" => Some(Variant::Odc),
            _ => None,
        }
    }

    fn number(self, bytes: &[u8], at: u64, len: u64) -> Option<u64> {
        let text = std::str::from_utf8(field::slice(bytes, at, len)?).ok()?;
        u64::from_str_radix(text, if matches!(self, Variant::Odc) { 8 } else { 16 }).ok()
    }
}

/// Where an entry ends, and whether it is the trailer.
struct Next {
    after: u64,
    trailer: bool,
}

/// Claims the entry at `at`.
fn entry(builder: &mut Builder<'_>, variant: Variant, at: u64, detailed: bool) -> Option<Next> {
    let bytes = builder.bytes();
    let number = |offset, len| variant.number(bytes, at + offset, len);
    let (fields, header, align) = match variant {
        Variant::New { .. } => (NEW, 110, 4),
        Variant::Odc => (ODC, 76, 1),
    };
    let (mode, name_size, size, checksum) = match variant {
        Variant::New { .. } => (number(14, 8)?, number(94, 8)?, number(54, 8)?, number(102, 8)?),
        Variant::Odc => (number(18, 6)?, number(59, 6)?, number(65, 11)?, 0),
    };
    let name_at = at + header;
    let name = field::until_nul(field::slice(bytes, name_at, name_size)?);
    let data = (name_at + name_size).next_multiple_of(align);
    let after = data.checked_add(size)?;
    if after > builder.size() {
        return None;
    }
    let trailer = name == b"TRAILER!!!";
    let label = if trailer { "end of archive".to_owned() } else { builder.label(name) };
    let content = field::clamped(bytes, data..after);
    // Only regular files have a checksum.
    let regular = mode & 0o170_000 == 0o100_000;
    let check = match variant {
        Variant::New { checksum: true } if regular && builder.keeps() => {
            let sum = content.iter().fold(0u32, |sum, byte| sum.wrapping_add(u32::from(*byte)));
            holds(u64::from(sum) == checksum, || format!("checksum is {checksum:08x}, computed {sum:08x}"))
        }
        _ => holds(checksum == 0, || format!("the unused checksum field holds {checksum:08x}")),
    };
    let alone = field::slice(bytes, at + 38, 8) == Some(b"00000001");
    if detailed {
        for (offset, len, role, name) in fields {
            let check = if *role == Role::Derived { check.clone() } else { Check::None };
            // Readers look at an inode to find further names of one file; where there is none it says nothing.
            let (role, name) = match (*name, alone) {
                ("inode", true) => (Role::Toolchain, "inode of its only name"),
                (name, _) => (*role, name),
            };
            builder.claim_checked(at + offset, *len, role, format!("{label}: {name}"), check);
        }
        builder.claim(name_at, name_size, Role::Name, format!("{label}: name"));
    } else {
        builder.claim(at, header + name_size, Role::Header, format!("{label}: header"));
    }
    builder.padding(name_at + name_size, data - name_at - name_size, format!("{label}: name padding"));
    let claim = builder.claim(data, size, Role::Member, label.clone());
    let end = after.next_multiple_of(align);
    builder.padding(after, end - after, format!("{label}: padding"));
    if !trailer {
        let content = if size == 0 { Content::Empty } else { Content::Stored };
        let attributes = attributes(mode, content_of(mode, field::clamped(bytes, data..after)));
        builder.member(name, (size > 0).then_some(claim), content, attributes);
    }
    Some(Next { after: end.min(builder.size()), trailer })
}

/// A symlink's content is where it points.
fn content_of(mode: u64, content: &[u8]) -> Option<&[u8]> {
    (mode & 0o170_000 == 0o120_000).then(|| content.get(..content.len().min(4096)).unwrap_or_default())
}

fn attributes(mode: u64, link: Option<&[u8]>) -> Vec<(&'static str, String)> {
    let kind = match mode & 0o170_000 {
        0o120_000 => "symlink",
        0o040_000 => "directory",
        0o020_000 => "character-device",
        0o060_000 => "block-device",
        0o010_000 => "fifo",
        0o140_000 => "socket",
        _ => "file",
    };
    let mut attributes = vec![("type", kind.to_owned()), ("mode", format!("{:04o}", mode & 0o7777))];
    if let Some(link) = link {
        attributes.push(("link", crate::model::path::escape(link)));
    }
    attributes
}
