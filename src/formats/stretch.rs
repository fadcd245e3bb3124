//! A container of many entries, read a stretch at a time: what is held does not grow with the number of entries.
//!
//! [`super::open`] describes a whole container at once, a dozen regions an entry. Where there are a million of
//! them, a [`Cursor`] walks from entry to entry and keeps nothing, and [`Cursor::describe`] opens the next few as
//! [`super::open`] would. An entry is its consecutive bytes, or, in a zip, those of its local header and content and
//! those of its directory entry.

use std::ops::Range;

use super::ar;
use super::cpio;
use super::partition::Builder;
use super::tar;
use super::zip;
use crate::model::Anatomy;

/// A place between two entries of a container. Cheap to clone.
#[derive(Clone)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    format: &'static str,
    reader: Reader<'a>,
    ended: bool,
}

/// One entry, or what stands before the first or behind the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// A number that entries of one name share.
    pub name: u64,
    /// Its bytes; the second range is that of a directory entry and empty elsewhere.
    pub parts: [Range<u64>; 2],
}

#[derive(Clone)]
enum Reader<'a> {
    Ar(ar::Reader<'a>),
    Tar(tar::Reader<'a>),
    Cpio(cpio::Reader<'a>),
    Zip(zip::Reader<'a>),
}

impl<'a> Cursor<'a> {
    /// Before the first entry of a container of this format; `None` for formats that are opened whole.
    pub fn new(format: &'static str, bytes: &'a [u8]) -> Option<Cursor<'a>> {
        let reader = match format {
            ar::NAME | ar::DEB => Reader::Ar(ar::Reader::new(bytes)),
            tar::NAME => Reader::Tar(tar::Reader::new(bytes)),
            cpio::NAME => Reader::Cpio(cpio::Reader::new(bytes)),
            zip::NAME | zip::BEHIND_STUB => Reader::Zip(zip::Reader::new(bytes)),
            _ => return None,
        };
        Some(Cursor { bytes, format, reader, ended: bytes.is_empty() })
    }

    /// Moves past the next entry; `None` at the end.
    ///
    /// # Errors
    /// A sentence fragment: why the container cannot be read entry by entry.
    pub fn advance(&mut self) -> Result<Option<Entry>, String> {
        if self.ended {
            return Ok(None);
        }
        let mut builder = Builder::skipping(self.format, self.bytes);
        let parts = self.step(&mut builder)?;
        Ok(Some(Entry { name: builder.first_owner(), parts }))
    }

    /// The next `entries` entries as one anatomy, whose regions partition those entries' bytes.
    ///
    /// # Errors
    /// A sentence fragment: why the container cannot be read entry by entry.
    pub fn describe(&self, entries: usize) -> Result<Anatomy, String> {
        let mut cursor = self.clone();
        let mut builder = Builder::new(self.format, self.bytes);
        let start = cursor.places();
        for _ in 0..entries {
            if cursor.ended {
                break;
            }
            cursor.step(&mut builder)?;
        }
        let end = cursor.places();
        let parts: Vec<Range<u64>> = start
            .into_iter()
            .zip(end)
            .map(|(start, end)| start..end)
            .filter(|part| !part.is_empty())
            .collect();
        Ok(builder.finish_parts(&parts))
    }

    fn step(&mut self, builder: &mut Builder<'a>) -> Result<[Range<u64>; 2], String> {
        let before = self.places();
        let more = match &mut self.reader {
            Reader::Ar(reader) => reader.step(builder, u64::MAX),
            Reader::Tar(reader) => reader.step(builder, u64::MAX),
            Reader::Cpio(reader) => reader.step(builder, u64::MAX),
            Reader::Zip(reader) => reader.step(builder)?,
        };
        self.ended = !more;
        let after = self.places();
        let [(a, b), (c, d)] = [(before[0], after[0]), (before[1], after[1])];
        if a > b || c > d || (a == b && c == d && more) {
            return Err(format!("reading does not move on from byte {a}"));
        }
        Ok([a..b, c..d])
    }

    /// Where reading stands: among the entries, and in the directory.
    fn places(&self) -> [u64; 2] {
        match &self.reader {
            Reader::Ar(reader) => [reader.at, 0],
            Reader::Tar(reader) => [reader.at, 0],
            Reader::Cpio(reader) => [reader.at, 0],
            Reader::Zip(reader) => [reader.local, reader.directory],
        }
    }

    /// Where the first part ends and the second starts, once all is read: what the entries' bytes add up to.
    pub fn whole(&self) -> [Range<u64>; 2] {
        let size = self.bytes.len() as u64;
        match &self.reader {
            Reader::Zip(reader) => [0..reader.start_of_directory(), reader.start_of_directory()..size],
            _ => [0..size, 0..0],
        }
    }

    /// Whether the container lists at most `most` entries in a directory, in whatever order they stand.
    pub fn lists_at_most(&self, most: u64) -> bool {
        match &self.reader {
            Reader::Zip(reader) => reader.lists_at_most(most),
            _ => false,
        }
    }

    /// Whether the container has more than `most` entries, or cannot be read entry by entry and may have.
    pub fn has_more_than(&self, most: u64) -> bool {
        let smallest = if self.format == tar::NAME { 512 } else { 60 };
        if (self.bytes.len() as u64) < most.saturating_mul(smallest) {
            return false;
        }
        let mut cursor = self.clone();
        for _ in 0..=most {
            match cursor.advance() {
                Ok(Some(_)) => {}
                Ok(None) => return false,
                Err(_) => return true,
            }
        }
        true
    }
}
