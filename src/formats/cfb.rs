//! Compound files ([MS-CFB]; msi, msp, old office documents): header, allocation tables, directory, streams.
//!
//! A stream is a chain of sectors. Where they follow each other the stream is one region and a member; where
//! they do not, its pieces are regions and the member carries the joined content.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Content;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "compound-file";

/// The signature.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
}

/// Regions: `header`, allocation sectors, per directory entry its fields (times apart), per stream its bytes and
/// the rest of its last sector, free sectors as gaps. Members: the streams. Facts: `kind` (`msi`, `office`).
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    builder.claim(0, 76, Role::Header, "header");
    builder.claim(76, 436, Role::Header, "header: allocation sectors");
    match File::read(&mut builder) {
        Some(file) => file.claim(&mut builder),
        None => builder.problem("the compound file's header is damaged"),
    }
    builder.finish()
}

const END: u32 = 0xffff_fffa;
const MINI: u64 = 64;

/// The allocation tables.
struct File<'a> {
    bytes: &'a [u8],
    sector: u64,
    cutoff: u64,
    fat: Vec<u32>,
    fat_sectors: Vec<u32>,
    difat_sectors: Vec<u32>,
    directory: u32,
    mini_fat: Vec<u32>,
    mini_fat_sectors: Vec<u32>,
}

/// A run of bytes: start and length.
type Run = (u64, u64);

impl<'a> File<'a> {
    fn read(builder: &mut Builder<'a>) -> Option<File<'a>> {
        let bytes = builder.bytes();
        let shift = field::le16(bytes, 30)?;
        let sector = match shift {
            9 | 12 => 1u64 << shift,
            _ => return None,
        };
        if sector == 4096 {
            builder.padding(512, 3584, "header: padding");
        }
        let mut fat_sectors: Vec<u32> =
            (0..109).filter_map(|index| field::le32(bytes, 76 + index * 4)).filter(|id| *id < END).collect();
        let mut difat_sectors = Vec::new();
        let mut next = field::le32(bytes, 68)?;
        let most = bytes.len() as u64 / sector + 1;
        while next < END && (difat_sectors.len() as u64) < most {
            difat_sectors.push(next);
            let at = place(next, sector);
            let entries = sector / 4 - 1;
            fat_sectors
                .extend((0..entries).filter_map(|i| field::le32(bytes, at + i * 4)).filter(|id| *id < END));
            next = field::le32(bytes, at + entries * 4)?;
        }
        fat_sectors.truncate(usize::try_from(most).ok()?);
        let table = |ids: &[u32]| -> Vec<u32> {
            let words = |id: &u32| {
                let at = place(*id, sector);
                (0..sector / 4).map_while(move |index| field::le32(bytes, at + index * 4))
            };
            ids.iter().flat_map(words).collect()
        };
        let fat = table(&fat_sectors);
        let mut mini_fat_sectors = chain(field::le32(bytes, 60)?, &fat);
        // A circle would make of one sector a table as long as all sectors.
        let mut seen = BTreeSet::new();
        mini_fat_sectors.retain(|id| seen.insert(*id));
        let mini_fat = table(&mini_fat_sectors);
        Some(File {
            bytes,
            sector,
            cutoff: u64::from(field::le32(bytes, 56)?),
            fat,
            fat_sectors,
            difat_sectors,
            directory: field::le32(bytes, 48)?,
            mini_fat,
            mini_fat_sectors,
        })
    }

    fn claim(&self, builder: &mut Builder<'_>) {
        for (ids, name) in [
            (&self.fat_sectors, "allocation sector"),
            (&self.difat_sectors, "allocation index sector"),
            (&self.mini_fat_sectors, "mini allocation sector"),
        ] {
            for (index, id) in ids.iter().enumerate() {
                builder.claim(
                    place(*id, self.sector),
                    self.sector,
                    Role::Header,
                    format!("{name} {}", index + 1),
                );
            }
        }
        let mut entries = Vec::new();
        for id in chain(self.directory, &self.fat) {
            let at = place(id, self.sector);
            entries.extend((0..self.sector / 128).map(|index| at + index * 128));
        }
        let root = entries.first().copied();
        let mini: Vec<u64> = root.map(|root| self.mini_sectors(root)).unwrap_or_default();
        let mut seen = BTreeMap::new();
        let mut streams = Vec::new();
        for at in &entries {
            if let Some(stream) = self.entry(builder, *at, &mut seen) {
                streams.push(stream);
            }
        }
        let names: Vec<&str> = streams.iter().map(|stream| stream.name.as_str()).collect();
        let msi = names.iter().any(|name| name.contains("_StringPool"));
        builder.fact("kind", if msi { b"msi" } else { b"office" });
        // Streams may name the same sectors; a file has no more of them than its tables say.
        let mut left = self.fat.len() + self.mini_fat.len();
        for (index, stream) in streams.iter().enumerate() {
            let used = self.stream(builder, stream, &mini);
            match left.checked_sub(used) {
                Some(rest) => left = rest,
                None => {
                    let skipped = streams.len() - index - 1;
                    builder.problem(format!("streams share sectors: {skipped} of them were not read"));
                    break;
                }
            }
        }
    }

    /// Claims a directory entry; gives it if it is a stream.
    fn entry(&self, builder: &mut Builder<'_>, at: u64, seen: &mut BTreeMap<String, u32>) -> Option<Stream> {
        let kind = field::byte(self.bytes, at + 66)?;
        let name_len = u64::from(field::le16(self.bytes, at + 64)?).min(64).saturating_sub(2);
        let name = decoded_name(field::clamped(self.bytes, at..at + name_len));
        if kind == 0 {
            builder.claim(at, 128, Role::Header, "unused directory entry");
            return None;
        }
        let count = seen.entry(name.clone()).or_insert(0);
        *count += 1;
        let label = if *count == 1 { format!("entry {name}") } else { format!("entry {name} #{count}") };
        builder.claim(at, 66, Role::Name, format!("{label}: name"));
        builder.claim(at + 66, 14, Role::Header, format!("{label}: kind and tree"));
        builder.claim(at + 80, 16, Role::Extra, format!("{label}: class id"));
        builder.claim(at + 96, 4, Role::Header, format!("{label}: state"));
        builder.claim(at + 100, 16, Role::Timestamp, format!("{label}: times"));
        builder.claim(at + 116, 12, Role::Header, format!("{label}: place and size"));
        let start = field::le32(self.bytes, at + 116)?;
        let size = field::le64(self.bytes, at + 120)?;
        // Version 3 files leave the upper half undefined.
        let size = if self.sector == 512 { size & 0xffff_ffff } else { size };
        (kind == 2).then_some(Stream { name, start, size })
    }

    /// Where each mini sector is: they stand in the root entry's chain.
    fn mini_sectors(&self, root: u64) -> Vec<u64> {
        let start = field::le32(self.bytes, root + 116).unwrap_or(END);
        let per = self.sector / MINI;
        let ids = chain(start, &self.fat).into_iter();
        ids.flat_map(|id| (0..per).map(move |index| place(id, self.sector) + index * MINI)).collect()
    }

    /// Claims a stream's bytes and the rest of its last sector; adds the member. Gives how many sectors it has.
    fn stream(&self, builder: &mut Builder<'_>, stream: &Stream, mini: &[u64]) -> usize {
        let (ids, unit) = match stream.size < self.cutoff {
            true => (chain(stream.start, &self.mini_fat), MINI),
            false => (chain(stream.start, &self.fat), self.sector),
        };
        let places: Vec<u64> = match unit {
            MINI => ids.iter().filter_map(|id| mini.get(*id as usize).copied()).collect(),
            _ => ids.iter().map(|id| place(*id, self.sector)).collect(),
        };
        let label = builder.label(stream.name.as_bytes());
        let signature =
            stream.name.ends_with("DigitalSignature") || stream.name.ends_with("MsiDigitalSignatureEx");
        let (runs, rest) = runs(&places, unit, stream.size.min(builder.size()));
        if runs.iter().map(|(_, len)| len).sum::<u64>() < stream.size {
            builder.problem(format!("{label}: its chain is shorter than its {} bytes", stream.size));
        }
        let attributes = vec![("type", "file".to_owned())];
        let name = stream.name.as_bytes();
        match runs.as_slice() {
            [] => builder.member(name, None, Content::Empty, attributes),
            _ if signature => {
                for (at, len) in &runs {
                    builder.claim(*at, *len, Role::Signature, label.clone());
                }
            }
            [(at, len)] => {
                let claim = builder.claim(*at, *len, Role::Member, label.clone());
                builder.member(name, Some(claim), Content::Stored, attributes);
            }
            pieces => {
                let mut content = Vec::new();
                for (index, (at, len)) in pieces.iter().enumerate() {
                    builder.claim(*at, *len, Role::Code, format!("{label}: piece {}", index + 1));
                    content.extend_from_slice(field::clamped(self.bytes, *at..at + len));
                }
                builder.scattered_member(name, content, attributes);
            }
        }
        if let Some((at, len)) = rest {
            let zero = field::is_zero(field::clamped(self.bytes, at..at + len));
            let role = if zero { Role::Padding } else { Role::Gap };
            builder.claim(at, len, role, format!("{label}: rest of its last sector"));
        }
        // What was followed counts, whether it led anywhere or not.
        ids.len()
    }
}

/// A stream's directory entry.
struct Stream {
    name: String,
    start: u32,
    size: u64,
}

/// Where a sector is: the header takes the place of one.
fn place(id: u32, sector: u64) -> u64 {
    (u64::from(id) + 1) * sector
}

/// The sectors of the chain that starts with `id`; a circle ends where every sector was seen.
fn chain(id: u32, table: &[u32]) -> Vec<u32> {
    let mut ids = Vec::new();
    let mut next = id;
    while next < END && ids.len() < table.len() {
        let Some(after) = table.get(next as usize) else { break };
        ids.push(next);
        next = *after;
    }
    ids
}

/// Sectors joined to runs of bytes of `size` altogether, and what is left of the last sector.
fn runs(places: &[u64], unit: u64, size: u64) -> (Vec<Run>, Option<Run>) {
    let mut runs: Vec<Run> = Vec::new();
    let mut left = size;
    let mut rest = None;
    for at in places {
        if left == 0 {
            break;
        }
        let len = left.min(unit);
        left -= len;
        match runs.last_mut() {
            Some((start, have)) if *start + *have == *at => *have += len,
            _ => runs.push((*at, len)),
        }
        if len < unit {
            rest = Some((at + len, unit - len));
        }
    }
    (runs, rest)
}

/// A name of UTF-16 units; those of an installer's streams stand for two characters each, of 64.
fn decoded_name(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    let letter = |index: u16| char::from(ALPHABET.get(usize::from(index & 63)).copied().unwrap_or(b'?'));
    let (units, _) = bytes.as_chunks::<2>();
    let mut name = String::new();
    for unit in units.iter().map(|two| u16::from_le_bytes(*two)) {
        match unit {
            0x3800..0x4800 => {
                name.push(letter(unit - 0x3800));
                name.push(letter((unit - 0x3800) >> 6));
            }
            0x4800..0x4840 => name.push(letter(unit - 0x4800)),
            0x4840 => name.push('!'),
            unit => name.push(char::from_u32(u32::from(unit)).unwrap_or('\u{fffd}')),
        }
    }
    name
}
