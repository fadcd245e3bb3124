//! The end records: end of central directory, and its ZIP64 record and locator.

use crate::formats::field;
use crate::formats::partition::Builder;
use crate::formats::partition::holds;
use crate::model::Check;
use crate::model::Role;

/// The end record's signature.
pub const MAGIC: &[u8] = b"PK\x05\x06";

/// The end of central directory record, with its ZIP64 record's values where there is one.
pub struct End {
    /// Where the record is.
    pub at: u64,
    /// Where the central directory is, really.
    pub directory: u64,
    /// Its size.
    pub directory_size: u64,
    /// How many entries it says it has.
    pub entries: u64,
    /// Whether it says so of all disks and of this one, there being no other.
    one_disk: bool,
    /// What to add to stored offsets: the size of a stub they do not count.
    pub base: u64,
    /// The archive comment's length.
    comment: u64,
    /// Where the ZIP64 record is, and its length.
    zip64: Option<(u64, u64)>,
    /// Other places an end record was found at.
    others: Vec<u64>,
    given_offset: u64,
}

impl End {
    /// The record readers use: the last one whose comment ends with the file, or else the last one.
    pub fn find(bytes: &[u8]) -> Option<End> {
        let size = bytes.len() as u64;
        let from = size.saturating_sub(22 + 65_535);
        let window = field::from(bytes, from);
        let places: Vec<u64> = window
            .windows(4)
            .enumerate()
            .filter(|(_, four)| *four == MAGIC)
            .map(|(index, _)| from + index as u64)
            .filter(|at| at + 22 <= size)
            .collect();
        let ends_file = |at: &u64| {
            field::le16(bytes, at + 20).is_some_and(|comment| at + 22 + u64::from(comment) == size)
        };
        let at = places.iter().rfind(|at| ends_file(at)).or(places.last()).copied()?;
        let comment = u64::from(field::le16(bytes, at + 20)?).min(size - at - 22);
        let zip64 = at.checked_sub(20).and_then(|locator| zip64(bytes, locator));
        let (entries, directory_size, offset, directory_end) = match zip64 {
            Some((record, _)) => {
                let read = |at| field::le64(bytes, record + at);
                (read(32)?, read(40)?, read(48)?, record)
            }
            None => {
                let short = u64::from(field::le16(bytes, at + 10)?);
                let long = |offset| field::le32(bytes, at + offset).map(u64::from);
                (short, long(12)?, long(16)?, at)
            }
        };
        // The directory ends where the end record starts; offsets that do not count a stub are off by its size.
        let actual = directory_end.saturating_sub(directory_size);
        let starts = |at: u64| field::from(bytes, at).starts_with(super::central::MAGIC);
        let directory =
            if entries == 0 || !starts(actual) && starts(offset) { offset.min(size) } else { actual };
        let base = directory.saturating_sub(offset);
        let given_offset = offset;
        // A stored archive within a member has its own; one within or behind the directory is another reading.
        let others = places.into_iter().filter(|other| *other != at && *other >= directory).collect();
        let here = match zip64 {
            Some((record, _)) => field::le64(bytes, record + 24)?,
            None => u64::from(field::le16(bytes, at + 8)?),
        };
        let one_disk = here == entries;
        Some(End {
            at,
            directory,
            directory_size,
            entries,
            one_disk,
            base,
            comment,
            zip64,
            others,
            given_offset,
        })
    }

    /// Whether a central directory entry stands where the record says.
    pub fn directory_holds(&self, bytes: &[u8]) -> bool {
        field::from(bytes, self.directory).starts_with(super::central::MAGIC)
    }

    /// Where the central directory must have ended.
    pub fn directory_end(&self) -> u64 {
        self.zip64.map_or(self.at, |(record, _)| record)
    }

    /// Claims the end records, the archive comment and what follows it.
    pub fn claim(&self, builder: &mut Builder<'_>, found: u64) {
        let end = "end of central directory";
        if let Some((at, len)) = self.zip64 {
            builder.claim(at, 12, Role::Header, "zip64 end: signature and size");
            builder.claim(at + 12, 2, Role::Toolchain, "zip64 end: made by");
            builder.claim(at + 14, 10, Role::Header, "zip64 end: version and disks");
            builder.claim_checked(at + 24, 16, Role::Derived, "zip64 end: counts", self.count(found));
            builder.claim_checked(at + 40, 16, Role::Derived, "zip64 end: directory", self.place());
            builder.claim(at + 56, len.saturating_sub(56), Role::Extra, "zip64 end: extensible data");
            builder.claim(self.at - 20, 20, Role::Header, "zip64 locator");
        }
        builder.claim(self.at, 8, Role::Header, format!("{end}: signature and disks"));
        builder.claim_checked(self.at + 8, 4, Role::Derived, format!("{end}: counts"), self.count(found));
        builder.claim_checked(self.at + 12, 8, Role::Derived, format!("{end}: directory"), self.place());
        builder.claim(self.at + 20, 2, Role::Header, format!("{end}: comment length"));
        builder.claim(self.at + 22, self.comment, Role::Extra, "archive comment");
        let after = self.at + 22 + self.comment;
        let size = builder.size();
        if after < size {
            builder.problem(format!("{} bytes follow the archive", size - after));
            builder.claim(after, size - after, Role::Trailing, "trailing bytes");
        }
        for other in &self.others {
            builder.problem(format!(
                "another end-of-central-directory signature stands at {other}; readers may use it"
            ));
        }
        if self.base > 0 {
            builder.problem(format!(
                "stored offsets are {} less than real ones: a stub was put in front",
                self.base
            ));
        }
    }

    fn count(&self, found: u64) -> Check {
        holds(self.entries == found && self.one_disk, || {
            format!("{} entries are given, {found} found", self.entries)
        })
    }

    fn place(&self) -> Check {
        let size = self.directory_end().saturating_sub(self.directory);
        holds(self.directory == self.given_offset && self.directory_size == size, || {
            format!(
                "the directory is said to be {} bytes at {}, it is {size} bytes at {}",
                self.directory_size, self.given_offset, self.directory
            )
        })
    }
}

/// The ZIP64 end record that a locator points at (or that stands right before it), and its length.
fn zip64(bytes: &[u8], locator: u64) -> Option<(u64, u64)> {
    if field::slice(bytes, locator, 4)? != b"PK\x06\x07" {
        return None;
    }
    let stated = field::le64(bytes, locator + 8)?;
    let candidates = [Some(stated), locator.checked_sub(56)];
    candidates.into_iter().flatten().find_map(|at| {
        if field::slice(bytes, at, 4)? != b"PK\x06\x06" {
            return None;
        }
        let len = field::le64(bytes, at + 4)?.checked_add(12)?;
        (len >= 56 && at.checked_add(len)? <= locator).then_some((at, len))
    })
}
