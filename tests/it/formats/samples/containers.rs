//! Packages, disk images, data files.

use std::io::Write;

use super::gzip;

/// An lz4 frame with a content checksum.
pub fn lz4(content: &[u8]) -> Vec<u8> {
    let info = lz4_flex::frame::FrameInfo::new().content_checksum(true);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A cpio archive with hexadecimal headers.
pub fn cpio(magic: &[u8; 6], files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in files.iter().chain([&("TRAILER!!!", &b""[..])]) {
        let sum: u32 = content.iter().map(|byte| u32::from(*byte)).sum();
        let check = if magic == b"070702" { sum } else { 0 };
        bytes.extend(magic);
        let size = content.len() as u32;
        for field in [1, 0o100_644, 0, 0, 1, 1_700_000_000, size, 0, 0, 0, 0, name.len() as u32 + 1, check] {
            bytes.extend(format!("{field:08x}").bytes());
        }
        bytes.extend(name.as_bytes());
        bytes.push(0);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(*content);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// A cpio archive with octal headers.
pub fn odc_cpio() -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in [("link", &b"target"[..]), ("TRAILER!!!", b"")] {
        bytes.extend(b"070707");
        for field in [1, 1, 0o120_777, 0, 0, 1, 0] {
            bytes.extend(format!("{field:06o}").bytes());
        }
        bytes.extend(format!("{:011o}{:06o}{:011o}{name}\0", 7, name.len() + 1, content.len()).bytes());
        bytes.extend(content);
    }
    bytes
}

/// An rpm with a digest, a signature, a script, a build time and a gzip payload.
pub fn rpm() -> Vec<u8> {
    let payload = gzip(&cpio(b"070701", &[("./usr/bin/x", b"#!/bin/sh\n")]));
    rpm_of(&[(273, 6, b"00ff\0"), (268, 7, b"a signature")], &rpm_tags(), &payload)
}

/// A tag of an rpm header: its number, its type, its value.
pub type RpmTag<'a> = (u32, u32, &'a [u8]);

/// The main header of that rpm.
pub fn rpm_tags() -> Vec<RpmTag<'static>> {
    let tags: [RpmTag<'static>; 5] = [
        (1000, 6, b"name\0"),
        (1006, 4, &[0x65, 0x43, 0x21, 0]),
        (1007, 6, b"builder.example\0"),
        (1024, 6, b"exit 0\0"),
        (1125, 6, b"gzip\0"),
    ];
    tags.to_vec()
}

/// An rpm of these headers and this payload. A value of tag 0 stands in the store, and no entry names it.
pub fn rpm_of(signature: &[RpmTag<'_>], tags: &[RpmTag<'_>], payload: &[u8]) -> Vec<u8> {
    fn header(entries: &[RpmTag<'_>]) -> Vec<u8> {
        let (mut index, mut store) = (Vec::new(), Vec::<u8>::new());
        for (tag, kind, value) in entries {
            for word in [*tag, *kind, store.len() as u32, 1].iter().filter(|_| *tag > 0) {
                index.extend(word.to_be_bytes());
            }
            store.extend(*value);
        }
        let mut bytes = vec![0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0];
        bytes.extend((index.len() as u32 / 16).to_be_bytes());
        bytes.extend((store.len() as u32).to_be_bytes());
        bytes.extend(index);
        bytes.extend(store);
        bytes
    }
    let mut bytes = vec![0xed, 0xab, 0xee, 0xdb, 3];
    bytes.resize(96, 0);
    bytes.extend(header(signature));
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes.extend(header(tags));
    bytes.extend(payload);
    bytes
}

/// A PNG image with a time and a text.
pub fn png() -> Vec<u8> {
    png_of(&png_chunks())
}

/// A chunk of a PNG image: its type and what it holds.
pub type PngChunk<'a> = (&'a [u8; 4], &'a [u8]);

/// The chunks of that image: one grey pixel.
pub fn png_chunks() -> Vec<PngChunk<'static>> {
    let chunks: [PngChunk<'static>; 5] = [
        (b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]),
        (b"tIME", &[7, 0xe8, 1, 1, 0, 0, 0]),
        (b"tEXt", b"Comment\0hidden"),
        (b"IDAT", &[0x78, 0x9c, 0x63, 0, 0, 0, 2, 0, 1]),
        (b"IEND", b""),
    ];
    chunks.to_vec()
}

/// An image of these chunks, with right checksums.
pub fn png_of(chunks: &[PngChunk<'_>]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in chunks {
        bytes.extend((data.len() as u32).to_be_bytes());
        let start = bytes.len();
        bytes.extend(*kind);
        bytes.extend(*data);
        let crc = crc32fast::hash(&bytes[start..]);
        bytes.extend(crc.to_be_bytes());
    }
    bytes
}

/// A PDF file with dates, a producer and an id.
pub fn pdf() -> Vec<u8> {
    b"%PDF-1.5\n1 0 obj\n<< /CreationDate (D:20240101000000Z) /ModDate(D:20240101000000+01'00')\n\
      /Producer (pdfTeX-1.40) >>\nendobj\ntrailer\n<< /ID [<00ff> <00ff>] >>\nstartxref\n9\n%%EOF\n"
        .to_vec()
}

/// A database of one page, or of more with the last on the free list.
pub fn sqlite(pages: u32) -> Vec<u8> {
    let mut bytes = b"SQLite format 3\0".to_vec();
    bytes.extend([2, 0, 1, 1, 0, 64, 32, 32]);
    bytes.resize(96, 0);
    bytes.extend(3_045_001u32.to_be_bytes());
    bytes.resize(512 * pages as usize, 0);
    if pages > 1 {
        bytes[32..36].copy_from_slice(&pages.to_be_bytes());
        bytes[36..40].copy_from_slice(&1u32.to_be_bytes());
    }
    bytes
}

/// How the streams of a 7z archive are packed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Packed {
    /// LZMA2 alone, the header as it is.
    Lzma2,
    /// The same, by less effort.
    Lzma2Quickly,
    /// x86 branches turned, then LZMA; the header packed with LZMA too.
    BranchesAndLzma,
}

/// A 7z archive of these files in one folder, as 7-Zip writes it.
pub fn sevenz_of(files: &[(&str, &[u8])], packed: Packed) -> Vec<u8> {
    let content: Vec<u8> = files.iter().flat_map(|(_, content)| content.iter().copied()).collect();
    let streams = |at: u64, content: &[u8], coded: &(Vec<u8>, Vec<u8>), coders: u8, parts: Vec<u8>| {
        let mut out = vec![0x06];
        out.extend(number(at));
        out.extend([1, 0x09]);
        out.extend(number(coded.0.len() as u64));
        out.extend([0, 0x07, 0x0b, 1, 0, coders]);
        out.extend(&coded.1);
        out.push(0x0c);
        for _ in 0..coders {
            out.extend(number(content.len() as u64));
        }
        out.push(0);
        out.extend(parts);
        out.push(0);
        out
    };
    let coded = match packed {
        Packed::Lzma2 => lzma2(&content, 6),
        Packed::Lzma2Quickly => lzma2(&content, 0),
        Packed::BranchesAndLzma => lzma1(&content, true),
    };
    let mut parts = vec![0x08, 0x0d];
    parts.extend(number(files.len() as u64));
    parts.push(0x09);
    for (_, content) in files.iter().take(files.len() - 1) {
        parts.extend(number(content.len() as u64));
    }
    parts.extend([0x0a, 1]);
    for (_, content) in files {
        parts.extend(crc32fast::hash(content).to_le_bytes());
    }
    parts.push(0);
    let mut header = vec![0x01, 0x04];
    let coders = if packed == Packed::BranchesAndLzma { 2 } else { 1 };
    header.extend(streams(0, &content, &coded, coders, parts));
    header.push(0x05);
    header.extend(number(files.len() as u64));
    let names: Vec<u8> = files
        .iter()
        .flat_map(|(name, _)| name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes))
        .collect();
    header.push(0x11);
    header.extend(number(names.len() as u64 + 1));
    header.push(0);
    header.extend(names);
    header.extend([0, 0]);
    let mut body = coded.0;
    if packed == Packed::BranchesAndLzma {
        let coded = lzma1(&header, false);
        let mut outer = vec![0x17];
        outer.extend(streams(body.len() as u64, &header, &coded, 1, Vec::new()));
        body.extend(coded.0);
        header = outer;
    }
    let mut place = (body.len() as u64).to_le_bytes().to_vec();
    place.extend((header.len() as u64).to_le_bytes());
    place.extend(crc32fast::hash(&header).to_le_bytes());
    let mut out = b"7z\xbc\xaf\x27\x1c\0\x04".to_vec();
    out.extend(crc32fast::hash(&place).to_le_bytes());
    out.extend(place);
    out.extend(body);
    out.extend(header);
    out
}

/// 7z's numbers: the leading ones of the first byte count those that follow.
fn number(value: u64) -> Vec<u8> {
    match value {
        0..0x80 => vec![value as u8],
        0x80..0x4000 => vec![0x80 | (value >> 8) as u8, value as u8],
        0x4000..0x20_0000 => vec![0xc0 | (value >> 16) as u8, value as u8, (value >> 8) as u8],
        0x20_0000..0x1000_0000 => {
            vec![0xe0 | (value >> 24) as u8, value as u8, (value >> 8) as u8, (value >> 16) as u8]
        }
        _ => {
            let mut out = vec![0xf0];
            out.extend((value as u32).to_le_bytes());
            out
        }
    }
}

fn raw(filters: &liblzma::stream::Filters, content: &[u8]) -> Vec<u8> {
    use liblzma::stream::Action;
    let mut encoder = liblzma::stream::Stream::new_raw_encoder(filters).unwrap();
    let mut out = Vec::with_capacity(content.len() * 2 + 1000);
    encoder.process_vec(content, &mut out, Action::Finish).unwrap();
    out
}

/// The packed bytes and the coder as the header states it.
fn lzma2(content: &[u8], preset: u32) -> (Vec<u8>, Vec<u8>) {
    let mut filters = liblzma::stream::Filters::new();
    filters.lzma2(liblzma::stream::LzmaOptions::new_preset(preset).unwrap().dict_size(8 << 20));
    (raw(&filters, content), vec![0x21, 0x21, 1, 22])
}

fn lzma1(content: &[u8], branches: bool) -> (Vec<u8>, Vec<u8>) {
    let mut filters = liblzma::stream::Filters::new();
    if branches {
        filters.x86();
    }
    filters.lzma1(liblzma::stream::LzmaOptions::new_preset(6).unwrap().dict_size(8 << 20));
    let lzma = [0x23, 0x03, 0x01, 0x01, 5, 0x5d, 0, 0, 0x80, 0];
    let coders = match branches {
        // The input of the first is the output of the second.
        true => [&[0x04, 0x03, 0x03, 0x01, 0x03][..], &lzma, &[0, 1]].concat(),
        false => lzma.to_vec(),
    };
    (raw(&filters, content), coders)
}

/// An Apple disk image of one partition: a chunk as it is, one of zeros, one packed with zlib, one with bzip2.
pub fn dmg_of(plain: &[u8], packed: &[u8], level: u32) -> Vec<u8> {
    use base64::Engine;
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(packed).unwrap();
    let chunks = [(1u32, plain.to_vec()), (0, Vec::new()), (0x8000_0005, encoder.finish().unwrap())];
    let last = (0x8000_0006, super::bzip2(b"the last chunk"));
    let mut data = Vec::new();
    let mut table = b"mish\0\0\0\x01".to_vec();
    table.resize(204, 0);
    for (kind, bytes) in chunks.into_iter().chain([last, (0xffff_ffff, Vec::new())]) {
        table.extend(kind.to_be_bytes());
        table.extend([0; 20]);
        table.extend((data.len() as u64).to_be_bytes());
        table.extend((bytes.len() as u64).to_be_bytes());
        data.extend(bytes);
    }
    let table = base64::engine::general_purpose::STANDARD.encode(table);
    let list = format!(
        "<plist><dict><key>resource-fork</key><dict><key>blkx</key><array><dict><key>Data</key>\n<data>\n{table}\n\
         </data></dict></array></dict></dict></plist>"
    );
    let mut trailer = b"koly\0\0\0\x04\0\0\x02\0\0\0\0\x01".to_vec();
    trailer.resize(24, 0);
    trailer.extend(0u64.to_be_bytes());
    trailer.extend((data.len() as u64).to_be_bytes());
    trailer.resize(80, 0);
    trailer.extend([0, 0, 0, 2, 0, 0, 0, 32]);
    trailer.extend(crc32fast::hash(&data).to_be_bytes());
    trailer.resize(216, 0);
    trailer.extend((data.len() as u64).to_be_bytes());
    trailer.extend((list.len() as u64).to_be_bytes());
    trailer.resize(512, 0);
    [data, list.into_bytes(), trailer].concat()
}

/// A 7z archive's outside.
pub fn sevenz() -> Vec<u8> {
    let mut start = 4u64.to_le_bytes().to_vec();
    start.extend(2u64.to_le_bytes());
    start.extend(crc32fast::hash(&[1, 0]).to_le_bytes());
    let mut bytes = vec![b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, 0, 4];
    bytes.extend(crc32fast::hash(&start).to_le_bytes());
    bytes.extend(start);
    bytes.extend(b"pack");
    bytes.extend([1, 0]);
    bytes
}

/// A cabinet of one stored file.
pub fn cab() -> Vec<u8> {
    cab_of(0, &[("file.txt", b"cabinet content")], &[(b"cabinet content".to_vec(), 15)])
}

/// A cabinet of these files in one folder of these blocks, packed by `method`; a block is its bytes and the size of
/// what they hold.
pub fn cab_of(method: u8, files: &[(&str, &[u8])], blocks: &[(Vec<u8>, u16)]) -> Vec<u8> {
    let mut entries = Vec::new();
    let mut start = 0u32;
    for (name, content) in files {
        entries.extend((content.len() as u32).to_le_bytes());
        entries.extend(start.to_le_bytes());
        entries.extend([0, 0, 0x21, 0x58, 0, 0, 0x20, 0]);
        entries.extend(name.as_bytes());
        entries.push(0);
        start += content.len() as u32;
    }
    let data_at = 36 + 8 + entries.len() as u32;
    let size = data_at + blocks.iter().map(|(block, _)| 8 + block.len() as u32).sum::<u32>();
    let mut bytes = b"MSCF\0\0\0\0".to_vec();
    bytes.extend(size.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(44u32.to_le_bytes());
    bytes.extend([0, 0, 0, 0, 3, 1, 1, 0, files.len() as u8, 0, 0, 0, 7, 7, 0, 0]);
    bytes.extend(data_at.to_le_bytes());
    bytes.extend([blocks.len() as u8, 0, method, 0]);
    bytes.extend(entries);
    for (block, size) in blocks {
        let sizes = [(block.len() as u16).to_le_bytes(), size.to_le_bytes()].concat();
        let mut sum = 0u32;
        for chunk in block.chunks(4) {
            sum ^= match chunk {
                [a, b, c, d] => u32::from_le_bytes([*a, *b, *c, *d]),
                rest => rest.iter().fold(0, |last, byte| last << 8 | u32::from(*byte)),
            };
        }
        sum ^= u32::from_le_bytes(sizes.clone().try_into().unwrap());
        bytes.extend(sum.to_le_bytes());
        bytes.extend(sizes);
        bytes.extend(block);
    }
    bytes
}

/// A cabinet of two files over two blocks of method MSZIP, the second of which points back into the first.
pub fn cab_mszip() -> (Vec<u8>, Vec<u8>) {
    cab_mszip_at(9, 20_000)
}

/// The same at this level of effort, the first file of so many bytes.
pub fn cab_mszip_at(level: u32, first_file: usize) -> (Vec<u8>, Vec<u8>) {
    let content: Vec<u8> = (0..9000u32).flat_map(|n| (n * n % 7919).to_be_bytes()).collect();
    let (first, second) = content.split_at(32_768);
    let pack = |block: &[u8], before: &[u8]| {
        let mut encoder = flate2::Compress::new(flate2::Compression::new(level), false);
        if !before.is_empty() {
            encoder.set_dictionary(before).unwrap();
        }
        let mut packed = Vec::with_capacity(block.len() + 1000);
        encoder.compress_vec(block, &mut packed, flate2::FlushCompress::Finish).unwrap();
        [&b"CK"[..], &packed].concat()
    };
    let blocks = [(pack(first, &[]), first.len() as u16), (pack(second, first), second.len() as u16)];
    let (a, b) = content.split_at(first_file);
    (cab_of(1, &[("a.bin", a), ("b.bin", b)], &blocks), content)
}

/// A compound file: a stream of 5,000 bytes in scattered sectors, a small one in the mini stream, a digital
/// signature.
pub fn msi() -> Vec<u8> {
    // Sectors: 0 FAT, 1 directory, 2 mini FAT, 3 mini stream, 4..14 the large stream, in reverse from 9 on.
    let order: Vec<u32> = (4..9).chain((9..14).rev()).collect();
    let mut fat = vec![0xffff_ffffu32; 128];
    fat[0] = 0xffff_fffd;
    for end in [1, 2, 3] {
        fat[end] = 0xffff_fffe;
    }
    for pair in order.windows(2) {
        fat[pair[0] as usize] = pair[1];
    }
    fat[*order.last().unwrap() as usize] = 0xffff_fffe;
    let mut bytes = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    bytes.resize(24, 0);
    bytes.extend([0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0]);
    bytes.resize(44, 0);
    for word in [1u32, 1, 0, 4096, 2, 1, 0xffff_fffe, 0, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.resize(512, 0xff);
    bytes.extend(fat.iter().flat_map(|word| word.to_le_bytes()));
    for (name, kind, start, size) in [
        ("Root Entry", 5u8, 3u32, 128u64),
        ("Large", 2, 4, 5000),
        ("Small", 2, 0, 40),
        ("\u{5}DigitalSignature", 2, 1, 50),
    ] {
        let entry = bytes.len();
        bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
        let name_len = bytes.len() - entry + 2;
        bytes.resize(entry + 64, 0);
        bytes.extend((name_len as u16).to_le_bytes());
        bytes.extend([kind, 1]);
        bytes.resize(entry + 116, 0);
        bytes.extend(start.to_le_bytes());
        bytes.extend(size.to_le_bytes());
    }
    let mut mini = vec![0xffff_fffeu32; 2];
    mini.resize(128, 0xffff_ffff);
    bytes.extend(mini.iter().flat_map(|word| word.to_le_bytes()));
    let at = bytes.len();
    bytes.extend([b's'; 40]);
    bytes.resize(at + 64, 0);
    bytes.extend([b'g'; 50]);
    bytes.resize(at + 512, 0);
    let mut large: Vec<u8> = (0..5000u32).map(|index| (index / 512) as u8 + 1).collect();
    large.resize(5120, 0);
    bytes.resize(512 * 15, 0);
    for (index, sector) in order.iter().enumerate() {
        let at = (*sector as usize + 1) * 512;
        bytes[at..at + 512].copy_from_slice(&large[index * 512..index * 512 + 512]);
    }
    bytes
}

/// A squashfs image's superblock and the places it names, with nothing that can be read there.
pub fn closed_squashfs() -> Vec<u8> {
    let mut bytes = b"hsqs".to_vec();
    for word in [1u32, 1_700_000_000, 131_072, 0] {
        bytes.extend(word.to_le_bytes());
    }
    for half in [1u16, 17, 0, 1, 4, 0] {
        bytes.extend(half.to_le_bytes());
    }
    for word in [0u64, 140, 130, u64::MAX, 110, 120, u64::MAX, u64::MAX] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.resize(140, 7);
    bytes.resize(4096, 0);
    bytes
}

/// An ISO 9660 image of one file.
pub fn iso() -> Vec<u8> {
    fn record(extent: u32, size: u32, flags: u8, name: &[u8]) -> Vec<u8> {
        let len = (33 + name.len()).next_multiple_of(2);
        let mut bytes = vec![len as u8, 0];
        bytes.extend(
            [extent.to_le_bytes(), extent.to_be_bytes(), size.to_le_bytes(), size.to_be_bytes()].concat(),
        );
        bytes.extend([124, 1, 1, 0, 0, 0, 0, flags, 0, 0, 1, 0, 0, 1, name.len() as u8]);
        bytes.extend(name);
        bytes.resize(len, 0);
        bytes
    }
    let mut bytes = vec![0; 16 * 2048];
    bytes.extend(b"\x01CD001\x01");
    bytes.resize(16 * 2048 + 40, 0);
    bytes.extend(b"VOLUME                          ");
    bytes.resize(16 * 2048 + 156, 0);
    bytes.extend(record(18, 2048, 2, &[0]));
    bytes.resize(17 * 2048, 0);
    bytes.extend(b"\xffCD001\x01");
    bytes.resize(18 * 2048, 0);
    bytes.extend(record(18, 2048, 2, &[0]));
    bytes.extend(record(18, 2048, 2, &[1]));
    bytes.extend(record(19, 11, 0, b"FILE.TXT;1"));
    bytes.resize(19 * 2048, 0);
    bytes.extend(b"iso content");
    bytes.resize(20 * 2048, 0);
    bytes
}
