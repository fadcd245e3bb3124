//! Class and byte order, and what hangs directly on them: the ELF header's values and the program headers.

use std::ops::Range;

use super::Claimed;
use crate::formats::field;
use crate::formats::partition::Builder;
use crate::model::Role;

/// How integers stand in this file.
pub struct Layout<'a> {
    /// The whole file.
    pub bytes: &'a [u8],
    /// 64-bit class.
    pub wide: bool,
    /// Big-endian.
    pub big: bool,
}

/// Ranges of the file, merged, to ask whether one touches another: with ten thousand segments and as many
/// sections, comparing each with each is too slow.
pub struct Ranges {
    ranges: Vec<Range<u64>>,
}

impl Ranges {
    pub fn new(ranges: impl Iterator<Item = Range<u64>>) -> Ranges {
        let mut sorted: Vec<Range<u64>> = ranges.filter(|range| !range.is_empty()).collect();
        sorted.sort_unstable_by_key(|range| range.start);
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for range in sorted {
            match ranges.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => ranges.push(range),
            }
        }
        Ranges { ranges }
    }

    /// Whether any byte of `range` is in one of them.
    pub fn touch(&self, range: &Range<u64>) -> bool {
        let next = self.ranges.partition_point(|own| own.end <= range.start);
        self.ranges.get(next).is_some_and(|own| own.start < range.end)
    }
}

/// What of the file the loader maps, and how.
pub struct Mapped {
    /// In any way.
    pub any: Ranges,
    /// Executable.
    pub executable: Ranges,
    /// Read-only after relocation.
    pub relro: Ranges,
}

impl Mapped {
    pub fn new(segments: &[Segment]) -> Mapped {
        let loads = || segments.iter().filter(|segment| segment.is_load());
        Mapped {
            any: Ranges::new(loads().map(Segment::range)),
            executable: Ranges::new(loads().filter(|segment| segment.is_executable()).map(Segment::range)),
            relro: Ranges::new(segments.iter().filter(|segment| segment.is_relro()).map(Segment::range)),
        }
    }
}

/// A program header, read.
pub struct Segment {
    pub kind: u32,
    pub flags: u32,
    pub offset: u64,
    pub address: u64,
    pub file_size: u64,
    pub align: u64,
}

impl<'a> Layout<'a> {
    /// The layout of `bytes`, if they are an ELF file.
    pub fn of(bytes: &'a [u8]) -> Option<Layout<'a>> {
        if !bytes.starts_with(b"\x7fELF") || bytes.len() < 52 {
            return None;
        }
        let wide = match bytes.get(4)? {
            1 => false,
            2 => true,
            _ => return None,
        };
        let big = match bytes.get(5)? {
            1 => false,
            2 => true,
            _ => return None,
        };
        Some(Layout { bytes, wide, big })
    }

    pub fn word_size(&self) -> u64 {
        if self.wide { 8 } else { 4 }
    }

    pub fn u16(&self, at: u64) -> Option<u16> {
        let two = field::array(self.bytes, at)?;
        Some(if self.big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
    }

    pub fn u32(&self, at: u64) -> Option<u32> {
        let four = field::array(self.bytes, at)?;
        Some(if self.big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
    }

    pub fn u64(&self, at: u64) -> Option<u64> {
        let eight = field::array(self.bytes, at)?;
        Some(if self.big { u64::from_be_bytes(eight) } else { u64::from_le_bytes(eight) })
    }

    /// An address-sized integer.
    pub fn word(&self, at: u64) -> Option<u64> {
        if self.wide { self.u64(at) } else { self.u32(at).map(u64::from) }
    }

    /// An offset into the ELF header that differs between the classes.
    pub fn header(&self, narrow: u64, wide: u64) -> u64 {
        if self.wide { wide } else { narrow }
    }

    /// `e_type` as text.
    pub fn kind(&self) -> String {
        match self.u16(16).unwrap_or(0) {
            1 => "relocatable".to_owned(),
            2 => "executable".to_owned(),
            3 => "shared".to_owned(),
            4 => "core".to_owned(),
            other => format!("{other:#x}"),
        }
    }

    /// Whether this is a relocatable object: its symbol table stands in for a dynamic one.
    pub fn is_relocatable(&self) -> bool {
        self.u16(16) == Some(1)
    }

    /// `e_machine` as text.
    pub fn machine(&self) -> String {
        let name = match self.u16(18).unwrap_or(0) {
            3 => "x86",
            8 => "mips",
            20 => "powerpc",
            21 => "powerpc64",
            22 => "s390",
            40 => "arm",
            43 => "sparc64",
            50 => "ia64",
            62 => "x86-64",
            183 => "aarch64",
            243 => "riscv",
            247 => "bpf",
            258 => "loongarch",
            other => return format!("{other:#x}"),
        };
        name.to_owned()
    }

    /// The program headers, claimed.
    pub fn segments(&self, builder: &mut Builder<'_>, claimed: &mut Claimed) -> Vec<Segment> {
        let table = self.word(self.header(28, 32)).unwrap_or(0);
        let size = u64::from(self.u16(self.header(42, 54)).unwrap_or(0));
        let mut count = u64::from(self.u16(self.header(44, 56)).unwrap_or(0));
        if count == 0xffff {
            // PN_XNUM: the real count is in the first section header's sh_info.
            let sections = self.word(self.header(32, 40)).unwrap_or(0);
            count = self.u32(sections.saturating_add(self.header(28, 44))).map_or(count, u64::from);
        }
        let least = self.header(32, 56);
        if count > 0 && size < least {
            builder
                .problem(format!("program headers of {size} bytes where {least} are needed: none was read"));
            return Vec::new();
        }
        let mut segments = Vec::new();
        for index in 0..count {
            let Some(at) = index.checked_mul(size).and_then(|offset| table.checked_add(offset)) else {
                break;
            };
            let Some(segment) = self.segment(at) else {
                builder.problem(format!("{} of {count} program headers lie beyond the end", count - index));
                break;
            };
            let name = format!("program header {} {}", index + 1, segment.name());
            builder.claim(at, size, Role::Header, name);
            claimed.add(at, size);
            if segment.offset.saturating_add(segment.file_size) > builder.size() {
                let problem = format!("segment {} {} reaches beyond the end", index + 1, segment.name());
                builder.problem(problem);
            }
            if segment.is_load() && segment.is_executable() && segment.flags & 2 != 0 {
                builder.problem(format!("segment {} is writable and executable", index + 1));
            }
            segments.push(segment);
        }
        segments
    }

    fn segment(&self, at: u64) -> Option<Segment> {
        field::slice(self.bytes, at, self.header(32, 56))?;
        Some(Segment {
            kind: self.u32(at)?,
            flags: self.u32(at + self.header(24, 4))?,
            offset: self.word(at + self.header(4, 8))?,
            address: self.word(at + self.header(8, 16))?,
            file_size: self.word(at + self.header(16, 32))?,
            align: self.word(at + self.header(28, 48))?,
        })
    }
}

impl Segment {
    pub fn is_load(&self) -> bool {
        self.kind == 1
    }

    pub fn is_dynamic(&self) -> bool {
        self.kind == 2
    }

    pub fn is_interpreter(&self) -> bool {
        self.kind == 3
    }

    fn is_relro(&self) -> bool {
        self.kind == 0x6474_e552
    }

    pub fn is_executable(&self) -> bool {
        self.flags & 1 != 0
    }

    pub fn range(&self) -> Range<u64> {
        self.offset..self.offset.saturating_add(self.file_size)
    }

    fn name(&self) -> String {
        let name = match self.kind {
            0 => "null",
            1 => "load",
            2 => "dynamic",
            3 => "interp",
            4 => "note",
            5 => "shlib",
            6 => "phdr",
            7 => "tls",
            0x6474_e550 => "gnu-eh-frame",
            0x6474_e551 => "gnu-stack",
            0x6474_e552 => "gnu-relro",
            0x6474_e553 => "gnu-property",
            other => return format!("{other:#x}"),
        };
        name.to_owned()
    }
}
