//! Note sections: a name, a type and a description each.

use std::ops::Range;

use super::layout::Layout;
use crate::formats::field;
use crate::formats::partition::Builder;
use crate::model::Role;
use crate::model::path::escape;

/// Claims the notes in `range`. The build-id's description is a derived region without a check: it is a digest
/// of the link's output before stripping, which the file no longer holds, or any bytes the linker was given.
pub fn claim(builder: &mut Builder<'_>, layout: &Layout<'_>, range: Range<u64>, align: u64, section: &str) {
    let bytes = layout.bytes;
    let align = if align == 8 { 8 } else { 4 };
    let end = range.end.min(bytes.len() as u64);
    let mut at = range.start;
    // A lying header puts the notes anywhere, up to the last number there is.
    if at >= end {
        return;
    }
    let mut count = 0;
    while at + 12 <= end && count < NOTES {
        count += 1;
        let (Some(name_len), Some(len), Some(kind)) =
            (layout.u32(at), layout.u32(at + 4), layout.u32(at + 8))
        else {
            break;
        };
        let name_at = at + 12;
        let description = (name_at + u64::from(name_len)).next_multiple_of(align.min(4));
        let description = if align == 8 { description.next_multiple_of(8) } else { description };
        let after = description + u64::from(len);
        if after > end {
            break;
        }
        let name = field::until_nul(field::clamped(bytes, name_at..name_at + u64::from(name_len.min(64))));
        let label = format!("{section}: {} {}", escape(name), kind_name(name, kind));
        let build_id = name == b"GNU" && kind == 3;
        builder.claim(at, description - at, Role::Header, format!("{label}: header"));
        let role = if build_id { Role::Derived } else { Role::Header };
        builder.claim(description, u64::from(len), role, label.clone());
        if build_id {
            let id = field::clamped(bytes, description..description + u64::from(len).min(64));
            let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
            builder.fact("build-id", hex.as_bytes());
        }
        let next = after.next_multiple_of(align).min(end);
        builder.padding(after, next - after, format!("{label}: padding"));
        at = next;
    }
    builder.claim(at, end.saturating_sub(at), Role::Header, format!("{section}: rest"));
}

/// Notes told apart per section: a program has one or two, a core file some per thread.
const NOTES: u32 = 256;

fn kind_name(name: &[u8], kind: u32) -> String {
    match (name, kind) {
        (b"GNU", 1) => "abi-tag".to_owned(),
        (b"GNU", 3) => "build-id".to_owned(),
        (b"GNU", 4) => "gold-version".to_owned(),
        (b"GNU", 5) => "property".to_owned(),
        (b"Go", 4) => "go-build-id".to_owned(),
        (b"FDO", 0xcafe_1a7e) => "package".to_owned(),
        (_, kind) => format!("{kind:#x}"),
    }
}
