//! The tree: the directory table read from the root on, and every inode's path.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

use super::NAME;
use super::inodes::Body;
use super::inodes::Inodes;
use super::tables::Table;
use super::tables::Tables;
use crate::formats::field;
use crate::formats::partition::Builder;
use crate::formats::partition::DETAILED_ENTRIES;
use crate::formats::partition::holds;
use crate::model::Anatomy;
use crate::model::Check;
use crate::model::Role;
use crate::model::path::escape;

/// What the folders list.
#[derive(Default)]
pub struct Tree {
    /// Every entry in the order of the tree, the root under the empty path first: its path and its inode.
    pub order: Vec<(Vec<u8>, usize)>,
    /// Index of an inode to that of the first entry that leads to it.
    first: HashMap<usize, usize>,
    /// Folders whose listing was read.
    pub listings: HashSet<usize>,
    /// Number and reference (block and offset) of every inode whose number no other has.
    pub references: Vec<(u32, u64)>,
    /// Whether the root was found.
    pub has_root: bool,
    pub problems: Vec<String>,
    /// The parts of the directory table: where, how long, role, name, check.
    parts: Vec<(u64, u64, Role, String, Check)>,
}

/// Bytes of paths kept of one image.
const PATHS: usize = 128 << 20;

impl Tree {
    /// Reads the folders from the root on, each once.
    pub fn read(tables: &Tables, inodes: &Inodes, root: u64) -> Tree {
        let mut tree = Tree::default();
        tree.number(tables, inodes);
        let unique: HashSet<u32> = tree.references.iter().map(|(number, _)| *number).collect();
        let find = |block: u64, offset: u64| {
            let at = tables.inodes.resolve(block, offset)?;
            inodes.at.get(&at).copied()
        };
        let is_folder =
            |index: &usize| matches!(inodes.all.get(*index).map(|inode| &inode.body), Some(Body::Folder(_)));
        let Some(root) = find(root >> 16, root & 0xffff).filter(is_folder) else {
            tree.problems.push("the root is no folder: the tree was not read".to_owned());
            return tree;
        };
        tree.has_root = true;
        let mut stack = vec![(root, Vec::new())];
        // Folders do not share listings; what is read twice is a lie, and bounded.
        let mut left = tables.directories.content.len() as u64 * 2;
        let mut kept = 0usize;
        while let Some((index, path)) = stack.pop() {
            tree.first.entry(index).or_insert(tree.order.len());
            let Some(Body::Folder(folder)) = inodes.all.get(index).map(|inode| &inode.body) else {
                tree.order.push((path, index));
                continue;
            };
            tree.order.push((path.clone(), index));
            if !tree.listings.insert(index) {
                tree.problems.push(format!("/{} stands in the tree twice: a loop", escape(&path)));
                continue;
            }
            if folder.size == 0 {
                continue;
            }
            let listing = tables.directories.resolve(folder.block, folder.offset);
            let listing = listing.filter(|_| folder.size <= left);
            let entries = listing.and_then(|at| tree.listing(tables, at, folder.size, &path));
            left = left.saturating_sub(folder.size);
            let Some(entries) = entries else {
                tree.problems.push(format!("/{}: its listing is damaged", escape(&path)));
                tree.listings.remove(&index);
                continue;
            };
            for entry in entries.into_iter().rev() {
                let found = find(entry.block, entry.offset);
                let right = found.filter(|found| {
                    inodes.all.get(*found).is_some_and(|inode| {
                        inode.number == entry.number
                            && unique.contains(&inode.number)
                            && (inode.kind - 1) % 7 + 1 == entry.kind
                    })
                });
                if let Some(label) = entry.label {
                    let check =
                        holds(right.is_some(), || "it leads to another inode than it names".to_owned());
                    tree.part(entry.at, 2, Role::Derived, format!("{label}: place"), check);
                }
                let mut name = path.clone();
                if !name.is_empty() {
                    name.push(b'/');
                }
                name.extend(&entry.name);
                kept = kept.saturating_add(name.len());
                let Some(found) = right.filter(|_| kept <= PATHS) else {
                    tree.problems.push(format!("/{}: no inode is where it leads", escape(&name)));
                    continue;
                };
                if entry.name.contains(&b'/') || entry.name == b"." || entry.name == b".." {
                    tree.problems.push(format!("/{}: no name of a file", escape(&name)));
                }
                stack.push((found, name));
            }
        }
        tree
    }

    /// The first path that leads to an inode.
    pub fn path(&self, inode: usize) -> Option<&[u8]> {
        let (path, _) = self.order.get(*self.first.get(&inode)?)?;
        Some(path)
    }

    /// Whether this entry is the first that leads to its inode.
    pub fn is_first(&self, entry: usize) -> bool {
        self.order.get(entry).is_some_and(|(_, inode)| self.first.get(inode) == Some(&entry))
    }

    /// Number and place of every inode, without those that share a number.
    fn number(&mut self, tables: &Tables, inodes: &Inodes) {
        let mut counts: HashMap<u32, u32> = HashMap::new();
        for inode in &inodes.all {
            *counts.entry(inode.number).or_default() += 1;
        }
        let places: BTreeMap<u64, u64> = tables.inodes.blocks_by_content();
        for inode in &inodes.all {
            if counts.get(&inode.number) != Some(&1) {
                self.problems.push(format!("more than one inode has the number {}", inode.number));
                continue;
            }
            let Some((start, block)) = places.range(..=inode.range.start).next_back() else { continue };
            self.references.push((inode.number, block << 16 | (inode.range.start - start)));
        }
        self.problems.truncate(8);
    }

    fn part(&mut self, at: u64, len: u64, role: Role, name: String, check: Check) {
        self.parts.push((at, len, role, name, check));
    }

    /// The entries of one listing, in order.
    fn listing(&mut self, tables: &Tables, start: u64, size: u64, path: &[u8]) -> Option<Vec<Entry>> {
        let table = &tables.directories.content;
        let end = start.checked_add(size).filter(|end| *end <= table.len() as u64)?;
        let folder = format!("folder /{}", escape(field::clamped(path, 0..200)));
        let folder = match path.len() {
            0..=200 => folder,
            _ => format!("{folder}… ({:08x})", crc32fast::hash(path)),
        };
        let mut entries: Vec<Entry> = Vec::new();
        let mut at = start;
        let mut header = 0;
        let detailed = self.parts.len() < 2 * DETAILED_ENTRIES as usize;
        if !detailed {
            self.part(start, size, Role::Name, folder.clone(), Check::None);
        }
        while at < end {
            let count = u64::from(field::le32(table, at)?) + 1;
            let block = u64::from(field::le32(table, at + 4)?);
            let number = field::le32(table, at + 8)?;
            // Readers refuse more.
            (count <= 256).then_some(())?;
            header += 1;
            if detailed {
                let label = format!("{folder}: run {header}");
                self.part(at, 4, Role::Header, format!("{label}: entries"), Check::None);
                let known = tables.inodes.resolve(block, 0).is_some();
                let check = holds(known, || "there is no such block".to_owned());
                self.part(at + 4, 4, Role::Derived, format!("{label}: inode block"), check);
                self.part(at + 8, 4, Role::Header, format!("{label}: inode number"), Check::None);
            }
            at += 12;
            for _ in 0..count {
                let offset = u64::from(field::le16(table, at)?);
                let delta = i16::from_le_bytes(field::array(table, at + 2)?);
                let kind = field::le16(table, at + 4)?;
                let len = u64::from(field::le16(table, at + 6)?) + 1;
                let name = field::slice(table, at + 8, len)?.to_vec();
                (at + 8 + len <= end).then_some(())?;
                let number = number.checked_add_signed(i32::from(delta))?;
                let label = detailed.then(|| format!("{folder}: {}", escape(&name)));
                if let Some(label) = &label {
                    self.part(at + 2, 6 + len, Role::Name, label.clone(), Check::None);
                }
                entries.push(Entry { at, block, offset, number, kind, name, label });
                at += 8 + len;
            }
        }
        let rising = entries.windows(2).all(|pair| match pair {
            [one, next] => one.name < next.name,
            _ => true,
        });
        if !rising {
            self.problems.push(format!("{folder}: its entries are not in order, or one stands twice"));
        }
        Some(entries)
    }
}

struct Entry {
    at: u64,
    block: u64,
    offset: u64,
    number: u32,
    kind: u16,
    name: Vec<u8>,
    /// Of its parts, where they are told apart.
    label: Option<String>,
}

/// Every part of every listing.
pub fn inside(table: &Table, tree: &Tree) -> Anatomy {
    let mut builder = Builder::new(NAME, &table.content);
    for (at, len, role, name, check) in &tree.parts {
        builder.claim_checked(*at, *len, *role, name.clone(), check.clone());
    }
    builder.finish()
}
