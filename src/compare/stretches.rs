//! Two containers of many entries, walked side by side.
//!
//! Entries that are equal and correspond are counted and forgotten; a stretch of entries that are not is described
//! on both sides, looked at, and forgotten in turn. What is held at one time does not depend on how many entries
//! there are. The price: what stands more than a stretch away from its counterpart is taken for missing here and
//! for extra there, unless it follows a long run that only one side has.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::ops::Range;

use super::bytes;
use super::pairing;
use crate::formats::stretch::Cursor;
use crate::formats::stretch::Entry;
use crate::model::Anatomy;

/// Entries of one side that are described at once.
pub const STRETCH: usize = 2048;

/// Steps taken altogether in search of where two containers that have lost each other meet again.
const SEARCHED: u64 = 8_000_000;

/// Two containers of one format, walked side by side.
pub struct Stretches<'a> {
    shipped: Feed<'a>,
    rebuilt: Feed<'a>,
    searched: u64,
}

/// What comes next.
pub enum Next {
    /// So many bytes of entries that are equal on both sides.
    Equal(u64),
    /// Entries of which not all are, shipped and rebuilt; each anatomy partitions its own entries' bytes.
    Differing(Box<[Anatomy; 2]>),
}

impl<'a> Stretches<'a> {
    /// At the start of both.
    pub fn new(shipped: (Cursor<'a>, &'a [u8]), rebuilt: (Cursor<'a>, &'a [u8])) -> Stretches<'a> {
        Stretches { shipped: Feed::new(shipped), rebuilt: Feed::new(rebuilt), searched: 0 }
    }

    /// What comes next; `None` when both sides have been gone through to the last byte.
    ///
    /// # Errors
    /// A sentence fragment: why one of them cannot be read entry by entry.
    pub fn advance(&mut self) -> Result<Option<Next>, String> {
        let (a, b) = (&mut self.shipped, &mut self.rebuilt);
        let mut equal = 0;
        loop {
            a.fill(1)?;
            b.fill(1)?;
            match (a.queue.front(), b.queue.front()) {
                (Some((_, one)), Some((_, other))) if a.same(one, b, other) => {
                    equal += one.parts.iter().map(|part| part.end - part.start).sum::<u64>();
                    a.queue.pop_front();
                    b.queue.pop_front();
                }
                _ if equal > 0 => return Ok(Some(Next::Equal(equal))),
                (None, None) => {
                    a.ends_whole()?;
                    b.ends_whole()?;
                    return Ok(None);
                }
                _ => break,
            }
        }
        a.fill(STRETCH)?;
        b.fill(STRETCH)?;
        let (one, other) = self.cut()?;
        let theirs = self.shipped.take(one)?;
        let ours = self.rebuilt.take(other)?;
        Ok(Some(Next::Differing(Box::new([theirs, ours]))))
    }

    /// How many of the waiting entries of either side are looked at together.
    fn cut(&mut self) -> Result<(usize, usize), String> {
        let (a, b) = (&self.shipped, &self.rebuilt);
        let all = (a.queue.len(), b.queue.len());
        let equal_names = a.queue.iter().map(|(_, entry)| entry.name).eq(b.queue.iter().map(|(_, e)| e.name));
        if equal_names || a.queue.len() < STRETCH && b.queue.len() < STRETCH {
            return Ok(all);
        }
        let mut places: HashMap<u64, VecDeque<usize>> = HashMap::new();
        for (index, (_, entry)) in b.queue.iter().enumerate() {
            places.entry(entry.name).or_default().push_back(index);
        }
        let paired: Vec<Option<usize>> = a
            .queue
            .iter()
            .map(|(_, entry)| places.get_mut(&entry.name).and_then(VecDeque::pop_front))
            .collect();
        // What stands behind the last pair whose order is the same may have its counterpart still to come.
        let moved = pairing::moved(&paired);
        let anchor =
            paired.iter().zip(&moved).enumerate().rev().find_map(|(index, (other, moved))| {
                other.filter(|_| !moved).map(|other| (index + 1, other + 1))
            });
        if let Some(anchor) = anchor {
            return Ok(anchor);
        }
        let (Some((_, one)), Some((_, other))) = (a.queue.front(), b.queue.front()) else { return Ok(all) };
        let left = SEARCHED.saturating_sub(self.searched);
        let (in_shipped, steps) = a.find(other.name, left)?;
        let (in_rebuilt, more) = b.find(one.name, left.saturating_sub(steps))?;
        self.searched = self.searched.saturating_add(steps).saturating_add(more);
        Ok(match (in_shipped, in_rebuilt) {
            (Some(near), far) if far.is_none_or(|far| near <= far) => (all.0, 0),
            (_, Some(_)) => (0, all.1),
            _ => all,
        })
    }
}

/// One side: entries read ahead, and where reading stands.
struct Feed<'a> {
    bytes: &'a [u8],
    /// Each entry with the place before it.
    queue: VecDeque<(Cursor<'a>, Entry)>,
    next: Cursor<'a>,
    /// Up to where the entries' parts have been seen, without a hole.
    seen: [u64; 2],
}

impl<'a> Feed<'a> {
    fn new((next, bytes): (Cursor<'a>, &'a [u8])) -> Feed<'a> {
        let seen = next.whole().map(|part| part.start);
        Feed { bytes, queue: VecDeque::new(), next, seen }
    }

    /// Reads ahead until `most` entries wait, or all that are left.
    fn fill(&mut self, most: usize) -> Result<(), String> {
        while self.queue.len() < most {
            let before = self.next.clone();
            let Some(entry) = self.next.advance()? else { break };
            for (part, seen) in entry.parts.iter().zip(&mut self.seen) {
                if part.start != *seen && !part.is_empty() {
                    return Err(format!("an entry starts at {} where {seen} is next", part.start));
                }
                *seen = part.end.max(*seen);
            }
            self.queue.push_back((before, entry));
        }
        Ok(())
    }

    /// Whether an entry of this side and one of the other are the same bytes under the same name.
    fn same(&self, entry: &Entry, other: &Feed<'_>, theirs: &Entry) -> bool {
        entry.name == theirs.name
            && entry
                .parts
                .iter()
                .zip(&theirs.parts)
                .all(|(a, b)| bytes::equal(part(self.bytes, a), part(other.bytes, b)))
    }

    /// The first `count` waiting entries, described; they wait no longer.
    fn take(&mut self, count: usize) -> Result<Anatomy, String> {
        let Some((start, _)) = self.queue.front() else { return self.next.describe(0) };
        let anatomy = start.describe(count)?;
        let described: u64 = anatomy.regions.iter().map(|region| region.len()).sum();
        let taken = self.queue.drain(..count.min(self.queue.len()));
        let walked: u64 = taken.flat_map(|(_, entry)| entry.parts).map(|part| part.end - part.start).sum();
        match described == walked {
            true => Ok(anatomy),
            false => Err(format!("{walked} bytes of entries were walked over and {described} described")),
        }
    }

    /// How far beyond what waits an entry of this name stands, within `most` steps; and how many were taken.
    fn find(&self, name: u64, most: u64) -> Result<(Option<u64>, u64), String> {
        let mut cursor = self.next.clone();
        for step in 0..most {
            match cursor.advance()? {
                Some(entry) if entry.name == name => return Ok((Some(step), step)),
                Some(_) => {}
                None => return Ok((None, step)),
            }
        }
        Ok((None, most))
    }

    /// Holds only if every byte has been seen.
    fn ends_whole(&self) -> Result<(), String> {
        let ends = self.next.whole().map(|part| part.end);
        let missed = ends.iter().zip(&self.seen).any(|(end, seen)| seen < end);
        if missed { Err("not every byte was reached entry by entry".to_owned()) } else { Ok(()) }
    }
}

fn part<'a>(bytes: &'a [u8], part: &Range<u64>) -> &'a [u8] {
    let clamp = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    bytes.get(clamp(part.start)..clamp(part.end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::Write;

    /// An ar of `count` members; `mtime` and which are left out are the caller's.
    fn archive(count: u32, mtime: u32, without: &dyn Fn(u32) -> bool) -> Vec<u8> {
        let mut out = b"!<arch>\n".to_vec();
        for n in (0..count).filter(|n| !without(*n)) {
            let name = format!("{n}/");
            writeln!(out, "{name:<16}{mtime:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, 100_644, 2).unwrap();
            out.extend(b"x\n");
        }
        out
    }

    /// Bytes that came out equal, regions of each side that did not, and the most that were held at once.
    fn walked(a: &[u8], b: &[u8]) -> (u64, [u64; 2], usize) {
        let cursor = |bytes| (Cursor::new("ar", bytes).unwrap(), bytes);
        let mut stretches = Stretches::new(cursor(a), cursor(b));
        let (mut equal, mut differing, mut held) = (0, [0, 0], 0);
        while let Some(next) = stretches.advance().unwrap() {
            let waiting = stretches.shipped.queue.len() + stretches.rebuilt.queue.len();
            match next {
                Next::Equal(bytes) => equal += bytes,
                Next::Differing(pair) => {
                    let [one, other] = &*pair;
                    for (sum, anatomy) in differing.iter_mut().zip([one, other]) {
                        *sum += anatomy.regions.iter().map(|region| region.len()).sum::<u64>();
                    }
                    held = held.max(waiting + one.regions.len() + other.regions.len());
                    held = held.max(waiting + one.members.len() + other.members.len());
                }
            }
        }
        (equal, differing, held)
    }

    #[test]
    fn what_is_held_does_not_grow_with_the_number_of_entries() {
        let of = |count| walked(&archive(count, 1, &|_| false), &archive(count, 2, &|_| false));
        let (few, many) = (of(10_000), of(100_000));
        assert_eq!(few.2, many.2, "records held at once");
        assert_eq!(many.1, [62 * 100_000, 62 * 100_000], "every entry's bytes are described once");
        let (equal, differing, held) =
            walked(&archive(100_000, 1, &|_| false), &archive(100_000, 1, &|n| n == 70_000));
        assert!(held <= many.2);
        assert_eq!(equal + differing[0], 62 * 100_000 + 8);
        assert!(differing[0] <= 62 * STRETCH as u64, "{differing:?}");
    }

    #[test]
    fn a_run_longer_than_a_stretch_that_one_side_lacks_does_not_take_the_rest_with_it() {
        let whole = archive(50_000, 1, &|_| false);
        let cut = archive(50_000, 1, &|n| (10_000..30_000).contains(&n));
        for (a, b) in [(&whole, &cut), (&cut, &whole)] {
            let (equal, differing, _) = walked(a, b);
            assert_eq!(equal + differing[0], a.len() as u64);
            assert!(equal >= 62 * 25_000, "{equal} {differing:?}");
        }
    }
}
