//! A zip read entry by entry, in the order of its directory.
//!
//! Two places move on together: one over the local entries, one over the directory. That takes an archive whose
//! entries stand in the order the directory lists them in, each for itself, as every packer writes them; of any
//! other the reader says so and stops.

use std::sync::Arc;

use super::Verified;
use super::central;
use super::central::Entry;
use super::disagreements;
use super::end::End;
use super::hidden;
use super::local::Local;
use super::most_verified;
use super::signing;
use super::verify;
use crate::formats::partition::Builder;

/// Reading entry after entry.
#[derive(Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    end: Option<Arc<End>>,
    /// Where the next local entry may start.
    pub local: u64,
    /// Where the next directory entry, or what follows the last, starts.
    pub directory: u64,
    entries: u64,
    /// What the entries so far say they decode to.
    decoded: u64,
}

impl<'a> Reader<'a> {
    /// Before the first entry.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        let end = End::find(bytes).map(Arc::new);
        let mut reader = Reader { bytes, end, local: 0, directory: 0, entries: 0, decoded: 0 };
        reader.directory = reader.start_of_directory();
        reader
    }

    /// Where the directory starts.
    pub fn start_of_directory(&self) -> u64 {
        self.end.as_ref().map_or(self.bytes.len() as u64, |end| end.directory)
    }

    /// Whether the directory lists at most `most` entries.
    pub fn lists_at_most(&self, most: u64) -> bool {
        let Some(end) = &self.end else { return false };
        let mut at = end.directory;
        for _ in 0..=most {
            match Entry::read(self.bytes, at) {
                Some(entry) => at = entry.end(),
                None => return true,
            }
        }
        false
    }

    /// Claims the next entry, listed or not, or what follows the last; whether more follows.
    ///
    /// # Errors
    /// A sentence fragment: why the archive cannot be read in this way.
    pub fn step(&mut self, builder: &mut Builder<'a>) -> Result<bool, String> {
        let size = self.bytes.len() as u64;
        let end = self.end.clone();
        let limit = self.start_of_directory();
        let entry = end.as_ref().and_then(|_| Entry::read(self.bytes, self.directory));
        let Some((entry, end)) = entry.zip(end.as_deref()) else {
            if self.unlisted(builder, limit, limit) {
                return Ok(true);
            }
            if let Some(end) = end {
                central::tail(builder, &end, self.directory);
                signing::claim(builder, end.directory);
                end.claim(builder, self.entries);
            }
            (self.local, self.directory) = (limit, size);
            return Ok(false);
        };
        let at = end.base.saturating_add(entry.offset);
        if at < self.local || at > limit {
            return Err("the directory lists its entries in another order than they stand in".to_owned());
        }
        if self.unlisted(builder, at, limit) {
            return Ok(true);
        }
        let Some(local) = Local::read(self.bytes, at, Some(&entry), u64::MAX) else {
            return Err(format!("no local header stands at {at}, where the directory says one does"));
        };
        if local.end() > limit {
            return Err(format!("the entry at {at} reaches into the directory"));
        }
        self.decoded = self.decoded.saturating_add(entry.size);
        let verified = match () {
            () if !builder.keeps() => Verified::Unread,
            () if self.decoded > most_verified(size) => {
                Verified::Not("the entries before it decode to too much".to_owned())
            }
            () => verify(self.bytes, &entry, &local),
        };
        let label = builder.label(entry.name);
        let check = verified.check(&entry);
        entry.claim(builder, &label, check.clone(), true);
        disagreements(builder, &label, &entry, &local);
        let claim = local.claim(builder, &label, (&check, Some(&entry)), true);
        builder.member(entry.name, Some(claim), local.content(), entry.attributes());
        self.entries += 1;
        (self.local, self.directory) = (local.end(), entry.end());
        Ok(true)
    }

    /// Claims the next local entry before `until` that the directory, which starts at `limit`, does not list; whether
    /// there is one.
    fn unlisted(&mut self, builder: &mut Builder<'a>, until: u64, limit: u64) -> bool {
        let local = Local::read(self.bytes, self.local, None, until).filter(|local| local.end() <= until);
        let Some(local) = local.filter(|local| local.at < until) else { return false };
        hidden(builder, &local, limit);
        self.local = local.end();
        true
    }
}
