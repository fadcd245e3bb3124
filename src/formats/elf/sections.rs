//! Sections: their headers, and what each is for.

use std::ops::Range;

use super::Claimed;
use super::layout::Layout;
use super::layout::Mapped;
use super::notes;
use crate::formats::field;
use crate::formats::partition::Builder;
use crate::model::Role;
use crate::model::path::escape;

/// A section header, read.
pub struct Section {
    pub name: String,
    pub kind: u32,
    pub flags: u64,
    pub offset: u64,
    /// Bytes in the file: 0 for `SHT_NOBITS`.
    pub size: u64,
    pub link: u32,
    pub align: u64,
}

pub const SYMTAB: u32 = 2;
pub const DYNAMIC: u32 = 6;
pub const DYNSYM: u32 = 11;
const STRTAB: u32 = 3;
const NOTE: u32 = 7;
const NOBITS: u32 = 8;
const ALLOC: u64 = 2;
const EXECINSTR: u64 = 4;
const STRINGS: u64 = 0x20;

/// The section headers, claimed. Empty if the file has none.
pub fn read(builder: &mut Builder<'_>, layout: &Layout<'_>, claimed: &mut Claimed) -> Vec<Section> {
    let table = layout.word(layout.header(32, 40)).unwrap_or(0);
    let entry = u64::from(layout.u16(layout.header(46, 58)).unwrap_or(0));
    let mut count = u64::from(layout.u16(layout.header(48, 60)).unwrap_or(0));
    let mut names = u32::from(layout.u16(layout.header(50, 62)).unwrap_or(0));
    if table == 0 {
        return Vec::new();
    }
    if count == 0 {
        count = layout.word(table.saturating_add(layout.header(20, 32))).unwrap_or(0);
    }
    if names == 0xffff {
        names = layout.u32(table.saturating_add(layout.header(24, 40))).unwrap_or(names);
    }
    let least = layout.header(40, 64);
    if entry < least {
        builder.problem(format!("section headers of {entry} bytes where {least} are needed: none was read"));
        return Vec::new();
    }
    let mut sections = Vec::new();
    let mut places = Vec::new();
    for index in 0..count {
        let Some(at) = index.checked_mul(entry).and_then(|offset| table.checked_add(offset)) else { break };
        let Some((name, section)) = header(layout, at) else {
            builder.problem(format!("{} of {count} section headers lie beyond the end", count - index));
            break;
        };
        places.push((at, name));
        sections.push(section);
    }
    let strings = sections.get(names as usize).map_or(0..0, Section::range);
    for (section, (at, name)) in sections.iter_mut().zip(places) {
        let start = strings.start.saturating_add(u64::from(name)).min(strings.end);
        let text = field::until_nul(field::clamped(layout.bytes, start..strings.end));
        // A name is one of a few dozen bytes; a hostile one is as long as the file, once per section.
        section.name = escape(text.get(..text.len().min(200)).unwrap_or_default());
        let label = if section.name.is_empty() { "(unnamed)" } else { section.name.as_str() };
        builder.claim(at, entry, Role::Header, format!("section header {label}"));
        claimed.add(at, entry);
    }
    sections
}

/// The header at `at`: its name's offset and the rest.
fn header(layout: &Layout<'_>, at: u64) -> Option<(u32, Section)> {
    field::slice(layout.bytes, at, layout.header(40, 64))?;
    let kind = layout.u32(at + 4)?;
    let size = layout.word(at + layout.header(20, 32))?;
    let section = Section {
        name: String::new(),
        kind,
        flags: layout.word(at + 8)?,
        offset: layout.word(at + layout.header(16, 24))?,
        size: if kind == NOBITS || kind == 0 { 0 } else { size },
        link: layout.u32(at + layout.header(24, 40))?,
        align: layout.word(at + layout.header(32, 48))?,
    };
    Some((layout.u32(at)?, section))
}

impl Section {
    pub fn range(&self) -> Range<u64> {
        self.offset..self.offset.saturating_add(self.size)
    }

    /// Claims the section's bytes.
    pub fn claim(
        &self,
        builder: &mut Builder<'_>,
        layout: &Layout<'_>,
        mapped: &Mapped,
        claimed: &mut Claimed,
    ) {
        if self.size == 0 {
            return;
        }
        let role = self.role(mapped);
        let label = if self.name.is_empty() { "(unnamed section)" } else { self.name.as_str() };
        if self.kind == NOTE && role != Role::Code {
            notes::claim(builder, layout, self.range(), self.align, label);
        } else if self.name == ".gnu_debuglink" && self.flags & ALLOC == 0 {
            self.debug_link(builder, label, role);
        } else {
            builder.claim(self.offset, self.size, role, label);
        }
        if self.name == ".comment" {
            let texts = field::clamped(layout.bytes, self.range());
            for text in texts.split(|byte| *byte == 0).filter(|text| !text.is_empty()).take(64) {
                builder.fact("comment", text);
            }
        }
        claimed.add(self.offset, self.size);
    }

    /// What the section is for, as far as the program headers allow.
    fn role(&self, mapped: &Mapped) -> Role {
        let range = self.range();
        if self.flags & EXECINSTR != 0 || mapped.executable.touch(&range) {
            // Notes and headers in an old-style text segment are mapped executable too; only the build-id among
            // them ever differs, and it is told apart by its note.
            return if self.kind == NOTE && self.flags & EXECINSTR == 0 { Role::Header } else { Role::Code };
        }
        let own = self.own_role();
        let loaded = self.flags & ALLOC != 0 || mapped.any.touch(&range);
        match own {
            Role::Debug | Role::Toolchain | Role::Extra if loaded => Role::Data,
            own => own,
        }
    }

    /// What its type and name say it is for.
    fn own_role(&self) -> Role {
        let name = self.name.as_str();
        let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
        match self.kind {
            SYMTAB | DYNSYM | 5 | 18 | 0x6fff_fff6 | 0x6fff_fffd | 0x6fff_fffe | 0x6fff_ffff => Role::Symbols,
            STRTAB => Role::Strings,
            DYNAMIC | NOTE => Role::Header,
            4 | 9 | 19 => Role::Data,
            _ if starts(&[".debug", ".zdebug", ".stab", ".gdb_index", ".gnu_debug", ".gnu.debuglto"]) => {
                Role::Debug
            }
            _ if starts(&[".comment", ".GCC.command.line", ".note.GNU", ".gnu.build.attributes"]) => {
                Role::Toolchain
            }
            _ if starts(&[".interp"]) => Role::Header,
            _ if self.flags & STRINGS != 0 => Role::Strings,
            _ if starts(&[".init", ".fini", ".plt", ".text"]) && !starts(&[".init_array", ".fini_array"]) => {
                Role::Code
            }
            _ => Role::Data,
        }
    }

    /// `.gnu_debuglink`: a file name, padding to four bytes, the CRC of a file that is not here.
    fn debug_link(&self, builder: &mut Builder<'_>, label: &str, role: Role) {
        let range = self.range();
        let content = field::clamped(builder.bytes(), range.clone());
        let name = field::until_nul(content);
        let padded = (name.len() as u64 + 1).next_multiple_of(4);
        builder.fact("debuglink", name);
        let crc = range.start.saturating_add(padded);
        if padded + 4 != self.size {
            builder.claim(range.start, self.size, role, label);
            return;
        }
        let text = name.len() as u64 + 1;
        builder.claim(range.start, text, Role::Name, format!("{label}: name"));
        builder.padding(range.start + text, padded - text, format!("{label}: padding"));
        builder.claim(crc, 4, Role::Debug, format!("{label}: crc"));
    }
}
