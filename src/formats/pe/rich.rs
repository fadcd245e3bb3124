//! The Rich header: which Microsoft tools at which builds made how many of the objects linked in.
//!
//! It stands between the DOS stub and the PE signature, XORed with a key that is a checksum of the DOS header
//! and of its own entries.

use crate::formats::field;
use crate::formats::partition::Builder;
use crate::formats::partition::holds;
use crate::model::Check;
use crate::model::Role;

/// Claims DOS stub and Rich header, up to the PE signature at `pe`.
pub fn claim(builder: &mut Builder<'_>, pe: u64) {
    let bytes = builder.bytes();
    let Some((start, end, key)) = find(bytes, pe) else {
        builder.claim(64, pe.saturating_sub(64), Role::Code, "dos stub");
        return;
    };
    builder.claim(64, start - 64, Role::Code, "dos stub");
    let entries: Vec<(u32, u32)> = (start + 16..end)
        .step_by(8)
        .filter_map(|at| Some((field::le32(bytes, at)? ^ key, field::le32(bytes, at + 4)? ^ key)))
        .collect();
    let computed = checksum(bytes, start, &entries);
    let check = holds(computed == key, || format!("the key is {key:08x}, computed {computed:08x}"));
    builder.claim_checked(start, end - start, Role::Toolchain, "rich header", Check::None);
    builder.claim_checked(end, 8, Role::Derived, "rich header: key", check);
    for (tool, count) in &entries {
        builder.fact(
            "rich",
            format!("product {} build {} objects {count}", tool >> 16, tool & 0xffff).as_bytes(),
        );
    }
    let rest = end + 8;
    let len = pe.saturating_sub(rest);
    builder.padding(rest, len, "rich header: padding");
}

/// Start and end of the entries, and the key.
fn find(bytes: &[u8], pe: u64) -> Option<(u64, u64, u32)> {
    let end = (64..pe.min(4096)).step_by(4).find(|at| field::slice(bytes, *at, 4) == Some(b"Rich"))?;
    let key = field::le32(bytes, end + 4)?;
    let magic = u32::from_le_bytes(*b"DanS");
    let start =
        (64..end).step_by(4).find(|at| field::le32(bytes, *at).is_some_and(|word| word ^ key == magic))?;
    (end + 8 <= pe && start + 16 <= end).then_some((start, end, key))
}

fn checksum(bytes: &[u8], start: u64, entries: &[(u32, u32)]) -> u32 {
    let mut sum = start as u32;
    for (index, byte) in field::clamped(bytes, 0..start).iter().enumerate() {
        // The offset of the PE header counts as zero: the linker fills it in later.
        if !(60..64).contains(&index) {
            sum = sum.wrapping_add(u32::from(*byte).rotate_left(index as u32 & 31));
        }
    }
    entries.iter().fold(sum, |sum, (tool, count)| sum.wrapping_add(tool.rotate_left(count & 31)))
}
