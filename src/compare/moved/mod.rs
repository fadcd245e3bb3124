//! Whether a program differs in nothing but where it was built: one path of another length in its constants, everything
//! behind it moved, and every address anywhere that leads to what moved changed with it, and nothing else.
//!
//! It is a proof of the whole file or nothing. Memory is cut into [stretches](places) that stand in both files; every
//! [instruction](code), every table of the [loader](tables) and of the [unwinder](unwind) is read on both sides, and
//! each address in it must lead to the same place of the same stretch: also where its bytes are equal, for an address
//! that did not change although its target moved leads elsewhere now. What is no known address must be equal.
//! Positions in data that could be offsets to something that moved by another amount refuse the proof.
//!
//! Assumed of the rebuilt file, and of nothing the vendor made: that a compiler put it together, so that a program
//! does not read its own instructions as data, and makes an address out of one object's address and a number only
//! within that object. Not looked at: other machines, programs that are not position-independent (an address in
//! them cannot be told from a number), debug information.

mod code;
mod image;
mod jumps;
mod places;
mod strings;
mod tables;
mod unwind;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use self::image::Image;
use self::image::Section;
use self::image::Segment;
use self::jumps::Jumps;
use self::places::Places;
use self::places::Stretch;
use self::strings::Paths;
use super::causes::build_path;
use super::causes::moved_address;
use super::context::BUILD_PATH;
use super::context::Context;

/// What was proved: bytes of the shipped file, by the start and end of the region they are, and what they are.
pub struct Proof {
    regions: BTreeMap<(u64, u64), Shown>,
}

/// A region that was shown to be the consequence.
pub struct Shown {
    /// The counterpart in the rebuilt file.
    pub rebuilt: (u64, u64),
    /// The cause's id.
    pub cause: &'static str,
    /// The evidence.
    pub evidence: Vec<String>,
}

impl Proof {
    /// What the region of the shipped file was shown to be.
    pub fn of(&self, start: u64, end: u64) -> Option<&Shown> {
        self.regions.get(&(start, end))
    }
}

/// Images larger than this have room for offsets that look like text.
const LARGEST: u64 = 0x0909_0909;

/// The proof.
///
/// # Errors
/// A sentence fragment: what could not be shown.
pub fn prove(shipped: &[u8], rebuilt: &[u8], context: &Context) -> Result<Proof, String> {
    for cause in [build_path::CAUSE.id, moved_address::CAUSE.id] {
        if !context.allows(cause) {
            return Err(format!("the policy does not allow {cause}"));
        }
    }
    let known = context.facts.get(BUILD_PATH).filter(|path| path.len() > 3 && path.starts_with('/'));
    let ours = known.ok_or("the path our run was built at is not known")?.trim_end_matches('/').as_bytes();
    let (a, b) = (Image::read(shipped)?, Image::read(rebuilt)?);
    let pairs = shape(&a, &b)?;
    let mut paths = Paths { ours, theirs: None, strings: 0 };
    let cut = cut(&pairs, &mut paths)?;
    let places = &cut.places;
    let Some(theirs) = paths.theirs else { return Err("no build path differs in its constants".to_owned()) };
    if !segments(&a, &b) || !(a.entry == b.entry && a.entry == 0 || places.same(a.entry, b.entry)) {
        return Err("what is mapped is not the same".to_owned());
    }
    let evidence = format!(
        "{} strings of the constants start with {} shipped and {} rebuilt, which is the run's build path; everything else \
         in the program is equal or an address of the same place",
        paths.strings,
        String::from_utf8_lossy(theirs),
        String::from_utf8_lossy(ours)
    );
    let instructions = contents((&a, &b), &pairs, &cut)?;
    let mut proof = Proof { regions: BTreeMap::new() };
    let code = [
        vec![
            evidence.clone(),
            format!(
                "{} of {} instructions differ, in an address alone",
                instructions.moved, instructions.all
            ),
        ],
        instructions.examples,
    ]
    .concat();
    for (index, (one, other)) in pairs.iter().enumerate() {
        let at = index as u64 * 64;
        proof.add((a.table + at, 64), (b.table + at, 64), moved_address::CAUSE.id, vec![evidence.clone()]);
        let in_file = !one.content.is_empty() && one.size > 0 && other.size > 0;
        let read = one.is_mapped() && one.kind != image::NOTE
            || one.kind == image::SYMTAB && tables::symbols((one, other), places).is_ok();
        if in_file && read {
            let (cause, evidence) = match (one.is_code(), one.is_constant() && one.content != other.content) {
                (true, _) => (moved_address::CAUSE.id, code.clone()),
                (_, true) if !is_unwind(one) => (build_path::CAUSE.id, vec![evidence.clone()]),
                _ => (moved_address::CAUSE.id, vec![evidence.clone()]),
            };
            proof.add((one.offset, one.size), (other.offset, other.size), cause, evidence);
        }
    }
    for index in 0..a.segments.len() as u64 {
        let at = index * 56;
        let places = ((a.segment_table + at, 56), (b.segment_table + at, 56));
        proof.add(places.0, places.1, moved_address::CAUSE.id, vec![evidence.clone()]);
    }
    for at in [24, 40] {
        proof.add((at, 8), (at, 8), moved_address::CAUSE.id, vec![evidence.clone()]);
    }
    Ok(proof)
}

impl Proof {
    fn add(&mut self, shipped: (u64, u64), rebuilt: (u64, u64), cause: &'static str, evidence: Vec<String>) {
        let range = |(start, size): (u64, u64)| (start, start.saturating_add(size));
        self.regions.insert(range(shipped), Shown { rebuilt: range(rebuilt), cause, evidence });
    }
}

type Pairs<'i, 'a> = Vec<(&'i Section<'a>, &'i Section<'a>)>;

/// The sections in pairs: the same ones, and mapped ones of the same size but for constants and unwind tables' places.
fn shape<'i, 'a>(a: &'i Image<'a>, b: &'i Image<'a>) -> Result<Pairs<'i, 'a>, String> {
    let pairs: Pairs<'_, '_> = a.sections.iter().zip(&b.sections).collect();
    let alike = |(one, other): &(&Section<'_>, &Section<'_>)| {
        let placed = if one.is_mapped() {
            one.size == other.size || one.is_constant()
        } else {
            one.address == other.address && (one.kind != image::NOBITS || one.size == other.size)
        };
        one.name == other.name && one.fixed == other.fixed && placed && (one.size == 0) == (other.size == 0)
    };
    let ends = |image: &Image<'_>| image.sections.iter().map(Section::end).max().unwrap_or(0);
    match a.sections.len() == b.sections.len()
        && pairs.iter().all(alike)
        && a.segment_table == b.segment_table
    {
        true if ends(a).max(ends(b)) < LARGEST => Ok(pairs),
        true => Err("it is larger than what is looked at".to_owned()),
        false => Err("the sections are not the same".to_owned()),
    }
}

/// Memory as stretches that stand in both files.
struct Cut {
    places: Places,
    /// Words of tables of jumps, rebuilt side.
    words: Vec<u64>,
    /// Where they lead, shipped side.
    targets: Vec<(u64, u64)>,
}

fn cut<'a>(pairs: &Pairs<'_, 'a>, paths: &mut Paths<'a>) -> Result<Cut, String> {
    let differs = |one: &Section<'_>, other: &Section<'_>| {
        one.is_mapped() && one.is_constant() && !is_unwind(one) && one.content != other.content
    };
    if !pairs.iter().any(|(one, other)| differs(one, other)) {
        return Err("no build path differs in its constants".to_owned());
    }
    let executable: Pairs<'_, '_> = pairs.iter().copied().filter(|(one, _)| one.is_code()).collect();
    if executable.iter().map(|(one, _)| one.size).sum::<u64>() > code::LARGEST {
        return Err("there is more code than is looked at instruction by instruction".to_owned());
    }
    let jumps = Jumps::find(&executable);
    let mut stretches = Vec::new();
    let (mut words, mut targets) = (Vec::new(), Vec::new());
    for (one, other) in pairs.iter().filter(|(one, _)| one.is_mapped() && one.size > 0) {
        if differs(one, other) {
            let at = (one.address, other.address);
            let found = strings::align(one.content, other.content, at, paths, &jumps)?;
            stretches.extend(found.stretches);
            words.extend(found.words);
            targets.extend(found.targets);
        } else if one.size == other.size {
            let (shipped, rebuilt) = (one.address, other.address);
            stretches.push(Stretch { shipped, rebuilt, len: one.size, ends_text: false });
            let (shipped, rebuilt) = (one.end(), other.end());
            stretches.push(Stretch { shipped, rebuilt, len: 0, ends_text: false });
        } else {
            return Err(format!("{} is of another size", String::from_utf8_lossy(one.name)));
        }
    }
    Ok(Cut { places: Places::new(joined(stretches)), words, targets })
}

/// With each stretch up to the next one, where the filler between them moved as both did: the end of a table may stand
/// there, aligned.
fn joined(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    let shift = |stretch: &Stretch| stretch.rebuilt.wrapping_sub(stretch.shipped);
    let mut between = Vec::new();
    for pair in stretches.windows(2) {
        let [one, next] = pair else { continue };
        let end = one.shipped.saturating_add(one.len);
        let gap = next.shipped.saturating_sub(end);
        if one.len == 0 && shift(one) == shift(next) && (1..FILLER).contains(&gap) {
            between.push(Stretch { shipped: end, rebuilt: one.rebuilt, len: gap, ends_text: false });
        }
    }
    stretches.extend(between);
    stretches
}

/// Filler between two sections is shorter.
const FILLER: u64 = 64;

fn is_unwind(section: &Section<'_>) -> bool {
    section.name == b".eh_frame" || section.name == b".eh_frame_hdr"
}

/// Whether the program headers map the same sections, with as much before and after them.
fn segments(a: &Image<'_>, b: &Image<'_>) -> bool {
    a.segments.len() == b.segments.len()
        && a.segments.iter().zip(&b.segments).all(|(one, other)| {
            let covered = a.covered(one);
            let (Some(first), Some(last)) = (covered.first(), covered.last()) else {
                return fields(one) == fields(other);
            };
            let around = |image: &Image<'_>, segment: &Segment| -> Option<[u64; 6]> {
                let (first, last) = (image.sections.get(*first)?, image.sections.get(*last)?);
                let in_file = covered.iter().rev().filter_map(|index| image.sections.get(*index));
                let last_in_file = in_file.into_iter().find(|section| section.kind != image::NOBITS)?;
                let table = match segment.kind {
                    image::DYNAMIC_SEGMENT => image.named(".dynamic"),
                    image::EH_FRAME_SEGMENT => image.named(".eh_frame_hdr"),
                    _ => None,
                };
                let table = table.map_or(0, |section| section.address.wrapping_sub(segment.address));
                (segment.physical == segment.address && table == 0).then_some([
                    first.address.wrapping_sub(segment.address),
                    first.offset.wrapping_sub(segment.offset),
                    segment.address.wrapping_add(segment.memory_size).wrapping_sub(last.end()),
                    segment.address.wrapping_add(segment.file_size).wrapping_sub(last_in_file.end()),
                    u64::from(segment.kind) << 32 | u64::from(segment.flags),
                    segment.align,
                ])
            };
            covered == b.covered(other) && around(a, one).is_some() && around(a, one) == around(b, other)
        })
}

fn fields(segment: &Segment) -> [u64; 8] {
    [
        u64::from(segment.kind),
        u64::from(segment.flags),
        segment.offset,
        segment.address,
        segment.physical,
        segment.file_size,
        segment.memory_size,
        segment.align,
    ]
}

/// Everything that is mapped, read on both sides.
fn contents(
    images: (&Image<'_>, &Image<'_>),
    pairs: &Pairs<'_, '_>,
    cut: &Cut,
) -> Result<code::Instructions, String> {
    let places = &cut.places;
    let mapped: Pairs<'_, '_> =
        pairs.iter().copied().filter(|(one, _)| one.is_mapped() && one.size > 0).collect();
    let mut relocated = tables::Relocated::new();
    let mut places_of_rebuilt: BTreeSet<u64> = cut.words.iter().copied().collect();
    let mut references = Vec::new();
    for pair in mapped.iter().filter(|(one, _)| one.kind == image::RELA) {
        tables::relocations(*pair, places, &mut relocated, &mut references, &mut places_of_rebuilt)?;
    }
    if images.0.named(".dynamic").is_none_or(|section| section.kind != image::DYNAMIC) {
        return Err("it has no dynamic table".to_owned());
    }
    let executable: Pairs<'_, '_> = mapped.iter().copied().filter(|(one, _)| one.is_code()).collect();
    let mut data = Vec::new();
    for pair in mapped.iter().copied() {
        let (one, other) = pair;
        if relocated.range(one.address..one.end()).next().is_some() && one.flags & 1 == 0 {
            return Err("a relocation writes to what is read-only".to_owned());
        }
        match one.kind {
            image::RELA | image::NOTE | image::NOBITS => {}
            image::DYNAMIC => tables::dynamic(images, pair, places)?,
            image::DYNSYM => tables::symbols(pair, places)?,
            _ if one.is_code() => {}
            _ if one.name == b".eh_frame" => unwind::frames(one, other, places)?,
            _ if one.name == b".eh_frame_hdr" => unwind::header(one, other, places)?,
            // Names, hashes of names, versions: they say nothing of places.
            3 | 5 | 0x6fff_fff6 | 0x6fff_fffd..=0x6fff_ffff => {
                if one.content != other.content {
                    return Err(format!("{} differs", String::from_utf8_lossy(one.name)));
                }
            }
            image::PROGBITS | 14 | 15 | 16 => {
                if !one.is_constant() || one.content == other.content {
                    tables::data(images, pair, places, &relocated)?;
                }
                data.push(other);
            }
            kind => return Err(format!("a section is of type {kind:#x}, which is not known here")),
        }
    }
    let mut instructions = code::check(&executable, places, &cut.targets)?;
    references.append(&mut instructions.references);
    references.sort_unstable();
    references.dedup();
    for section in data {
        tables::offsets(section, places, &references, &places_of_rebuilt)?;
    }
    Ok(instructions)
}
