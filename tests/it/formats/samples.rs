//! Valid files of every format, made here: what the properties damage and the suites describe.

mod containers;
mod programs;
mod squashfs;

use std::io::Write;

use pellucid::model::Coding;

pub use containers::*;
pub use programs::*;
pub use squashfs::*;

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
        ("a.macho", macho(&[0; 24])),
        ("a.fat", fat_macho()),
        ("A.class", class()),
        ("a.pyc", pyc(0)),
        ("hashed.pyc", pyc(3)),
        ("a.wasm", wasm()),
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
        ("a.cpio", cpio(b"070701", &[("dir/file", b"content"), ("b", b"")])),
        ("crc.cpio", cpio(b"070702", &[("file", b"content")])),
        ("odc.cpio", odc_cpio()),
        ("a.lzma", lzma(b"hello, lzma")),
        ("a.lz4", [lz4(b"hello, lz4"), skippable(b"x")].concat()),
        ("a.rpm", rpm()),
        ("a.txt", b"plain text\n".to_vec()),
        ("a.json", b"{\"a\": [1, 2]}\r\n".to_vec()),
        ("a.xml", b"<?xml version=\"1.0\"?>\n<a x=\"1\"><b>text</b><b/><!-- c --></a>\n".to_vec()),
        ("a.plist", binary_plist()),
        ("utf16.txt", b"\xff\xfea\0b\0".to_vec()),
        ("a.png", png()),
        ("a.pdf", pdf()),
        ("a.sqlite", sqlite(2)),
        ("a.7z", sevenz()),
        ("files.7z", sevenz_of(&[("a.txt", b"seven"), ("b.bin", &[7; 3000])], Packed::Lzma2)),
        ("packed.7z", sevenz_of(&[("a.txt", b"seven"), ("b.bin", &[7; 3000])], Packed::BranchesAndLzma)),
        ("a.dmg", dmg_of(b"a partition map", &[0x42; 3000], 6)),
        ("a.cab", cab()),
        ("a.msi", msi()),
        ("a.squashfs", squashfs()),
        ("closed.squashfs", closed_squashfs()),
        ("a.iso", iso()),
        ("a.tar", tar(&[("dir/one", b"first"), ("two", &[7; 1500])])),
        ("pax.tar", pax_tar()),
        ("gnu.tar", gnu_tar()),
    ]
}

/// A binary property list: a dictionary of a string and an array of a number and a string.
pub fn binary_plist() -> Vec<u8> {
    let objects: [&[u8]; 7] = [
        &[0xd2, 1, 2, 3, 4],
        b"\x54name",
        b"\x54list",
        b"\x55value",
        &[0xa2, 5, 6],
        &[0x11, 0x12, 0x34],
        b"\x61\0x",
    ];
    let mut bytes = b"bplist00".to_vec();
    let mut offsets = Vec::new();
    for object in objects {
        offsets.push(bytes.len() as u8);
        bytes.extend(object);
    }
    let table = bytes.len() as u64;
    bytes.extend(&offsets);
    bytes.extend([0, 0, 0, 0, 0, 0, 1, 1]);
    for number in [offsets.len() as u64, 0, table] {
        bytes.extend(number.to_be_bytes());
    }
    bytes
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
        "macho" => "mach-o",
        "fat" => "mach-o-fat",
        "class" => "java-class",
        "pyc" => "pyc",
        "wasm" => "wasm",
        "zip" => "zip",
        "stubzip" => "zip-behind-stub",
        "a" => "ar",
        "deb" => "deb",
        "tar" => "tar",
        "cpio" => "cpio",
        "lzma" => "lzma",
        "lz4" => "lz4",
        "rpm" => "rpm",
        "txt" => "text",
        "json" => "json",
        "xml" => "xml",
        "plist" => "plist",
        "png" => "png",
        "pdf" => "pdf",
        "sqlite" => "sqlite",
        "7z" => "7z",
        "dmg" => "dmg",
        "cab" => "cab",
        "msi" => "compound-file",
        "squashfs" => "squashfs",
        "iso" => "iso9660",
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
    (Coding::Lz4, lz4),
];

/// zlib.
pub fn zlib(content: &[u8]) -> Vec<u8> {
    zlib_at(content, 6)
}

/// The same, at this level.
pub fn zlib_at(content: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(level));
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
