//! A dynamic x86-64 ELF file as its loader and its section headers both describe it; refused where they do not agree.

/// The file, read.
pub struct Image<'a> {
    /// The sections, in the order of their headers.
    pub sections: Vec<Section<'a>>,
    /// The program headers.
    pub segments: Vec<Segment>,
    /// Where execution starts; 0 where nowhere.
    pub entry: u64,
    /// Offset of the section headers.
    pub table: u64,
    /// Offset of the program headers.
    pub segment_table: u64,
}

/// A section.
pub struct Section<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// `sh_type`.
    pub kind: u32,
    /// `sh_flags`.
    pub flags: u64,
    /// Where it is mapped.
    pub address: u64,
    /// Where it stands in the file.
    pub offset: u64,
    /// Bytes, in memory.
    pub size: u64,
    /// Its bytes in the file; none for `SHT_NOBITS`.
    pub content: &'a [u8],
    /// What must be equal on both sides: name's place, type, flags, link, info, alignment, entry size.
    pub fixed: [u64; 7],
}

/// A program header.
#[derive(Clone, Copy)]
pub struct Segment {
    /// `p_type` and `p_flags`.
    pub kind: u32,
    pub flags: u32,
    pub offset: u64,
    pub address: u64,
    pub physical: u64,
    pub file_size: u64,
    pub memory_size: u64,
    pub align: u64,
}

pub const LOAD: u32 = 1;
pub const DYNAMIC_SEGMENT: u32 = 2;
pub const EH_FRAME_SEGMENT: u32 = 0x6474_e550;
pub const PROGBITS: u32 = 1;
pub const SYMTAB: u32 = 2;
pub const RELA: u32 = 4;
pub const NOTE: u32 = 7;
pub const NOBITS: u32 = 8;
pub const DYNSYM: u32 = 11;
pub const DYNAMIC: u32 = 6;
const WRITE: u64 = 1;
const ALLOC: u64 = 2;
const EXECINSTR: u64 = 4;
const TLS: u64 = 0x400;

/// Sections and program headers looked at.
const MOST: (usize, usize) = (4096, 64);

impl<'a> Image<'a> {
    /// The file, if it is a position-independent program or library for x86-64 whose two descriptions agree.
    ///
    /// # Errors
    /// A sentence fragment: why not.
    pub fn read(bytes: &'a [u8]) -> Result<Image<'a>, &'static str> {
        if !bytes.starts_with(b"\x7fELF\x02\x01") || u16_at(bytes, 18) != Some(62) {
            return Err("it is not an ELF file for x86-64");
        }
        if u16_at(bytes, 16) != Some(3) {
            return Err("it is not position-independent: an address in it cannot be told from a number");
        }
        Image::tables(bytes).ok_or("its headers lead outside the file")?.agreeing()
    }

    fn tables(bytes: &'a [u8]) -> Option<Image<'a>> {
        let (entry, segment_table, table) = (u64_at(bytes, 24)?, u64_at(bytes, 32)?, u64_at(bytes, 40)?);
        let half = |at: u64| u16_at(bytes, at).map(u64::from);
        let (segment_count, section_count, names) = (half(56)?, half(60)?, half(62)?);
        if half(54)? != 56
            || half(58)? != 64
            || section_count as usize > MOST.0
            || segment_count as usize > MOST.1
        {
            return None;
        }
        let segments = (0..segment_count).map(|index| {
            let at = segment_table.checked_add(index * 56)?;
            Some(Segment {
                kind: u32_at(bytes, at)?,
                flags: u32_at(bytes, at.checked_add(4)?)?,
                offset: u64_at(bytes, at.checked_add(8)?)?,
                address: u64_at(bytes, at.checked_add(16)?)?,
                physical: u64_at(bytes, at.checked_add(24)?)?,
                file_size: u64_at(bytes, at.checked_add(32)?)?,
                memory_size: u64_at(bytes, at.checked_add(40)?)?,
                align: u64_at(bytes, at.checked_add(48)?)?,
            })
        });
        let segments = segments.collect::<Option<Vec<_>>>()?;
        let place = |index: u64| -> Option<(u64, u64)> {
            let at = table.checked_add(index * 64)?;
            Some((u64_at(bytes, at.checked_add(24)?)?, u64_at(bytes, at.checked_add(32)?)?))
        };
        let strings = place(names).and_then(|(offset, size)| slice(bytes, offset, size))?;
        let sections = (0..section_count).map(|index| {
            let at = table.checked_add(index * 64)?;
            let name_at = u32_at(bytes, at)?;
            let (offset, size) = place(index)?;
            let word = |delta: u64| u64_at(bytes, at.checked_add(delta)?);
            let half = |delta: u64| u32_at(bytes, at.checked_add(delta)?);
            let kind = half(4)?;
            let flags = word(8)?;
            let name = strings.get(usize::try_from(name_at).ok()?..)?;
            let name = name.get(..memchr::memchr(0, name)?)?;
            let content = if kind == NOBITS || kind == 0 { &[][..] } else { slice(bytes, offset, size)? };
            let fixed = [
                u64::from(name_at),
                u64::from(kind),
                flags,
                u64::from(half(40)?),
                u64::from(half(44)?),
                word(48)?,
                word(56)?,
            ];
            Some(Section { name, kind, flags, address: word(16)?, offset, size, content, fixed })
        });
        let sections = sections.collect::<Option<Vec<_>>>()?;
        Some(Image { sections, segments, entry, table, segment_table })
    }

    /// Whether what is mapped is what the sections say, once and in order.
    fn agreeing(self) -> Result<Image<'a>, &'static str> {
        let mut end_of_file_part = 0;
        let mut end_of_memory_part = 0;
        for section in self.sections.iter().filter(|section| section.size > 0 && section.kind != 0) {
            if !section.content.is_empty() {
                if section.offset < end_of_file_part {
                    return Err("sections overlap or stand out of order");
                }
                end_of_file_part = section.offset.saturating_add(section.size);
            }
            if !section.is_mapped() {
                continue;
            }
            if section.address < end_of_memory_part {
                return Err("sections overlap in memory or stand out of order");
            }
            end_of_memory_part = section.address.saturating_add(section.size);
            if section.flags & !(WRITE | ALLOC | EXECINSTR | 0x10 | 0x20 | 0x40 | TLS) != 0 {
                return Err("a section has flags that are not known here");
            }
            let loads = self.segments.iter().filter(|segment| segment.kind == LOAD);
            let mut holding = loads.filter(|segment| {
                let end = segment.address.saturating_add(segment.memory_size);
                section.address < end && segment.address < section.address.saturating_add(section.size)
            });
            let (Some(segment), None) = (holding.next(), holding.next()) else {
                return Err("a section is not mapped by exactly one segment");
            };
            if !section.stands_in(segment) {
                return Err("a section is not mapped as its header says");
            }
        }
        Ok(self)
    }

    /// The one section of this name.
    pub fn named(&self, name: &str) -> Option<&Section<'a>> {
        let mut of_that_name = self.sections.iter().filter(|section| section.name == name.as_bytes());
        of_that_name.next().filter(|_| of_that_name.next().is_none())
    }

    /// Indices of the mapped sections that start within the segment.
    pub fn covered(&self, segment: &Segment) -> Vec<usize> {
        let end = segment.address.saturating_add(segment.memory_size);
        let within = |section: &Section<'_>| {
            section.is_mapped() && section.size > 0 && (segment.address..end).contains(&section.address)
        };
        let sections = self.sections.iter().enumerate();
        sections.filter(|(_, section)| within(section)).map(|(index, _)| index).collect()
    }
}

impl Section<'_> {
    /// Whether it takes up room in memory of its own; the zeros of thread-local storage do not.
    pub fn is_mapped(&self) -> bool {
        self.flags & ALLOC != 0 && !(self.flags & TLS != 0 && self.kind == NOBITS)
    }

    /// Whether it is mapped executable.
    pub fn is_code(&self) -> bool {
        self.is_mapped() && self.flags & EXECINSTR != 0
    }

    /// Whether it is read-only data, which alone may have strings of another length.
    pub fn is_constant(&self) -> bool {
        self.kind == PROGBITS && self.flags & !(0x10 | 0x20) == ALLOC
    }

    /// Where it ends in memory.
    pub fn end(&self) -> u64 {
        self.address.saturating_add(self.size)
    }

    fn stands_in(&self, segment: &Segment) -> bool {
        let within =
            |size: u64| self.address >= segment.address && self.end() <= segment.address.saturating_add(size);
        let executable = segment.flags & 1 != 0;
        let writable = segment.flags & 2 != 0;
        let by_file = self.kind == NOBITS
            || (within(segment.file_size)
                && self.address.wrapping_sub(self.offset) == segment.address.wrapping_sub(segment.offset));
        within(segment.memory_size)
            && by_file
            && executable == (self.flags & EXECINSTR != 0)
            && !(executable && writable)
    }
}

/// A slice by offset and size.
pub fn slice(bytes: &[u8], offset: u64, size: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    bytes.get(start..start.checked_add(usize::try_from(size).ok()?)?)
}

/// A little-endian integer at `at`.
pub fn u16_at(bytes: &[u8], at: u64) -> Option<u16> {
    Some(u16::from_le_bytes(slice(bytes, at, 2)?.try_into().ok()?))
}

/// A little-endian integer at `at`.
pub fn u32_at(bytes: &[u8], at: u64) -> Option<u32> {
    Some(u32::from_le_bytes(slice(bytes, at, 4)?.try_into().ok()?))
}

/// A little-endian integer at `at`.
pub fn u64_at(bytes: &[u8], at: u64) -> Option<u64> {
    Some(u64::from_le_bytes(slice(bytes, at, 8)?.try_into().ok()?))
}
