//! The inode table: one record per file, folder, link or device.

use std::collections::HashMap;
use std::ops::Range;

use super::NAME;
use super::files::Data;
use super::tables::Tables;
use super::tree::Tree;
use crate::formats::field;
use crate::formats::partition::Builder;
use crate::formats::partition::DETAILED_ENTRIES;
use crate::formats::partition::holds;
use crate::model::Anatomy;
use crate::model::Check;
use crate::model::Limits;
use crate::model::Role;

/// One record.
pub struct Inode {
    /// Its bytes in the table.
    pub range: Range<u64>,
    /// 1 to 7, 8 to 14 with more fields.
    pub kind: u16,
    pub mode: u16,
    /// Indexes into the id table.
    pub owner: (u16, u16),
    pub time: u32,
    pub number: u32,
    pub body: Body,
}

/// What depends on the kind.
pub enum Body {
    Folder(Folder),
    File(File),
    /// The target's bytes in the table.
    Link(Range<u64>),
    Device(u32),
    Other,
}

/// A folder's listing.
#[derive(Clone, Copy)]
pub struct Folder {
    /// From the start of the directory table.
    pub block: u64,
    pub offset: u64,
    /// Bytes of the listing.
    pub size: u64,
    /// Entries of the index behind the record.
    indexed: u16,
}

/// A file's content.
#[derive(Clone)]
pub struct File {
    pub start: u64,
    pub size: u64,
    /// The fragment block that its end stands in, and where there.
    pub fragment: Option<u32>,
    pub offset: u32,
    /// The sizes of its blocks: their bytes in the table.
    pub sizes: Range<u64>,
}

impl Inode {
    /// What readers call the kind.
    pub fn kind_name(&self) -> &'static str {
        match (self.kind - 1) % 7 {
            0 => "directory",
            1 => "file",
            2 => "symlink",
            3 => "block-device",
            4 => "character-device",
            5 => "fifo",
            _ => "socket",
        }
    }
}

/// All records in order.
pub struct Inodes {
    pub all: Vec<Inode>,
    /// Index by where a record starts in the table.
    pub at: HashMap<u64, usize>,
    pub problems: Vec<String>,
}

impl Inodes {
    /// Reads the records up to the first that is damaged.
    pub fn read(table: &[u8], block_size: u64) -> Inodes {
        let mut inodes = Inodes { all: Vec::new(), at: HashMap::new(), problems: Vec::new() };
        let size = table.len() as u64;
        let mut at = 0;
        while at < size {
            if inodes.all.len() as u64 >= Limits::default().members {
                let most = Limits::default().members;
                inodes.problems.push(format!("more than {most} inodes: the rest was left out"));
                break;
            }
            let Some(inode) = read(table, at, block_size) else {
                inodes.problems.push(format!("the inode at {at} of the inode table is damaged"));
                break;
            };
            inodes.at.insert(at, inodes.all.len());
            at = inode.range.end;
            inodes.all.push(inode);
        }
        inodes
    }
}

/// An index that leads nowhere.
const NONE: u32 = u32::MAX;

fn read(table: &[u8], at: u64, block_size: u64) -> Option<Inode> {
    let half = |offset: u64| field::le16(table, at + offset);
    let word = |offset: u64| field::le32(table, at + offset);
    let wide = |offset: u64| field::le64(table, at + offset);
    let kind = half(0)?;
    let file = |head: u64, start: u64, size: u64, fragment: u32, offset: u32| {
        let blocks = if fragment == NONE { size.div_ceil(block_size) } else { size / block_size };
        let end = at.checked_add(head)?.checked_add(blocks.checked_mul(4)?)?;
        (end <= table.len() as u64).then_some(())?;
        let fragment = (fragment != NONE).then_some(fragment);
        let sizes = at + head..end;
        Some((end, Body::File(File { start, size, fragment, offset, sizes })))
    };
    let link = |extra: u64| {
        let start = at + 24;
        let end = start + u64::from(word(20)?);
        Some((end + extra, Body::Link(start..end)))
    };
    let (end, body) = match kind {
        1 => {
            let size = u64::from(half(24)?).checked_sub(3)?;
            let (block, offset) = (u64::from(word(16)?), u64::from(half(26)?));
            (at + 32, Body::Folder(Folder { block, offset, size, indexed: 0 }))
        }
        8 => {
            let size = u64::from(word(20)?).checked_sub(3)?;
            let (block, offset, indexed) = (u64::from(word(24)?), u64::from(half(34)?), half(32)?);
            let mut end = at + 40;
            for _ in 0..indexed {
                end += 12 + u64::from(field::le32(table, end + 8)?) + 1;
            }
            (end, Body::Folder(Folder { block, offset, size, indexed }))
        }
        2 => file(32, u64::from(word(16)?), u64::from(word(28)?), word(20)?, word(24)?)?,
        9 => file(56, wide(16)?, wide(24)?, word(44)?, word(48)?)?,
        3 => link(0)?,
        10 => link(4)?,
        4 | 5 => (at + 24, Body::Device(word(20)?)),
        11 | 12 => (at + 28, Body::Device(word(20)?)),
        6 | 7 => (at + 20, Body::Other),
        13 | 14 => (at + 24, Body::Other),
        _ => return None,
    };
    (end <= table.len() as u64).then_some(())?;
    let (mode, owner, time, number) = (half(2)?, (half(4)?, half(6)?), word(8)?, word(12)?);
    Some(Inode { range: at..end, kind, mode, owner, time, number, body })
}

/// Every field of every record, under the path it has in the tree.
pub fn inside(tables: &Tables, inodes: &Inodes, tree: &Tree, data: &Data, block_size: u64) -> Anatomy {
    let mut builder = Builder::new(NAME, &tables.inodes.content);
    let mut running = 0;
    for (index, inode) in inodes.all.iter().enumerate() {
        let listed = tree.path(index);
        let at = inode.range.start;
        let len = inode.range.end - at;
        let empty_here = match &inode.body {
            Body::Folder(folder) if folder.size > 0 => {
                running = tables
                    .directories
                    .resolve(folder.block, folder.offset)
                    .map_or(running, |place| place + folder.size);
                false
            }
            // A folder without a listing says where one would stand.
            Body::Folder(folder) => tables.directories.resolve(folder.block, folder.offset) == Some(running),
            _ => false,
        };
        let Some(path) = listed else {
            // No path leads to it: nothing is known of it but its bytes.
            builder.claim(at, len, Role::Gap, format!("inode {} that no folder lists", inode.number));
            continue;
        };
        let label = builder.label(path);
        if index as u64 >= DETAILED_ENTRIES {
            builder.claim(at, len, Role::Header, format!("{label}: inode"));
            continue;
        }
        for (from, len, role, name) in [
            (0, 2, Role::Mode, "type"),
            (2, 2, Role::Mode, "mode"),
            (4, 4, Role::Owner, "owner"),
            (8, 4, Role::Timestamp, "mtime"),
            (12, 4, Role::Header, "number"),
        ] {
            builder.claim(at + from, len, role, format!("{label}: {name}"));
        }
        let extended = inode.kind > 7;
        match &inode.body {
            Body::File(file) => {
                let known = data.files.contains(&index);
                let place = holds(known && plain(file, &tables.inodes.content, block_size), || {
                    "it does not lead to the content that was read".to_owned()
                });
                let names: &[(u64, u64, Role, &str)] = match extended {
                    false => &[(16, 16, Role::Derived, "place and size")],
                    true => &[
                        (16, 16, Role::Derived, "place and size"),
                        (32, 12, Role::Header, "sparse bytes and links"),
                        (44, 8, Role::Derived, "end in a fragment"),
                        (52, 4, Role::Header, "extended attributes"),
                    ],
                };
                fields(&mut builder, at, &label, names, &place);
                let sizes = file.sizes.end - file.sizes.start;
                builder.claim_checked(
                    file.sizes.start,
                    sizes,
                    Role::Derived,
                    format!("{label}: block sizes"),
                    place,
                );
            }
            Body::Folder(folder) => {
                let leads = tree.listings.contains(&index) && folder.size > 0 || empty_here;
                let place = holds(leads, || "it does not lead to the listing that was read".to_owned());
                let names: &[(u64, u64, Role, &str)] = match extended {
                    false => &[
                        (16, 4, Role::Derived, "listing block"),
                        (20, 6, Role::Header, "links and size"),
                        (26, 2, Role::Derived, "listing offset"),
                        (28, 4, Role::Header, "parent"),
                    ],
                    true => &[
                        (16, 8, Role::Header, "links and size"),
                        (24, 4, Role::Derived, "listing block"),
                        (28, 6, Role::Header, "parent and index entries"),
                        (34, 2, Role::Derived, "listing offset"),
                        (36, 4, Role::Header, "extended attributes"),
                    ],
                };
                fields(&mut builder, at, &label, names, &place);
                folder_index(&mut builder, tables, at + 40, folder, &label);
            }
            Body::Link(target) => {
                builder.claim(at + 16, 8, Role::Header, format!("{label}: links and size"));
                builder.claim(target.start, target.end - target.start, Role::Name, format!("{label}: link"));
                builder.claim(
                    target.end,
                    inode.range.end - target.end,
                    Role::Header,
                    format!("{label}: extended attributes"),
                );
            }
            Body::Device(_) | Body::Other => {
                builder.claim(at + 16, len - 16, Role::Mode, format!("{label}: links and device"));
            }
        }
    }
    builder.finish()
}

fn fields(builder: &mut Builder<'_>, at: u64, label: &str, fields: &[(u64, u64, Role, &str)], place: &Check) {
    for (from, len, role, name) in fields {
        let check = if *role == Role::Derived { place.clone() } else { Check::None };
        builder.claim_checked(at + from, *len, *role, format!("{label}: {name}"), check);
    }
}

/// Whether a file's numbers have no room: those that lead nowhere are zero, and a size has only its known bits.
fn plain(file: &File, table: &[u8], block_size: u64) -> bool {
    let sizes = field::clamped(table, file.sizes.clone()).as_chunks::<4>().0;
    let mut sizes = sizes.iter().map(|four| u32::from_le_bytes(*four));
    let has_blocks = sizes.clone().any(|size| size & 0x00ff_ffff != 0);
    let known = sizes.all(|size| size & 0xfe00_0000 == 0 && (size & 0x00ff_ffff != 0 || size == 0));
    // A fragment of which the file takes nothing is a place for something else.
    let end = match file.fragment {
        Some(_) => !file.size.is_multiple_of(block_size),
        None => file.offset == 0,
    };
    known && (has_blocks || file.start == 0) && end
}

/// The index behind a large folder's record: where in the directory table its listing goes on.
fn folder_index(builder: &mut Builder<'_>, tables: &Tables, at: u64, folder: &Folder, label: &str) {
    let bytes = builder.bytes();
    let listing = tables.directories.resolve(folder.block, folder.offset);
    let mut at = at;
    for index in 0..folder.indexed {
        let read = |offset| field::le32(bytes, at + offset).map(u64::from);
        let (Some(from), Some(block), Some(name)) = (read(0), read(4), read(8)) else { return };
        let place = listing.and_then(|listing| listing.checked_add(from));
        let block = tables.directories.resolve(block, 0);
        let right = place.zip(block).is_some_and(|(place, block)| (block..block + 8192).contains(&place));
        let label = format!("{label}: index entry {}", index + 1);
        builder.claim(at, 4, Role::Header, format!("{label}: place"));
        let check = holds(right, || "its block is another".to_owned());
        builder.claim_checked(at + 4, 4, Role::Derived, format!("{label}: block"), check);
        builder.claim(at + 8, 4 + name + 1, Role::Name, format!("{label}: name"));
        at += 12 + name + 1;
    }
}
