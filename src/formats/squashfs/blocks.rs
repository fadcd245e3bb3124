//! The blocks of an image, one at a time: how they are packed, and what decoding them may cost.

use super::super::decode;
use crate::model::Coding;
use crate::model::Packing;

/// The compressor of an image; a block that it does not make smaller stands as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Zlib,
    Lzma,
    Lzo,
    Xz,
    Lz4,
    Zstd,
    Unknown,
}

impl Method {
    /// By its number in the superblock.
    pub fn of(number: u16) -> Method {
        match number {
            1 => Method::Zlib,
            2 => Method::Lzma,
            3 => Method::Lzo,
            4 => Method::Xz,
            5 => Method::Lz4,
            6 => Method::Zstd,
            _ => Method::Unknown,
        }
    }

    /// What the tools call it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Zlib => "gzip",
            Method::Lzma => "lzma",
            Method::Lzo => "lzo",
            Method::Xz => "xz",
            Method::Lz4 => "lz4",
            Method::Zstd => "zstd",
            Method::Unknown => "unknown",
        }
    }

    /// How a block of this method is packed.
    pub fn packing(self, stored: bool) -> Packing {
        match self {
            _ if stored => Packing::Stored,
            Method::Zlib => Packing::Coded(Coding::Zlib, 0),
            Method::Lzma => Packing::Coded(Coding::LzmaAlone, 0),
            Method::Xz => Packing::Coded(Coding::Xz, 0),
            Method::Zstd => Packing::Coded(Coding::Zstd, 0),
            Method::Lz4 | Method::Lzo | Method::Unknown => Packing::Unknown,
        }
    }

    /// What a block holds, at most `most` bytes; `None` where it cannot be decoded to its last byte.
    pub fn decode(self, block: &[u8], stored: bool, most: u64) -> Option<Vec<u8>> {
        if stored {
            return (block.len() as u64 <= most).then(|| block.to_vec());
        }
        match self.packing(false) {
            Packing::Coded(coding, _) => decode::decode(coding, block, most).ok(),
            _ if self == Method::Lz4 => {
                let mut content = vec![0; usize::try_from(most).ok()?];
                let len = lz4_flex::block::decompress_into(block, &mut content).ok()?;
                content.truncate(len);
                Some(content)
            }
            _ => None,
        }
    }
}

/// What may still be decoded of one image.
pub struct Room {
    /// Bytes.
    pub bytes: u64,
    /// Blocks: starting on one costs a decoder.
    pub blocks: u64,
}

/// Decoded bytes kept of one image, tables and files together.
const KEPT: u64 = 256 << 20;

impl Room {
    /// For an image of so many bytes; blocks of well-made images hold kilobytes.
    pub fn new(size: u64) -> Room {
        Room { bytes: KEPT, blocks: 4096 + size / 1024 }
    }

    /// Takes one block of `bytes` decoded bytes; whether there was room.
    pub fn take(&mut self, bytes: u64) -> bool {
        match (self.bytes.checked_sub(bytes), self.blocks.checked_sub(1)) {
            (Some(bytes), Some(blocks)) => {
                (self.bytes, self.blocks) = (bytes, blocks);
                true
            }
            _ => false,
        }
    }
}
