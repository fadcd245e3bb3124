//! dmg: Apple's disk images (UDIF), every chunk of every partition.
//!
//! The trailer at the end points at a property list, whose block tables say where each run of sectors stands and how
//! it is packed. Chunks packed with zlib, bzip2 and xz are decoded; those of ADC and LZFSE are opaque. A chunk is a
//! stretch of a file system, which is not read here.
//!
//! Format: as libdmg and the tools that read UDIF describe it; Apple published none. Numbers are big-endian.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::field;
use super::partition::Builder;
use super::partition::DETAILED_ENTRIES;
use super::partition::holds;
use crate::model::Anatomy;
use crate::model::Check;
use crate::model::Coding;
use crate::model::Content;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "dmg";

/// The trailer, which says its own size.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    let Some(at) = (bytes.len() as u64).checked_sub(TRAILER) else { return false };
    field::slice(bytes, at, 4) == Some(b"koly") && be32(bytes, at + 8) == Some(512)
}

/// Regions: `partition N chunk M` (members), `property list`, the trailer's fields; gaps between.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let at = builder.size().saturating_sub(TRAILER);
    let value = |offset| be64(bytes, at + offset).unwrap_or(0);
    let (data, data_len) = (value(24), value(32));
    let (list, list_len) = (value(216), value(224));
    builder.claim(at, 80, Role::Header, "trailer: places");
    builder.claim_checked(
        at + 80,
        136,
        Role::Derived,
        "trailer: data checksum",
        checksum(bytes, at, data, data_len),
    );
    builder.claim(at + 216, 136, Role::Header, "trailer: property list's place");
    builder.claim(at + 352, 136, Role::Header, "trailer: master checksum");
    builder.claim(at + 488, 12, Role::Header, "trailer: variant and sectors");
    builder.padding(at + 500, 12, "trailer: padding");
    builder.claim(list, list_len, Role::Header, "property list");
    let tables = field::slice(bytes, list, list_len).map(tables).unwrap_or_default();
    if tables.is_empty() {
        builder.problem("the property list holds no block tables: what the image holds was not decoded");
        let claim = builder.claim(data, data_len, Role::Member, "data");
        builder.member(b"data", Some(claim), Content::Opaque, Vec::new());
    }
    for (index, table) in tables.iter().enumerate() {
        chunks(&mut builder, index + 1, table, data);
    }
    builder.finish()
}

/// The trailer's length.
const TRAILER: u64 = 512;

/// A block table's header and each of its entries.
const TABLE: u64 = 204;
const ENTRY: u64 = 40;

/// Whether the stated CRC-32 (kind 2, 32 bits) of the data is its own, and nothing stands behind it.
fn checksum(bytes: &[u8], at: u64, data: u64, len: u64) -> Check {
    if be32(bytes, at + 80) != Some(2) || be32(bytes, at + 84) != Some(32) {
        return Check::None;
    }
    let rest = field::clamped(bytes, at + 92..at + 216);
    let computed = field::slice(bytes, data, len).map(crc32fast::hash);
    holds(computed.is_some() && be32(bytes, at + 88) == computed && field::is_zero(rest), || {
        "the checksum of the data does not hold".to_owned()
    })
}

/// Claims the chunks of one partition.
fn chunks(builder: &mut Builder<'_>, partition: usize, table: &[u8], data: u64) {
    if !table.starts_with(b"mish") {
        builder.problem(format!("partition {partition}: its block table is none"));
        return;
    }
    let base = data.saturating_add(be64(table, 24).unwrap_or(0));
    let mut opaque = 0u64;
    let entries = (table.len() as u64).saturating_sub(TABLE) / ENTRY;
    for index in 0..entries.min(DETAILED_ENTRIES) {
        let at = TABLE + index * ENTRY;
        let (Some(kind), Some(from), Some(len)) =
            (be32(table, at), be64(table, at + 24), be64(table, at + 32))
        else {
            break;
        };
        let content = match kind {
            1 => Content::Stored,
            0x8000_0005 => Content::Coded(Coding::Zlib),
            0x8000_0006 => Content::Coded(Coding::Bzip2),
            0x8000_0008 => Content::Coded(Coding::Xz),
            // Zeros, free space, a comment, the end: no bytes of the image.
            0 | 2 | 0x7fff_fffe | 0xffff_ffff => continue,
            _ => Content::Opaque,
        };
        opaque += u64::from(content == Content::Opaque);
        let name = format!("partition {partition} chunk {}", index + 1);
        let claim = builder.claim(base.saturating_add(from), len, Role::Member, name.clone());
        builder.member(name.as_bytes(), (len > 0).then_some(claim), content, Vec::new());
    }
    if entries > DETAILED_ENTRIES {
        builder
            .problem(format!("partition {partition}: chunks beyond {DETAILED_ENTRIES} are not told apart"));
    }
    if opaque > 0 {
        builder
            .problem(format!("partition {partition}: {opaque} chunks are of a method that is not decoded"));
    }
}

/// The block tables of a property list: the data of its `blkx` array, in order.
fn tables(list: &[u8]) -> Vec<Vec<u8>> {
    let Some(text) = std::str::from_utf8(list).ok() else { return Vec::new() };
    let Some((_, rest)) = text.split_once("<key>blkx</key>") else { return Vec::new() };
    let array = rest.split_once("</array>").map_or(rest, |(array, _)| array);
    let data = array.split("<data>").skip(1).filter_map(|part| part.split_once("</data>"));
    data.filter_map(|(text, _)| {
        let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        STANDARD.decode(packed).ok()
    })
    .collect()
}

fn be32(bytes: &[u8], at: u64) -> Option<u32> {
    field::array(bytes, at).map(u32::from_be_bytes)
}

fn be64(bytes: &[u8], at: u64) -> Option<u64> {
    field::array(bytes, at).map(u64::from_be_bytes)
}
