//! Extra fields: records of an id, a length and data (APPNOTE 4.5), each a region of its own.

use crate::formats::field;
use crate::formats::partition::Builder;
use crate::model::Role;

/// Claims the extra fields in `len` bytes at `at`. What is no record is an extra region too.
pub fn claim(builder: &mut Builder<'_>, at: u64, len: u64, label: &str) {
    let bytes = builder.bytes();
    let end = at.saturating_add(len);
    let mut next = at;
    let mut count = 0;
    while next + 4 <= end && count < RECORDS {
        count += 1;
        let (Some(id), Some(size)) = (field::le16(bytes, next), field::le16(bytes, next + 2)) else { break };
        let record = u64::from(size) + 4;
        if next + record > end {
            break;
        }
        let data = field::clamped(bytes, next + 4..next + record);
        builder.claim(next, record, role(id, data), format!("{label}: extra {id:04x}"));
        next += record;
    }
    builder.claim(next, end.saturating_sub(next), Role::Extra, format!("{label}: extra without structure"));
}

/// Records told apart per extra field: a field of 64 KiB has room for 16,000, per entry, twice.
const RECORDS: u32 = 16;

/// Replaces values that are all ones by those of the ZIP64 field (id 1), which lists only such values, in the
/// order size, packed size, offset.
pub fn widen(fields: &[u8], values: [&mut u64; 3]) {
    let mut next = 0;
    while let (Some(id), Some(size)) = (field::le16(fields, next), field::le16(fields, next + 2)) {
        if id == 1 {
            let mut at = next + 4;
            let end = at + u64::from(size);
            for value in values {
                if *value == u64::from(u32::MAX) && at + 8 <= end {
                    *value = field::le64(fields, at).unwrap_or(*value);
                    at += 8;
                }
            }
            return;
        }
        next += u64::from(size) + 4;
    }
}

/// What a record is for. A time or an owner only where its data has exactly that record's shape; anything else
/// can hold anything.
fn role(id: u16, data: &[u8]) -> Role {
    match (id, data.len(), data.first()) {
        (0x0001, 8 | 16 | 24 | 28, _) => Role::Header,
        (0x5455, 5 | 9 | 13, Some(0..=7)) => Role::Timestamp,
        (0x000a, 32, _) if data.get(4..8) == Some(&[1, 0, 24, 0]) => Role::Timestamp,
        (0x5855, 8, _) => Role::Timestamp,
        (0x7875, 11, Some(1)) if data.get(1) == Some(&4) && data.get(6) == Some(&4) => Role::Owner,
        (0x7855, 0 | 4, _) => Role::Owner,
        _ => Role::Extra,
    }
}
