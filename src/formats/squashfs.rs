//! squashfs 4, little endian: superblock, compressor options, data blocks, and every table field by field.
//!
//! Everything but the superblock is packed in blocks, so the anatomy has two floors: the image's regions are blocks, and
//! each table and the files themselves are a [`Pack`](crate::model::Pack) that says what its blocks decode to. Where a
//! block stands follows from how long those before it are packed: such a number is derived where it leads to what was
//! read and compared under its own name, and nowhere else.
//!
//! Format: Documentation/filesystems/squashfs.rst and squashfs_fs.h. Not decoded: LZO, versions before 4.

mod blocks;
mod files;
mod inodes;
mod tables;
mod tree;

use self::blocks::Method;
use self::blocks::Room;
use self::tables::Table;
use self::tables::Tables;
use super::field;
use super::partition::Builder;
use super::partition::holds;
use crate::model::Anatomy;
use crate::model::Content;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "squashfs";

/// The little-endian magic and version 4.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(b"hsqs") && field::le16(bytes, 28) == Some(4)
}

/// Regions: superblock fields, `compressor options: NAME`, data blocks named for the file they belong to, `fragment block N`,
/// the blocks and indexes of the tables, `padding`, `trailing bytes`. Packs: `files`, `inode table`, `directory table`,
/// `fragment table`, `export table`, `id table`, `extended attributes`. Members: the files in the pack; folders, links and
/// devices beside them, all with `type`, `mode`, `uid`, `gid`, `mtime`. Facts: `compression`, `mkfs-time`.
///
/// Where the tables cannot be decoded the blocks before them are one opaque member.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let method = Method::of(field::le16(bytes, 20).unwrap_or(0));
    builder.fact("compression", method.name().as_bytes());
    builder.fact("mkfs-time", field::le32(bytes, 8).unwrap_or(0).to_string().as_bytes());
    let superblock = Superblock::read(bytes);
    let mut room = Room::new(builder.size());
    let read = superblock.as_ref().and_then(|superblock| {
        let tables = Tables::read(bytes, superblock, method, &mut room)?;
        Some((superblock, tables))
    });
    match read {
        Some((superblock, tables)) => decoded(&mut builder, superblock, tables, method, &mut room),
        None => opaque(&mut builder, method),
    }
    builder.finish()
}

/// The numbers of the superblock that lead on.
pub struct Superblock {
    inodes: u64,
    block_size: u64,
    fragments: u64,
    flags: u16,
    ids: u64,
    root: u64,
    used: u64,
    ids_at: u64,
    attributes_at: u64,
    inodes_at: u64,
    directories_at: u64,
    fragments_at: u64,
    export_at: u64,
}

/// A place that is not there.
const NOWHERE: u64 = u64::MAX;

/// Bytes of the superblock.
const SUPERBLOCK: u64 = 96;

impl Superblock {
    fn read(bytes: &[u8]) -> Option<Superblock> {
        let wide = |at| field::le64(bytes, at);
        let read = Superblock {
            inodes: u64::from(field::le32(bytes, 4)?),
            block_size: u64::from(field::le32(bytes, 12)?),
            fragments: u64::from(field::le32(bytes, 16)?),
            flags: field::le16(bytes, 24)?,
            ids: u64::from(field::le16(bytes, 26)?),
            root: wide(32)?,
            used: wide(40)?,
            ids_at: wide(48)?,
            attributes_at: wide(56)?,
            inodes_at: wide(64)?,
            directories_at: wide(72)?,
            fragments_at: wide(80)?,
            export_at: wide(88)?,
        };
        let sound = (4096..=1 << 20).contains(&read.block_size) && read.block_size.is_power_of_two();
        (sound && read.inodes_at >= SUPERBLOCK && read.inodes_at < read.directories_at).then_some(read)
    }
}

/// An image whose tables were decoded.
fn decoded(
    builder: &mut Builder<'_>,
    superblock: &Superblock,
    tables: Tables,
    method: Method,
    room: &mut Room,
) {
    let inodes = inodes::Inodes::read(&tables.inodes.content, superblock.block_size);
    let tree = tree::Tree::read(&tables, &inodes, superblock.root);
    let image = files::Image { superblock, tables: &tables, inodes: &inodes, tree: &tree, method };
    let data = files::read(builder, &image, room);
    for problem in tables.problems.iter().chain(&inodes.problems).chain(&tree.problems) {
        builder.problem(problem);
    }
    superblock_fields(builder, superblock, &tables, &tree, method);
    files::others(builder, &image);
    let inside = inodes::inside(&tables, &inodes, &tree, &data, superblock.block_size);
    let Tables { inodes, directories, fragments, export, ids, attribute_ids, attributes, indexes, .. } =
        tables;
    pack(builder, "inode table", inodes, inside);
    let listings = tree::inside(&directories, &tree);
    pack(builder, "directory table", directories, listings);
    for (name, table, inside) in [
        ("fragment table", fragments, tables::fragments_inside as Inside),
        ("export table", export, tables::export_inside),
        ("id table", ids, tables::ids_inside),
        ("extended attribute table", attribute_ids, tables::attributes_inside),
        ("extended attributes", attributes, tables::attributes_inside),
    ] {
        let Some(table) = table else { continue };
        let inside = inside(&table, &data, &tree);
        pack(builder, name, table, inside);
    }
    for index in indexes {
        builder.claim_checked(index.at, index.len, Role::Derived, index.name, index.check);
    }
    end(builder, superblock.used);
}

type Inside = fn(&Table, &files::Data, &tree::Tree) -> Anatomy;

fn pack(builder: &mut Builder<'_>, name: &str, table: Table, inside: Anatomy) {
    let blocks = table.claim(builder, name);
    builder.pack(name, blocks, table.content, inside);
}

fn superblock_fields(
    builder: &mut Builder<'_>,
    superblock: &Superblock,
    tables: &Tables,
    tree: &tree::Tree,
    method: Method,
) {
    builder.claim(0, 8, Role::Header, "superblock: magic and inodes");
    builder.claim(8, 4, Role::Timestamp, "superblock: mkfs time");
    builder.claim(12, 8, Role::Header, "superblock: block size and fragments");
    builder.claim(20, 2, Role::Toolchain, "superblock: compression");
    builder.claim(22, 10, Role::Header, "superblock: flags, ids and version");
    let root = holds(tree.has_root, || "it leads to no folder".to_owned());
    builder.claim_checked(32, 8, Role::Derived, "superblock: root inode", root);
    let places = holds(tables.follow_each_other && superblock.used == tables.end, || {
        "the tables do not stand one behind the other up to the stated end".to_owned()
    });
    builder.claim_checked(40, 56, Role::Derived, "superblock: size and places of the tables", places);
    if superblock.flags & 0x0400 == 0 {
        return;
    }
    // One metadata block, never compressed: what the compressor was told.
    let bytes = builder.bytes();
    let len = u64::from(field::le16(bytes, SUPERBLOCK).unwrap_or(0) & 0x7fff);
    let label = format!("compressor options: {}", method.name());
    builder.claim(SUPERBLOCK, 2 + len, Role::Toolchain, label);
}

/// An image of which the tables stay closed.
fn opaque(builder: &mut Builder<'_>, method: Method) {
    let bytes = builder.bytes();
    builder.claim(0, 8, Role::Header, "superblock: magic and inodes");
    builder.claim(8, 4, Role::Timestamp, "superblock: mkfs time");
    builder.claim(12, 8, Role::Header, "superblock: block size and fragments");
    builder.claim(20, 2, Role::Toolchain, "superblock: compression");
    builder.claim(22, 74, Role::Header, "superblock: flags, version and tables");
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
    .filter(|(start, _)| *start >= SUPERBLOCK && *start < used)
    .collect();
    starts.sort_unstable();
    let first = starts.first().map_or(used, |(start, _)| *start);
    let claim = builder.claim(SUPERBLOCK, first.saturating_sub(SUPERBLOCK), Role::Member, "data blocks");
    if first > SUPERBLOCK {
        builder.member(b"data blocks", Some(claim), Content::Opaque, Vec::new());
    }
    builder.problem(match method {
        Method::Lzo => "the blocks of this image are packed by LZO, which is not decoded".to_owned(),
        _ => "the tables of this image are damaged or too large: its blocks were not decoded".to_owned(),
    });
    for (index, (start, name)) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(used, |(next, _)| *next);
        builder.claim(*start, end - start, Role::Header, *name);
    }
    end(builder, used);
}

/// Claims what stands behind the tables. Images are filled up to 4 KiB.
fn end(builder: &mut Builder<'_>, used: u64) {
    let size = builder.size();
    let used = used.min(size);
    let padded = used.next_multiple_of(4096).min(size);
    builder.padding(used, padded - used, "padding");
    if padded < size {
        builder.problem(format!("{} bytes follow the image", size - padded));
        builder.claim(padded, size - padded, Role::Trailing, "trailing bytes");
    }
}
