//! A thin Mach-O image: header, load commands and what they point at.

use std::ops::Range;

use crate::formats::field;
use crate::formats::partition::Builder;
use crate::formats::partition::holds;
use crate::model::Role;
use crate::model::path::escape;

/// A thin image's header, read.
pub struct Image<'a> {
    bytes: &'a [u8],
    wide: bool,
    big: bool,
    kind: (u32, u32),
    commands: u32,
    commands_size: u64,
}

impl<'a> Image<'a> {
    /// The image in `bytes`, if there is one.
    pub fn read(bytes: &'a [u8]) -> Option<Image<'a>> {
        let magic = field::array(bytes, 0)?;
        let (wide, big) = match u32::from_be_bytes(magic) {
            0xfeed_face => (false, true),
            0xfeed_facf => (true, true),
            0xcefa_edfe => (false, false),
            0xcffa_edfe => (true, false),
            _ => return None,
        };
        let mut image = Image { bytes, wide, big, kind: (0, 0), commands: 0, commands_size: 0 };
        image.kind = (image.u32(4)?, image.u32(8)?);
        image.commands = image.u32(16)?;
        image.commands_size = u64::from(image.u32(20)?);
        image.u32(24)?;
        Some(image)
    }

    /// Claims everything.
    pub fn claim(&self, builder: &mut Builder<'_>) {
        let header = if self.wide { 32 } else { 28 };
        builder.claim(0, header, Role::Header, "mach header");
        builder.fact("machine", machine(self.kind.0, self.kind.1).as_bytes());
        let end = header + self.commands_size;
        let mut at = header;
        let mut parts = Parts::default();
        for _ in 0..self.commands {
            let (Some(kind), Some(size)) = (self.u32(at), self.u32(at + 4).map(u64::from)) else { break };
            if size < 8 || at + size > end {
                builder.problem(format!("the load command at {at} says it has {size} bytes"));
                break;
            }
            self.command(builder, at, size, kind & 0x7fff_ffff, &mut parts);
            at += size;
        }
        for (range, role, name) in &parts.sections {
            builder.claim(range.start, range.end.saturating_sub(range.start), *role, name.as_str());
        }
        for (range, role, name) in &parts.tables {
            builder.claim(range.start, range.end.saturating_sub(range.start), *role, *name);
        }
        self.slack(builder, at, &parts);
        self.symbols(builder, &parts);
    }

    fn u32(&self, at: u64) -> Option<u32> {
        let four = field::array(self.bytes, at)?;
        Some(if self.big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
    }

    fn word(&self, at: u64) -> Option<u64> {
        if !self.wide {
            return self.u32(at).map(u64::from);
        }
        let eight = field::array(self.bytes, at)?;
        Some(if self.big { u64::from_be_bytes(eight) } else { u64::from_le_bytes(eight) })
    }

    /// Claims one load command and notes what it points at.
    fn command(&self, builder: &mut Builder<'_>, at: u64, size: u64, kind: u32, parts: &mut Parts) {
        let name = format!("load command {}", command_name(kind));
        let text = |offset: u64| {
            let start = self.u32(at + offset).map_or(0, u64::from);
            field::until_nul(field::clamped(self.bytes, at + start.min(size)..at + size))
        };
        match kind {
            0x1 | 0x19 => {
                let segment = field::until_nul(field::clamped(self.bytes, at + 8..at + 24));
                builder.claim(at, size, Role::Header, format!("{name} {}", escape(segment)));
                self.segment(at, size, parts);
            }
            0x1b => {
                builder.claim(at, 8, Role::Header, format!("{name}: header"));
                builder.claim(at + 8, size - 8, Role::Derived, name);
                let uuid = field::clamped(self.bytes, at + 8..at + 24);
                let hex: String = uuid.iter().map(|byte| format!("{byte:02x}")).collect();
                builder.fact("uuid", hex.as_bytes());
            }
            // The library commands: name offset, time, versions, name.
            0xc | 0xd | 0x18 | 0x1f | 0x20 | 0x23 => {
                let library = text(8);
                let name = format!("{name} {}", escape(library));
                // A shorter command has no time: what stands in its place is the next command.
                if size < 24 {
                    builder.problem(format!("the load command at {at} is too short to name a library"));
                    builder.claim(at, size, Role::Header, name);
                } else {
                    builder.claim(at, 12, Role::Header, format!("{name}: header"));
                    builder.claim(at + 12, 4, Role::Timestamp, format!("{name}: timestamp"));
                    builder.claim(at + 16, size - 16, Role::Header, name);
                }
                builder.fact(if kind == 0xd { "soname" } else { "needed" }, library);
            }
            0x1c => {
                builder.fact("rpath", text(8));
                builder.claim(at, size, Role::Header, name);
            }
            0x24 | 0x25 | 0x2a | 0x2f | 0x30 | 0x32 => {
                builder.claim(at, size, Role::Toolchain, name);
            }
            0x1d => {
                // Signing adds or rewrites this command; it belongs to what a graft carries over.
                builder.claim(at, size, Role::Signature, name);
                self.signature(builder, at, parts);
            }
            _ => {
                builder.claim(at, size, Role::Header, name);
                self.tables(at, kind, parts);
            }
        }
    }

    /// Notes the sections of a segment command.
    fn segment(&self, at: u64, size: u64, parts: &mut Parts) {
        let (fields, section_size) = if self.wide { (72, 80) } else { (56, 68) };
        let read = |offset: u64| self.word(at + offset).unwrap_or(0);
        let (offset, file_size) = if self.wide { (read(40), read(48)) } else { (read(32), read(36)) };
        let protection = self.u32(at + if self.wide { 60 } else { 44 }).unwrap_or(0);
        let executable = protection & 4 != 0;
        parts.end = parts.end.max(offset.saturating_add(file_size));
        let count = u64::from(self.u32(at + fields - 8).unwrap_or(0));
        for index in 0..count.min(size / section_size) {
            let section = at + fields + index * section_size;
            let name = field::until_nul(field::clamped(self.bytes, section..section + 16));
            let segment = field::until_nul(field::clamped(self.bytes, section + 16..section + 32));
            let (size_at, rest) = if self.wide { (40, 48) } else { (36, 40) };
            let len = self.word(section + size_at).unwrap_or(0);
            let offset = u64::from(self.u32(section + rest).unwrap_or(0));
            let flags = self.u32(section + rest + 16).unwrap_or(0);
            // Zero-fill sections have no bytes in the file.
            if matches!(flags & 0xff, 1 | 12 | 18) || len == 0 || offset == 0 {
                continue;
            }
            let debug = segment == b"__DWARF";
            let role = match executable || flags & 0x8000_0400 != 0 {
                true => Role::Code,
                false if debug => Role::Debug,
                false => Role::Data,
            };
            let label = format!("{},{}", escape(segment), escape(name));
            parts.sections.push((offset..offset.saturating_add(len), role, label));
        }
    }

    /// Notes the tables a command points at.
    fn tables(&self, at: u64, kind: u32, parts: &mut Parts) {
        let read = |offset: u64| self.u32(at + offset).map_or(0, u64::from);
        let entry = if self.wide { 16 } else { 12 };
        let mut add = |start: u64, len: u64, role, name| {
            if start > 0 && len > 0 {
                parts.tables.push((start..start.saturating_add(len), role, name));
            }
        };
        match kind {
            0x2 => {
                add(read(8), read(12) * entry, Role::Symbols, "symbols");
                add(read(16), read(20), Role::Strings, "strings");
                parts.symbols = Some((read(8), read(12), read(16), read(20)));
            }
            0xb => {
                add(read(56), read(60) * 4, Role::Symbols, "indirect symbols");
            }
            0x22 => {
                add(read(8), read(12), Role::Data, "rebase info");
                add(read(16), read(20), Role::Data, "bind info");
                add(read(24), read(28), Role::Data, "weak bind info");
                add(read(32), read(36), Role::Data, "lazy bind info");
                add(read(40), read(44), Role::Symbols, "export info");
            }
            0x26 => add(read(8), read(12), Role::Data, "function starts"),
            0x29 => add(read(8), read(12), Role::Data, "data in code"),
            0x1e => add(read(8), read(12), Role::Data, "split info"),
            0x2b => add(read(8), read(12), Role::Data, "code signing requirements"),
            0x33 => add(read(8), read(12), Role::Symbols, "exports trie"),
            0x34 => add(read(8), read(12), Role::Data, "chained fixups"),
            _ => {}
        }
    }

    /// Claims the code signature: the blob by its own length, then what fills its place.
    fn signature(&self, builder: &mut Builder<'_>, at: u64, parts: &mut Parts) {
        let (Some(start), Some(size)) = (self.u32(at + 8).map(u64::from), self.u32(at + 12).map(u64::from))
        else {
            return;
        };
        let end = start.saturating_add(size).min(builder.size());
        parts.end = parts.end.max(end);
        let be32 = |at| field::array(self.bytes, at).map(u32::from_be_bytes);
        let inner = match be32(start) {
            Some(0xfade_0cc0) => {
                be32(start + 4).map(u64::from).filter(|len| *len <= end.saturating_sub(start))
            }
            _ => None,
        };
        let Some(inner) = inner else {
            builder.problem("the code signature's place holds no signature");
            builder.claim(start, end.saturating_sub(start), Role::Trailing, "no code signature");
            return;
        };
        builder.claim(start, inner, Role::Signature, "code signature");
        let rest = field::clamped(self.bytes, start + inner..end);
        let check =
            holds(field::is_zero(rest), || "bytes other than zero fill the signature's place".to_owned());
        let name = "code signature: padding";
        builder.claim_checked(start + inner, rest.len() as u64, Role::Padding, name, check);
    }

    /// Zero bytes between the load commands and the first section, between sections, and before tables are
    /// alignment; anything else stays a gap.
    fn slack(&self, builder: &mut Builder<'_>, commands_end: u64, parts: &Parts) {
        let mut taken: Vec<Range<u64>> = parts.sections.iter().map(|(range, ..)| range.clone()).collect();
        taken.extend(parts.tables.iter().map(|(range, ..)| range.clone()));
        taken.push(0..commands_end);
        taken.sort_by_key(|range| range.start);
        let mut at = 0;
        for range in taken {
            // Segments start at pages of up to 16 KiB; the space after the load commands is as long.
            if range.start > at && range.start - at <= 0x4000 {
                let hole = field::clamped(self.bytes, at..range.start);
                if field::is_zero(hole) && !hole.is_empty() {
                    let name = if at == commands_end { "slack after load commands" } else { "alignment" };
                    builder.padding(at, range.start - at, name);
                }
            }
            at = at.max(range.end);
        }
        let end = parts.end.min(builder.size());
        if at < end && end - at < 0x4000 && field::is_zero(field::clamped(self.bytes, at..end)) {
            builder.padding(at, end - at, "alignment");
        }
        let size = builder.size();
        if end < size && end > 0 {
            builder.problem(format!("{} bytes follow the last segment", size - end));
            builder.claim(end, size - end, Role::Trailing, "trailing bytes");
        }
    }

    /// `import` and `export` from the symbol table.
    fn symbols(&self, builder: &mut Builder<'_>, parts: &Parts) {
        let Some((at, count, strings, strings_size)) = parts.symbols else { return };
        let entry = if self.wide { 16 } else { 12 };
        let end = strings.saturating_add(strings_size);
        for index in 0..count.min(builder.size() / entry) {
            let symbol = at + index * entry;
            let (Some(name), Some(kind)) = (self.u32(symbol), field::byte(self.bytes, symbol + 4)) else {
                break;
            };
            // External, and no debugging entry.
            if kind & 1 == 0 || kind & 0xe0 != 0 || name == 0 {
                continue;
            }
            let start = strings.saturating_add(u64::from(name)).min(end);
            let text = field::clamped(self.bytes, start..end.min(start.saturating_add(65_536)));
            builder.fact(if kind & 0x0e == 0 { "import" } else { "export" }, field::until_nul(text));
        }
    }
}

/// What the load commands point at.
#[derive(Default)]
struct Parts {
    sections: Vec<(Range<u64>, Role, String)>,
    tables: Vec<(Range<u64>, Role, &'static str)>,
    symbols: Option<(u64, u64, u64, u64)>,
    end: u64,
}

/// The machine as text.
pub fn machine(kind: u32, subtype: u32) -> String {
    let name = match kind {
        7 => "x86",
        0x0100_0007 => "x86-64",
        12 => "arm",
        0x0100_000c if subtype & 0xff == 2 => "arm64e",
        0x0100_000c => "aarch64",
        18 => "powerpc",
        0x0100_0012 => "powerpc64",
        other => return format!("{other:#x}"),
    };
    name.to_owned()
}

fn command_name(kind: u32) -> String {
    let name = match kind {
        0x1 | 0x19 => "segment",
        0x2 => "symtab",
        0xb => "dysymtab",
        0xc => "load dylib",
        0xd => "id dylib",
        0xe => "load dylinker",
        0x18 => "load weak dylib",
        0x1b => "uuid",
        0x1c => "rpath",
        0x1d => "code signature",
        0x1f => "reexport dylib",
        0x20 => "lazy load dylib",
        0x22 => "dyld info",
        0x24 | 0x25 | 0x2f | 0x30 => "minimum version",
        0x26 => "function starts",
        0x28 => "main",
        0x29 => "data in code",
        0x2a => "source version",
        0x32 => "build version",
        0x33 => "exports trie",
        0x34 => "chained fixups",
        other => return format!("{other:#x}"),
    };
    name.to_owned()
}
