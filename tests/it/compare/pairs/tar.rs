//! tar: what headers, extension headers, filler and order can hide.

use super::Case;
use super::Cases;
use super::Expect;
use super::PAYLOAD;
use crate::compare::make::TarEntry;
use crate::compare::make::file;
use crate::compare::make::pax;
use crate::compare::make::tar;

fn base() -> Vec<TarEntry> {
    vec![
        file("app/", b"").with(|e| {
            e.kind = b'5';
            e.mode = *b"0000755\0";
        }),
        file("app/run", PAYLOAD).with(|e| e.mode = *b"0000755\0"),
        file("app/data.bin", &[7; 700]),
        file("app/README", b"Read me first.\n"),
    ]
}

/// The base with a change to the entry at `at`.
fn changed(at: usize, change: impl FnOnce(&mut TarEntry)) -> Vec<u8> {
    let mut entries = base();
    change(&mut entries[at]);
    tar(&entries)
}

/// The base with further entries before the one at `at`.
fn inserted(at: usize, more: &[TarEntry]) -> Vec<u8> {
    let mut entries = base();
    entries.splice(at..at, more.iter().cloned());
    tar(&entries)
}

pub fn cases(out: &mut Vec<Case>) {
    let mut c = Cases { name: "app.tar", out };
    let plain = || tar(&base());
    let run = 1;
    let data = 2;
    let readme = 3;

    c.bad("tar-set-uid", "The set-uid bit is added.", changed(run, |e| e.mode = *b"0004755\0"), plain());
    c.bad("tar-set-gid", "The set-gid bit is added.", changed(run, |e| e.mode = *b"0002755\0"), plain());
    c.bad("tar-sticky", "The sticky bit is added.", changed(data, |e| e.mode = *b"0001644\0"), plain());
    c.bad(
        "tar-executable",
        "A data file is made executable.",
        changed(data, |e| e.mode = *b"0000755\0"),
        plain(),
    );
    c.bad(
        "tar-world-writable",
        "Anyone may change a file.",
        changed(run, |e| e.mode = *b"0000757\0"),
        plain(),
    );
    c.bad("tar-owner", "The owner is another user.", changed(data, |e| e.uid = *b"0001750\0"), plain());
    c.bad("tar-group", "The group is another one.", changed(data, |e| e.gid = *b"0000052\0"), plain());
    c.bad(
        "tar-owner-name",
        "The owner's name is another one.",
        changed(data, |e| e.user = b"daemon".to_vec()),
        plain(),
    );
    c.bad(
        "tar-owner-payload",
        "Bytes after the owner's name.",
        changed(data, |e| e.user = b"root\0payload".to_vec()),
        plain(),
    );
    c.bad(
        "tar-symlink",
        "A regular file becomes a symbolic link.",
        changed(readme, |e| {
            e.kind = b'2';
            e.link = b"/etc/shadow".to_vec();
            e.data.clear();
        }),
        plain(),
    );
    c.bad(
        "tar-hard-link",
        "A regular file becomes a hard link.",
        changed(readme, |e| {
            e.kind = b'1';
            e.link = b"app/run".to_vec();
            e.data.clear();
        }),
        plain(),
    );
    c.bad(
        "tar-device",
        "A regular file becomes a character device.",
        changed(readme, |e| {
            e.kind = b'3';
            e.data.clear();
        }),
        plain(),
    );
    c.bad(
        "tar-fifo",
        "A regular file becomes a pipe.",
        changed(readme, |e| {
            e.kind = b'6';
            e.data.clear();
        }),
        plain(),
    );
    c.bad(
        "tar-block-device-with-content",
        "The type of a file with content says block device.",
        changed(data, |e| e.kind = b'4'),
        plain(),
    );
    c.bad("tar-contiguous", "The type says contiguous file.", changed(data, |e| e.kind = b'7'), plain());
    c.bad(
        "tar-unknown-type",
        "The type is one no standard knows.",
        changed(data, |e| e.kind = b'Q'),
        plain(),
    );
    c.bad(
        "tar-link-target",
        "A link leads elsewhere.",
        inserted(
            4,
            &[file("app/conf", b"").with(|e| {
                e.kind = b'2';
                e.link = b"/tmp/conf".to_vec();
            })],
        ),
        inserted(
            4,
            &[file("app/conf", b"").with(|e| {
                e.kind = b'2';
                e.link = b"/etc/conf".to_vec();
            })],
        ),
    );
    c.bad(
        "tar-name",
        "A file has another name.",
        changed(readme, |e| e.name = b"app/readme".to_vec()),
        plain(),
    );
    c.bad(
        "tar-name-tail",
        "Bytes follow the NUL of a name.",
        changed(readme, |e| e.name = b"app/README\0payload".to_vec()),
        plain(),
    );
    c.bad(
        "tar-link-name-unused",
        "A regular file's unused link name holds text.",
        changed(data, |e| e.link = b"payload".to_vec()),
        plain(),
    );
    c.bad(
        "tar-prefix",
        "The prefix field moves a file to another folder.",
        changed(readme, |e| e.prefix = b"/etc".to_vec()),
        plain(),
    );
    c.bad(
        "tar-trailing-slash",
        "A regular file's name ends in a slash.",
        changed(readme, |e| e.name = b"app/README/".to_vec()),
        plain(),
    );
    c.bad(
        "tar-absolute",
        "A name becomes absolute.",
        changed(readme, |e| e.name = b"/app/README".to_vec()),
        plain(),
    );
    c.bad(
        "tar-parent",
        "A name climbs out of the folder.",
        changed(readme, |e| e.name = b"../README".to_vec()),
        plain(),
    );
    c.bad("tar-content", "One bit of a program differs.", changed(run, |e| e.data[3] ^= 1), plain());
    c.bad(
        "tar-content-longer",
        "A program is longer.",
        changed(run, |e| e.data.extend(b"echo more\n")),
        plain(),
    );
    c.bad("tar-extra-member", "There is one more file.", inserted(4, &[file("app/extra", PAYLOAD)]), plain());
    c.bad(
        "tar-hidden-member",
        "There is one more file with a dot name.",
        inserted(1, &[file("app/.x", PAYLOAD)]),
        plain(),
    );
    c.bad(
        "tar-empty-member",
        "There is one more file without content.",
        inserted(4, &[file("app/py.typed", b"")]),
        plain(),
    );
    c.bad(
        "tar-extra-folder",
        "There is one more folder.",
        inserted(4, &[file("app/d/", b"").with(|e| e.kind = b'5')]),
        plain(),
    );
    c.bad(
        "tar-duplicate",
        "A name stands twice; the last one counts.",
        inserted(4, &[file("app/run", b"#!/bin/sh\necho other\n").with(|e| e.mode = *b"0000755\0")]),
        plain(),
    );
    c.bad(
        "tar-duplicate-order",
        "Two entries of one name change places.",
        inserted(4, &[file("app/x", b"one"), file("app/x", b"two")]),
        inserted(4, &[file("app/x", b"two"), file("app/x", b"one")]),
    );
    c.bad(
        "tar-padding",
        "The fill after a file's content is not zero.",
        changed(data, |e| e.fill = b'x'),
        plain(),
    );
    c.bad(
        "tar-trailing",
        "Bytes follow the end of the archive.",
        [plain(), PAYLOAD.to_vec()].concat(),
        plain(),
    );
    c.bad(
        "tar-second-archive",
        "A second archive follows the end of the first.",
        [plain(), tar(&[file("evil", PAYLOAD)])].concat(),
        plain(),
    );
    c.bad(
        "tar-one-zero-block",
        "An entry stands between the two zero blocks of the end.",
        {
            let mut bytes: Vec<u8> = base().iter().flat_map(TarEntry::bytes).collect();
            bytes.extend([0; 512]);
            bytes.extend(tar(&[file("evil", PAYLOAD)]));
            bytes
        },
        plain(),
    );
    c.bad(
        "tar-checksum",
        "A header's checksum is wrong.",
        changed(data, |e| e.checksum = Some(*b"000001\0 ")),
        plain(),
    );
    c.bad(
        "tar-checksum-tail",
        "A byte rides behind a checksum.",
        {
            let mut bytes = plain();
            bytes[155] = b'X';
            bytes
        },
        plain(),
    );
    c.add(
        "tar-checksum-form",
        "A checksum is written in another way.",
        Expect::Derived,
        {
            let mut bytes = plain();
            bytes[154..156].copy_from_slice(b" \0");
            bytes
        },
        plain(),
    );
    c.bad("tar-magic", "The format's version says GNU.", changed(data, |e| e.magic = *b"ustar  \0"), plain());
    c.bad(
        "tar-reserved",
        "Bytes in the header's unused end.",
        {
            let mut header = file("app/data.bin", &[7; 700]);
            header.prefix = vec![0; 155];
            let mut entries: Vec<Vec<u8>> = base().iter().map(TarEntry::bytes).collect();
            entries[2][500..507].copy_from_slice(b"payload");
            let sum: u32 = entries[2][..512]
                .iter()
                .enumerate()
                .map(|(at, b)| if (148..156).contains(&at) { 32 } else { u32::from(*b) })
                .sum();
            entries[2][148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            [entries.concat(), vec![0; 1024]].concat()
        },
        plain(),
    );
    c.bad(
        "tar-size-lies",
        "A header gives a smaller size; the rest of the content stands in the open.",
        changed(data, |e| e.size = Some(100)),
        plain(),
    );
    c.bad(
        "tar-size-swallows",
        "A header gives a size that swallows the next entry.",
        changed(data, |e| e.size = Some(1400)),
        plain(),
    );
    c.bad(
        "tar-pax-path",
        "A PAX record gives a file another name.",
        inserted(readme, &[pax(b'x', &[("path", b"etc/cron.d/x")])]),
        plain(),
    );
    c.bad(
        "tar-pax-size",
        "A PAX record overrides a size.",
        inserted(data, &[pax(b'x', &[("size", b"0")])]),
        plain(),
    );
    c.bad(
        "tar-pax-link",
        "A PAX record gives a link's target.",
        inserted(readme, &[pax(b'x', &[("linkpath", b"/etc/shadow")])]),
        plain(),
    );
    c.bad(
        "tar-pax-capability",
        "An extended attribute grants a capability.",
        inserted(
            run,
            &[pax(
                b'x',
                &[(
                    "SCHILY.xattr.security.capability",
                    b"\x01\0\0\x02\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0",
                )],
            )],
        ),
        plain(),
    );
    c.bad(
        "tar-pax-capability-changed",
        "An extended attribute grants another capability.",
        inserted(run, &[pax(b'x', &[("SCHILY.xattr.security.capability", b"\x01\0\0\x02\xff\xff\0\0")])]),
        inserted(run, &[pax(b'x', &[("SCHILY.xattr.security.capability", b"\x01\0\0\x02\0\x20\0\0")])]),
    );
    c.bad(
        "tar-pax-acl",
        "An extended attribute holds an access list.",
        inserted(run, &[pax(b'x', &[("SCHILY.acl.access", b"user::rwx,user:games:rwx")])]),
        plain(),
    );
    c.bad(
        "tar-pax-uid",
        "A PAX record gives another owner.",
        inserted(data, &[pax(b'x', &[("uid", b"1000")])]),
        plain(),
    );
    c.bad(
        "tar-pax-comment",
        "A PAX comment holds a payload.",
        inserted(data, &[pax(b'x', &[("comment", PAYLOAD)])]),
        plain(),
    );
    c.bad(
        "tar-pax-vendor-key",
        "A PAX record of a vendor's own holds a payload.",
        inserted(data, &[pax(b'x', &[("VENDOR.blob", PAYLOAD)])]),
        plain(),
    );
    c.bad(
        "tar-pax-global",
        "A global PAX header renames what follows.",
        inserted(0, &[pax(b'g', &[("path", b"x")])]),
        plain(),
    );
    c.bad(
        "tar-pax-global-comment",
        "A global PAX header holds a payload.",
        inserted(0, &[pax(b'g', &[("comment", PAYLOAD)])]),
        plain(),
    );
    c.bad(
        "tar-pax-malformed",
        "A PAX header's records are not records.",
        inserted(data, &[file("PaxHeaders/x", b"99999 nonsense\n").with(|e| e.kind = b'x')]),
        plain(),
    );
    c.bad(
        "tar-pax-mtime-payload",
        "A PAX time is followed by more than a time.",
        inserted(data, &[pax(b'x', &[("mtime", b"1700000000.payload")])]),
        inserted(data, &[pax(b'x', &[("mtime", b"1700000000.0000000")])]),
    );
    c.bad(
        "tar-gnu-long-name",
        "A GNU long name renames a file.",
        inserted(readme, &[file("././@LongLink", b"etc/profile\0").with(|e| e.kind = b'L')]),
        plain(),
    );
    c.bad(
        "tar-gnu-long-link",
        "A GNU long link gives a target.",
        inserted(readme, &[file("././@LongLink", b"/etc/shadow\0").with(|e| e.kind = b'K')]),
        plain(),
    );
    c.bad(
        "tar-volume-label",
        "A volume label is added.",
        inserted(0, &[file("label", b"").with(|e| e.kind = b'V')]),
        plain(),
    );
    c.bad("tar-missing-member", "A file is left out.", tar(&base()[..3]), plain());
    c.bad(
        "tar-missing-program",
        "The program is left out.",
        tar(&[base()[0].clone(), base()[2].clone(), base()[3].clone()]),
        plain(),
    );
    c.bad(
        "tar-order-of-links",
        "A link moves before what is unpacked through it.",
        inserted(
            1,
            &[
                file("app/lib", b"").with(|e| {
                    e.kind = b'2';
                    e.link = b"/usr/lib".to_vec();
                }),
                file("app/lib/x", b"x"),
            ],
        ),
        inserted(
            1,
            &[
                file("app/lib/x", b"x"),
                file("app/lib", b"").with(|e| {
                    e.kind = b'2';
                    e.link = b"/usr/lib".to_vec();
                }),
            ],
        ),
    );
    c.bad(
        "tar-no-end",
        "The end of the archive is missing.",
        plain()[..plain().len() - 1024].to_vec(),
        plain(),
    );
    c.bad(
        "tar-mtime-payload",
        "A time field holds text.",
        changed(data, |e| e.mtime = *b"payload-here"),
        plain(),
    );
    c.bad(
        "tar-mtime-beyond",
        "A time lies beyond any build.",
        changed(data, |e| e.mtime = *b"777777777777"),
        plain(),
    );

    c.add(
        "tar-mtime",
        "Files carry another time.",
        Expect::Explained(&["timestamp"]),
        changed(data, |e| e.mtime = *b"14524707000\0"),
        plain(),
    );
    c.add(
        "tar-umask",
        "The group may not read.",
        Expect::Explained(&["umask"]),
        changed(data, |e| e.mode = *b"0000604\0"),
        plain(),
    );
    c.bad(
        "tar-order-of-case",
        "Two files whose names are one on a system that does not tell case apart change places.",
        tar(&[file("Run", b"one"), file("run", b"two")]),
        tar(&[file("run", b"two"), file("Run", b"one")]),
    );
    c.bad(
        "tar-order-of-spelling",
        "Two files whose names are two spellings of one path change places.",
        tar(&[file("a/run", b"one"), file("./a//run", b"two")]),
        tar(&[file("./a//run", b"two"), file("a/run", b"one")]),
    );
    c.bad(
        "tar-pax-time-with-a-payload",
        "A time has hundreds of digits behind its point.",
        tar(&[
            pax(b'x', &[("mtime", format!("1700000000.{}", "31337".repeat(90)).as_bytes())]),
            file("a", b"x"),
        ]),
        tar(&[
            pax(b'x', &[("mtime", format!("1700000000.{}", "0".repeat(450)).as_bytes())]),
            file("a", b"x"),
        ]),
    );
    c.add(
        "tar-order",
        "The same plain files stand in another order.",
        Expect::Explained(&["member-order"]),
        {
            let mut entries = base();
            entries.swap(2, 3);
            tar(&entries)
        },
        plain(),
    );
    c.add(
        "tar-blocking",
        "The archive is filled with zeros to a full record.",
        Expect::Derived,
        [plain(), vec![0; 10240 - plain().len() % 10240]].concat(),
        plain(),
    );
    c.add(
        "tar-pax-mtime",
        "A PAX time is another one.",
        Expect::Explained(&["timestamp"]),
        inserted(data, &[pax(b'x', &[("mtime", b"1700000000.1234567")])]),
        inserted(data, &[pax(b'x', &[("mtime", b"1700000001.7654321")])]),
    );
}
