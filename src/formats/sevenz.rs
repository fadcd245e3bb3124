//! 7z: the signature header, the packed streams and the header behind them; the files inside.
//!
//! Files are decoded where their folder is one chain of what liblzma, zlib and libbzip2 decode. Of other folders
//! (BCJ2, PPMd, encrypted) the packed stream is opaque. Files stand in folders, and a header may be packed as they are:
//! either is a [`Pack`](crate::model::Pack) with a partition of its own.
//!
//! Format: 7zFormat.txt of the LZMA SDK.

mod header;

use std::ops::Range;

use liblzma::stream::Action;
use liblzma::stream::Filters;
use liblzma::stream::Status;
use liblzma::stream::Stream;

use self::header::Field;
use self::header::Folder;
use self::header::Header;
use self::header::Read;
use super::decode;
use super::field;
use super::partition::Builder;
use super::partition::holds;
use crate::model::Anatomy;
use crate::model::Check;
use crate::model::Coding;
use crate::model::Content;
use crate::model::Packing;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "7z";

/// The signature.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(&[b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c])
}

/// Regions: signature header fields, `packed stream N`, `packed header N`, the header's fields, `trailing bytes`; a packed
/// stream that is not decoded is an opaque member. Packs: `folder N` with the files, `packed header N` with its fields.
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
    builder.claim_checked(28, 4, Role::Derived, "header crc", checked(28, crc(start..end)));
    let mut room = Room { left: KEPT };
    let headers = if len > 0 && end <= size { read(bytes, start..end, &mut room) } else { None };
    // An archive of nothing but empty files has no folders and no packed bytes.
    match headers.filter(|headers| offset == 0 || !headers.header.folders.is_empty()) {
        Some(headers) => {
            let streams = files(&mut builder, &headers.header, &mut room);
            let mut before = streams.end;
            let (mut packed, last) = (headers.packed, headers.last);
            // What was read last stands inside of all others, and its fields speak of the files.
            let mut inner: Option<(Vec<u8>, Anatomy)> = None;
            let outermost = packed.is_empty();
            if !outermost {
                let mut inside = Builder::new(NAME, &last);
                fields(&mut inside, 0, &headers.header, &streams.facts);
                let inside = inside.finish();
                inner = Some((last, inside));
            }
            while let Some(layer) = packed.pop() {
                let facts = layer.facts(bytes, before, inner.as_ref().map(|(content, _)| content.as_slice()));
                before = layer.range.end;
                let label = format!("packed header {}", packed.len() + 1);
                let claim = builder.claim(
                    layer.range.start,
                    layer.range.end - layer.range.start,
                    Role::Member,
                    label.clone(),
                );
                if let Some((content, inside)) = inner.take() {
                    builder.pack(label, vec![(claim, layer.packing)], content, inside);
                }
                match packed.is_empty() {
                    true => fields(&mut builder, start, &layer.header, &facts),
                    false => {
                        let mut inside = Builder::new(NAME, &layer.stored);
                        fields(&mut inside, 0, &layer.header, &facts);
                        let inside = inside.finish();
                        inner = Some((layer.stored, inside));
                    }
                }
            }
            if outermost {
                fields(&mut builder, start, &headers.header, &streams.facts);
            }
            let tiled = holds(before == start && headers.to_the_end, || {
                "it does not stand right behind the packed streams, or holds more than a header".to_owned()
            });
            builder.claim_checked(12, 16, Role::Derived, "header offset and size", tiled);
        }
        None => {
            builder.claim(12, 16, Role::Header, "header offset and size");
            let claim = builder.claim(32, offset, Role::Member, "packed streams");
            if offset > 0 {
                builder.member(b"packed streams", Some(claim), Content::Opaque, Vec::new());
            }
            if len > 0 {
                builder.problem("the header is damaged or of a kind that is not read: the packed streams were not decoded");
            }
            builder.claim(start, len, Role::Header, "header");
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
const NESTED: usize = 4;

struct Room {
    left: usize,
}

/// The header of an archive and those that only say where the next one is packed.
struct Headers {
    header: Header,
    /// The bytes of the header, where it was packed.
    last: Vec<u8>,
    packed: Vec<Layer>,
    /// Whether no bytes stand behind any of them.
    to_the_end: bool,
}

/// A header that says where another one is packed.
struct Layer {
    header: Header,
    /// Its bytes.
    stored: Vec<u8>,
    /// Where what it tells of is packed, and how.
    range: Range<u64>,
    packing: Packing,
}

impl Layer {
    fn facts(&self, bytes: &[u8], before: u64, content: Option<&[u8]>) -> Facts {
        let folder = self.header.folders.first();
        let crc = content.map(crc32fast::hash);
        Facts {
            placed: self.range.start == before && self.range.end <= bytes.len() as u64,
            decoded: vec![content.is_some() && self.header.folders.len() == 1],
            digests: folder.is_some_and(|folder| folder.parts.iter().all(|(_, given)| *given == crc)),
        }
    }
}

/// The header, unpacked where it is packed, and where it stood.
fn read(bytes: &[u8], stored: Range<u64>, room: &mut Room) -> Option<Headers> {
    let mut stored = field::clamped(bytes, stored).to_vec();
    let mut packed = Vec::new();
    let mut to_the_end = true;
    while packed.len() <= NESTED {
        let layer = match header::read(&stored)? {
            Read::Plain(header) => {
                to_the_end &= header.end == stored.len() as u64;
                return Some(Headers { header, last: stored, packed, to_the_end });
            }
            Read::Packed(layer) => layer,
        };
        to_the_end &= layer.end == stored.len() as u64;
        let at = 32u64.checked_add(layer.packed_at)?;
        let len = *layer.packed.first()?;
        let (next, packing) = unpack(layer.folders.first()?, field::slice(bytes, at, len)?, room)?;
        let layer = Layer { header: layer, stored, range: at..at + len, packing };
        packed.push(layer);
        stored = next;
    }
    None
}

/// What is known of the numbers in a header.
struct Facts {
    /// Whether the packed streams stand where writers put them.
    placed: bool,
    /// For each folder, whether it was decoded.
    decoded: Vec<bool>,
    /// Whether every checksum holds.
    digests: bool,
}

/// Claims the fields of a header that starts at `start`; those that follow from the packed streams are derived.
fn fields(builder: &mut Builder<'_>, start: u64, header: &Header, facts: &Facts) {
    let decoded = |folder: usize| facts.decoded.get(folder).copied().unwrap_or(false);
    let all = !facts.decoded.is_empty() && facts.decoded.iter().all(|decoded| *decoded);
    let derived = |holds_so: bool| {
        holds(holds_so && header.is_plain, || {
            "it is not what follows from the packed streams, or is written longer than it is".to_owned()
        })
    };
    let name = |file: usize| {
        let name = header.files.get(file).map_or(&[][..], |file| &file.name);
        format!("file {} {}", file + 1, crate::model::path::escape(field::clamped(name, 0..200)))
    };
    for (nth, (range, field)) in header.fields.iter().enumerate() {
        let (role, label, check) = match *field {
            Field::PackedAt => {
                (Role::Derived, "place of the packed streams".to_owned(), derived(facts.placed))
            }
            Field::PackedSize(stream) => {
                (Role::Derived, format!("size of packed stream {}", stream + 1), derived(all && facts.placed))
            }
            Field::Size(folder) => {
                (Role::Derived, format!("size of folder {} ({nth})", folder + 1), derived(decoded(folder)))
            }
            Field::PartSize(folder) => (
                Role::Derived,
                format!("size of a file of folder {} ({nth})", folder + 1),
                derived(decoded(folder)),
            ),
            Field::Digests => (Role::Derived, format!("checksums ({nth})"), derived(all && facts.digests)),
            Field::Names => (Role::Name, "names".to_owned(), Check::None),
            Field::Time(file, which) => (Role::Timestamp, format!("{}: {which}", name(file)), Check::None),
            Field::Attributes(file) => (Role::Mode, format!("{}: attributes", name(file)), Check::None),
            Field::Filler => {
                builder.padding(start + range.start, range.end - range.start, format!("filler ({nth})"));
                continue;
            }
        };
        builder.claim_checked(
            start + range.start,
            range.end - range.start,
            role,
            format!("header: {label}"),
            check,
        );
    }
    let mut claimed: Vec<(Range<u64>, String)> = header
        .fields
        .iter()
        .enumerate()
        .map(|(nth, (range, _))| (start + range.start..start + range.end, format!("field {}", nth + 1)))
        .collect();
    claimed.sort_by_key(|(range, _)| range.start);
    builder.claim_around(start..start + header.end, Role::Header, "header", &claimed);
}

/// What the packed streams came to.
struct Streams {
    /// Where the last of them ends.
    end: u64,
    facts: Facts,
}

/// Claims the packed streams and adds what is in them.
fn files(builder: &mut Builder<'_>, header: &Header, room: &mut Room) -> Streams {
    let bytes = builder.bytes();
    let mut at = 32u64.saturating_add(header.packed_at);
    let mut facts = Facts { placed: header.packed_at == 0, decoded: Vec::new(), digests: true };
    let mut streams = header.packed.iter();
    let mut contents = header.files.iter().filter(|file| file.has_content);
    let most = decode::most_streams(builder.size());
    for (index, folder) in header.folders.iter().enumerate() {
        let len: u64 = streams.by_ref().take(usize::try_from(folder.takes).unwrap_or(1)).sum();
        let label = format!("packed stream {}", index + 1);
        let packed = field::slice(bytes, at, len).filter(|_| (index as u64) < most);
        let content = packed.and_then(|packed| unpack(folder, packed, room));
        let claim = builder.claim(at, len, Role::Member, label.clone());
        let same = folder.sizes.iter().all(|size| Some(*size) == folder.size());
        facts.decoded.push(content.is_some() && same);
        at = at.saturating_add(len);
        let files = contents.by_ref().take(folder.parts.len());
        let Some((content, packing)) = content else {
            builder.member(label.as_bytes(), Some(claim), Content::Opaque, Vec::new());
            builder.problem(format!("{label} is damaged, too large, or of a method that is not decoded"));
            for file in files {
                builder.member(&file.name, None, Content::Opaque, vec![("type", "file".to_owned())]);
            }
            continue;
        };
        let mut inside = Builder::new(NAME, &content);
        let mut from = 0u64;
        for ((size, crc), file) in folder.parts.iter().zip(files) {
            let part = field::slice(&content, from, *size).unwrap_or_default();
            let right = crc.is_some_and(|crc| crc == crc32fast::hash(part));
            if crc.is_some() && !right {
                builder.problem(format!("{label}: a file's CRC-32 does not hold"));
            }
            facts.digests &= right || crc.is_none();
            let name = inside.label(&file.name);
            let part = inside.claim(from, *size, Role::Member, name);
            let kind = if *size == 0 { Content::Empty } else { Content::Stored };
            inside.member(&file.name, Some(part), kind, vec![("type", "file".to_owned())]);
            from = from.saturating_add(*size);
        }
        let inside = inside.finish();
        builder.pack(format!("folder {}", index + 1), vec![(claim, packing)], content, inside);
    }
    for file in header.files.iter().filter(|file| !file.has_content) {
        let kind = if file.is_folder { "directory" } else { "file" };
        builder.member(&file.name, None, Content::Empty, vec![("type", kind.to_owned())]);
    }
    Streams { end: at, facts }
}

/// The content of a folder and how it was packed; `None` where it is damaged, too large, or not a chain that is decoded
/// here.
fn unpack(folder: &Folder, packed: &[u8], room: &mut Room) -> Option<(Vec<u8>, Packing)> {
    let size = usize::try_from(folder.size()?).ok()?;
    let left = room.left.checked_sub(size)?;
    if size as u64 > (packed.len() as u64).saturating_mul(RATIO).max(1 << 20) {
        return None;
    }
    let chain = folder.chain()?;
    let (first, filters) = chain.split_first()?;
    let (content, packing) = match (first.id.as_slice(), filters.is_empty()) {
        ([0x00], true) => (packed.get(..size).filter(|_| packed.len() == size)?.to_vec(), Packing::Stored),
        ([0x04, 0x01, 0x08], true) => coded(Coding::Deflate, packed, size)?,
        ([0x04, 0x02, 0x02], true) => coded(Coding::Bzip2, packed, size)?,
        ([0x21] | [0x03, 0x01, 0x01], _) => lzma(first, filters, packed, size)?,
        _ => return None,
    };
    room.left = left;
    Some((content, packing))
}

fn coded(coding: Coding, packed: &[u8], size: usize) -> Option<(Vec<u8>, Packing)> {
    let (content, used) = decode::decode_prefix(coding, packed, size as u64).ok()?;
    let packing = match used == packed.len() as u64 {
        true => Packing::Coded(coding, 0),
        false => Packing::Unknown,
    };
    (content.len() == size).then_some((content, packing))
}

/// Decoded size over packed size, above 1 MiB decoded.
const RATIO: u64 = 2000;

fn lzma(
    first: &header::Coder,
    filters: &[&header::Coder],
    packed: &[u8],
    size: usize,
) -> Option<(Vec<u8>, Packing)> {
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
    let packing = match first.id.as_slice() {
        [0x21] => ended(&mut decoder, packed).then_some(Packing::Lzma2),
        _ => one_run(first, packed, size).then_some(Packing::Lzma),
    };
    Some((content, packing.unwrap_or(Packing::Unknown)))
}

/// Whether the stream ends where its content does, with its last byte.
fn ended(decoder: &mut Stream, packed: &[u8]) -> bool {
    let mut one = [0];
    loop {
        let (read, written) = (decoder.total_in(), decoder.total_out());
        match decoder.process(field::from(packed, read), &mut one, Action::Run) {
            Ok(Status::StreamEnd) => {
                return decoder.total_out() == written && decoder.total_in() == packed.len() as u64;
            }
            Ok(_) if decoder.total_out() == written && decoder.total_in() > read => {}
            _ => return false,
        }
    }
}

/// Whether the range coder comes to its end with the last byte. A decoder that is told the size by a header of its own
/// holds to that; one that is told nothing does not look.
fn one_run(coder: &header::Coder, packed: &[u8], size: usize) -> bool {
    let stream = [&coder.properties, &(size as u64).to_le_bytes()[..], packed].concat();
    let used = decode::stream_one(Coding::LzmaAlone, &stream, size as u64, &mut |_| ());
    used == Ok(stream.len() as u64)
}
