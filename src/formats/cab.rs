//! Microsoft cabinets: header, folders, files and data blocks with their checksums.
//!
//! Format: [MS-CAB], and [MS-MCI] for the blocks of method MSZIP, which are decoded as stored ones are. Quantum and
//! LZX are not. A file stands in no region of its own: it carries its content, and the blocks are compared as they
//! stand. The reserve area of a signed cabinet says where the signature behind the data is.

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
/// follows. Members: the files, opaque where the folder's method is not decoded or it is too large.
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
    let mut decoded: Vec<Option<Vec<u8>>> = Vec::new();
    let mut kept = 0;
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
        let method = field::le16(bytes, entry + 6)? & 15;
        let (end, content) = blocks_of(builder, index, data, blocks, data_reserve, method)?;
        after = after.max(end);
        kept += content.as_ref().map_or(0, Vec::len);
        decoded.push(content.filter(|_| kept <= KEPT && blocks == stated));
    }
    let mut at = files_at;
    // Files may name the same bytes; together they are no more than the folders hold.
    let mut room = kept;
    let mut opaque = 0u64;
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
        let size = usize::try_from(field::le32(bytes, at)?).ok()?;
        let start = usize::try_from(field::le32(bytes, at + 4)?).ok()?;
        let folder = usize::from(field::le16(bytes, at + 8)?);
        let content = decoded.get(folder).and_then(Option::as_ref).filter(|_| size <= room);
        match content.and_then(|content| content.get(start..start.checked_add(size)?)) {
            Some(content) => {
                room -= size;
                builder.scattered_member(name, content.to_vec(), attributes);
            }
            None => {
                opaque += 1;
                builder.member(name, None, Content::Opaque, attributes);
            }
        }
        at += 17 + name.len() as u64;
    }
    if opaque > 0 {
        builder.problem(format!(
            "{opaque} files stand in blocks that are not decoded: damaged, of another method, or too large"
        ));
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

/// Decoded content kept of one cabinet.
const KEPT: usize = 256 << 20;

/// Bytes one block decodes to at most.
const BLOCK: usize = 32_768;

/// Claims the data blocks of a folder; gives where they end, and what they hold where that is known.
fn blocks_of(
    builder: &mut Builder<'_>,
    folder: u64,
    data: u64,
    count: u64,
    reserve: u64,
    method: u16,
) -> Option<(u64, Option<Vec<u8>>)> {
    let bytes = builder.bytes();
    let mut at = data;
    let mut decoded = Some(Vec::new());
    for index in 0..count {
        let label = format!("folder {} block {}", folder + 1, index + 1);
        let given = field::le32(bytes, at)?;
        let len = u64::from(field::le16(bytes, at + 4)?);
        let content = at + 8 + reserve;
        let size = usize::from(field::le16(bytes, at + 6)?);
        let block = field::clamped(bytes, content..content + len);
        decoded =
            decoded.filter(|before| before.len() <= KEPT).and_then(|before| add(before, block, size, method));
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
    Some((at, decoded))
}

/// `before` with what `block` holds behind it; `None` where it does not hold exactly `size` bytes.
fn add(mut before: Vec<u8>, block: &[u8], size: usize, method: u16) -> Option<Vec<u8>> {
    match method {
        0 if block.len() == size => before.extend_from_slice(block),
        1 if size <= BLOCK => {
            // Each block is a deflate stream of its own that may point back into the blocks before.
            let mut decoder = flate2::Decompress::new(false);
            let dictionary = before.get(before.len().saturating_sub(BLOCK)..)?;
            if !dictionary.is_empty() {
                decoder.set_dictionary(dictionary).ok()?;
            }
            let mut content = vec![0; size];
            let stream = block.strip_prefix(b"CK")?;
            let status = decoder.decompress(stream, &mut content, flate2::FlushDecompress::Finish).ok()?;
            let whole = decoder.total_out() == size as u64 && decoder.total_in() == stream.len() as u64;
            if status != flate2::Status::StreamEnd || !whole {
                return None;
            }
            before.extend_from_slice(&content);
        }
        _ => return None,
    }
    Some(before)
}

/// The cabinet checksum: little-endian words XORed; of a rest of two or three bytes the first is the highest.
fn checksum(bytes: &[u8], seed: u32) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let sum = words.iter().fold(seed, |sum, word| sum ^ u32::from_le_bytes(*word));
    let last = rest.iter().fold(0u32, |last, byte| last << 8 | u32::from(*byte));
    sum ^ last
}
