//! Programs: ELF, PE, Mach-O, bytecode.

/// A small 64-bit little-endian ELF file under construction.
pub struct Elf {
    pub code: Vec<u8>,
    pub data: Vec<u8>,
    /// Bytes between code and data, which no section has.
    pub between: Vec<u8>,
    pub build_id: [u8; 8],
    pub sections: bool,
    pub data_is_executable: bool,
    pub appended: Vec<u8>,
}

impl Default for Elf {
    fn default() -> Elf {
        Elf {
            code: vec![0xc3; 37],
            data: b"some data".to_vec(),
            between: vec![0; 11],
            build_id: *b"\x01\x02\x03\x04\x05\x06\x07\x08",
            sections: true,
            data_is_executable: false,
            appended: Vec::new(),
        }
    }
}

/// Two segments (code; data) and, with sections, `.text`, `.data`, `.note.gnu.build-id`, `.comment`,
/// `.gnu_debuglink` and `.shstrtab`.
pub fn elf(elf: &Elf) -> Vec<u8> {
    let text_at = 64 + 2 * 56;
    let data_at = text_at + elf.code.len() + elf.between.len();
    let mut bytes = vec![0; text_at];
    bytes.extend(&elf.code);
    bytes.extend(&elf.between);
    bytes.extend(&elf.data);
    let mut segments = Vec::new();
    let data_flags = if elf.data_is_executable { 7 } else { 6 };
    for (flags, at, len, align) in
        [(5u32, text_at, elf.code.len(), 16u64), (data_flags, data_at, elf.data.len(), 16)]
    {
        segments.extend(1u32.to_le_bytes());
        segments.extend(flags.to_le_bytes());
        for word in [at as u64, 0x40_0000 + at as u64, 0x40_0000 + at as u64, len as u64, len as u64, align] {
            segments.extend(word.to_le_bytes());
        }
    }
    let mut names = vec![0];
    let mut headers = vec![0; 64];
    let mut count = 1u16;
    let mut add = |name: &str, kind: u32, flags: u64, at: usize, len: usize, align: u64| {
        headers.extend((names.len() as u32).to_le_bytes());
        headers.extend(kind.to_le_bytes());
        for word in [flags, 0, at as u64, len as u64, 0, align, 0] {
            headers.extend(word.to_le_bytes());
        }
        names.extend(name.as_bytes());
        names.push(0);
        count += 1;
        names.len()
    };
    let mut table = 0u64;
    if elf.sections {
        add(".text", 1, 6, text_at, elf.code.len(), 16);
        add(".data", 1, 3, data_at, elf.data.len(), 16);
        while !bytes.len().is_multiple_of(4) {
            bytes.push(0);
        }
        let at = bytes.len();
        bytes.extend([4u32.to_le_bytes(), 8u32.to_le_bytes(), 3u32.to_le_bytes()].concat());
        bytes.extend(b"GNU\0");
        bytes.extend(elf.build_id);
        add(".note.gnu.build-id", 7, 0, at, bytes.len() - at, 4);
        let at = bytes.len();
        bytes.extend(b"GCC: (x) 12\0");
        add(".comment", 1, 0x30, at, bytes.len() - at, 1);
        let at = bytes.len();
        bytes.extend(b"x.debug\0\x01\x02\x03\x04");
        add(".gnu_debuglink", 1, 0, at, bytes.len() - at, 1);
        let at = bytes.len();
        let len = add(".shstrtab", 3, 0, at, 0, 1);
        let size_at = headers.len() - 32;
        headers[size_at..size_at + 8].copy_from_slice(&(len as u64).to_le_bytes());
        bytes.extend(&names);
        while !bytes.len().is_multiple_of(8) {
            bytes.push(0);
        }
        table = bytes.len() as u64;
        bytes.extend(&headers);
    }
    bytes.extend(&elf.appended);
    let mut header = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    header.extend([2u16.to_le_bytes(), 62u16.to_le_bytes()].concat());
    header.extend(1u32.to_le_bytes());
    for word in [0x40_0000 + text_at as u64, 64, table] {
        header.extend(word.to_le_bytes());
    }
    header.extend(0u32.to_le_bytes());
    let (entries, last) = if elf.sections { (count, count - 1) } else { (0, 0) };
    for half in [64u16, 56, 2, 64, entries, last] {
        header.extend(half.to_le_bytes());
    }
    bytes[..64].copy_from_slice(&header);
    bytes[64..text_at].copy_from_slice(&segments);
    bytes
}

/// A small PE32+ image under construction.
#[derive(Default)]
pub struct Pe {
    pub overlay: Vec<u8>,
    /// The certificate table, with a valid digest wherever it holds the place for one.
    pub certificate: Option<Vec<u8>>,
    pub after: Vec<u8>,
    /// What the byte after the code in its section's padding is.
    pub pad: u8,
}

/// One section `.text` of code and one `.rdata` with an export directory, a debug entry and an import.
pub fn pe(pe: &Pe) -> Vec<u8> {
    let mut rdata = vec![0; 0x200];
    let put =
        |at: usize, value: u32, rdata: &mut Vec<u8>| rdata[at..at + 4].copy_from_slice(&value.to_le_bytes());
    // Import descriptor at 0, its thunks at 0x40, hint and name at 0x60, the library at 0x70.
    put(0, 0x2040, &mut rdata);
    put(12, 0x2070, &mut rdata);
    put(16, 0x2040, &mut rdata);
    put(0x40, 0x2060, &mut rdata);
    rdata[0x62..0x6a].copy_from_slice(b"connect\0");
    rdata[0x70..0x7b].copy_from_slice(b"ws2_32.dll\0");
    // Debug directory at 0x80, its data at 0xa0.
    put(0x84, 0x6543_2100, &mut rdata);
    put(0x8c, 2, &mut rdata);
    put(0x90, 24 + 6, &mut rdata);
    put(0x94, 0x20a0, &mut rdata);
    put(0x98, 0x4a0, &mut rdata);
    rdata[0xa0..0xa4].copy_from_slice(b"RSDS");
    rdata[0xb8..0xbe].copy_from_slice(b"x.pdb\0");
    let mut bytes = b"MZ".to_vec();
    bytes.resize(60, 0);
    bytes.extend(0x80u32.to_le_bytes());
    bytes.resize(0x80, 0xcc);
    bytes.extend(b"PE\0\0");
    bytes.extend([0x8664u16.to_le_bytes(), 2u16.to_le_bytes()].concat());
    bytes.extend(0x6543_2100u32.to_le_bytes());
    bytes.extend([0; 8]);
    bytes.extend([240u16.to_le_bytes(), 0x22u16.to_le_bytes()].concat());
    let optional = bytes.len();
    bytes.resize(optional + 240, 0);
    bytes[optional..optional + 4].copy_from_slice(&[0x0b, 2, 14, 1]);
    bytes[optional + 32..optional + 36].copy_from_slice(&0x1000u32.to_le_bytes());
    bytes[optional + 36..optional + 40].copy_from_slice(&0x200u32.to_le_bytes());
    bytes[optional + 60..optional + 64].copy_from_slice(&0x200u32.to_le_bytes());
    bytes[optional + 108..optional + 112].copy_from_slice(&16u32.to_le_bytes());
    for (index, address, size) in [(1usize, 0x2000u32, 40u32), (6, 0x2080, 28)] {
        let at = optional + 112 + index * 8;
        bytes[at..at + 4].copy_from_slice(&address.to_le_bytes());
        bytes[at + 4..at + 8].copy_from_slice(&size.to_le_bytes());
    }
    for (name, virtual_size, address, offset, flags) in [
        (b".text\0\0\0", 0x123u32, 0x1000u32, 0x200u32, 0x6000_0020u32),
        (b".rdata\0\0", 0x200, 0x2000, 0x400, 0x4000_0040),
    ] {
        bytes.extend(name);
        for word in [virtual_size, address, 0x200, offset, 0, 0, 0, flags] {
            bytes.extend(word.to_le_bytes());
        }
    }
    bytes.resize(0x200, 0);
    bytes.resize(0x200 + 0x123, 0xc3);
    bytes.push(pe.pad);
    bytes.resize(0x400, 0);
    bytes.extend(rdata);
    bytes.extend(&pe.overlay);
    if let Some(certificate) = &pe.certificate {
        while !bytes.len().is_multiple_of(8) {
            bytes.push(0);
        }
        let at = optional + 112 + 4 * 8;
        let start = bytes.len() as u32;
        bytes[at..at + 4].copy_from_slice(&start.to_le_bytes());
        bytes[at + 4..at + 8].copy_from_slice(&(certificate.len() as u32).to_le_bytes());
        bytes.extend(certificate);
    }
    bytes.extend(&pe.after);
    if pe.certificate.is_some() {
        use sha2::Digest;
        let mut digest = sha2::Sha256::new();
        for range in pellucid::formats::pe::authenticode::covered(&bytes).unwrap() {
            digest.update(&bytes[range.start as usize..range.end as usize]);
        }
        let digest = digest.finalize();
        if let Some(place) = bytes.windows(32).rposition(|window| window == [0xd1; 32]) {
            bytes[place..place + 32].copy_from_slice(&digest);
        }
    }
    let sum = bytes.chunks(2).fold(0u32, |sum, pair| {
        let word = u32::from(pair[0]) | u32::from(*pair.get(1).unwrap_or(&0)) << 8;
        let sum = sum + word;
        (sum & 0xffff) + (sum >> 16)
    });
    let sum = (sum & 0xffff) + (sum >> 16) + bytes.len() as u32;
    bytes[optional + 64..optional + 68].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// A certificate table of one entry: PKCS#7 data cut down to what states the image's digest, then `tail`, the
/// whole padded to `align`.
pub fn certificate(align: usize, tail: &[u8]) -> Vec<u8> {
    let der = |tag: u8, content: &[u8]| [&[tag, 0x81, content.len() as u8][..], content].concat();
    let algorithm = der(0x30, &der(6, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]));
    let info = der(0x30, &[algorithm, der(4, &[0xd1; 32])].concat());
    let indirect = der(0x30, &[der(0x30, &[5, 0]), info].concat());
    let content = der(0x30, &[der(6, &[0x2b, 6]), der(0xa0, &indirect)].concat());
    let signed = der(0x30, &[der(2, &[1]), der(0x31, &[]), content].concat());
    let pkcs7 = der(0x30, &[der(6, &[0x2a]), der(0xa0, &signed)].concat());
    let mut table = (pkcs7.len() as u32 + 8 + tail.len() as u32).to_le_bytes().to_vec();
    table.extend([0, 2, 2, 0]);
    table.extend(pkcs7);
    table.extend(tail);
    while !table.len().is_multiple_of(align) {
        table.push(0);
    }
    table
}

/// A 64-bit little-endian Mach-O image: `__TEXT,__text` behind `slack`, a UUID, a library, symbols and a code
/// signature.
pub fn macho(slack: &[u8]) -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let commands_size = 152 + 24 + 48 + 24 + 16;
    let text = 32 + commands_size + slack.len();
    let symbols = text + 8;
    let strings = symbols + 16;
    let signature = strings + 12;
    let end = signature + 16;
    let mut bytes = words(&[0xfeed_facf, 0x0100_0007, 3, 2, 5, commands_size as u32, 0, 0]);
    bytes.extend(words(&[0x19, 152]));
    bytes.extend(b"__TEXT\0\0\0\0\0\0\0\0\0\0");
    bytes.extend(words(&[0, 1, end as u32, 0, 0, 0, end as u32, 0, 5, 5, 1, 0]));
    bytes.extend(b"__text\0\0\0\0\0\0\0\0\0\0__TEXT\0\0\0\0\0\0\0\0\0\0");
    bytes.extend(words(&[text as u32, 1, 8, 0, text as u32, 0, 0, 0, 0x8000_0400, 0, 0, 0]));
    bytes.extend(words(&[0x1b, 24]));
    bytes.extend([0xab; 16]);
    bytes.extend(words(&[0xc, 48, 24, 2, 1, 1]));
    bytes.extend(b"/usr/lib/libSystem.dylib");
    bytes.extend(words(&[0x2, 24, symbols as u32, 1, strings as u32, 12]));
    bytes.extend(words(&[0x1d, 16, signature as u32, 16]));
    bytes.extend(slack);
    bytes.extend([0xc3; 8]);
    bytes.extend(words(&[1, 1, 0, 0]));
    bytes.extend(b"\0_connect\0\0\0");
    bytes.truncate(signature);
    bytes.extend([0xfa, 0xde, 0x0c, 0xc0, 0, 0, 0, 12, 0, 0, 0, 0]);
    bytes.extend([0; 4]);
    bytes
}

/// A fat file of one image.
pub fn fat_macho() -> Vec<u8> {
    fat_macho_of(&[(0x0100_0007, macho(b""))], 5)
}

/// A fat file of these images of the x86 family (7, or 0x0100_0007), aligned to a power of two.
pub fn fat_macho_of(images: &[(u32, Vec<u8>)], align: u32) -> Vec<u8> {
    let mut at = 8 + 20 * images.len();
    let mut bytes = [0xcafe_babeu32, images.len() as u32].map(u32::to_be_bytes).concat();
    for (machine, image) in images {
        at = at.next_multiple_of(1 << align);
        for word in [*machine, 3, at as u32, image.len() as u32, align] {
            bytes.extend(word.to_be_bytes());
        }
        at += image.len();
    }
    for (_, image) in images {
        bytes.resize(bytes.len().next_multiple_of(1 << align), 0);
        bytes.extend(image);
    }
    bytes
}

/// A class `A` that calls `java/net/Socket.connect`, with one method and a `SourceFile`.
pub fn class() -> Vec<u8> {
    class_with(&[], &[])
}

/// The same class with more texts in its constant pool, from 13 on, and more attributes behind `SourceFile`: the
/// number of the text that names them, and what they hold.
pub fn class_with(more: &[&[u8]], attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let texts = ["A", "java/net/Socket", "connect", "()V", "run", "Code", "SourceFile", "A.java"];
    let text = |text: &[u8]| [&[1], &(text.len() as u16).to_be_bytes()[..], text].concat();
    let mut bytes = vec![0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61];
    bytes.extend(((texts.len() + 5 + more.len()) as u16).to_be_bytes());
    texts.iter().for_each(|one| bytes.extend(text(one.as_bytes())));
    // 9: class A; 10: class Socket; 11: connect()V; 12: Socket.connect.
    bytes.extend([7, 0, 1, 7, 0, 2, 12, 0, 3, 0, 4, 10, 0, 10, 0, 11]);
    more.iter().for_each(|one| bytes.extend(text(one)));
    bytes.extend([0, 0x21, 0, 9, 0, 10, 0, 0]);
    bytes.extend([0, 0]);
    bytes.extend([0, 1, 0, 1, 0, 5, 0, 4, 0, 1, 0, 6, 0, 0, 0, 3, 0xb8, 0, 12]);
    bytes.extend((attributes.len() as u16 + 1).to_be_bytes());
    bytes.extend([0, 7, 0, 0, 0, 2, 0, 8]);
    for (name, data) in attributes {
        bytes.extend(name.to_be_bytes());
        bytes.extend((data.len() as u32).to_be_bytes());
        bytes.extend(*data);
    }
    bytes
}

/// A bytecode file of Python 3.11 with `flags`.
pub fn pyc(flags: u8) -> Vec<u8> {
    let mut bytes = 3495u16.to_le_bytes().to_vec();
    bytes.extend(b"\r\n");
    bytes.extend([flags, 0, 0, 0, 1, 2, 3, 4, 9, 0, 0, 0]);
    bytes.extend(b"\xe3marshalled");
    bytes
}

/// A module with an import, code and two custom sections.
pub fn wasm() -> Vec<u8> {
    wasm_of(&wasm_sections())
}

/// A section of a module: its number, and what it holds.
pub type WasmSection = (u8, Vec<u8>);

/// The sections of that module.
pub fn wasm_sections() -> Vec<WasmSection> {
    vec![
        (1, vec![1, 0x60, 0, 0]),
        (2, b"\x01\x03env\x07connect\0\0".to_vec()),
        (7, b"\x01\x03run\0\0".to_vec()),
        (10, vec![1, 2, 0, 0x0b]),
        (0, b"\x09producers\0".to_vec()),
        (0, b"\x05otherpayload".to_vec()),
    ]
}

/// A module of these sections, each shorter than 128 bytes.
pub fn wasm_of(sections: &[WasmSection]) -> Vec<u8> {
    let section = |(id, content): &WasmSection| [&[*id, content.len() as u8][..], content].concat();
    [b"\0asm\x01\0\0\0".to_vec(), sections.iter().flat_map(section).collect()].concat()
}
