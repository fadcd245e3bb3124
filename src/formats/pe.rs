//! PE/COFF images: headers, Rich header, sections and what stands in them, certificates, overlay.
//!
//! Specification: Microsoft PE format (learn.microsoft.com/windows/win32/debug/pe-format) and the Windows
//! Authenticode Portable Executable Signature Format.

pub mod authenticode;
mod certificates;
mod clr;
mod directories;
mod image;
mod rich;

use std::ops::Range;

use self::image::Image;
use super::field;
use super::partition::Builder;
use super::partition::holds;
use crate::model::Anatomy;
use crate::model::Check;
use crate::model::Role;
use crate::model::path::escape;

/// The registry name.
pub const NAME: &str = "pe";

/// `MZ`, and `PE\0\0` where it points.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    Image::read(bytes).is_some()
}

/// Regions: DOS header and stub, Rich header, the fields of COFF and optional header, data directories,
/// section headers, sections (with the timestamps, debug entries and the .NET module id in them apart),
/// alignment, COFF symbols, the certificate table by its parts, the overlay. Facts: `machine`, `needed`,
/// `import`, `export`, `pdb`, `linker-version`, `rich`, `clr`, `mvid`, `authenticode-digest`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let Some(image) = Image::read(bytes) else {
        return builder.finish();
    };
    headers(&mut builder, &image);
    let mut carved = directories::read(&mut builder, &image);
    carved.extend(clr::read(&mut builder, &image));
    let end = sections(&mut builder, &image, carved);
    let end = symbols(&mut builder, &image, end);
    overlay(&mut builder, &image, end);
    builder.finish()
}

/// A part of a section that has a role of its own.
struct Carved {
    range: Range<u64>,
    role: Role,
    name: String,
}

/// Everything before the first section.
fn headers(builder: &mut Builder<'_>, image: &Image<'_>) {
    builder.claim(0, 60, Role::Header, "dos header");
    builder.claim(60, 4, Role::Header, "dos header: pe offset");
    rich::claim(builder, image.pe);
    let coff = image.pe + 4;
    builder.claim(image.pe, 4, Role::Header, "pe signature");
    builder.claim(coff, 4, Role::Header, "coff header: machine and section count");
    builder.claim(coff + 4, 4, Role::Timestamp, "coff header: timestamp");
    builder.claim(coff + 8, 8, Role::Header, "coff header: symbol table");
    builder.claim(coff + 16, 4, Role::Header, "coff header: optional header size and characteristics");
    let optional = image.optional;
    builder.claim(optional, 2, Role::Header, "optional header: magic");
    builder.claim(optional + 2, 2, Role::Toolchain, "optional header: linker version");
    builder.claim(optional + 4, 12, Role::Header, "optional header: sizes");
    builder.claim(
        optional + 16,
        48,
        Role::Header,
        "optional header: addresses, alignment, versions, image size",
    );
    builder.claim_checked(optional + 64, 4, Role::Derived, "optional header: checksum", checksum(image));
    let directories = image.directories;
    builder.claim(
        optional + 68,
        directories.saturating_sub(optional + 68),
        Role::Header,
        "optional header: subsystem, flags, stack and heap",
    );
    for index in 0..image.directory_count {
        // Signing writes the certificate table's place; it belongs to what a graft carries over.
        let role = if index == image::SECURITY { Role::Signature } else { Role::Header };
        let name = format!("data directory: {}", image::directory_name(index));
        builder.claim(directories + index * 8, 8, role, name);
    }
    for section in &image.sections {
        builder.claim(section.header, 40, Role::Header, format!("section header {}", escape(&section.name)));
    }
    builder.fact("machine", image.machine().as_bytes());
    builder.fact("class", if image.wide { b"64" } else { b"32" });
    if let (Some(major), Some(minor)) =
        (field::byte(image.bytes, optional + 2), field::byte(image.bytes, optional + 3))
    {
        builder.fact("linker-version", format!("{major}.{minor}").as_bytes());
    }
    let table = image.sections.last().map_or(image.section_table, |section| section.header + 40);
    let first = image.sections.iter().filter(|section| section.size > 0).map(|section| section.offset).min();
    let end = first.map_or(image.headers_size, |first| first.min(image.headers_size)).min(builder.size());
    if table < end && field::is_zero(field::clamped(image.bytes, table..end)) {
        builder.padding(table, end - table, "alignment after headers");
    }
}

/// The optional header's checksum, recomputed (ImageHlp's `CheckSumMappedFile`): the file as little-endian
/// 16-bit words, the field itself as zero, summed with the carry added back, plus the file's size.
fn checksum(image: &Image<'_>) -> Check {
    let at = image.optional + 64;
    let Some(given) = field::le32(image.bytes, at) else { return Check::None };
    if given == 0 {
        // Linkers leave it out; the loader asks for it in drivers only.
        return Check::None;
    }
    let computed = image_checksum(image.bytes, at);
    holds(given == computed, || format!("checksum is {given:08x}, computed {computed:08x}"))
}

/// The checksum of an image whose checksum field is at `at`.
fn image_checksum(bytes: &[u8], at: u64) -> u32 {
    let mut sum = 0u64;
    let (chunks, rest) = bytes.as_chunks::<4>();
    for chunk in chunks {
        // Two 16-bit words at once: their carries are folded below.
        sum += u64::from(u32::from_le_bytes(*chunk));
    }
    let mut last = [0; 4];
    for (slot, byte) in last.iter_mut().zip(rest) {
        *slot = *byte;
    }
    sum += u64::from(u32::from_le_bytes(last));
    // Take the field out again, wherever it stands within the words.
    for (index, byte) in field::clamped(bytes, at..at + 4).iter().enumerate() {
        let lane = (at + index as u64) % 4;
        sum = sum.wrapping_sub(u64::from(*byte) << (8 * lane));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (sum as u32).wrapping_add(bytes.len() as u32)
}

/// Claims the sections, around what is carved out of them; gives where the last one ends.
fn sections(builder: &mut Builder<'_>, image: &Image<'_>, carved: Vec<Carved>) -> u64 {
    let mut inner = Vec::new();
    for part in carved {
        inner.push((part.range.clone(), part.name.clone()));
        builder.claim(
            part.range.start,
            part.range.end.saturating_sub(part.range.start),
            part.role,
            part.name,
        );
    }
    inner.sort_by_key(|(range, _)| (range.start, range.end));
    let mut end = image.headers_size.min(builder.size());
    for section in image.sections.iter().filter(|section| section.size > 0) {
        let label = escape(&section.name);
        let used = match section.virtual_size {
            0 => section.size,
            virtual_size => section.size.min(u64::from(virtual_size)),
        };
        let role = section.role();
        builder.claim_around(section.offset..section.offset.saturating_add(used), role, &label, &inner);
        let tail = section.offset.saturating_add(used);
        builder.padding(tail, section.size - used, format!("{label}: padding to file alignment"));
        end = end.max(section.offset.saturating_add(section.size));
        if section.is_writable() && role == Role::Code {
            builder.problem(format!("section {label} is writable and executable"));
        }
    }
    end.min(builder.size())
}

/// The COFF symbol and string tables, which MinGW leaves behind the sections.
fn symbols(builder: &mut Builder<'_>, image: &Image<'_>, end: u64) -> u64 {
    let (at, count) = image.symbols;
    if at == 0 || at < end {
        return end;
    }
    builder.claim(at, count * 18, Role::Symbols, "coff symbols");
    let strings = at.saturating_add(count * 18);
    let size = field::le32(image.bytes, strings).map_or(0, u64::from);
    builder.claim(strings, size, Role::Strings, "coff strings");
    strings.saturating_add(size).min(builder.size())
}

/// What follows the sections: certificates where the directory places them, and the rest.
fn overlay(builder: &mut Builder<'_>, image: &Image<'_>, end: u64) {
    let size = builder.size();
    let Some(table) = certificates::claim(builder, image, end) else {
        trailing(builder, end, size);
        return;
    };
    let before = field::clamped(image.bytes, end..table.start);
    if before.len() < 8 && !before.is_empty() && table.start.is_multiple_of(8) {
        builder.padding(end, before.len() as u64, "alignment before certificates");
    } else {
        trailing(builder, end, table.start);
    }
    if table.end < size {
        builder.problem(format!("{} bytes follow the certificate table", size - table.end));
        builder.claim(table.end, size - table.end, Role::Trailing, "bytes after certificates");
    }
}

fn trailing(builder: &mut Builder<'_>, start: u64, end: u64) {
    if start < end {
        builder.problem(format!("an overlay of {} bytes follows the sections", end - start));
        builder.claim(start, end - start, Role::Trailing, "overlay");
    }
}
