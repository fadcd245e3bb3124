//! Whether an encoded stream has room for more than its content.
//!
//! A decoder that used up every byte and gave the right content may have passed over bytes all the same: an empty
//! block, a table nothing uses, a chunk cut where no encoder cuts. Deflate has a walk of its own ([`super::deflate`]);
//! here stand the others. Only a stream shown to have no such room may be explained as another encoding.

use super::causes::compression;
use crate::formats;
use crate::model::Packing;
use crate::model::anatomy::Coding;

/// Whether `stream`, which decodes to `content`, holds that and nothing else.
///
/// # Errors
/// A sentence fragment: where there is room, or why it is not known.
pub fn holds_only_content(coding: Coding, stream: &[u8], content: &[u8]) -> Result<(), String> {
    match coding {
        Coding::Deflate => super::deflate::holds_only_content(stream),
        Coding::Zlib => {
            let end = stream.len().saturating_sub(4);
            let body = stream.get(2..end).ok_or("it is too short")?;
            super::deflate::holds_only_content(body)
        }
        Coding::Xz => match one_plain_stream(stream) {
            Some(true) => Ok(()),
            _ => known(coding, stream, content, "its blocks and chunks are not cut as encoders cut them"),
        },
        // One header of thirteen bytes, one run of the range coder up to the stated end.
        Coding::LzmaAlone => Ok(()),
        // A block may carry code tables that nothing uses, or hold nothing at all and a byte that says of what.
        Coding::Bzip2 | Coding::Zstd | Coding::Lz4 => {
            known(coding, stream, content, "its blocks have room for more than their content")
        }
    }
}

/// Whether a block of a pack holds what it decodes to and nothing else.
///
/// # Errors
/// A sentence fragment: where there is room, or why it is not known.
pub fn block_holds_only_content(packing: Packing, block: &[u8]) -> Result<(), String> {
    match packing {
        Packing::Stored | Packing::Lzma => Ok(()),
        Packing::Coded(coding, marker) => {
            let stream = behind(block, marker).ok_or("it is too short")?;
            // Deflate that points back into the block before cannot be decoded alone, and need not be.
            let content = match coding {
                Coding::Deflate | Coding::Zlib | Coding::LzmaAlone => Vec::new(),
                _ => formats::decode(coding, stream, BLOCKS).map_err(|error| error.to_string())?,
            };
            holds_only_content(coding, stream, &content)
        }
        Packing::Lzma2 => match chunks(block, 0) {
            Some((end, _)) if end == block.len() => Ok(()),
            _ => Err("its chunks are not cut as encoders cut them".to_owned()),
        },
        Packing::Unknown => Err("how much room its packing leaves is not known here".to_owned()),
    }
}

/// The encoder that makes this block of what it decodes to, if one known here does.
pub fn encoder_of_block(packing: Packing, block: &[u8]) -> Option<String> {
    let Packing::Coded(coding, 0) = packing else {
        return (packing == Packing::Stored).then(|| "stored".to_owned());
    };
    let content = formats::decode(coding, block, BLOCKS).ok()?;
    compression::encoder(coding, block, &content)
}

/// Decoded bytes of a block looked at.
const BLOCKS: u64 = 32 << 20;

fn behind(block: &[u8], marker: u64) -> Option<&[u8]> {
    block.get(usize::try_from(marker).ok()?..)
}

fn known(coding: Coding, stream: &[u8], content: &[u8], otherwise: &str) -> Result<(), String> {
    match compression::encoder(coding, stream, content) {
        Some(_) => Ok(()),
        None => Err(format!("{otherwise}, and no encoder known here makes this one")),
    }
}

/// Chunks are full where they hold so much, encoded or decoded: encoders go on to 64 KiB or 2 MiB.
const FULL: (usize, usize) = (40 << 10, 1 << 20);

/// Blocks other than the last hold at least so much: `xz -T` makes them of at least 1 MiB.
const BLOCK: u64 = 1 << 20;

/// Whether `stream` is one xz stream (file format 1.2.1) whose every block has the LZMA2 filter alone, without the
/// optional sizes or with the right ones, and is cut into chunks as encoders do.
fn one_plain_stream(stream: &[u8]) -> Option<bool> {
    let check = match stream.get(7)? {
        0 => 0,
        1 => 4,
        4 => 8,
        10 => 32,
        _ => return None,
    };
    let mut at = 12;
    let mut last_decoded = u64::MAX;
    // A header size of zero starts the index.
    while *stream.get(at)? != 0 {
        if last_decoded < BLOCK {
            return Some(false);
        }
        let header = (usize::from(*stream.get(at)?) + 1) * 4;
        let flags = *stream.get(at + 1)?;
        // One filter; sizes may be given, and are checked by every decoder.
        if flags & 0x3f != 0 {
            return Some(false);
        }
        let mut next = at + 2;
        for given in [0x40, 0x80] {
            if flags & given != 0 {
                varint(stream, &mut next)?;
            }
        }
        // Filter 0x21 is LZMA2; one byte of properties. What follows up to the checksum must be zero for decoders.
        if stream.get(next..next + 2)? != [0x21, 1] || next + 3 > at + header - 4 {
            return Some(false);
        }
        let (end, decoded) = chunks(stream, at + header)?;
        last_decoded = decoded;
        at = end.checked_next_multiple_of(4)?.checked_add(check)?;
    }
    // The index and the footer are functions of the blocks. Nothing may follow: another stream is another cut.
    let mut next = at + 1;
    let records = varint(stream, &mut next)?;
    for _ in 0..records.min(1 << 20) {
        varint(stream, &mut next)?;
        varint(stream, &mut next)?;
    }
    let footer = (next - at).checked_next_multiple_of(4)?.checked_add(at)?.checked_add(4)?;
    Some(stream.len() == footer + 12)
}

/// Where the LZMA2 chunks that start at `at` end, and what they decode to; `None` where one but the last is not full.
fn chunks(stream: &[u8], mut at: usize) -> Option<(usize, u64)> {
    let mut total = 0u64;
    let mut full = true;
    loop {
        let control = *stream.get(at)?;
        if control == 0 {
            return Some((at + 1, total));
        }
        if !full {
            return None;
        }
        let word =
            |at: usize| Some(usize::from(u16::from_be_bytes(stream.get(at..at + 2)?.try_into().ok()?)));
        let (size, decoded) = match control {
            1 | 2 => {
                let size = word(at + 1)? + 1;
                at += 3;
                (size, size)
            }
            0x80.. => {
                let decoded = (usize::from(control & 0x1f) << 16) + word(at + 1)? + 1;
                let size = word(at + 3)? + 1;
                at += 5 + usize::from(control >= 0xc0);
                (size, decoded)
            }
            _ => return None,
        };
        at = at.checked_add(size)?;
        total = total.saturating_add(decoded as u64);
        full = size >= FULL.0 || decoded >= FULL.1;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::Write;

    use liblzma::stream::Check;
    use liblzma::stream::Filters;
    use liblzma::stream::LzmaOptions;
    use liblzma::stream::Stream;

    fn content(size: usize) -> Vec<u8> {
        (0..size as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    #[test]
    fn what_xz_writes_has_no_room() {
        for (size, level, check) in [
            (10, 6, Check::Crc64),
            (3 << 20, 1, Check::None),
            (5 << 20, 9, Check::Sha256),
            (0, 6, Check::Crc32),
        ] {
            let mut encoder = liblzma::write::XzEncoder::new_stream(
                Vec::new(),
                Stream::new_easy_encoder(level, check).unwrap(),
            );
            encoder.write_all(&content(size)).unwrap();
            let stream = encoder.finish().unwrap();
            assert_eq!(one_plain_stream(&stream), Some(true), "{size} {level}");
        }
    }

    #[test]
    fn a_second_filter_short_chunks_and_a_second_stream_are_room() {
        let mut filters = Filters::new();
        filters.x86().lzma2(&LzmaOptions::new_preset(6).unwrap());
        let stream = Stream::new_stream_encoder(&filters, Check::Crc32).unwrap();
        let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
        encoder.write_all(b"content").unwrap();
        assert_ne!(one_plain_stream(&encoder.finish().unwrap()), Some(true), "a filter with properties");
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 6);
        encoder.write_all(b"con").unwrap();
        encoder.flush().unwrap();
        encoder.write_all(b"tent").unwrap();
        assert_ne!(one_plain_stream(&encoder.finish().unwrap()), Some(true), "a chunk of three bytes");
        let one = liblzma::encode_all(&b"con"[..], 6).unwrap();
        assert_ne!(one_plain_stream(&[one.clone(), one].concat()), Some(true), "two streams");
    }
}
