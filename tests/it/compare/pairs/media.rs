//! What carries files: cpio, rpm, ISO 9660, compound files (msi), lz4 frames.

use super::Case;
use super::Cases;
use super::Expect;
use super::PAYLOAD;
use super::patched;
use super::replaced;
use crate::compare::make::gzip;
use crate::formats::samples;

pub fn cases(out: &mut Vec<Case>) {
    archives(&mut Cases { name: "initrd.cpio", out });
    packages(&mut Cases { name: "app.rpm", out });
    images(&mut Cases { name: "data.iso", out });
    installers(&mut Cases { name: "app.msi", out });
    frames(&mut Cases { name: "data.bin.lz4", out });
}

/// A cpio entry with a hexadecimal header.
#[derive(Clone)]
struct Entry {
    magic: &'static [u8; 6],
    inode: &'static [u8; 8],
    mode: u32,
    links: u32,
    mtime: &'static [u8; 8],
    /// The name, and what stands up to its stated length: a NUL.
    name: Vec<u8>,
    data: Vec<u8>,
    /// The size the header gives, where it lies.
    size: Option<u32>,
    check: u32,
    /// What fills up to a multiple of four.
    fill: u8,
}

/// A regular file of mode 0644 at 2023-11-14.
fn entry(name: &str, data: &[u8]) -> Entry {
    Entry {
        magic: b"070701",
        inode: b"00000007",
        mode: 0o100_644,
        links: 1,
        mtime: b"6553f100",
        name: [name.as_bytes(), b"\0"].concat(),
        data: data.to_vec(),
        size: None,
        check: 0,
        fill: 0,
    }
}

impl Entry {
    fn with(mut self, change: impl FnOnce(&mut Entry)) -> Entry {
        change(&mut self);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut out = [&self.magic[..], self.inode].concat();
        let number = |value: u32| format!("{value:08x}").into_bytes();
        [self.mode, 0, 0, self.links].iter().for_each(|value| out.extend(number(*value)));
        out.extend(self.mtime);
        let size = self.size.unwrap_or(self.data.len() as u32);
        let rest = [size, 0, 0, 0, 0, self.name.len() as u32, self.check];
        rest.iter().for_each(|value| out.extend(number(*value)));
        for part in [&self.name, &self.data] {
            out.extend(part);
            out.resize(out.len().next_multiple_of(4), self.fill);
        }
        out
    }
}

/// The entries, the entry that ends an archive, zeros.
fn cpio(entries: &[Entry]) -> Vec<u8> {
    let mut out: Vec<u8> = entries.iter().flat_map(Entry::bytes).collect();
    out.extend(entry("TRAILER!!!", b"").bytes());
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

fn init() -> Entry {
    entry("init", b"#!/bin/sh\nexec /sbin/init\n").with(|e| e.mode = 0o100_755)
}

fn notes() -> Entry {
    entry("etc/notes", b"Nothing to see here.\n").with(|e| e.inode = b"00000008")
}

fn archives(c: &mut Cases<'_>) {
    let plain = || cpio(&[init(), notes()]);
    let changed = |change: &dyn Fn(&mut Entry)| cpio(&[init().with(|e| change(e)), notes()]);
    let payload = || entry("init", PAYLOAD).with(|e| e.mode = 0o100_755);
    c.bad("cpio-set-uid", "The set-uid bit is added.", changed(&|e| e.mode |= 0o4000), plain());
    c.bad(
        "cpio-symlink",
        "A regular file becomes a symbolic link; its content is where that leads.",
        changed(&|e| e.mode = 0o120_777),
        plain(),
    );
    c.bad(
        "cpio-duplicate",
        "A name stands twice; the last one counts.",
        cpio(&[init(), notes(), payload()]),
        plain(),
    );
    c.bad(
        "cpio-duplicate-order",
        "Two entries of one name change places.",
        cpio(&[payload(), init()]),
        cpio(&[init(), payload()]),
    );
    c.bad("cpio-name-tail", "Bytes follow the NUL of a name.", changed(&|e| e.name.extend(PAYLOAD)), plain());
    c.bad("cpio-padding", "The fill after a file is not zero.", changed(&|e| e.fill = b'x'), plain());
    c.bad(
        "cpio-trailer-content",
        "The entry that ends the archive has content, which nobody unpacks.",
        [init().bytes(), notes().bytes(), entry("TRAILER!!!", PAYLOAD).bytes()].concat(),
        [init().bytes(), notes().bytes(), entry("TRAILER!!!", b"").bytes()].concat(),
    );
    c.bad(
        "cpio-second-archive",
        "A second archive follows the first, as a kernel reads it: its file replaces the first one's.",
        [plain(), cpio(&[payload()])].concat(),
        plain(),
    );
    c.bad("cpio-trailing", "Bytes follow the archive.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "cpio-size-lies",
        "A header gives a smaller size; the rest of the content stands in the open.",
        changed(&|e| e.size = Some(12)),
        plain(),
    );
    c.bad(
        "cpio-unused-checksum",
        "The field for a checksum, which this kind of archive has none of, holds something.",
        changed(&|e| e.check = 0x6f68_6365),
        plain(),
    );
    c.bad(
        "cpio-checksum",
        "A checksum is wrong.",
        changed(&|e| (e.magic, e.check) = (b"070702", 1)),
        changed(&|e| {
            (e.magic, e.check) = (b"070702", e.data.iter().map(|byte| u32::from(*byte)).sum());
        }),
    );
    c.bad(
        "cpio-hard-link",
        "A file becomes another name of the file that comes after it.",
        cpio(&[init().with(|e| (e.links, e.inode) = (2, b"00000008")), notes().with(|e| e.links = 2)]),
        cpio(&[init().with(|e| e.links = 2), notes().with(|e| e.links = 2)]),
    );
    c.bad(
        "cpio-mtime-form",
        "A time is the same and written in other letters, eight of them a bit each.",
        changed(&|e| e.mtime = b"6553F100"),
        plain(),
    );
    c.bad(
        "cpio-inode-form",
        "An inode is the same and written with a sign.",
        changed(&|e| e.inode = b"+0000007"),
        plain(),
    );
    c.add(
        "cpio-mtime",
        "A file has another time.",
        Expect::Explained(&["timestamp"]),
        changed(&|e| e.mtime = b"6553f2a7"),
        plain(),
    );
    c.add(
        "cpio-inode",
        "The inode of a file's only name is another one.",
        Expect::Explained(&["file-system-metadata"]),
        changed(&|e| e.inode = b"0004d2a7"),
        plain(),
    );
}

fn payload(mode: u32) -> Vec<u8> {
    let program = entry("./usr/bin/x", b"#!/bin/sh\nexit 0\n").with(|e| e.mode = mode);
    gzip(&cpio(&[program])).bytes()
}

/// An rpm whose main header `change` changes.
fn rpm(change: impl FnOnce(&mut Vec<samples::RpmTag<'static>>)) -> Vec<u8> {
    let mut tags = samples::rpm_tags();
    change(&mut tags);
    samples::rpm_of(&[(273, 6, b"00ff\0"), (1008, 7, &[0; 64])], &tags, &payload(0o100_755))
}

fn packages(c: &mut Cases<'_>) {
    let plain = || rpm(|_| {});
    let signed = |digest: &[u8], reserved: &[u8]| {
        let signature: [samples::RpmTag<'_>; 2] = [(273, 6, digest), (1008, 7, reserved)];
        samples::rpm_of(&signature, &samples::rpm_tags(), &payload(0o100_755))
    };
    c.bad(
        "rpm-script",
        "The script that runs as root after the installation is another one.",
        rpm(|tags| tags[3].2 = b"echo 1\0"),
        plain(),
    );
    c.bad(
        "rpm-duplicate-tag",
        "A second script stands under the same tag; readers take one of the two.",
        rpm(|tags| tags.insert(4, (1024, 6, b"echo this would run\0"))),
        plain(),
    );
    c.bad(
        "rpm-unreferenced",
        "A value that no entry names stands in the header's store.",
        rpm(|tags| tags.insert(0, (0, 7, PAYLOAD))),
        plain(),
    );
    c.bad(
        "rpm-string-tail",
        "Bytes stand between the NUL of a value and the next value.",
        rpm(|tags| tags[0].2 = b"name\0#!/bin/sh\necho this would run\n"),
        plain(),
    );
    c.bad(
        "rpm-build-time-tail",
        "Bytes stand behind the build time, where the next value could.",
        rpm(|tags| tags[1].2 = b"\x65\x43\x21\0echo"),
        plain(),
    );
    c.bad(
        "rpm-reserved-space",
        "The space reserved for signatures to come holds a payload.",
        signed(b"00ff\0", &patched(vec![0; 64], 20, PAYLOAD)),
        plain(),
    );
    c.bad("rpm-digest", "The digest of the header is another one.", signed(b"00fe\0", &[0; 64]), plain());
    c.bad(
        "rpm-lead",
        "Bytes stand in the unused end of the lead.",
        patched(plain(), 80, b"payload"),
        plain(),
    );
    c.bad(
        "rpm-padding",
        "The fill behind the signatures is not zero.",
        {
            let header = plain().windows(4).rposition(|four| four == [0x8e, 0xad, 0xe8, 1]).unwrap();
            patched(plain(), header - 3, b"run")
        },
        plain(),
    );
    c.bad("rpm-trailing", "Bytes follow the payload.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "rpm-payload-set-uid",
        "A program within the payload gets the set-uid bit.",
        samples::rpm_of(&[(273, 6, b"00ff\0")], &samples::rpm_tags(), &payload(0o104_755)),
        samples::rpm_of(&[(273, 6, b"00ff\0")], &samples::rpm_tags(), &payload(0o100_755)),
    );
    c.bad(
        "rpm-build-host",
        "The build host is another one, and the run's host is not known.",
        rpm(|tags| tags[2].2 = b"other99.example\0"),
        plain(),
    );
    c.add(
        "rpm-build-time",
        "The build time is another one; the digest, wrong on both sides, is the same.",
        Expect::Explained(&["timestamp"]),
        rpm(|tags| tags[1].2 = &[0x65, 0x44, 0x32, 0xff]),
        plain(),
    );
}

/// Where a sector of a disk image starts: 16 the descriptor, 18 the folder, 19 the one file.
fn sector(number: usize) -> usize {
    number * 2048
}

fn images(c: &mut Cases<'_>) {
    let plain = samples::iso;
    let record = sector(18) + 34 + 34;
    c.bad(
        "iso-system-area",
        "The sixteen sectors before the descriptors, which firmware may start from, hold a payload.",
        patched(plain(), 0x100, PAYLOAD),
        plain(),
    );
    c.bad(
        "iso-file-slack",
        "Bytes stand between the end of a file and the end of its sector.",
        patched(plain(), sector(19) + 100, PAYLOAD),
        plain(),
    );
    c.bad(
        "iso-folder-slack",
        "Bytes stand behind the last record of a folder.",
        patched(plain(), sector(18) + 1024, PAYLOAD),
        plain(),
    );
    c.bad(
        "iso-unreferenced",
        "A sector that no folder names follows.",
        {
            let mut out = [&plain()[..], PAYLOAD].concat();
            out.resize(sector(21), 0);
            out
        },
        plain(),
    );
    c.bad(
        "iso-zero-sector",
        "An empty sector that no folder names follows.",
        [plain(), vec![0; 2048]].concat(),
        plain(),
    );
    c.bad(
        "iso-size-lies",
        "A file's size says more: what followed it in its sector is content.",
        patched(patched(plain(), record + 10, &[40, 0, 0, 0]), record + 14, &[0, 0, 0, 40]),
        plain(),
    );
    c.bad(
        "iso-two-orders",
        "The big-endian copy of a file's size, which some readers go by, says more than the other.",
        patched(plain(), record + 14, &[0, 0, 0, 40]),
        plain(),
    );
    c.bad("iso-hidden", "A file gets the flag that hides it.", patched(plain(), record + 25, &[1]), plain());
    c.bad(
        "iso-application-use",
        "The descriptor's area for applications holds a payload.",
        patched(plain(), sector(16) + 883, PAYLOAD),
        plain(),
    );
    c.bad(
        "iso-second-name",
        "A file gets a second name, with the same content.",
        {
            let image = plain();
            let second = image[record..record + 44].to_vec();
            patched(patched(image, record + 44, &second), record + 44 + 33, b"MORE.TXT;1")
        },
        plain(),
    );
}

/// Where a directory entry of the sample starts: 0 the root, 1 `Large`, 2 `Small`, 3 the signature's stream.
fn directory(number: usize) -> usize {
    1024 + number * 128
}

/// Where the mini stream starts: 40 bytes of `Small`, 24 of slack, 50 of the signature's, slack.
const MINI: usize = 2048;

fn installers(c: &mut Cases<'_>) {
    let plain = samples::msi;
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    c.bad(
        "msi-mini-slack",
        "Bytes stand behind a small stream in its last sector.",
        patched(plain(), MINI + 40, b"echo this would run"),
        plain(),
    );
    c.bad(
        "msi-slack",
        "Bytes stand behind a large stream in its last sector.",
        {
            // The large stream's last sector is 9, of which it uses 392 bytes.
            let at = (9 + 1) * 512 + 5000 % 512;
            assert_eq!(plain()[at..at + PAYLOAD.len()], [0; 30][..PAYLOAD.len()]);
            patched(plain(), at, PAYLOAD)
        },
        plain(),
    );
    c.bad(
        "msi-unreferenced",
        "A sector that the table calls free holds a payload.",
        {
            let mut out = [&plain()[..], PAYLOAD].concat();
            out.resize(16 * 512, 0);
            out
        },
        plain(),
    );
    c.bad(
        "msi-size-lies",
        "A stream's size says more: the zeros behind it are content.",
        patched(plain(), directory(2) + 120, &[48]),
        plain(),
    );
    c.bad(
        "msi-name-tail",
        "Bytes follow the end of a stream's name.",
        patched(plain(), directory(2) + 20, PAYLOAD),
        plain(),
    );
    c.bad(
        "msi-duplicate",
        "A second stream has the name of the first.",
        {
            let name = patched(vec![0; 66], 0, &utf16("Small"));
            patched(plain(), directory(3), &patched(name, 64, &[12]))
        },
        plain(),
    );
    c.bad(
        "msi-shared",
        "A stream starts where another one does.",
        patched(plain(), directory(1) + 116, &[5]),
        plain(),
    );
    c.bad(
        "msi-class-id",
        "The root's class, by which a program is chosen to open it, is another one.",
        patched(plain(), directory(0) + 80, b"\x84\x10\x0c\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"),
        plain(),
    );
    c.bad(
        "msi-times",
        "The times of a stream, which have none, hold text.",
        patched(plain(), directory(2) + 100, b"echo would run\0\0"),
        plain(),
    );
}

fn frames(c: &mut Cases<'_>) {
    let text: Vec<u8> =
        (0..300u32).flat_map(|n| format!("line {n} of {}\n", n * n % 97).into_bytes()).collect();
    let plain = || samples::lz4(&text);
    let content = plain().len() - 8;
    c.bad(
        "lz4-skippable-after",
        "A skippable frame with a payload follows.",
        [plain(), samples::skippable(PAYLOAD)].concat(),
        plain(),
    );
    c.bad(
        "lz4-second-frame",
        "A second frame adds content.",
        [plain(), samples::lz4(PAYLOAD)].concat(),
        plain(),
    );
    c.bad(
        "lz4-empty-frame",
        "A second frame without content follows.",
        [plain(), samples::lz4(b"")].concat(),
        plain(),
    );
    c.bad("lz4-trailing", "Bytes follow the last frame.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "lz4-checksum",
        "The content's checksum is wrong.",
        patched(plain(), content + 4, &[0; 4]),
        plain(),
    );
    c.bad("lz4-header-checksum", "The header's checksum is wrong.", patched(plain(), 6, &[0x41]), plain());
    c.bad(
        "lz4-stored",
        "The same content stands in the frame as it is, by no encoder known here.",
        {
            let (all, frame) = (text.clone(), plain());
            let size = (all.len() as u32 | 0x8000_0000).to_le_bytes();
            [&frame[..7], &size, &all, &frame[content..]].concat()
        },
        plain(),
    );
    c.bad(
        "lz4-date",
        "A text's date differs, which is explained; by what encoder it was packed is not known.",
        samples::lz4(b"Made 2024-01-01.\n"),
        samples::lz4(b"Made 2024-02-02.\n"),
    );
    c.bad(
        "lz4-content",
        "The content differs in one byte.",
        samples::lz4(&replaced(&text, b"line 250", b"line 25O")),
        plain(),
    );
}
