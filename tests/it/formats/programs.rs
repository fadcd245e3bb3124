//! Programs and libraries: every byte has a role, and what can be executed is code whatever it is called.

use std::collections::BTreeSet;

use object::Object;
use object::ObjectSection;
use object::ObjectSymbol;

use super::has_problem;
use super::open;
use super::open_clean;
use super::region;
use super::samples;
use super::samples::Elf;
use super::samples::Pe;
use pellucid::model::Anatomy;
use pellucid::model::Check;
use pellucid::model::Role;

fn facts<'a>(anatomy: &'a Anatomy, key: &str) -> BTreeSet<&'a str> {
    anatomy.facts.iter().filter(|fact| fact.key == key).map(|fact| fact.value.as_str()).collect()
}

#[test]
fn an_elf_file_is_described_section_by_section() {
    let bytes = samples::elf(&Elf::default());
    let anatomy = open_clean("elf", "x", &bytes);
    for (name, role) in [
        ("elf header: entry point", Role::Header),
        ("program header 1 load", Role::Header),
        (".text", Role::Code),
        ("alignment before .data", Role::Padding),
        (".data", Role::Data),
        (".note.gnu.build-id: GNU build-id: header", Role::Header),
        (".note.gnu.build-id: GNU build-id", Role::Derived),
        (".comment", Role::Toolchain),
        (".gnu_debuglink: name", Role::Name),
        (".gnu_debuglink: crc", Role::Debug),
        (".shstrtab", Role::Strings),
        ("section header .text", Role::Header),
    ] {
        assert_eq!(region(&anatomy, name).role, role, "{name}");
    }
    assert_eq!(facts(&anatomy, "build-id"), ["0102030405060708"].into());
    assert_eq!(facts(&anatomy, "comment"), ["GCC: (x) 12"].into());
    assert_eq!(facts(&anatomy, "machine"), ["x86-64"].into());
}

#[test]
fn what_is_mapped_executable_is_code_whatever_its_section_says() {
    let bytes = samples::elf(&Elf { data_is_executable: true, ..Elf::default() });
    let anatomy = open("x", &bytes);
    assert_eq!(region(&anatomy, ".data").role, Role::Code);
    assert!(has_problem(&anatomy, "writable and executable"));
}

#[test]
fn bytes_in_no_section_are_a_gap_unless_they_are_zero_filler() {
    let mut between = vec![0; 11];
    between[4] = 0x90;
    let bytes = samples::elf(&Elf { between, ..Elf::default() });
    let anatomy = open("x", &bytes);
    assert_eq!(region(&anatomy, "gap after .text").role, Role::Gap);
    assert!(has_problem(&anatomy, "are in no section"));

    let bytes = samples::elf(&Elf { between: vec![0; 64], ..Elf::default() });
    let anatomy = open("x", &bytes);
    assert_eq!(region(&anatomy, "gap after .text").role, Role::Gap, "more than alignment needs");
}

#[test]
fn without_section_headers_segments_are_regions() {
    let bytes = samples::elf(&Elf { sections: false, ..Elf::default() });
    let anatomy = open("x", &bytes);
    assert_eq!(region(&anatomy, "segment 1").role, Role::Code);
    assert_eq!(region(&anatomy, "segment 2").role, Role::Data);
}

#[test]
fn appended_bytes_are_trailing_and_a_module_signature_is_told_apart() {
    let bytes = samples::elf(&Elf { appended: b"payload".to_vec(), ..Elf::default() });
    let anatomy = open("x", &bytes);
    assert_eq!(region(&anatomy, "trailing bytes").role, Role::Trailing);

    let mut appended = b"hidden".to_vec();
    appended.extend(b"PKCS7");
    appended.extend([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
    appended.extend(b"~Module signature appended~\n");
    let bytes = samples::elf(&Elf { appended, ..Elf::default() });
    let anatomy = open("x.ko", &bytes);
    assert_eq!(region(&anatomy, "trailing bytes").bytes(&bytes), b"hidden");
    let signature = region(&anatomy, "module signature: pkcs7");
    assert_eq!((signature.role, signature.bytes(&bytes)), (Role::Signature, &b"PKCS7"[..]));
    assert_eq!(region(&anatomy, "module signature: kind").check, Check::Holds);
}

#[test]
fn an_archive_behind_a_program_is_walked() {
    let archive = samples::zip(&[samples::Entry::new("payload.sh", b"#!/bin/sh\n")]);
    let bytes = samples::elf(&Elf { appended: archive, ..Elf::default() });
    let mut paths = Vec::new();
    pellucid::formats::walk("x", &bytes, pellucid::model::Limits::default(), &mut |path, _, _| {
        paths.push(path.join("/"));
    });
    assert_eq!(paths, ["x", "x/[trailing bytes]", "x/[trailing bytes]/payload.sh"]);
}

#[test]
fn a_section_header_that_lies_about_its_place_is_a_problem() {
    let mut bytes = samples::elf(&Elf::default());
    let table = u64::from_le_bytes(bytes[40..48].try_into().unwrap()) as usize;
    bytes[table + 2 * 64 + 24..table + 2 * 64 + 32].copy_from_slice(&64u64.to_le_bytes());
    let anatomy = open("x", &bytes);
    assert!(has_problem(&anatomy, ".data at 64"), "{:?}", anatomy.problems);

    bytes[table + 2 * 64 + 24..table + 2 * 64 + 32].copy_from_slice(&u64::MAX.to_le_bytes());
    let anatomy = open("x", &bytes);
    assert!(has_problem(&anatomy, ".data reaches to byte"), "{:?}", anatomy.problems);
}

/// The test program itself is a real program with everything in it; another reader of ELF is the oracle.
#[test]
#[cfg(target_os = "linux")]
fn a_real_program_is_read_as_the_object_crate_reads_it() {
    let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let anatomy = open_clean("elf", "it", &bytes);
    let oracle = object::File::parse(&*bytes).unwrap();
    for section in oracle.sections() {
        let (Some((start, len)), Ok(name)) = (section.file_range(), section.name()) else { continue };
        if len > 0 && !name.starts_with(".note") {
            let region = region(&anatomy, name);
            assert_eq!((region.range.start, region.len()), (start, len), "{name}");
            let code = section.kind() == object::SectionKind::Text;
            assert_eq!(region.role == Role::Code, code, "{name} is {:?}", region.role);
        }
    }
    let expected: BTreeSet<String> = oracle
        .dynamic_symbols()
        .filter(|symbol| symbol.is_undefined() && symbol.is_global())
        .map(|symbol| symbol.name().unwrap().to_owned())
        .collect();
    let expected: BTreeSet<&str> =
        expected.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    assert!(expected.len() > 20 && expected.contains("write"));
    assert_eq!(facts(&anatomy, "import"), expected);
    assert!(facts(&anatomy, "needed").contains("libc.so.6"));
    assert!(facts(&anatomy, "interpreter").iter().next().unwrap().contains("ld-linux"));
    let id: String = oracle.build_id().unwrap().unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(facts(&anatomy, "build-id"), [id.as_str()].into());
}

#[test]
fn a_pe_image_is_described_field_by_field() {
    let bytes = samples::pe(&Pe::default());
    let anatomy = open_clean("pe", "x.exe", &bytes);
    for (name, role) in [
        ("dos stub", Role::Code),
        ("coff header: timestamp", Role::Timestamp),
        ("optional header: linker version", Role::Toolchain),
        ("optional header: checksum", Role::Derived),
        ("data directory: security", Role::Signature),
        ("section header .text", Role::Header),
        ("alignment after headers", Role::Padding),
        (".text", Role::Code),
        (".text: padding to file alignment", Role::Padding),
        (".rdata", Role::Data),
        ("debug directory: codeview: timestamp", Role::Timestamp),
        ("debug directory: codeview: pdb id", Role::Debug),
        ("debug directory: codeview: pdb path", Role::Debug),
    ] {
        assert_eq!(region(&anatomy, name).role, role, "{name}");
    }
    assert_eq!(region(&anatomy, "optional header: checksum").check, Check::Holds);
    assert_eq!(facts(&anatomy, "needed"), ["ws2_32.dll"].into());
    assert_eq!(facts(&anatomy, "import"), ["connect"].into());
    assert_eq!(facts(&anatomy, "pdb"), ["x.pdb"].into());
}

#[test]
fn a_wrong_pe_checksum_an_overlay_and_bytes_in_section_padding_are_seen() {
    let mut bytes = samples::pe(&Pe::default());
    bytes[0x210] ^= 1;
    assert!(matches!(region(&open("x.exe", &bytes), "optional header: checksum").check, Check::Fails(_)));
    let bytes = samples::pe(&Pe { overlay: b"payload".to_vec(), ..Pe::default() });
    let overlay = open("x.exe", &bytes);
    assert_eq!(region(&overlay, "overlay").bytes(&bytes), b"payload");
    assert_eq!(region(&overlay, "overlay").role, Role::Trailing);
    let bytes = samples::pe(&Pe { pad: 0x90, ..Pe::default() });
    let padding = open("x.exe", &bytes);
    assert!(matches!(region(&padding, ".text: padding to file alignment").check, Check::Fails(_)));
}

#[test]
fn a_certificate_is_split_into_signature_padding_and_what_hides_behind_it() {
    let bytes = samples::pe(&Pe { certificate: Some(samples::certificate(8, b"")), ..Pe::default() });
    let anatomy = open_clean("pe", "x.exe", &bytes);
    let pkcs7 = region(&anatomy, "certificate: pkcs7");
    assert_eq!((pkcs7.role, &pkcs7.check), (Role::Signature, &Check::Holds));
    assert_eq!(facts(&anatomy, "authenticode-digest").len(), 1);

    let hidden = samples::certificate(8, b"a payload behind the signature");
    let bytes = samples::pe(&Pe { certificate: Some(hidden), after: b"more".to_vec(), ..Pe::default() });
    let anatomy = open("x.exe", &bytes);
    let tail = region(&anatomy, "certificate: bytes after pkcs7");
    assert_eq!(tail.role, Role::Trailing);
    assert!(tail.bytes(&bytes).starts_with(b"a payload"));
    assert_eq!(region(&anatomy, "bytes after certificates").bytes(&bytes), b"more");

    let two = [samples::certificate(8, b""), samples::certificate(8, b"")].concat();
    let bytes = samples::pe(&Pe { certificate: Some(two), ..Pe::default() });
    assert!(has_problem(&open("x.exe", &bytes), "2 certificates"));
}

#[test]
fn a_signature_that_speaks_of_another_image_is_seen() {
    let mut bytes = samples::pe(&Pe { certificate: Some(samples::certificate(8, b"")), ..Pe::default() });
    bytes[0x210] ^= 1;
    let anatomy = open("x.exe", &bytes);
    assert!(matches!(region(&anatomy, "certificate: pkcs7").check, Check::Fails(_)));
}

#[test]
fn a_mach_o_image_is_described_command_by_command() {
    let bytes = samples::macho(&[0; 24]);
    let anatomy = open_clean("mach-o", "x", &bytes);
    for (name, role) in [
        ("load command uuid", Role::Derived),
        ("load command load dylib /usr/lib/libSystem.dylib: timestamp", Role::Timestamp),
        ("load command code signature", Role::Signature),
        ("slack after load commands", Role::Padding),
        ("__TEXT,__text", Role::Code),
        ("symbols", Role::Symbols),
        ("code signature", Role::Signature),
        ("code signature: padding", Role::Padding),
    ] {
        assert_eq!(region(&anatomy, name).role, role, "{name}");
    }
    assert_eq!(facts(&anatomy, "import"), ["_connect"].into());
    assert_eq!(facts(&anatomy, "needed"), ["/usr/lib/libSystem.dylib"].into());
}

#[test]
fn bytes_in_mach_o_slack_in_its_signatures_place_and_after_it_are_seen() {
    let mut slack = [0; 24];
    slack[7] = 0x90;
    let anatomy = open("x", &samples::macho(&slack));
    assert_eq!(region(&anatomy, "gap after load command code signature").role, Role::Gap);

    let mut bytes = samples::macho(b"");
    let last = bytes.len() - 1;
    bytes[last] = 1;
    bytes.extend(b"more");
    let anatomy = open("x", &bytes);
    assert!(matches!(region(&anatomy, "code signature: padding").check, Check::Fails(_)));
    assert_eq!(region(&anatomy, "trailing bytes").bytes(&bytes), b"more");
}

#[test]
fn a_fat_file_holds_its_images_as_members() {
    let bytes = samples::fat_macho();
    let anatomy = open_clean("mach-o-fat", "x", &bytes);
    assert_eq!(super::content(&bytes, &anatomy, "x86-64").unwrap(), samples::macho(b""));
}

#[test]
fn bytecode_formats_tell_code_from_times_and_tools() {
    let bytes = samples::class();
    let anatomy = open_clean("java-class", "A.class", &bytes);
    assert_eq!(region(&anatomy, "method run()V").role, Role::Code);
    assert_eq!(region(&anatomy, "constant pool").role, Role::Code);
    assert_eq!(region(&anatomy, "attribute SourceFile").role, Role::Debug);
    assert_eq!(facts(&anatomy, "import"), ["java/net/Socket.connect"].into());
    assert_eq!(facts(&anatomy, "class"), ["A"].into());

    let anatomy = open_clean("pyc", "a.pyc", &samples::pyc(0));
    assert_eq!(region(&anatomy, "source mtime").role, Role::Timestamp);
    assert_eq!(region(&anatomy, "code").role, Role::Code);
    assert_eq!(region(&open_clean("pyc", "a.pyc", &samples::pyc(3)), "source hash").role, Role::Derived);

    let bytes = samples::wasm();
    let anatomy = open_clean("wasm", "a.wasm", &bytes);
    assert_eq!(region(&anatomy, "code").role, Role::Code);
    assert_eq!(region(&anatomy, "custom producers").role, Role::Toolchain);
    assert_eq!(region(&anatomy, "custom other").role, Role::Extra);
    assert_eq!(facts(&anatomy, "import"), ["env.connect"].into());
}
