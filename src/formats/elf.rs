//! ELF: headers, program and section headers, every section by what it is for, and the bytes in none.
//!
//! Two readers use an ELF file: the loader goes by program headers, everything else by section headers. So a
//! section's role is its name's only as far as the program headers allow it: what is mapped executable is
//! code whatever its section says, what is mapped at all is neither debug information nor a comment.
//! Specification: System V ABI, chapters 4 and 5; the Linux additions as `elf(5)` lists them.

mod dynamic;
mod layout;
mod notes;
mod sections;

use std::collections::BTreeMap;
use std::ops::Range;

use self::layout::Layout;
use self::layout::Mapped;
use self::layout::Segment;
use self::sections::Section;
use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Check;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "elf";

/// The magic, a known class and a known byte order.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    Layout::of(bytes).is_some()
}

/// Regions: the fields of the ELF header, one per program header, section header and section (notes, the
/// debug link and the build-id split), padding, gaps, what is appended. Facts: `class`, `endian`, `type`,
/// `machine`, `interpreter`, `needed`, `soname`, `rpath`, `runpath`, `import`, `export`, `build-id`,
/// `comment`, `debuglink`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let Some(layout) = Layout::of(bytes) else {
        return builder.finish();
    };
    let mut claimed = Claimed::default();
    header(&mut builder, &layout, &mut claimed);
    let segments = layout.segments(&mut builder, &mut claimed);
    let sections = sections::read(&mut builder, &layout, &mut claimed);
    let mapped = Mapped::new(&segments);
    for section in &sections {
        section.claim(&mut builder, &layout, &mapped, &mut claimed);
    }
    let end = between(&mut builder, &sections, &segments, &mapped, &mut claimed);
    appended(&mut builder, end);
    dynamic::facts(&mut builder, &layout, &segments, &sections);
    builder.finish()
}

/// The ranges claimed so far.
#[derive(Default)]
struct Claimed {
    ranges: Vec<Range<u64>>,
}

impl Claimed {
    fn add(&mut self, start: u64, len: u64) {
        if len > 0 {
            self.ranges.push(start..start.saturating_add(len));
        }
    }

    /// Where the last claimed range ends, within `size`.
    fn end(&self, size: u64) -> u64 {
        self.ranges
            .iter()
            .filter(|range| range.start < size)
            .map(|range| range.end)
            .max()
            .unwrap_or(0)
            .min(size)
    }

    /// The ranges nobody claimed, before `end`.
    fn holes(&mut self, end: u64) -> Vec<Range<u64>> {
        self.ranges.sort_by_key(|range| range.start);
        let mut holes = Vec::new();
        let mut at = 0;
        for range in &self.ranges {
            if range.start > at && at < end {
                holes.push(at..range.start.min(end));
            }
            at = at.max(range.end);
        }
        if at < end {
            holes.push(at..end);
        }
        holes
    }
}

/// The fields of the ELF header.
fn header(builder: &mut Builder<'_>, layout: &Layout<'_>, claimed: &mut Claimed) {
    let word = layout.word_size();
    let fields: [(u64, &str); 9] = [
        (16, "identification"),
        (8, "type and machine"),
        (word, "entry point"),
        (word, "program header offset"),
        (word, "section header offset"),
        (4, "flags"),
        (4, "header sizes"),
        (2, "program header count"),
        (6, "section header size, count and names"),
    ];
    let mut at = 0;
    for (len, name) in fields {
        builder.claim(at, len, Role::Header, format!("elf header: {name}"));
        at += len;
    }
    claimed.add(0, at);
    builder.fact("class", if layout.wide { b"64" } else { b"32" });
    builder.fact("endian", if layout.big { b"big" } else { b"little" });
    builder.fact("type", layout.kind().as_bytes());
    builder.fact("machine", layout.machine().as_bytes());
}

/// The bytes in no section: alignment filler, what only a segment refers to, or a gap. Gives the end of
/// everything the headers refer to.
fn between(
    builder: &mut Builder<'_>,
    sections: &[Section],
    segments: &[Segment],
    mapped: &Mapped,
    claimed: &mut Claimed,
) -> u64 {
    let mut ends = Claimed { ranges: claimed.ranges.clone() };
    for segment in segments {
        ends.add(segment.offset, segment.file_size);
    }
    let end = ends.end(builder.size());
    let mut starts: Vec<(u64, u64)> =
        sections.iter().map(|section| (section.offset, section.align)).collect();
    starts.extend(segments.iter().filter(|segment| segment.is_load()).map(|s| (s.offset, s.align)));
    starts.sort_unstable();
    let align_at = |at: u64| {
        let from = starts.partition_point(|(start, _)| *start < at);
        let same = starts.get(from..).unwrap_or_default().iter().take_while(|(start, _)| *start == at);
        same.map(|(_, align)| *align).max().unwrap_or(16).max(16)
    };
    // A hole is named by what follows it: offsets move between builds, names do not.
    let filled = sections.iter().rev().filter(|section| section.size > 0);
    let names: BTreeMap<u64, &str> = filled.map(|section| (section.offset, section.name.as_str())).collect();
    for hole in claimed.holes(end) {
        let len = hole.end - hole.start;
        let zero = field::is_zero(field::clamped(builder.bytes(), hole.clone()));
        // The linker ends the part that is read-only after relocation at a page, which leaves room before
        // `.got.plt`.
        let relro = mapped.relro.touch(&hole) && len < 4096;
        if zero && (len < align_at(hole.end) || relro) {
            let name = format!("alignment before {}", names.get(&hole.end).unwrap_or(&"the next table"));
            builder.claim_checked(hole.start, len, Role::Padding, name, Check::Holds);
        } else if sections.is_empty() {
            segment_bytes(builder, segments, hole.clone());
        } else if !zero {
            let place = if mapped.any.touch(&hole) { ", though mapped" } else { "" };
            builder.problem(format!("{len} bytes at {} are in no section{place}", hole.start));
        }
    }
    end
}

/// Without section headers, segments are all there is.
fn segment_bytes(builder: &mut Builder<'_>, segments: &[Segment], hole: Range<u64>) {
    for (index, segment) in segments.iter().enumerate().filter(|(_, segment)| segment.is_load()) {
        let start = segment.offset.max(hole.start);
        let end = segment.offset.saturating_add(segment.file_size).min(hole.end);
        let role = if segment.is_executable() { Role::Code } else { Role::Data };
        builder.claim(start, end.saturating_sub(start), role, format!("segment {}", index + 1));
    }
}

/// What follows everything the headers refer to: a kernel module's signature, or trailing bytes.
fn appended(builder: &mut Builder<'_>, end: u64) {
    let signature = super::modsig::claim(builder, end);
    let rest = signature.saturating_sub(end);
    if rest > 0 {
        builder.problem(format!("{rest} bytes follow everything the headers refer to"));
        builder.claim(end, rest, Role::Trailing, "trailing bytes");
    }
}
