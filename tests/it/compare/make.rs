//! Writers that make archives field by field, lies included: what a packing library would never write.

/// A tar entry; every field can be set to anything.
#[derive(Clone)]
pub struct TarEntry {
    pub name: Vec<u8>,
    pub mode: [u8; 8],
    pub uid: [u8; 8],
    pub gid: [u8; 8],
    pub mtime: [u8; 12],
    pub kind: u8,
    pub link: Vec<u8>,
    pub user: Vec<u8>,
    pub group: Vec<u8>,
    pub data: Vec<u8>,
    /// The size the header gives, where it lies.
    pub size: Option<u64>,
    /// What fills the last block.
    pub fill: u8,
    pub magic: [u8; 8],
    pub prefix: Vec<u8>,
    pub checksum: Option<[u8; 8]>,
}

/// A regular file of mode 0644 owned by root at 2023-11-14.
pub fn file(name: &str, data: &[u8]) -> TarEntry {
    TarEntry {
        name: name.as_bytes().to_vec(),
        mode: *b"0000644\0",
        uid: *b"0000000\0",
        gid: *b"0000000\0",
        mtime: *b"14524707400\0",
        kind: b'0',
        link: Vec::new(),
        user: b"root".to_vec(),
        group: b"root".to_vec(),
        data: data.to_vec(),
        size: None,
        fill: 0,
        magic: *b"ustar\x0000",
        prefix: Vec::new(),
        checksum: None,
    }
}

impl TarEntry {
    /// The entry after `change`.
    pub fn with(mut self, change: impl FnOnce(&mut TarEntry)) -> TarEntry {
        change(&mut self);
        self
    }

    /// Header, content, fill.
    pub fn bytes(&self) -> Vec<u8> {
        let mut header = vec![0u8; 512];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.name);
        put(100, &self.mode);
        put(108, &self.uid);
        put(116, &self.gid);
        put(124, format!("{:011o}\0", self.size.unwrap_or(self.data.len() as u64)).as_bytes());
        put(136, &self.mtime);
        put(148, b"        ");
        put(156, &[self.kind]);
        put(157, &self.link);
        put(257, &self.magic);
        put(265, &self.user);
        put(297, &self.group);
        put(329, b"0000000\x000000000\0");
        put(345, &self.prefix);
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        let sum = self.checksum.unwrap_or_else(|| format!("{sum:06o}\0 ").into_bytes().try_into().unwrap());
        header[148..156].copy_from_slice(&sum);
        header.extend_from_slice(&self.data);
        let fill = self.data.len().next_multiple_of(512) - self.data.len();
        header.extend(std::iter::repeat_n(self.fill, fill));
        header
    }
}

/// A PAX header (`x` for the next entry, `g` for all) with these records.
pub fn pax(kind: u8, records: &[(&str, &[u8])]) -> TarEntry {
    let mut data = Vec::new();
    for (key, value) in records {
        let body = key.len() + value.len() + 3;
        let mut len = body + 1;
        while format!("{len}").len() + body != len {
            len = format!("{len}").len() + body;
        }
        data.extend_from_slice(format!("{len} {key}=").as_bytes());
        data.extend_from_slice(value);
        data.push(b'\n');
    }
    file("PaxHeaders/x", &data).with(|entry| entry.kind = kind)
}

/// The entries and two zero blocks.
pub fn tar(entries: &[TarEntry]) -> Vec<u8> {
    let mut bytes: Vec<u8> = entries.iter().flat_map(TarEntry::bytes).collect();
    bytes.extend([0; 1024]);
    bytes
}

/// A zip entry; local header and directory entry can disagree.
#[derive(Clone)]
pub struct ZipEntry {
    pub name: Vec<u8>,
    /// The local header's name, where it is another.
    pub local_name: Option<Vec<u8>>,
    pub data: Vec<u8>,
    /// 0 stored, 8 deflated.
    pub method: u16,
    pub level: u32,
    pub flags: u16,
    pub time: [u8; 4],
    pub made_by: u16,
    pub needed: u16,
    pub internal: u16,
    pub external: u32,
    pub local_extra: Vec<u8>,
    pub central_extra: Vec<u8>,
    pub comment: Vec<u8>,
    pub crc: Option<u32>,
    /// Whether the central directory lists it.
    pub listed: bool,
    /// A data descriptor after the content, and zeros in the local header.
    pub descriptor: bool,
    /// Raw bytes between this entry's content and the next header.
    pub after: Vec<u8>,
    /// The deflate stream, where it is made by hand.
    pub packed: Option<Vec<u8>>,
}

/// A deflated regular file of mode 0644 at 2023-11-14 22:13:20.
pub fn entry(name: &str, data: &[u8]) -> ZipEntry {
    ZipEntry {
        name: name.as_bytes().to_vec(),
        local_name: None,
        data: data.to_vec(),
        method: 8,
        level: 6,
        flags: 0,
        time: [0xaa, 0xb1, 0x6e, 0x57],
        made_by: 0x0314,
        needed: 20,
        internal: 0,
        external: 0o100_644 << 16,
        local_extra: Vec::new(),
        central_extra: Vec::new(),
        comment: Vec::new(),
        crc: None,
        listed: true,
        descriptor: false,
        after: Vec::new(),
        packed: None,
    }
}

impl ZipEntry {
    /// The entry after `change`.
    pub fn with(mut self, change: impl FnOnce(&mut ZipEntry)) -> ZipEntry {
        change(&mut self);
        self
    }

    fn packed(&self) -> Vec<u8> {
        match (&self.packed, self.method) {
            (Some(packed), _) => packed.clone(),
            (None, 8) => deflate(&self.data, self.level),
            _ => self.data.clone(),
        }
    }
}

/// A zip archive around its entries.
#[derive(Clone, Default)]
pub struct Zip {
    pub prefix: Vec<u8>,
    pub entries: Vec<ZipEntry>,
    /// Between the last entry and the directory.
    pub before_directory: Vec<u8>,
    /// Between the directory and its end record.
    pub before_end: Vec<u8>,
    pub comment: Vec<u8>,
    pub after: Vec<u8>,
    /// Directory order, where it is not the order of the entries.
    pub order: Option<Vec<usize>>,
}

/// A zip of these entries.
pub fn zip(entries: &[ZipEntry]) -> Zip {
    Zip { entries: entries.to_vec(), ..Zip::default() }
}

impl Zip {
    /// The archive after `change`.
    pub fn with(mut self, change: impl FnOnce(&mut Zip)) -> Zip {
        change(&mut self);
        self
    }

    /// The archive's bytes. Offsets count from byte 0, the prefix included.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = self.prefix.clone();
        let mut central = Vec::new();
        for entry in &self.entries {
            let at = out.len() as u32;
            let packed = entry.packed();
            let crc = entry.crc.unwrap_or_else(|| crc32fast::hash(&entry.data));
            let (size, len) = (entry.data.len() as u32, packed.len() as u32);
            let flags = entry.flags | if entry.descriptor { 8 } else { 0 };
            let local_name = entry.local_name.as_ref().unwrap_or(&entry.name);
            out.extend(b"PK\x03\x04");
            out.extend(entry.needed.to_le_bytes());
            out.extend(flags.to_le_bytes());
            out.extend(entry.method.to_le_bytes());
            out.extend(entry.time);
            for value in [crc, len, size] {
                out.extend(if entry.descriptor { 0 } else { value }.to_le_bytes());
            }
            out.extend((local_name.len() as u16).to_le_bytes());
            out.extend((entry.local_extra.len() as u16).to_le_bytes());
            out.extend(local_name);
            out.extend(&entry.local_extra);
            out.extend(&packed);
            if entry.descriptor {
                out.extend(b"PK\x07\x08");
                [crc, len, size].iter().for_each(|value| out.extend(value.to_le_bytes()));
            }
            out.extend(&entry.after);
            let mut row = b"PK\x01\x02".to_vec();
            row.extend(entry.made_by.to_le_bytes());
            row.extend(entry.needed.to_le_bytes());
            row.extend(flags.to_le_bytes());
            row.extend(entry.method.to_le_bytes());
            row.extend(entry.time);
            [crc, len, size].iter().for_each(|value| row.extend(value.to_le_bytes()));
            for length in [&entry.name, &entry.central_extra, &entry.comment] {
                row.extend((length.len() as u16).to_le_bytes());
            }
            row.extend([0, 0]);
            row.extend(entry.internal.to_le_bytes());
            row.extend(entry.external.to_le_bytes());
            row.extend(at.to_le_bytes());
            row.extend(&entry.name);
            row.extend(&entry.central_extra);
            row.extend(&entry.comment);
            central.push((entry.listed, row));
        }
        out.extend(&self.before_directory);
        let start = out.len() as u32;
        let order = self.order.clone().unwrap_or_else(|| (0..central.len()).collect());
        let listed: Vec<&Vec<u8>> =
            order.iter().map(|at| &central[*at]).filter(|(listed, _)| *listed).map(|(_, row)| row).collect();
        listed.iter().for_each(|row| out.extend(row.iter()));
        let size = out.len() as u32 - start;
        out.extend(&self.before_end);
        out.extend(end_record(listed.len() as u16, size, start, &self.comment));
        out.extend(&self.after);
        out
    }
}

/// An end-of-central-directory record.
pub fn end_record(entries: u16, size: u32, start: u32, comment: &[u8]) -> Vec<u8> {
    let mut out = b"PK\x05\x06\0\0\0\0".to_vec();
    out.extend(entries.to_le_bytes());
    out.extend(entries.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend((comment.len() as u16).to_le_bytes());
    out.extend(comment);
    out
}

/// A zip extra field.
pub fn extra(id: u16, data: &[u8]) -> Vec<u8> {
    let mut out = id.to_le_bytes().to_vec();
    out.extend((data.len() as u16).to_le_bytes());
    out.extend(data);
    out
}

/// Raw deflate by stock zlib.
pub fn deflate(data: &[u8], level: u32) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A gzip member; every header field can be set.
#[derive(Clone)]
pub struct Gzip {
    pub data: Vec<u8>,
    pub level: u32,
    pub mtime: u32,
    pub xfl: u8,
    pub os: u8,
    pub extra: Option<Vec<u8>>,
    pub name: Option<Vec<u8>>,
    pub comment: Option<Vec<u8>>,
    pub reserved: u8,
    pub crc: Option<u32>,
    pub size: Option<u32>,
    pub packed: Option<Vec<u8>>,
}

/// A member as `gzip -n -9` writes it.
pub fn gzip(data: &[u8]) -> Gzip {
    Gzip {
        data: data.to_vec(),
        level: 9,
        mtime: 0,
        xfl: 2,
        os: 3,
        extra: None,
        name: None,
        comment: None,
        reserved: 0,
        crc: None,
        size: None,
        packed: None,
    }
}

impl Gzip {
    /// The member after `change`.
    pub fn with(mut self, change: impl FnOnce(&mut Gzip)) -> Gzip {
        change(&mut self);
        self
    }

    /// The member's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let flag = |bit: u8, field: &Option<Vec<u8>>| if field.is_some() { bit } else { 0 };
        let flags = flag(4, &self.extra) | flag(8, &self.name) | flag(16, &self.comment) | self.reserved;
        let mut out = vec![0x1f, 0x8b, 8, flags];
        out.extend(self.mtime.to_le_bytes());
        out.extend([self.xfl, self.os]);
        if let Some(extra) = &self.extra {
            out.extend((extra.len() as u16).to_le_bytes());
            out.extend(extra);
        }
        for text in [&self.name, &self.comment].into_iter().flatten() {
            out.extend(text);
            out.push(0);
        }
        out.extend(self.packed.clone().unwrap_or_else(|| deflate(&self.data, self.level)));
        out.extend(self.crc.unwrap_or_else(|| crc32fast::hash(&self.data)).to_le_bytes());
        out.extend(self.size.unwrap_or(self.data.len() as u32).to_le_bytes());
        out
    }
}

/// One `ar` member: 60 header bytes, content, padding to an even offset.
pub fn ar_member(name: &str, mode: &str, mtime: &str, data: &[u8], pad: u8) -> Vec<u8> {
    let mut out = format!("{name:<16}{mtime:<12}{:<6}{:<6}{mode:<8}{:<10}`\n", 0, 0, data.len()).into_bytes();
    assert_eq!(out.len(), 60);
    out.extend(data);
    if data.len() % 2 == 1 {
        out.push(pad);
    }
    out
}

/// An `ar` archive of these members.
pub fn ar(members: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"!<arch>\n".to_vec();
    members.iter().for_each(|member| out.extend(member));
    out
}

/// A Debian package: format, control and data archives.
pub fn deb(control: &[TarEntry], data: &[TarEntry]) -> Vec<u8> {
    ar(&[
        ar_member("debian-binary", "100644", "1700000000", b"2.0\n", b'\n'),
        ar_member("control.tar.xz", "100644", "1700000000", &xz(&tar(control)), b'\n'),
        ar_member("data.tar.xz", "100644", "1700000000", &xz(&tar(data)), b'\n'),
    ])
}

/// An xz stream at the default level.
pub fn xz(data: &[u8]) -> Vec<u8> {
    liblzma::encode_all(data, 6).unwrap()
}
