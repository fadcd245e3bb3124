//! PNG: chunks by type, their checksums, and what follows the last one.

use super::field;
use super::partition::Builder;
use super::partition::holds;
use crate::model::Anatomy;
use crate::model::Role;
use crate::model::path::escape;

/// The registry name.
pub const NAME: &str = "png";

/// The signature.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(SIGNATURE)
}

/// Regions: `signature`, per chunk `TYPE: header`, `TYPE`, `TYPE: crc`, and `trailing bytes`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    builder.claim(0, 8, Role::Header, "signature");
    let size = builder.size();
    let mut at = 8;
    let mut last = Vec::new();
    while last != b"IEND" {
        let (Some(len), Some(kind)) = (be32(bytes, at), field::slice(bytes, at + 4, 4)) else { break };
        let len = u64::from(len);
        let Some(given) = be32(bytes, at + 8 + len) else { break };
        let computed = crc32fast::hash(field::clamped(bytes, at + 4..at + 8 + len));
        let name = escape(kind);
        builder.claim(at, 8, Role::Header, format!("{name}: header"));
        builder.claim(at + 8, len, role(kind), name.clone());
        let check = holds(given == computed, || format!("CRC-32 is {given:08x}, computed {computed:08x}"));
        builder.claim_checked(at + 8 + len, 4, Role::Derived, format!("{name}: crc"), check);
        last = kind.to_vec();
        at += len + 12;
    }
    if last != b"IEND" {
        builder.problem("the image ends without an IEND chunk");
    }
    if at < size {
        builder.problem(format!("{} bytes at {at} are no chunk", size - at));
        builder.claim(at, size - at, Role::Trailing, "trailing bytes");
    }
    builder.finish()
}

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

fn role(kind: &[u8]) -> Role {
    match kind {
        b"IHDR" | b"IEND" => Role::Header,
        b"tIME" => Role::Timestamp,
        b"tEXt" | b"zTXt" | b"iTXt" | b"eXIf" => Role::Extra,
        // A lower-case first letter marks a chunk readers may pass over; the ones the standard names are data.
        b"PLTE" | b"IDAT" | b"tRNS" | b"gAMA" | b"cHRM" | b"sRGB" | b"iCCP" | b"bKGD" | b"pHYs" | b"sBIT"
        | b"hIST" | b"sPLT" | b"acTL" | b"fcTL" | b"fdAT" | b"cICP" => Role::Data,
        _ => Role::Extra,
    }
}

fn be32(bytes: &[u8], at: u64) -> Option<u32> {
    field::array(bytes, at).map(u32::from_be_bytes)
}
