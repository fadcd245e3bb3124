//! Microsoft cabinets: header, folders, files and data blocks with their checksums. Blocks are not decoded.
//!
//! Format: [MS-CAB]. The reserve area of a signed cabinet says where the signature behind the data is.

use super::field;
use super::partition::Builder;
use super::partition::DETAILED_ENTRIES;
use super::partition::holds;
use crate::model::Anatomy;
use crate::model::Content;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "cab";

/// The signature and the zero that follows it.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(b"MSCF\0\0\0\0")
}

/// Regions: header, reserve, per folder, file (`date and time`, `attributes`, `name`) and data block; what
/// follows. Members: the files, opaque.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    if read(&mut builder).is_none() {
        builder.problem("the cabinet ends early");
    }
    builder.finish()
}

fn read(builder: &mut Builder<'_>) -> Option<()> {
    let bytes = builder.bytes();
    builder.claim(0, 36, Role::Header, "header");
    let stated = u64::from(field::le32(bytes, 8)?);
    let files_at = u64::from(field::le32(bytes, 16)?);
    let folders = u64::from(field::le16(bytes, 26)?);
    let files = u64::from(field::le16(bytes, 28)?);
    let flags = field::le16(bytes, 30)?;
    let mut at = 36;
    let (mut folder_reserve, mut data_reserve) = (0, 0);
    let mut signature = (0, 0);
    if flags & 4 != 0 {
        let header_reserve = u64::from(field::le16(bytes, at)?);
        folder_reserve = u64::from(field::byte(bytes, at + 2)?);
        data_reserve = u64::from(field::byte(bytes, at + 3)?);
        builder.claim(at, 4, Role::Header, "reserve sizes");
        at += 4;
        // A signed cabinet reserves twenty bytes: a marker, then offset and size of the signature.
        let signed = header_reserve == 20 && field::le32(bytes, at) == Some(0x0010_0000);
        if signed {
            signature = (u64::from(field::le32(bytes, at + 4)?), u64::from(field::le32(bytes, at + 8)?));
        }
        let role = if signed { Role::Signature } else { Role::Extra };
        builder.claim(at, header_reserve, role, "reserve");
        at += header_reserve;
    }
    for (flag, what) in [(1, "previous"), (2, "next")] {
        if flags & flag != 0 {
            let name = field::until_nul(field::from(bytes, at)).len() as u64 + 1;
            let disk = field::until_nul(field::from(bytes, at + name)).len() as u64 + 1;
            builder.claim(at, name + disk, Role::Name, format!("{what} cabinet"));
            at += name + disk;
        }
    }
    let mut after = 0;
    // Folders may name the same blocks; a file has no more of them than fit.
    let mut left = builder.size() / 8;
    for index in 0..folders {
        let entry = at + index * (8 + folder_reserve);
        builder.claim(entry, 8 + folder_reserve, Role::Header, format!("folder {}", index + 1));
        let data = u64::from(field::le32(bytes, entry)?);
        let stated = u64::from(field::le16(bytes, entry + 4)?);
        let blocks = stated.min(left);
        if blocks < stated {
            builder.problem(format!("folder {} has more data blocks than the file has room for", index + 1));
        }
        left -= blocks;
        after = after.max(blocks_of(builder, index, data, blocks, data_reserve)?);
    }
    let mut at = files_at;
    for index in 0..files {
        let name = field::until_nul(field::clamped(bytes, at + 16..at + 16 + 257));
        let label = builder.label(name);
        if index < DETAILED_ENTRIES {
            builder.claim(at, 10, Role::Header, format!("{label}: size and place"));
            builder.claim(at + 10, 4, Role::Timestamp, format!("{label}: date and time"));
            builder.claim(at + 14, 2, Role::Mode, format!("{label}: attributes"));
            builder.claim(at + 16, name.len() as u64 + 1, Role::Name, format!("{label}: name"));
        }
        field::le32(bytes, at)?;
        let attributes = vec![("type", "file".to_owned())];
        builder.member(name, None, Content::Opaque, attributes);
        at += 17 + name.len() as u64;
    }
    if files > 0 {
        builder.problem("the data blocks of a cabinet are not decoded");
    }
    let end = after.max(at);
    let size = builder.size();
    let (place, len) = signature;
    if len > 0 && place >= end {
        builder.claim(place, len, Role::Signature, "signature");
    } else if len > 0 {
        builder.problem("the signature's place lies within the cabinet");
    }
    if stated.max(end) > size {
        builder.problem(format!("the cabinet says it has {stated} bytes"));
    }
    let end = end.max(place.saturating_add(len));
    if end < size {
        builder.problem(format!("{} bytes follow the cabinet", size - end));
        builder.claim(end, size - end, Role::Trailing, "trailing bytes");
    }
    Some(())
}

/// Claims the data blocks of a folder; gives where they end.
fn blocks_of(builder: &mut Builder<'_>, folder: u64, data: u64, count: u64, reserve: u64) -> Option<u64> {
    let bytes = builder.bytes();
    let mut at = data;
    for index in 0..count {
        let label = format!("folder {} block {}", folder + 1, index + 1);
        let given = field::le32(bytes, at)?;
        let len = u64::from(field::le16(bytes, at + 4)?);
        let content = at + 8 + reserve;
        // The checksum covers the sizes after the data (MS-CAB 3.1); 0 means there is none.
        let seed = checksum(field::clamped(bytes, content..content + len), 0);
        let computed = checksum(field::clamped(bytes, at + 4..content), seed);
        let check = match given {
            0 => crate::model::Check::None,
            given => holds(given == computed, || format!("checksum is {given:08x}, computed {computed:08x}")),
        };
        builder.claim_checked(at, 4, Role::Derived, format!("{label}: checksum"), check);
        builder.claim(at + 4, 4, Role::Header, format!("{label}: sizes"));
        builder.claim(at + 8, reserve, Role::Extra, format!("{label}: reserve"));
        builder.claim(content, len, Role::Code, label);
        at = content + len;
    }
    Some(at)
}

/// The cabinet checksum: little-endian words XORed; of a rest of two or three bytes the first is the highest.
fn checksum(bytes: &[u8], seed: u32) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let sum = words.iter().fold(seed, |sum, word| sum ^ u32::from_le_bytes(*word));
    let last = rest.iter().fold(0u32, |last, byte| last << 8 | u32::from(*byte));
    sum ^ last
}
