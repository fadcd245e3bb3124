//! Unwind tables on both sides (`.eh_frame`, `.eh_frame_hdr`), field by field: equal but for addresses.
//!
//! Specification: Linux Standard Base 5.0, "Exception Frames"; DWARF 5, section 6.4.

use super::image::Section;
use super::image::u32_at;
use super::places::Places;

/// Relative to the field itself, four bytes with sign; behind a pointer, the same.
const RELATIVE: u8 = 0x1b;
const INDIRECT: u8 = 0x9b;

/// `.eh_frame` of both sides, of equal size.
///
/// # Errors
/// A sentence fragment: the first record that is not shown to say the same, or is not understood.
pub fn frames(shipped: &Section<'_>, rebuilt: &Section<'_>, places: &Places) -> Result<(), String> {
    let (a, b) = (shipped.content, rebuilt.content);
    let both = Both { a, b, at: (shipped.address, rebuilt.address), places };
    let mut known: Vec<(u64, Common)> = Vec::new();
    let mut at = 0u64;
    while at < a.len() as u64 {
        at = both.record(at, &mut known).ok_or_else(|| {
            format!(
                "the unwind record at {at} of .eh_frame differs in more than an address, or is not understood"
            )
        })?;
    }
    Ok(())
}

/// `.eh_frame_hdr` of both sides: the place of `.eh_frame`, and the sorted table of functions.
///
/// # Errors
/// A sentence fragment.
pub fn header(shipped: &Section<'_>, rebuilt: &Section<'_>, places: &Places) -> Result<(), String> {
    let both =
        Both { a: shipped.content, b: rebuilt.content, at: (shipped.address, rebuilt.address), places };
    let held = || -> Option<()> {
        both.equal(0, 4).filter(|bytes| *bytes == [1, RELATIVE, 3, 0x3b])?;
        both.relative(4)?;
        let count = u64::from(u32_at(both.equal(8, 4)?, 0)?);
        let size = shipped.content.len() as u64;
        (count <= size / 8 && 12 + count * 8 == size).then_some(())?;
        (0..count * 2).try_for_each(|field| both.offset(12 + field * 4, both.at))
    };
    held().ok_or_else(|| "the table in .eh_frame_hdr is not shown to say the same".to_owned())
}

/// What a common record says of how its functions' records are written.
#[derive(Clone, Copy)]
struct Common {
    /// Whether they have a pointer to exception tables.
    language_data: bool,
    augmented: bool,
}

struct Both<'a> {
    a: &'a [u8],
    b: &'a [u8],
    at: (u64, u64),
    places: &'a Places,
}

impl<'a> Both<'a> {
    /// The bytes that both sides have at one place.
    fn equal(&self, at: u64, size: u64) -> Option<&'a [u8]> {
        let theirs = super::image::slice(self.a, at, size)?;
        (theirs == super::image::slice(self.b, at, size)?).then_some(theirs)
    }

    /// A pointer relative to itself.
    fn relative(&self, at: u64) -> Option<()> {
        self.offset(at, (self.at.0.wrapping_add(at), self.at.1.wrapping_add(at)))
    }

    /// A pointer relative to `base`.
    fn offset(&self, at: u64, base: (u64, u64)) -> Option<()> {
        let value = |bytes: &[u8]| Some(i64::from(u32_at(bytes, at)?.cast_signed()).cast_unsigned());
        let (theirs, ours) = (value(self.a)?, value(self.b)?);
        self.places.same(base.0.wrapping_add(theirs), base.1.wrapping_add(ours)).then_some(())
    }

    /// One record, and where the next one starts.
    fn record(&self, start: u64, known: &mut Vec<(u64, Common)>) -> Option<u64> {
        let length = u64::from(u32_at(self.equal(start, 4)?, 0)?);
        if length == 0 {
            return Some(start + 4);
        }
        if length == u64::from(u32::MAX) {
            return None;
        }
        let (id_at, end) = (start + 4, start.checked_add(4)?.checked_add(length)?);
        let id = u64::from(u32_at(self.equal(id_at, 4)?, 0)?);
        if end > self.a.len() as u64 {
            return None;
        }
        if id == 0 {
            let common = self.common(id_at + 4, end)?;
            known.push((start, common));
            return Some(end);
        }
        let owner = id_at.checked_sub(id)?;
        let common = known.binary_search_by_key(&owner, |(at, _)| *at).ok().and_then(|at| known.get(at))?.1;
        let begin = id_at + 4;
        self.relative(begin)?;
        self.equal(begin + 4, 4)?;
        let mut at = begin + 8;
        if common.augmented {
            let size = self.leb(&mut at)?;
            let data_end = at.checked_add(size)?;
            if common.language_data {
                (size == 4).then_some(())?;
                // Zero says that there is none; it is no address.
                let none = self.equal(at, 4).is_some_and(|bytes| bytes == [0; 4]);
                if !none {
                    self.relative(at)?;
                }
            } else {
                self.equal(at, size)?;
            }
            at = data_end;
        }
        self.program(at, end)?;
        Some(end)
    }

    fn common(&self, mut at: u64, end: u64) -> Option<Common> {
        (self.equal(at, 1)? == [1]).then_some(())?;
        at += 1;
        let rest = self.equal(at, end.checked_sub(at)?.min(8))?;
        let name = rest.get(..memchr::memchr(0, rest)?)?;
        at += name.len() as u64 + 1;
        for _ in 0..3 {
            self.leb(&mut at)?;
        }
        let mut common = Common { language_data: false, augmented: false };
        // Without augmentation data pointers are absolute.
        let letters = name.strip_prefix(b"z")?;
        common.augmented = true;
        let size = self.leb(&mut at)?;
        let data_end = at.checked_add(size)?;
        let mut relative = false;
        for letter in letters {
            match letter {
                b'R' => {
                    relative = self.equal(at, 1)? == [RELATIVE];
                    at += 1;
                }
                b'L' => {
                    common.language_data = self.equal(at, 1)? == [RELATIVE];
                    common.language_data.then_some(())?;
                    at += 1;
                }
                b'P' => {
                    matches!(self.equal(at, 1)?, [RELATIVE | INDIRECT]).then_some(())?;
                    self.relative(at + 1)?;
                    at += 5;
                }
                b'S' | b'B' => {}
                _ => return None,
            }
        }
        (relative && at == data_end).then_some(())?;
        self.program(at, end)?;
        Some(common)
    }

    /// Call frame instructions: equal, and none of them holds an address.
    fn program(&self, mut at: u64, end: u64) -> Option<()> {
        self.equal(at, end.checked_sub(at)?)?;
        while at < end {
            let [op] = *self.equal(at, 1)? else { return None };
            at += 1;
            match op {
                // advance_loc and restore hold their operand; offset has one behind it.
                0x40..=0x7f | 0xc0..=0xff | 0x00 | 0x0a | 0x0b | 0x2d => {}
                0x80..=0xbf | 0x06 | 0x07 | 0x08 | 0x0d | 0x0e | 0x13 | 0x2e => {
                    self.leb(&mut at)?;
                }
                0x02 => at += 1,
                0x03 => at += 2,
                0x04 => at += 4,
                0x05 | 0x09 | 0x0c | 0x11 | 0x12 | 0x14 | 0x15 | 0x2f => {
                    self.leb(&mut at)?;
                    self.leb(&mut at)?;
                }
                0x0f => {
                    let size = self.leb(&mut at)?;
                    self.expression(at, size)?;
                    at = at.checked_add(size)?;
                }
                0x10 | 0x16 => {
                    self.leb(&mut at)?;
                    let size = self.leb(&mut at)?;
                    self.expression(at, size)?;
                    at = at.checked_add(size)?;
                }
                // set_loc holds an address, and what is not known could.
                _ => return None,
            }
        }
        (at == end).then_some(())
    }

    /// An expression: short, and no operation in it can be one that holds an address.
    fn expression(&self, at: u64, size: u64) -> Option<()> {
        let bytes = self.equal(at, size)?;
        (size <= 64 && !bytes.contains(&3)).then_some(())
    }

    /// A variable-length integer, the same on both sides.
    fn leb(&self, at: &mut u64) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..63).step_by(7) {
            let [byte] = *self.equal(*at, 1)? else { return None };
            *at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}
