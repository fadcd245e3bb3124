//! Constants on both sides, laid beside each other: equal but for one path at the start of strings, and for filler.

use super::image::u32_at;
use super::jumps::Jumps;
use super::places::Stretch;

/// The path that differs: ours, which is the run's, and the other one in its place.
pub struct Paths<'a> {
    /// The run's build path.
    pub ours: &'a [u8],
    /// The other one, once the first was found.
    pub theirs: Option<&'a [u8]>,
    /// Strings that start with it.
    pub strings: u64,
}

/// What two sections of constants have in common.
#[derive(Debug, Default)]
pub struct Aligned {
    /// Stretches of memory.
    pub stretches: Vec<Stretch>,
    /// Words of tables of jumps, rebuilt side: they differ, and lead to the same instruction.
    pub words: Vec<u64>,
    /// The instructions they lead to, with the word's address, shipped side.
    pub targets: Vec<(u64, u64)>,
}

/// The longest path taken for one.
const LONGEST: usize = 256;

/// Constants are aligned to so many bytes at most.
const ALIGNMENTS: [u64; 5] = [4, 8, 16, 32, 64];

/// The stretches that two sections of constants, mapped at `at`, have in common.
///
/// # Errors
/// A sentence fragment: what else differs.
pub fn align<'a>(
    shipped: &'a [u8],
    rebuilt: &[u8],
    at: (u64, u64),
    paths: &mut Paths<'a>,
    jumps: &Jumps,
) -> Result<Aligned, String> {
    let mut walk = Walk { shipped, rebuilt, at, from: (0, 0), found: Aligned::default() };
    let (mut i, mut j) = (0, 0);
    loop {
        let equal = common(shipped.get(i..).unwrap_or_default(), rebuilt.get(j..).unwrap_or_default());
        (i, j) = (i + equal, j + equal);
        if i == shipped.len() && j == rebuilt.len() {
            walk.close(i, j);
            return Ok(walk.found);
        }
        let next = walk.path(i, paths).or_else(|| walk.jumps(j, jumps)).or_else(|| walk.filler(i, j));
        (i, j) = next.ok_or_else(|| {
            let place = at.0.saturating_add(i as u64);
            format!("constants at {place:#x} differ in more than the build path")
        })?;
    }
}

struct Walk<'a, 'b> {
    shipped: &'a [u8],
    rebuilt: &'b [u8],
    at: (u64, u64),
    /// Where the stretch being followed started on either side.
    from: (usize, usize),
    found: Aligned,
}

impl<'a> Walk<'a, '_> {
    /// Ends the stretch before these places.
    fn close(&mut self, i: usize, j: usize) {
        if i > self.from.0 && i - self.from.0 == j - self.from.1 {
            let len = i - self.from.0;
            let (shipped, rebuilt) = (self.at.0 + self.from.0 as u64, self.at.1 + self.from.1 as u64);
            self.found.stretches.push(Stretch { shipped, rebuilt, len: len as u64, ends_text: false });
        }
    }

    /// What differs at `i` is the path at the start of a string: where the rest of the string starts.
    fn path(&mut self, i: usize, paths: &mut Paths<'a>) -> Option<(usize, usize)> {
        let after_zero = self.shipped.get(..i)?.iter().rposition(|byte| *byte == 0).map_or(0, |nul| nul + 1);
        let place = |start: usize| Some(self.from.1 + start.checked_sub(self.from.0)?);
        let holds = |start: usize| {
            place(start)
                .and_then(|other| self.rebuilt.get(other..))
                .is_some_and(|rest| rest.starts_with(paths.ours))
        };
        // A number may end without a zero; what stands behind it is aligned then.
        let aligned = |start: usize| {
            let addresses = place(start).map(|other| (self.at.0 + start as u64) | (self.at.1 + other as u64));
            start == after_zero || addresses.is_some_and(|addresses| addresses.is_multiple_of(8))
        };
        let near = after_zero.max(i.saturating_sub(LONGEST))..i + 1;
        let start = std::iter::once(after_zero).chain(near).find(|start| aligned(*start) && holds(*start))?;
        let other = place(start)?;
        let (theirs, ours) = (text(self.shipped, start)?, text(self.rebuilt, other)?);
        let rest = ours.strip_prefix(paths.ours)?;
        if !(rest.is_empty() || rest.starts_with(b"/")) {
            return None;
        }
        let root = theirs.strip_suffix(rest).filter(|root| is_path(root))?;
        if paths.theirs.is_some_and(|known| known != root) || root == paths.ours {
            return None;
        }
        paths.theirs = Some(root);
        paths.strings += 1;
        self.close(start, other);
        let mark = Stretch {
            shipped: self.at.0 + start as u64,
            rebuilt: self.at.1 + other as u64,
            len: 0,
            ends_text: false,
        };
        self.found.stretches.push(mark);
        self.from = (start + root.len(), other + paths.ours.len());
        Some(self.from)
    }

    /// What differs is a table of jumps, which moved and whose targets moved otherwise: where it ends.
    fn jumps(&mut self, j: usize, jumps: &Jumps) -> Option<(usize, usize)> {
        let (start, words) = jumps.holding(self.at.1 + j as u64)?;
        let ours = usize::try_from(start.checked_sub(self.at.1)?).ok()?;
        let theirs = ours.checked_sub(self.from.1)?.checked_add(self.from.0)?;
        let placed = (self.at.0 + theirs as u64, start);
        let mut targets = Vec::new();
        for word in 0..words {
            let value = |bytes: &[u8], from: usize| {
                Some(i64::from(u32_at(bytes, from as u64 + word * 4)?.cast_signed()).cast_unsigned())
            };
            let shipped = placed.0.wrapping_add(value(self.shipped, theirs)?);
            let rebuilt = placed.1.wrapping_add(value(self.rebuilt, ours)?);
            jumps.same(shipped, rebuilt).then_some(())?;
            targets.push((placed.0 + word * 4, shipped));
        }
        self.found.targets.extend(targets);
        self.found.words.extend((0..words).map(|word| placed.1 + word * 4));
        let size = usize::try_from(words * 4).ok()?;
        Some((theirs + size, ours + size))
    }

    /// What differs is how many zeros stand before something aligned: where that starts.
    fn filler(&mut self, i: usize, j: usize) -> Option<(usize, usize)> {
        let before = self.shipped.get(self.from.0..i)?.iter().rev().take_while(|byte| **byte == 0).count();
        let (i0, j0) = (i - before, j - before);
        let zeros =
            |bytes: &[u8], from: usize| bytes.iter().skip(from).take_while(|byte| **byte == 0).count();
        let (theirs, ours) = (zeros(self.shipped, i0), zeros(self.rebuilt, j0));
        let (i1, j1) = (i0 + theirs, j0 + ours);
        let ended = (i1 == self.shipped.len(), j1 == self.rebuilt.len());
        if theirs == ours || theirs.max(ours) > 128 || ended != (false, false) {
            return None;
        }
        let shift = (self.at.1 + j1 as u64).wrapping_sub(self.at.0 + i1 as u64);
        let more = theirs.abs_diff(ours) as u64;
        // All of it is filler of one alignment: what follows moved by a multiple of that.
        ALIGNMENTS.iter().find(|align| shift.is_multiple_of(**align) && more < **align)?;
        // The zero that ends a string belongs to it; the other ones to neither side of the gap.
        let own = theirs.min(ours).min(1);
        self.close(i0 + own, j0 + own);
        let letters = self.shipped.get(i0.saturating_sub(4)..i0).unwrap_or_default();
        let is_text = own == 1
            && letters.len() == 4
            && letters.iter().all(|byte| matches!(byte, 9 | 10 | 13 | 0x20..=0x7e));
        if let Some(last) = self.found.stretches.last_mut().filter(|last| last.len > 0) {
            last.ends_text = is_text;
        }
        // Nothing means the filler behind a text: zeros that both sides have belong to what follows, as a number that
        // starts with zeros does.
        let leading = if is_text { theirs.min(ours) - own } else { 0 };
        self.from = (i1 - leading, j1 - leading);
        Some((i1, j1))
    }
}

/// The bytes up to the next zero.
fn text(bytes: &[u8], from: usize) -> Option<&[u8]> {
    let rest = bytes.get(from..)?;
    rest.get(..memchr::memchr(0, rest)?)
}

fn common(a: &[u8], b: &[u8]) -> usize {
    let mut at = 0;
    for (a, b) in a.chunks(4096).zip(b.chunks(4096)) {
        if a != b {
            return at + a.iter().zip(b).take_while(|(a, b)| a == b).count();
        }
        at += a.len();
    }
    at
}

fn is_path(bytes: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._+~-".contains(byte);
    (2..=LONGEST).contains(&bytes.len()) && bytes.first() == Some(&b'/') && bytes.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aligned(shipped: &[u8], rebuilt: &[u8]) -> Result<Vec<(u64, u64, u64)>, String> {
        let mut paths = Paths { ours: b"/build", theirs: None, strings: 0 };
        let found = align(shipped, rebuilt, (0x1000, 0x2000), &mut paths, &Jumps::default())?;
        Ok(found.stretches.iter().map(|s| (s.shipped - 0x1000, s.rebuilt - 0x2000, s.len)).collect())
    }

    #[test]
    fn a_path_of_another_length_moves_what_follows() {
        let found = aligned(b"one\0/home/me/a.c\0two\0", b"one\0/build/a.c\0two\0").unwrap();
        assert_eq!(found, [(0, 0, 4), (4, 4, 0), (12, 10, 9)]);
        let found = aligned(b"/h/a.c\0\0two.\0", b"/build/a.c\0\0\0\0two.\0");
        assert!(found.is_err(), "filler for no alignment");
        let found = aligned(b"/h/a.c\0\0two.\0", b"/build/a.c\0\0two.\0").unwrap();
        assert_eq!(found, [(0, 0, 0), (2, 6, 11)]);
        let found = aligned(b"/home/a.c\0\0\0two.\0", b"/build/a.c\0\0two.\0").unwrap();
        assert_eq!(found, [(0, 0, 0), (5, 6, 5), (11, 11, 6)], "the gap belongs to neither");
    }

    #[test]
    fn whatever_else_differs_is_refused() {
        for (shipped, rebuilt) in [
            (&b"one\0/home/a.c\0two\0"[..], &b"one\0/build/a.c\0twO\0"[..]),
            (b"one\0/home/b.c\0", b"one\0/build/a.c\0"),
            (b"/home/a.c\0/hom/b.c\0", b"/build/a.c\0/build/b.c\0"),
            (b"/ho me/a.c\0", b"/build/a.c\0"),
            (b"/home/a.c\0", b"/buildx/a.c\0"),
            (b"/home/a.c\0x", b"/build/a.c\0"),
            (b"/home/a.c", b"/build/a.c"),
            (b"a\0\0\0\0", b"a\0"),
        ] {
            assert!(aligned(shipped, rebuilt).is_err(), "{}", String::from_utf8_lossy(shipped));
        }
    }
}
