//! Windows Installer packages: the stream `\5DigitalSignature` of a compound file (Microsoft, [MS-CFB] for the
//! file; the digest covers every other stream in the order of their names, then the root's class identifier).
//!
//! A signer that adds a stream lays the whole file out anew: every sector may move. What it may choose is where
//! things stand, and no more. So a graft takes the *layout* of the shipped file, which is checked to be nothing but
//! a layout (each sector in exactly one place, each table entry what its place demands, the tree of names sorted),
//! fills it with the rebuilt file's names and streams and the vendor's signature stream, leaves everything else
//! zero, and requires the shipped file, byte for byte.

use std::collections::BTreeMap;

use sha2::Digest;

use super::Transplant;
use super::Written;
use super::der;
use super::le16;
use super::le32;
use super::le64;
use super::range;
use crate::model::Label;

const MAGIC: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
const FREE: u32 = 0xffff_ffff;
const END: u32 = 0xffff_fffe;
const FAT: u32 = 0xffff_fffd;
const DIFAT: u32 = 0xffff_fffc;
const NONE: u32 = FREE;
const MINI: usize = 64;
const ENTRY: usize = 128;

/// The shipped package's signature stream in the rebuilt package; `None` where the shipped one has none, or either
/// is a compound file of a kind no installer is.
pub fn transplant(shipped: &[u8], rebuilt: &[u8]) -> Option<Transplant> {
    let (theirs, ours) = (File::read(shipped)?, File::read(rebuilt)?);
    let signature = theirs.streams.iter().position(|stream| stream.name == signature_name())?;
    let mut grafted = vec![0; shipped.len()];
    let mut put = |at: usize, bytes: &[u8]| -> Option<()> {
        grafted.get_mut(at..at.checked_add(bytes.len())?)?.copy_from_slice(bytes);
        Some(())
    };
    let mut written = Vec::new();
    let mut layout = |at: usize, len: usize, name| {
        written.push(Written { range: range(at..at + len), label: Label::Derived, name });
    };
    // The header is the rebuilt one's but for the places and counts of the tables.
    put(0, rebuilt.get(..512)?)?;
    for field in [40..52, 60..512] {
        put(field.start, shipped.get(field.clone())?)?;
        layout(field.start, field.len(), "header: places of the tables");
    }
    for (sectors, name) in [
        (&theirs.fat_sectors, "allocation sector"),
        (&theirs.difat_sectors, "allocation index sector"),
        (&theirs.mini_fat_sectors, "mini allocation sector"),
    ] {
        for sector in sectors {
            let at = theirs.place(*sector);
            put(at, shipped.get(at..at + theirs.sector)?)?;
            layout(at, theirs.sector, name);
        }
    }
    let mut signature_parts = Vec::new();
    for (nth, at) in theirs.entries.iter().copied().enumerate() {
        let entry = shipped.get(at..at + ENTRY)?;
        let mut fresh = [0u8; ENTRY];
        match entry.get(66)? {
            0 => {
                // Unused: zeros, or zeros with the three references set to none. Nothing else is written there.
                if entry.get(68..80)? == [0xff; 12] {
                    fresh.get_mut(68..80)?.fill(0xff);
                }
                put(at, &fresh)?;
                continue;
            }
            _ if theirs.streams.get(signature).is_some_and(|stream| stream.entry == nth) => {
                let name = signature_name();
                fresh.get_mut(..name.len())?.copy_from_slice(&name);
                *fresh.get_mut(64)? = u8::try_from(name.len()).ok()?;
                *fresh.get_mut(66)? = 2;
                signature_parts.push(at..at + ENTRY);
                fresh.get_mut(120..128)?.copy_from_slice(entry.get(120..128)?);
            }
            kind => {
                let own = match kind {
                    5 => *ours.entries.first()?,
                    _ => {
                        let name = name_of(entry)?;
                        let own = ours.streams.iter().find(|stream| stream.name == name)?;
                        *ours.entries.get(own.entry)?
                    }
                };
                fresh.copy_from_slice(rebuilt.get(own..own + ENTRY)?);
                if *kind == 5 {
                    // The root's size is that of the place of the small streams: layout.
                    fresh.get_mut(120..128)?.copy_from_slice(entry.get(120..128)?);
                    layout(at + 120, 8, "root: size of the small streams' place");
                }
            }
        }
        // Colour, siblings, child and place are layout.
        for field in [67..80, 116..120] {
            fresh.get_mut(field.clone())?.copy_from_slice(entry.get(field.clone())?);
            layout(at + field.start, field.len(), "directory entry: place in tree and file");
        }
        put(at, &fresh)?;
    }
    let mut used = 0;
    for (nth, stream) in theirs.streams.iter().enumerate() {
        let content = match nth == signature {
            true => theirs.content(shipped, stream)?,
            false => {
                used += 1;
                let own =
                    ours.streams.iter().find(|own| own.name == stream.name && own.size == stream.size)?;
                ours.content(rebuilt, own)?
            }
        };
        let (places, unit) = theirs.places(stream)?;
        for (at, piece) in places.into_iter().zip(content.chunks(unit)) {
            put(at, piece)?;
            if nth == signature {
                signature_parts.push(at..at + piece.len());
            }
        }
    }
    let signed = |stream: &&Stream| stream.name == signature_name();
    if used != ours.streams.iter().filter(|stream| !signed(stream)).count() {
        return None;
    }
    // Of an entry's bytes that are signature and layout both, signature is said.
    let inside = |at: u64| signature_parts.iter().any(|part| range(part.clone()).contains(&at));
    written.retain(|layout| !inside(layout.range.start));
    written.extend(signature_parts.iter().map(|part| Written {
        range: range(part.clone()),
        label: Label::Signature,
        name: "digital signature stream and its entry",
    }));
    written.sort_by_key(|written| written.range.start);
    let covers = theirs.is_only_a_layout().and_then(|()| covers(&theirs, signature, shipped));
    Some(Transplant { scheme: "msi", grafted, written, covers })
}

/// `\5DigitalSignature` as a directory entry writes it, with its NUL.
fn signature_name() -> Vec<u8> {
    "\u{5}DigitalSignature\0".encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The name of an entry with its NUL.
fn name_of(entry: &[u8]) -> Option<Vec<u8>> {
    let len = le16(entry, 64).filter(|len| (2..=64).contains(len) && len % 2 == 0)?;
    Some(entry.get(..len)?.to_vec())
}

/// A compound file without storages below its root.
struct File {
    sector: usize,
    size: usize,
    fat: Vec<u32>,
    fat_sectors: Vec<u32>,
    difat_sectors: Vec<u32>,
    mini_fat: Vec<u32>,
    mini_fat_sectors: Vec<u32>,
    directory: Vec<u32>,
    /// Where each directory entry stands.
    entries: Vec<usize>,
    root: Root,
    /// In the order of their entries.
    streams: Vec<Stream>,
    counts: Counts,
}

struct Root {
    child: u32,
    left: u32,
    right: u32,
    sectors: Vec<u32>,
    size: usize,
    class: Vec<u8>,
}

struct Stream {
    entry: usize,
    /// Red or black; black is 1.
    colour: u8,
    name: Vec<u8>,
    size: usize,
    start: u32,
    left: u32,
    right: u32,
    child: u32,
}

/// What the header says there is of each table.
struct Counts {
    directory: usize,
    fat: usize,
    mini_fat: usize,
    difat: usize,
}

/// Streams up to here stand in the small sectors.
const CUTOFF: usize = 4096;

/// Sectors of a file that is looked at: 8 GiB of them.
const MOST: usize = 1 << 24;

impl File {
    fn read(bytes: &[u8]) -> Option<File> {
        let shift = le16(bytes, 30).filter(|_| bytes.starts_with(MAGIC))?;
        let sector = match shift {
            9 | 12 => 1usize << shift,
            _ => return None,
        };
        let count = (bytes.len() / sector).checked_sub(1).filter(|count| *count <= MOST)?;
        if !bytes.len().is_multiple_of(sector) || le32(bytes, 56)? != CUTOFF || le16(bytes, 32)? != 6 {
            return None;
        }
        let word = |at: usize| u32::try_from(le32(bytes, at)?).ok();
        let words = |sectors: &[u32]| -> Option<Vec<u32>> {
            let mut all = Vec::with_capacity(sectors.len() * sector / 4);
            for id in sectors {
                let at = (*id as usize).checked_add(1)?.checked_mul(sector)?;
                let (words, _) = bytes.get(at..at + sector)?.as_chunks::<4>();
                all.extend(words.iter().map(|word| u32::from_le_bytes(*word)));
            }
            Some(all)
        };
        let mut fat_sectors: Vec<u32> = (0..109).map_while(|nth| word(76 + nth * 4)).collect();
        let mut difat_sectors = Vec::new();
        let mut next = word(68)?;
        while next != END && next != FREE {
            if difat_sectors.len() > count {
                return None;
            }
            difat_sectors.push(next);
            let mut entries = words(&[next])?;
            next = entries.pop()?;
            fat_sectors.extend(entries);
        }
        let used = fat_sectors.iter().position(|id| *id == FREE).unwrap_or(fat_sectors.len());
        // Behind the last table sector every place of the index must be free.
        if fat_sectors.drain(used..).any(|id| id != FREE) || fat_sectors.len() > count {
            return None;
        }
        let fat = words(&fat_sectors)?;
        let mini_fat_sectors = chain(word(60)?, &fat)?;
        let mini_fat = words(&mini_fat_sectors)?;
        let directory = chain(word(48)?, &fat)?;
        let counts = Counts {
            directory: le32(bytes, 40)?,
            fat: le32(bytes, 44)?,
            mini_fat: le32(bytes, 64)?,
            difat: le32(bytes, 72)?,
        };
        let place = |id: u32| (id as usize + 1) * sector;
        let entries: Vec<usize> = directory
            .iter()
            .flat_map(|id| (0..sector / ENTRY).map(move |nth| place(*id) + nth * ENTRY))
            .collect();
        let mut root = None;
        let mut streams = Vec::new();
        for (nth, at) in entries.iter().copied().enumerate() {
            let entry = bytes.get(at..at + ENTRY)?;
            let field = |offset: usize| u32::try_from(le32(entry, offset)?).ok();
            match (nth, entry.get(66)?) {
                (0, 5) => {
                    root = Some(Root {
                        child: field(76)?,
                        left: field(68)?,
                        right: field(72)?,
                        sectors: chain(field(116)?, &fat)?,
                        size: le64(entry, 120)?,
                        class: entry.get(80..96)?.to_vec(),
                    });
                }
                (1.., 2) => streams.push(Stream {
                    entry: nth,
                    colour: *entry.get(67)?,
                    name: name_of(entry)?,
                    size: le64(entry, 120)?,
                    start: field(116)?,
                    left: field(68)?,
                    right: field(72)?,
                    child: field(76)?,
                }),
                (1.., 0) => {}
                _ => return None,
            }
        }
        let root = root?;
        let (size, sector) = (bytes.len(), sector);
        Some(File {
            sector,
            size,
            fat,
            fat_sectors,
            difat_sectors,
            mini_fat,
            mini_fat_sectors,
            directory,
            entries,
            root,
            streams,
            counts,
        })
    }

    fn place(&self, id: u32) -> usize {
        (id as usize + 1) * self.sector
    }

    /// Where a stream's pieces stand, and how long each but the last is.
    fn places(&self, stream: &Stream) -> Option<(Vec<usize>, usize)> {
        if stream.size == 0 {
            return Some((Vec::new(), MINI));
        }
        if stream.size >= CUTOFF {
            let ids = chain(stream.start, &self.fat)?;
            return Some((ids.into_iter().map(|id| self.place(id)).collect(), self.sector));
        }
        let per = self.sector / MINI;
        let place = |id: u32| {
            let sector = *self.root.sectors.get(id as usize / per)?;
            Some(self.place(sector) + id as usize % per * MINI)
        };
        let ids = chain(stream.start, &self.mini_fat)?;
        Some((ids.into_iter().map(place).collect::<Option<Vec<_>>>()?, MINI))
    }

    fn content(&self, bytes: &[u8], stream: &Stream) -> Option<Vec<u8>> {
        let (places, unit) = self.places(stream)?;
        if places.len() != stream.size.div_ceil(unit) {
            return None;
        }
        let mut content = Vec::with_capacity(stream.size);
        for at in places {
            let len = unit.min(stream.size - content.len());
            content.extend_from_slice(bytes.get(at..at + len)?);
        }
        Some(content)
    }

    /// Whether the tables say where things stand and nothing else.
    fn is_only_a_layout(&self) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("{what}: its tables hold more than where things stand"));
        let directory_count = if self.sector == 512 { 0 } else { self.directory.len() };
        let counts = &self.counts;
        if counts.fat != self.fat_sectors.len()
            || counts.difat != self.difat_sectors.len()
            || counts.mini_fat != self.mini_fat_sectors.len()
            || counts.directory != directory_count
        {
            return wrong("a count in the header is not that of the table");
        }
        let mut owner = vec![false; self.fat.len()];
        let mut take = |ids: &[u32], mark: Option<u32>| {
            ids.iter().all(|id| {
                let slot = owner.get_mut(*id as usize);
                let marked = mark.is_none_or(|mark| self.fat.get(*id as usize) == Some(&mark));
                slot.is_some_and(|slot| marked && !std::mem::replace(slot, true))
            })
        };
        let mut fine = take(&self.fat_sectors, Some(FAT))
            && take(&self.difat_sectors, Some(DIFAT))
            && take(&self.mini_fat_sectors, None)
            && take(&self.directory, None)
            && take(&self.root.sectors, None)
            && self.root.sectors.len() == self.root.size.div_ceil(self.sector);
        let mut mini_owner = vec![false; self.mini_fat.len()];
        for stream in &self.streams {
            let (large, unit) =
                (stream.size >= CUTOFF, if stream.size >= CUTOFF { self.sector } else { MINI });
            let table = if large { &self.fat } else { &self.mini_fat };
            // An empty stream has no place; writers put the end mark or zero there.
            if stream.size == 0 {
                fine &= stream.start == END || stream.start == 0;
                continue;
            }
            let Some(ids) = chain(stream.start, table) else { return wrong("a chain is broken") };
            fine &= ids.len() == stream.size.div_ceil(unit);
            fine &= match large {
                true => take(&ids, None),
                false => ids.iter().all(|id| {
                    mini_owner.get_mut(*id as usize).is_some_and(|slot| !std::mem::replace(slot, true))
                }),
            };
        }
        if !fine {
            return wrong("two things stand in one sector, or a chain is not as long as what it holds");
        }
        let free = |table: &[u32], owner: &[bool], after: Option<usize>| {
            let mut all = table.iter().zip(owner).enumerate();
            // A common signer writes an end mark behind the last small sector.
            all.all(|(nth, (entry, owned))| *owned || *entry == FREE || (*entry == END && after == Some(nth)))
        };
        if !free(&self.fat, &owner, None) || !free(&self.mini_fat, &mini_owner, Some(self.root.size / MINI)) {
            return wrong("a free sector is not marked free");
        }
        // The file ends with a sector that is in use: what follows would be room nobody asked for.
        let last = (self.size / self.sector).checked_sub(2);
        if last.and_then(|last| owner.get(last)) != Some(&true) {
            return wrong("its last sector is in no table");
        }
        self.is_sorted()
    }

    /// Whether the tree reaches every stream once, in the order readers search by.
    fn is_sorted(&self) -> Result<(), String> {
        let by_entry: BTreeMap<u32, &Stream> =
            self.streams.iter().filter_map(|s| Some((u32::try_from(s.entry).ok()?, s))).collect();
        let mut order: Vec<&Stream> = Vec::new();
        let mut waiting: Vec<&Stream> = Vec::new();
        let mut next = self.root.child;
        let broken = || Err("the tree of its names is not one that readers find every name in".to_owned());
        loop {
            while next != NONE {
                let Some(stream) = by_entry.get(&next) else { return broken() };
                if waiting.len() + order.len() > self.streams.len() {
                    return broken();
                }
                waiting.push(stream);
                next = stream.left;
            }
            let Some(stream) = waiting.pop() else { break };
            order.push(stream);
            next = stream.right;
        }
        let key = |stream: &Stream| {
            let upper = |unit: u16| match char::from_u32(u32::from(unit)) {
                Some(c) if c.is_ascii() => c.to_ascii_uppercase() as u16,
                _ => unit,
            };
            let (units, _) = stream.name.as_chunks::<2>();
            (stream.name.len(), units.iter().map(|two| upper(u16::from_le_bytes(*two))).collect::<Vec<_>>())
        };
        let keys: Vec<_> = order.iter().map(|stream| key(stream)).collect();
        let sorted = keys.windows(2).all(|pair| pair.first() < pair.get(1));
        let alone = self.root.left == NONE && self.root.right == NONE;
        let leaves = order.iter().all(|stream| stream.child == NONE);
        // Some writers colour nothing; those that do must colour as the format says.
        let coloured = order.iter().all(|stream| stream.colour == 1)
            || black_height(&by_entry, self.root.child, false, 0).is_some();
        match sorted && alone && leaves && coloured && order.len() == self.streams.len() {
            true => Ok(()),
            false => broken(),
        }
    }
}

/// The black nodes on each way down from `id`, if they are as many on all and no red node follows a red one.
fn black_height(by_entry: &BTreeMap<u32, &Stream>, id: u32, red_above: bool, depth: u32) -> Option<u32> {
    if id == NONE {
        return Some(0);
    }
    let stream = by_entry.get(&id)?;
    let red = stream.colour == 0;
    // A tree coloured rightly is no deeper than twice the logarithm of its size.
    if stream.colour > 1 || (red && red_above) || depth > 64 {
        return None;
    }
    let left = black_height(by_entry, stream.left, red, depth + 1)?;
    let right = black_height(by_entry, stream.right, red, depth + 1)?;
    (left == right).then_some(left + u32::from(!red))
}

/// The sectors of the chain that starts with `id`, up to its end mark; `None` where it leaves the table or runs in
/// a circle.
fn chain(id: u32, table: &[u32]) -> Option<Vec<u32>> {
    let mut ids = Vec::new();
    let mut next = if id == FREE { END } else { id };
    while next != END {
        if ids.len() >= table.len() {
            return None;
        }
        ids.push(next);
        next = *table.get(next as usize)?;
    }
    Some(ids)
}

fn covers(theirs: &File, signature: usize, shipped: &[u8]) -> Result<String, String> {
    let stream = theirs.streams.get(signature).ok_or("it has no signature")?;
    let pkcs7 = theirs.content(shipped, stream).ok_or("its signature stream is damaged")?;
    let stated = der::indirect_digest(&pkcs7)?;
    let mut others: Vec<&Stream> =
        theirs.streams.iter().filter(|other| other.entry != stream.entry).collect();
    // By the bytes of the names, without regard to their lengths: another order than the tree's.
    others.sort_by(|one, other| one.name.cmp(&other.name));
    let mut content = Vec::new();
    for other in others {
        content.push(theirs.content(shipped, other).ok_or("a stream is damaged")?);
    }
    content.push(theirs.root.class.clone());
    let parts: Vec<&[u8]> = content.iter().map(Vec::as_slice).collect();
    let computed = match stated.len() {
        32 => digest::<sha2::Sha256>(&parts),
        48 => digest::<sha2::Sha384>(&parts),
        64 => digest::<sha2::Sha512>(&parts),
        _ => return Err("its digest is of an algorithm that is not computed here".to_owned()),
    };
    match computed == stated {
        true => Ok(
            "the digest of all streams is the one the signature states; where they stand is nothing but a \
                    layout; its certificate chain was not looked at"
                .to_owned(),
        ),
        false => Err("the digest it states is not that of the streams".to_owned()),
    }
}

fn digest<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut digest = D::new();
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize().to_vec()
}
