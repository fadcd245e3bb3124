//! xz: its streams, the padding between them, and what follows.
//!
//! A stream is one region: decoding it verifies every byte of its headers, index and checks, and refuses
//! padding that is not zero, so nothing within it is free to hold anything but content and the encoder's
//! choices, which stand in the facts. Streams are found from their indexes without decoding; only where that
//! fails is the stream decoded to find its end. Format: tukaani.org/xz/xz-file-format.txt 1.2.1.

use std::ops::Range;

use super::decode;
use super::descend;
use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Coding;
use crate::model::Content;
use crate::model::Limits;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "xz";

/// The header magic.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(MAGIC)
}

/// Regions `xz stream` (`#2`, …), `stream padding`, `trailing bytes`; facts `xz-check`, `xz-blocks`,
/// `xz-first-block-header` (hex: filters and dictionary size).
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    match indexed(bytes) {
        Some(streams) => {
            let mut at = 0;
            for (index, stream) in streams.iter().enumerate() {
                builder.padding(at, stream.start - at, "stream padding");
                claim(&mut builder, stream, index, None);
                at = stream.end;
            }
            let size = builder.size();
            builder.padding(at, size - at, "stream padding");
        }
        None => decoded(&mut builder),
    }
    builder.finish()
}

const MAGIC: &[u8] = &[0xfd, b'7', b'z', b'X', b'Z', 0];
const HEADER: u64 = 12;
const FOOTER: u64 = 12;

/// Claims one stream as a member.
fn claim(builder: &mut Builder<'_>, stream: &Range<u64>, index: usize, kept: Option<Vec<u8>>) {
    let (label, name) = match index {
        0 => ("xz stream".to_owned(), String::new()),
        _ => (format!("xz stream #{}", index + 1), format!("#{}", index + 1)),
    };
    let bytes = builder.bytes();
    let check = field::byte(bytes, stream.start + 7).unwrap_or(0);
    builder.fact("xz-check", check_name(check).as_bytes());
    let header_size = u64::from(field::byte(bytes, stream.start + HEADER).unwrap_or(0)) * 4 + 4;
    let header = field::clamped(bytes, stream.start + HEADER..stream.start + HEADER + header_size);
    let hex: String = header.iter().map(|byte| format!("{byte:02x}")).collect();
    builder.fact("xz-first-block-header", hex.as_bytes());
    let claim = builder.claim(stream.start, stream.end - stream.start, Role::Member, label);
    builder.decoded_member(name.as_bytes(), claim, Content::Coded(Coding::Xz), kept);
}

/// The integrity check's name.
fn check_name(id: u8) -> String {
    match id {
        0 => "none".to_owned(),
        1 => "crc32".to_owned(),
        4 => "crc64".to_owned(),
        10 => "sha256".to_owned(),
        other => format!("unknown {other}"),
    }
}

/// The streams by their indexes, read from the end; `None` unless they and zero padding fill the file.
fn indexed(bytes: &[u8]) -> Option<Vec<Range<u64>>> {
    let mut streams = Vec::new();
    let mut end = bytes.len() as u64;
    while end > 0 {
        while field::le32(bytes, end.checked_sub(4)?) == Some(0) {
            end = end.checked_sub(4)?;
        }
        let footer = end.checked_sub(FOOTER)?;
        if field::slice(bytes, footer + 10, 2)? != b"YZ" {
            return None;
        }
        let index_size = (u64::from(field::le32(bytes, footer + 4)?) + 1) * 4;
        let index = footer.checked_sub(index_size)?;
        let blocks = blocks_size(field::slice(bytes, index, index_size)?)?;
        let start = index.checked_sub(blocks)?.checked_sub(HEADER)?;
        if field::slice(bytes, start, 6)? != MAGIC {
            return None;
        }
        streams.push(start..end);
        end = start;
    }
    streams.reverse();
    Some(streams)
}

/// The size of all blocks that an index lists, each with its padding to four bytes.
fn blocks_size(index: &[u8]) -> Option<u64> {
    let mut at = 1;
    if index.first() != Some(&0) {
        return None;
    }
    let count = varint(index, &mut at)?;
    let mut total = 0u64;
    for _ in 0..count {
        let unpadded = varint(index, &mut at)?;
        varint(index, &mut at)?;
        total = total.checked_add(unpadded.checked_next_multiple_of(4)?)?;
    }
    Some(total)
}

/// A variable-length integer of at most nine bytes.
fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..63).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// The streams by decoding them one after the other.
fn decoded(builder: &mut Builder<'_>) {
    let bytes = builder.bytes();
    let size = builder.size();
    let mut at = 0;
    let mut index = 0;
    builder.problem("the stream indexes do not describe the file; streams were found by decoding");
    while field::from(bytes, at).starts_with(MAGIC) {
        let rest = field::from(bytes, at);
        let max = descend::allowance(&Limits::default(), rest.len() as u64);
        let mut kept = decode::Kept::default();
        match decode::stream_one(Coding::Xz, rest, max, &mut |chunk| kept.push(chunk)) {
            Ok(consumed) => {
                claim(builder, &(at..at + consumed), index, kept.content());
                at += consumed;
            }
            Err(error) => {
                builder.problem(format!("xz stream at {at}: {error}; its content was not examined"));
                let claim = builder.claim(at, size - at, Role::Member, "xz stream without an end");
                builder.member(b"", Some(claim), Content::Opaque, Vec::new());
                return;
            }
        }
        index += 1;
        let zeros = field::from(bytes, at).iter().take_while(|byte| **byte == 0).count() as u64;
        let zeros = zeros - zeros % 4;
        builder.padding(at, zeros, "stream padding");
        at += zeros;
    }
    builder.claim(at, size - at, Role::Trailing, "trailing bytes");
}
