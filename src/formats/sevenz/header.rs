//! The header of a 7z archive: which packed streams there are, how folders of files are decoded from them, and what
//! the files are called.
//!
//! Format: 7zFormat.txt of the LZMA SDK. Every count is held against the bytes that are left to state it in.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::field;

/// What a header says.
#[derive(Debug, Default)]
pub struct Header {
    /// Where the first packed stream starts, and how long each is.
    pub packed_at: u64,
    pub packed: Vec<u64>,
    pub folders: Vec<Folder>,
    pub files: Vec<File>,
    /// The fields that follow from others or say something of one file, and where in the header they stand.
    pub fields: Vec<(Range<u64>, Field)>,
    /// Whether every number is written as short as it can be.
    pub is_plain: bool,
    /// Where reading ended.
    pub end: u64,
}

/// What a field of the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Where the first packed stream stands.
    PackedAt,
    /// How long a packed stream is.
    PackedSize(usize),
    /// How long what one coder of a folder gives is.
    Size(usize),
    /// How long a file of a folder is.
    PartSize(usize),
    /// The checksums of a folder and of its parts.
    Digests,
    /// The names of all files.
    Names,
    /// A time of a file.
    Time(usize, &'static str),
    /// The attributes of a file.
    Attributes(usize),
    /// Filler.
    Filler,
}

/// Files packed together.
#[derive(Debug, Default)]
pub struct Folder {
    pub coders: Vec<Coder>,
    /// The input of the first coder is the output of the second.
    pub bound: Vec<(u64, u64)>,
    /// Packed streams it takes.
    pub takes: u64,
    /// What each coder gives.
    pub sizes: Vec<u64>,
    /// Sizes of the files in it, and their CRC-32 where it is stated.
    pub parts: Vec<(u64, Option<u32>)>,
    crc: Option<u32>,
}

/// One step of decoding.
#[derive(Debug)]
pub struct Coder {
    pub id: Vec<u8>,
    pub properties: Vec<u8>,
    simple: bool,
}

/// One file, folder or empty file.
#[derive(Debug)]
pub struct File {
    /// UTF-8, as far as the name can be.
    pub name: Vec<u8>,
    /// Whether it has content.
    pub has_content: bool,
    pub is_folder: bool,
}

impl Folder {
    /// The coders from the packed bytes to the content, where that is one chain.
    pub fn chain(&self) -> Option<Vec<&Coder>> {
        let simple = self.coders.iter().all(|coder| coder.simple);
        if !simple || self.takes != 1 || self.bound.len() + 1 != self.coders.len() {
            return None;
        }
        let count = self.coders.len() as u64;
        // The coder whose input no other gives is the first.
        let mut next = (0..count).find(|coder| self.bound.iter().all(|(input, _)| input != coder))?;
        let mut chain = Vec::new();
        while chain.len() < self.coders.len() {
            chain.push(self.coders.get(usize::try_from(next).ok()?)?);
            match self.bound.iter().find(|(_, output)| *output == next) {
                Some((input, _)) => next = *input,
                None => break,
            }
        }
        (chain.len() == self.coders.len()).then_some(chain)
    }

    /// The size of its content: what the coder gives that no other takes.
    pub fn size(&self) -> Option<u64> {
        let last = (0..self.sizes.len())
            .find(|coder| self.bound.iter().all(|(_, output)| *output != *coder as u64))?;
        self.sizes.get(last).copied()
    }
}

/// A header, or where one is packed.
pub enum Read {
    Plain(Header),
    Packed(Header),
}

/// Reads a header; `None` where it is damaged or uses what is not known here.
pub fn read(bytes: &[u8]) -> Option<Read> {
    let mut reader = Reader { bytes, at: 0, fields: Vec::new(), is_plain: true, met: BTreeSet::new() };
    let packed = match reader.byte()? {
        0x01 => false,
        0x17 => true,
        _ => return None,
    };
    let mut header = Header::default();
    match packed {
        true => reader.streams(&mut header)?,
        false => header = reader.header()?,
    }
    header.end = reader.at;
    header.is_plain = reader.is_plain;
    header.fields = reader.fields;
    Some(if packed { Read::Packed(header) } else { Read::Plain(header) })
}

/// Coders of one folder; 7-Zip allows 32.
const CODERS: u64 = 32;

struct Reader<'a> {
    bytes: &'a [u8],
    at: u64,
    fields: Vec<(Range<u64>, Field)>,
    is_plain: bool,
    /// Properties met, with where they belong: one that stands twice is read twice and means one thing.
    met: BTreeSet<(u8, u64)>,
}

impl<'a> Reader<'a> {
    fn left(&self) -> u64 {
        (self.bytes.len() as u64).saturating_sub(self.at)
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = field::byte(self.bytes, self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, len: u64) -> Option<&'a [u8]> {
        let taken = field::slice(self.bytes, self.at, len)?;
        self.at += len;
        Some(taken)
    }

    /// A number of one to nine bytes: the first byte's leading ones count the bytes that follow.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        let more = first.leading_ones();
        let mut value = 0u64;
        for index in 0..more {
            value |= u64::from(self.byte()?) << (8 * index);
        }
        let high = u64::from(first) & (0x7fu64 >> more);
        let value = if more >= 8 { value } else { value | high << (8 * more) };
        // A number can be written longer than it is.
        let fits_shorter = more > 0 && value >> (7 * more.min(8)) == 0;
        self.is_plain &= !fits_shorter;
        Some(value)
    }

    /// The next property's number, within the part of the header that `part` stands for.
    fn property(&mut self, part: u8) -> Option<u64> {
        let kind = self.number()?;
        // Filler stands before whatever is to be aligned.
        self.is_plain &= self.met.insert((part, kind)) || (part, kind) == (5, 0x19);
        Some(kind)
    }

    /// A number that is a field.
    fn field_number(&mut self, field: Field) -> Option<u64> {
        let start = self.at;
        let value = self.number()?;
        self.fields.push((start..self.at, field));
        Some(value)
    }

    /// A count of things of which each takes at least one bit of what is left.
    fn count(&mut self) -> Option<usize> {
        let count = self.number()?;
        usize::try_from(count).ok().filter(|_| count <= self.left().saturating_mul(8))
    }

    fn bits(&mut self, count: usize) -> Option<Vec<bool>> {
        let packed = self.take(count.div_ceil(8) as u64)?;
        Some(
            (0..count)
                .map(|bit| packed.get(bit / 8).is_some_and(|byte| byte << (bit % 8) & 0x80 != 0))
                .collect(),
        )
    }

    /// Digests: whether all are defined or a bit for each, then those that are.
    fn digests(&mut self, count: usize) -> Option<Vec<Option<u32>>> {
        let defined = if self.byte()? != 0 { vec![true; count] } else { self.bits(count)? };
        let start = self.at;
        let mut digests = Vec::new();
        for defined in defined {
            let digest =
                if defined { Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?)) } else { None };
            digests.push(digest);
        }
        self.fields.push((start..self.at, Field::Digests));
        Some(digests)
    }

    fn header(&mut self) -> Option<Header> {
        let mut header = Header::default();
        loop {
            match self.property(0)? {
                0x00 => return Some(header),
                0x02 => {
                    while self.byte()? != 0 {
                        let len = self.number()?;
                        self.take(len)?;
                    }
                }
                0x04 => self.streams(&mut header)?,
                0x05 => header.files = self.files()?,
                _ => return None,
            }
        }
    }

    fn streams(&mut self, header: &mut Header) -> Option<()> {
        let mut listed = false;
        loop {
            match self.property(1)? {
                0x00 => break,
                0x06 => self.pack(header)?,
                0x07 => header.folders = self.folders()?,
                0x08 => {
                    self.parts(&mut header.folders)?;
                    listed = true;
                }
                _ => return None,
            }
        }
        if !listed {
            for folder in &mut header.folders {
                folder.parts = vec![(folder.size()?, folder.crc)];
            }
        }
        Some(())
    }

    fn pack(&mut self, header: &mut Header) -> Option<()> {
        header.packed_at = self.field_number(Field::PackedAt)?;
        let count = self.count()?;
        loop {
            match self.property(2)? {
                0x00 => return Some(()),
                0x09 => {
                    for index in 0..count {
                        header.packed.push(self.field_number(Field::PackedSize(index))?);
                    }
                }
                0x0a => {
                    // Nobody writes them; they are not held against the streams.
                    self.digests(count)?;
                    self.fields.pop();
                }
                _ => return None,
            }
        }
    }

    fn folders(&mut self) -> Option<Vec<Folder>> {
        if self.byte()? != 0x0b {
            return None;
        }
        let count = self.count()?;
        // Stated elsewhere: no writer does that.
        if self.byte()? != 0 {
            return None;
        }
        let mut folders = Vec::new();
        for _ in 0..count {
            folders.push(self.folder()?);
        }
        if self.byte()? != 0x0c {
            return None;
        }
        for (index, folder) in folders.iter_mut().enumerate() {
            for _ in 0..folder.coders.len() {
                folder.sizes.push(self.field_number(Field::Size(index))?);
            }
        }
        loop {
            match self.property(3)? {
                0x00 => return Some(folders),
                0x0a => {
                    let digests = self.digests(folders.len())?;
                    folders.iter_mut().zip(digests).for_each(|(folder, digest)| folder.crc = digest);
                }
                _ => return None,
            }
        }
    }

    fn folder(&mut self) -> Option<Folder> {
        let mut folder = Folder::default();
        let count = self.number().filter(|count| (1..=CODERS).contains(count))?;
        let (mut inputs, mut outputs) = (0, 0);
        for _ in 0..count {
            let flags = self.byte()?;
            let id = self.take(u64::from(flags & 0x0f))?.to_vec();
            let (takes, gives) = if flags & 0x10 != 0 { (self.number()?, self.number()?) } else { (1, 1) };
            if takes > CODERS || gives != 1 || flags & 0x80 != 0 {
                return None;
            }
            let len = if flags & 0x20 != 0 { self.number()? } else { 0 };
            let properties = self.take(len)?.to_vec();
            folder.coders.push(Coder { id, properties, simple: takes == 1 });
            (inputs, outputs) = (inputs + takes, outputs + gives);
        }
        for _ in 1..outputs {
            folder.bound.push((self.number()?, self.number()?));
        }
        folder.takes = inputs - (outputs - 1).min(inputs);
        if folder.takes > 1 {
            for _ in 0..folder.takes {
                self.number()?;
            }
        }
        Some(folder)
    }

    fn parts(&mut self, folders: &mut [Folder]) -> Option<()> {
        let mut counts: Vec<usize> = vec![1; folders.len()];
        let mut kind = self.property(4)?;
        if kind == 0x0d {
            for count in &mut counts {
                *count = self.count()?;
            }
            kind = self.property(4)?;
        }
        for (index, (folder, count)) in folders.iter_mut().zip(&counts).enumerate() {
            let mut left = folder.size()?;
            for part in 0..*count {
                let last = part + 1 == *count;
                let size =
                    if last || kind != 0x09 { left } else { self.field_number(Field::PartSize(index))? };
                left = left.checked_sub(size)?;
                folder.parts.push((size, None));
            }
        }
        if kind == 0x09 {
            kind = self.property(4)?;
        }
        loop {
            match kind {
                0x00 => return Some(()),
                0x0a => {
                    let known = |folder: &Folder| folder.parts.len() == 1 && folder.crc.is_some();
                    let wanted =
                        folders.iter().filter(|folder| !known(folder)).map(|folder| folder.parts.len()).sum();
                    let mut digests = self.digests(wanted)?.into_iter();
                    for folder in folders.iter_mut() {
                        let known = known(folder);
                        let crc = folder.crc;
                        for part in &mut folder.parts {
                            part.1 = if known { crc } else { digests.next()? };
                        }
                    }
                }
                _ => return None,
            }
            kind = self.property(4)?;
        }
    }

    /// A value of so many bytes for each file that has one.
    fn of_each(&mut self, count: usize, end: u64, size: u64, field: fn(usize) -> Field) -> Option<()> {
        let defined = if self.byte()? != 0 { vec![true; count] } else { self.bits(count)? };
        let external = self.byte()?;
        for (file, _) in defined.iter().enumerate().filter(|(_, defined)| **defined) {
            if external != 0 || self.at + size > end {
                break;
            }
            self.fields.push((self.at..self.at + size, field(file)));
            self.at += size;
        }
        Some(())
    }

    fn files(&mut self) -> Option<Vec<File>> {
        let count = self.count()?;
        let (mut names, mut empty, mut empty_file) = (Vec::new(), vec![false; count], Vec::new());
        loop {
            let kind = self.property(5)?;
            if kind == 0 {
                break;
            }
            let len = self.number()?;
            let end = self.at.checked_add(len)?;
            match kind {
                0x0e => empty = self.bits(count)?,
                0x0f => empty_file = self.bits(empty.iter().filter(|empty| **empty).count())?,
                0x11 => {
                    if self.byte()? != 0 {
                        return None;
                    }
                    names = split(field::clamped(self.bytes, Range { start: self.at, end }));
                    self.fields.push((self.at..end, Field::Names));
                }
                0x12 => self.of_each(count, end, 8, |file| Field::Time(file, "ctime"))?,
                0x13 => self.of_each(count, end, 8, |file| Field::Time(file, "atime"))?,
                0x14 => self.of_each(count, end, 8, |file| Field::Time(file, "mtime"))?,
                0x15 => self.of_each(count, end, 4, Field::Attributes)?,
                0x19 => self.fields.push((self.at..end, Field::Filler)),
                _ => {}
            }
            self.at = end;
        }
        let mut empties = empty_file.into_iter();
        let files = names.into_iter().zip(empty).map(|(name, empty)| {
            let is_file = empty && empties.next().unwrap_or(false);
            File { name, has_content: !empty, is_folder: empty && !is_file }
        });
        let files: Vec<File> = files.collect();
        (files.len() == count).then_some(files)
    }
}

/// Names in UTF-16, little-endian, each with a zero behind it.
fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    let named = units.strip_suffix(&[0]).unwrap_or(&units);
    if units.is_empty() {
        return Vec::new();
    }
    named.split(|unit| *unit == 0).map(|name| String::from_utf16_lossy(name).into_bytes()).collect()
}
