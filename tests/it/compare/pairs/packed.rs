//! Files that stand packed together: squashfs images, folders of 7z archives and of cabinets.

use super::Case;
use super::Cases;
use super::Expect;
use super::PAYLOAD;
use crate::formats::samples;
use crate::formats::samples::Packed;
use crate::formats::samples::Squashfs;
use crate::formats::samples::sevenz_of;

pub fn cases(out: &mut Vec<Case>) {
    images(&mut Cases { name: "data.squashfs", out });
    tables(&mut Cases { name: "data.squashfs", out });
    archives(&mut Cases { name: "data.7z", out });
    cabinets(&mut Cases { name: "data.cab", out });
}

fn base() -> Squashfs {
    let program: Vec<u8> = (0..6000u32).flat_map(|n| (n * n % 7919).to_le_bytes()).collect();
    Squashfs::of(&[
        ("bin/run", &program),
        ("bin/twin", &program[8192..12_288]),
        ("etc/one", b"allow=none\n"),
        ("etc/two", b"allow=all!\n"),
        ("readme.txt", b"Read me. Made 2024-01-01.\n"),
    ])
    .with(|image| image.links.push(("etc/link".to_owned(), "one".to_owned())))
}

fn images(c: &mut Cases<'_>) {
    let plain = || base().bytes();
    let changed = |change: &dyn Fn(&mut Squashfs)| base().with(|image| change(image)).bytes();
    c.bad(
        "squashfs-set-uid",
        "A program gets the set-uid bit.",
        changed(&|i| i.files[0].2 = 0o4755),
        plain(),
    );
    c.bad("squashfs-executable", "A file is made executable.", changed(&|i| i.files[4].2 = 0o755), plain());
    c.bad("squashfs-owner", "Everything belongs to another user.", changed(&|i| i.owner = 1000), plain());
    c.bad(
        "squashfs-content",
        "One bit of a program differs.",
        changed(&|i| i.files[0].1[5000] ^= 1),
        plain(),
    );
    c.bad(
        "squashfs-tail",
        "One bit of the end of a file differs.",
        changed(&|i| i.files[2].1[3] ^= 1),
        plain(),
    );
    c.bad("squashfs-longer", "A program is longer.", changed(&|i| i.files[0].1.extend(PAYLOAD)), plain());
    c.bad("squashfs-link", "A link leads elsewhere.", changed(&|i| i.links[0].1 = "two".to_owned()), plain());
    c.bad(
        "squashfs-name",
        "A file has another name.",
        changed(&|i| i.files[2].0 = "etc/own".to_owned()),
        plain(),
    );
    c.bad(
        "squashfs-extra",
        "There is one more file.",
        changed(&|i| i.files.push(("etc/x".to_owned(), PAYLOAD.to_vec(), 0o755))),
        plain(),
    );
    c.bad("squashfs-missing", "A file is left out.", changed(&|i| drop(i.files.remove(2))), plain());
    c.bad(
        "squashfs-swapped",
        "Two files of one length change their contents.",
        changed(&|i| {
            let one = i.files[2].1.clone();
            i.files[2].1 = i.files[3].1.clone();
            i.files[3].1 = one;
        }),
        plain(),
    );
    c.bad(
        "squashfs-file-becomes-link",
        "A file becomes a link.",
        changed(&|i| {
            i.files.remove(2);
            i.links.push(("etc/one".to_owned(), "two".to_owned()));
        }),
        plain(),
    );
    c.bad(
        "squashfs-gap",
        "Bytes stand between the blocks and the tables.",
        changed(&|i| i.gap = PAYLOAD.to_vec()),
        plain(),
    );
    c.bad(
        "squashfs-fragment",
        "Bytes stand in a fragment block and in no file.",
        changed(&|i| i.unnamed = PAYLOAD.to_vec()),
        plain(),
    );
    c.bad("squashfs-trailing", "Bytes follow the image.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "squashfs-padding",
        "The filler behind the tables holds a payload.",
        {
            let mut out = plain();
            let at = out.len() - PAYLOAD.len();
            out[at..].copy_from_slice(PAYLOAD);
            out
        },
        plain(),
    );
    c.add(
        "squashfs-level",
        "The same files, packed with less effort.",
        Expect::Explained(&["compression"]),
        changed(&|i| i.level = 1),
        plain(),
    );
    c.add(
        "squashfs-stored",
        "The same files, not packed at all.",
        Expect::Explained(&["compression"]),
        changed(&|i| i.level = 0),
        plain(),
    );
    c.add(
        "squashfs-time",
        "The image and the files in it carry another time.",
        Expect::Explained(&["timestamp", "compression"]),
        changed(&|i| i.time += 86_400),
        plain(),
    );
    c.add(
        "squashfs-document",
        "A date in a document for people differs.",
        Expect::Explained(&["timestamp-in-text", "compression"]),
        changed(&|i| i.files[4].1 = b"Read me. Made 2024-02-02.\n".to_vec()),
        plain(),
    );
    c.bad(
        "squashfs-level-and-bit",
        "Packed with less effort, and one bit of a program differs.",
        changed(&|i| {
            i.level = 1;
            i.files[0].1[5000] ^= 1;
        }),
        plain(),
    );
}

/// Fields of the tables, which are stored as they are.
fn tables(c: &mut Cases<'_>) {
    let image = || base().with(|image| image.level = 0);
    let plain = || image().bytes();
    let tables = |change: &dyn Fn(&mut [u8], usize, usize)| {
        let (mut out, places) = image().written();
        change(&mut out, places.inodes + 2, places.directories + 2);
        out
    };
    // The inode of the first file stands first; its five block sizes are behind 32 bytes.
    c.bad(
        "squashfs-size-bits",
        "An unused bit of a block's size is set.",
        tables(&|out, inodes, _| out[inodes + 32 + 3] |= 0x80),
        plain(),
    );
    c.bad(
        "squashfs-place",
        "A file that has an end in a fragment and no block says where a block would be.",
        tables(&|out, inodes, _| out[file(out, inodes, 2) + 16] = 0x41),
        plain(),
    );
    c.bad(
        "squashfs-fragment-of-nothing",
        "A file of whole blocks says where in a fragment an end of no bytes would be.",
        tables(&|out, inodes, _| {
            let at = file(out, inodes, 1) + 20;
            out[at..at + 8].copy_from_slice(&[0, 0, 0, 0, 5, 0, 0, 0]);
        }),
        plain(),
    );
    c.bad(
        "squashfs-fragment-place",
        "The end of one file stands where that of another does, and the size stays.",
        tables(&|out, inodes, _| {
            let at = file(out, inodes, 2) + 24;
            let offset = u32::from_le_bytes(out[at..at + 4].try_into().unwrap());
            out[at..at + 4].copy_from_slice(&(offset + 11).to_le_bytes());
        }),
        plain(),
    );
    c.bad(
        "squashfs-number",
        "Two names of a folder lead to the inode of each other.",
        tables(&|out, _, directories| {
            let entry = |name: &[u8]| {
                let found = out[directories..].windows(3).position(|window| window == name).unwrap();
                directories + found - 8
            };
            let (one, two) = (entry(b"one"), entry(b"two"));
            for byte in 0..4 {
                out.swap(one + byte, two + byte);
            }
        }),
        plain(),
    );
    c.bad(
        "squashfs-reference",
        "A name leads to the inode of another name, and says the number of its own.",
        tables(&|out, _, directories| {
            let entry = |name: &[u8]| {
                let found = out[directories..].windows(3).position(|window| window == name).unwrap();
                directories + found - 8
            };
            let (one, two) = (entry(b"one"), entry(b"two"));
            out.copy_within(two..two + 2, one);
        }),
        plain(),
    );
    c.bad(
        "squashfs-root",
        "Another folder is the root.",
        tables(&|out, inodes, _| {
            // The first folder's inode stands behind those of files and links: a type of 1, with its mode.
            let at = out[inodes..].windows(4).position(|window| window == [1, 0, 0xed, 1]).unwrap();
            out[32..34].copy_from_slice(&(at as u16).to_le_bytes());
        }),
        plain(),
    );
    c.bad(
        "squashfs-unused",
        "The unused field of a fragment's entry holds bytes.",
        tables(&|out, _, directories| {
            let entry = out[directories..]
                .windows(8)
                .rposition(|window| window[4..] == [0; 4] && window[3] == 1)
                .unwrap();
            out[directories + entry + 4] = b'!';
        }),
        plain(),
    );
}

/// Where the inode of a file starts: this many stand before it.
fn file(out: &[u8], inodes: usize, before: usize) -> usize {
    let mut at = inodes;
    for _ in 0..before {
        let size = u32::from_le_bytes(out[at + 28..at + 32].try_into().unwrap());
        at += 32 + size as usize / 4096 * 4;
    }
    at
}

fn archives(c: &mut Cases<'_>) {
    let content: Vec<u8> = (0..30_000u32).flat_map(|n| (n * n % 977).to_string().into_bytes()).collect();
    let of = |names: [&str; 2], cut: usize, packed| {
        sevenz_of(&[(names[0], &content[..cut]), (names[1], &content[cut..])], packed)
    };
    let plain = || of(["a.js", "b.js"], 20_000, Packed::Lzma2);
    c.add(
        "7z-level",
        "The same files, packed with less effort.",
        Expect::Explained(&["compression"]),
        of(["a.js", "b.js"], 20_000, Packed::Lzma2Quickly),
        plain(),
    );
    c.bad(
        "7z-cut",
        "The same packed bytes, cut into files elsewhere.",
        of(["a.js", "b.js"], 20_001, Packed::Lzma2),
        plain(),
    );
    c.bad(
        "7z-swapped-names",
        "Two files change names.",
        of(["b.js", "a.js"], 20_000, Packed::Lzma2),
        plain(),
    );
    c.bad(
        "7z-number",
        "A number of the header is written longer than it is.",
        with_header(plain(), |header| {
            // The count of files, behind the mark of their list.
            let at = header.windows(3).position(|window| window == [0x05, 2, 0x11]).unwrap() + 1;
            header.splice(at..at + 1, [0x80, 2]);
        }),
        plain(),
    );
    c.bad(
        "7z-behind-header",
        "Bytes follow the header's end, within its stated size.",
        with_header(plain(), |header| header.extend(PAYLOAD)),
        plain(),
    );
    c.bad(
        "7z-twice",
        "The sizes of the packed streams stand twice; the first ones lead nowhere.",
        with_header(plain(), |header| {
            let at = header.windows(2).position(|window| window == [1, 0x09]).unwrap() + 1;
            let end = at + header[at..].iter().position(|byte| *byte == 0).unwrap();
            let sizes = header[at..end].to_vec();
            header.splice(at..at, sizes);
        }),
        plain(),
    );
    c.bad(
        "7z-behind-stream",
        "Bytes follow the end of a packed stream, within its stated size.",
        behind_stream(plain()),
        plain(),
    );
}

/// The archive with its header changed, and the sums that follow from it.
fn with_header(archive: Vec<u8>, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let offset = u64::from_le_bytes(archive[12..20].try_into().unwrap()) as usize;
    let mut header = archive[32 + offset..].to_vec();
    change(&mut header);
    let mut out = archive[..32 + offset].to_vec();
    out[20..28].copy_from_slice(&(header.len() as u64).to_le_bytes());
    out[28..32].copy_from_slice(&crc32fast::hash(&header).to_le_bytes());
    let sum = crc32fast::hash(&out[12..32]);
    out[8..12].copy_from_slice(&sum.to_le_bytes());
    out.extend(header);
    out
}

/// Eight bytes behind the packed stream, counted as its own.
fn behind_stream(archive: Vec<u8>) -> Vec<u8> {
    let offset = u64::from_le_bytes(archive[12..20].try_into().unwrap()) as usize;
    let mut out = archive.clone();
    out.splice(32 + offset..32 + offset, *b"a secret");
    out[12..20].copy_from_slice(&(offset as u64 + 8).to_le_bytes());
    with_header(out, |header| {
        let at = header.windows(2).position(|window| window == [1, 0x09]).unwrap() + 2;
        let (size, len) = (
            offset + 8,
            if header[at] < 0x80 {
                1
            } else if header[at] < 0xc0 {
                2
            } else {
                3
            },
        );
        let number = match len {
            1 => vec![size as u8],
            2 => vec![0x80 | (size >> 8) as u8, size as u8],
            _ => vec![0xc0 | (size >> 16) as u8, size as u8, (size >> 8) as u8],
        };
        header.splice(at..at + len, number);
    })
}

fn cabinets(c: &mut Cases<'_>) {
    let plain = || samples::cab_mszip().0;
    c.add(
        "cab-level",
        "The same files, packed with less effort.",
        Expect::Explained(&["compression"]),
        samples::cab_mszip_at(1, 20_000).0,
        plain(),
    );
    c.bad(
        "cab-cut",
        "The same blocks, cut into files elsewhere.",
        samples::cab_mszip_at(9, 20_001).0,
        plain(),
    );
    let stored = |files: &[(&str, &[u8])], content: &[u8]| {
        samples::cab_of(0, files, &[(content.to_vec(), content.len() as u16)])
    };
    let two = || stored(&[("a.js", b"allow=none"), ("b.js", b"allow=all!")], b"allow=noneallow=all!");
    c.bad(
        "cab-content",
        "One bit of a file differs.",
        stored(&[("a.js", b"allow=none"), ("b.js", b"allow=all!")], b"allow=nonealloW=all!"),
        two(),
    );
    c.bad(
        "cab-names",
        "Two files change names.",
        stored(&[("b.js", b"allow=none"), ("a.js", b"allow=all!")], b"allow=noneallow=all!"),
        two(),
    );
    c.bad(
        "cab-unnamed",
        "The blocks hold more than the files.",
        stored(&[("a.js", b"allow=none"), ("b.js", b"allow=all!")], b"allow=noneallow=all!and more"),
        two(),
    );
    c.bad(
        "cab-shared",
        "A second file stands where the first one does.",
        {
            let mut out = two();
            let at = out.windows(5).position(|window| window == b"b.js\0").unwrap() - 12;
            out[at..at + 4].copy_from_slice(&0u32.to_le_bytes());
            out
        },
        two(),
    );
}
