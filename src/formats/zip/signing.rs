//! The APK signing block: pairs of an id and a value, right before the central directory.
//!
//! Format: source.android.com/docs/security/features/apksigning/v2. The block is not covered by the v1
//! signature and a reader skips ids it does not know, so only the ids that are signatures are signature
//! regions; any other is an extra region, where a payload would hide.

use crate::formats::field;
use crate::formats::partition::Builder;
use crate::model::Role;

/// Claims the signing block that ends at `directory`, if there is one.
pub fn claim(builder: &mut Builder<'_>, directory: u64) {
    let bytes = builder.bytes();
    let Some(magic) = directory.checked_sub(16) else { return };
    if field::slice(bytes, magic, 16) != Some(b"APK Sig Block 42") {
        return;
    }
    let Some(size) = magic.checked_sub(8).and_then(|at| field::le64(bytes, at)) else { return };
    let Some(start) = directory.checked_sub(size).and_then(|at| at.checked_sub(8)) else {
        builder.problem("the APK signing block says it starts before the file");
        return;
    };
    if field::le64(bytes, start) != Some(size) {
        builder.problem("the two sizes of the APK signing block differ");
        return;
    }
    builder.claim(start, 8, Role::Header, "apk signing block: size");
    builder.claim(magic - 8, 24, Role::Header, "apk signing block: size and magic");
    let end = magic - 8;
    let mut at = start + 8;
    while at + 12 <= end {
        let (Some(len), Some(id)) = (field::le64(bytes, at), field::le32(bytes, at + 8)) else { break };
        let Some(next) = at.checked_add(8).and_then(|value| value.checked_add(len)) else { break };
        if len < 4 || next > end {
            break;
        }
        let (role, name) = pair(id);
        builder.claim(at, 12, Role::Header, format!("apk signing block: {name}: header"));
        let label = format!("apk signing block: {name}");
        match role {
            Role::Padding => builder.padding(at + 12, len - 4, label),
            _ => builder.claim(at + 12, len - 4, role, label),
        };
        builder.fact("apk-signing-block", name.as_bytes());
        at = next;
    }
    if at < end {
        builder.problem(format!("{} bytes of the APK signing block are no pairs", end - at));
        builder.claim(at, end - at, Role::Extra, "apk signing block: no pairs");
    }
}

/// What an id stands for.
fn pair(id: u32) -> (Role, String) {
    let (role, name) = match id {
        0x7109_871a => (Role::Signature, "v2"),
        0xf053_68c0 => (Role::Signature, "v3"),
        0x1b93_ad61 => (Role::Signature, "v3.1"),
        0x6dff_800d => (Role::Signature, "source stamp"),
        0x4272_6577 => (Role::Padding, "verity padding"),
        0x504b_4453 => (Role::Extra, "dependency info"),
        0x2146_444e => (Role::Extra, "play metadata"),
        _ => (Role::Extra, ""),
    };
    match name {
        "" => (role, format!("{id:08x}")),
        name => (role, name.to_owned()),
    }
}
