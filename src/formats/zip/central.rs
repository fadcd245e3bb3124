//! The central directory: one entry per listed file.

use super::Fields;
use super::claim_fields;
use super::end::End;
use super::extra;
use crate::formats::field;
use crate::formats::partition::Builder;
use crate::model::Check;
use crate::model::Role;

/// An entry's signature.
pub const MAGIC: &[u8] = b"PK\x01\x02";

/// The entry's fixed part (APPNOTE 4.3.12).
const FIELDS: Fields = &[
    (0, 4, Role::Header, "signature"),
    (4, 2, Role::Toolchain, "made by"),
    (6, 2, Role::Toolchain, "version needed"),
    (8, 2, Role::Header, "flags"),
    (10, 2, Role::Header, "method"),
    (12, 4, Role::Timestamp, "time"),
    (16, 12, Role::Derived, "crc and sizes"),
    (28, 6, Role::Header, "lengths"),
    (34, 2, Role::Header, "disk"),
    (36, 2, Role::Toolchain, "internal attributes"),
    (38, 4, Role::Mode, "external attributes"),
    (42, 4, Role::Header, "local header offset"),
];

/// One entry, read.
pub struct Entry<'a> {
    at: u64,
    pub name: &'a [u8],
    pub made_by: u16,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub packed: u64,
    pub size: u64,
    pub offset: u64,
    attributes: u32,
    extra: u64,
    comment: u64,
}

/// The entries, in the directory's order. What stands between the last one and the end record, a digital
/// signature apart, is left as a gap.
pub fn read<'a>(builder: &mut Builder<'a>, end: &End) -> Vec<Entry<'a>> {
    let bytes = builder.bytes();
    let mut entries = Vec::new();
    let mut at = end.directory;
    while let Some(entry) = Entry::read(bytes, at) {
        at = entry.end();
        entries.push(entry);
    }
    tail(builder, end, at);
    entries
}

/// Claims the digital signature of a directory whose last entry ends at `at`.
pub fn tail(builder: &mut Builder<'_>, end: &End, mut at: u64) {
    let bytes = builder.bytes();
    if field::from(bytes, at).starts_with(b"PK\x05\x05") {
        let len = field::le16(bytes, at + 4).map_or(6, |len| u64::from(len) + 6);
        builder.claim(at, len, Role::Signature, "directory signature");
        at = at.saturating_add(len);
    }
    if at != end.directory_end() {
        builder.problem(format!(
            "the central directory ends at {at}, its end record stands at {}",
            end.directory_end()
        ));
    }
}

impl<'a> Entry<'a> {
    /// The entry at `at`, if one stands there.
    pub fn read(bytes: &'a [u8], at: u64) -> Option<Entry<'a>> {
        if field::slice(bytes, at, 4)? != MAGIC {
            return None;
        }
        let short = |offset| field::le16(bytes, at + offset);
        let name_len = u64::from(short(28)?);
        let extra = u64::from(short(30)?);
        let comment = u64::from(short(32)?);
        let name = field::slice(bytes, at + 46, name_len)?;
        let mut entry = Entry {
            at,
            name,
            made_by: short(4)?,
            flags: short(8)?,
            method: short(10)?,
            crc: field::le32(bytes, at + 16)?,
            packed: u64::from(field::le32(bytes, at + 20)?),
            size: u64::from(field::le32(bytes, at + 24)?),
            offset: u64::from(field::le32(bytes, at + 42)?),
            attributes: field::le32(bytes, at + 38)?,
            extra,
            comment,
        };
        let fields = field::slice(bytes, at + 46 + name_len, extra)?;
        let wide = [&mut entry.size, &mut entry.packed, &mut entry.offset];
        extra::widen(fields, wide);
        Some(entry)
    }

    /// The first byte after the entry.
    pub fn end(&self) -> u64 {
        self.at + 46 + self.name.len() as u64 + self.extra + self.comment
    }

    /// Claims the entry's bytes in the directory.
    pub fn claim(&self, builder: &mut Builder<'_>, label: &str, check: Check, detailed: bool) {
        let label = format!("{label}: central");
        if !detailed {
            builder.claim(self.at, self.end() - self.at, Role::Header, label);
            return;
        }
        claim_fields(builder, self.at, FIELDS, &label, &check);
        let name = self.at + 46;
        let extra = name + self.name.len() as u64;
        builder.claim(name, self.name.len() as u64, Role::Name, format!("{label}: name"));
        extra::claim(builder, extra, self.extra, &label);
        builder.claim(extra + self.extra, self.comment, Role::Extra, format!("{label}: comment"));
    }

    /// Type, mode and DOS attributes (APPNOTE 4.4.15: the upper half is the mode where the host is Unix).
    pub fn attributes(&self) -> Vec<(&'static str, String)> {
        let mode = self.attributes >> 16;
        let kind = match mode & 0o170_000 {
            0o120_000 => "symlink",
            0o040_000 => "directory",
            0o020_000 => "character-device",
            0o060_000 => "block-device",
            0o010_000 => "fifo",
            _ if self.name.ends_with(b"/") => "directory",
            _ => "file",
        };
        let mut attributes = vec![("type", kind.to_owned())];
        if mode != 0 {
            attributes.push(("mode", format!("{:04o}", mode & 0o7777)));
        }
        attributes.push(("host", (self.made_by >> 8).to_string()));
        attributes
    }
}
