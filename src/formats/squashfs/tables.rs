//! The tables: runs of metadata blocks, each at most 8 KiB decoded, and the indexes that lead to them.

use std::collections::BTreeMap;
use std::collections::HashMap;

use super::NAME;
use super::NOWHERE;
use super::Superblock;
use super::blocks::Method;
use super::blocks::Room;
use super::files::Data;
use super::tree::Tree;
use crate::formats::field;
use crate::formats::partition::Builder;
use crate::formats::partition::holds;
use crate::model::Anatomy;
use crate::model::Check;
use crate::model::Packing;
use crate::model::Role;

/// Decoded bytes of a metadata block.
const METADATA: u64 = 8192;

/// One table, decoded.
#[derive(Default)]
pub struct Table {
    /// What its blocks hold, one behind the other.
    pub content: Vec<u8>,
    /// Where each block stands, from the table's start, and where its content starts.
    places: BTreeMap<u64, u64>,
    blocks: Vec<Metablock>,
}

struct Metablock {
    at: u64,
    len: u64,
    packing: Packing,
    check: Check,
}

impl Table {
    /// The blocks that stand in `start..end`, every byte of it; `None` where they do not fill it or one cannot be decoded.
    fn read(bytes: &[u8], start: u64, end: u64, method: Method, room: &mut Room) -> Option<Table> {
        let mut table = Table::default();
        let mut at = start;
        while at < end {
            let header = field::le16(bytes, at)?;
            let stored = header & 0x8000 != 0;
            let len = match header & 0x7fff {
                0 => 0x8000,
                len => u64::from(len),
            };
            if at.checked_add(2 + len)? > end || !room.take(METADATA) {
                return None;
            }
            let content = method.decode(field::slice(bytes, at + 2, len)?, stored, METADATA)?;
            table.places.insert(at - start, table.content.len() as u64);
            let last = at + 2 + len == end;
            let full = content.len() as u64 == METADATA || last && !content.is_empty();
            let check = holds(full, || "a block that is not the last is not full".to_owned());
            table.blocks.push(Metablock { at, len, packing: method.packing(stored), check });
            table.content.extend(content);
            at += 2 + len;
        }
        Some(table)
    }

    /// The place in the content that a block's place, from the table's start, and an offset in what it holds lead to.
    pub fn resolve(&self, block: u64, offset: u64) -> Option<u64> {
        (offset < METADATA).then_some(())?;
        self.places.get(&block)?.checked_add(offset)
    }

    /// Claims its blocks and what stands before each.
    pub fn claim(&self, builder: &mut Builder<'_>, name: &str) -> Vec<(usize, Packing)> {
        let claim = |(index, block): (usize, &Metablock)| {
            let label = format!("{name}: block {}", index + 1);
            // Which block is as long as the decoder took of it; how it is packed stands in the highest bit.
            builder.claim_checked(block.at, 2, Role::Derived, format!("{label}: size"), block.check.clone());
            (builder.claim(block.at + 2, block.len, Role::Member, label), block.packing)
        };
        self.blocks.iter().enumerate().map(claim).collect()
    }

    /// Where the content of each block starts, and where the block stands, from the table's start.
    pub fn blocks_by_content(&self) -> BTreeMap<u64, u64> {
        self.places.iter().map(|(place, content)| (*content, *place)).collect()
    }

    fn starts(&self, start: u64) -> impl Iterator<Item = u64> + '_ {
        self.places.keys().map(move |place| start + place)
    }
}

/// An index: the places of a table's blocks.
pub struct Index {
    pub at: u64,
    pub len: u64,
    pub name: String,
    pub check: Check,
}

/// Every table of an image.
pub struct Tables {
    pub inodes: Table,
    pub directories: Table,
    pub fragments: Option<Table>,
    pub export: Option<Table>,
    pub ids: Option<Table>,
    pub attribute_ids: Option<Table>,
    pub attributes: Option<Table>,
    pub indexes: Vec<Index>,
    /// Whether every byte from the first table on belongs to one of them.
    pub follow_each_other: bool,
    /// Where the last of them ends.
    pub end: u64,
    pub problems: Vec<String>,
}

impl Tables {
    /// Reads them; `None` where inodes or folders cannot be decoded. Another table that cannot is a problem.
    pub fn read(bytes: &[u8], superblock: &Superblock, method: Method, room: &mut Room) -> Option<Tables> {
        let mut problems = Vec::new();
        let mut indexes = Vec::new();
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        let mut starts = Vec::new();
        let mut indexed = |name: &str, at: u64, skip: u64, entries: u64, size: u64, room: &mut Room| {
            if at == NOWHERE || entries == 0 {
                return None;
            }
            let blocks = (entries * size).div_ceil(METADATA);
            let first = field::le64(bytes, at.checked_add(skip)?);
            let read = first.filter(|first| *first < at && *first >= super::SUPERBLOCK).and_then(|first| {
                let table = Table::read(bytes, first, at, method, room)?;
                Some((first, table))
            });
            let Some((first, table)) = read else {
                problems.push(format!("the {name} is damaged or too large: it was not decoded"));
                return None;
            };
            let given = (0..blocks).map(|index| field::le64(bytes, at + skip + index * 8));
            let right =
                given.eq(table.starts(first).map(Some)) && table.content.len() as u64 == entries * size;
            let check = holds(right, || "it does not name the blocks that stand before it".to_owned());
            indexes.push(Index { at: at + skip, len: blocks * 8, name: format!("{name}: index"), check });
            ranges.push((first, at + skip + blocks * 8));
            starts.push(first);
            Some(table)
        };
        let fragments = indexed("fragment table", superblock.fragments_at, 0, superblock.fragments, 16, room);
        let export = indexed("export table", superblock.export_at, 0, superblock.inodes, 8, room);
        let ids = indexed("id table", superblock.ids_at, 0, superblock.ids, 4, room);
        let at = superblock.attributes_at;
        let count = match at {
            NOWHERE => 0,
            at => at.checked_add(8).and_then(|at| field::le32(bytes, at)).map_or(0, u64::from),
        };
        let attribute_ids = indexed("extended attribute table", at, 16, count, 16, room);
        let mut attributes = None;
        if attribute_ids.is_some() {
            let ids_at = starts.last().copied().unwrap_or(0);
            let first = field::le64(bytes, at).filter(|first| *first < ids_at);
            attributes = first.and_then(|first| Table::read(bytes, first, ids_at, method, room));
            let spare = field::le32(bytes, at + 12) == Some(0);
            let check = holds(attributes.is_some() && spare, || {
                "it does not lead to attributes that stand before it".to_owned()
            });
            let name = "extended attribute table: place and count".to_owned();
            indexes.push(Index { at, len: 16, name, check });
            if let Some(first) = first.filter(|_| attributes.is_some()) {
                ranges.push((first, ids_at));
                starts.push(first);
            } else {
                problems.push("the extended attributes are damaged: they were not decoded".to_owned());
            }
        }
        let (inodes_at, directories_at) = (superblock.inodes_at, superblock.directories_at);
        let places =
            [superblock.fragments_at, superblock.export_at, superblock.ids_at, superblock.attributes_at];
        let next = starts.iter().chain(&places).copied().filter(|at| *at >= directories_at);
        let end = next.chain([superblock.used]).min()?;
        let inodes = Table::read(bytes, inodes_at, directories_at, method, room)?;
        let directories = Table::read(bytes, directories_at, end, method, room)?;
        ranges.extend([(inodes_at, directories_at), (directories_at, end)]);
        ranges.sort_unstable();
        // A table that is not there stands nowhere; of no fragments it may also stand right behind the folders.
        let nowhere = [
            (fragments.is_some(), superblock.fragments_at, superblock.fragments == 0),
            (export.is_some(), superblock.export_at, false),
            (ids.is_some(), superblock.ids_at, false),
            (attribute_ids.is_some(), superblock.attributes_at, false),
        ]
        .into_iter()
        .all(|(read, at, may_be_empty)| read || at == NOWHERE || may_be_empty && at == end);
        let adjoin = |pair: &[(u64, u64)]| matches!(pair, [(_, end), (start, _)] if end == start);
        Some(Tables {
            follow_each_other: ranges.windows(2).all(adjoin) && nowhere && problems.is_empty(),
            end: ranges.last().map_or(0, |(_, end)| *end),
            inodes,
            directories,
            fragments,
            export,
            ids,
            attribute_ids,
            attributes,
            indexes,
            problems,
        })
    }

    /// The user or group of this number.
    pub fn id(&self, index: u16) -> Option<u32> {
        field::le32(&self.ids.as_ref()?.content, u64::from(index) * 4)
    }
}

/// Where each fragment block stands: derived where the block was decoded, for all of it stands among the files.
pub fn fragments_inside(table: &Table, data: &Data, _: &Tree) -> Anatomy {
    let mut builder = Builder::new(NAME, &table.content);
    for index in 0..table.content.len() as u64 / 16 {
        let (at, label) = (index * 16, format!("fragment block {}", index + 1));
        let check = holds(data.fragments.contains(&index), || "the block could not be decoded".to_owned());
        builder.claim_checked(at, 12, Role::Derived, format!("{label}: place and size"), check);
        builder.padding(at + 12, 4, format!("{label}: unused"));
    }
    builder.finish()
}

/// Which inode has which number: derived where it is the one that has it.
pub fn export_inside(table: &Table, _: &Data, tree: &Tree) -> Anatomy {
    let mut builder = Builder::new(NAME, &table.content);
    let numbers: HashMap<u64, u32> = tree.references.iter().map(|(number, at)| (*at, *number)).collect();
    let right = (0..table.content.len() as u64 / 8).all(|index| {
        let reference = field::le64(&table.content, index * 8).unwrap_or(NOWHERE);
        numbers.get(&reference).is_some_and(|number| u64::from(*number) == index + 1)
    });
    let check = holds(right, || "some inode does not stand where this table says".to_owned());
    let len = table.content.len() as u64 / 8 * 8;
    builder.claim_checked(0, len, Role::Derived, "places of inodes by number", check);
    builder.finish()
}

/// The users and groups there are.
pub fn ids_inside(table: &Table, _: &Data, _: &Tree) -> Anatomy {
    let mut builder = Builder::new(NAME, &table.content);
    for index in 0..table.content.len() as u64 / 4 {
        builder.claim(index * 4, 4, Role::Owner, format!("id {index}"));
    }
    builder.finish()
}

/// Extended attributes can grant what a mode grants; they are never explained.
pub fn attributes_inside(table: &Table, _: &Data, _: &Tree) -> Anatomy {
    let mut builder = Builder::new(NAME, &table.content);
    builder.claim(0, table.content.len() as u64, Role::Extra, "keys and values");
    builder.finish()
}
