//! Microsoft cabinets: header, folders, files and data blocks with their checksums.
//!
//! Format: [MS-CAB], and [MS-MCI] for the blocks of method MSZIP, which are decoded as stored ones are. Quantum and
//! LZX are not. A folder is a [`Pack`](crate::model::Pack): its blocks hold the files one behind the other. The reserve area of a signed cabinet says where the signature behind the data is.

use super::field;
use super::partition::Builder;
use super::partition::DETAILED_ENTRIES;
use super::partition::holds;
use crate::model::Anatomy;
use crate::model::Check;
use crate::model::Coding;
use crate::model::Content;
use crate::model::Packing;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "cab";

/// The signature and the zero that follows it.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(b"MSCF\0\0\0\0")
}

/// Regions: header, reserve, per folder, file (`date and time`, `attributes`, `name`) and data block; what
/// follows. Packs: `folder N` with its files, which are opaque members where the folder's method is not decoded or it
/// is too large.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    if read(&mut builder).is_none() {
        builder.problem("the cabinet ends early");
    }
    builder.finish()
}

fn read(builder: &mut Builder<'_>) -> Option<()> {
    let bytes = builder.bytes();
    builder.claim(0, 8, Role::Header, "header: signature");
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
    let mut decoded: Vec<Folder> = Vec::new();
    let mut kept = 0;
    let mut starts = Vec::new();
    // Folders may name the same blocks; a file has no more of them than fit.
    let mut left = builder.size() / 8;
    for index in 0..folders {
        let entry = at + index * (8 + folder_reserve);
        builder.claim(entry + 4, 4 + folder_reserve, Role::Header, format!("folder {}", index + 1));
        let data = u64::from(field::le32(bytes, entry)?);
        let stated = u64::from(field::le16(bytes, entry + 4)?);
        let blocks = stated.min(left);
        if blocks < stated {
            builder.problem(format!("folder {} has more data blocks than the file has room for", index + 1));
        }
        left -= blocks;
        let method = field::le16(bytes, entry + 6)? & 15;
        let mut folder = blocks_of(builder, index, data, blocks, data_reserve, method)?;
        starts.push((entry, data, folder.end));
        after = after.max(folder.end);
        kept += folder.content.as_ref().map_or(0, Vec::len);
        folder.content = folder.content.filter(|_| kept <= KEPT && blocks == stated);
        decoded.push(folder);
    }
    let folders_end = at + folders * (8 + folder_reserve);
    let mut at = files_at;
    let mut opaque = 0u64;
    let mut of_folder: Vec<Vec<(u64, u64, &[u8])>> = vec![Vec::new(); decoded.len()];
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
        let (size, start) = (u64::from(field::le32(bytes, at)?), u64::from(field::le32(bytes, at + 4)?));
        let folder = usize::from(field::le16(bytes, at + 8)?);
        match decoded.get(folder).filter(|folder| folder.content.is_some()) {
            Some(_) => of_folder.get_mut(folder)?.push((start, size, name)),
            None => {
                opaque += 1;
                builder.member(name, None, Content::Opaque, vec![("type", "file".to_owned())]);
            }
        }
        at += 17 + name.len() as u64;
    }
    let files_end = at;
    for (index, (folder, files)) in decoded.into_iter().zip(of_folder).enumerate() {
        let Some(content) = folder.content else { continue };
        let inside = inside(&content, &files);
        let closed = |member: &&crate::model::Member| member.content == Content::Opaque;
        opaque += inside.members.iter().filter(closed).count() as u64;
        builder.pack(format!("folder {}", index + 1), folder.blocks, content, inside);
    }
    // Where things stand follows from how long what stands before them is, when nothing stands between.
    let mut next = files_end;
    for (index, (entry, data, end)) in starts.into_iter().enumerate() {
        let check = holds(data == next, || format!("what stands before its blocks ends at {next}"));
        builder.claim_checked(entry, 4, Role::Derived, format!("folder {}: place", index + 1), check);
        next = end;
    }
    let whole = holds(stated == next, || format!("the cabinet ends at {next}"));
    builder.claim_checked(8, 4, Role::Derived, "header: size", whole);
    builder.claim(12, 4, Role::Header, "header: reserved");
    let place = holds(files_at == folders_end, || format!("the folders end at {folders_end}"));
    builder.claim_checked(16, 4, Role::Derived, "header: place of the files", place);
    builder.claim(20, 16, Role::Header, "header");
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

/// The data blocks of a folder.
struct Folder {
    /// Where they end.
    end: u64,
    blocks: Vec<(usize, Packing)>,
    /// What they hold, where that is known.
    content: Option<Vec<u8>>,
}

/// The files of a folder, each where its entry says.
fn inside(content: &[u8], files: &[(u64, u64, &[u8])]) -> Anatomy {
    let mut builder = Builder::new(NAME, content);
    for (start, size, name) in files {
        let label = builder.label(name);
        let claim = builder.claim(*start, *size, Role::Member, label);
        let kind = if *size == 0 { Content::Empty } else { Content::Stored };
        builder.member(name, Some(claim), kind, vec![("type", "file".to_owned())]);
    }
    builder.finish()
}

/// Claims the data blocks of a folder.
fn blocks_of(
    builder: &mut Builder<'_>,
    folder: u64,
    data: u64,
    count: u64,
    reserve: u64,
    method: u16,
) -> Option<Folder> {
    let bytes = builder.bytes();
    let mut at = data;
    let mut decoded = Some(Vec::new());
    let mut blocks = Vec::new();
    let packing = if method == 0 { Packing::Stored } else { Packing::Coded(Coding::Deflate, 2) };
    for index in 0..count {
        let label = format!("folder {} block {}", folder + 1, index + 1);
        let given = field::le32(bytes, at)?;
        let len = u64::from(field::le16(bytes, at + 4)?);
        let content = at + 8 + reserve;
        let size = usize::from(field::le16(bytes, at + 6)?);
        let block = field::clamped(bytes, content..content + len);
        // A block that reaches beyond the end is not the one that is stated.
        let whole = block.len() as u64 == len;
        decoded = decoded
            .filter(|before| whole && before.len() <= KEPT)
            .and_then(|before| add(before, block, size, method));
        // The checksum covers the sizes after the data (MS-CAB 3.1); 0 means there is none.
        let seed = checksum(field::clamped(bytes, content..content + len), 0);
        let computed = checksum(field::clamped(bytes, at + 4..content), seed);
        let check = match given {
            0 => Check::None,
            given => holds(given == computed, || format!("checksum is {given:08x}, computed {computed:08x}")),
        };
        builder.claim_checked(at, 4, Role::Derived, format!("{label}: checksum"), check);
        // A block was decoded to its last byte, and all but the last are full.
        let full = decoded.is_some() && (size == BLOCK || index + 1 == count);
        let (role, check) = match method {
            0 | 1 => (Role::Derived, holds(full, || "it is not full, or not of these sizes".to_owned())),
            _ => (Role::Header, Check::None),
        };
        builder.claim_checked(at + 4, 4, role, format!("{label}: sizes"), check);
        builder.claim(at + 8, reserve, Role::Extra, format!("{label}: reserve"));
        blocks.push((builder.claim(content, len, Role::Member, label), packing));
        at = content + len;
    }
    Some(Folder { end: at, blocks, content: decoded })
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
