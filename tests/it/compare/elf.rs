//! A writer of small ELF64 files, field by field.

/// A section: name, type, flags, content, whether a segment maps it.
#[derive(Clone)]
pub struct Section {
    pub name: &'static str,
    pub kind: u32,
    pub flags: u64,
    pub data: Vec<u8>,
    pub align: u64,
}

/// Flags: allocated, executable, writable, merged strings.
pub const ALLOC: u64 = 2;
pub const EXEC: u64 = 4;
pub const WRITE: u64 = 1;
const STRINGS: u64 = 0x30;

fn section(name: &'static str, kind: u32, flags: u64, data: &[u8]) -> Section {
    Section { name, kind, flags, data: data.to_vec(), align: 16 }
}

/// An x86-64 program of two functions with data, strings, a build-id, `.comment` and debug strings.
pub fn sections() -> Vec<Section> {
    let mut note = vec![4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0];
    note.extend(b"GNU\0");
    note.extend([0xab; 20]);
    // push rbp; mov rbp,rsp; mov eax,0x7e6; pop rbp; ret — and one that calls it.
    let text = [
        0x55, 0x48, 0x89, 0xe5, 0xb8, 0xe6, 0x07, 0, 0, 0x5d, 0xc3, 0x90, 0x90, 0x90, 0x90, 0x90, 0xe8, 0xeb,
        0xff, 0xff, 0xff, 0xc3,
    ];
    vec![
        section(".note.gnu.build-id", 7, ALLOC, &note),
        section(".text", 1, ALLOC | EXEC, &text),
        section(".rodata", 1, ALLOC, b"https://example.com/update\0/build/app\0"),
        section(".data", 1, ALLOC | WRITE, &[1, 2, 3, 4, 5, 6, 7, 8]),
        section(".init_array", 14, ALLOC | WRITE, &[0x40, 0, 0, 0, 0, 0, 0, 0]),
        section(".comment", 1, STRINGS, b"GCC: (Debian 12.2.0-14) 12.2.0\0"),
        section(".debug_str", 1, STRINGS, b"main\0/build/app\0int\0"),
        section(
            ".gnu_debuglink",
            1,
            0,
            b"ababababababababababababababababababab.debug\0\0\0\0\x01\x02\x03\x04",
        ),
    ]
}

/// The file: header, two program headers (text; the rest), sections, names, section headers.
pub fn elf(sections: &[Section]) -> Vec<u8> {
    let mut names = vec![0u8];
    let mut out = vec![0u8; 64 + 2 * 56];
    let mut rows = vec![[0u64; 10]];
    let mut mapped = 0;
    let mut text = (0, 0);
    for section in sections {
        out.resize(out.len().next_multiple_of(section.align as usize), 0);
        let at = out.len() as u64;
        let name = names.len() as u64;
        names.extend(section.name.as_bytes());
        names.push(0);
        out.extend(&section.data);
        let size = section.data.len() as u64;
        let address = if section.flags & ALLOC != 0 { at } else { 0 };
        rows.push([name, u64::from(section.kind), section.flags, address, at, size, 0, 0, section.align, 0]);
        if section.flags & EXEC != 0 {
            text = (at, size);
        }
        if section.flags & ALLOC != 0 {
            mapped = out.len() as u64;
        }
    }
    let name = names.len() as u64;
    names.extend(b".shstrtab\0");
    rows.push([name, 3, 0, 0, out.len() as u64, names.len() as u64, 0, 0, 1, 0]);
    out.extend(&names);
    out.resize(out.len().next_multiple_of(8), 0);
    let table = out.len() as u64;
    for row in &rows {
        out.extend((row[0] as u32).to_le_bytes());
        out.extend((row[1] as u32).to_le_bytes());
        row[2..6].iter().for_each(|value| out.extend(value.to_le_bytes()));
        out.extend((row[6] as u32).to_le_bytes());
        out.extend((row[7] as u32).to_le_bytes());
        row[8..].iter().for_each(|value| out.extend(value.to_le_bytes()));
    }
    let mut header = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    header.extend(3u16.to_le_bytes());
    header.extend(62u16.to_le_bytes());
    header.extend(1u32.to_le_bytes());
    for value in [text.0, 64, table] {
        header.extend(value.to_le_bytes());
    }
    header.extend(0u32.to_le_bytes());
    for value in [64u16, 56, 2, 64, rows.len() as u16, rows.len() as u16 - 1] {
        header.extend(value.to_le_bytes());
    }
    for (flags, at, size) in [(5u32, text.0, text.1), (6, 0, mapped)] {
        header.extend(1u32.to_le_bytes());
        header.extend(flags.to_le_bytes());
        for value in [at, at, at, size, size, 16] {
            header.extend(value.to_le_bytes());
        }
    }
    out[..header.len()].copy_from_slice(&header);
    out
}
