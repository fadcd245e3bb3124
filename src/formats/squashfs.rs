//! squashfs: superblock and tables. The compressed blocks between them are not decoded.
//!
//! Format: Documentation/filesystems/squashfs.rst and squashfs_fs.h.

use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Content;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "squashfs";

/// The little-endian magic and version 4.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(b"hsqs") && field::le16(bytes, 28) == Some(4)
}

/// Regions: superblock fields, `data blocks` (an opaque member), one per table, `padding`, `trailing bytes`.
/// Facts: `compression`, `mkfs-time`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    builder.claim(0, 8, Role::Header, "superblock: magic and inodes");
    builder.claim(8, 4, Role::Timestamp, "superblock: mkfs time");
    builder.claim(12, 8, Role::Header, "superblock: block size and fragments");
    builder.claim(20, 2, Role::Toolchain, "superblock: compression");
    builder.claim(22, 74, Role::Header, "superblock: flags, version and tables");
    let compression = match field::le16(bytes, 20).unwrap_or(0) {
        1 => "gzip",
        2 => "lzma",
        3 => "lzo",
        4 => "xz",
        5 => "lz4",
        6 => "zstd",
        _ => "unknown",
    };
    builder.fact("compression", compression.as_bytes());
    builder.fact("mkfs-time", field::le32(bytes, 8).unwrap_or(0).to_string().as_bytes());
    let size = builder.size();
    let used = field::le64(bytes, 40).unwrap_or(size).min(size);
    let mut starts: Vec<(u64, &str)> = [
        (48, "id table"),
        (56, "extended attribute table"),
        (64, "inode table"),
        (72, "directory table"),
        (80, "fragment table"),
        (88, "export table"),
    ]
    .into_iter()
    .filter_map(|(at, name)| Some((field::le64(bytes, at)?, name)))
    .filter(|(start, _)| *start >= 96 && *start < used)
    .collect();
    starts.sort_unstable();
    let first = starts.first().map_or(used, |(start, _)| *start);
    let claim = builder.claim(96, first.saturating_sub(96), Role::Member, "data blocks");
    if first > 96 {
        builder.member(b"data blocks", Some(claim), Content::Opaque, Vec::new());
        builder.problem("the blocks of a squashfs image are not decoded");
    }
    for (index, (start, name)) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(used, |(next, _)| *next);
        builder.claim(*start, end - start, Role::Header, *name);
    }
    // Images are filled up to 4 KiB.
    let padded = used.next_multiple_of(4096).min(size);
    builder.padding(used, padded - used, "padding");
    if padded < size {
        builder.problem(format!("{} bytes follow the image", size - padded));
        builder.claim(padded, size - padded, Role::Trailing, "trailing bytes");
    }
    builder.finish()
}
