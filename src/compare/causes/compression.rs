//! How it was compressed: the same content, encoded by another implementation or at another effort.
//!
//! Encoded bytes differ, decoded bytes are equal, and the decoder used up every encoded byte. The evidence
//! says which known encoder makes the bytes of which side: a stream that a known encoder reproduces byte for
//! byte is a function of its content and holds nothing else.

use std::io::Write;

use super::Cause;
use super::Judge;
use crate::model::Coding;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "compression",
    looks_for: "A compressed member whose encoded bytes differ and whose decoded bytes are equal.",
    gives: "Both encoded sizes and, for contents small enough to try, the encoder and level that make the bytes of either side.",
    roles: &[],
    fix: "Use the vendor's compressor, version and level; or ship the uncompressed form.",
    judge: Judge::Structure,
};

/// The evidence for two encodings of one content.
///
/// `fingerprint` says whether encoders are tried: the caller bounds how often.
pub fn evidence(
    coding: Coding,
    shipped: &[u8],
    rebuilt: &[u8],
    content: &[u8],
    fingerprint: bool,
) -> Vec<String> {
    let mut evidence = vec![format!(
        "equal content of {} bytes; encoded to {} bytes shipped, {} rebuilt; nothing follows either stream",
        content.len(),
        shipped.len(),
        rebuilt.len()
    )];
    if !fingerprint {
        return evidence;
    }
    if content.len() > largest(coding) {
        evidence.push(format!("encoders were not tried: the content exceeds {} bytes", largest(coding)));
        return evidence;
    }
    for (side, encoded) in [("shipped", shipped), ("rebuilt", rebuilt)] {
        evidence.push(match encoder(coding, encoded, content) {
            Some(name) => format!("{side}: {name} makes exactly these bytes"),
            None => format!("{side}: no encoder known here makes these bytes"),
        });
    }
    evidence
}

/// The encoder and level that turn `content` into `encoded`, if one known here does.
pub fn encoder(coding: Coding, encoded: &[u8], content: &[u8]) -> Option<String> {
    if content.len() > largest(coding) {
        return None;
    }
    let levels: &[u32] = match coding {
        Coding::Deflate | Coding::Zlib => &[6, 9, 1, 2, 3, 4, 5, 7, 8],
        Coding::Xz | Coding::LzmaAlone => &[6, 9, 3, 0],
        Coding::Bzip2 => &[9, 1, 2, 3, 4, 5, 6, 7, 8],
        Coding::Zstd => zstd_levels(encoded, content.len()),
        Coding::Lz4 => &[],
    };
    levels
        .iter()
        .find(|level| encode(coding, encoded, content, **level).as_deref() == Some(encoded))
        .map(|level| format!("{} at level {level}", encoder_name(coding)))
}

/// Levels of zstd worth trying: the slowest take seconds for contents of megabytes, and a stream that is not shorter
/// than its content by far was not made by them.
fn zstd_levels(encoded: &[u8], content: usize) -> &'static [u32] {
    match content {
        0..=2_000_000 => &[3, 19, 1, 9, 22, 2, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21],
        _ if encoded.len() < content => &[3, 1, 9, 19],
        _ => &[3, 1],
    }
}

/// Contents up to this size are encoded again: about a second at the slowest level.
fn largest(coding: Coding) -> usize {
    match coding {
        Coding::Deflate | Coding::Zlib => 4 << 20,
        // Known encoders decide here whether a stream is explained at all.
        Coding::Bzip2 | Coding::Zstd => 32 << 20,
        Coding::Xz | Coding::LzmaAlone => 1 << 20,
        Coding::Lz4 => 0,
    }
}

fn encoder_name(coding: Coding) -> &'static str {
    match coding {
        Coding::Deflate | Coding::Zlib => "zlib",
        Coding::Xz => "liblzma",
        Coding::LzmaAlone => "liblzma (alone)",
        Coding::Bzip2 => "libbzip2",
        Coding::Zstd => "libzstd",
        Coding::Lz4 => "lz4",
    }
}

/// As the library makes it at once, where the frame states its content's size, or piece by piece where it does not,
/// with a checksum where `like` has one (RFC 8878, 3.1.1.1.1).
fn zstd_as(like: &[u8], content: &[u8], level: i32) -> Option<Vec<u8>> {
    let descriptor = *like.get(4)?;
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), level).ok()?;
    encoder.include_checksum(descriptor & 4 != 0).ok()?;
    let sized = descriptor & 0xe0 != 0;
    encoder.include_contentsize(sized).ok()?;
    if sized {
        encoder.set_pledged_src_size(Some(content.len() as u64)).ok()?;
    }
    encoder.write_all(content).ok()?;
    encoder.finish().ok()
}

fn encode(coding: Coding, encoded: &[u8], content: &[u8], level: u32) -> Option<Vec<u8>> {
    match coding {
        Coding::Deflate => {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(level));
            encoder.write_all(content).ok()?;
            encoder.finish().ok()
        }
        Coding::Zlib => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(level));
            encoder.write_all(content).ok()?;
            encoder.finish().ok()
        }
        Coding::Bzip2 => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(level));
            encoder.write_all(content).ok()?;
            encoder.finish().ok()
        }
        Coding::Xz => liblzma::encode_all(content, level).ok(),
        Coding::LzmaAlone => {
            let options = liblzma::stream::LzmaOptions::new_preset(level).ok()?;
            let stream = liblzma::stream::Stream::new_lzma_encoder(&options).ok()?;
            let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
            encoder.write_all(content).ok()?;
            encoder.finish().ok()
        }
        Coding::Zstd => zstd_as(encoded, content, i32::try_from(level).ok()?),
        Coding::Lz4 => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoder_is_recognised_by_the_bytes_it_makes() {
        let content: Vec<u8> = (0..20_000u32).flat_map(|n| (n * n).to_string().into_bytes()).collect();
        for (coding, level) in [(Coding::Deflate, 9), (Coding::Xz, 6), (Coding::Zstd, 19), (Coding::Bzip2, 9)]
        {
            let like: &[u8] = if coding == Coding::Zstd { &[0, 0, 0, 0, 0x20] } else { &[] };
            let encoded = encode(coding, like, &content, level).unwrap();
            let name = encoder(coding, &encoded, &content).unwrap();
            assert!(name.ends_with(&format!("level {level}")), "{name}");
            let mut other = encoded.clone();
            other.push(0);
            assert_eq!(encoder(coding, &other, &content), None);
        }
    }
}
