//! zip: two descriptions of every entry, and room between, before and after them.

use super::Case;
use super::Cases;
use super::Expect;
use super::PAYLOAD;
use crate::compare::make::Zip;
use crate::compare::make::ZipEntry;
use crate::compare::make::deflate;
use crate::compare::make::end_record;
use crate::compare::make::entry;
use crate::compare::make::extra;
use crate::compare::make::zip;

fn long_text() -> Vec<u8> {
    (0..400u32).flat_map(|n| format!("line {} of the data\n", n * 7919 % 401).into_bytes()).collect()
}

fn base() -> Zip {
    zip(&[
        entry("app/run.py", b"print('hello')\n"),
        entry("app/data.txt", &long_text()),
        entry("app/blob.bin", &[9; 64]).with(|e| e.method = 0),
    ])
}

/// The base with a change to the entry at `at`.
fn changed(at: usize, change: impl FnOnce(&mut ZipEntry)) -> Vec<u8> {
    base().with(|z| change(&mut z.entries[at])).bytes()
}

fn around(change: impl FnOnce(&mut Zip)) -> Vec<u8> {
    base().with(change).bytes()
}

pub fn cases(out: &mut Vec<Case>) {
    let mut c = Cases { name: "app.zip", out };
    let plain = || base().bytes();
    let (run, data, blob) = (0, 1, 2);

    c.bad(
        "zip-set-uid",
        "The set-uid bit is added.",
        changed(run, |e| e.external = 0o104_755 << 16),
        plain(),
    );
    c.bad(
        "zip-executable",
        "A file is made executable.",
        changed(run, |e| e.external = 0o100_755 << 16),
        plain(),
    );
    c.bad(
        "zip-symlink",
        "A regular file becomes a symbolic link.",
        changed(run, |e| e.external = 0o120_644 << 16),
        plain(),
    );
    c.bad(
        "zip-dos-directory",
        "A file's DOS bits say directory.",
        changed(run, |e| e.external |= 0x10),
        plain(),
    );
    c.bad("zip-dos-hidden", "A file's DOS bits say hidden.", changed(run, |e| e.external |= 2), plain());
    c.bad(
        "zip-stub",
        "A shell stub stands before the archive.",
        around(|z| z.prefix = PAYLOAD.to_vec()),
        plain(),
    );
    c.bad(
        "zip-pe-stub",
        "A program's header stands before the archive.",
        around(|z| z.prefix = [b"MZ".to_vec(), vec![0; 510]].concat()),
        plain(),
    );
    c.bad(
        "zip-hidden-entry",
        "A local entry is not in the directory.",
        around(|z| z.entries.push(entry("evil.py", PAYLOAD).with(|e| e.listed = false))),
        plain(),
    );
    c.bad(
        "zip-hidden-first",
        "The first local entry is not in the directory.",
        around(|z| z.entries.insert(0, entry("__main__.py", PAYLOAD).with(|e| e.listed = false))),
        plain(),
    );
    c.bad(
        "zip-local-name",
        "A local header gives another name.",
        changed(run, |e| e.local_name = Some(b"app/own.py".to_vec())),
        plain(),
    );
    c.bad(
        "zip-local-name-longer",
        "A local header gives a longer name.",
        changed(run, |e| e.local_name = Some(b"../../../etc/x".to_vec())),
        plain(),
    );
    c.bad(
        "zip-both-names",
        "Both headers give another name.",
        changed(run, |e| e.name = b"app/run.pY".to_vec()),
        plain(),
    );
    c.bad(
        "zip-unicode-name",
        "A name differs in an invisible character.",
        changed(run, |e| e.name = "app/run\u{200b}.py".into()),
        plain(),
    );
    c.bad(
        "zip-extra-local",
        "A payload stands in a local extra field.",
        changed(run, |e| e.local_extra = extra(0x6666, PAYLOAD)),
        plain(),
    );
    c.bad(
        "zip-extra-central",
        "A payload stands in a directory extra field.",
        changed(run, |e| e.central_extra = extra(0x6666, PAYLOAD)),
        plain(),
    );
    c.bad(
        "zip-extra-changed",
        "An extra field of no known kind differs.",
        changed(run, |e| e.local_extra = extra(0x6666, b"abcd")),
        changed(run, |e| e.local_extra = extra(0x6666, b"efgh")),
    );
    c.bad(
        "zip-extra-unicode-path",
        "A Unicode path field gives another name.",
        changed(run, |e| e.central_extra = extra(0x7075, b"\x01\0\0\0\0evil.py")),
        plain(),
    );
    c.bad(
        "zip-extra-broken",
        "An extra field has no structure.",
        changed(run, |e| e.local_extra = b"xyz".to_vec()),
        plain(),
    );
    c.bad(
        "zip-extra-time-payload",
        "An extra field of times holds more than times.",
        changed(run, |e| e.local_extra = extra(0x5455, &[&[1][..], PAYLOAD].concat())),
        changed(run, |e| e.local_extra = extra(0x5455, &[1, 0, 0xf1, 0x53, 0x65])),
    );
    c.bad(
        "zip-extra-owner",
        "An extra field gives another owner.",
        changed(run, |e| e.local_extra = extra(0x7875, &[1, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0])),
        changed(run, |e| e.local_extra = extra(0x7875, &[1, 4, 0xe8, 3, 0, 0, 4, 0xe8, 3, 0, 0])),
    );
    c.bad(
        "zip-entry-comment",
        "An entry's comment holds a payload.",
        changed(run, |e| e.comment = PAYLOAD.to_vec()),
        plain(),
    );
    c.bad(
        "zip-archive-comment",
        "The archive's comment holds a payload.",
        around(|z| z.comment = PAYLOAD.to_vec()),
        plain(),
    );
    c.bad(
        "zip-comment-changed",
        "The archive's comment is another one.",
        around(|z| z.comment = b"built by a".to_vec()),
        around(|z| z.comment = b"built by b".to_vec()),
    );
    c.bad("zip-trailing", "Bytes follow the end record.", around(|z| z.after = PAYLOAD.to_vec()), plain());
    c.bad(
        "zip-gap-entries",
        "Bytes stand between two entries.",
        changed(run, |e| e.after = PAYLOAD.to_vec()),
        plain(),
    );
    c.bad(
        "zip-gap-zeros",
        "Zeros stand between two entries.",
        changed(run, |e| e.after = vec![0; 64]),
        plain(),
    );
    c.bad(
        "zip-gap-directory",
        "Bytes stand before the directory.",
        around(|z| z.before_directory = PAYLOAD.to_vec()),
        plain(),
    );
    c.bad(
        "zip-gap-end",
        "Bytes stand between directory and end record.",
        around(|z| z.before_end = PAYLOAD.to_vec()),
        plain(),
    );
    c.bad(
        "zip-second-end",
        "A second end record stands in the comment.",
        around(|z| z.comment = end_record(0, 0, 0, b"")),
        plain(),
    );
    c.bad(
        "zip-second-archive",
        "A second archive follows the first.",
        [plain(), zip(&[entry("run.py", PAYLOAD)]).bytes()].concat(),
        plain(),
    );
    c.bad(
        "zip-zip64-extensible",
        "Data stands in the zip64 extensible sector.",
        around(|z| {
            let mut sector = b"PK\x06\x06".to_vec();
            sector.extend((44 + PAYLOAD.len() as u64).to_le_bytes());
            sector.extend([0; 44]);
            sector.extend(PAYLOAD);
            z.before_end = sector;
        }),
        plain(),
    );
    c.bad(
        "zip-duplicate",
        "A name stands twice.",
        around(|z| z.entries.push(entry("app/run.py", PAYLOAD))),
        plain(),
    );
    c.bad(
        "zip-duplicate-order",
        "Two entries of one name change places.",
        around(|z| z.entries.extend([entry("x", b"one"), entry("x", b"two")])),
        around(|z| z.entries.extend([entry("x", b"two"), entry("x", b"one")])),
    );
    c.bad(
        "zip-duplicate-directory",
        "The directory lists one entry twice.",
        around(|z| z.order = Some(vec![0, 1, 2, 0])),
        plain(),
    );
    c.bad(
        "zip-extra-entry",
        "There is one more file.",
        around(|z| z.entries.push(entry("app/evil.py", PAYLOAD))),
        plain(),
    );
    c.bad(
        "zip-extra-empty",
        "There is one more file without content.",
        around(|z| z.entries.push(entry("app/__init__.py", b"").with(|e| e.method = 0))),
        plain(),
    );
    c.bad(
        "zip-missing-entry",
        "A file is left out.",
        around(|z| {
            z.entries.remove(data);
        }),
        plain(),
    );
    c.bad(
        "zip-content",
        "A program differs.",
        changed(run, |e| e.data = b"print('hellO')\n".to_vec()),
        plain(),
    );
    c.bad("zip-blob", "A stored file differs in one bit.", changed(blob, |e| e.data[10] ^= 1), plain());
    c.bad("zip-crc", "A checksum is wrong.", changed(run, |e| e.crc = Some(0x1234_5678)), plain());
    c.bad(
        "zip-method-lies",
        "A stored file is said to be deflated.",
        changed(blob, |e| {
            e.method = 8;
            e.packed = Some(vec![9; 64]);
        }),
        plain(),
    );
    c.bad(
        "zip-method-unknown",
        "A file has an unknown method.",
        changed(blob, |e| {
            e.method = 77;
            e.packed = Some(vec![9; 64]);
        }),
        plain(),
    );
    c.bad("zip-encrypted", "A file is said to be encrypted.", changed(run, |e| e.flags = 1), plain());
    c.bad(
        "zip-after-deflate",
        "Bytes follow the end of a deflate stream, inside the entry.",
        changed(data, |e| e.packed = Some([deflate(&long_text(), 6), PAYLOAD.to_vec()].concat())),
        plain(),
    );
    c.bad(
        "zip-made-by-system",
        "The directory says Unix where it said DOS.",
        changed(run, |e| e.made_by = 0x0014),
        plain(),
    );
    c.bad("zip-utf8-flag", "The name is said to be UTF-8.", changed(run, |e| e.flags = 0x800), plain());
    c.bad("zip-reserved-flag", "A reserved flag is set.", changed(run, |e| e.flags = 0x8000), plain());
    c.bad("zip-time-lies", "A time is no time.", changed(run, |e| e.time = [0xff; 4]), plain());
    c.bad(
        "zip-internal-lies",
        "Reserved internal attributes are set.",
        changed(run, |e| e.internal = 0xbeef),
        plain(),
    );
    c.bad(
        "zip-version-lies",
        "The version needed holds more than a version.",
        changed(run, |e| e.needed = 0x4141),
        plain(),
    );
    c.bad(
        "zip-stored-instead",
        "A file is stored where it was deflated.",
        changed(data, |e| e.method = 0),
        plain(),
    );
    c.add(
        "zip-directory-order",
        "The directory lists plain files in another order.",
        Expect::Explained(&["member-order"]),
        around(|z| z.order = Some(vec![2, 1, 0])),
        plain(),
    );
    c.add(
        "zip-time",
        "Entries carry another time.",
        Expect::Explained(&["timestamp"]),
        changed(run, |e| e.time = [0, 0, 0x21, 0x50]),
        plain(),
    );
    c.add(
        "zip-extra-time",
        "An extra field carries another time.",
        Expect::Explained(&["timestamp"]),
        changed(run, |e| e.local_extra = extra(0x5455, &[1, 1, 0xf1, 0x53, 0x65])),
        changed(run, |e| e.local_extra = extra(0x5455, &[1, 0, 0xf1, 0x53, 0x65])),
    );
    c.add(
        "zip-level",
        "A file is compressed at another level.",
        Expect::Explained(&["compression"]),
        changed(data, |e| e.level = 1),
        plain(),
    );
    c.add(
        "zip-umask",
        "The group may write.",
        Expect::Explained(&["umask"]),
        changed(run, |e| e.external = 0o100_664 << 16),
        plain(),
    );
    c.add(
        "zip-made-by-version",
        "A newer packer made it.",
        Expect::Explained(&["archive-metadata"]),
        changed(run, |e| e.made_by = 0x031e),
        plain(),
    );

    c.name = "app.jar";
    let jar = |first: &str, second: &str| {
        zip(&[entry(first, b"x: y\r\n"), entry(second, b"\xca\xfe\xba\xbe....")]).bytes()
    };
    c.bad(
        "jar-before-manifest",
        "An entry moves before the manifest.",
        jar("A.class", "META-INF/MANIFEST.MF"),
        jar("META-INF/MANIFEST.MF", "A.class"),
    );
    c.bad(
        "jar-manifest-attribute",
        "The manifest has one more attribute.",
        zip(&[entry("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\r\nClass-Path: evil.jar\r\n\r\n")])
            .bytes(),
        zip(&[entry("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\r\n\r\n")]).bytes(),
    );
    c.bad(
        "jar-main-class",
        "The manifest names another main class.",
        zip(&[entry("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\r\nMain-Class: Evil\r\n\r\n")]).bytes(),
        zip(&[entry("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\r\nMain-Class: Good\r\n\r\n")]).bytes(),
    );
    c.bad(
        "jar-git-properties",
        "git.properties holds something else.",
        zip(&[entry("git.properties", b"git.commit.id=1234\nurl=https://example.invalid/\n")]).bytes(),
        zip(&[entry("git.properties", b"git.commit.id=1234\n")]).bytes(),
    );
    c.bad(
        "jar-class",
        "A class differs.",
        jar("META-INF/MANIFEST.MF", "B.class"),
        jar("META-INF/MANIFEST.MF", "A.class"),
    );
    c.add(
        "jar-created-by",
        "Another JDK packed it.",
        Expect::Explained(&["toolchain-version-in-text"]),
        zip(&[entry(
            "META-INF/MANIFEST.MF",
            b"Manifest-Version: 1.0\r\nCreated-By: 17.0.2 (Vendor)\r\n\r\n",
        )])
        .bytes(),
        zip(&[entry(
            "META-INF/MANIFEST.MF",
            b"Manifest-Version: 1.0\r\nCreated-By: 17.0.8 (Debian)\r\n\r\n",
        )])
        .bytes(),
    );
}
