//! .NET: the module version id, which every compilation makes anew unless it is deterministic.
//!
//! ECMA-335, II.24: the metadata root lists its streams; the first GUID of `#GUID` is the module's.

use super::Carved;
use super::image;
use super::image::Image;
use crate::formats::field;
use crate::formats::partition::Builder;
use crate::model::Role;

/// The facts `clr` (the runtime version) and `mvid`; the id as a derived region without a check: it is a digest of
/// what the compiler read, or random.
pub fn read(builder: &mut Builder<'_>, image: &Image<'_>) -> Vec<Carved> {
    find(builder, image).map(|part| vec![part]).unwrap_or_default()
}

fn find(builder: &mut Builder<'_>, image: &Image<'_>) -> Option<Carved> {
    let bytes = image.bytes;
    let header = image.offset(image.directory(image::CLR)?.0)?;
    let root = image.offset(u64::from(field::le32(bytes, header + 8)?))?;
    if field::slice(bytes, root, 4)? != b"BSJB" {
        builder.problem("the CLR header points at no metadata");
        return None;
    }
    let version_len = u64::from(field::le32(bytes, root + 12)?);
    builder.fact("clr", field::until_nul(field::slice(bytes, root + 16, version_len.min(255))?));
    let streams = root + 16 + version_len;
    let count = field::le16(bytes, streams + 2)?.min(16);
    let mut at = streams + 4;
    for _ in 0..count {
        let offset = u64::from(field::le32(bytes, at)?);
        let size = u64::from(field::le32(bytes, at + 4)?);
        let name = field::until_nul(field::clamped(bytes, at + 8..at + 40));
        if name == b"#GUID" && size >= 16 {
            let guid = root + offset;
            let id = field::slice(bytes, guid, 16)?;
            let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
            builder.fact("mvid", hex.as_bytes());
            return Some(Carved {
                range: guid..guid + 16,
                role: Role::Derived,
                name: "clr module id".to_owned(),
            });
        }
        at += 8 + (name.len() as u64 + 1).next_multiple_of(4);
    }
    None
}
