//! Debian packages, static libraries and wheels: containers of containers, and the lists they carry.

use super::Case;
use super::Cases;
use super::Expect;
use super::PAYLOAD;
use crate::compare::make::TarEntry;
use crate::compare::make::ar;
use crate::compare::make::ar_member;
use crate::compare::make::deb;
use crate::compare::make::entry;
use crate::compare::make::file;
use crate::compare::make::gzip;
use crate::compare::make::tar;
use crate::compare::make::xz;
use crate::compare::make::zip;

fn control() -> Vec<TarEntry> {
    vec![
        file("./control", b"Package: app\nVersion: 1.0\nDepends: libc6 (>= 2.36)\n"),
        file("./postinst", b"#!/bin/sh\nset -e\nexit 0\n").with(|e| e.mode = *b"0000755\0"),
    ]
}

fn data() -> Vec<TarEntry> {
    vec![
        file("./usr/bin/app", b"\x7fprogram of no known format").with(|e| e.mode = *b"0000755\0"),
        file(
            "./usr/share/doc/app/changelog",
            b"app (1.0)\n\n -- A <a@b.c>  Thu, 02 Mar 2023 10:00:00 +0000\n",
        ),
    ]
}

fn changed(mut entries: Vec<TarEntry>, at: usize, change: impl FnOnce(&mut TarEntry)) -> Vec<TarEntry> {
    change(&mut entries[at]);
    entries
}

fn with(mut entries: Vec<TarEntry>, more: TarEntry) -> Vec<TarEntry> {
    entries.push(more);
    entries
}

pub fn cases(out: &mut Vec<Case>) {
    debs(&mut Cases { name: "app_1.0_amd64.deb", out });
    lists(&mut Cases { name: "app_1.0_amd64.deb", out });
    libraries(&mut Cases { name: "libapp.a", out });
    wheels(&mut Cases { name: "app-1.0-py3-none-any.whl", out });
}

fn debs(c: &mut Cases<'_>) {
    let plain = || deb(&control(), &data());
    let parts = |data_name: &str, fourth: Option<Vec<u8>>| {
        let mut members = vec![
            ar_member("debian-binary", "100644", "1700000000", b"2.0\n", b'\n'),
            ar_member("control.tar.xz", "100644", "1700000000", &xz(&tar(&control())), b'\n'),
            ar_member(data_name, "100644", "1700000000", &xz(&tar(&data())), b'\n'),
        ];
        members.extend(fourth);
        ar(&members)
    };
    c.bad(
        "deb-member-after-data",
        "A member follows data.tar.",
        parts("data.tar.xz", Some(ar_member("_extra", "100644", "1700000000", PAYLOAD, b'\n'))),
        plain(),
    );
    c.bad(
        "deb-second-data",
        "A second data archive follows.",
        parts(
            "data.tar.xz",
            Some(ar_member(
                "data.tar.xz",
                "100644",
                "1700000000",
                &xz(&tar(&[file("./etc/x", PAYLOAD)])),
                b'\n',
            )),
        ),
        plain(),
    );
    c.bad(
        "deb-postinst",
        "The script run at installation differs.",
        deb(&changed(control(), 1, |e| e.data = b"#!/bin/sh\nset -e\nexit 1\n".to_vec()), &data()),
        plain(),
    );
    c.bad(
        "deb-new-script",
        "There is a script run at removal.",
        deb(&with(control(), file("./prerm", PAYLOAD)), &data()),
        plain(),
    );
    c.bad(
        "deb-depends",
        "It depends on something else.",
        deb(
            &changed(control(), 0, |e| {
                e.data = b"Package: app\nVersion: 1.0\nDepends: libc6 (>= 2.37)\n".to_vec()
            }),
            &data(),
        ),
        plain(),
    );
    c.bad(
        "deb-program",
        "The program differs in one byte.",
        deb(&control(), &changed(data(), 0, |e| e.data[5] ^= 1)),
        plain(),
    );
    c.bad(
        "deb-set-uid",
        "The program is set-uid.",
        deb(&control(), &changed(data(), 0, |e| e.mode = *b"0004755\0")),
        plain(),
    );
    c.bad(
        "deb-new-file",
        "There is one more file.",
        deb(&control(), &with(data(), file("./etc/cron.d/app", PAYLOAD))),
        plain(),
    );
    c.bad(
        "deb-format-version",
        "The format version is another one.",
        {
            let mut bytes = plain();
            bytes[70] = b'1';
            bytes
        },
        plain(),
    );
    c.bad("deb-trailing", "Bytes follow the last member.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "deb-changelog-words",
        "The change log has another word beside another date.",
        deb(
            &control(),
            &changed(data(), 1, |e| {
                e.data = b"app (1.1)\n\n -- A <a@b.c>  Fri, 03 Mar 2023 10:00:00 +0000\n".to_vec()
            }),
        ),
        plain(),
    );
    c.add(
        "deb-changelog-date",
        "The change log has another date.",
        Expect::Explained(&["timestamp-in-text"]),
        deb(
            &control(),
            &changed(data(), 1, |e| {
                e.data = b"app (1.0)\n\n -- A <a@b.c>  Fri, 03 Mar 2023 10:00:00 +0000\n".to_vec()
            }),
        ),
        plain(),
    );
    c.add(
        "deb-member-time",
        "The package was packed at another time.",
        Expect::Explained(&["timestamp"]),
        {
            let bytes = plain();
            let text = bytes.windows(10).position(|w| w == b"1700000000").unwrap();
            let mut bytes = bytes;
            bytes[text + 9] = b'1';
            bytes
        },
        plain(),
    );
    let packed = |level: u32, mtime: u32| {
        deb(
            &control(),
            &with(
                data(),
                file(
                    "./usr/share/man/app.1.gz",
                    &gzip(b".TH APP 1\n.SH NAME\napp\n")
                        .with(|g| {
                            g.level = level;
                            g.mtime = mtime;
                        })
                        .bytes(),
                ),
            ),
        )
    };
    c.add(
        "deb-nested-gzip-time",
        "A gzip file inside carries another time.",
        Expect::Explained(&["timestamp"]),
        packed(9, 1_700_000_000),
        packed(9, 0),
    );
}

/// What a package says of its own files.
fn lists(c: &mut Cases<'_>) {
    use md5::Digest;
    let sum = |content: &[u8], path: &str| {
        let digest: String = md5::Md5::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{digest}  {path}\n")
    };
    let readme = |day: u8| format!("Built 2026-01-0{day}.\n").into_bytes();
    let path = "usr/share/doc/app/README.txt";
    let files = |day: u8| {
        vec![
            file("./usr/bin/app", b"\x7fprogram").with(|e| e.mode = *b"0000755\0"),
            file(&format!("./{path}"), &readme(day)),
        ]
    };
    let right = |day: u8| sum(b"\x7fprogram", "usr/bin/app") + &sum(&readme(day), path);
    let package = |size: &str, list: &str, day: u8| {
        let control = format!("Package: app\nInstalled-Size: {size}\nArchitecture: all\n");
        deb(&[file("./control", control.as_bytes()), file("./md5sums", list.as_bytes())], &files(day))
    };
    let plain = || package("2", &right(2), 2);
    c.add(
        "deb-md5sums-follow",
        "A date in a document differs, and the list of digests with it.",
        Expect::Explained(&["timestamp-in-text"]),
        package("2", &right(1), 1),
        plain(),
    );
    c.bad(
        "deb-md5sums-wrong",
        "The list gives a digest that no file has.",
        package("2", &right(3), 1),
        plain(),
    );
    c.bad(
        "deb-md5sums-omits",
        "The list omits the program.",
        package("2", &sum(&readme(1), path), 1),
        plain(),
    );
    c.bad(
        "deb-md5sums-twice",
        "The list gives a file twice.",
        package("2", &(right(1) + &sum(&readme(1), path)), 1),
        plain(),
    );
    c.bad(
        "deb-md5sums-adds",
        "The list gives a file that is not there.",
        package("2", &(right(1) + &sum(PAYLOAD, "usr/bin/x")), 1),
        plain(),
    );
    c.bad(
        "deb-md5sums-note",
        "The list holds more than digests.",
        package("2", &(right(1) + "# note\n"), 1),
        plain(),
    );
    c.bad(
        "deb-installed-size",
        "The stated size differs, and no file does.",
        package("7", &right(2), 2),
        plain(),
    );
    c.bad(
        "deb-installed-size-command",
        "What stands in the place of the size is no number.",
        package("2; curl x | sh", &right(1), 1),
        plain(),
    );
    let nested = |size: &str| {
        let inner = tar(&[file("./control", format!("Installed-Size: {size}\n").as_bytes())]);
        deb(&[file("./control", b"Package: app\n"), file("./inner.tar", &inner)], &files(1))
    };
    c.bad("deb-nested-control", "A description inside the description differs.", nested("3"), nested("4"));
    let log = |text: &str| {
        let path = "./usr/share/doc/app/changelog.Debian";
        deb(&[file("./control", b"Package: app\n")], &[file(path, text.as_bytes())])
    };
    let entry = |version: u8| {
        format!("app ({version}) unstable\n\n  * Change.\n\n -- A <a@b.c>  Thu, 02 Mar 2023\n\n")
    };
    c.bad(
        "deb-changelog-cut",
        "Entries of the change log are missing, and it does not say so.",
        log(&entry(2)),
        log(&(entry(2) + &entry(1))),
    );
    let removed = "# Older entries have been removed from this changelog.\n\
                   # To read the complete changelog use `apt changelog app`.\n";
    c.bad(
        "deb-changelog-tail",
        "More follows where the change log says that it was shortened.",
        log(&(entry(2) + removed + "payload\n")),
        log(&(entry(2) + &entry(1))),
    );
    c.add(
        "deb-changelog-trimmed",
        "The packaging tool shortened the change log, and says so.",
        Expect::Explained(&["changelog-trim"]),
        log(&(entry(2) + &entry(1))),
        log(&(entry(2) + removed)),
    );
}

fn libraries(c: &mut Cases<'_>) {
    let member = |name: &str, data: &[u8], pad: u8| ar_member(name, "100644", "0", data, pad);
    let plain = || ar(&[member("a.o/", b"object a", b'\n'), member("b.o/", b"object b is odd", b'\n')]);
    c.bad(
        "ar-padding",
        "The padding byte is not a line feed.",
        ar(&[member("a.o/", b"object a", b'\n'), member("b.o/", b"object b is odd", b'x')]),
        plain(),
    );
    c.bad(
        "ar-order",
        "Two objects change places: a linker resolves by order.",
        ar(&[member("b.o/", b"object b is odd", b'\n'), member("a.o/", b"object a", b'\n')]),
        plain(),
    );
    c.bad(
        "ar-extra-member",
        "There is one more object.",
        ar(&[
            member("a.o/", b"object a", b'\n'),
            member("b.o/", b"object b is odd", b'\n'),
            member("c.o/", b"evil", b'\n'),
        ]),
        plain(),
    );
    c.bad(
        "ar-duplicate",
        "A name stands twice.",
        ar(&[
            member("a.o/", b"object a", b'\n'),
            member("b.o/", b"object b is odd", b'\n'),
            member("a.o/", b"evil", b'\n'),
        ]),
        plain(),
    );
    c.bad(
        "ar-object",
        "An object differs in one byte.",
        ar(&[member("a.o/", b"object A", b'\n'), member("b.o/", b"object b is odd", b'\n')]),
        plain(),
    );
    c.bad("ar-trailing", "Bytes follow the last member.", [plain(), b"payload".to_vec()].concat(), plain());
    c.bad(
        "ar-mode",
        "A member is set-uid.",
        ar(&[
            ar_member("a.o/", "104644", "0", b"object a", b'\n'),
            member("b.o/", b"object b is odd", b'\n'),
        ]),
        plain(),
    );
    c.bad(
        "ar-mtime-payload",
        "A time field holds text.",
        ar(&[
            ar_member("a.o/", "100644", "payload", b"object a", b'\n'),
            member("b.o/", b"object b is odd", b'\n'),
        ]),
        plain(),
    );
    c.add(
        "ar-mtime",
        "A member carries another time.",
        Expect::Explained(&["timestamp"]),
        ar(&[
            ar_member("a.o/", "100644", "1700000000", b"object a", b'\n'),
            member("b.o/", b"object b is odd", b'\n'),
        ]),
        plain(),
    );
}

fn wheels(c: &mut Cases<'_>) {
    let digest = |data: &[u8]| {
        use base64::Engine;
        use sha2::Digest;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(data))
    };
    let wheel = |code: &[u8], generator: &str, listed: bool, order: bool, lie: bool| {
        let meta =
            format!("Wheel-Version: 1.0\nGenerator: {generator}\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
        let mut rows = Vec::new();
        if listed {
            rows.push(format!(
                "app/__init__.py,sha256={},{}",
                digest(if lie { b"lie" } else { code }),
                code.len()
            ));
        }
        rows.push(format!("app-1.0.dist-info/WHEEL,sha256={},{}", digest(meta.as_bytes()), meta.len()));
        rows.push("app-1.0.dist-info/RECORD,,".to_owned());
        if order {
            rows.reverse();
        }
        let record = rows.iter().map(|row| format!("{row}\n")).collect::<String>();
        zip(&[
            entry("app/__init__.py", code),
            entry("app-1.0.dist-info/WHEEL", meta.as_bytes()),
            entry("app-1.0.dist-info/RECORD", record.as_bytes()),
        ])
        .bytes()
    };
    let code = b"def hello():\n    return 'hello'\n";
    let plain = || wheel(code, "flit 3.9.0", true, false, false);
    c.bad(
        "wheel-code",
        "A module differs, and RECORD follows.",
        wheel(b"def hello():\n    return 'hellO'\n", "flit 3.9.0", true, false, false),
        plain(),
    );
    c.bad(
        "wheel-record-omits",
        "RECORD omits a file.",
        wheel(code, "flit 3.9.0", false, false, false),
        plain(),
    );
    c.bad(
        "wheel-record-lies",
        "RECORD gives a wrong digest.",
        wheel(code, "flit 3.9.0", true, false, true),
        plain(),
    );
    c.bad(
        "wheel-tag",
        "WHEEL claims another tag.",
        {
            let meta = b"Wheel-Version: 1.0\nTag: py3-none-linux_x86_64\n";
            zip(&[entry("app-1.0.dist-info/WHEEL", meta)]).bytes()
        },
        zip(&[entry("app-1.0.dist-info/WHEEL", b"Wheel-Version: 1.0\nTag: py3-none-any\n")]).bytes(),
    );
    c.bad(
        "wheel-entry-points",
        "An entry point leads elsewhere.",
        zip(&[entry("app-1.0.dist-info/entry_points.txt", b"[console_scripts]\napp = evil:main\n")]).bytes(),
        zip(&[entry("app-1.0.dist-info/entry_points.txt", b"[console_scripts]\napp = app:main\n")]).bytes(),
    );
    c.bad(
        "wheel-pth",
        "A .pth file runs code at start.",
        zip(&[entry("app/__init__.py", code), entry("app.pth", b"import os\n")]).bytes(),
        zip(&[entry("app/__init__.py", code)]).bytes(),
    );
    c.add(
        "wheel-record-order",
        "RECORD lists the same files in another order.",
        Expect::Derived,
        wheel(code, "flit 3.9.0", true, true, false),
        plain(),
    );
    c.add(
        "wheel-generator",
        "Another version of the build backend made it; RECORD follows.",
        Expect::Explained(&["toolchain-version-in-text"]),
        wheel(code, "flit 3.12.0", true, false, false),
        plain(),
    );
}
