//! Programs: what sections, notes, gaps, overlays and certificates can hide.

use super::Case;
use super::Cases;
use super::Expect;
use super::PAYLOAD;
use crate::compare::elf::EXEC;
use crate::compare::elf::Section;
use crate::compare::elf::elf;
use crate::compare::elf::sections;
use crate::compare::make::entry;
use crate::compare::make::zip;
use crate::compare::pe;
use crate::compare::pe::Signature;

pub fn cases(out: &mut Vec<Case>) {
    elfs(&mut Cases { name: "app", out });
    modules(&mut Cases { name: "app.ko", out });
    images(&mut Cases { name: "app.exe", out });
    apks(&mut Cases { name: "app.apk", out });
}

fn changed(name: &str, change: impl FnOnce(&mut Section)) -> Vec<u8> {
    let mut all = sections();
    change(all.iter_mut().find(|section| section.name == name).unwrap());
    elf(&all)
}

fn elfs(c: &mut Cases<'_>) {
    let plain = || elf(&sections());
    c.bad("elf-code-bit", "One bit of code differs.", changed(".text", |s| s.data[5] ^= 4), plain());
    c.bad("elf-code-longer", "Code is longer.", changed(".text", |s| s.data.extend([0x90; 3])), plain());
    c.bad(
        "elf-endpoint",
        "A string in read-only data names another host.",
        changed(".rodata", |s| s.data[8] = b'X'),
        plain(),
    );
    c.bad(
        "elf-rodata-path",
        "A path in read-only data is another one.",
        changed(".rodata", |s| s.data[28..33].copy_from_slice(b"other")),
        plain(),
    );
    c.bad("elf-data", "Initialised data differs.", changed(".data", |s| s.data[0] = 9), plain());
    c.bad(
        "elf-init-array",
        "A function run before main is another one.",
        changed(".init_array", |s| s.data[0] = 0x50),
        plain(),
    );
    c.bad(
        "elf-build-id-long",
        "The build-id note holds more than a digest.",
        changed(".note.gnu.build-id", |s| {
            s.data[4] = 200;
            s.data.extend(vec![0x41; 180]);
        }),
        plain(),
    );
    c.bad(
        "elf-note-name",
        "A note has another owner.",
        changed(".note.gnu.build-id", |s| s.data[12] = b'X'),
        plain(),
    );
    c.bad(
        "elf-comment-payload",
        "The comment section holds more than a tool's name.",
        changed(".comment", |s| s.data = PAYLOAD.to_vec()),
        plain(),
    );
    c.bad(
        "elf-comment-binary",
        "The comment section holds bytes after a tool's name.",
        changed(".comment", |s| s.data.extend([0x48, 0x31, 0xc0, 0xff, 0xe0])),
        plain(),
    );
    c.bad(
        "elf-comment-executable",
        "The comment section is executable.",
        changed(".comment", |s| s.flags = EXEC),
        plain(),
    );
    c.bad(
        "elf-debuglink-name",
        "The debug link leads to another file.",
        changed(".gnu_debuglink", |s| s.data[..9].copy_from_slice(b"../../x.d")),
        plain(),
    );
    c.bad(
        "elf-debuglink-padding",
        "The debug link's filler is not zero.",
        changed(".gnu_debuglink", |s| s.data[45] = 7),
        plain(),
    );
    c.bad(
        "elf-debug-string",
        "A debug string differs that is no path.",
        changed(".debug_str", |s| s.data[0] = b'M'),
        plain(),
    );
    c.bad(
        "elf-new-section",
        "There is one more section.",
        {
            let mut all = sections();
            all.push(Section { name: ".extra", kind: 1, flags: 0, data: PAYLOAD.to_vec(), align: 16 });
            elf(&all)
        },
        plain(),
    );
    c.bad(
        "elf-section-renamed",
        "A section has another name.",
        {
            let mut all = sections();
            all[6].name = ".debug_stR";
            elf(&all)
        },
        plain(),
    );
    c.bad("elf-section-flags", "Data becomes executable.", changed(".data", |s| s.flags |= EXEC), plain());
    c.bad(
        "elf-entry",
        "The program starts elsewhere.",
        {
            let mut e = plain();
            e[24] ^= 16;
            e
        },
        plain(),
    );
    c.bad(
        "elf-segment-flags",
        "A segment becomes executable and writable.",
        {
            let mut e = plain();
            e[64 + 4] = 7;
            e
        },
        plain(),
    );
    c.bad(
        "elf-section-offset-lies",
        "A section header points elsewhere.",
        {
            let mut e = plain();
            let at = e.len() - 64 * 8 + 24;
            e[at] ^= 8;
            e
        },
        plain(),
    );
    c.bad(
        "elf-header-padding",
        "Bytes in the identification's unused end.",
        {
            let mut e = plain();
            e[12..16].copy_from_slice(b"evil");
            e
        },
        plain(),
    );
    c.bad(
        "elf-gap",
        "Bytes outside any section or segment.",
        {
            let mut e = plain();
            let text = sections()[0].data.len();
            let at = (64 + 112 + text).next_multiple_of(16) + sections()[1].data.len() + 2;
            e[at..at + 4].copy_from_slice(b"evil");
            e
        },
        plain(),
    );
    c.bad("elf-trailing", "Bytes follow the section headers.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "elf-no-sections",
        "The section headers are gone.",
        {
            let mut e = plain();
            e[40..48].fill(0);
            e[58..64].fill(0);
            e
        },
        plain(),
    );
    c.bad(
        "elf-machine",
        "It is for another machine.",
        {
            let mut e = plain();
            e[18] = 183;
            e
        },
        plain(),
    );
    c.add(
        "elf-build-id",
        "The build-id is another one.",
        Expect::Explained(&["build-id"]),
        changed(".note.gnu.build-id", |s| s.data[16..].fill(0xcd)),
        plain(),
    );
    c.add(
        "elf-debuglink",
        "Build-id and debug link are of another build.",
        Expect::Explained(&["build-id"]),
        {
            let mut all = sections();
            all[0].data[16..].fill(0xcd);
            all[7].data[..38].copy_from_slice("cd".repeat(19).as_bytes());
            all[7].data[48..].copy_from_slice(&[9, 9, 9, 9]);
            elf(&all)
        },
        plain(),
    );
    c.add(
        "elf-comment",
        "Another revision of the compiler is named.",
        Expect::Explained(&["toolchain-version"]),
        changed(".comment", |s| s.data = b"GCC: (Debian 12.2.0-10) 12.2.0\0".to_vec()),
        plain(),
    );
}

fn modules(c: &mut Cases<'_>) {
    let plain = || elf(&sections());
    let sign = |module: &[u8], kind: u8, more: &[u8]| {
        use sha2::Digest;
        // A detached signature's messageDigest is of the module itself.
        let digest = sha2::Sha256::digest(module);
        let mut pkcs7 = pe::pkcs7(b"", None);
        let stated = pkcs7.windows(2).rposition(|pair| pair == [4, 32]).unwrap() + 2;
        pkcs7[stated..stated + 32].copy_from_slice(&digest);
        let mut out = [module, &pkcs7, more].concat();
        out.extend([0, 0, kind, 0, 0, 0, 0, 0]);
        out.extend(((pkcs7.len() + more.len()) as u32).to_be_bytes());
        out.extend(b"~Module signature appended~\n");
        out
    };
    c.add(
        "module-signed",
        "The vendor signed the module.",
        Expect::ModuloSignature,
        sign(&plain(), 2, b""),
        plain(),
    );
    c.bad(
        "module-signed-and-changed",
        "The module was changed and signed.",
        sign(&changed(".text", |s| s.data[5] ^= 4), 2, b""),
        plain(),
    );
    c.bad(
        "module-changed-after-signing",
        "The module was changed after it was signed.",
        {
            let mut m = sign(&plain(), 2, b"");
            m[200] ^= 1;
            m
        },
        plain(),
    );
    c.bad(
        "module-signature-kind",
        "The signature's record holds more than a kind.",
        {
            let m = sign(&plain(), 2, b"");
            let mut m = m;
            let at = m.len() - 28 - 9;
            m[at] = 1;
            m
        },
        plain(),
    );
    c.bad("module-signature-tail", "Bytes follow the signature's data.", sign(&plain(), 2, PAYLOAD), plain());
    c.bad(
        "module-after-marker",
        "Bytes follow the marker.",
        [sign(&plain(), 2, b""), b"x".to_vec()].concat(),
        plain(),
    );
    c.bad(
        "module-signed-twice",
        "A second signature follows the first.",
        sign(&sign(&plain(), 2, b""), 2, b""),
        plain(),
    );
}

fn images(c: &mut Cases<'_>) {
    let text = [0x55, 0x48, 0x89, 0xe5, 0x5d, 0xc3];
    let plain = || pe::pe(&text, b"https://example.com\0");
    let odd = || [plain(), vec![7; 3]].concat();
    let sign = |how: &Signature| pe::signed(&plain(), how);
    let with = |change: &dyn Fn(&mut Signature)| {
        let mut how = Signature::default();
        change(&mut how);
        sign(&how)
    };
    c.add("pe-signed", "The vendor signed the program.", Expect::ModuloSignature, with(&|_| {}), plain());
    c.add(
        "pe-signed-timestamped",
        "The vendor signed the program, with a time stamp.",
        Expect::ModuloSignature,
        with(&|s| s.unsigned = Some(vec![0x2b, 6, 1, 4, 1, 0x82, 0x37, 3, 3, 1])),
        plain(),
    );
    c.add(
        "pe-signed-both",
        "Both sides are signed, with other time stamps.",
        Expect::ModuloSignature,
        with(&|s| s.unsigned = Some(vec![0x2b, 6, 1, 4, 1, 0x82, 0x37, 3, 3, 1])),
        with(&|_| {}),
    );
    c.add(
        "pe-signed-padded",
        "The vendor signed a program whose size is no multiple of eight.",
        Expect::ModuloSignature,
        pe::signed(&pe::checksummed(odd()), &Signature::default()),
        pe::checksummed(odd()),
    );
    c.bad(
        "pe-filler",
        "The filler before the certificates is not zero.",
        pe::signed(&pe::checksummed(odd()), &Signature { filler: Some(1), ..Signature::default() }),
        pe::checksummed(odd()),
    );
    c.bad(
        "pe-hidden-in-certificate",
        "Bytes stand behind the PKCS#7 data, in the certificate.",
        with(&|s| s.hidden = PAYLOAD.to_vec()),
        plain(),
    );
    c.bad(
        "pe-certificate-padding",
        "The certificate's filler is not zero.",
        {
            let mut p = with(&|_| {});
            let at = p.len() - 1;
            p[at] = 1;
            pe::checksummed(p)
        },
        plain(),
    );
    c.bad(
        "pe-unsigned-attribute",
        "An unsigned attribute of a vendor's own rides in the signature.",
        with(&|s| s.unsigned = Some(vec![0x2b, 6, 1, 4, 1, 0x82, 0xcf, 0x69, 1, 2, 1])),
        plain(),
    );
    c.bad(
        "pe-nested-signature",
        "A second signature is nested in the first.",
        with(&|s| s.unsigned = Some(vec![0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 4, 1])),
        plain(),
    );
    c.bad(
        "pe-second-certificate",
        "The table holds a second signature.",
        with(&|s| s.second = true),
        plain(),
    );
    c.bad("pe-digest", "The signature is of another file.", with(&|s| s.wrong_digest = true), plain());
    c.bad(
        "pe-after-certificates",
        "Bytes follow the certificate table.",
        with(&|s| s.after = PAYLOAD.to_vec()),
        plain(),
    );
    c.bad(
        "pe-changed-after-signing",
        "One bit was changed after signing.",
        {
            let mut p = with(&|_| {});
            p[1030] ^= 1;
            pe::checksummed(p)
        },
        plain(),
    );
    c.bad(
        "pe-changed-and-signed",
        "One bit was changed before signing.",
        pe::signed(
            &pe::pe(&[0x55, 0x48, 0x89, 0xe5, 0x5d, 0xcb], b"https://example.com\0"),
            &Signature::default(),
        ),
        plain(),
    );
    c.bad(
        "pe-signed-checksum",
        "The signed program's checksum is wrong.",
        {
            let mut p = with(&|_| {});
            p[pe::CHECKSUM] ^= 1;
            p
        },
        plain(),
    );
    c.bad(
        "pe-code",
        "One bit of code differs.",
        pe::pe(&[0x55, 0x48, 0x89, 0xe5, 0x5d, 0xc2], b"https://example.com\0"),
        plain(),
    );
    c.bad("pe-rdata", "A string names another host.", pe::pe(&text, b"https://example.org\0"), plain());
    c.bad(
        "pe-overlay",
        "Bytes follow the last section.",
        pe::checksummed([plain(), PAYLOAD.to_vec()].concat()),
        plain(),
    );
    c.bad(
        "pe-section-slack",
        "Bytes stand behind the end of a section's data.",
        {
            let mut p = plain();
            p[1024 + 100..1024 + 104].copy_from_slice(b"evil");
            pe::checksummed(p)
        },
        plain(),
    );
    c.bad(
        "pe-dos-stub",
        "The DOS header holds bytes.",
        {
            let mut p = plain();
            p[30..34].copy_from_slice(b"evil");
            pe::checksummed(p)
        },
        plain(),
    );
    c.bad(
        "pe-header-slack",
        "Bytes stand between headers and first section.",
        {
            let mut p = plain();
            p[900..904].copy_from_slice(b"evil");
            pe::checksummed(p)
        },
        plain(),
    );
    c.bad(
        "pe-entry",
        "The program starts elsewhere.",
        {
            let mut p = plain();
            p[88 + 16] ^= 4;
            pe::checksummed(p)
        },
        plain(),
    );
    c.bad(
        "pe-characteristics",
        "A section becomes writable.",
        {
            let mut p = plain();
            p[88 + 240 + 39] |= 0x80;
            pe::checksummed(p)
        },
        plain(),
    );
    c.bad(
        "pe-checksum",
        "The checksum is wrong.",
        {
            let mut p = plain();
            p[pe::CHECKSUM] ^= 1;
            p
        },
        plain(),
    );
    c.add(
        "pe-timestamp",
        "It was linked at another time.",
        Expect::Explained(&["timestamp"]),
        {
            let mut p = plain();
            p[72] ^= 1;
            pe::checksummed(p)
        },
        plain(),
    );
}

fn apks(c: &mut Cases<'_>) {
    let base = || {
        zip(&[
            entry("AndroidManifest.xml", b"\x03\0\x08\0binary"),
            entry("classes.dex", b"dex\n035\0code").with(|e| e.method = 0),
        ])
    };
    let plain = || base().bytes();
    c.add(
        "apk-signed",
        "The vendor signed the package.",
        Expect::ModuloSignature,
        apk(&plain(), &[], false),
        plain(),
    );
    c.add(
        "apk-signed-filled",
        "The signing block is filled with zeros.",
        Expect::ModuloSignature,
        apk(&plain(), &[(0x4272_6577, &[0; 100])], false),
        plain(),
    );
    c.bad(
        "apk-block-filler",
        "The signing block's filler is not zero.",
        apk(&plain(), &[(0x4272_6577, PAYLOAD)], false),
        plain(),
    );
    c.bad(
        "apk-block-opaque",
        "The signing block holds data only a store can read.",
        apk(&plain(), &[(0x504b_4453, PAYLOAD)], false),
        plain(),
    );
    c.bad(
        "apk-block-unknown",
        "The signing block holds a pair of an unknown kind.",
        apk(&plain(), &[(0x6666_6666, PAYLOAD)], false),
        plain(),
    );
    c.bad("apk-digest", "The signature is of another file.", apk(&plain(), &[], true), plain());
    c.bad(
        "apk-changed-and-signed",
        "The code was changed and signed.",
        apk(&base().with(|z| z.entries[1].data[5] ^= 1).bytes(), &[], false),
        plain(),
    );
    c.bad(
        "apk-changed-after-signing",
        "The code was changed after signing.",
        {
            let mut a = apk(&plain(), &[], false);
            let at = a.windows(4).position(|w| w == b"code").unwrap();
            a[at] ^= 1;
            a
        },
        plain(),
    );
    c.bad(
        "apk-before-block",
        "Bytes stand before the signing block.",
        apk(&base().with(|z| z.before_directory = PAYLOAD.to_vec()).bytes(), &[], false),
        plain(),
    );
}

/// The zip with a v2 signing block of one signer, and further pairs.
fn apk(zip: &[u8], more: &[(u32, &[u8])], wrong: bool) -> Vec<u8> {
    use sha2::Digest;
    let end = zip.len() - 22;
    let directory = u32::from_le_bytes(zip[end + 16..end + 20].try_into().unwrap()) as usize;
    let chunk = |data: &[u8]| {
        let mut digest = sha2::Sha256::new();
        digest.update([0xa5]);
        digest.update((data.len() as u32).to_le_bytes());
        digest.update(data);
        digest.finalize()
    };
    let mut top = sha2::Sha256::new();
    top.update([0x5a, 3, 0, 0, 0]);
    [&zip[..directory], &zip[directory..end], &zip[end..]].iter().for_each(|part| top.update(chunk(part)));
    let mut digest = top.finalize().to_vec();
    if wrong {
        digest[0] ^= 1;
    }
    let prefixed = |data: &[u8]| [&(data.len() as u32).to_le_bytes()[..], data].concat();
    let one = prefixed(&[&0x0103u32.to_le_bytes()[..], &prefixed(&digest)].concat());
    let signed_data = [prefixed(&one), prefixed(b""), prefixed(b"")].concat();
    let signer = [prefixed(&signed_data), prefixed(b""), prefixed(b"key")].concat();
    let v2 = prefixed(&prefixed(&signer));
    let mut pairs = Vec::new();
    for (id, value) in std::iter::once((0x7109_871au32, &v2[..])).chain(more.iter().copied()) {
        pairs.extend((4 + value.len() as u64).to_le_bytes());
        pairs.extend(id.to_le_bytes());
        pairs.extend(value);
    }
    let size = (pairs.len() + 24) as u64;
    let block = [&size.to_le_bytes()[..], &pairs, &size.to_le_bytes(), b"APK Sig Block 42"].concat();
    let mut out = [&zip[..directory], &block, &zip[directory..]].concat();
    let at = out.len() - 6;
    out[at..at + 4].copy_from_slice(&((directory + block.len()) as u32).to_le_bytes());
    out
}
