//! Valid files of every format, made here: what the properties damage and the suites describe.

use std::io::Write;

use pellucid::model::Coding;

/// A file name and its bytes.
pub type Sample = (&'static str, Vec<u8>);

/// One or more valid files of every format.
pub fn all() -> Vec<Sample> {
    vec![
        ("notes.bin", b"\x01\x02 nothing known".to_vec()),
        ("small.elf", elf(&Elf::default())),
        ("stripped.elf", elf(&Elf { sections: false, ..Elf::default() })),
        ("a.exe", pe(&Pe::default())),
        ("signed.exe", pe(&Pe { certificate: Some(certificate(8, b"")), ..Pe::default() })),
        ("a.gz", gzip(b"hello, gzip")),
        ("full.gz", gzip_full(b"hello, every field")),
        ("a.xz", xz(b"hello, xz")),
        ("two.xz", [xz(b"one"), vec![0; 8], xz(b"two")].concat()),
        ("a.zst", zstd(b"hello, zstd")),
        ("skip.zst", [skippable(b"aside"), zstd(b"one"), skippable(b""), zstd(b"two")].concat()),
        ("a.bz2", [bzip2(b"hello, bzip2"), bzip2(b" again")].concat()),
        ("a.zip", zip(&[Entry::new("dir/one", b"first"), Entry::new("two", &[b'x'; 900]).deflated()])),
        ("full.zip", full_zip()),
        ("signed.zip", signed_apk()),
        ("stub.stubzip", [b"#!/bin/sh\nexit 0\n".to_vec(), zip(&[Entry::new("a", b"b")])].concat()),
        ("a.a", ar(&[("/", b"\0\0\0\0"), ("//", b"a_rather_long_name.o/\n"), ("/0", b"abc"), ("x.o/", b"")])),
        ("bsd.a", ar(&[("#1/12", b"long_name.o\0content"), ("y.o", b"z")])),
        ("a.deb", deb(&[])),
        ("a.tar", tar(&[("dir/one", b"first"), ("two", &[7; 1500])])),
        ("pax.tar", pax_tar()),
        ("gnu.tar", gnu_tar()),
    ]
}

/// A gzip file as the usual tools write it.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A gzip file with every optional header field.
pub fn gzip_full(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 1, 2, 3, 4, 2, 3];
    bytes.extend(6u16.to_le_bytes());
    bytes.extend(b"AB\x02\x00xy");
    bytes.extend(b"name.txt\0a comment\0");
    let crc = crc32fast::hash(&bytes) as u16;
    bytes.extend(crc.to_le_bytes());
    bytes.extend(deflate(content));
    bytes.extend(crc32fast::hash(content).to_le_bytes());
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes
}

/// Raw deflate.
pub fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A ustar archive of regular files.
pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(1_700_000_000);
        header.set_uid(0);
        header.set_gid(0);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

/// One entry with PAX records for name, time, an extended attribute and a comment, after a global header.
pub fn pax_tar() -> Vec<u8> {
    let mut bytes = tar_header("pax_global_header", b'g', 52);
    bytes.extend(block(b"52 comment=0123456789012345678901234567890123456789\n"));
    let records =
        b"18 path=real/name\n22 mtime=1700000000.5\n35 SCHILY.xattr.security.x=granted\n13 comment=x\n";
    bytes.extend(tar_header("PaxHeaders/name", b'x', records.len() as u64));
    bytes.extend(block(records));
    bytes.extend(tar_header("name", b'0', 3));
    bytes.extend(block(b"abc"));
    bytes.extend([0; 1024]);
    bytes
}

/// A GNU archive with a long name, a long link, a directory, a symlink and a set-uid file.
pub fn gnu_tar() -> Vec<u8> {
    let long = "d/".repeat(80) + "file";
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(4);
    header.set_mode(0o4755);
    builder.append_data(&mut header, &long, &b"long"[..]).unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder.append_link(&mut header, "link", &long).unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Directory);
    header.set_size(0);
    builder.append_data(&mut header, "dir/", std::io::empty()).unwrap();
    builder.into_inner().unwrap()
}

/// One ustar header block.
pub fn tar_header(name: &str, kind: u8, size: u64) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_cksum();
    header.as_bytes().to_vec()
}

/// Content filled up with zeros to whole tar blocks.
pub fn block(content: &[u8]) -> Vec<u8> {
    let mut bytes = content.to_vec();
    bytes.resize(content.len().div_ceil(512) * 512, 0);
    bytes
}

/// The format a sample's name stands for.
pub fn format_of(name: &str) -> &'static str {
    let (_, extension) = name.rsplit_once('.').unwrap_or_default();
    match extension {
        "gz" => "gzip",
        "xz" => "xz",
        "zst" => "zstd",
        "bz2" => "bzip2",
        "elf" => "elf",
        "exe" => "pe",
        "zip" => "zip",
        "stubzip" => "zip-behind-stub",
        "a" => "ar",
        "deb" => "deb",
        "tar" => "tar",
        _ => "raw",
    }
}

/// A coding and how to encode with it.
pub type Encoding = (Coding, fn(&[u8]) -> Vec<u8>);

/// Every coding that decodes.
pub const CODINGS: &[Encoding] = &[
    (Coding::Deflate, deflate),
    (Coding::Zlib, zlib),
    (Coding::Bzip2, bzip2),
    (Coding::Xz, xz),
    (Coding::LzmaAlone, lzma),
    (Coding::Zstd, zstd),
];

/// zlib.
pub fn zlib(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// One bzip2 stream.
pub fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// One xz stream.
pub fn xz(content: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 6);
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// The legacy lzma container.
pub fn lzma(content: &[u8]) -> Vec<u8> {
    let options = liblzma::stream::LzmaOptions::new_preset(6).unwrap();
    let stream = liblzma::stream::Stream::new_lzma_encoder(&options).unwrap();
    let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// One zstd frame with a checksum.
pub fn zstd(content: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A skippable zstd frame.
pub fn skippable(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x53, 0x2a, 0x4d, 0x18];
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes.extend(content);
    bytes
}

/// One entry of a zip file under construction; every field that a test wants to lie about is open.
#[derive(Clone)]
pub struct Entry {
    pub name: Vec<u8>,
    pub local_name: Vec<u8>,
    pub content: Vec<u8>,
    pub deflate: bool,
    pub descriptor: bool,
    pub mode: u32,
    pub crc: u32,
    pub extra: Vec<u8>,
    pub comment: Vec<u8>,
    pub listed: bool,
}

impl Entry {
    pub fn new(name: &str, content: &[u8]) -> Entry {
        Entry {
            name: name.as_bytes().to_vec(),
            local_name: name.as_bytes().to_vec(),
            content: content.to_vec(),
            deflate: false,
            descriptor: false,
            mode: 0o100_644,
            crc: crc32fast::hash(content),
            extra: Vec::new(),
            comment: Vec::new(),
            listed: true,
        }
    }

    pub fn deflated(self) -> Entry {
        Entry { deflate: true, ..self }
    }
}

/// A zip file.
pub fn zip(entries: &[Entry]) -> Vec<u8> {
    zip_with(entries, b"", b"")
}

/// A zip file with bytes before the central directory and an archive comment.
pub fn zip_with(entries: &[Entry], before_directory: &[u8], comment: &[u8]) -> Vec<u8> {
    let (mut bytes, mut directory, mut listed) = (Vec::new(), Vec::new(), 0u16);
    for entry in entries {
        let offset = bytes.len() as u32;
        let data = if entry.deflate { deflate(&entry.content) } else { entry.content.clone() };
        let flags = if entry.descriptor { 8u16 } else { 0 };
        let mut common = Vec::new();
        common.extend(flags.to_le_bytes());
        common.extend((if entry.deflate { 8u16 } else { 0 }).to_le_bytes());
        common.extend(0x58c1_6000u32.to_le_bytes());
        let mut sizes = entry.crc.to_le_bytes().to_vec();
        sizes.extend((data.len() as u32).to_le_bytes());
        sizes.extend((entry.content.len() as u32).to_le_bytes());
        bytes.extend(b"PK\x03\x04\x14\0");
        bytes.extend(&common);
        bytes.extend(if entry.descriptor { vec![0; 12] } else { sizes.clone() });
        bytes.extend((entry.local_name.len() as u16).to_le_bytes());
        bytes.extend((entry.extra.len() as u16).to_le_bytes());
        bytes.extend(&entry.local_name);
        bytes.extend(&entry.extra);
        bytes.extend(&data);
        if entry.descriptor {
            bytes.extend(b"PK\x07\x08");
            bytes.extend(&sizes);
        }
        if entry.listed {
            listed += 1;
            directory.extend(b"PK\x01\x02\x14\x03\x14\0");
            directory.extend(&common);
            directory.extend(&sizes);
            directory.extend((entry.name.len() as u16).to_le_bytes());
            directory.extend((entry.extra.len() as u16).to_le_bytes());
            directory.extend((entry.comment.len() as u16).to_le_bytes());
            directory.extend([0; 4]);
            directory.extend((entry.mode << 16).to_le_bytes());
            directory.extend(offset.to_le_bytes());
            directory.extend(&entry.name);
            directory.extend(&entry.extra);
            directory.extend(&entry.comment);
        }
    }
    bytes.extend(before_directory);
    let at = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(listed.to_le_bytes());
    bytes.extend(listed.to_le_bytes());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(at.to_le_bytes());
    bytes.extend((comment.len() as u16).to_le_bytes());
    bytes.extend(comment);
    bytes
}

/// A zip file with extra fields, comments, a data descriptor and a set-uid mode.
pub fn full_zip() -> Vec<u8> {
    let mut entry = Entry::new("file", b"described after its data, so to say").deflated();
    entry.descriptor = true;
    entry.mode = 0o104_755;
    entry.extra = b"UT\x05\0\x03\x01\x02\x03\x04".to_vec();
    entry.comment = b"entry comment".to_vec();
    zip_with(&[entry, Entry::new("dir/", b"")], b"", b"archive comment")
}

/// An Android package with a signing block: a v2 signature, zero padding and a pair of unknown id.
pub fn signed_apk() -> Vec<u8> {
    zip_with(&[Entry::new("AndroidManifest.xml", b"<manifest/>")], &signing_block(b"unknown"), b"")
}

/// An APK signing block whose third pair, of an id no reader knows, holds `unknown`.
pub fn signing_block(unknown: &[u8]) -> Vec<u8> {
    let mut pairs = Vec::new();
    for (id, value) in
        [(0x7109_871au32, &b"a signature"[..]), (0x4272_6577, &[0; 20]), (0x1234_5678, unknown)]
    {
        pairs.extend((value.len() as u64 + 4).to_le_bytes());
        pairs.extend(id.to_le_bytes());
        pairs.extend(value);
    }
    let size = (pairs.len() as u64 + 24).to_le_bytes();
    [&size[..], &pairs, &size, b"APK Sig Block 42"].concat()
}

/// An ar archive.
pub fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content) in members {
        bytes.extend(
            format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, content.len()).bytes(),
        );
        bytes.extend(*content);
        if content.len() % 2 == 1 {
            bytes.push(b'\n');
        }
    }
    bytes
}

/// A Debian package, with more members after `data.tar.xz`.
pub fn deb(more: &[(&str, &[u8])]) -> Vec<u8> {
    let control = gzip(&tar(&[("./control", b"Package: x\n")]));
    let data = xz(&tar(&[("./usr/bin/x", b"#!/bin/sh\n")]));
    let mut members: Vec<(&str, &[u8])> =
        vec![("debian-binary", b"2.0\n"), ("control.tar.gz", &control), ("data.tar.xz", &data)];
    members.extend(more);
    ar(&members)
}

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
        while bytes.len() % 4 != 0 {
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
        while bytes.len() % 8 != 0 {
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
        while bytes.len() % 8 != 0 {
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
    while table.len() % align != 0 {
        table.push(0);
    }
    table
}
