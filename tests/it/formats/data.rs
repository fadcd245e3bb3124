//! Texts, images, documents, databases.

use super::open;
use super::open_clean;
use super::region;
use super::samples;
use pellucid::model::Anatomy;
use pellucid::model::Check;
use pellucid::model::Role;

fn fact<'a>(anatomy: &'a Anatomy, key: &str) -> Option<&'a str> {
    anatomy.facts.iter().find(|fact| fact.key == key).map(|fact| fact.value.as_str())
}

#[test]
fn a_text_says_its_encoding_and_line_endings() {
    for (bytes, encoding, endings) in [
        (&b"a\nb\n"[..], "ascii", "lf"),
        (b"a\r\nb\r\n", "ascii", "crlf"),
        (b"a\r\nb\n", "ascii", "mixed"),
        ("caf\u{e9}\n".as_bytes(), "utf-8", "lf"),
        (b"\xef\xbb\xbfa", "utf-8", "none"),
    ] {
        let anatomy = open_clean("text", "x", bytes);
        assert_eq!(
            (fact(&anatomy, "encoding"), fact(&anatomy, "line-endings")),
            (Some(encoding), Some(endings))
        );
    }
    assert_eq!(open("x", b"nul\0").format, "raw");
    assert_eq!(open("x", b"\xff\xff\xff").format, "raw");
    assert_eq!(fact(&open("x", b"{\"a\": 1}"), "syntax"), Some("json"));
    assert_eq!(fact(&open("x", b"{\"a\": 1"), "syntax"), None);
}

#[test]
fn a_text_is_code_unless_its_name_is_a_documents_and_it_is_no_script() {
    for (name, bytes, role) in [
        ("setup.py", &b"import os\n"[..], Role::Code),
        ("unknown", b"text\n", Role::Code),
        ("doc/README.md", b"text\n", Role::Data),
        ("usr/share/man/man1/x.1", b".TH X 1\n", Role::Data),
        ("README", b"#!/bin/sh\n", Role::Code),
        ("CMakeLists.txt", b"project(x)\n", Role::Code),
        ("x.dist-info/entry_points.txt", b"[console_scripts]\n", Role::Code),
    ] {
        assert_eq!(region(&open(name, bytes), "text").role, role, "{name}");
    }
}

#[test]
fn png_chunks_have_roles_and_checked_checksums_and_an_end() {
    let mut bytes = samples::png();
    let anatomy = open_clean("png", "x.png", &bytes);
    assert_eq!(region(&anatomy, "tIME").role, Role::Timestamp);
    assert_eq!(region(&anatomy, "tEXt").role, Role::Extra);
    assert_eq!(region(&anatomy, "IDAT: crc").check, Check::Holds);
    bytes[20] ^= 1;
    bytes.extend(b"payload");
    let anatomy = open("x.png", &bytes);
    assert!(matches!(region(&anatomy, "IHDR: crc").check, Check::Fails(_)));
    assert_eq!(region(&anatomy, "trailing bytes").bytes(&bytes), b"payload");
}

#[test]
fn pdf_dates_ids_and_producers_are_told_apart() {
    let bytes = samples::pdf();
    let anatomy = open_clean("pdf", "x.pdf", &bytes);
    for (name, role, text) in [
        ("creation date", Role::Timestamp, "(D:20240101000000Z)"),
        ("modification date", Role::Timestamp, "(D:20240101000000+01'00')"),
        ("file id", Role::Extra, "[<00ff> <00ff>]"),
        ("producer", Role::Toolchain, "(pdfTeX-1.40)"),
    ] {
        let region = region(&anatomy, name);
        assert_eq!((region.role, region.bytes(&bytes)), (role, text.as_bytes()), "{name}");
    }
}

#[test]
fn free_database_pages_are_gaps() {
    let anatomy = open("x.sqlite", &samples::sqlite(3));
    assert_eq!(region(&anatomy, "page 2").role, Role::Data);
    assert_eq!(region(&anatomy, "free page 3").role, Role::Gap);
    assert_eq!(fact(&anatomy, "sqlite-version"), Some("3045001"));
}
