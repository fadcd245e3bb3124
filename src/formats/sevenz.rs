//! 7z: the signature header, the packed streams and the header behind them; the files inside.
//!
//! Files are decoded where their folder is one chain of what liblzma, zlib and libbzip2 decode. Of other folders
//! (BCJ2, PPMd, encrypted) the packed stream is opaque. Files stand in folders, and their bytes belong to no bytes
//! of the archive: what differs in them is shown to the reader, and the packed streams are compared as they stand.
//!
//! Format: 7zFormat.txt of the LZMA SDK.

mod header;

use std::ops::Range;

use flate2::FlushDecompress;
use liblzma::stream::Action;
use liblzma::stream::Filters;
use liblzma::stream::Stream;

use self::header::Folder;
use self::header::Header;
use self::header::Read;
use super::decode;
use super::field;
use super::partition::Builder;
use super::partition::holds;
use crate::model::Anatomy;
use crate::model::Content;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "7z";

/// The signature.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(&[b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c])
}

/// Regions: signature header fields, `packed stream N`, `header`, `trailing bytes`; a packed stream that is not
/// decoded is an opaque member.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let size = builder.size();
    builder.claim(0, 6, Role::Header, "signature");
    builder.claim(6, 2, Role::Toolchain, "version");
    let offset = field::le64(bytes, 12).unwrap_or(0);
    let len = field::le64(bytes, 20).unwrap_or(0);
    let start = 32u64.saturating_add(offset);
    let end = start.saturating_add(len);
    let crc = |range| crc32fast::hash(field::clamped(bytes, range));
    let checked = |at, computed| {
        let given = field::le32(bytes, at);
        holds(given == Some(computed), || format!("CRC-32 is {given:08x?}, computed {computed:08x}"))
    };
    builder.claim_checked(8, 4, Role::Derived, "start header crc", checked(8, crc(12..32)));
    builder.claim(12, 16, Role::Header, "header offset and size");
    builder.claim_checked(28, 4, Role::Derived, "header crc", checked(28, crc(start..end)));
    builder.claim(start, len, Role::Header, "header");
    let mut room = Room { left: KEPT };
    let header = if len > 0 && end <= size { read(bytes, start..end, &mut room) } else { None };
    // An archive of nothing but empty files has no folders and no packed bytes.
    match header.filter(|(header, _)| offset == 0 || !header.folders.is_empty()) {
        Some((header, packed)) => {
            for (index, range) in packed.into_iter().enumerate() {
                let label = format!("packed header {}", index + 1);
                builder.claim(range.start, range.end - range.start, Role::Header, label);
            }
            files(&mut builder, &header, &mut room);
        }
        None => {
            let claim = builder.claim(32, offset, Role::Member, "packed streams");
            if offset > 0 {
                builder.member(b"packed streams", Some(claim), Content::Opaque, Vec::new());
            }
            if len > 0 {
                builder.problem("the header is damaged or of a kind that is not read: the packed streams were not decoded");
            }
        }
    }
    if end < size {
        builder.problem(format!("{} bytes follow the archive", size - end));
        builder.claim(end, size - end, Role::Trailing, "trailing bytes");
    }
    builder.finish()
}

/// Decoded content kept of one archive.
const KEPT: usize = 256 << 20;

/// Window a decoder may ask for: 7-Zip's largest preset takes 64 MiB.
const WINDOW: u32 = 256 << 20;

/// Headers packed in packed headers; writers pack once.
const NESTED: u32 = 4;

struct Room {
    left: usize,
}

/// The header, unpacked where it is packed, and where it stood.
fn read(bytes: &[u8], stored: Range<u64>, room: &mut Room) -> Option<(Header, Vec<Range<u64>>)> {
    let mut stored = field::clamped(bytes, stored).to_vec();
    let mut places = Vec::new();
    for _ in 0..NESTED {
        let packed = match header::read(&stored)? {
            Read::Plain(header) => return Some((header, places)),
            Read::Packed(packed) => packed,
        };
        let at = 32u64.checked_add(packed.packed_at)?;
        let len = *packed.packed.first()?;
        stored = unpack(packed.folders.first()?, field::slice(bytes, at, len)?, room)?;
        places.push(at..at + len);
    }
    None
}

/// Claims the packed streams and adds what is in them.
fn files(builder: &mut Builder<'_>, header: &Header, room: &mut Room) {
    let bytes = builder.bytes();
    let mut at = 32u64.saturating_add(header.packed_at);
    let mut streams = header.packed.iter();
    let mut contents = header.files.iter().filter(|file| file.has_content);
    let most = decode::most_streams(builder.size());
    for (index, folder) in header.folders.iter().enumerate() {
        let len: u64 = streams.by_ref().take(usize::try_from(folder.takes).unwrap_or(1)).sum();
        let label = format!("packed stream {}", index + 1);
        let packed = field::slice(bytes, at, len).filter(|_| (index as u64) < most);
        let content = packed.and_then(|packed| unpack(folder, packed, room));
        match &content {
            Some(_) => drop(builder.claim(at, len, Role::Code, label.clone())),
            None => {
                let claim = builder.claim(at, len, Role::Member, label.clone());
                builder.member(label.as_bytes(), Some(claim), Content::Opaque, Vec::new());
                builder.problem(format!("{label} is damaged, too large, or of a method that is not decoded"));
            }
        }
        at = at.saturating_add(len);
        let mut from = 0usize;
        for (size, crc) in &folder.parts {
            let Some(file) = contents.next() else { break };
            let end = usize::try_from(*size).ok().and_then(|size| from.checked_add(size));
            let part = content.as_ref().zip(end).and_then(|(content, end)| content.get(from..end));
            from = end.unwrap_or(usize::MAX);
            let attributes = vec![("type", "file".to_owned())];
            let Some(part) = part else {
                builder.member(&file.name, None, Content::Opaque, attributes);
                continue;
            };
            if crc.is_some_and(|crc| crc != crc32fast::hash(part)) {
                builder.problem(format!("{label}: a file's CRC-32 does not hold"));
            }
            builder.scattered_member(&file.name, part.to_vec(), attributes);
        }
    }
    for file in header.files.iter().filter(|file| !file.has_content) {
        let kind = if file.is_folder { "directory" } else { "file" };
        builder.member(&file.name, None, Content::Empty, vec![("type", kind.to_owned())]);
    }
}

/// The content of a folder; `None` where it is damaged, too large, or not a chain that is decoded here.
fn unpack(folder: &Folder, packed: &[u8], room: &mut Room) -> Option<Vec<u8>> {
    let size = usize::try_from(folder.size()?).ok()?;
    // Twice: what is kept of it is the files cut out of it.
    let left = room.left.checked_sub(size.checked_mul(2)?)?;
    if size as u64 > (packed.len() as u64).saturating_mul(RATIO).max(1 << 20) {
        return None;
    }
    let chain = folder.chain()?;
    let (first, filters) = chain.split_first()?;
    let content = match (first.id.as_slice(), filters.is_empty()) {
        ([0x00], true) => packed.get(..size).filter(|_| packed.len() == size)?.to_vec(),
        ([0x04, 0x01, 0x08], true) => {
            let mut decoder = flate2::Decompress::new(false);
            let mut content = vec![0; size];
            decoder.decompress(packed, &mut content, FlushDecompress::Finish).ok()?;
            (decoder.total_out() == size as u64).then_some(content)?
        }
        ([0x04, 0x02, 0x02], true) => {
            let (content, _) =
                decode::decode_prefix(crate::model::Coding::Bzip2, packed, size as u64).ok()?;
            (content.len() == size).then_some(content)?
        }
        ([0x21] | [0x03, 0x01, 0x01], _) => lzma(first, filters, packed, size)?,
        _ => return None,
    };
    room.left = left;
    Some(content)
}

/// Decoded size over packed size, above 1 MiB decoded.
const RATIO: u64 = 2000;

fn lzma(first: &header::Coder, filters: &[&header::Coder], packed: &[u8], size: usize) -> Option<Vec<u8>> {
    let window = match first.properties.as_slice() {
        [step @ 0..=39] if first.id == [0x21] => (2 | u32::from(step & 1)) << (step / 2 + 11),
        [_, window @ ..] if window.len() == 4 => u32::from_le_bytes(window.try_into().ok()?),
        _ => return None,
    };
    if window > WINDOW {
        return None;
    }
    let mut all = Filters::new();
    // liblzma takes the chain as an encoder goes through it: what is nearest to the packed bytes comes last.
    for filter in filters.iter().rev() {
        let properties = filter.properties.as_slice();
        match filter.id.as_slice() {
            [0x03] => all.delta_properties(properties).ok()?,
            [0x04] | [0x03, 0x03, 0x01, 0x03] => all.x86_properties(properties).ok()?,
            [0x05] | [0x03, 0x03, 0x02, 0x05] => all.powerpc_properties(properties).ok()?,
            [0x06] | [0x03, 0x03, 0x04, 0x01] => all.ia64_properties(properties).ok()?,
            [0x07] | [0x03, 0x03, 0x05, 0x01] => all.arm_properties(properties).ok()?,
            [0x08] | [0x03, 0x03, 0x07, 0x01] => all.arm_thumb_properties(properties).ok()?,
            [0x09] | [0x03, 0x03, 0x08, 0x05] => all.sparc_properties(properties).ok()?,
            [0x0a] => all.arm64_properties(properties).ok()?,
            _ => return None,
        };
    }
    if filters.len() > 3 {
        return None;
    }
    match first.id.as_slice() {
        [0x21] => all.lzma2_properties(&first.properties).ok()?,
        _ => all.lzma1_properties(&first.properties).ok()?,
    };
    let mut decoder = Stream::new_raw_decoder(&all).ok()?;
    let mut content = Vec::with_capacity(size.min(1 << 20));
    let mut chunk = vec![0; 64 << 10];
    while content.len() < size {
        let (read, written) = (decoder.total_in(), decoder.total_out());
        let most = (size - content.len()).min(chunk.len());
        decoder.process(field::from(packed, read), chunk.get_mut(..most)?, Action::Run).ok()?;
        let produced = usize::try_from(decoder.total_out() - written).ok()?;
        if produced == 0 && decoder.total_in() == read {
            return None;
        }
        content.extend_from_slice(chunk.get(..produced)?);
    }
    Some(content)
}
