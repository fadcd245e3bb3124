//! The signature appended to a Linux kernel module (include/linux/module_signature.h): PKCS#7 data, twelve
//! bytes that say how long it is, and a marker.

use super::field;
use super::partition::Builder;
use super::partition::holds;
use crate::model::Role;

/// Claims the appended signature that ends with the artifact and starts at or after `from`; gives where it
/// starts, the artifact's size if there is none.
pub fn claim(builder: &mut Builder<'_>, from: u64) -> u64 {
    let bytes = builder.bytes();
    let size = builder.size();
    let Some(marker) = size.checked_sub(MARKER.len() as u64) else { return size };
    let Some(record) = marker.checked_sub(12) else { return size };
    if field::from(bytes, marker) != MARKER {
        return size;
    }
    let length = field::array::<4>(bytes, record + 8).map_or(0, |len| u64::from(u32::from_be_bytes(len)));
    let Some(start) = record.checked_sub(length).filter(|start| *start >= from && length > 0) else {
        builder.problem("the module signature says it starts before the module ends");
        return size;
    };
    builder.claim(start, length, Role::Signature, "module signature: pkcs7");
    // For PKCS#7 every field but the id type and the length is zero.
    let plain = field::slice(bytes, record, 8).is_some_and(|fields| fields == [0, 0, 2, 0, 0, 0, 0, 0]);
    let check = holds(plain, || "fields that ought to be zero are not".to_owned());
    builder.claim_checked(record, 8, Role::Header, "module signature: kind", check);
    builder.claim(record + 8, 4, Role::Signature, "module signature: length");
    builder.claim(marker, MARKER.len() as u64, Role::Header, "module signature: marker");
    builder.fact("module-signature", format!("{length} bytes").as_bytes());
    start
}

const MARKER: &[u8] = b"~Module signature appended~\n";
