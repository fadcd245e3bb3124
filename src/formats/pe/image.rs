//! The headers of a PE image as values, and the map from addresses to the file.

use crate::formats::field;
use crate::model::Role;

/// Index of the certificate table among the data directories; its address is a file offset.
pub const SECURITY: u64 = 4;
pub const EXPORT: u64 = 0;
pub const IMPORT: u64 = 1;
pub const RESOURCE: u64 = 2;
pub const DEBUG: u64 = 6;
pub const LOAD_CONFIG: u64 = 10;
pub const DELAY_IMPORT: u64 = 13;
pub const CLR: u64 = 14;

/// Sections read at most. Windows loads 96, or 65,535 since Vista, of which no linker makes use; the bytes of
/// any others are an overlay here.
const SECTIONS: u64 = 4096;

/// A PE image's headers, read.
pub struct Image<'a> {
    pub bytes: &'a [u8],
    /// Offset of `PE\0\0`.
    pub pe: u64,
    /// Offset of the optional header.
    pub optional: u64,
    /// PE32+.
    pub wide: bool,
    /// Offset and number of the data directories.
    pub directories: u64,
    pub directory_count: u64,
    pub section_table: u64,
    pub sections: Vec<Section>,
    pub headers_size: u64,
    /// Offset and number of COFF symbols.
    pub symbols: (u64, u64),
}

/// A section header, read.
pub struct Section {
    pub header: u64,
    pub name: Vec<u8>,
    pub virtual_size: u32,
    pub address: u64,
    pub size: u64,
    pub offset: u64,
    flags: u32,
}

impl<'a> Image<'a> {
    /// The image in `bytes`, if there is one.
    pub fn read(bytes: &'a [u8]) -> Option<Image<'a>> {
        if !bytes.starts_with(b"MZ") {
            return None;
        }
        let pe = u64::from(field::le32(bytes, 60)?);
        if pe < 64 || field::slice(bytes, pe, 4)? != b"PE\0\0" {
            return None;
        }
        let coff = pe + 4;
        let count = u64::from(field::le16(bytes, coff + 2)?);
        let optional_size = u64::from(field::le16(bytes, coff + 16)?);
        let optional = coff + 20;
        let wide = match field::le16(bytes, optional)? {
            0x10b => false,
            0x20b => true,
            _ => return None,
        };
        let fixed = if wide { 112 } else { 96 };
        let directories = optional + fixed;
        let stated = u64::from(field::le32(bytes, directories - 4)?);
        let directory_count = stated.min(16).min(optional_size.saturating_sub(fixed) / 8);
        let symbols = (u64::from(field::le32(bytes, coff + 8)?), u64::from(field::le32(bytes, coff + 12)?));
        let section_table = optional + optional_size;
        let sections = (0..count.min(SECTIONS))
            .map_while(|index| Section::read(bytes, section_table + index * 40, symbols))
            .collect();
        let headers_size = u64::from(field::le32(bytes, optional + 60)?);
        Some(Image {
            bytes,
            pe,
            optional,
            wide,
            directories,
            directory_count,
            section_table,
            sections,
            headers_size,
            symbols,
        })
    }

    /// Address and size of a data directory, if it has any.
    pub fn directory(&self, index: u64) -> Option<(u64, u64)> {
        if index >= self.directory_count {
            return None;
        }
        let at = self.directories + index * 8;
        let address = u64::from(field::le32(self.bytes, at)?);
        let size = u64::from(field::le32(self.bytes, at + 4)?);
        (address != 0 && size != 0).then_some((address, size))
    }

    /// Where the loader takes the byte at `address` from.
    pub fn offset(&self, address: u64) -> Option<u64> {
        let found = self.sections.iter().find_map(|section| {
            let within = address.checked_sub(section.address)?;
            (within < section.size).then(|| section.offset + within)
        });
        found.or_else(|| (address < self.headers_size).then_some(address))
    }

    /// The text at `address`, bounded.
    pub fn text(&self, address: u64) -> Option<&'a [u8]> {
        let at = self.offset(address)?;
        Some(field::until_nul(field::clamped(self.bytes, at..at.saturating_add(4096))))
    }

    /// The machine as text.
    pub fn machine(&self) -> String {
        let name = match field::le16(self.bytes, self.pe + 4).unwrap_or(0) {
            0x14c => "x86",
            0x8664 => "x86-64",
            0x1c0 | 0x1c4 => "arm",
            0xaa64 => "aarch64",
            0x5064 => "riscv64",
            other => return format!("{other:#x}"),
        };
        name.to_owned()
    }
}

impl Section {
    fn read(bytes: &[u8], at: u64, symbols: (u64, u64)) -> Option<Section> {
        let raw = field::until_nul(field::slice(bytes, at, 8)?);
        let long =
            raw.strip_prefix(b"/").and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u64>().ok());
        let name = match long {
            // A name longer than eight bytes stands in the string table behind the symbols.
            Some(offset) if symbols.0 != 0 => {
                let start = symbols.0.saturating_add(symbols.1 * 18).saturating_add(offset);
                field::until_nul(field::clamped(bytes, start..start.saturating_add(200)))
            }
            _ => raw,
        };
        Some(Section {
            header: at,
            name: if name.is_empty() { raw.to_vec() } else { name.to_vec() },
            virtual_size: field::le32(bytes, at + 8)?,
            address: u64::from(field::le32(bytes, at + 12)?),
            size: u64::from(field::le32(bytes, at + 16)?),
            offset: u64::from(field::le32(bytes, at + 20)?),
            flags: field::le32(bytes, at + 36)?,
        })
    }

    pub fn is_writable(&self) -> bool {
        self.flags & 0x8000_0000 != 0
    }

    /// What may stand in the section: code if it says so or may be executed, debug information by its name.
    pub fn role(&self) -> Role {
        if self.flags & 0x2000_0020 != 0 {
            return Role::Code;
        }
        // Discardable sections alone are kept out of a running process; a `.debug_*` that is not is data.
        let discardable = self.flags & 0x0200_0000 != 0;
        match self.name.starts_with(b".debug") && discardable {
            true => Role::Debug,
            false => Role::Data,
        }
    }
}

/// A data directory's name.
pub fn directory_name(index: u64) -> &'static str {
    const NAMES: [&str; 16] = [
        "export",
        "import",
        "resource",
        "exception",
        "security",
        "relocation",
        "debug",
        "architecture",
        "global pointer",
        "tls",
        "load configuration",
        "bound import",
        "import addresses",
        "delay import",
        "clr",
        "reserved",
    ];
    usize::try_from(index).ok().and_then(|index| NAMES.get(index).copied()).unwrap_or("unknown")
}
