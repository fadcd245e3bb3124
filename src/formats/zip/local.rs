//! Local headers, the data behind them and their data descriptors.

use super::Fields;
use super::central::Entry;
use super::claim_fields;
use super::content_of;
use super::extra;
use crate::formats::decode;
use crate::formats::descend;
use crate::formats::field;
use crate::formats::partition::Builder;
use crate::model::Check;
use crate::model::Coding;
use crate::model::Content;
use crate::model::Limits;
use crate::model::Role;

/// A local header's signature.
pub const MAGIC: &[u8] = b"PK\x03\x04";

/// Flag bits writers are known to set in one header only: the compression hint, the data descriptor, the
/// encoding of names.
pub const FLAGS_MAY_DIFFER: u16 = 0x080e;

/// The header's fixed part (APPNOTE 4.3.7).
const FIELDS: Fields = &[
    (0, 4, Role::Header, "signature"),
    (4, 2, Role::Toolchain, "version needed"),
    (6, 2, Role::Header, "flags"),
    (8, 2, Role::Header, "method"),
    (10, 4, Role::Timestamp, "time"),
    (14, 12, Role::Derived, "crc and sizes"),
    (26, 4, Role::Header, "lengths"),
];

/// One local entry, read.
pub struct Local<'a> {
    /// Where the header is.
    pub at: u64,
    pub name: &'a [u8],
    pub method: u16,
    pub flags: u16,
    /// CRC, packed size and size as the header has them.
    pub sizes_in_header: (u32, u64, u64),
    /// Whether the sizes stand behind the data.
    pub descriptor: bool,
    /// Where the data is, and its length.
    pub data: u64,
    pub packed: u64,
    extra: u64,
    /// Length of the data descriptor.
    tail: u64,
}

impl<'a> Local<'a> {
    /// The local entry at `at`. The sizes are the directory's where there is one; else the header's own, and
    /// where it has none, deflated data before `limit` is decoded to find its end.
    pub fn read(bytes: &'a [u8], at: u64, entry: Option<&Entry<'_>>, limit: u64) -> Option<Local<'a>> {
        if field::slice(bytes, at, 4)? != MAGIC {
            return None;
        }
        let short = |offset| field::le16(bytes, at + offset);
        let name_len = u64::from(short(26)?);
        let extra = u64::from(short(28)?);
        let flags = short(6)?;
        let method = short(8)?;
        let crc = field::le32(bytes, at + 14)?;
        let mut packed = u64::from(field::le32(bytes, at + 18)?);
        let mut size = u64::from(field::le32(bytes, at + 22)?);
        extra::widen(field::slice(bytes, at + 30 + name_len, extra)?, [&mut size, &mut packed, &mut 0]);
        let descriptor = flags & 8 != 0;
        let data = at + 30 + name_len + extra;
        let sizes_in_header = (crc, packed, size);
        match entry {
            Some(entry) => packed = entry.packed,
            None if descriptor && packed == 0 => {
                if content_of(method, flags) != Content::Coded(Coding::Deflate) {
                    return None;
                }
                let rest = field::clamped(bytes, data..limit.max(data));
                let max = descend::allowance(&Limits::default(), rest.len() as u64);
                packed = decode::stream(Coding::Deflate, rest, max, &mut |_| {}).ok()?;
            }
            None => {}
        }
        if data.checked_add(packed)? > bytes.len() as u64 {
            return None;
        }
        let tail = if descriptor { descriptor_len(bytes, data + packed, packed) } else { 0 };
        let name = field::slice(bytes, at + 30, name_len)?;
        Some(Local { at, name, method, flags, sizes_in_header, descriptor, data, packed, extra, tail })
    }

    /// The first byte after the entry.
    pub fn end(&self) -> u64 {
        self.data + self.packed + self.tail
    }

    /// How the data is read.
    pub fn content(&self) -> Content {
        match self.packed {
            0 if self.method == 0 => Content::Empty,
            _ => content_of(self.method, self.flags),
        }
    }

    /// Claims header, data and descriptor; gives the data's claim. `check` is of what the directory says of the entry:
    /// what stands here holds only if it says the same, as streaming readers go by it.
    pub fn claim(
        &self,
        builder: &mut Builder<'_>,
        label: &str,
        (check, entry): (&Check, Option<&Entry<'_>>),
        detailed: bool,
    ) -> usize {
        let local = format!("{label}: local");
        if detailed {
            // With a data descriptor the header's own values are zero, or copies.
            let zero = field::is_zero(field::clamped(builder.bytes(), self.at + 14..self.at + 26));
            let own = match self.descriptor && (zero || self.sizes_in_header == (0, 0, 0)) {
                true => Check::Holds,
                false => also(check, || {
                    entry.is_none_or(|entry| self.sizes_in_header == (entry.crc, entry.packed, entry.size))
                }),
            };
            claim_fields(builder, self.at, FIELDS, &local, &own);
            let name = self.at + 30;
            builder.claim(name, self.name.len() as u64, Role::Name, format!("{local}: name"));
            extra::claim(builder, name + self.name.len() as u64, self.extra, &local);
        } else {
            builder.claim(self.at, self.data - self.at, Role::Header, local);
        }
        let claim = builder.claim(self.data, self.packed, Role::Member, label);
        let at = self.data + self.packed;
        let repeats = entry.is_none_or(|entry| self.descriptor_repeats(builder.bytes(), entry));
        builder.claim_checked(
            at,
            self.tail,
            Role::Derived,
            format!("{label}: data descriptor"),
            also(check, || repeats),
        );
        claim
    }

    /// Whether the data descriptor says what the directory says.
    fn descriptor_repeats(&self, bytes: &[u8], entry: &Entry<'_>) -> bool {
        let end = self.data + self.packed + self.tail;
        let crc = if self.tail >= 20 { 20 } else { 12 };
        let (at, size) = (end.saturating_sub(crc), if crc == 20 { 8 } else { 4 });
        let number = |at: u64| match size {
            8 => field::le64(bytes, at),
            _ => field::le32(bytes, at).map(u64::from),
        };
        field::le32(bytes, at) == Some(entry.crc)
            && number(at + 4) == Some(entry.packed)
            && number(at + 4 + size) == Some(entry.size)
    }
}

/// A check that holds only where this does too.
fn also(check: &Check, repeats: impl FnOnce() -> bool) -> Check {
    match check {
        Check::Fails(_) => check.clone(),
        _ if !repeats() => Check::Fails("it says other than the directory".to_owned()),
        _ => check.clone(),
    }
}

/// The length of the data descriptor at `at`: with or without signature, with 32- or 64-bit sizes, whichever
/// repeats the packed size; 0 if none does.
fn descriptor_len(bytes: &[u8], at: u64, packed: u64) -> u64 {
    let signature = if field::slice(bytes, at, 4) == Some(b"PK\x07\x08") { 4 } else { 0 };
    let sizes = at + signature + 4;
    if field::le64(bytes, sizes) == Some(packed) {
        // A size below 4 GiB reads the same in both widths if the next field is zero: what follows decides.
        let wide = at + signature + 20;
        let follows = field::slice(bytes, wide, 2) == Some(b"PK");
        if packed > u64::from(u32::MAX) || follows {
            return signature + 20;
        }
    }
    if field::le32(bytes, sizes).map(u64::from) == Some(packed) {
        return signature + 12;
    }
    0
}
