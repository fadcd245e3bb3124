//! Programs for other machines than this one: Mach-O, wasm, Java classes, Python bytecode.

use super::Case;
use super::Cases;
use super::Expect;
use super::PAYLOAD;
use super::patched;
use super::replaced;
use crate::formats::samples;
use crate::formats::samples::WasmSection;

pub fn cases(out: &mut Vec<Case>) {
    images(&mut Cases { name: "app", out });
    families(&mut Cases { name: "app", out });
    modules(&mut Cases { name: "app.wasm", out });
    classes(&mut Cases { name: "A.class", out });
    scripts(&mut Cases { name: "app.pyc", out });
}

/// Where the sample's load commands stand: the segment's, then the others.
const UUID: usize = 32 + 152;
const LIBRARY: usize = UUID + 24;
const SYMBOLS: usize = LIBRARY + 48;
const TEXT: usize = SYMBOLS + 24 + 16;

fn images(c: &mut Cases<'_>) {
    let plain = || samples::macho(&[0; 64]);
    let slack = patched(vec![0; 64], 10, PAYLOAD);
    c.bad(
        "macho-slack",
        "Bytes stand between the load commands and the first section.",
        samples::macho(&slack),
        plain(),
    );
    c.bad(
        "macho-code-time",
        "A number in code that looks like a time is another one.",
        patched(plain(), TEXT + 64, &[0xa7, 0xf2, 0x53, 0x65]),
        patched(plain(), TEXT + 64, &[0x00, 0xf1, 0x53, 0x65]),
    );
    c.bad(
        "macho-uuid",
        "The image's identity is another one.",
        patched(plain(), UUID + 8, b"echo would run!!"),
        plain(),
    );
    c.bad(
        "macho-library",
        "Another library is loaded.",
        replaced(&plain(), b"/usr/lib/libSystem.dylib", b"/usr/lib/libOthers.dylib"),
        plain(),
    );
    // Four commands, of which the third has eight bytes: the last one stands where a library's time would.
    let short = |size: u8| {
        let image = patched(patched(plain(), 16, &[4]), LIBRARY + 4, &[8]);
        patched(image, LIBRARY + 12, &[size])
    };
    c.bad(
        "macho-library-short",
        "A command to load a library ends before the place of its time; what stands there is the size of the next.",
        short(12),
        short(16),
    );
    c.bad(
        "macho-section-short",
        "A section's size says less; the rest of the code stands in the open.",
        patched(plain(), 32 + 72 + 40, &[4]),
        plain(),
    );
    c.bad(
        "macho-symbol",
        "A name of a symbol is another one.",
        replaced(&plain(), b"_connect", b"_connecT"),
        plain(),
    );
    c.bad(
        "macho-signature-padding",
        "The fill behind the code signature is not zero.",
        patched(plain(), plain().len() - 4, b"echo"),
        plain(),
    );
    c.bad("macho-trailing", "Bytes follow the last segment.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.add(
        "macho-library-time",
        "A library's time, which no loader reads, is another one.",
        Expect::Explained(&["timestamp"]),
        patched(plain(), LIBRARY + 12, &[0xa7, 0xf2, 0x53, 0x65]),
        plain(),
    );
}

fn families(c: &mut Cases<'_>) {
    let image = || samples::macho(&[0; 64]);
    let other = || replaced(&image(), b"/usr/lib/libSystem.dylib", b"/usr/lib/libOthers.dylib");
    let (x86, x86_64) = (7, 0x0100_0007);
    let plain = || samples::fat_macho_of(&[(x86_64, image())], 12);
    c.bad(
        "macho-fat-duplicate",
        "A second image is for the same machine.",
        samples::fat_macho_of(&[(x86_64, image()), (x86_64, other())], 12),
        plain(),
    );
    c.bad(
        "macho-fat-swapped",
        "Two images change the machines they are for.",
        samples::fat_macho_of(&[(x86, other()), (x86_64, image())], 12),
        samples::fat_macho_of(&[(x86, image()), (x86_64, other())], 12),
    );
    c.bad(
        "macho-fat-alignment",
        "Bytes stand before the first image.",
        patched(plain(), 200, PAYLOAD),
        plain(),
    );
    c.bad(
        "macho-fat-unlisted",
        "An image that the header does not list follows.",
        [plain(), other()].concat(),
        plain(),
    );
}

fn modules(c: &mut Cases<'_>) {
    let plain = samples::wasm;
    let changed = |change: &dyn Fn(&mut Vec<WasmSection>)| {
        let mut sections = samples::wasm_sections();
        change(&mut sections);
        samples::wasm_of(&sections)
    };
    c.bad(
        "wasm-custom",
        "A custom section, which engines pass over, holds a payload.",
        changed(&|sections| sections.push((0, [b"\x04data", PAYLOAD].concat()))),
        plain(),
    );
    c.bad(
        "wasm-producers",
        "The section that names the tools holds a payload.",
        changed(&|sections| sections[4].1.extend(PAYLOAD)),
        plain(),
    );
    c.bad(
        "wasm-duplicate",
        "A custom section stands twice; readers take the first or the last.",
        changed(&|sections| sections.push((0, b"\x05otherPAYLOAD".to_vec()))),
        plain(),
    );
    c.bad(
        "wasm-source-map",
        "A section says that the source stands elsewhere.",
        changed(&|sections| sections.push((0, b"\x10sourceMappingURLhttp://host.example/m".to_vec()))),
        plain(),
    );
    c.bad(
        "wasm-length-form",
        "A section's length is written with more bytes than it needs.",
        {
            let mut out = plain();
            out.splice(9..10, [0x84, 0x80, 0x00]);
            out
        },
        plain(),
    );
    c.bad(
        "wasm-length-lies",
        "The last section says it reaches beyond the end.",
        replaced(&plain(), b"\x0d\x05other", b"\x7d\x05other"),
        plain(),
    );
    c.bad(
        "wasm-section-tail",
        "Bytes stand behind the last export in its section.",
        changed(&|sections| sections[2].1.extend(PAYLOAD)),
        plain(),
    );
    c.bad("wasm-trailing", "Bytes follow the last section.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad("wasm-code", "Code differs.", changed(&|sections| sections[3].1[3] = 0x00), plain());
    c.bad(
        "wasm-constant-time",
        "A number in code that looks like a time is another one.",
        changed(&|sections| sections[3].1 = b"\x01\x08\0\x41\xa7\xe5\xcf\xaa\x06\x1a\x0b".to_vec()),
        changed(&|sections| sections[3].1 = b"\x01\x08\0\x41\x80\xe2\xcf\xaa\x06\x1a\x0b".to_vec()),
    );
}

fn classes(c: &mut Cases<'_>) {
    let plain = samples::class;
    c.bad("class-trailing", "Bytes follow the class.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "class-unreferenced",
        "A text that nothing refers to stands among the constants.",
        samples::class_with(&[PAYLOAD], &[]),
        plain(),
    );
    c.bad(
        "class-attribute",
        "An attribute that no virtual machine knows holds a payload.",
        samples::class_with(&[b"Notes"], &[(13, PAYLOAD)]),
        samples::class_with(&[b"Notes"], &[]),
    );
    c.bad(
        "class-debug-attribute",
        "A payload stands in the attribute for debuggers.",
        samples::class_with(&[b"SourceDebugExtension"], &[(13, PAYLOAD)]),
        samples::class_with(&[b"SourceDebugExtension"], &[(13, b"SMAP\nA.java\n*E\n")]),
    );
    c.bad(
        "class-duplicate-attribute",
        "The attribute that names the source stands twice.",
        samples::class_with(&[], &[(7, &[0, 1])]),
        plain(),
    );
    c.bad(
        "class-length-lies",
        "An attribute's length says more than it needs, and bytes fill it.",
        [&replaced(&plain(), &[0, 7, 0, 0, 0, 2], &[0, 7, 0, 0, 0, 32])[..], PAYLOAD].concat(),
        plain(),
    );
    c.bad(
        "class-attribute-beyond",
        "An attribute says it reaches beyond the end.",
        replaced(&plain(), &[0, 7, 0, 0, 0, 2], &[0, 7, 0, 0, 9, 2]),
        plain(),
    );
    c.bad(
        "class-source",
        "The source's name is another one.",
        replaced(&plain(), b"A.java", b"B.java"),
        plain(),
    );
    c.bad(
        "class-date",
        "A text among the constants that looks like a date is another one.",
        samples::class_with(&[b"2024-01-02"], &[]),
        samples::class_with(&[b"2024-01-01"], &[]),
    );
}

fn scripts(c: &mut Cases<'_>) {
    let plain = || samples::pyc(0);
    c.bad(
        "pyc-unchecked",
        "A flag says that nobody is to hold the bytecode against its source.",
        samples::pyc(1),
        samples::pyc(3),
    );
    c.bad(
        "pyc-hash",
        "The source's digest is another one.",
        patched(samples::pyc(3), 8, &[7; 8]),
        samples::pyc(3),
    );
    c.bad("pyc-flags", "A flag that nobody defined is set.", patched(plain(), 5, &[0x80]), plain());
    c.bad("pyc-size", "The source's size is another one.", patched(plain(), 12, &[10]), plain());
    c.bad("pyc-trailing", "Bytes follow the code.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "pyc-constant-time",
        "A number in the code that looks like a time is another one.",
        [&plain()[..], b"i\xa7\xf2\x53\x65"].concat(),
        [&plain()[..], b"i\x00\xf1\x53\x65"].concat(),
    );
    c.bad(
        "pyc-mtime-payload",
        "The place of the source's time holds no time.",
        patched(plain(), 8, b"\xfe\xca\xfe\xff"),
        plain(),
    );
    c.add(
        "pyc-mtime",
        "The source's time is another one.",
        Expect::Explained(&["timestamp"]),
        patched(plain(), 8, &[0xa7, 0xf2, 0x53, 0x65]),
        plain(),
    );
}
