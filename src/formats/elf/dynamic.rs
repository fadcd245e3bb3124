//! What the loader will do: libraries needed, search paths, symbols taken and given.
//!
//! Read as the loader reads it, from the dynamic segment; the section headers only help where there is none.

use super::layout::Layout;
use super::layout::Segment;
use super::sections::DYNAMIC;
use super::sections::DYNSYM;
use super::sections::SYMTAB;
use super::sections::Section;
use crate::formats::field;
use crate::formats::partition::Builder;

/// Adds the facts `interpreter`, `needed`, `soname`, `rpath`, `runpath`, `import`, `export`.
pub fn facts(builder: &mut Builder<'_>, layout: &Layout<'_>, segments: &[Segment], sections: &[Section]) {
    if let Some(segment) = segments.iter().find(|segment| segment.is_interpreter()) {
        builder.fact("interpreter", text(layout.bytes, segment.offset, segment.offset.saturating_add(4096)));
    }
    let dynamic = segments
        .iter()
        .find(|segment| segment.is_dynamic())
        .map(Segment::range)
        .or_else(|| sections.iter().find(|section| section.kind == DYNAMIC).map(Section::range));
    let table =
        dynamic.map(|range| Table::read(layout, segments, range.start, range.end)).unwrap_or_default();
    for (key, offset) in &table.texts {
        let value = text(layout.bytes, table.strings.saturating_add(*offset), table.strings_end);
        builder.fact(key, value);
    }
    if let Some(symbols) = Symbols::dynamic(layout, segments, sections, &table, builder) {
        symbols.facts(builder, layout);
    } else if layout.is_relocatable() || table.texts.is_empty() {
        let symbols = sections.iter().find(|section| section.kind == SYMTAB);
        if let Some(symbols) = symbols.and_then(|section| Symbols::of_section(layout, sections, section)) {
            symbols.facts(builder, layout);
        }
    }
}

/// The entries of the dynamic table that matter here.
#[derive(Default)]
struct Table {
    texts: Vec<(&'static str, u64)>,
    /// Offset of the string table in the file, and its end.
    strings: u64,
    strings_end: u64,
    symbols: Option<u64>,
    hash: Option<u64>,
    gnu_hash: Option<u64>,
}

impl Table {
    fn read(layout: &Layout<'_>, segments: &[Segment], start: u64, end: u64) -> Table {
        let mut table = Table::default();
        let mut strings_size = u64::MAX;
        let word = layout.word_size();
        let (mut strings, mut symbols, mut hash, mut gnu_hash) = (None, None, None, None);
        let mut at = start;
        while at < end {
            let (Some(tag), Some(value)) = (layout.word(at), layout.word(at.saturating_add(word))) else {
                break;
            };
            match tag {
                0 => break,
                1 => table.texts.push(("needed", value)),
                4 => hash = Some(value),
                5 => strings = Some(value),
                6 => symbols = Some(value),
                10 => strings_size = value,
                14 => table.texts.push(("soname", value)),
                15 => table.texts.push(("rpath", value)),
                29 => table.texts.push(("runpath", value)),
                0x6fff_fef5 => gnu_hash = Some(value),
                0x7fff_fffd => table.texts.push(("auxiliary", value)),
                0x7fff_ffff => table.texts.push(("filter", value)),
                _ => {}
            }
            at = at.saturating_add(word * 2);
        }
        let offset = |address: Option<u64>| address.and_then(|address| file_offset(segments, address));
        table.strings = offset(strings).unwrap_or(u64::MAX);
        table.symbols = offset(symbols);
        table.hash = offset(hash);
        table.gnu_hash = offset(gnu_hash);
        table.strings_end = table.strings.saturating_add(strings_size);
        table
    }
}

/// A symbol table and its names.
struct Symbols {
    at: u64,
    count: u64,
    strings: u64,
    strings_end: u64,
}

impl Symbols {
    /// The table the loader uses, counted by its hash table; the section header's word is taken only where the
    /// file has no hash table the loader could use.
    fn dynamic(
        layout: &Layout<'_>,
        segments: &[Segment],
        sections: &[Section],
        table: &Table,
        builder: &mut Builder<'_>,
    ) -> Option<Symbols> {
        let section = sections.iter().find(|section| section.kind == DYNSYM);
        let section = section.and_then(|section| Symbols::of_section(layout, sections, section));
        let Some(at) = table.symbols else { return section };
        let hashed = table.hash.and_then(|hash| layout.u32(hash.saturating_add(4))).map(u64::from);
        let gnu = table.gnu_hash.and_then(|hash| gnu_count(layout, hash));
        let listed = section.as_ref().filter(|section| section.at == at).map(|section| section.count);
        if let (Some(section), false) = (&section, listed.is_some()) {
            builder.problem(format!(
                "the section headers place the dynamic symbols at {}, the loader at {at}",
                section.at
            ));
        }
        // The GNU table lists no undefined symbols, so it can only raise the count.
        let count = hashed.unwrap_or(0).max(gnu.unwrap_or(0)).max(listed.unwrap_or(0));
        let fits = segments.iter().find(|segment| segment.is_load() && segment.range().contains(&at));
        let room = fits.map_or(0, |segment| segment.range().end - at) / symbol_size(layout);
        let count = if count == 0 { table.strings.saturating_sub(at) / symbol_size(layout) } else { count };
        let count = count.min(room);
        Some(Symbols { at, count, strings: table.strings, strings_end: table.strings_end })
    }

    fn of_section(layout: &Layout<'_>, sections: &[Section], section: &Section) -> Option<Symbols> {
        let strings = sections.get(section.link as usize)?.range();
        let count = section.size.min(layout.bytes.len() as u64) / symbol_size(layout);
        Some(Symbols { at: section.offset, count, strings: strings.start, strings_end: strings.end })
    }

    fn facts(&self, builder: &mut Builder<'_>, layout: &Layout<'_>) {
        let size = symbol_size(layout);
        for index in 1..self.count {
            let Some(at) = index.checked_mul(size).and_then(|offset| self.at.checked_add(offset)) else {
                break;
            };
            let fields = layout.u32(at).zip(layout.u16(at.saturating_add(layout.header(14, 6))));
            let Some((name, section)) = fields else { break };
            let info = field::byte(layout.bytes, at.saturating_add(layout.header(12, 4))).unwrap_or(0);
            if info >> 4 == 0 || info & 15 == 3 || info & 15 == 4 || name == 0 {
                continue;
            }
            let name = text(layout.bytes, self.strings.saturating_add(u64::from(name)), self.strings_end);
            builder.fact(if section == 0 { "import" } else { "export" }, name);
        }
    }
}

fn symbol_size(layout: &Layout<'_>) -> u64 {
    layout.header(16, 24)
}

/// How many symbols a GNU hash table accounts for: the end of the chain that starts last.
fn gnu_count(layout: &Layout<'_>, at: u64) -> Option<u64> {
    let buckets = u64::from(layout.u32(at)?);
    let first = u64::from(layout.u32(at + 4)?);
    let bloom = u64::from(layout.u32(at + 8)?) * layout.word_size();
    let table = at.checked_add(16)?.checked_add(bloom)?;
    if buckets > layout.bytes.len() as u64 / 4 {
        return None;
    }
    let last = (0..buckets).filter_map(|bucket| layout.u32(table.saturating_add(bucket * 4))).max()?;
    let last = u64::from(last);
    if last < first {
        return Some(first);
    }
    let chains = table.checked_add(buckets * 4)?;
    let mut index = last;
    while layout.u32(chains.checked_add((index - first) * 4)?)? & 1 == 0 {
        index += 1;
    }
    Some(index + 1)
}

/// Where the loader finds `address` in the file.
fn file_offset(segments: &[Segment], address: u64) -> Option<u64> {
    segments.iter().filter(|segment| segment.is_load()).find_map(|segment| {
        let within = address.checked_sub(segment.address)?;
        (within < segment.file_size).then(|| segment.offset.saturating_add(within))
    })
}

/// The text at `at`, up to a NUL, `end` or a bound no honest symbol reaches.
fn text(bytes: &[u8], at: u64, end: u64) -> &[u8] {
    field::until_nul(field::clamped(bytes, at..end.min(at.saturating_add(65_536)).max(at)))
}
