//! ISO 9660: volume descriptors, directories record by record, files as members.
//!
//! Format: ECMA-119; Joliet's second tree is read as well, Rock Ridge names where they stand in a record.

use std::collections::BTreeSet;

use super::field;
use super::partition::Builder;
use super::partition::DETAILED_ENTRIES;
use crate::model::Anatomy;
use crate::model::Content;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "iso9660";

/// A volume descriptor at sector 16.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    field::slice(bytes, 16 * SECTOR + 1, 5) == Some(b"CD001")
}

/// Regions: `system area`, volume descriptors (dates apart), `path table`, directories (record dates apart),
/// files and their padding. Members: the files. Facts: `volume`, `application`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let system = field::clamped(bytes, 0..16 * SECTOR);
    if field::is_zero(system) {
        builder.padding(0, 16 * SECTOR, "system area");
    } else {
        // A hybrid image has a boot sector and partition table here.
        builder.claim(0, 16 * SECTOR, Role::Code, "system area");
    }
    let left = builder.size().saturating_mul(2);
    let mut reader = Reader { builder, seen: BTreeSet::new(), left };
    let mut at = 16 * SECTOR;
    while field::slice(bytes, at + 1, 5) == Some(b"CD001") {
        let kind = field::byte(bytes, at).unwrap_or(255);
        reader.descriptor(at, kind);
        at += SECTOR;
        if kind == 255 {
            break;
        }
    }
    reader.builder.finish()
}

const SECTOR: u64 = 2048;

struct Reader<'a> {
    builder: Builder<'a>,
    /// Extents seen: two trees share files, and a directory may name its parent.
    seen: BTreeSet<u64>,
    /// Bytes of directories that may still be read: extents of a hostile image overlap.
    left: u64,
}

impl Reader<'_> {
    /// Claims a volume descriptor and the tree it roots.
    fn descriptor(&mut self, at: u64, kind: u8) {
        let bytes = self.builder.bytes();
        let label = match kind {
            0 => "boot record".to_owned(),
            1 => "primary volume descriptor".to_owned(),
            2 => "supplementary volume descriptor".to_owned(),
            255 => "volume descriptor terminator".to_owned(),
            other => format!("volume descriptor {other}"),
        };
        if !matches!(kind, 1 | 2) {
            self.builder.claim(at, SECTOR, Role::Header, label);
            return;
        }
        self.builder.claim(at, 318, Role::Header, format!("{label}: volume"));
        self.builder.claim(at + 318, 256, Role::Owner, format!("{label}: publisher and preparer"));
        self.builder.claim(at + 574, 128, Role::Toolchain, format!("{label}: application"));
        self.builder.claim(at + 702, 111, Role::Header, format!("{label}: file identifiers"));
        self.builder.claim(at + 813, 68, Role::Timestamp, format!("{label}: dates"));
        self.builder.claim(at + 881, 2, Role::Header, format!("{label}: version"));
        self.builder.claim(at + 883, 1165, Role::Extra, format!("{label}: application use"));
        if kind == 1 {
            let text = |from, to| field::clamped(bytes, at + from..at + to).trim_ascii_end();
            self.builder.fact("volume", text(40, 72));
            self.builder.fact("application", text(574, 702));
        }
        let table_size = u64::from(field::le32(bytes, at + 132).unwrap_or(0));
        let little = [140, 144].map(|offset| field::le32(bytes, at + offset).map_or(0, u64::from));
        let big = [148, 152].map(|offset| {
            field::array(bytes, at + offset).map_or(0, |four| u64::from(u32::from_be_bytes(four)))
        });
        for (index, start) in little.into_iter().chain(big).enumerate().filter(|(_, start)| *start > 0) {
            if self.seen.insert(start) {
                let name = format!("{label}: path table {}", index + 1);
                self.builder.claim(start * SECTOR, table_size, Role::Header, name.clone());
                self.fill(start * SECTOR + table_size, &name);
            }
        }
        self.tree(at + 156, kind == 2);
    }

    /// Claims the directories and files under the root record at `at`, breadth first.
    fn tree(&mut self, at: u64, joliet: bool) {
        let mut queue = vec![(at, Vec::new())];
        let mut next = 0;
        while let Some((record, path)) = queue.get(next).cloned() {
            next += 1;
            let Some(entry) = Entry::read(self.builder.bytes(), record, joliet) else { continue };
            if !self.seen.insert(entry.extent) || queue.len() as u64 > DETAILED_ENTRIES {
                continue;
            }
            for child in self.directory(&entry, &path, joliet) {
                let mut name = path.clone();
                if !name.is_empty() {
                    name.push(b'/');
                }
                name.extend_from_slice(&child.name);
                if child.directory {
                    queue.push((child.at, name));
                } else {
                    self.file(&child, &name);
                }
            }
        }
    }

    /// Claims a directory's extent; gives its entries but for itself and its parent.
    fn directory(&mut self, entry: &Entry, path: &[u8], joliet: bool) -> Vec<Entry> {
        let bytes = self.builder.bytes();
        let start = entry.extent.saturating_mul(SECTOR);
        let end = start.saturating_add(entry.size).min(self.builder.size());
        let tree = if joliet { "joliet directory" } else { "directory" };
        let label = format!("{tree} /{}", crate::model::path::escape(path));
        if end.saturating_sub(start) > self.left {
            self.builder.problem(format!("{label}: directories overlap; it was not read"));
            return Vec::new();
        }
        self.left -= end.saturating_sub(start);
        let mut children = Vec::new();
        let mut dates = Vec::new();
        let mut at = start;
        while at < end {
            let len = u64::from(field::byte(bytes, at).unwrap_or(0));
            if len < 34 {
                // Records do not cross sectors: zeros fill the rest.
                at = (at + 1).next_multiple_of(SECTOR);
                continue;
            }
            if let Some(child) = Entry::read(bytes, at, joliet) {
                let name = format!("{label}: date of {}", crate::model::path::escape(&child.name));
                self.builder.claim(at + 18, 7, Role::Timestamp, name.clone());
                dates.push((at + 18..at + 25, name));
                if !matches!(child.raw.as_slice(), [0] | [1]) {
                    children.push(child);
                }
            }
            at += len;
        }
        self.builder.claim_around(start..end, Role::Header, &label, &dates);
        self.fill(end, &label);
        children
    }

    fn file(&mut self, entry: &Entry, name: &[u8]) {
        if entry.size > 0 && !self.seen.insert(entry.extent) {
            return;
        }
        let label = self.builder.label(name);
        let start = entry.extent.saturating_mul(SECTOR);
        let claim = self.builder.claim(start, entry.size, Role::Member, label.clone());
        let content = if entry.size == 0 { Content::Empty } else { Content::Stored };
        let attributes = vec![("type", "file".to_owned())];
        self.builder.member(name, (entry.size > 0).then_some(claim), content, attributes);
        if entry.size > 0 {
            self.fill(start.saturating_add(entry.size), &label);
        }
    }

    /// Claims the rest of a sector.
    fn fill(&mut self, from: u64, label: &str) {
        let to = from.checked_next_multiple_of(SECTOR).unwrap_or(from).min(self.builder.size());
        self.builder.padding(from, to.saturating_sub(from), format!("{label}: padding"));
    }
}

/// A directory record.
#[derive(Clone)]
struct Entry {
    at: u64,
    extent: u64,
    size: u64,
    directory: bool,
    raw: Vec<u8>,
    name: Vec<u8>,
}

impl Entry {
    fn read(bytes: &[u8], at: u64, joliet: bool) -> Option<Entry> {
        let len = u64::from(field::byte(bytes, at)?);
        let name_len = u64::from(field::byte(bytes, at + 32)?);
        let raw = field::slice(bytes, at + 33, name_len)?.to_vec();
        let system = at + 33 + name_len + u64::from(name_len.is_multiple_of(2));
        let name = match joliet {
            true => utf16(&raw),
            false => rock_ridge(field::clamped(bytes, system..at + len)).unwrap_or_else(|| plain(&raw)),
        };
        let extent = u64::from(field::le32(bytes, at + 2)?);
        let size = u64::from(field::le32(bytes, at + 10)?);
        let directory = field::byte(bytes, at + 25)? & 2 != 0;
        Some(Entry { at, extent, size, directory, raw, name })
    }
}

/// The name without its version.
fn plain(raw: &[u8]) -> Vec<u8> {
    let end = raw.iter().position(|byte| *byte == b';').unwrap_or(raw.len());
    let name = raw.get(..end).unwrap_or_default();
    name.strip_suffix(b".").unwrap_or(name).to_vec()
}

fn utf16(raw: &[u8]) -> Vec<u8> {
    let (units, _) = raw.as_chunks::<2>();
    let text: String = char::decode_utf16(units.iter().map(|two| u16::from_be_bytes(*two)))
        .map(|unit| unit.unwrap_or('\u{fffd}'))
        .collect();
    plain(text.as_bytes())
}

/// The name in the Rock Ridge `NM` fields of a record's system use area.
fn rock_ridge(area: &[u8]) -> Option<Vec<u8>> {
    let mut name = Vec::new();
    let mut at = 0;
    while let Some(len) = field::byte(area, at + 2).filter(|len| *len >= 4).map(u64::from) {
        if field::slice(area, at, 2) == Some(b"NM") {
            name.extend_from_slice(field::clamped(area, at + 5..at + len));
        }
        at += len;
    }
    (!name.is_empty()).then_some(name)
}
