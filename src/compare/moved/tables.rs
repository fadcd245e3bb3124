//! What the loader reads, and data, on both sides: equal but for addresses, and each address the same place.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;

use super::image::DYNSYM;
use super::image::Image;
use super::image::RELA;
use super::image::Section;
use super::image::slice;
use super::image::u16_at;
use super::image::u32_at;
use super::image::u64_at;
use super::places::Places;

/// Where the loader writes an address: place, shipped side → what it writes.
pub type Relocated = BTreeMap<u64, Written>;

/// What stands at a relocated place before the loader comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Nothing that matters, or this address, on either side.
    Address(u64, u64),
    /// An address of code that the loader adds the base to.
    Lazy,
    /// The same on both sides.
    Equal,
}

/// Relocations of both sides; entries correspond by position.
///
/// # Errors
/// A sentence fragment.
pub fn relocations(
    sections: (&Section<'_>, &Section<'_>),
    places: &Places,
    relocated: &mut Relocated,
    references: &mut Vec<u64>,
    places_of_rebuilt: &mut BTreeSet<u64>,
) -> Result<(), String> {
    let (a, b) = (sections.0.content, sections.1.content);
    let count = sections.0.size / 24;
    let entry = |bytes: &[u8], index: u64| -> Option<(u64, u64, u64)> {
        let at = index.checked_mul(24)?;
        Some((u64_at(bytes, at)?, u64_at(bytes, at + 8)?, u64_at(bytes, at + 16)?))
    };
    for index in 0..count {
        let wrong = || format!("relocation {index} is not shown to be the same");
        let (Some(theirs), Some(ours)) = (entry(a, index), entry(b, index)) else { return Err(wrong()) };
        if theirs.1 != ours.1 || !places.same(theirs.0, ours.0) {
            return Err(wrong());
        }
        let (kind, symbol) = (theirs.1 & 0xffff_ffff, theirs.1 >> 32);
        let written = match kind {
            // RELATIVE and IRELATIVE: the addend is an address.
            8 | 37 if symbol == 0 && places.same(theirs.2, ours.2) => Written::Address(theirs.2, ours.2),
            7 if theirs.2 == ours.2 && symbol != 0 => Written::Lazy,
            1 | 5 | 6 if theirs.2 == ours.2 && symbol != 0 => Written::Equal,
            // Thread-local storage: a symbol or none, and an offset into it.
            16..=18 if theirs.2 == ours.2 => Written::Equal,
            _ => return Err(wrong()),
        };
        if let Written::Address(_, address) = written {
            references.push(address);
        }
        places_of_rebuilt.insert(ours.0);
        if relocated.insert(theirs.0, written).is_some() {
            return Err(format!("relocation {index} is for a place that has one"));
        }
    }
    (count * 24 == sections.0.size).then_some(()).ok_or_else(|| "relocations of another size".to_owned())
}

/// The dynamic table of both sides; what it points at is what the sections say.
///
/// # Errors
/// A sentence fragment.
pub fn dynamic(
    images: (&Image<'_>, &Image<'_>),
    sections: (&Section<'_>, &Section<'_>),
    places: &Places,
) -> Result<(), String> {
    let (a, b) = (sections.0.content, sections.1.content);
    let mut relocation_tables = [(0u64, 0u64); 2];
    let mut ended = false;
    for at in (0..sections.0.size).step_by(16) {
        let entry = |bytes: &[u8]| Some((u64_at(bytes, at)?, u64_at(bytes, at + 8)?));
        let (Some(theirs), Some(ours)) = (entry(a), entry(b)) else {
            return Err("the dynamic table is cut off".to_owned());
        };
        let wrong = || format!("entry {:#x} of the dynamic table is not shown to be the same", theirs.0);
        if theirs.0 != ours.0 || (ended && theirs != (0, 0)) {
            return Err(wrong());
        }
        ended |= theirs.0 == 0;
        let held = match theirs.0 {
            tag if ADDRESSES.contains(&tag) => {
                places.same(theirs.1, ours.1)
                    && starts_table(images.0, theirs)
                    && starts_table(images.1, ours)
            }
            tag if NUMBERS.contains(&tag) => theirs.1 == ours.1,
            _ => false,
        };
        // Relocations of code would make other instructions of these.
        if !held || (theirs.0 == 30 && theirs.1 & 4 != 0) {
            return Err(wrong());
        }
        match theirs.0 {
            7 => relocation_tables[0].0 = theirs.1,
            8 => relocation_tables[0].1 = theirs.1,
            23 => relocation_tables[1].0 = theirs.1,
            2 => relocation_tables[1].1 = theirs.1,
            _ => {}
        }
    }
    let tables = images.0.sections.iter().filter(|section| section.kind == RELA && section.is_mapped());
    let listed: Vec<(u64, u64)> = tables.map(|section| (section.address, section.size)).collect();
    let mut used: Vec<(u64, u64)> = relocation_tables.into_iter().filter(|table| *table != (0, 0)).collect();
    used.sort_unstable();
    (used == listed)
        .then_some(())
        .ok_or_else(|| "the loader reads other relocations than the sections hold".to_owned())
}

/// Tags whose value is an address.
const ADDRESSES: [u64; 15] =
    [3, 4, 5, 6, 7, 12, 13, 23, 25, 26, 32, 0x6fff_fef5, 0x6fff_fff0, 0x6fff_fffc, 0x6fff_fffe];

/// Tags whose value is a number that says nothing of places.
const NUMBERS: [u64; 21] = [
    0,
    1,
    2,
    8,
    9,
    10,
    11,
    14,
    15,
    20,
    21,
    24,
    27,
    28,
    29,
    30,
    33,
    0x6fff_fff9,
    0x6fff_fffb,
    0x6fff_fffd,
    0x6fff_ffff,
];

/// Whether a tag that names a table leads to the start of a section of that type.
fn starts_table(image: &Image<'_>, (tag, address): (u64, u64)) -> bool {
    let kinds: &[u32] = match tag {
        4 => &[5],
        5 => &[3],
        6 => &[DYNSYM],
        7 | 23 => &[RELA],
        25 => &[14],
        26 => &[15],
        32 => &[16],
        0x6fff_fef5 => &[0x6fff_fff6],
        0x6fff_fff0 => &[0x6fff_ffff],
        0x6fff_fffc => &[0x6fff_fffd],
        0x6fff_fffe => &[0x6fff_fffe],
        _ => return true,
    };
    let mapped = image.sections.iter().filter(|section| section.is_mapped() && section.size > 0);
    mapped.into_iter().any(|section| section.address == address && kinds.contains(&section.kind))
}

/// Symbols of both sides; entries correspond by position.
///
/// # Errors
/// A sentence fragment.
pub fn symbols(sections: (&Section<'_>, &Section<'_>), places: &Places) -> Result<(), String> {
    let (a, b) = (sections.0.content, sections.1.content);
    let count = sections.0.size / 24;
    for index in 0..count {
        let at = index * 24;
        let wrong = || format!("symbol {index} is not shown to be the same");
        let (Some(theirs), Some(ours)) = (slice(a, at, 24), slice(b, at, 24)) else { return Err(wrong()) };
        let value = |entry: &[u8]| u64_at(entry, 8);
        let (Some(info), Some(section)) = (theirs.get(4), u16_at(theirs, 6)) else { return Err(wrong()) };
        if theirs.get(..8) != ours.get(..8) || theirs.get(16..) != ours.get(16..) {
            return Err(wrong());
        }
        let (Some(here), Some(there)) = (value(theirs), value(ours)) else { return Err(wrong()) };
        // Undefined, absolute and thread-local symbols have no place.
        let has_place = section != 0 && section != 0xfff1 && info & 15 != 6;
        if !(if has_place { places.same(here, there) } else { here == there }) {
            return Err(wrong());
        }
    }
    (count * 24 == sections.0.size).then_some(()).ok_or_else(|| "symbols of another size".to_owned())
}

/// Data of both sides, of equal size: equal but for what the loader overwrites, or adds the base to.
///
/// # Errors
/// A sentence fragment.
pub fn data(
    images: (&Image<'_>, &Image<'_>),
    sections: (&Section<'_>, &Section<'_>),
    places: &Places,
    relocated: &Relocated,
) -> Result<(), String> {
    let (shipped, rebuilt) = sections;
    let (a, b) = (shipped.content, rebuilt.content);
    let name = String::from_utf8_lossy(shipped.name);
    let wrong = |at: u64| {
        format!("data at {:#x} of {name} differ in more than an address", shipped.address.saturating_add(at))
    };
    let mut at = 0u64;
    let rest = |from: u64, to: u64| {
        let size = to.checked_sub(from)?;
        (slice(a, from, size)? == slice(b, from, size)?).then_some(())
    };
    let mut slots: Vec<(u64, Written)> = relocated
        .range(Range { start: shipped.address, end: shipped.end() })
        .map(|(place, written)| (place - shipped.address, *written))
        .collect();
    // The first word of the table that the loader keeps for itself leads to the dynamic table.
    let dynamic = |image: &Image<'_>| image.named(".dynamic").map(|section| section.address);
    if name.starts_with(".got")
        && slots.first().is_none_or(|(at, _)| *at > 0)
        && let (Some(theirs), Some(ours)) = (dynamic(images.0), dynamic(images.1))
        && (u64_at(a, 0), u64_at(b, 0)) == (Some(theirs), Some(ours))
    {
        slots.insert(0, (0, Written::Address(theirs, ours)));
    }
    for (slot, written) in slots {
        rest(at, slot).ok_or_else(|| wrong(at))?;
        let (Some(theirs), Some(ours)) = (u64_at(a, slot), u64_at(b, slot)) else { return Err(wrong(slot)) };
        let held = match written {
            Written::Address(here, there) => (theirs, ours) == (0, 0) || (theirs, ours) == (here, there),
            Written::Lazy => (theirs, ours) == (0, 0) || places.same(theirs, ours),
            Written::Equal => theirs == ours,
        };
        if !held {
            return Err(wrong(slot));
        }
        at = slot + 8;
    }
    rest(at, shipped.size).ok_or_else(|| wrong(at))
}

/// Whether a word of rebuilt data could be an offset to something that moved by another amount than what it is an offset
/// from: a table of jumps, of strings. Such a word says which place it means by its value alone, and is equal here.
///
/// # Errors
/// A sentence fragment: the first such word.
pub fn offsets(
    section: &Section<'_>,
    places: &Places,
    references: &[u64],
    skip: &BTreeSet<u64>,
) -> Result<(), String> {
    let first = section.address.next_multiple_of(4);
    for place in (first..section.end().saturating_sub(3)).step_by(4) {
        let Some(value) = u32_at(section.content, place - section.address) else { break };
        if value == 0 || skip.contains(&place) || skip.contains(&place.wrapping_sub(4)) {
            continue;
        }
        let value = i64::from(value.cast_signed()).cast_unsigned();
        let known = references.partition_point(|reference| *reference <= place);
        let object = known.checked_sub(1).and_then(|at| references.get(at)).copied();
        let object = object.filter(|object| *object >= section.address);
        if object.is_some_and(|object| is_text(section, object, place)) {
            continue;
        }
        for base in [Some(place), object].into_iter().flatten() {
            let led = places.shift_of_rebuilt(base.wrapping_add(value));
            if led.is_some() && led != places.shift_of_rebuilt(base) {
                return Err(format!(
                    "the word at {place:#x} of {} may be an offset to {:#x}, which moved otherwise",
                    String::from_utf8_lossy(section.name),
                    base.wrapping_add(value)
                ));
            }
        }
    }
    Ok(())
}

/// Whether the word at `place` is in a text that starts at `object`, four letters at least, or in the zeros after it.
fn is_text(section: &Section<'_>, object: u64, place: u64) -> bool {
    let from = usize::try_from(object - section.address).ok();
    let upto = usize::try_from(place - section.address).ok();
    let Some(bytes) = from.zip(upto).and_then(|(from, upto)| section.content.get(from..upto + 4)) else {
        return false;
    };
    let bytes = bytes.get(bytes.len().saturating_sub(4096)..).unwrap_or_default();
    let letters = bytes
        .iter()
        .take_while(|byte| matches!(byte, 9 | 10 | 13 | 27 | 0x20..=0x7e | 0xc3..=0xf4 | 0x80..=0xbf))
        .count();
    let zeros = bytes.iter().skip(letters).take_while(|byte| **byte == 0).count();
    letters >= 4 && zeros <= 8 && letters + zeros == bytes.len()
}
