//! Kernel modules: PKCS#7 data, a record of its length and a marker, appended to the ELF file
//! (include/linux/module_signature.h).

use sha2::Digest;

use super::Transplant;
use super::Written;
use super::der;
use super::range;
use crate::model::Label;

const MARKER: &[u8] = b"~Module signature appended~\n";

/// The record before the marker: kinds, lengths, and the big-endian length of the PKCS#7 data.
const RECORD: usize = 12;

/// The shipped module's signature on the rebuilt module; `None` where the shipped one has none.
pub fn transplant(shipped: &[u8], rebuilt: &[u8]) -> Option<Transplant> {
    let start = signature(shipped)?;
    let own = signature(rebuilt).unwrap_or(rebuilt.len());
    let mut grafted = rebuilt.get(..own)?.to_vec();
    grafted.extend_from_slice(shipped.get(start..)?);
    let written = vec![Written {
        range: range(start..shipped.len()),
        label: Label::Signature,
        name: "module signature",
    }];
    Some(Transplant { scheme: "kernel-module", grafted, written, covers: covers(shipped, start) })
}

/// Where the appended signature starts.
fn signature(bytes: &[u8]) -> Option<usize> {
    let marker = bytes.len().checked_sub(MARKER.len()).filter(|at| bytes.get(*at..) == Some(MARKER))?;
    let record = marker.checked_sub(RECORD)?;
    let length: [u8; 4] = bytes.get(record + 8..marker)?.try_into().ok()?;
    record.checked_sub(usize::try_from(u32::from_be_bytes(length)).ok()?)
}

fn covers(shipped: &[u8], start: usize) -> Result<String, String> {
    let record = shipped.len() - MARKER.len() - RECORD;
    if shipped.get(record..record + 8) != Some(&[0, 0, 2, 0, 0, 0, 0, 0]) {
        return Err("its record holds more than the kind PKCS#7".to_owned());
    }
    let signed = der::signed(shipped.get(start..record).unwrap_or_default())?;
    if !signed.unsigned.is_empty() {
        return Err("an unsigned attribute rides in it".to_owned());
    }
    let Some(stated) = signed.message_digest else {
        return Err(
            "it signs no attributes, so that only the vendor's key could show what it covers".to_owned()
        );
    };
    let module = shipped.get(..start).unwrap_or_default();
    let computed = match stated.len() {
        32 => sha2::Sha256::digest(module).to_vec(),
        48 => sha2::Sha384::digest(module).to_vec(),
        64 => sha2::Sha512::digest(module).to_vec(),
        _ => return Err("its digest is of an algorithm that is not computed here".to_owned()),
    };
    match computed == stated {
        true => Ok("the module's digest is the one the signature states".to_owned()),
        false => Err("the digest it states is not the module's".to_owned()),
    }
}
